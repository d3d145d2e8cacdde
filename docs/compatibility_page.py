"""The page of which cell can be moved where, from what was measured."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Container, Iterable, Iterator
from typing import Any, NamedTuple

from coverage import kinds

from rnn_parity.catalogue import CASES
from rnn_parity.spec import (
    CaseSpec,
    CellSpec,
    DropoutWrapper,
    LSTMCell,
    ResidualWrapper,
    StackSpec,
    WrapperSpec,
    class_name,
    single_cells,
)
from rnn_parity.structure import is_time_major, sequence_lengths

TITLES = {
    "torch": "PyTorch",
    "keras": "Keras 3",
    "onnxruntime": "ONNX Runtime",
    "jax": "JAX (flax)",
    "tensorflow": "TensorFlow",
}
CONTROL = "tensorflow"
RUNS = {
    "Step": "one step",
    "StaticRNN": "`static_rnn`",
    "DynamicRNN": "`dynamic_rnn`",
    "RawRNN": "`raw_rnn`",
    "FusedRNN": "the fused cell's own call",
    "Chunked": "state carried from call to call",
    "StateSavingRNN": "`static_state_saving_rnn`",
}
OPTIONS: dict[str, str] = {  # field of a cell -> row, where it is set
    "forget_bias": "`forget_bias` other than 0",
    "use_peepholes": "`use_peepholes`",
    "use_peephole": "`use_peephole`",
    "cell_clip": "`cell_clip`",
    "num_proj": "`num_proj`",
    "proj_clip": "`proj_clip`",
    "layer_norm": "`layer_norm`",
    "dropout_keep_prob": "`dropout_keep_prob` below 1",
    "num_unit_shards": "`num_unit_shards`",
    "num_proj_shards": "`num_proj_shards`",
    "input_keep_prob": "`input_keep_prob` below 1",
    "output_keep_prob": "`output_keep_prob` below 1",
    "state_keep_prob": "`state_keep_prob` below 1",
    "variational_recurrent": "`variational_recurrent`",
    "one_object": "one cell object in several layers",
    "residual_fn": "`residual_fn`",
}
PROBABILITIES = ("dropout_keep_prob", "input_keep_prob", "output_keep_prob", "state_keep_prob")

Holds = Callable[[CaseSpec], bool]


class Row(NamedTuple):
    """A line of a table: what its cases have in common."""

    title: str
    cases: tuple[str, ...]


class Candidate:
    """What was measured of one candidate: by case the bound of its error, or the reason that it was refused."""

    def __init__(self, measured: dict[str, Any]) -> None:
        self.bounds = {case: int(bound) for bound, cases in measured["agree"].items() for case in cases}
        self.reasons = {case: reason for reason, cases in measured["unsupported"].items() for case in cases}
        self.versions = measured["versions"]


class Notes:
    """Reasons in the order in which they are first given, each with a number."""

    def __init__(self) -> None:
        self.numbers: dict[str, int] = {}

    def number(self, reason: str) -> str:
        """Return the number of a reason."""
        return str(self.numbers.setdefault(reason, len(self.numbers) + 1))


def measured_candidates(found: dict[str, Any]) -> dict[str, Candidate]:
    """Return name -> what was measured of a candidate."""
    return {name: Candidate(measured) for name, measured in found["candidates"].items()}


def page(found: dict[str, Any]) -> str:
    """Return docs/compatibility.md."""
    candidates = measured_candidates(found)
    notes = Notes()
    lines = [
        INTRODUCTION.format(cases=len(CASES)),
        *summary(candidates, "cells/"),
        "",
        *_activations(candidates, notes),
    ]
    for kind in kinds():
        lines += _section(kind, candidates, notes)
    return "\n".join([*lines, *_reasons(notes), *_machine(found, candidates)]) + "\n"


def summary(candidates: dict[str, Candidate], pages: str, among: Container[str] | None = None) -> Iterator[str]:
    """Yield the table of all cells, or of some; a case counts under the outermost cell of its spec."""
    yield f"| cell | {' | '.join(TITLES[name] for name in candidates)} |"
    yield f"|---|{'---:|' * len(candidates)}"
    for kind in kinds():
        if among is not None and kind not in among:
            continue
        cases = [case.id for case in CASES if class_name(case.cell) == kind]
        yield f"| [`{kind}`]({pages}{kind}.md) | {' | '.join(_share(one, cases) for one in candidates.values())} |"
    everything = [case.id for case in CASES]
    yield f"| **all** | {' | '.join(_share(one, everything) for one in candidates.values())} |"


def rows(kind: str) -> Iterator[Row]:
    """Yield the rows of a cell: its options, what is in it, how it runs."""
    own = [case for case in CASES if class_name(case.cell) == kind]
    for title, holds in _features(own):
        cases = tuple(case.id for case in own if holds(case))
        if cases:
            yield Row(title, cases)


def _features(own: list[CaseSpec]) -> Iterator[tuple[str, Holds]]:
    yield "all cases", lambda _: True
    for option, title in OPTIONS.items():
        if any(hasattr(case.cell, option) for case in own):
            yield title, lambda case, option=option: _is_set(case.cell, option)
    if any(getattr(case.cell, "number_of_groups", 1) > 1 for case in own):
        yield "`number_of_groups` above 1", lambda case: case.cell.number_of_groups > 1
    if any(hasattr(case.cell, "state_is_tuple") for case in own):
        yield "`state_is_tuple=False`", lambda case: not case.cell.state_is_tuple
    if isinstance(own[0].cell, StackSpec | WrapperSpec):
        yield from _inside(own)
    for run, title in RUNS.items():
        yield title, lambda case, run=run: class_name(case.run) == run
    yield "both directions", lambda case: class_name(case.run) in ("BidirectionalDynamicRNN", "StaticBidirectionalRNN")
    yield "both directions, stacked", lambda case: class_name(case.run).startswith("StackBidirectional")
    yield "`time_major`", is_time_major
    yield "lengths", lambda case: sequence_lengths(case) is not None
    yield "rows of length 0", lambda case: 0 in (sequence_lengths(case) or ())
    yield "rows of length 0 that begin with a state", _frozen
    yield "an initial state", lambda case: case.run.initial_state
    yield "float16", lambda case: case.dtype == "float16"
    yield "float64", lambda case: case.dtype == "float64"


def _inside(own: list[CaseSpec]) -> Iterator[tuple[str, Holds]]:
    names = sorted({class_name(cell) for case in own for cell in single_cells(case.cell)})
    for name in names:
        yield f"around `{name}`", lambda case, name=name: name in map(class_name, single_cells(case.cell))
    yield "around a stack", lambda case: isinstance(case.cell, WrapperSpec) and _has(case.cell.cell, StackSpec)
    yield "with a `ResidualWrapper` inside", lambda case: _has_inside(case.cell, ResidualWrapper)
    yield "with a `DropoutWrapper` inside", lambda case: _has_inside(case.cell, DropoutWrapper)


def _frozen(case: CaseSpec) -> bool:
    return case.run.initial_state and 0 in (sequence_lengths(case) or ())


def _is_set(cell: CellSpec, option: str) -> bool:
    value = getattr(cell, option, None)
    if option in PROBABILITIES:
        return value is not None and value < 1
    if option == "forget_bias":
        return value is not None and value != 0
    if option == "cell_clip":
        return value is not None and (value > 0 or isinstance(cell, LSTMCell))  # 0.0 clips there alone
    return value is not None and value is not False


def _has_inside(cell: CellSpec, kind: type) -> bool:
    return any(_has(one, kind) for one in _below(cell))


def _has(cell: CellSpec, kind: type) -> bool:
    return isinstance(cell, kind) or any(_has(one, kind) for one in _below(cell))


def _below(cell: CellSpec) -> tuple[CellSpec, ...]:
    if isinstance(cell, StackSpec):
        return cell.cells
    return (cell.cell,) if isinstance(cell, WrapperSpec) else ()


def _section(kind: str, candidates: dict[str, Candidate], notes: Notes) -> list[str]:
    """Return a cell's table; of a cell that nothing but TensorFlow computes its first line says all."""
    lines = list(rows(kind))
    moved = any(case in one.bounds for name, one in candidates.items() if name != CONTROL for case in lines[0].cases)
    return [f"## {kind}", "", *_table("", lines if moved else lines[:1], candidates, notes), ""]


