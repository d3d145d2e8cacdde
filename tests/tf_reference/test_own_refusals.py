"""What of a user's cells and graphs is not recorded, and what the message says to do."""

import numpy as np
import pytest
from own_cells import LENGTHS, OldCell, leaky, of_cell, of_graph

from rnn_parity.errors import RecordingError, UnsupportedOptionError
from rnn_parity.spec import DynamicRNN, StateSavingRNN
from tf_reference.environment import tensorflow
from tf_reference.own.record import record_own

pytestmark = pytest.mark.needs_tf


def refused(recording, match):
    with pytest.raises(RecordingError, match=match) as caught:
        record_own(recording)
    assert str(caught.value).startswith("case 'own/case' was not recorded: ")


def v1():
    return tensorflow().compat.v1


def test_a_cell_that_is_float32_alone_says_how_to_record_it():
    refused(
        of_cell(lambda: leaky(own_dtype="float32")),
        r"its float64 graph, .*TypeError.*float32.*with a parameter `dtype`.*or record with float64=False",
    )


def test_a_cell_that_rounds_on_the_way_has_no_float64_oracle():
    def rounding():
        tf = tensorflow()
        return leaky(then=lambda h: tf.cast(tf.cast(h, "float32"), h.dtype))

    refused(of_cell(rounding), "Cast casts to float32 within a float64 graph.*float64=False")


def test_contradicting_dtype_and_float64_are_refused():
    refused(of_cell(dtype="float64", float64=False), "of dtype float64, with float64=False")


@pytest.mark.parametrize("seed", [None, 3])
def test_random_numbers_are_named_by_the_tensor_they_show_in(seed):
    def drawing():
        tf = tensorflow()
        return leaky(then=lambda h: h * tf.random.uniform(h.shape, dtype=h.dtype, seed=seed))

    refused(of_cell(drawing), "outputs is another one in a second run of the same data: the cell draws random numbers")


def test_a_cell_that_differs_from_graph_to_graph_is_refused():
    made = []

    def stateful():
        made.append(None)
        return leaky(leak=0.1 * len(made))

    refused(of_cell(stateful), "outputs is another one in a second graph of the same data")


def test_one_cell_for_all_graphs_is_refused():
    kept = []

    def same():
        kept.append(leaky()) if not kept else None
        return kept[0]

    refused(of_cell(same), "returned the same cell again, should make a new one at each call")


def test_a_start_that_is_not_zero_is_to_be_given():
    refused(
        of_cell(lambda: leaky(start=1.0), run=DynamicRNN()), "zero_state is not zero. Record it with initial_state=True"
    )


def test_numbers_that_are_none_are_refused():
    refused(of_cell(lambda: leaky(then=lambda h: h / 0.0)), "outputs is not finite")


@pytest.mark.parametrize(
    ("changed", "match"),
    [
        ({"state_size": {"a": 3}}, r"a part of size {'a': 3}, should be widths in tuples"),
        ({"state_size": [3, (2, "4")]}, r"a part of size '4'"),
        ({"output_size": (3, 3)}, r"output_size is \(3, 3\), should be one width"),
    ],
)
def test_sizes_that_are_no_widths_are_refused(changed, match):
    refused(of_cell(lambda: leaky(**changed)), match)


def test_a_state_of_more_axes_is_refused():
    refused(
        of_cell(lambda: leaky(state_size=tensorflow().TensorShape([3, 2]))), r"part of size TensorShape\(\[3, 2\]\)"
    )


@pytest.mark.parametrize("made", [None, 5, "cell"])
def test_what_is_no_cell_is_named(made):
    refused(of_cell(lambda: made), rf"its cell is of type {type(made).__name__}, without state_size and .*RNNCell")


def test_an_error_of_the_cell_s_own_names_its_place():
    refused(of_cell(lambda: 1 / 0), r"it raised ZeroDivisionError: division by zero \[.*test_own_refusals.py:\d+\]")


def test_variables_outside_the_run_s_scope_are_for_a_graph():
    class Outside(OldCell):
        def __init__(self):
            super().__init__(3)
            self.extra = v1().get_variable("outside", [1])

    refused(of_cell(Outside), "variable outside lies outside rnn, .*record the whole as a GraphRecording")


def test_whole_numbers_are_neither_weights_nor_states():
    def counting(inputs, *_):
        return inputs, tensorflow().zeros([3, 1], "int32")

    def counted(inputs, *_):
        v1().get_variable("count", [1], "int64", trainable=False)
        return inputs, None

    refused(of_graph(counting), "final_state is of dtype int32, should be float32: .*carry counters as such")
    refused(of_graph(counted), "variable count is of dtype int64, should be float32")


@pytest.mark.parametrize(
    ("graph", "match"),
    [
        (lambda x, *_: x, r"<lambda> returned a \w*Tensor, should be \(outputs, final_state\)"),
        (lambda x, *_: ((x, x), None), "returned a tuple as outputs, should be one tensor"),
        (lambda x, *_: (x[:, ::2], None), r"outputs have shape \(3, 2, 2\), should be \(B, T, width\)"),
        (lambda x, *_: (x[:, 0, 0], None), r"outputs have shape \(3,\)"),
        (lambda x, *_: (x, x), r"final_state has shape \(3, 4, 2\), should be \(3, width\)"),
    ],
)
def test_answers_of_a_graph_that_cannot_be_recorded_are_named(graph, match):
    refused(of_graph(graph), match)


def test_a_final_state_unlike_the_initial_one_is_refused():
    refused(of_graph(lambda x, *_: (x, x[:, 0]), state_size=3), "final state has the sizes {'': 2}.*{'': 3}")


def test_a_placeholder_of_its_own_is_named():
    def fed(inputs, *_):
        return inputs * v1().placeholder(inputs.dtype, [], name="keep_prob"), None

    refused(of_graph(fed), "InvalidArgumentError: You must feed a value for placeholder tensor 'keep_prob'")


@pytest.mark.parametrize(
    ("weights", "match"),
    [
        ({}, "nothing for variable rnn/leaky_cell/kernel"),
        (
            lambda _, shape: np.zeros((1, *shape)),
            r"gives rnn/leaky_cell/kernel the shape \(1, 5, 3\), should be \(5, 3\)",
        ),
        ("inits", "weights= is 'inits', should be 'drawn', 'initializers', a mapping or a function"),
    ],
)
def test_weights_that_do_not_fit_are_refused(weights, match):
    refused(of_cell(weights=weights), match)


def test_options_that_a_fixture_cannot_hold_are_refused():
    refused(of_cell(options={"then": abs}), "its option then is <built-in function abs>, should be a number, a string")
    refused(of_cell(options={"leak": float("nan")}), "its option leak is nan")


def test_runs_that_are_not_offered_are_refused_with_those_that_are():
    with pytest.raises(UnsupportedOptionError, match=r"CaseSpec.run: .*should be one of Step, StaticRNN, .*OwnGraph"):
        record_own(of_cell(run=StateSavingRNN(chunks=(2, 2))))
    with pytest.raises(UnsupportedOptionError, match=r"CaseSpec.id: got 'Mine', should be like"):
        record_own(of_cell(id="Mine", run=DynamicRNN(sequence_length=LENGTHS)))
