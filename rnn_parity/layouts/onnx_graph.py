"""An ONNX graph in the making: nodes, constants, inputs and outputs, and the recurrent nodes.

Needs the package `onnx`. Tensors are time-major, ONNX's layout 0: ONNX Runtime has no other.
Source: onnx.ai/onnx/operators, RNN-22, GRU-22, LSTM-22.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from rnn_parity.layouts.form import Form
from rnn_parity.layouts.onnx import ACTIVATIONS
from rnn_parity.layouts.plain import Plain
from rnn_parity.structure import Array

OPSET = 18  # the first with Mish; all that is used here is in it
IR_VERSION = 9
TYPES = {"float16": TensorProto.FLOAT16, "float32": TensorProto.FLOAT, "float64": TensorProto.DOUBLE}


class Graph:
    """The graph so far; tensors are known by their names."""

    def __init__(self, dtype: str) -> None:
        self._type = TYPES[dtype]
        self._nodes: list[Any] = []
        self._constants: list[Any] = []
        self._inputs: list[Any] = []
        self._outputs: list[Any] = []

    def add(self, operator: str, *inputs: str, **attributes: Any) -> str:  # noqa: ANN401  numbers, texts, lists of them
        """Add a node and return the name of its only output."""
        name = f"{operator.lower()}_{len(self._nodes)}"
        self._nodes.append(helper.make_node(operator, list(inputs), [name], name=name, **attributes))
        return name

    def constant(self, array: Array, name: str = "") -> str:
        """Add a constant and return its name, one of its own where none is given."""
        name = name or f"constant_{len(self._constants)}"
        self._constants.append(numpy_helper.from_array(np.asarray(array, order="C"), name))
        return name

    def input(self, name: str, shape: Sequence[str | int], kind: int | None = None) -> str:
        """Add an input of the graph's dtype, or of another, and return its name."""
        self._inputs.append(helper.make_tensor_value_info(name, kind or self._type, shape))
        return name

    def output(self, tensor: str, name: str, shape: Sequence[str | int]) -> None:
        """Make a tensor an output of the graph under this name."""
        self._nodes.append(helper.make_node("Identity", [tensor], [name], name=f"output {name}"))
        self._outputs.append(helper.make_tensor_value_info(name, self._type, shape))

    def model(self, name: str) -> onnx.ModelProto:
        """Return the model, checked by the package `onnx`."""
        outputs = sorted(self._outputs, key=lambda output: not output.name.startswith("Y"))  # Y before final states
        graph = helper.make_graph(self._nodes, name, self._inputs, outputs, self._constants)
        made = helper.make_model(graph, opset_imports=[helper.make_opsetid("", OPSET)], ir_version=IR_VERSION)
        onnx.checker.check_model(made, full_check=True)
        return made

    def axes(self, *axes: int) -> str:
        """Return a constant of axes."""
        return self.constant(np.array(axes, np.int64))

    def recurrent(
        self, cells: Sequence[Plain], node: Mapping[str, str], x: str, lengths: str, starts: Sequence[Sequence[str]]
    ) -> list[tuple[str, ...]]:
        """Add one RNN, GRU or LSTM node over x (T, B, D), of one cell or of two for both directions.

        `node` has its W, R, B, perhaps P, and its direction; `lengths` is '' where rows do not end early, `starts` has
        each direction's (c, h) or (h,). Return for each y (T, B, H) and the final state like its start.
        """
        form = cells[0].form
        operator = form.kind.upper()
        name = f"{operator.lower()}_{len(self._nodes)}"
        states = [self._stacked(parts) for parts in zip(*starts, strict=True)][::-1]  # ONNX has h before c
        inputs = [x, node["W"], node["R"], node["B"], lengths, *states, *([node["P"]] if "P" in node else [])]
        outputs = [f"{name}_{part}" for part in ("Y", "Y_h", "Y_c")[: 1 + len(states)]]
        options: dict[str, Any] = {"direction": node["direction"], "hidden_size": form.num_units}
        options |= activation_attributes(cells) | _attributes(form)
        self._nodes.append(helper.make_node(operator, inputs, outputs, name=name, **options))
        finals = [self._kept(final, start, lengths) for final, start in zip(outputs[1:], states, strict=True)][::-1]
        return [
            (self._of_direction(outputs[0], k, 1), *(self._of_direction(final, k, 0) for final in finals))
            for k in range(len(cells))
        ]

    def _stacked(self, states: Sequence[str]) -> str:
        """Return (directions, B, H) of states (B, H)."""
        parts = [self.add("Unsqueeze", state, self.axes(0)) for state in states]
        return parts[0] if len(parts) == 1 else self.add("Concat", *parts, axis=0)

    def _of_direction(self, tensor: str, number: int, axis: int) -> str:
        return self.add("Gather", tensor, self.constant(np.array(number, np.int64)), axis=axis)

    def _kept(self, final: str, start: str, lengths: str) -> str:
        """Return the final state with what it began with in rows of length 0, where ONNX Runtime answers 0."""
        if not lengths:
            return final
        began = self.add("Greater", lengths, self.constant(np.array(0, np.int32)))
        return self.add("Where", self.add("Unsqueeze", began, self.axes(1)), final, start)


def activation_attributes(cells: Sequence[Plain]) -> dict[str, Any]:
    """Return a node's attributes that say its activations, direction by direction.

    `activation_alpha` and `activation_beta` have a number for each activation that takes one, and none for the others.
    """
    chosen = [ACTIVATIONS[name] for cell in cells for name in _activations(cell)]
    attributes: dict[str, Any] = {"activations": [one.name for one in chosen]}
    for option in ("alpha", "beta"):
        given = [getattr(one, option) for one in chosen if getattr(one, option) is not None]
        if given:
            attributes[f"activation_{option}"] = given
    return attributes


def _activations(cell: Plain) -> tuple[str, ...]:
    match cell.form.kind:
        case "rnn":
            return (cell.form.activation,)
        case "gru":
            return ("sigmoid", cell.form.activation)
        case "lstm":
            return ("sigmoid", cell.form.activation, cell.state_activation)


def _attributes(form: Form) -> dict[str, int]:
    if form.kind == "gru":
        return {"linear_before_reset": int(form.reset == "after")}
    return {"input_forget": int(form.coupled)} if form.kind == "lstm" else {}