def _activations(candidates: dict[str, Candidate], notes: Notes) -> Iterator[str]:
    yield "## Activations"
    yield ""
    yield "Of `BasicRNNCell`, `GRUCell`, `BasicLSTMCell` and `LSTMCell`, each named as TensorFlow takes it."
    yield ""
    named = {}
    for case in CASES:
        if "/activation-" in case.id and class_name(case.cell) in kinds()[:4]:
            named.setdefault(case.cell.activation, []).append(case.id)
    yield from _table("", [Row(f"`{name}`", tuple(cases)) for name, cases in named.items()], candidates, notes)
    yield ""


def _table(title: str, lines: Iterable[Row], candidates: dict[str, Candidate], notes: Notes) -> Iterator[str]:
    yield f"| {title} | {' | '.join(TITLES[name] for name in candidates)} |"
    yield f"|---|{'---|' * len(candidates)}"
    for row in lines:
        yield f"| {row.title} | {' | '.join(_entry(one, row.cases, notes) for one in candidates.values())} |"


def _share(candidate: Candidate, cases: Iterable[str]) -> str:
    cases = list(cases)
    agree = sum(case in candidate.bounds for case in cases)
    return f"{agree} of {len(cases)}" if agree else "no"


def _entry(candidate: Candidate, cases: tuple[str, ...], notes: Notes) -> str:
    """Return how many cases agree and within what, or why none does."""
    bounds = [candidate.bounds[case] for case in cases if case in candidate.bounds]
    if bounds:
        return f"{len(bounds)} of {len(cases)}, {max(bounds)} x"
    return f"no ({', '.join(notes.number(reason) for reason in _typical(candidate, cases))})"


