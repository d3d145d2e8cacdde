"""Where a graph adds a layer's input to its output, dropped or not, and what that says of residual wrappers.

    DropoutWrapper(ResidualWrapper(cell))    dropout(h + dropout(x))
    ResidualWrapper(DropoutWrapper(cell))    dropout(h) + x, while the cell reads dropout(x)

A layer whose output is added to something else is asked about: that may be a residual of the program's own.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from tf_reference.legacy.found import Fact, Question
from tf_reference.legacy.graph_nodes import Tensor
from tf_reference.legacy.graph_step import Step, read
from tf_reference.legacy.graph_terms import ADDS, DROPS, QUOTIENTS, Dropout, Terms, both_ways
from tf_reference.legacy.graph_variables import VARIABLE_OPS

if TYPE_CHECKING:
    from tf_reference.legacy.graph_columns import Column, Columns

RECAST = "Cast"
SUMS = (*ADDS, "AddN")
OPTION = "residual"
FAR = 40  # nodes looked at behind an output
Forms = Mapping[Tensor, tuple[Dropout, ...]]  # a tensor, cast or dropped -> what dropped it


@dataclass(frozen=True)
class Residual:
    """The sum of a step's output and input, the input that is added, and the dropout between them and the step."""

    total: Tensor
    x: Tensor
    dropouts: tuple[Dropout, ...]


@dataclass(frozen=True)
class SaidOfResiduals:
    """What is said of a model's residuals: of all layers alike, or of each cell by its place among the model's."""

    model: tuple[Fact, ...] = ()
    cells: Mapping[int, tuple[Fact, ...]] = field(default_factory=dict)
    asked: Mapping[int, tuple[Question, ...]] = field(default_factory=dict)


def output_forms(terms: Terms, tensor: Tensor) -> Forms:
    """Return the tensor, and what it is after dropout and casts."""
    found: dict[Tensor, tuple[Dropout, ...]] = {terms.view.resolve(tensor): ()}
    waiting = list(found)
    while waiting:
        start = waiting.pop(0)
        for node in terms.view.ahead([start], (*QUOTIENTS, *DROPS), limit=FAR):
            end = f"{node.name}:0"
            dropped = terms.dropout(end) if node.op in DROPS else None
            value = dropped.value if dropped else node.inputs[0] if node.op == RECAST else ""
            if value and end not in found and terms.view.resolve(value) == start:
                found[end] = (*found[start], *([dropped] if dropped else []))
                waiting.append(end)
    return found


def input_forms(terms: Terms, tensor: Tensor) -> Forms:
    """Return the tensor, and what it was before dropout and casts."""
    found: dict[Tensor, tuple[Dropout, ...]] = {}
    dropouts: tuple[Dropout, ...] = ()
    end = terms.view.resolve(tensor)
    while end not in found:
        found[end] = dropouts
        dropped = terms.dropout(end) if terms.view.op(end) in DROPS else None
        if dropped is not None:
            dropouts, end = (*dropouts, dropped), terms.view.resolve(dropped.value)
        elif terms.view.op(end) == RECAST:
            end = terms.view.inputs(end)[0]
    return found


def residual_of(terms: Terms, step: Step) -> Residual | None:
    """Return the sum of a step's output and its own input; None where there is none."""
    inputs = input_forms(terms, step.x)
    for output, dropouts in output_forms(terms, step.new_h).items():
        for reader in terms.view.readers(output):
            total = f"{reader.name}:0"
            for left, right in both_ways(terms.total(total)):
                if left == output and right in inputs:
                    return Residual(total, right, (*dropouts, *inputs[right]))
    return None


def other_sum(terms: Terms, step: Step, outputs: Sequence[Tensor]) -> str:
    """Return the node that adds something else to a step's output, which is neither a weight nor one of `outputs`."""
    for output in output_forms(terms, step.new_h):
        for reader in terms.view.readers(output):
            if reader.op not in SUMS:
                continue
            others = [other for other in map(terms.view.resolve, reader.inputs) if other != output]
            if any(_is_data(terms, other) and other not in outputs for other in others):
                return reader.name
    return ""


def _is_data(terms: Terms, tensor: Tensor) -> bool:
    return terms.view.op(tensor) not in (*VARIABLE_OPS, "Const")


def said_of_residuals(columns: Columns, found: Sequence[Column]) -> SaidOfResiduals:
    """Return what the columns say; `found` are those that together have every first step, none where some are missing.

    Without columns a layer that may have a residual, and whose step is recognised, is asked about.
    """
    if not found:
        stepped = {step.cell for step in columns.steps if _fits(columns, step)}
        return SaidOfResiduals(asked={k: (_question("what stands between its layers"),) for k in sorted(stepped)})
    answers: dict[int, list[tuple[bool | None, str]]] = {}
    for column in {each.cells: each for each in reversed(found)}.values():  # the first of each
        for step, answer in _answers(columns, column):
            answers.setdefault(step.cell, []).append(answer)
    values = {value for several in answers.values() for value, _ in several}
    if len(values) == 1 and None not in values:
        value, seen = values.pop(), tuple(dict.fromkeys(node for each in answers.values() for _, node in each))
        evidence = ", ".join(seen if value else seen[-1:])  # every sum, or the last output that none is made of
        return SaidOfResiduals(model=(read(OPTION, value, evidence),))
    facts, asked = {}, {}
    for k, several in answers.items():
        said = {value for value, _ in several}
        nodes = ", ".join(dict.fromkeys(node for _, node in several))
        if len(said) == 1 and None not in said:
            facts[k] = (read(OPTION, said.pop(), nodes),)
        else:
            asked[k] = (_question(nodes),)
    return SaidOfResiduals(cells=facts, asked=asked)


def _answers(columns: Columns, column: Column) -> Iterator[tuple[Step, tuple[bool | None, str]]]:
    """Give of each layer that may have one whether it has a residual, None where that is not seen, and the node."""
    outputs = [form for step in columns.steps for form in output_forms(columns.terms(step), step.new_h)]
    for step, above in zip(column.steps, (*column.steps[1:], None), strict=True):
        found = columns.residual(step)
        if found is not None:
            inside = above is None or found.total in columns.below(above).sums
            yield step, (True if inside else None, columns.view.node(found.total).name)
        elif other := other_sum(columns.terms(step), step, outputs):
            yield step, (None, other)
        elif _fits(columns, step):
            yield step, (False, columns.view.node(step.new_h).name)


def _fits(columns: Columns, step: Step) -> bool:
    cell = columns.weights.cells[step.cell]
    return cell.depth == (cell.num_proj or cell.num_units)


def _question(node: str) -> Question:
    hangs = (
        f"Whether a ResidualWrapper adds the layer's input to its output was not read from the graph ({node}): with a "
        "wrong answer all layers above, and the output, are otherwise."
    )
    return Question(option=OPTION, default=False, others=(True,), hangs_on_it=hangs)
