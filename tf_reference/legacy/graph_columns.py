"""How the steps of a graph hang together: which layer reads which, which step follows which, what runs them.

column     the steps of all layers at one time: each reads the output of the one below
unrolled   columns one after another, each begun with the state of the one before
loop       one column, its state a variable of a loop
kernel     one operation that runs the whole sequence
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from tf_reference.legacy.found import FoundCell
from tf_reference.legacy.graph_block import block_steps
from tf_reference.legacy.graph_gru import basic_steps, gru_steps
from tf_reference.legacy.graph_lstm import lstm_steps
from tf_reference.legacy.graph_nodes import BRANCHES, Tensor
from tf_reference.legacy.graph_residuals import RECAST, Residual, residual_of
from tf_reference.legacy.graph_step import Step
from tf_reference.legacy.graph_terms import ADDS, DROPS, Dropout, Terms
from tf_reference.legacy.graph_view import MERGES, GraphView
from tf_reference.legacy.graph_weights import Weights

BETWEEN_LAYERS = (
    "Add", "AddV2", "Mul", "Sub", "Div", "RealDiv", "Reshape", "Transpose", "Squeeze", "ExpandDims", "Pack", "Unpack",
    "Concat", "ConcatV2", "Split", "SplitV", "Slice", "StridedSlice", RECAST,
)  # fmt: skip
SELECTS = ("Select", "SelectV2", *MERGES, BRANCHES)
BETWEEN_STEPS = (
    *SELECTS, "Split", "SplitV", "Slice", "StridedSlice", "Concat", "ConcatV2", "Pack", "Unpack", "Unstack"
)  # fmt: skip
FARTHEST_INPUT = 20_000  # tensors looked at between a step and the graph's inputs
FARTHEST = 200  # tensors looked at between two layers or steps


@dataclass(frozen=True)
class Below:
    """What a step's input comes from: the steps whose outputs it reads, and what is dropped on the way.

    Of `dropouts` those of the input itself are `whole`; the others are of summands, a residual's among them.
    """

    steps: tuple[Step, ...]
    dropouts: tuple[Dropout, ...]
    whole: tuple[Dropout, ...]
    sums: tuple[Tensor, ...]


@dataclass(frozen=True)
class Column:
    """The steps of one time, from the input up, the input of all of them, and the dropout between them."""

    steps: tuple[Step, ...]
    x: Tensor
    dropouts: tuple[Dropout, ...] = ()

    @property
    def cells(self) -> tuple[int, ...]:
        """The cell of each layer; one several times where its object is stacked on itself."""
        return tuple(step.cell for step in self.steps)


def steps_of(view: GraphView, weights: Weights) -> tuple[Step, ...]:
    """Return every recognised step of the cells."""
    found: dict[tuple[str, int], Step] = {}
    for k, cell in enumerate(weights.cells):
        terms = Terms(view, weights, k)
        for step in (*block_steps(terms), *_composed(terms, cell)):
            found.setdefault((step.anchor, k), step)
    return tuple(found.values())


def _composed(terms: Terms, cell: FoundCell) -> Iterable[Step]:
    if "gates/kernel" in cell.parts:
        return gru_steps(terms)
    if "BasicRNNCell" in cell.classes:
        return basic_steps(terms)
    return lstm_steps(terms)


class Columns:
    """The steps of a graph, in order."""

    def __init__(self, view: GraphView, weights: Weights) -> None:
        self.view, self.weights = view, weights
        self.steps = steps_of(view, weights)
        self._by_output = {view.resolve(step.new_h): step for step in self.steps}
        self._before = {step.anchor: self._look_before(step) for step in self.steps}
        self._below = {step.anchor: self._look_below(step) for step in self.steps}
        self._residuals: dict[str, Residual | None] = {}

    def below(self, step: Step) -> Below:
        """Return what the step's input comes from: the layers right below, not those that they read in turn."""
        found = self._below[step.anchor]
        lower = {each.anchor for one in found.steps for each in self._all_below(one)}
        return replace(found, steps=tuple(each for each in found.steps if each.anchor not in lower))

    def before(self, step: Step) -> Step | None:
        """Return the step of the same cell whose state this one begins with."""
        found = self._before[step.anchor]
        earlier = {each.anchor for one in found for each in self._before[one.anchor]}
        last = [each for each in found if each.anchor not in earlier]
        return last[0] if len(last) == 1 else None

    def _all_below(self, step: Step) -> list[Step]:
        """Return the steps of all layers below one."""
        waiting, found = [step], list[Step]()
        while waiting:
            new = [each for each in self._below[waiting.pop().anchor].steps if each not in found]
            waiting += new
            found += new
        return found

    def loop_variable(self, step: Step) -> Tensor | None:
        """Return the loop's variable that the step's state is, directly or as a part of it."""
        inside = self._reached(step.h, BETWEEN_STEPS, frozenset())[1]
        return next((each for each in inside if self.view.is_loop_variable(each)), None)

    def all(self) -> Iterator[Column]:
        """Give every column: from each step that no other reads as its layer below, down to the input."""
        lower = {each.anchor for step in self.steps for each in self.below(step).steps}
        for step in self.steps:
            if step.anchor in lower:
                continue
            steps, dropouts = [step], list(step.dropouts)
            while len(found := self.below(steps[0]).steps) == 1 and found[0] not in steps:
                dropouts += [*self.below(steps[0]).dropouts, *found[0].dropouts]
                steps.insert(0, found[0])
            if not found and self._is_input(steps[0].x):
                sums = [total for each in steps if (total := self.residual(each)) is not None]
                dropouts += [dropout for total in sums for dropout in total.dropouts]
                first = self.residual(steps[0])
                x = first.x if first else steps[0].x
                yield Column(tuple(steps), x, tuple(each for each in dict.fromkeys(dropouts) if each.output != x))

    def output(self, column: Column) -> Tensor:
        """Return what a column hands out: the top layer's h, with the top layer's input where that is added to it."""
        top = column.steps[-1]
        found = self.residual(top)
        return found.total if found else top.new_h

    def residual(self, step: Step) -> Residual | None:
        """Return the sum of a step's output and its own input; None where there is none."""
        if step.anchor not in self._residuals:
            self._residuals[step.anchor] = residual_of(self.terms(step), step)
        return self._residuals[step.anchor]

    def terms(self, step: Step) -> Terms:
        """Return the formulas of the step's cell."""
        return Terms(self.view, self.weights, step.cell)

    def lengths(self) -> dict[str, int]:
        """Return anchor -> how many steps of the same run stand before this one."""
        places: dict[str, int] = {}
        for step in self.steps:
            path = [step]
            while path[-1].anchor not in places and (earlier := self.before(path[-1])) is not None:
                if earlier in path:
                    break
                path.append(earlier)
            place = places.get(path[-1].anchor, 0)
            for back, each in enumerate(reversed(path)):
                places.setdefault(each.anchor, place + back)
        return places

    def _is_input(self, tensor: Tensor) -> bool:
        """Return whether a tensor is computed of no step's output, by whatever operations."""
        waiting, seen = [self.view.resolve(tensor)], set[Tensor]()
        while waiting and len(seen) < FARTHEST_INPUT:
            one = waiting.pop()
            if one in self._by_output:
                return False
            if one not in seen and not self.view.is_loop_variable(one):
                waiting += self.view.inputs(one)
            seen.add(one)
        return not waiting

    def _look_before(self, step: Step) -> tuple[Step, ...]:
        reached, _ = self._reached(step.h, BETWEEN_STEPS, frozenset())
        return tuple(each for each in reached if each.cell == step.cell and each.anchor != step.anchor)

    def _look_below(self, step: Step) -> Below:
        """Return what the input comes from; the state's own step is no layer below, but the step before."""
        own = {each.anchor for each in self._before[step.anchor]}
        found, inside = self._reached(step.x, BETWEEN_LAYERS, frozenset(own))
        whole = self._reached(step.x, [op for op in BETWEEN_LAYERS if op not in ADDS], frozenset(own))[1]
        sums = tuple(each for each in inside if self.view.op(each) in ("Add", "AddV2"))
        return Below(tuple(found), self._dropped(step, inside), self._dropped(step, whole), sums)

    def _dropped(self, step: Step, tensors: Iterable[Tensor]) -> tuple[Dropout, ...]:
        terms = self.terms(step)
        return tuple(dropped for each in tensors if (dropped := terms.dropout(each)) is not None)

    def _reached(self, start: Tensor, through: Sequence[str], never: frozenset[str]) -> tuple[list[Step], list[Tensor]]:
        """Return the steps whose outputs a tensor is made of by these ops, and the tensors on the way.

        Dropout is passed over on the side of its value. Outputs of the steps `never` are not gone into.
        """
        terms = Terms(self.view, self.weights, 0)
        waiting, inside, steps = [self.view.resolve(start)], list[Tensor](), list[Step]()
        while waiting and len(inside) < FARTHEST:
            tensor = waiting.pop()
            if tensor in inside:
                continue
            inside.append(tensor)
            step = self._by_output.get(tensor)
            if step is not None:
                steps += [step] if step not in steps and step.anchor not in never else []
            elif (dropped := terms.dropout(tensor) if self.view.op(tensor) in DROPS else None) is not None:
                waiting.append(self.view.resolve(dropped.value))
            elif self.view.op(tensor) in through and not self.view.is_loop_variable(tensor):
                waiting += self.view.inputs(tensor)
        return steps, inside
