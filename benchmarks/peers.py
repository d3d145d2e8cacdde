"""The RNN tests that other projects publish, rebuilt from their settings as cases of this harness.

    ONNX 1.23        onnx/backend/test/case/node/lstm.py, gru.py, rnn.py: six node tests each, rtol 1e-3, atol 1e-7
    TensorFlow 1     contrib/rnn/python/kernel_tests/core_rnn_cell_test.py: one step, constant weights, rtol and
                     atol 1e-6 unless it names others
    Keras 3.15       keras/src/layers/rnn/lstm_test.py: rtol and atol 1e-5

Settings alone are taken: sizes, weights, inputs, states, what is compared and how closely. Weights are in
TensorFlow's order and inputs in its axes. A test that reads a sequence backwards is the backward half of a
bidirectional run, of which nothing else is compared: so it leaves room for what goes wrong in that direction. Expected
values are what numpy_impl computes in float64.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from benchmarks.published import LAST, Peer, PeerTest, Weight, built
from rnn_parity.spec import (
    BasicLSTMCell,
    BasicRNNCell,
    BidirectionalDynamicRNN,
    Cell,
    Chunked,
    DropoutWrapper,
    DynamicRNN,
    GRUCell,
    LSTMCell,
    MultiRNNCell,
    Run,
    StaticRNN,
    Step,
)
from rnn_parity.structure import Array, join
from rnn_parity.tolerance import Tolerance

ONNX = "https://github.com/onnx/onnx/blob/main/onnx/backend/test/case/node"
TENSORFLOW = (
    "https://github.com/tensorflow/tensorflow/blob/13aeec48521c431ee95a28d2e1db2164132005f5"
    "/tensorflow/contrib/rnn/python/kernel_tests/core_rnn_cell_test.py"
)
KERAS = "https://github.com/keras-team/keras/blob/master/keras/src/layers/rnn/lstm_test.py"


def peers() -> tuple[Peer, ...]:
    """Return the published tests, rebuilt."""
    stack, alone, correctness = tuple(_tensorflow_lstm()), tuple(_tensorflow_gru()), tuple(_keras_correctness())
    return (
        Peer(name="ONNX, LSTM node tests", source=f"{ONNX}/lstm.py", families=("lstm",), tests=tuple(_onnx_lstm())),
        Peer(name="ONNX, GRU node tests", source=f"{ONNX}/gru.py", families=("gru",), tests=tuple(_onnx_gru())),
        Peer(name="ONNX, RNN node tests", source=f"{ONNX}/rnn.py", families=("basic-rnn",), tests=tuple(_onnx_rnn())),
        Peer(name="TensorFlow, testBasicLSTMCell", source=TENSORFLOW, families=("lstm", "stacked"), tests=stack[:1]),
        Peer(name="TensorFlow, all LSTM tests", source=TENSORFLOW, families=("lstm", "stacked"), tests=stack),
        Peer(name="TensorFlow, all GRU tests", source=TENSORFLOW, families=("gru", "stacked"), tests=alone),
        Peer(name="Keras, LSTM test_correctness", source=KERAS, families=("lstm",), tests=correctness),
        Peer(
            name="Keras, all LSTM tests",
            source=KERAS,
            families=("lstm",),
            tests=(*correctness, *_keras_states(), *_keras_masking()),
        ),
    )


def constant(kernel: float, bias: float = 0.0, *, backward: float | None = None, forget: float | None = None) -> Weight:
    """Return weights of one number each; of kernels another one backwards, of biases another one in f's block."""

    def weight(name: str, shape: tuple[int, ...]) -> Array:
        if name.endswith("bias"):
            array = np.full(shape, bias)
            if forget is not None:
                array.reshape(4, -1)[2] = forget  # i, j, f, o
            return array
        return np.full(shape, kernel if backward is None or "/bw/" not in name else backward)

    return weight


def drawn(seed: int) -> Weight:
    """Return weights from a normal distribution."""
    generator = np.random.default_rng(seed)
    return lambda _, shape: generator.standard_normal(shape)


def counted(*shape: int) -> Array:
    """Return 1, 2, 3, ... in this shape."""
    return np.arange(1, 1 + int(np.prod(shape)), dtype=np.float64).reshape(shape)


NODE = Tolerance(rtol=1e-3, atol=1e-7)
FIRST, BOTH = DynamicRNN(time_major=True), BidirectionalDynamicRNN(time_major=True)
BATCH = DynamicRNN()


def _node(  # noqa: PLR0913  what makes a node test
    name: str, cell: Cell, run: Run, inputs: Array, weight: Weight, *compared: str, state: bool = False
) -> PeerTest:
    zeros = np.zeros if state else None
    return built(f"onnx/{name}", cell, run, inputs, weight, compared=compared, tolerance=NODE, state=zeros)


