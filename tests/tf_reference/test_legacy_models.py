"""Cells that run together, and what is no cell: stacks, directions, slots, names that are half right."""

from dataclasses import replace

import numpy as np
import pytest
from legacy_checkpoints import drawn, write_checkpoint, write_npz

from rnn_parity.layouts.specification import parsed
from rnn_parity.spec import CellSpec
from tf_reference.legacy.found import Fact
from tf_reference.legacy.inspect import inspected
from tf_reference.legacy.inspect_text import inspection_text
from tf_reference.legacy.suggested import cell_text, run_text

pytestmark = pytest.mark.needs_tf
H = 4


def lstm(scope, depth=3, kernel="kernel", bias="bias"):
    return {f"{scope}/{kernel}": (depth + H, 4 * H), f"{scope}/{bias}": (4 * H,)}


@pytest.fixture
def found_in(tmp_path):
    """Return a function from name -> shape to what is found in an .npz of such arrays."""
    return lambda shapes, **options: inspected(write_npz(tmp_path / "a.npz", drawn(shapes, **options)))


STACKS = [
    ("MultiRNNCell/Cell{}/BasicLSTMCell", ("Linear/Matrix", "Linear/Bias")),
    ("multi_rnn_cell/cell_{}/basic_lstm_cell", ("weights", "biases")),
    ("multi_rnn_cell/cell_{}/basic_lstm_cell", ("kernel", "bias")),
    ("multi_rnn_cell/cell_{}/basic_lstm_cell_1", ("kernel", "bias")),
]


@pytest.mark.parametrize(("scope", "names"), STACKS)
def test_layers_of_a_stack_are_one_model_in_their_order(found_in, scope, names):
    shapes = lstm(f"net_-1/rnn/{scope.format(1)}", H, *names) | lstm(f"net_-1/rnn/{scope.format(0)}", 3, *names)
    (model,) = found_in(shapes).models
    assert [(cell.layer, cell.depth) for cell in model.cells] == [(0, 3), (1, H)]
    assert (model.scope, model.layers, model.run) == ("net_-1/rnn", 2, "DynamicRNN")
    assert cell_text(model) == "MultiRNNCell(cells=[BasicLSTMCell(num_units=4)] * 2)"


DIRECTIONS = ["BiRNN_{FW}/RNN", "BiRNN_{FW}", "BiRNN/{FW}", "bidirectional_rnn/{fw}", "x/bi/{fw}"]


@pytest.mark.parametrize("scope", DIRECTIONS)
@pytest.mark.parametrize("stack", ["", "multi_rnn_cell/cell_0/"])
def test_both_directions_are_one_model(found_in, scope, stack):
    shapes = {}
    for way in ("bw", "fw"):
        shapes |= lstm(f"{scope.format(fw=way, FW=way.upper())}/{stack}basic_lstm_cell")
    (model,) = found_in(shapes).models
    assert [cell.direction for cell in model.cells] == ["fw", "bw"]
    assert run_text(model) == "BidirectionalDynamicRNN()"


@pytest.mark.parametrize("scope", ["StackRNN/Layer{}/BiRNN/{}", "stack_bidirectional_rnn/cell_{}/bidirectional_rnn/{}"])
def test_levels_of_a_stacked_bidirectional_run_are_one_model(found_in, scope):
    shapes = {}
    for level, depth in enumerate((3, 2 * H)):
        for way in ("FW", "BW") if "Layer" in scope else ("fw", "bw"):
            shapes |= lstm(f"{scope.format(level, way)}/basic_lstm_cell", depth)
    (model,) = found_in(shapes).models
    assert [(cell.direction, cell.layer) for cell in model.cells] == [("fw", 0), ("fw", 1), ("bw", 0), ("bw", 1)]
    assert run_text(model) == "StackBidirectionalDynamicRNN(layers=2)"
    assert cell_text(model) == "BasicLSTMCell(num_units=4)"


def test_one_object_for_both_directions_is_asked_where_bw_has_no_variables(found_in):
    (model,) = found_in(lstm("bidirectional_rnn/fw/lstm_cell")).models
    assert [(question.option, question.default) for question in model.questions] == [("cell_bw", "cell_fw")]
    assert run_text(model) == "BidirectionalDynamicRNN(cell_bw='cell_fw')"


