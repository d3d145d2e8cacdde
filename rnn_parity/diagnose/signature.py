"""What unexplained failures have in common, and what it usually comes from.

A signature says where the numbers are wrong and where they are right. It names suspects, not a cause: nothing here was
made on purpose and compared.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple, TypeAlias

import numpy as np

from rnn_parity.compare import Comparison, compare
from rnn_parity.diagnose.accounts import Failure, Signature
from rnn_parity.locate import Series, output_series
from rnn_parity.spec import Chunked, StateSavingRNN
from rnn_parity.structure import Array
from rnn_parity.tolerance import Tolerance

SHARE = 0.5  # of the unexplained cases that could show a signature: fewer may show it by chance
SMALL = 2e-2  # errors up to here, relative to the largest number, may come of coarse numbers or approximations
FADED = 0.5  # an error at the last step below so much of that at the first one has decayed


class _View(NamedTuple):
    """A failing case: the outputs of each direction, and which final states differ."""

    failure: Failure
    comparison: Comparison
    outputs: tuple[Series, ...]
    states: tuple[str, ...]

    @property
    def wrong(self) -> tuple[Array, ...]:
        """(T, B, H) bool of each direction, in the order of computation."""
        return tuple(one.error > one.allowed for one in self.outputs)

    @property
    def outputs_wrong(self) -> bool:
        return any(bool(wrong.any()) for wrong in self.wrong)

    @property
    def lengths(self) -> Array | None:
        return self.failure.case.sequence_length

    @property
    def from_zero(self) -> bool:
        return not self.failure.case.spec.run.initial_state


Shows: TypeAlias = Callable[[_View], "bool | None"]  # None: the case could not show it


def _states_alone(view: _View) -> bool:
    return bool(view.states) and not view.outputs_wrong


def _padding_alone(view: _View) -> bool | None:
    if view.lengths is None or not view.outputs_wrong:
        return None
    return all(not wrong[_running(view, wrong)].any() for wrong in view.wrong)


def _running(view: _View, wrong: Array) -> Array:
    """Return (T, B) bool: the steps within each row's length, in the order of computation."""
    return np.arange(len(wrong))[:, np.newaxis] < np.asarray(view.lengths)


def _ended_rows_alone(view: _View) -> bool | None:
    if view.lengths is None or not view.outputs_wrong:
        return None
    ended = view.lengths < view.failure.case.spec.sizes.max_time
    if ended.all() or not ended.any():
        return None
    return not any(wrong[:, ~ended].any() for wrong in view.wrong)


def _backward_alone(view: _View) -> bool | None:
    by_way = {one.direction: bool(wrong.any()) for one, wrong in zip(view.outputs, view.wrong, strict=True)}
    return None if "bw" not in by_way else by_way["bw"] and not by_way["fw"]


def _backward_not_turned(view: _View) -> bool | None:
    backward = [one for one in view.outputs if one.direction == "bw"]
    if not backward or len(backward[0].got) < 2:  # noqa: PLR2004  one step is its own mirror image
        return None
    (one,) = backward
    flipped = np.take_along_axis(one.expected, _mirrored(view, len(one.expected))[..., np.newaxis], axis=0)
    return bool((np.abs(one.got - flipped) <= one.allowed).all()) and bool((one.error > one.allowed).any())


def _mirrored(view: _View, steps: int) -> Array:
    """Return (T, B) step -> the one as far from the end of its row as that is from its begin."""
    time = np.arange(steps)[:, np.newaxis]
    lengths = np.full(view.failure.case.spec.sizes.batch_size, steps) if view.lengths is None else view.lengths
    return np.where(time < lengths, lengths - 1 - time, time)


def _right_at_first(view: _View) -> bool | None:
    if not view.from_zero or not view.outputs_wrong or len(view.wrong[0]) < 2:  # noqa: PLR2004  no later step
        return None
    second = any(wrong[1].any() for wrong in view.wrong)  # the first step whose state is not zero
    return second and not any(wrong[0].any() for wrong in view.wrong)


def _wrong_at_first(view: _View) -> bool | None:
    return view.outputs_wrong and any(wrong[0].any() for wrong in view.wrong) if view.from_zero else None


def _decays(view: _View) -> bool | None:
    if view.from_zero or not view.outputs_wrong:
        return None
    errors = [one.error.max(axis=(1, 2)) for one in view.outputs if len(one.got) > 2]  # noqa: PLR2004  no course
    if not errors or view.lengths is not None:
        return None
    return all(one[0] > 0 and np.isfinite(one).all() and one[-1] < FADED * one[0] for one in errors)


def _upper_layers_alone(view: _View) -> bool | None:
    numbers = {int(part) for name in view.failure.case.expectation.arrays for part in name.split("/") if part.isdigit()}
    if len(numbers) < 2:  # noqa: PLR2004  one layer
        return None
    wrong = {int(part) for name in view.states for part in name.split("/") if part.isdigit()}
    return bool(wrong) and min(wrong) > min(numbers)


def _rows_mixed(view: _View) -> bool | None:
    if not view.outputs_wrong or view.outputs[0].got.shape[1] < 2:  # noqa: PLR2004  one row
        return None
    one = next(one for one, wrong in zip(view.outputs, view.wrong, strict=True) if wrong.any())
    rows = range(one.got.shape[1])
    wrong_rows = [row for row in rows if (one.error[:, row] > one.allowed).any()]
    return all(any(_is_row(one, row, other) for other in rows if other != row) for row in wrong_rows)


def _is_row(one: Series, row: int, other: int) -> bool:
    return bool((np.abs(one.got[:, row] - one.expected[:, other]) <= one.allowed).all())


def _one_row(view: _View) -> bool | None:
    rows = view.failure.case.spec.sizes.batch_size
    return None if rows < 3 or not view.outputs_wrong else _places(view, axis=1) == 1  # noqa: PLR2004  too few to tell


