"""A case's cell with its weights -> an ONNX model of the whole sequence.

    inputs    X (T, B, D), of ids (T, B, 1) int32;  sequence_lens (B,) int32 where the run has lengths
              initial/<layer>/<c|h> (B, width), below fw/ and bw/ for two directions
              dropout/<mask> (T, B, width): what is kept as 1 / keep_prob, what is dropped as 0
    outputs   Y (T, B, H), or Y/fw and Y/bw;  final/<layer>/<c|h> like the initial states

Each layer is one RNN, GRU or LSTM node, both directions of a layer one where they are of one kind. What TensorFlow's
wrappers compute of inputs and outputs alone stands around the nodes: an addition for a ResidualWrapper, a product for a
projection, a Gather for an embedding. What they do to the state between two steps is inside a node and cannot be had.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import count
from typing import TYPE_CHECKING, Any

import numpy as np

from rnn_parity.errors import LayoutInexpressibleError
from rnn_parity.layouts.onnx import ACTIVATIONS
from rnn_parity.layouts.onnx_graph import Graph
from rnn_parity.layouts.plain import Plain, activation_of, features, plain
from rnn_parity.layouts.states import layer_widths
from rnn_parity.masks import sites
from rnn_parity.spec import (
    CaseSpec,
    CellSpec,
    DeviceWrapper,
    Directions,
    DropoutWrapper,
    EmbeddingWrapper,
    HighwayWrapper,
    InputProjectionWrapper,
    MultiRNNCell,
    OutputProjectionWrapper,
    ResidualWrapper,
    SingleCellSpec,
    SummedMultiRNNCell,
    WrapperSpec,
    class_name,
    single_cells,
)
from rnn_parity.structure import Array, cells_of, join, levels, sequence_lengths
from rnn_parity.weights import layer_weights, wrapper_weights

if TYPE_CHECKING:
    import onnx

INT32 = 6  # TensorProto.INT32
TENSOR_ACTIVATIONS: dict[str, tuple[str, dict[str, float]]] = {  # of whole tensors, beside the nodes
    "relu": ("Relu", {}),
    "ReLU": ("Relu", {}),
    "elu": ("Elu", {}),
    "ELU": ("Elu", {}),
    "exponential": ("Exp", {}),
    "hard_sigmoid": ("HardSigmoid", {"alpha": 0.2, "beta": 0.5}),
    "leaky_relu": ("LeakyRelu", {"alpha": 0.2}),
    "LeakyReLU": ("LeakyRelu", {"alpha": 0.3}),
    "linear": ("Identity", {}),
    "log_softmax": ("LogSoftmax", {"axis": -1}),
    "mish": ("Mish", {}),
    "selu": ("Selu", {}),
    "sigmoid": ("Sigmoid", {}),
    "softmax": ("Softmax", {"axis": -1}),
    "Softmax": ("Softmax", {"axis": -1}),
    "softplus": ("Softplus", {}),
    "softsign": ("Softsign", {}),
    "tanh": ("Tanh", {}),
    "ThresholdedReLU": ("ThresholdedRelu", {"alpha": 1.0}),
}
REASONS = {
    "formula": "ONNX has RNN, GRU and LSTM; this cell is none of them",
    "layer_norm": "ONNX's LSTM does not normalise its gates",
    "num_proj": "ONNX's LSTM does not project h",
    "cell_clip": "ONNX's LSTM does not clip c: its `clip` clips what enters the activations",
    "dropout": "ONNX's LSTM drops nothing of its candidate",
    "activation": "ONNX's RNN, GRU and LSTM do not have the activation {name}",
    "state dropout": "ONNX's nodes drop nothing of the state between two steps",
    "attention": "ONNX's nodes take no attention between two steps",
    "wrapper activation": "ONNX has no operator for the activation {name}",
}


def to_model(spec: CaseSpec, weights: Mapping[str, Array]) -> onnx.ModelProto:
    """Return the model of a case's cell and run, whatever its number of rows and steps.

    Raises:
        LayoutInexpressibleError: ONNX's nodes cannot compute this cell; the reason says what is missing.
    """
    return _Builder(spec, weights).model()


class _Way:
    """One direction on the way through its cell: what comes next, in the order in which cells are gone through."""

    def __init__(self, name: str, layers: list[dict[str, Array]], wrappers: list[dict[str, Array]]) -> None:
        self.name = name
        self.layers = iter(layers)
        self.wrappers = iter(wrappers)
        self.layer_numbers, self.dropout_numbers = count(), count()


class _Builder:
    def __init__(self, spec: CaseSpec, weights: Mapping[str, Array]) -> None:
        self._spec, self._graph = spec, Graph(spec.dtype)
        self._keep = {site.name: site for own in sites(spec).values() for site in own}
        layers, wrappers = layer_weights(spec, weights), wrapper_weights(spec, weights)
        cells = cells_of(spec)
        names = Directions._fields if isinstance(cells, Directions) else ("",)
        pairs = zip(layers, wrappers, strict=True) if len(names) > 1 else [(layers, wrappers)]
        self._ways = [_Way(name, *pair) for name, pair in zip(names, pairs, strict=True)]
        self._lengths = ""

    def model(self) -> onnx.ModelProto:
        spec, graph = self._spec, self._graph
        ids = spec.cell.input_classes is not None
        x = graph.input("X", ("T", "B", spec.sizes.depth), INT32 if ids else None)
        if sequence_lengths(spec) is not None:
            self._lengths = self._within(graph.input("sequence_lens", ("B",), INT32), x)
        cells = cells_of(spec)
        outputs: list[str] = []
        for _ in range(levels(spec) or 1):
            outputs = self._both(x, cells) if isinstance(cells, Directions) else [self._through(cells[0], x, self._ways[0])]
            if levels(spec) is not None:
                x = graph.add("Concat", *outputs, axis=2)
        for way, cell, y in zip(self._ways, cells, outputs, strict=True):
            y = self._running(y) if not isinstance(cell, SingleCellSpec) else y
            graph.output(y, join("Y", way.name), ("T", "B", cell.output_size))
        return graph.model(spec.id)

    def _within(self, lengths: str, x: str) -> str:
        """Return the lengths, at most T: TensorFlow runs longer rows to the end, ONNX Runtime refuses them."""
        add = self._graph.add
        steps = add("Cast", add("Shape", x, start=0, end=1), to=INT32)
        return add("Min", lengths, steps)

    def _running(self, y: str) -> str:
        """Return outputs (T, B, H) with 0 past each row's length, where wrappers compute something of padding."""
        if not self._lengths:
            return y
        graph = self._graph
        add, zero, one = graph.add, graph.constant(np.array(0, np.int32)), graph.constant(np.array(1, np.int32))
        steps = add("Squeeze", add("Cast", add("Shape", y, start=0, end=1), to=INT32), graph.axes(0))
        running = add("Less", add("Unsqueeze", add("Range", zero, steps, one), graph.axes(1)), self._lengths)
        return add("Where", add("Unsqueeze", running, graph.axes(2)), y, graph.constant(np.array(0, self._spec.dtype)))

    def _both(self, x: str, cells: Directions) -> list[str]:
        """Return the outputs of both directions: of one node where both cells are single and of one kind."""
        if all(isinstance(cell, SingleCellSpec) for cell in cells):
            pairs = [self._plain(cell, way) for cell, way in zip(cells, self._ways, strict=True)]
            if _are_one_node(*pairs):
                return self._node(pairs, list(cells), x, self._ways)
            return [self._node([one], [cell], x, [way])[0] for one, cell, way in zip(pairs, cells, self._ways, strict=True)]
        return [self._through(cell, x, way) for cell, way in zip(cells, self._ways, strict=True)]

    def _through(self, cell: CellSpec, x: str, way: _Way) -> str:
        """Return the outputs (T, B, H) of a cell, which may be a stack or wrapped, over x (T, B, D)."""
        add = self._graph.add
        match cell:
            case MultiRNNCell():
                for one in cell.cells:
                    x = self._through(one, x, way)
                return x
            case SummedMultiRNNCell():
                answers = []
                for one in cell.cells:
                    x = self._through(one, x, way)
                    answers.append(x)
                return add("Sum", *answers)
            case DeviceWrapper():
                return self._through(cell.cell, x, way)
            case ResidualWrapper():
                y = self._through(cell.cell, x, way)
                return add("Add", self._first_columns(x, cell) if cell.residual_fn == "slice" else x, y)
            case DropoutWrapper():
                return self._dropout(cell, x, way)
            case SingleCellSpec():
                return self._node([self._plain(cell, way)], [cell], x, [way])[0]
            case WrapperSpec():
                return self._weighted(cell, x, way)
            case _:
                raise AssertionError(class_name(cell))

    def _first_columns(self, x: str, cell: ResidualWrapper) -> str:
        axes = self._graph.axes
        return self._graph.add("Slice", x, axes(0), axes(cell.output_size), axes(2))

    def _dropout(self, cell: DropoutWrapper, x: str, way: _Way) -> str:
        place = join(way.name, "wrapper", str(next(way.dropout_numbers)))
        if np.float32(cell.state_keep_prob) < 1:
            raise _refusal(cell, "state dropout")
        y = self._through(cell.cell, self._masked(x, join(place, "input")), way)
        return self._masked(y, join(place, "output"))

    def _masked(self, x: str, mask: str) -> str:
        if mask not in self._keep:
            return x
        return self._graph.add("Mul", x, self._graph.input(join("dropout", mask), ("T", "B", self._keep[mask].width)))

    def _weighted(self, cell: WrapperSpec, x: str, way: _Way) -> str:
        own, add = next(way.wrappers), self._graph.add
        match cell:
            case InputProjectionWrapper():
                return self._through(cell.cell, self._projected(cell, x, own), way)
            case OutputProjectionWrapper():
                return self._projected(cell, self._through(cell.cell, x, way), own)
            case EmbeddingWrapper():
                ids = add("Squeeze", x, self._graph.axes(2))
                return self._through(cell.cell, add("Gather", self._graph.constant(own["embedding"]), ids), way)
            case HighwayWrapper():
                return self._highway(x, self._through(cell.cell, x, way), own)
            case _:
                raise _refusal(cell, "attention")

    def _projected(self, cell: InputProjectionWrapper | OutputProjectionWrapper, x: str, own: dict[str, Array]) -> str:
        name = cell.activation or "linear"
        if name not in TENSOR_ACTIVATIONS:
            raise _refusal(cell, "wrapper activation", name)
        operator, constants = TENSOR_ACTIVATIONS[name]
        return self._graph.add(operator, self._affine(x, own["kernel"], own["bias"]), **constants)

    def _affine(self, x: str, kernel: Array, bias: Array) -> str:
        graph = self._graph
        return graph.add("Add", graph.add("MatMul", x, graph.constant(kernel)), graph.constant(bias))

    def _highway(self, x: str, y: str, own: dict[str, Array]) -> str:
        """Return x * carry + y * transform, gates of x alone."""
        graph = self._graph
        carry = graph.add("Sigmoid", self._affine(x, own["carry_w"], own["carry_b"]))
        if "transform_w" in own:
            transform = graph.add("Sigmoid", self._affine(x, own["transform_w"], own["transform_b"]))
        else:
            transform = graph.add("Sub", graph.constant(np.array(1, self._spec.dtype)), carry)
        return graph.add("Add", graph.add("Mul", x, carry), graph.add("Mul", y, transform))

    def _plain(self, cell: SingleCellSpec, way: _Way) -> Plain:
        require(cell)
        return plain(cell, next(way.layers))

    def _node(self, plains: list[Plain], cells: list[Any], x: str, ways: list[_Way]) -> list[str]:
        places = [join(way.name, str(next(way.layer_numbers))) for way in ways]
        starts = []
        for cell, place in zip(cells, places, strict=True):
            named = zip(state_names(cell), layer_widths(cell), strict=True)
            starts.append([self._graph.input(join("initial", place, name), ("B", width)) for name, width in named])
        answers = []
        for (y, *finals), cell, place in zip(
            self._graph.recurrent(plains, x, self._lengths, starts, ways[0].name), cells, places, strict=True
        ):
            answers.append(y)
            for final, name, width in zip(finals, state_names(cell), layer_widths(cell), strict=True):
                self._graph.output(final, join("final", place, name), ("B", width))
        return answers


def state_names(cell: SingleCellSpec) -> tuple[str, ...]:
    """Return the names of a layer's states in a model: c and h of an LSTM, h of any other."""
    return ("c", "h") if len(layer_widths(cell)) > 1 else ("h",)


def require(cell: SingleCellSpec) -> None:
    """Return if ONNX's nodes can compute this cell.

    Raises:
        LayoutInexpressibleError: they cannot.
    """
    for feature in features(cell):
        if feature != "peepholes":
            raise _refusal(cell, feature)
    if activation_of(cell) not in ACTIVATIONS:
        raise _refusal(cell, "activation", activation_of(cell))


def _are_one_node(forward: Plain, backward: Plain) -> bool:
    alike = [(one.kind, one.num_units, one.reset, one.coupled) for one in (forward, backward)]
    peepholes = [any(gate.peephole is not None for gate in one.gates.values()) for one in (forward, backward)]
    return alike[0] == alike[1] and peepholes[0] == peepholes[1]


def _refusal(cell: CellSpec, reason: str, name: str = "") -> LayoutInexpressibleError:
    return LayoutInexpressibleError("onnx", class_name(cell), REASONS[reason].format(name=name))