@pytest.mark.parametrize(("depth", "asked"), [(H, True), (3, False)])
def test_one_object_stacked_is_asked_where_widths_allow_it(found_in, depth, asked):
    (model,) = found_in(lstm("rnn/multi_rnn_cell/cell_0/basic_lstm_cell", depth)).models
    assert ("layers" in {question.option for question in model.questions}) is asked


def test_two_models_in_one_file_are_two(found_in):
    found = found_in(lstm("encoder/rnn/lstm_cell") | lstm("decoder/rnn/lstm_cell", 5))
    assert [(model.scope, model.cells[0].depth) for model in found.models] == [("decoder/rnn", 5), ("encoder/rnn", 3)]
    assert "--model 1" in inspection_text(found)


def test_names_that_end_in_a_tensors_number_are_read(found_in):
    shapes = {f"{name}:0": shape for name, shape in lstm("rnn/basic_lstm_cell").items()}
    (model,) = found_in(shapes).models
    assert model.cells[0].parts["kernel"] == ("rnn/basic_lstm_cell/kernel:0",)


@pytest.mark.parametrize("dtype", ["float64", "float16"])
def test_dtype_is_the_files(found_in, dtype):
    (model,) = found_in(lstm("rnn/basic_lstm_cell"), dtype=dtype).models
    assert model.cells[0].dtype == dtype


@pytest.mark.parametrize("v1", [True, False])
def test_float64_is_read_from_a_checkpoint_with_slots_set_aside(tmp_path, v1):
    own = lstm("rnn/basic_lstm_cell") | {"embedding": (9, 3)}
    slots = {f"{name}/{slot}": shape for name, shape in own.items() for slot in ("Adam", "Adam_1", "Momentum", "mine")}
    slots |= {"a/a/rnn/basic_lstm_cell/kernel/RMSProp": (7, 16), "beta1_power": (), "train/beta2_power_1": ()}
    averages = {"rnn/basic_lstm_cell/kernel/ExponentialMovingAverage": (7, 16)}
    arrays = drawn(own | slots | averages, dtype="float64")
    found = inspected(write_checkpoint(tmp_path / "m.ckpt", arrays, v1=v1))
    assert set(found.slots) == {*slots, *averages}
    assert [variable.name for variable in found.others] == ["embedding"]
    assert found.models[0].cells[0].dtype == "float64"
    assert "ExponentialMovingAverage" in found.warnings[0]


NO_CELLS = [
    {"dense/kernel": (7, 16), "dense/bias": (16,)},
    {"scope/weights": (7, 16), "scope/biases": (16,)},
    {"Linear/Matrix": (7, 16), "Linear/Bias": (16,)},
    {"lstm_output/kernel": (7, 16), "lstm_output/bias": (16,)},  # a scope of that name, but in no run
    {"rnn/dense/kernel": (7, 16), "rnn/dense/bias": (16,)},
]


@pytest.mark.parametrize("shapes", NO_CELLS)
def test_other_layers_are_not_taken_for_cells(found_in, shapes):
    found = found_in(shapes)
    assert found.models == ()
    assert {variable.name for variable in found.others} == set(shapes)
    assert "no RNN cell" in inspection_text(found)


@pytest.mark.parametrize("scope", ["rnn/my_lstm", "rnn/multi_rnn_cell/cell_0/EncoderLSTM"])
def test_cell_in_a_scope_of_its_own_is_found_in_a_run_and_its_class_asked(found_in, scope):
    (model,) = found_in(lstm(scope)).models
    assert model.cells[0].questions[0].option == "class"
    assert model.cells[0].questions[0].default == "BasicLSTMCell"


