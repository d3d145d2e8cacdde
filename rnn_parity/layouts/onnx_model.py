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

from collections.abc import Mapping
from itertools import count
from typing import TYPE_CHECKING

import numpy as np

from rnn_parity.errors import LayoutInexpressibleError
from rnn_parity.layouts.modules import bare
from rnn_parity.layouts.onnx import are_joint, nodes, pack, require_node
from rnn_parity.layouts.onnx_graph import Graph
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
)
from rnn_parity.structure import Array, cells_of, join, levels, sequence_lengths
from rnn_parity.weights import wrapper_weights

if TYPE_CHECKING:
    import onnx

DIRECTIONS = {"": "forward", "fw": "forward", "bw": "reverse"}
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
STATE_DROPOUT = "ONNX's nodes drop nothing of the state between two steps"
ATTENTION = "ONNX's nodes take no attention between two steps"


def to_model(spec: CaseSpec, weights: Mapping[str, Array], *, drops_states: bool = True) -> onnx.ModelProto:
    """Return the model of a case's cell and run, whatever its number of rows and steps.

    With `drops_states=False` what a DropoutWrapper drops of states is left to who runs the model step by step.

    Raises:
        LayoutInexpressibleError: ONNX's nodes cannot compute this cell; the reason says what is missing.
    """
    return _Builder(spec, weights, drops_states=drops_states).model()


class _Way:
    """One direction on the way through its cell: what comes next, in the order in which cells are gone through."""

    def __init__(self, name: str, wrappers: list[dict[str, Array]]) -> None:
        self.name = name
        self.wrappers = iter(wrappers)
        self.layer_numbers, self.dropout_numbers = count(), count()


class _Builder:
    def __init__(self, spec: CaseSpec, weights: Mapping[str, Array], *, drops_states: bool) -> None:
        self._drops_states = drops_states
        self._spec, self._graph = spec, Graph(spec.dtype)
        self._keep = {site.name: site for own in sites(spec).values() for site in own}
        self._arrays = pack(spec, weights)
        self._nodes = {(one.direction, one.index): node for node in nodes(spec) for one in node.layers}
        cells, wrappers = cells_of(spec), wrapper_weights(spec, weights)
        names = Directions._fields if isinstance(cells, Directions) else ("",)
        owned = wrappers if isinstance(wrappers, Directions) else (wrappers,)
        self._ways = [_Way(name, own) for name, own in zip(names, owned, strict=True)]
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
            outputs = (
                self._both(x, cells) if isinstance(cells, Directions) else [self._through(cells[0], x, self._ways[0])]
            )
            if levels(spec) is not None:
                x = graph.add("Concat", *outputs, axis=2)
        for way, cell, y in zip(self._ways, cells, outputs, strict=True):
            answer = y if isinstance(cell, SingleCellSpec) else self._running(y)
            graph.output(answer, join("Y", way.name), ("T", "B", cell.output_size))
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
        if are_joint(self._spec):
            return self._node([require_bare_cell(cell) for cell in cells], x, self._ways)
        return [self._through(cell, x, way) for cell, way in zip(cells, self._ways, strict=True)]

    def _through(self, cell: CellSpec, x: str, way: _Way) -> str:  # noqa: PLR0911  one a kind of cell
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
                return self._node([cell], x, [way])[0]
            case WrapperSpec():
                return self._weighted(cell, x, way)
            case _:
                raise AssertionError(class_name(cell))

    def _first_columns(self, x: str, cell: ResidualWrapper) -> str:
        axes = self._graph.axes
        return self._graph.add("Slice", x, axes(0), axes(cell.output_size), axes(2))

    def _dropout(self, cell: DropoutWrapper, x: str, way: _Way) -> str:
        place = join(way.name, "wrapper", str(next(way.dropout_numbers)))
        if self._drops_states and np.float32(cell.state_keep_prob) < 1:
            raise LayoutInexpressibleError("onnx", STATE_DROPOUT)
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
                raise LayoutInexpressibleError("onnx", ATTENTION)

    def _projected(self, cell: InputProjectionWrapper | OutputProjectionWrapper, x: str, own: dict[str, Array]) -> str:
        name = cell.activation or "linear"
        if name not in TENSOR_ACTIVATIONS:
            raise LayoutInexpressibleError("onnx", f"ONNX has no operator for the activation {name}")
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

    def _node(self, cells: list[SingleCellSpec], x: str, ways: list[_Way]) -> list[str]:
        """Return the outputs of one node: of one cell, or of the cells of both directions."""
        places = [(way.name, next(way.layer_numbers)) for way in ways]
        starts = [
            [self._graph.input(name, ("B", width)) for name, width in _states("initial", cell, place)]
            for cell, place in zip(cells, places, strict=True)
        ]
        found = [require_node(cell) for cell in cells]
        answers = self._graph.recurrent(found, self._constants(places), x, self._lengths, starts)
        for (_, *finals), cell, place in zip(answers, cells, places, strict=True):
            for final, (name, width) in zip(finals, _states("final", cell, place), strict=True):
                self._graph.output(final, name, ("B", width))
        return [y for y, *_ in answers]

    def _constants(self, places: list[tuple[str, int]]) -> dict[str, str]:
        """Return the constants of a node, and its direction."""
        node = self._nodes[places[0]]
        given = {part: join(node.name, part) for part in "WRBP" if join(node.name, part) in self._arrays}
        direction = "bidirectional" if len(places) > 1 else DIRECTIONS[places[0][0]]
        constants = {part: self._graph.constant(self._arrays[name], name) for part, name in given.items()}
        return constants | {"direction": direction}


def _states(kind: str, cell: SingleCellSpec, place: tuple[str, int]) -> list[tuple[str, int]]:
    """Return name and width of a layer's states: c and h of an LSTM, h of any other."""
    form = require_node(cell).form
    return [(join(kind, place[0], str(place[1]), name), form.num_units) for name in form.state_names]


def require_bare_cell(cell: CellSpec) -> SingleCellSpec:
    """Return the cell without wrappers that leave its numbers as they are, which must be a single one."""
    inner = bare(cell)
    if not isinstance(inner, SingleCellSpec):
        raise TypeError(f"{class_name(inner)}: got a stack or wrapper, should be a single cell")
    return inner
