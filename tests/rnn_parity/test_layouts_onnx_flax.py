"""The layouts of ONNX and flax: what stands where, and back again."""

from __future__ import annotations

import sys

import numpy as np
import onnx
import pytest

from rnn_parity import load_cases
from rnn_parity.catalogue import CASES
from rnn_parity.draws import draw
from rnn_parity.errors import LayoutArraysError, LayoutInexpressibleError, PackageMissingError
from rnn_parity.layouts import pack, unpack, writers
from rnn_parity.layouts.onnx_model import to_model
from rnn_parity.layouts.plain import OPEN
from rnn_parity.spec import (
    BasicLSTMCell,
    BidirectionalDynamicRNN,
    CaseSpec,
    DynamicRNN,
    GRUCell,
    LSTMCell,
    Sizes,
    UGRNNCell,
)
from rnn_parity.weights import variables

D, H = 3, 2
PACKED = {"onnx": 651, "flax": 445}  # of 947 at least: may grow


def spec_of(cell, run=None, depth=D):
    sizes = Sizes(batch_size=2, max_time=4, depth=depth)
    return CaseSpec(id="layouts/one", why="layouts", cell=cell, run=run or DynamicRNN(), sizes=sizes, seed=7)


def weights_of(spec):
    """Return drawn variables with a sign on some zeros: a sum with 0 would lose it."""
    found = {}
    for name, array in draw(spec).items():
        if name.startswith("weights/"):
            found[name.removeprefix("weights/")] = array.copy()
            found[name.removeprefix("weights/")].flat[:1] = -0.0
    return found


def packed_cases(name):
    """Yield spec, TensorFlow's variables and the layout's arrays of every case that it can hold."""
    for spec in CASES:
        weights = weights_of(spec)
        try:
            yield spec, weights, pack(name, spec, weights)
        except LayoutInexpressibleError:
            continue


def test_onnx_and_back_gives_every_variable_bit_for_bit():
    count = 0
    for spec, weights, arrays in packed_cases("onnx"):
        back = unpack("onnx", spec, arrays)
        assert list(back) == list(variables(spec)), spec.id
        for name, array in weights.items():
            assert back[name].tobytes() == array.tobytes(), (spec.id, name)
            assert (back[name].dtype, back[name].shape) == (array.dtype, array.shape), (spec.id, name)
        count += 1
    assert count >= PACKED["onnx"]


def test_flax_and_back_gives_every_variable_but_for_the_rounded_forget_bias():
    count = 0
    for spec, weights, arrays in packed_cases("flax"):
        back = unpack("flax", spec, arrays)
        assert list(back) == list(variables(spec)), spec.id
        for name, array in weights.items():
            if name.endswith(("bias", "bias_f", "B")):
                roundoff = np.finfo(array.dtype).eps * (np.abs(array).max() + 4)  # |forget_bias| is at most 4
                assert np.abs(back[name] - array).max() <= roundoff, (spec.id, name)
            else:
                assert np.array_equal(back[name], array), (spec.id, name)
        count += 1
    assert count >= PACKED["flax"]


def test_the_gates_of_an_lstm_stand_in_onnx_as_i_o_f_c_and_its_forget_bias_beside_h():
    spec = spec_of(LSTMCell(num_units=H, use_peepholes=True, forget_bias=0.5))
    weights = weights_of(spec)
    kernel, bias = weights["rnn/lstm_cell/kernel"], weights["rnn/lstm_cell/bias"]
    i, j, f, o = np.split(kernel, 4, axis=1)
    arrays = pack("onnx", spec, weights)
    assert np.array_equal(arrays["W"][0], np.concatenate([i, o, f, j], axis=1)[:D].T)
    assert np.array_equal(arrays["R"][0], np.concatenate([i, o, f, j], axis=1)[D:].T)
    assert np.array_equal(arrays["B"][0][: 4 * H], np.concatenate([np.split(bias, 4)[k] for k in (0, 3, 2, 1)]))
    assert np.array_equal(arrays["B"][0][4 * H :], np.repeat([0, 0, 0.5, 0], H))
    peepholes = [weights[f"rnn/lstm_cell/w_{gate}_diag"] for gate in "iof"]
    assert np.array_equal(arrays["P"][0], np.concatenate(peepholes))


