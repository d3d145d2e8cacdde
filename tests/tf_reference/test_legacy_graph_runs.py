"""How cells hang together in a graph: stacks, one object several times, both directions, dropout, lengths."""

import pytest
from legacy_graphs import B, D, H, T, facts, lstm, model, written

from tf_reference.environment import tensorflow
from tf_reference.legacy.graph_facts import with_facts

pytestmark = pytest.mark.needs_tf


def cells():
    return tensorflow().compat.v1.nn.rnn_cell


def nn():
    return tensorflow().compat.v1.nn


def dynamic(make, **options):
    return lambda x: nn().dynamic_rnn(make(), x, dtype=x.dtype, **options)


def static(make, **options):
    def build(x):
        tf = tensorflow()
        outputs, state = nn().static_rnn(make(), tf.unstack(x, axis=1), dtype=x.dtype, **options)
        return tf.stack(outputs, 1), state

    return build


def stack(*depths, units=H):
    """Return the cells of a stack as they are found by their names."""
    scope = "rnn/multi_rnn_cell/cell_{}/lstm_cell"
    return model(*(lstm(scope.format(k), depth=d, units=units, layer=k) for k, d in enumerate(depths)))


def told(build, found, **options):
    (with_them,) = with_facts(written(build, **options).graph_def, (found,))
    return with_them


@pytest.mark.parametrize("functional", [False, True])
def test_loop_is_said_to_run_the_cell(functional):
    said = facts(told(dynamic(lambda: cells().LSTMCell(H)), model(lstm()), functional=functional))
    assert (said["run_by"], said["sequence_length"], said["layers"]) == ("while loop", False, 1)


@pytest.mark.parametrize("given", [{}, {"sequence_length": [2, 0, 4]}])
def test_unrolled_steps_are_counted_with_and_without_lengths(given):
    said = facts(told(static(lambda: cells().LSTMCell(H), **given), model(lstm())))
    assert (said["run_by"], said["steps"], said["sequence_length"]) == ("unrolled", T, bool(given))


@pytest.mark.parametrize("functional", [False, True])
def test_loop_with_lengths_keeps_states_of_rows_that_ended(functional):
    build = dynamic(lambda: cells().LSTMCell(H), sequence_length=[2, 0, 4])
    assert facts(told(build, model(lstm()), functional=functional))["sequence_length"] is True


def test_stack_has_the_layers_of_its_names_and_each_its_own_bias():
    def make():
        return cells().MultiRNNCell([cells().LSTMCell(H, forget_bias=bias) for bias in (0.0, 2.0)])

    found = told(dynamic(make), stack(D, H))
    assert facts(found)["layers"] == 2
    assert [facts(cell)["forget_bias"] for cell in found.cells] == [0.0, 2.0]


@pytest.mark.parametrize("run", [dynamic, static])
def test_one_object_stacked_on_itself_is_seen_as_that_many_layers(run):
    def make():
        return cells().MultiRNNCell([cells().LSTMCell(D)] * 3)

    assert facts(told(run(make), stack(D, units=D)))["layers"] == 3


def test_output_fed_back_as_next_input_is_a_step_and_no_layer():
    def build(x):
        cell, state, outputs = cells().LSTMCell(D), None, []
        state, output = cell.zero_state(B, x.dtype), x[:, 0]
        for _ in range(T):
            output, state = cell(output, state)
            outputs.append(output)
        return outputs

    said = facts(told(build, model(lstm("lstm_cell", units=D), scope="")))
    assert (said["layers"], said["steps"]) == (1, T)


def test_layers_stay_open_where_what_stands_between_them_is_unknown():
    def build(x):
        cell = cells().LSTMCell(D)
        zero = cell.zero_state(B, x.dtype)
        first, _ = cell(x[:, 0], zero)
        return cell(tensorflow().sin(first), zero)

    said = facts(told(build, model(lstm("lstm_cell", units=D), scope="")))
    assert not {"layers", "residual"} & set(said)


def test_residual_is_asked_about_where_layers_are_not_told():
    def build(x):
        cell = cells().LSTMCell(D)
        zero = cell.zero_state(B, x.dtype)
        return cell(tensorflow().sin(cell(x[:, 0], zero)[0]), zero)

    found = told(build, model(lstm("lstm_cell", units=D), scope=""))
    assert questions(found.cells[0])["residual"] == (False, (True,))


@pytest.mark.parametrize("functional", [False, True])
def test_shared_directions_are_seen_by_the_reversed_inputs(functional):
    def build(x):
        cell = cells().LSTMCell(H)
        return nn().bidirectional_dynamic_rnn(cell, cell, x, dtype=x.dtype)[0]

    found = model(lstm("bidirectional_rnn/fw/lstm_cell", direction="fw"), scope="bidirectional_rnn")
    assert facts(told(build, found, functional=functional))["cell_bw"] == "cell_fw"


def test_run_over_reversed_inputs_alone_is_no_second_direction():
    def build(x):
        turned = tensorflow().reverse(x, [1])
        return nn().dynamic_rnn(cells().LSTMCell(H), turned, dtype=x.dtype)

    assert "cell_bw" not in facts(told(build, model(lstm())))