def _one_unit(view: _View) -> bool | None:
    units = min((one.got.shape[2] for one in view.outputs), default=0)
    return None if units < 3 or not view.outputs_wrong else _places(view, axis=2) == 1  # noqa: PLR2004  as above


def _places(view: _View, axis: int) -> int:
    others = tuple(number for number in range(3) if number != axis)
    return max(int(wrong.any(axis=others).sum()) for wrong in view.wrong)


def _later_calls_alone(view: _View) -> bool | None:
    run = view.failure.case.spec.run
    if not isinstance(run, Chunked | StateSavingRNN) or not view.outputs_wrong:
        return None
    return not view.wrong[0][: run.chunks[0]].any()


def _gate_out_of_range(view: _View) -> bool | None:
    """Return whether a gate that is traced after its sigmoid, r or u of a GRU, leaves [0, 1]."""
    traces = (view.failure.answer.trace or {}).items()
    gates = [np.asarray(array) for name, array in traces if name.split("/")[-1] in ("r", "u")]
    return any(bool(((gate < 0) | (gate > 1)).any()) for gate in gates) if gates else None


def _grows_from_rounding(view: _View) -> bool | None:
    if not view.outputs_wrong or len(view.outputs[0].got) < 4:  # noqa: PLR2004  no course
        return None
    one = view.outputs[0]
    errors = one.error.max(axis=(1, 2))
    steps = np.flatnonzero(errors > one.allowed)
    return len(steps) > 0 and steps[0] > 0 and errors.max() < 100 * one.allowed and bool(errors[steps[0] - 1] > 0)


def _small(view: _View) -> bool | None:
    if not view.outputs_wrong:
        return None
    sizes = [(one.error.max(), np.abs(one.expected).max()) for one in view.outputs if one.got.size]
    return all(np.isfinite(error) and error <= SMALL * scale for error, scale in sizes)


@dataclass(frozen=True)
class _Kind:
    """A signature; one that is `general` is looked for in the cases that show none of the others."""

    statement: str
    suspects: tuple[str, ...]
    shows: Shows
    general: bool = False


_KINDS = (
    _Kind(
        "outputs right, final state wrong",
        (
            "state not frozen past a row's length",
            "last output taken for the state",
            "c and h exchanged on return",
            "rows of length 0",
        ),
        _states_alone,
    ),
    _Kind("wrong past a row's length only", ("padding not masked: outputs there are 0",), _padding_alone),
    _Kind(
        "wrong in rows that end early only",
        ("masking", "backward inputs turned over T instead of each row's length"),
        _ended_rows_alone,
    ),
    _Kind(
        "the backward direction equals TensorFlow's after a flip of time",
        ("its outputs are not turned back",),
        _backward_not_turned,
    ),
    _Kind(
        "wrong in the backward direction only",
        ("its inputs, outputs or state not turned", "its weights"),
        _backward_alone,
    ),
    _Kind(
        "first call right, later ones wrong",
        ("state not carried, or not reset, between calls",),
        _later_calls_alone,
    ),
    _Kind(
        "layer 0 right, a layer above wrong",
        ("layers sharing weights", "each layer's own state", "forget_bias in layer 0 only"),
        _upper_layers_alone,
    ),
    _Kind(
        "wrong rows hold another row's numbers",
        ("batch rows mixed up", "time and batch axes exchanged"),
        _rows_mixed,
    ),
    _Kind("wrong in one batch row only", ("an index of the batch",), _one_row),
    _Kind("wrong in one unit only", ("an index of the units", "an edge of a vector loop"), _one_unit),
    _Kind(
        "first step right from a zero state, later ones wrong",
        ("forget_bias or the forget gate", "recurrent kernel", "reset gate", "peepholes of i and f"),
        _right_at_first,
    ),
    _Kind(
        "wrong from a given state, fading",
        ("initial state ignored", "c and h exchanged in the initial state"),
        _decays,
    ),
    _Kind("gates outside [0, 1]", ("a term added after the sigmoid",), _gate_out_of_range),
    _Kind(
        "error grows from rounding to more than is allowed",
        ("accumulated rounding: a sum or a state kept in fewer bits",),
        _grows_from_rounding,
    ),
    _Kind(
        "errors are small, up to 2 % of the numbers",
        ("an approximate sigmoid or tanh", "fewer bits than the case's dtype"),
        _small,
        general=True,
    ),
    _Kind(
        "wrong at the first step from a zero state",
        ("activation", "input kernel", "gate order", "bias"),
        _wrong_at_first,
        general=True,
    ),
)


def signatures(failures: Sequence[Failure], tolerance: Tolerance) -> Iterator[Signature]:
    """Yield what at least half of those failures show that could, the most specific first."""
    views = [_view(failure, tolerance) for failure in failures]
    told: set[str] = set()
    for kind in _KINDS:
        asked = [view for view in views if not kind.general or view.failure.case.id not in told]
        answers = {view.failure.case.id: kind.shows(view) for view in asked}
        could = [case_id for case_id, answer in answers.items() if answer is not None]
        does = tuple(case_id for case_id in could if answers[case_id])
        if does and len(does) >= SHARE * len(could):
            told |= set() if kind.general else set(does)
            yield Signature(statement=kind.statement, suspects=kind.suspects, cases=does, of=len(failures))


def _view(failure: Failure, tolerance: Tolerance) -> _View:
    comparison = compare(failure.case, failure.answer, tolerance)
    outputs = tuple(output_series(failure.case, failure.answer, comparison, tolerance))
    states = tuple(one.name for one in comparison.tensors if one.problem and one.name.startswith("final_state"))
    return _View(failure, comparison, outputs, states)