def _onnx_lstm() -> Iterator[PeerTest]:
    def cell(units: int) -> LSTMCell:
        return LSTMCell(num_units=units, forget_bias=0.0)

    h, c = "final_state/h", "final_state/c"
    both = [join("final_state", way, part) for way in ("fw", "bw") for part in "ch"]
    yield _node("lstm-defaults", cell(3), FIRST, counted(1, 3, 2), constant(0.1), h)
    yield _node("lstm-with-initial-bias", cell(4), FIRST, counted(1, 3, 3), constant(0.1, 0.1), h)
    peepholes = LSTMCell(num_units=3, use_peepholes=True, forget_bias=0.0)
    given = DynamicRNN(time_major=True, sequence_length=(1, 1), initial_state=True)
    yield _node("lstm-with-peepholes", peepholes, given, counted(1, 2, 4), constant(0.1), h, state=True)
    yield _node("lstm-batchwise", cell(7), BATCH, counted(3, 1, 2), constant(0.3), "outputs", h)
    backward = [c.replace("/", "/bw/"), h.replace("/", "/bw/")]
    yield _node("lstm-reverse", cell(3), BOTH, counted(3, 1, 2), constant(0.1), *backward)
    yield _node("lstm-bidirectional", cell(3), BOTH, counted(3, 1, 2), constant(0.5, backward=2.0), *both)


def _onnx_gru() -> Iterator[PeerTest]:
    def cell(units: int) -> GRUCell:
        return GRUCell(num_units=units)

    h = "final_state"
    yield _node("gru-defaults", cell(5), FIRST, counted(1, 3, 2), constant(0.1), h)
    yield _node("gru-with-initial-bias", cell(3), FIRST, counted(1, 3, 3), constant(0.1, 0.1), h)
    yield _node("gru-seq-length", cell(5), FIRST, counted(2, 3, 3), drawn(0), h)
    yield _node("gru-batchwise", cell(6), BATCH, counted(3, 1, 2), constant(0.2), "outputs", h)
    yield _node("gru-reverse", cell(5), BOTH, counted(3, 1, 2), constant(0.1), "outputs/bw", f"{h}/bw")
    whole = ("outputs/fw", "outputs/bw", f"{h}/fw", f"{h}/bw")
    yield _node("gru-bidirectional", cell(5), BOTH, counted(3, 1, 2), constant(0.5, backward=2.0), *whole)


def _onnx_rnn() -> Iterator[PeerTest]:
    def cell(units: int) -> BasicRNNCell:
        return BasicRNNCell(num_units=units)

    h = "final_state"
    yield _node("rnn-defaults", cell(4), FIRST, counted(1, 3, 2), constant(0.1), h)
    yield _node("rnn-with-initial-bias", cell(5), FIRST, counted(1, 3, 3), constant(0.1, 0.1), h)
    yield _node("rnn-seq-length", cell(5), FIRST, counted(2, 3, 3), drawn(0), h)
    yield _node("rnn-batchwise", cell(4), BATCH, counted(3, 1, 2), constant(0.5), "outputs", h)
    yield _node("rnn-reverse", cell(4), BOTH, counted(3, 1, 2), constant(0.1), f"{h}/bw")
    yield _node("rnn-bidirectional", cell(4), BOTH, counted(3, 1, 2), constant(0.5, backward=2.0), f"{h}/fw", f"{h}/bw")


CLOSE = Tolerance(rtol=1e-6, atol=1e-6)
GIVEN = Step(initial_state=True)


def _tenths(shape: tuple[int, ...]) -> Array:
    return np.full(shape, 0.1)


def _one_step(name: str, cell: Cell, inputs: Array, weight: Weight, *compared: str, rtol: float = 1e-6) -> PeerTest:
    tolerance = Tolerance(rtol=rtol, atol=1e-6)
    name = f"tensorflow/{name}"
    return built(name, cell, GIVEN, inputs, weight, compared=compared, tolerance=tolerance, state=_tenths)