def test_two_directions_with_weights_each_say_nothing_of_sharing():
    def build(x):
        return nn().bidirectional_dynamic_rnn(cells().LSTMCell(H), cells().LSTMCell(H), x, dtype=x.dtype)[0]

    both = (lstm(f"bidirectional_rnn/{way}/lstm_cell", direction=way) for way in ("fw", "bw"))
    assert "cell_bw" not in facts(told(build, model(*both)))


def test_residual_layers_are_seen_by_the_sum_with_their_input():
    def make():
        return cells().MultiRNNCell(
            [cells().LSTMCell(H), *(cells().ResidualWrapper(cells().LSTMCell(H)) for _ in range(2))]
        )

    found = told(dynamic(make), stack(D, H, H))
    assert (facts(found)["residual"], facts(found)["layers"]) == (True, 3)


def wrapped(order, **keeps):
    """Return one layer with a residual and dropout, the first wrapper of `order` outside."""

    def make():
        inner, outer = (
            (lambda cell: cells().DropoutWrapper(cell, **keeps)), cells().ResidualWrapper
        )[:: 1 if order == "residual outside" else -1]  # fmt: skip
        return cells().MultiRNNCell([outer(inner(cells().LSTMCell(H))) for _ in range(2)])

    return make


@pytest.mark.parametrize("functional", [False, True])
@pytest.mark.parametrize("order", ["residual outside", "dropout outside"])
@pytest.mark.parametrize("keeps", [{"output_keep_prob": 0.7}, {"input_keep_prob": 0.8, "output_keep_prob": 0.7}])
def test_residual_is_seen_through_dropout_in_either_order_of_the_wrappers(order, keeps, functional):
    found = told(dynamic(wrapped(order, **keeps)), stack(H, H), functional=functional, shape=(B, T, H))
    assert facts(found)["residual"] is True
    assert facts(found.cells[0])["output_keep_prob"] == 0.7
    assert facts(found.cells[0]).get("input_keep_prob") == keeps.get("input_keep_prob")


def test_dropout_of_a_summand_is_no_dropout_of_the_next_layers_input():
    found = told(dynamic(wrapped("residual outside", output_keep_prob=0.7)), stack(H, H), shape=(B, T, H))
    assert "input_keep_prob" not in facts(found.cells[1])


def test_residual_of_some_layers_is_said_of_each():
    def make():
        return cells().MultiRNNCell([cells().LSTMCell(H), cells().ResidualWrapper(cells().LSTMCell(H))])

    found = told(dynamic(make), stack(H, H), shape=(B, T, H))
    assert "residual" not in facts(found)
    assert [facts(cell)["residual"] for cell in found.cells] == [False, True]


def questions(cell):
    return {question.option: (question.default, question.others) for question in cell.questions}


def test_sum_of_an_output_with_something_else_is_asked_about():
    def build(x):
        cell, tf = cells().LSTMCell(H), tensorflow()
        output, state = cell(x[:, 0], cell.zero_state(B, x.dtype))
        return output + tf.sin(x[:, 0]), state

    found = told(build, model(lstm("lstm_cell", depth=H), scope=""), shape=(B, T, H))
    assert "residual" not in {**facts(found), **facts(found.cells[0])}
    assert questions(found.cells[0])["residual"] == (False, (True,))


def test_output_that_the_output_of_the_other_direction_is_added_to_has_no_residual():
    def build(x):
        tf = tensorflow()
        ways = [cells().LSTMCell(H) for _ in range(2)]
        outputs, _ = nn().bidirectional_dynamic_rnn(*ways, x, dtype=x.dtype)
        return tf.add(*outputs)

    both = (lstm(f"bidirectional_rnn/{way}/lstm_cell", depth=H, direction=way) for way in ("fw", "bw"))
    found = told(build, model(*both, scope="bidirectional_rnn"), shape=(B, T, H))
    assert facts(found)["residual"] is False
    assert not any("residual" in questions(cell) for cell in found.cells)


@pytest.mark.parametrize(("variational", "functional"), [(False, False), (True, False), (False, True)])
def test_dropout_between_layers_is_read_with_its_keep_prob(variational, functional):
    def make():
        options = {"output_keep_prob": 0.7, "variational_recurrent": variational, "dtype": "float32"}
        return cells().MultiRNNCell([cells().DropoutWrapper(cells().LSTMCell(H), **options) for _ in range(2)])

    found = told(dynamic(make), stack(D, H), functional=functional)
    assert facts(found.cells[0])["output_keep_prob"] == 0.7
    assert facts(found.cells[1])["input_keep_prob"] == 0.7  # the same dropout, seen from above
    assert facts(found)["layers"] == 2


def test_keep_prob_that_is_fed_is_said_to_be():
    def make():
        keep = tensorflow().compat.v1.placeholder_with_default(1.0, ())
        return cells().DropoutWrapper(cells().LSTMCell(H), input_keep_prob=keep)

    assert facts(told(dynamic(make), model(lstm())).cells[0])["input_keep_prob"] == "fed"