def _typical(candidate: Candidate, cases: tuple[str, ...]) -> list[str]:
    """Return at most two reasons of these cases: those that hold most seldom elsewhere, then the most frequent."""
    here = Counter(candidate.reasons[case] for case in cases)
    everywhere = Counter(candidate.reasons.values())
    return sorted(here, key=lambda reason: (-here[reason] / everywhere[reason], -here[reason]))[:2]


def _reasons(notes: Notes) -> Iterator[str]:
    yield "## Reasons"
    yield ""
    for reason, number in notes.numbers.items():
        yield f"{number}. {reason}."
    yield ""


def _machine(found: dict[str, Any], candidates: dict[str, Candidate]) -> Iterator[str]:
    versions = {name: version for one in candidates.values() for name, version in one.versions.items()}
    listed = ", ".join(f"{name} {version}" for name, version in versions.items())
    yield "## Measured with"
    yield ""
    yield f"{listed}; {found['machine']}, on a CPU."


INTRODUCTION = """# What can be moved where

Which cell and option of TensorFlow 1 can be computed by which framework: every figure is what the built-in candidate of
that name answered in the {cases} cases, held against TensorFlow's recorded answers. `make compatibility` runs all of
them and writes this page; `rnn-parity check --candidate onnxruntime` runs one.

"65 of 148, 4 x" says that 65 of the 148 cases of this line agree, with errors of at most 4 times TensorFlow's own
rounding (8 are allowed; shown are 1, 2, 4 or 8). None of the others was computed wrongly: the candidate refuses them,
with what is missing as the reason. Where a line has none at all, numbers stand for the [reasons](#reasons), at most two
of them. A case has several options, so that it counts in several lines.

What the candidates are:

- **PyTorch**: `torch.nn.RNN`, `GRU`, `LSTM` and their cells, `Linear` and `Embedding`.
- **Keras 3**: `SimpleRNN`, `GRU`, `LSTM` layers and cells, `Dense` and `Embedding`, on its NumPy backend. With
  `KERAS_BACKEND=tensorflow` float64 is computed in float64, and 28 cases more are claimed.
- **ONNX Runtime**: models of RNN, GRU and LSTM nodes. Rows of length 0 keep the state that they began with by a Where
  behind the node: ONNX Runtime itself answers 0 for them. Lengths above T, which it refuses, are cut to T before it.
  float16 it computes in float32 between casts. Where a `DropoutWrapper` drops states the model is run a step at a
  time, which a model of both directions does not allow.
- **JAX**: cells of flax.linen in `jax.lax.scan`, which keeps the state of a row that has ended and multiplies states
  by the masks of dropout.
- **TensorFlow**: the recorded classes, live, as the control.

Around a layer stands what a port would put there: an addition for a `ResidualWrapper`, a linear layer or a product for
a projection, an embedding, a mask for dropout; for a `HighwayWrapper` two gates, each a linear layer with a sigmoid.
Attention, which goes into the next step's input, has no place around a layer. A cell that is another one in disguise is
moved as such: groups as blocks on the diagonal of a kernel, one factor a unit as a diagonal, a coupled input gate as
the forget gate with all signs turned, `UGRNNCell` as a GRU that never resets.

## Summary
"""
