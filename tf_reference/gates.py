"""Which of TensorFlow's own tensors are a cell's gates: found among the ops that one call of the cell made.

    BasicRNN   z: BiasAdd                          h: the new state
    GRU        r, u: Split of a Sigmoid            c: h = u * state + (1 - u) * c, an AddV2 of Muls   h: the new state
    LSTM       i, j, f, o: Split into four         c, h: the new state, or the inputs of its ConcatV2
    others     what the cell, composed in `tf_reference.contrib`, kept itself

Nothing is recomputed. Source: tf_keras/src/layers/rnn/legacy_cells.py (call methods).
"""

from __future__ import annotations

from typing import Any, TypeAlias

from rnn_parity.errors import RecordingError
from rnn_parity.spec import (
    GRU_GATES,
    LSTM_GATES,
    BasicLSTMCell,
    BasicRNNCell,
    GRUCell,
    LSTMCell,
    SingleCellSpec,
    class_name,
)
from tf_reference.observe import Call

Tensor: TypeAlias = Any  # TensorFlow ships no types
Op: TypeAlias = Any


class GateFinder:
    """Finds the gates of one cell's calls, and says where TensorFlow's graph is not what it should be."""

    def __init__(self, case_id: str, cell: SingleCellSpec, batch_size: int) -> None:
        self.case_id, self.cell, self.batch_size = case_id, cell, batch_size

    def gates(self, call: Call) -> dict[str, Tensor]:
        """Return letter -> tensor of `rnn_parity.weights.trace_names` for this call.

        Raises:
            RecordingError: the ops are not those of this cell.
        """
        made, state = call.made, call.state
        match self.cell:
            case BasicRNNCell():
                found = {"z": self._only(made, "BiasAdd", 1).outputs[0], "h": state}
            case GRUCell():
                found = self._gru(made, state)
            case BasicLSTMCell() | LSTMCell():
                found = dict(zip(LSTM_GATES, self._only(made, "Split", len(LSTM_GATES)).outputs, strict=True))
                found |= self._carried(state)
            case _:
                return call.gates
        for gate, tensor in found.items():
            self._require_shape(gate, tensor)
        return found

    def _gru(self, made: list[Op], state: Tensor) -> dict[str, Tensor]:
        split = self._only(made, "Split", len(GRU_GATES))
        self._require_type(split.inputs[1].op, "Sigmoid")
        self._require_type(state.op, "AddV2")
        kept, renewed = (term.op for term in state.op.inputs)
        for product in (kept, renewed):
            self._require_type(product, "Mul")
        if kept.inputs[0].name != split.outputs[1].name:
            raise self._unexpected(
                f"{kept.name} multiplies {kept.inputs[0].name}, should be u ({split.outputs[1].name})"
            )
        self._require_type(renewed.inputs[0].op, "Sub")
        return dict(zip(GRU_GATES, split.outputs, strict=True)) | {"c": renewed.inputs[1], "h": state}

    def _carried(self, state: Any) -> dict[str, Tensor]:  # noqa: ANN401  a tensor or a tuple of two
        if isinstance(state, tuple):
            c, h = state
        else:
            self._require_type(state.op, "ConcatV2")
            c, h, _axis = state.op.inputs
        return {"c": c, "h": h}

    def _only(self, made: list[Op], kind: str, outputs: int) -> Op:
        found = [op for op in made if op.type == kind and len(op.outputs) == outputs]
        if len(found) != 1:
            raise self._unexpected(f"{len(found)} ops {kind} with {outputs} outputs, should be 1")
        return found[0]

    def _require_type(self, op: Op, kind: str) -> None:
        if op.type != kind:
            raise self._unexpected(f"{op.name} is of type {op.type}, should be {kind}")

    def _require_shape(self, gate: str, tensor: Tensor) -> None:
        units = self.cell.num_units
        if gate == "h" and isinstance(self.cell, LSTMCell):
            units = self.cell.num_proj or units
        if tuple(tensor.shape) != (self.batch_size, units):
            raise self._unexpected(f"gate {gate} has shape {tensor.shape}, should be {(self.batch_size, units)}")

    def _unexpected(self, problem: str) -> RecordingError:
        return RecordingError(self.case_id, f"the graph of {class_name(self.cell)} is not as expected: {problem}")