def _tensorflow_lstm() -> Iterator[PeerTest]:
    halves = constant(0.5)
    columns = (BasicLSTMCell(num_units=2, state_is_tuple=False),) * 2
    joined, tuples = (MultiRNNCell(cells=columns, state_is_tuple=is_tuple) for is_tuple in (False, True))
    yield _one_step("basic-lstm-cell", joined, np.ones((1, 2)), halves, "outputs", "final_state", rtol=1e-2)
    layers = ("final_state/0", "final_state/1")
    yield _one_step("basic-lstm-cell-with-state-tuple", tuples, np.ones((1, 2)), halves, "outputs", *layers)
    projected = LSTMCell(num_units=8, num_proj=6, state_is_tuple=False)
    rows = np.array([[1.0, 1.0], [2.0, 2.0], [3.0, 3.0]])
    yield _one_step("lstm-cell", projected, rows, halves)  # compares shapes, and that rows differ
    kept = DropoutWrapper(cell=LSTMCell(num_units=3))  # every keep_prob is 1
    steps = np.array([2.0, 1.0]).reshape(2, 1, 1) * np.ones((1, 1, 3))
    run = DynamicRNN(time_major=True, initial_state=True)
    states = ("outputs", "final_state/c", "final_state/h")
    name = "tensorflow/dropout-wrapper-keep-all"
    yield built(name, kept, run, steps, halves, compared=states, tolerance=CLOSE, state=_tenths)


def _tensorflow_gru() -> Iterator[PeerTest]:
    def weight(name: str, shape: tuple[int, ...]) -> Array:
        if name.endswith("kernel"):
            return np.full(shape, 0.5)
        return np.full(shape, 1.0 if "gates" in name else 0.0)  # TensorFlow's initial biases

    cell = GRUCell(num_units=2)
    yield _one_step("gru-cell", cell, np.ones((1, 2)), weight, "outputs")
    yield _one_step("gru-cell-of-three-inputs", cell, np.ones((1, 3)), weight, "outputs")
    stack = MultiRNNCell(cells=(cell, cell), state_is_tuple=False)
    yield _one_step("multi-rnn-cell", stack, np.ones((1, 2)), weight, "final_state")


KERAS_CLOSE = Tolerance(rtol=1e-5, atol=1e-5)


def _layer(name: str, cell: Cell, run: Run, inputs: Array, *compared: str, weight: Weight | None = None) -> PeerTest:
    """Return a test of kernels 0.01 and 0.02, biases 0.03 but for a forget bias of 1 in place of f's."""
    given = weight or small(0.03, forget=0.0)
    state = (lambda shape: np.arange(np.prod(shape)).reshape(shape)) if run.initial_state else None
    name = f"keras/{name}"
    return built(name, cell, run, inputs, given, compared=compared, tolerance=KERAS_CLOSE, state=state)


def small(bias: float, forget: float | None = None, depth: int = 4) -> Weight:
    """Return kernels of 0.01 in the rows of inputs, of which there are `depth`, and of 0.02 in those of h."""

    def weight(name: str, shape: tuple[int, ...]) -> Array:
        array = constant(0.02, bias, forget=forget)(name, shape)
        if name.endswith("kernel"):
            array[:depth] = 0.01
        return array

    return weight


def _keras_correctness() -> Iterator[PeerTest]:
    sequence = np.arange(72.0).reshape(3, 6, 4)
    cell, plain = (BasicLSTMCell(num_units=3, forget_bias=forget_bias) for forget_bias in (1.0, 0.0))
    yield _layer("correctness", cell, BATCH, sequence, LAST)
    yield _layer("go-backwards", cell, BidirectionalDynamicRNN(), sequence, "final_state/bw/h")
    yield _layer("unroll", cell, StaticRNN(), sequence, LAST)
    yield _layer("no-unit-forget-bias", plain, BATCH, sequence, LAST, weight=small(0.03))
    yield _layer("no-bias", plain, BATCH, sequence, LAST, weight=small(0.0))


def _keras_states() -> Iterator[PeerTest]:
    twice = np.tile(np.arange(24.0).reshape(2, 3, 4), (1, 2, 1))
    yield _layer("statefulness", BasicLSTMCell(num_units=4), Chunked(chunks=(3, 3)), twice, LAST)
    sequence, cell = np.arange(24.0).reshape(2, 4, 3), BasicLSTMCell(num_units=2)
    weight = small(0.03, forget=0.0, depth=3)
    yield _layer("initial-state", cell, DynamicRNN(initial_state=True), sequence, LAST, weight=weight)
    both = BidirectionalDynamicRNN(initial_state=True)
    yield _layer("initial-state-backwards", cell, both, sequence, "final_state/bw/h", weight=weight)


def _keras_masking() -> Iterator[PeerTest]:
    sequence, cell = np.arange(24.0).reshape(2, 4, 3), BasicLSTMCell(num_units=2)
    weight = small(0.03, forget=0.0, depth=3)
    unrolled, masked = StaticRNN(sequence_length=(3, 2)), DynamicRNN(sequence_length=(3, 2))
    yield _layer("mask", cell, unrolled, sequence, "final_state/h", weight=weight)
    yield _layer("mask-zero-output", cell, masked, sequence, "outputs", weight=weight)