def test_the_gates_of_a_gru_stand_in_onnx_as_z_r_h():
    spec = spec_of(GRUCell(num_units=H))
    weights = weights_of(spec)
    r, u = np.split(weights["rnn/gru_cell/gates/kernel"], 2, axis=1)
    c = weights["rnn/gru_cell/candidate/kernel"]
    assert np.array_equal(pack("onnx", spec, weights)["W"][0], np.concatenate([u, r, c], axis=1)[:D].T)


def test_both_directions_of_one_cell_are_one_node_of_onnx():
    spec = spec_of(BasicLSTMCell(num_units=H), BidirectionalDynamicRNN())
    arrays = pack("onnx", spec, weights_of(spec))
    assert {name: array.shape for name, array in arrays.items()} == {
        "W": (2, 4 * H, D), "R": (2, 4 * H, H), "B": (2, 8 * H),
    }  # fmt: skip


def test_flax_has_a_dense_for_each_gate_and_the_forget_bias_in_that_of_f():
    spec = spec_of(BasicLSTMCell(num_units=H, forget_bias=0.5))
    weights = weights_of(spec)
    kernel, bias = weights["rnn/basic_lstm_cell/kernel"], weights["rnn/basic_lstm_cell/bias"]
    arrays = pack("flax", spec, weights)
    for k, gate in enumerate("igfo"):  # TensorFlow's i, j, f, o
        block = kernel[:, k * H : (k + 1) * H]
        assert np.array_equal(arrays[f"i{gate}/kernel"], block[:D])
        assert np.array_equal(arrays[f"h{gate}/kernel"], block[D:])
        added = 0.5 if gate == "f" else 0
        assert np.array_equal(arrays[f"h{gate}/bias"], bias[k * H : (k + 1) * H] + np.float32(added))


def test_an_ugrnn_cell_is_a_gru_of_onnx_with_a_reset_gate_that_is_open():
    spec = spec_of(UGRNNCell(num_units=H))
    arrays = pack("onnx", spec, weights_of(spec))
    assert np.all(arrays["B"][0][H : 2 * H] == OPEN)
    arrays["B"][0][H] = 1
    with pytest.raises(LayoutInexpressibleError, match="never resets"):
        unpack("onnx", spec, arrays)


def test_arrays_of_another_cell_are_named_with_what_they_should_be():
    spec = spec_of(GRUCell(num_units=H))
    arrays = pack("onnx", spec, weights_of(spec))
    with pytest.raises(LayoutArraysError, match=r"onnx array W: got shape \(1, 6, 2\), should be \(1, 6, 3\)"):
        unpack("onnx", spec, arrays | {"W": arrays["R"]})


def test_without_the_package_onnx_writing_a_model_names_what_to_install(monkeypatch, tmp_path):
    monkeypatch.setitem(sys.modules, "rnn_parity.layouts.onnx_model", None)  # as if importing it found no onnx
    spec = spec_of(GRUCell(num_units=H))
    with pytest.raises(PackageMissingError, match=r"pip install 'rnn-parity\[onnx\]'"):
        writers("onnx")[".onnx"](tmp_path / "out.onnx", spec, pack("onnx", spec, weights_of(spec)))


@pytest.mark.parametrize("case", ["stacked/lstm-ragged", "bidirectional/lstm-and-gru", "input-projection/nested"])
def test_a_model_written_to_a_file_holds_the_layouts_arrays_under_their_names(case, tmp_path):
    (loaded,) = load_cases([case])
    arrays = pack("onnx", loaded.spec, loaded.weights)
    writers("onnx")[".onnx"](tmp_path / "out.onnx", loaded.spec, arrays)
    model = onnx.load(tmp_path / "out.onnx")
    held = {one.name: onnx.numpy_helper.to_array(one) for one in model.graph.initializer}
    layers = [name for name in arrays if name.rpartition("/")[2] in "WRBP"]
    assert len(layers) > 2
    for name in layers:
        assert np.array_equal(held[name], arrays[name]), name
    assert model == to_model(loaded.spec, loaded.weights)
