"""Which variables a case owns in TensorFlow: names, shapes, and views of them per layer and per gate.

Names are those of a graph that holds nothing else, without ":0"; order is TensorFlow's order of creation.
Sources: tf_keras/src/layers/rnn/legacy_cells.py (build methods), tensorflow/python/ops/rnn.py (scopes).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple, assert_never

from rnn_parity.spec import (
    BasicLSTMCell,
    BasicRNNCell,
    BidirectionalDynamicRNN,
    CaseSpec,
    Cell,
    Chunked,
    DynamicRNN,
    GRUCell,
    LSTMCell,
    MultiRNNCell,
    SingleCell,
    StackSpec,
    StaticBidirectionalRNN,
    StaticRNN,
    Step,
    SummedMultiRNNCell,
    output_size,
    unwrapped,
)
from rnn_parity.structure import Array, Directions, Shape, cells_of, is_one_object, join, single_cells

LSTM_GATES = ("i", "j", "f", "o")  # input, candidate, forget, output: column blocks of kernel and bias
GRU_GATES = ("r", "u")  # reset, update: column blocks of gates/kernel and gates/bias

_SCOPES = {  # the variable scope of the cell itself in a class's name
    BasicRNNCell: "basic_rnn_cell",
    GRUCell: "gru_cell",
    BasicLSTMCell: "basic_lstm_cell",
    LSTMCell: "lstm_cell",
    MultiRNNCell: "multi_rnn_cell",
    SummedMultiRNNCell: "summed_multi_rnn_cell",  # a subclass is named after itself
}


class Layer(NamedTuple):
    """One cell of a case: its direction ('', 'fw' or 'bw'), number from 0, options, scope and input depth.

    Wrappers are no layers: they own nothing and add nothing to a name. Layers of one object have one scope.
    """

    direction: str
    index: int  # type: ignore[assignment]  # hides tuple.index, which nobody calls
    cell: SingleCell
    scope: str
    depth: int


def layers(spec: CaseSpec) -> tuple[Layer, ...]:
    """Return all layers of a case: forward ones first, each direction from the input up."""
    cells = cells_of(spec)
    directions = ("fw", "bw") if isinstance(cells, Directions) else ("",)
    found: list[Layer] = []
    for direction, cell in zip(directions, cells, strict=True):
        built = "fw" if is_one_object(spec) else direction  # an object is built where it is called first
        found += _stack(cell, direction, join(_run_scope(spec), built), spec.sizes.depth)
    return tuple(found)


def cell_variables(cell: SingleCell, depth: int) -> dict[str, Shape]:
    """Return name -> shape of one cell's own variables for inputs (B, depth), in order of creation."""
    units = cell.num_units
    match cell:
        case BasicRNNCell():
            return {"kernel": (depth + units, units), "bias": (units,)}
        case GRUCell():
            return {
                "gates/kernel": (depth + units, 2 * units),
                "gates/bias": (2 * units,),
                "candidate/kernel": (depth + units, units),
                "candidate/bias": (units,),
            }
        case BasicLSTMCell():
            return {"kernel": (depth + units, 4 * units), "bias": (4 * units,)}
        case LSTMCell():
            shapes: dict[str, Shape] = {"kernel": (depth + output_size(cell), 4 * units), "bias": (4 * units,)}
            if cell.use_peepholes:
                shapes |= dict.fromkeys(("w_f_diag", "w_i_diag", "w_o_diag"), (units,))
            if cell.num_proj is not None:
                shapes["projection/kernel"] = (units, cell.num_proj)
            return shapes
        case _:
            assert_never(cell)


def variables(spec: CaseSpec) -> dict[str, Shape]:
    """Return name -> shape of all variables of a case, in TensorFlow's order of creation."""
    return {
        join(layer.scope, name): shape
        for layer in layers(spec)
        for name, shape in cell_variables(layer.cell, layer.depth).items()
    }


def layer_weights(spec: CaseSpec, weights: Mapping[str, Array]) -> list[dict[str, Array]] | Directions:
    """Return each layer's weights under the cell's own names; for two directions `Directions` of such lists."""
    found: dict[str, list[dict[str, Array]]] = {}
    for layer in layers(spec):
        own = {name: weights[join(layer.scope, name)] for name in cell_variables(layer.cell, layer.depth)}
        found.setdefault(layer.direction, []).append(own)
    return Directions(found["fw"], found["bw"]) if "fw" in found else found[""]


def gate_order(cell: SingleCell) -> tuple[str, ...]:
    """Return the letters of the column blocks of the cell's first kernel, left to right; () where it has no gates."""
    match cell:
        case BasicRNNCell():
            return ()
        case GRUCell():
            return GRU_GATES
        case BasicLSTMCell() | LSTMCell():
            return LSTM_GATES
        case _:
            assert_never(cell)


def gate_blocks(cell: SingleCell, array: Array) -> dict[str, Array]:
    """Return gate letter -> column block (a view) of the cell's gate kernel or gate bias."""
    width = cell.num_units
    return {gate: array[..., k * width : (k + 1) * width] for k, gate in enumerate(gate_order(cell))}


def trace_names(cell: SingleCell) -> tuple[str, ...]:
    """Return what is traced of a cell at every step, in order of computation.

    LSTM: i, j, f, o as split from [x h] kernel + bias (before forget_bias, peepholes and squashing), then the new c
    and h. GRU: r, u after the sigmoid, the candidate c after its activation, the new h. BasicRNN: z = [x h] kernel +
    bias, the new h.
    """
    match cell:
        case BasicRNNCell():
            return ("z", "h")
        case GRUCell():
            return (*GRU_GATES, "c", "h")
        case BasicLSTMCell() | LSTMCell():
            return (*LSTM_GATES, "c", "h")
        case _:
            assert_never(cell)


def _stack(cell: Cell, direction: str, scope: str, depth: int) -> list[Layer]:
    inner = unwrapped(cell)
    if not isinstance(inner, StackSpec):
        return [Layer(direction, 0, inner, join(scope, _SCOPES[type(inner)]), depth)]
    found = []
    for index, single in enumerate(single_cells(inner)):
        place = 0 if inner.one_object else index
        name = join(scope, _SCOPES[type(inner)], f"cell_{place}", _SCOPES[type(single)])
        found.append(Layer(direction, index, single, name, depth))
        depth = output_size(single)
    return found


def _run_scope(spec: CaseSpec) -> str:
    match spec.run:
        case Step():
            return ""
        case StaticRNN() | DynamicRNN() | Chunked():
            return "rnn"
        case BidirectionalDynamicRNN() | StaticBidirectionalRNN():
            return "bidirectional_rnn"
        case _:
            assert_never(spec.run)
