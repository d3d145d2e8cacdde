"""Weights in other layouts: nothing is lost on the way there and back; what cannot go is refused with the reason."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest

from rnn_parity.catalogue import CASES
from rnn_parity.errors import LayoutArraysError, LayoutInexpressibleError, LayoutUnknownError
from rnn_parity.layouts import LAYOUTS, convert, layout, pack, unpack
from rnn_parity.layouts.plain import OPEN
from rnn_parity.layouts.specification import case_from_text
from rnn_parity.weights import layers, variables

FLOORS = {"tf1": 947, "torch": 387, "cudnn": 357, "keras": 617}  # cases that can be expressed
EXACT = ("tf1", "torch", "cudnn")


def drawn(spec, dtype=None):
    """Return variables that have a sign on some zeros: a sum with 0 would lose it."""
    generator = np.random.default_rng(7)
    found = {}
    for name, shape in variables(spec).items():
        found[name] = generator.standard_normal(shape).astype(dtype or spec.dtype)
        found[name].flat[:1] = -0.0
    return found


def expressible(name):
    for spec in CASES:
        weights = drawn(spec)
        try:
            yield spec, weights, pack(name, spec, weights)
        except LayoutInexpressibleError:
            continue


def same_bits(one, other):
    return one.dtype == other.dtype and one.shape == other.shape and one.tobytes() == other.tobytes()


@pytest.mark.parametrize("name", EXACT)
def test_every_case_of_the_catalogue_comes_back_bit_for_bit(name):
    count = 0
    for spec, weights, arrays in expressible(name):
        back = unpack(name, spec, arrays)
        assert list(back) == list(weights), spec.id
        assert all(same_bits(back[key], weights[key]) for key in weights), spec.id
        count += 1
    assert count >= FLOORS[name]


def test_keras_loses_at_most_half_a_unit_in_the_last_place_of_the_folded_forget_bias_and_of_the_result():
    count = rounded = 0
    for spec, weights, arrays in expressible("keras"):
        back = unpack("keras", spec, arrays)
        constants = {layer.scope: getattr(layer.cell, "forget_bias", 0.0) for layer in layers(spec)}
        for key in weights:
            if same_bits(back[key], weights[key]):
                continue
            assert key.endswith(("bias", "/B", "bias_f")), (spec.id, key)
            constant = weights[key].dtype.type(next(v for scope, v in constants.items() if key.startswith(scope)))
            folded = weights[key] + constant
            bound = (np.spacing(np.abs(folded)) + np.spacing(np.abs(back[key]))).astype(np.longdouble) / 2
            assert np.all(np.abs(back[key].astype(np.longdouble) - weights[key]) <= bound), (spec.id, key)
            rounded += 1
        count += 1
    assert count >= FLOORS["keras"]
    assert rounded > 100  # else nothing was bounded here


def test_keras_gives_back_a_cell_without_forget_bias_bit_for_bit():
    for text in ("BasicLSTMCell(5, forget_bias=0.0)", "GRUCell(5)", "CudnnCompatibleGRUCell(5)", "BasicRNNCell(5)"):
        spec = case_from_text(text, depth=3)
        weights = drawn(spec)
        assert all(
            same_bits(array, weights[key]) for key, array in unpack("keras", spec, pack("keras", spec, weights)).items()
        )


def test_torch_takes_the_forget_bias_as_its_second_bias_and_rounds_nothing():
    spec = case_from_text("BasicLSTMCell(2, forget_bias=0.7)", depth=1)
    bias = np.arange(8, dtype=np.float32)
    arrays = pack(
        "torch", spec, {"rnn/basic_lstm_cell/kernel": np.zeros((3, 8), np.float32), "rnn/basic_lstm_cell/bias": bias}
    )
    np.testing.assert_array_equal(arrays["bias_ih_l0"], [0, 1, 4, 5, 2, 3, 6, 7])  # i j f o -> i f g o
    np.testing.assert_array_equal(arrays["bias_hh_l0"], np.float32([0, 0, 0.7, 0.7, 0, 0, 0, 0]))


def test_a_trained_pair_of_torch_biases_comes_back_as_its_sum_without_the_forget_bias():
    spec = case_from_text("BasicLSTMCell(1, forget_bias=1.0)", depth=1)
    arrays = pack("torch", spec, {key: np.zeros(shape, np.float32) for key, shape in variables(spec).items()})
    arrays["bias_ih_l0"], arrays["bias_hh_l0"] = np.float32([1, 2, 3, 4]), np.float32([10, 20, 30, 40])
    np.testing.assert_array_equal(unpack("torch", spec, arrays)["rnn/basic_lstm_cell/bias"], [11, 33, 21, 44])


def test_the_blocks_of_each_framework_stand_in_its_own_order():
    spec = case_from_text("LSTMCell(1, forget_bias=0.0)", depth=1)
    kernel = np.float32([[1, 2, 3, 4], [5, 6, 7, 8]])  # i j f o, x above h
    weights = {"rnn/lstm_cell/kernel": kernel, "rnn/lstm_cell/bias": np.float32([9, 10, 11, 12])}
    torch, keras, cudnn = (pack(name, spec, weights) for name in ("torch", "keras", "cudnn"))
    np.testing.assert_array_equal(torch["weight_ih_l0"], [[1], [3], [2], [4]])
    np.testing.assert_array_equal(torch["weight_hh_l0"], [[5], [7], [6], [8]])
    np.testing.assert_array_equal(keras["kernel"], [[1, 3, 2, 4]])
    np.testing.assert_array_equal(keras["recurrent_kernel"], [[5, 7, 6, 8]])
    np.testing.assert_array_equal(keras["bias"], [9, 11, 10, 12])
    np.testing.assert_array_equal(cudnn["opaque_kernel"], [1, 3, 2, 4, 5, 7, 6, 8, 9, 11, 10, 12, 0, 0, 0, 0])


def test_a_gru_that_resets_after_the_product_has_the_order_of_each_framework():
    spec = case_from_text("CudnnCompatibleGRUCell(1)", depth=1)
    values = {
        "gates/kernel": [[1, 2], [3, 4]], "gates/bias": [5, 6],  # r u
        "candidate/input_projection/kernel": [[7]], "candidate/hidden_projection/kernel": [[8]],
        "candidate/input_projection/bias": [9], "candidate/hidden_projection/bias": [10],
    }  # fmt: skip
    weights = {f"rnn/cudnn_compatible_gru_cell/{key}": np.float32(value) for key, value in values.items()}
    torch, keras = pack("torch", spec, weights), pack("keras", spec, weights)
    np.testing.assert_array_equal(torch["weight_ih_l0"], [[1], [2], [7]])  # r z n
    np.testing.assert_array_equal(torch["bias_hh_l0"], [0, 0, 10])
    np.testing.assert_array_equal(keras["kernel"], [[2, 1, 7]])  # z r h
    np.testing.assert_array_equal(keras["bias"], [[6, 5, 9], [0, 0, 10]])


@pytest.mark.parametrize(
    ("cell", "run", "expected"),
    [
        ("BasicLSTMCell(5)", "DynamicRNN()", ["weight_ih_l0"]),
        ("MultiRNNCell([BasicLSTMCell(5)] * 2)", "DynamicRNN()", ["weight_ih_l0", "weight_ih_l1"]),
        ("MultiRNNCell([BasicLSTMCell(5), LSTMCell(4)])", "DynamicRNN()", ["0.weight_ih_l0", "1.weight_ih_l0"]),
        ("BasicLSTMCell(5)", "BidirectionalDynamicRNN()", ["weight_ih_l0", "weight_ih_l0_reverse"]),
        (
            "MultiRNNCell([BasicLSTMCell(5)] * 2)",
            "BidirectionalDynamicRNN()",
            ["bw.weight_ih_l0", "bw.weight_ih_l1", "fw.weight_ih_l0", "fw.weight_ih_l1"],
        ),
        (
            "BasicRNNCell(5)",
            "StackBidirectionalDynamicRNN(layers=2)",
            ["weight_ih_l0", "weight_ih_l0_reverse", "weight_ih_l1", "weight_ih_l1_reverse"],
        ),
        ("MultiRNNCell([ResidualWrapper(BasicRNNCell(5))])", "DynamicRNN()", ["weight_ih_l0"]),
    ],
)
def test_torch_names_are_those_of_the_modules_that_compute_the_run(cell, run, expected):
    spec = case_from_text(cell, run, depth=5)
    names = pack("torch", spec, drawn(spec))
    assert sorted(name for name in names if "weight_ih" in name) == expected


@pytest.mark.parametrize(
    ("name", "cell", "reason"),
    [
        ("torch", "GRUCell(5)", "torch.nn.GRU applies the reset gate after the matmul; TensorFlow's GRUCell before"),
        ("cudnn", "GRUCell(5)", "a cuDNN GRU applies the reset gate after the matmul; TensorFlow's GRUCell before"),
        ("torch", "LSTMCell(5, use_peepholes=True)", "torch.nn.LSTM has no peepholes"),
        ("torch", "LSTMCell(5, cell_clip=1.0)", "torch.nn.LSTM does not clip the cell state"),
        ("torch", "LSTMCell(5, num_proj=2, proj_clip=1.0)", "torch.nn.LSTM does not clip the projection"),
        ("torch", "LSTMCell(5, num_proj=5)", "torch.nn.LSTM takes a proj_size below hidden_size alone"),
        ("torch", "BasicLSTMCell(5, activation='relu')", "torch.nn.LSTM computes tanh, no other activation"),
        ("keras", "LSTMCell(5, use_peepholes=True)", "keras.layers.LSTM has no peepholes"),
        ("keras", "LSTMCell(5, num_proj=2)", "keras.layers.LSTM has no projection"),
        ("keras", "SRUCell(5)", "keras has nothing that computes SRUCell"),
        ("torch", "UGRNNCell(5, activation='relu')", "torch.nn.GRU computes tanh, no other activation"),
        (
            "torch",
            "LayerNormLSTMCell(5, layer_norm=True)",
            "torch has nothing that computes LayerNormLSTMCell with layer_norm",
        ),
        (
            "cudnn",
            "LayerNormBasicLSTMCell(5, layer_norm=False, dropout_keep_prob=0.5)",
            "cudnn has nothing that computes LayerNormBasicLSTMCell with dropout",
        ),
        (
            "torch",
            "CoupledInputForgetGateLSTMCell(5, layer_norm=True)",
            "torch has nothing that computes CoupledInputForgetGateLSTMCell with layer_norm",
        ),
        ("cudnn", "HighwayWrapper(BasicLSTMCell(5))", "HighwayWrapper has weights of its own, outside any layer"),
        (
            "torch",
            "AttentionCellWrapper(BasicLSTMCell(5), attn_length=2)",
            "torch.nn's RNN, GRU and LSTM take no attention between two steps",
        ),
        (
            "keras",
            "AttentionCellWrapper(BasicLSTMCell(5), attn_length=2)",
            "Keras's recurrent layers take no attention between two steps",
        ),
    ],
)
def test_what_a_framework_cannot_express_is_refused_with_the_reason(name, cell, reason):
    spec = case_from_text(cell, depth=5)
    with pytest.raises(LayoutInexpressibleError) as caught:
        pack(name, spec, drawn(spec))
    assert caught.value.reason == reason
    assert caught.value.target == name


def test_options_without_effect_are_no_reason_to_refuse():
    for text in ("LSTMCell(5, proj_clip=1.0)", "LSTMBlockCell(5, cell_clip=-1.0)", "BlockLSTMV2(5)"):
        spec = case_from_text(text, "FusedRNN()" if text.startswith("BlockLSTMV2") else "DynamicRNN()", depth=3)
        assert pack("torch", spec, drawn(spec))


@pytest.mark.parametrize(
    ("cell", "name", "index"),
    [
        ("IndRNNCell(3)", "weight_hh_l0", (0, 1)),  # beside the diagonal
        ("GLSTMCell(4, number_of_groups=2)", "weight_hh_l0", (0, 3)),  # the other group's unit
        ("CoupledInputForgetGateLSTMCell(3)", "weight_ih_l0", (0, 0)),  # an input gate of its own
        ("IndyGRUCell(3)", "bias_hh_l0", (8,)),  # a bias that is reset
    ],
)
def test_numbers_that_tensorflows_cell_cannot_hold_are_refused(cell, name, index):
    spec = case_from_text(cell, depth=4)
    arrays = pack("torch", spec, drawn(spec))
    assert unpack("torch", spec, arrays)
    arrays[name] = arrays[name].copy()
    arrays[name][index] += 1
    with pytest.raises(LayoutInexpressibleError, match="tf1 cannot express this"):
        unpack("torch", spec, arrays)


def test_a_wrappers_kernel_is_a_linear_layers_weight_in_torch_and_a_dense_layers_kernel_in_keras():
    text = "OutputProjectionWrapper(HighwayWrapper(BasicRNNCell(2)), output_size=3)"
    spec = case_from_text(text, depth=2)
    weights = drawn(spec)
    torch, keras = pack("torch", spec, weights), pack("keras", spec, weights)
    own = {name: array for name, array in weights.items() if "rnn_cell" not in name}
    scope = "rnn/output_projection_wrapper"
    assert list(own) == [f"{scope}/carry_w", f"{scope}/carry_b", f"{scope}/kernel", f"{scope}/bias"]
    assert all(same_bits(keras[name], array) for name, array in own.items())
    assert same_bits(torch[f"{scope}.weight"], np.ascontiguousarray(weights[f"{scope}/kernel"].T))
    assert same_bits(torch[f"{scope}.bias"], weights[f"{scope}/bias"])
    assert same_bits(torch[f"{scope}/carry.weight"], np.ascontiguousarray(weights[f"{scope}/carry_w"].T))
    assert len(torch) == len(weights) + 2  # nn.RNN has its kernel in two parts, and two biases


def test_an_embedding_has_one_row_a_class_in_torch_as_in_tensorflow():
    spec = case_from_text("EmbeddingWrapper(BasicRNNCell(2), embedding_classes=7, embedding_size=3)", depth=1)
    weights = drawn(spec)
    arrays = pack("torch", spec, weights)
    assert same_bits(arrays["rnn/embedding_wrapper.weight"], weights["rnn/embedding_wrapper/embedding"])


@pytest.mark.parametrize(("name", "bias", "row"), [("torch", "bias_ih_l0", 0), ("keras", "bias", 3)])
def test_an_ugrnn_cell_is_a_gru_with_a_reset_gate_that_is_open_and_must_stay_so(name, bias, row):
    spec = case_from_text("UGRNNCell(3)", depth=2)
    arrays = pack(name, spec, drawn(spec))
    np.testing.assert_array_equal(arrays[bias][row : row + 3], [OPEN] * 3)
    arrays[bias] = arrays[bias].copy()
    arrays[bias][row] = 0
    with pytest.raises(LayoutInexpressibleError, match="an UGRNNCell never resets"):
        unpack(name, spec, arrays)


def test_layers_of_one_object_come_back_only_with_equal_weights():
    spec = case_from_text("MultiRNNCell([BasicRNNCell(3)] * 2, one_object=True)", depth=3)
    arrays = pack("torch", spec, drawn(spec))
    assert np.array_equal(arrays["weight_ih_l0"], arrays["weight_ih_l1"])
    arrays["weight_ih_l1"] = arrays["weight_ih_l1"] + 1
    with pytest.raises(LayoutArraysError, match="one cell object is both layers"):
        unpack("torch", spec, arrays)


@pytest.mark.parametrize("name", LAYOUTS)
def test_wrong_arrays_are_named_with_what_they_are_and_should_be(name):
    spec = case_from_text("BasicLSTMCell(3)", depth=2)
    good = pack(name, spec, drawn(spec))
    first = next(iter(good))
    for wrong, message in (
        ({key: array for key, array in good.items() if key != first}, "no array of this name"),
        (good | {first: good[first][:-1]}, r"got shape \("),
        (good | {"other": good[first]}, "an array that this cell does not have"),
        ({key: array.astype(np.int32) for key, array in good.items()}, "dtype int32"),
    ):
        with pytest.raises(LayoutArraysError, match=message):
            unpack(name, spec, wrong)


def test_arrays_of_several_dtypes_are_refused():
    spec = case_from_text("BasicLSTMCell(3)", depth=2)
    weights = drawn(spec)
    weights["rnn/basic_lstm_cell/bias"] = weights["rnn/basic_lstm_cell/bias"].astype(np.float64)
    with pytest.raises(LayoutArraysError, match="should be one dtype for all"):
        pack("torch", spec, weights)


def test_one_layout_becomes_another_by_way_of_tensorflows_variables():
    spec = case_from_text("LSTMCell(5, forget_bias=0.0)", "BidirectionalDynamicRNN()", depth=3)
    weights = drawn(spec)
    keras = convert(spec, pack("torch", spec, weights), "torch", "keras")
    assert all(same_bits(array, pack("keras", spec, weights)[key]) for key, array in keras.items())


def test_shards_are_joined_and_cut_again():
    spec = case_from_text("LSTMCell(4, num_unit_shards=3, num_proj=2, num_proj_shards=2)", depth=5)
    weights = drawn(spec)
    assert sum("part_" in key for key in weights) == 5
    assert pack("torch", spec, weights)["weight_ih_l0"].shape == (16, 5)
    assert all(
        same_bits(array, weights[key]) for key, array in unpack("torch", spec, pack("torch", spec, weights)).items()
    )


def test_an_unknown_layout_is_refused_with_those_that_there_are():
    with pytest.raises(LayoutUnknownError, match="no weight layout 'toch', should be one of tf1, "):
        layout("toch")


def test_the_vector_of_several_layers_and_directions_holds_all_matrices_before_all_biases():
    spec = case_from_text("BasicRNNCell(2)", "StackBidirectionalDynamicRNN(layers=2)", depth=3)
    weights = drawn(spec)
    vector, torch = pack("cudnn", spec, weights)["opaque_kernel"], pack("torch", spec, weights)
    kinds = (("weight_ih", "weight_hh"), ("bias_ih", "bias_hh"))
    places = ("_l0", "_l0_reverse", "_l1", "_l1_reverse")
    pieces = [torch[f"{kind}{place}"].reshape(-1) for group in kinds for place in places for kind in group]
    np.testing.assert_array_equal(vector, np.concatenate(pieces))


def test_the_example_of_the_page_runs():
    page = (Path(__file__).parents[2] / "docs" / "layouts.md").read_text()
    (code,) = re.findall(r"```python\n(.*?)```", page, re.DOTALL)
    given = {"kernel": np.ones((8, 20), np.float32), "bias": np.arange(20, dtype=np.float32) / 7}
    names = dict(given)
    exec(code, names)  # noqa: S102  the page's own code
    assert same_bits(names["weights"]["rnn/basic_lstm_cell/bias"], given["bias"])
    assert list(names["keras"]) == ["kernel", "recurrent_kernel", "bias"]