WARNINGS = {
    "half renamed": (lstm("rnn/lstm_cell", 3, "kernel", "biases"), "half renamed or cut off: got biases, kernel"),
    "cut off": ({"rnn/gru_cell/gates/kernel": (7, 8)}, "there should be gates/bias, candidate/kernel, candidate/bias"),
    "shapes": (
        {"rnn/lstm_cell/kernel": (7, 15), "rnn/lstm_cell/bias": (15,)},
        "kernel has 15 columns, should have a multiple of 4",
    ),
    "rows": ({"rnn/lstm_cell/kernel": (4, 16), "rnn/lstm_cell/bias": (16,)}, "should have more than the 4 of h"),
    "Keras": (lstm("lstm/lstm_cell") | {"lstm/lstm_cell/recurrent_kernel": (4, 16)}, "a layer of Keras"),
    "TensorFlow 2": ({"layer/kernel/.ATTRIBUTES/VARIABLE_VALUE": (7, 16)}, "an object-based checkpoint"),
    "cuDNN": ({"cudnn_lstm/opaque_kernel": (900,)}, "cuDNN's opaque buffer"),
    "wrapper": ({"rnn/attention_cell_wrapper/kernel": (7, 16)}, "variables of a wrapper (attention_cell_wrapper)"),
}


@pytest.mark.parametrize("what", WARNINGS)
def test_what_looks_like_a_cell_but_is_none_is_said(found_in, what):
    shapes, words = WARNINGS[what]
    found = found_in(shapes)
    assert found.models == ()
    assert words in " ".join(found.warnings)


def test_layers_that_do_not_follow_are_said(found_in):
    scope = "rnn/multi_rnn_cell/cell_{}/basic_lstm_cell"
    assert "layers 1 of its stack" in found_in(lstm(scope.format(0)) | lstm(scope.format(2), H)).warnings[0]
    assert "reads inputs of 9" in found_in(lstm(scope.format(0)) | lstm(scope.format(1), 9)).warnings[0]


@pytest.mark.parametrize("wrong", [np.nan, np.inf])
def test_weights_that_are_no_numbers_are_named(tmp_path, wrong):
    arrays = drawn(lstm("rnn/basic_lstm_cell"))
    arrays["rnn/basic_lstm_cell/bias"][3] = wrong
    (warning,) = inspected(write_npz(tmp_path / "a.npz", arrays)).warnings
    assert warning.startswith("rnn/basic_lstm_cell/bias: 1 of 16 numbers are NaN or infinite")


def _told(model, **told):
    ((option, value),) = told.items()
    fact = Fact(option=option, value=value, read_from="graph", evidence="an operation")
    return replace(model, facts=(*(other for other in model.facts if other.option != option), fact))


def test_suggested_cell_has_what_the_graph_told(found_in):
    (model,) = found_in(lstm("rnn/multi_rnn_cell/cell_0/basic_lstm_cell", H)).models
    cell = _told(model.cells[0], forget_bias=0.0)
    assert cell_text(replace(model, cells=(cell,))) == "BasicLSTMCell(num_units=4, forget_bias=0.0)"
    assert cell_text(_told(model, residual=True)) == "ResidualWrapper(cell=BasicLSTMCell(num_units=4))"
    one_object = "MultiRNNCell(cells=[BasicLSTMCell(num_units=4)] * 3, one_object=True)"
    assert cell_text(_told(model, layers=3)) == one_object


@pytest.mark.parametrize("scope", ["RNN/LSTMBlockCell", "rnn/lstm_cell"])
def test_suggested_cell_is_one_that_can_be_read(found_in, scope):
    names = ("W", "b") if "Block" in scope else ("kernel", "bias")
    diagonals = ("wci", "wcf", "wco") if "Block" in scope else ("w_i_diag", "w_f_diag", "w_o_diag")
    (model,) = found_in(lstm(scope, 3, *names) | {f"{scope}/{name}": (4,) for name in diagonals}).models
    cell = parsed(cell_text(model), CellSpec)
    assert cell.num_units == 4
    assert (cell.use_peephole, cell.cell_clip) == (True, 3.0) if "Block" in scope else cell.use_peepholes


def test_evidence_is_wrapped_to_the_width_and_names_stay_whole(found_in):
    scope = "a_long/scope/of_a_program/multi_rnn_cell/cell_{}/basic_lstm_cell"
    found = found_in(lstm(scope.format(0)) | lstm(scope.format(1), H))
    text = inspection_text(found, 80)
    start, rest = (text[text.index(part) :] for part in ("  known", "  cannot be known"))
    told = start[: -len(rest)]
    assert all(len(line) <= 80 for line in told.splitlines())
    assert f"layers = 2 from the names: {scope.format(0)}, {scope.format(1)}" in " ".join(told.split())
    assert len(inspection_text(found, 200).splitlines()) < len(text.splitlines())
