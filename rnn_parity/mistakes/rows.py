"""Rows of a batch: each has its own inputs, length and state, and stands where it stood."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from rnn_parity.candidate import Case, Result
from rnn_parity.mistakes.mistake import Mistake
from rnn_parity.mistakes.room import Room, alive, all_of, lengths_of, listens, runs, starts
from rnn_parity.mistakes.semantics import Semantics, case_axes, joined, outputs_by_direction, steps_first
from rnn_parity.spec import CaseSpec, Step
from rnn_parity.structure import Array, is_time_major, map_tree, sequence_lengths


def _reading(change: Callable[[Array], Array]) -> Semantics:
    """Return the candidate that reads its inputs, (T, B, ...), changed so."""

    def asked(case: Case) -> Case:
        return replace(
            case, inputs=map_tree(lambda array: case_axes(case, change(steps_first(case, array))), case.inputs)
        )

    return Semantics(asked=asked)


def _starting(change: Callable[[Case, Array], Array]) -> Semantics:
    """Return the candidate that changes every part (B, width) of the initial state so."""

    def asked(case: Case) -> Case:
        if case.initial_state is None:
            return case
        return replace(case, initial_state=map_tree(lambda array: change(case, array), case.initial_state))

    return Semantics(asked=asked)


def _lengths(change: Callable[[Array], Array]) -> Semantics:
    """Return the candidate that is told other lengths."""

    def asked(case: Case) -> Case:
        lengths = case.sequence_length
        if lengths is None:
            return case
        capped = np.minimum(lengths, case.spec.sizes.max_time)
        return replace(case, sequence_length=change(capped).astype(lengths.dtype))

    return Semantics(asked=asked)


def _in_order(case: Case) -> Array:
    """Return the rows from the longest to the shortest."""
    return np.argsort(-np.array(lengths_of(case.spec)), kind="stable")


def _place_of(case: Case) -> Array:
    """Return where each row stands among the rows from the longest to the shortest."""
    return np.argsort(_in_order(case), kind="stable")


def _outputs_in(case: Case, result: Result, order: Array) -> Result:
    steps = {way: array[:, order] for way, array in outputs_by_direction(case, result).items()}
    outputs = case_axes(case, steps[""]) if "" in steps else joined(case, steps["fw"], steps["bw"])
    return replace(result, outputs=outputs)


def _states_in(case: Case, result: Result) -> Result:
    order = _in_order(case)
    return replace(result, final_state=map_tree(lambda array: array[order], result.final_state))


def _all_in_order(case: Case, result: Result) -> Result:
    return _states_in(case, _outputs_in(case, result, _in_order(case)))


def _first_row_alone(case: Case, result: Result) -> Result:
    def zeroed(array: Array) -> Array:
        return np.concatenate([array[:1], np.zeros_like(array[1:])])

    def of_outputs(array: Array) -> Array:
        return zeroed(array.swapaxes(0, 1)).swapaxes(0, 1) if is_time_major(case.spec) else zeroed(array)

    outputs, state = map_tree(of_outputs, result.outputs), map_tree(zeroed, result.final_state)
    return replace(result, outputs=outputs, final_state=state)


def _reshaped(array: Array) -> Array:
    """Return (B, T, ...) read as if the steps came first: reshaped to (T, B, ...), not transposed."""
    rows, steps = array.shape[:2]
    return array.reshape(steps, rows, *array.shape[2:]).swapaxes(0, 1)


def _inputs_reshaped(case: Case) -> Case:
    return replace(case, inputs=map_tree(_reshaped, case.inputs))


def _outputs_reshaped(_: Case, result: Result) -> Result:
    def reshaped(array: Array) -> Array:
        steps = np.ascontiguousarray(array.swapaxes(0, 1))
        return steps.reshape(array.shape)

    return replace(result, outputs=map_tree(reshaped, result.outputs))


def _later_row_runs(spec: CaseSpec) -> bool:
    return listens(spec) and any(length > 0 for length in lengths_of(spec)[1:])


def _several_rows(spec: CaseSpec) -> bool:
    return spec.sizes.batch_size > 1


def _any_row_ends(spec: CaseSpec) -> bool:
    return alive(spec) or starts(spec)


def _lengths_differ(from_: Callable[[tuple[int, ...]], tuple[int, ...]]) -> Room:
    def room(spec: CaseSpec) -> bool:
        own = lengths_of(spec)
        return sequence_lengths(spec) is not None and from_(own) != own and _any_row_ends(spec)

    return room


def _is_out_of_order(spec: CaseSpec) -> bool:
    return lengths_of(spec) != tuple(sorted(lengths_of(spec), reverse=True))


def _can_be_reshaped(spec: CaseSpec) -> bool:
    """Return whether time and batch are two axes, rows first."""
    several = min(spec.sizes.batch_size, spec.sizes.max_time) > 1
    return several and runs(spec) and not isinstance(spec.run, Step) and not is_time_major(spec)


_RESTORE = "Put outputs and states back into the order of the rows given, as enforce_sorted=False does in PyTorch."
_ONE_ROW = "Compute every row of the batch from its own inputs and its own state."

MISTAKES = (
    Mistake(
        id="rows/sorted-not-restored",
        statement="rows left sorted by length: outputs and states not restored",
        explanation="Packed sequences are sorted from the longest row to the shortest, and come back so. A batch that "
        "is in that order already cannot show it.",
        repair=_RESTORE,
        applies=all_of(_is_out_of_order, runs),
        run=Semantics(answered=_all_in_order),
    ),
    Mistake(
        id="rows/final-states-sorted",
        statement="final states left sorted by length, outputs restored",
        explanation="The outputs of packed sequences were put back into order, and the states forgotten. Outputs "
        "alone cannot show it.",
        repair=_RESTORE,
        applies=all_of(_is_out_of_order, lambda spec: runs(spec) or starts(spec)),
        run=Semantics(answered=_states_in),
    ),
    Mistake(
        id="rows/initial-states-not-sorted",
        statement="rows sorted by length, but not their initial states",
        explanation="Packed sequences are sorted from the longest row to the shortest; each row then starts from the "
        "state of another one. Zero states cannot show it.",
        repair="Sort the initial states as the rows are sorted.",
        applies=all_of(_is_out_of_order, starts),
        run=_starting(lambda case, array: array[_place_of(case)]),
    ),
    Mistake(
        id="rows/initial-state-of-first-row",
        statement="initial state of the first row used for every row",
        explanation="A state of one row is broadcast over the batch. Equal states, or one row, cannot show it.",
        repair="Start every row from its own row of the state.",
        applies=all_of(_several_rows, starts),
        run=_starting(lambda _, array: np.broadcast_to(array[:1], array.shape).copy()),
    ),
    Mistake(
        id="rows/first-row-for-all",
        statement="inputs of the first row read for every row",
        explanation="The batch axis is lost, and what is left is broadcast over it. One row cannot show it.",
        repair=_ONE_ROW,
        seen=(
            "https://github.com/apple/coremltools/issues/303",
            "https://github.com/onnx/keras-onnx/issues/123",
        ),
        applies=_later_row_runs,
        run=_reading(lambda steps: np.broadcast_to(steps[:, :1], steps.shape).copy()),
    ),
    Mistake(
        id="rows/first-row-alone",
        statement="only the first row computed: zeros in the others",
        explanation="The batch is taken for 1. Tests with one row cannot show it.",
        repair=_ONE_ROW,
        seen=("https://github.com/apple/coremltools/issues/303",),
        applies=lambda spec: _several_rows(spec) and (starts(spec) or (runs(spec) and any(lengths_of(spec)[1:]))),
        run=Semantics(answered=_first_row_alone),
    ),
    Mistake(
        id="rows/shifted-by-one",
        statement="each row reads the inputs of the row before it",
        explanation="An offset into the batch is off by one row.",
        repair=_ONE_ROW,
        applies=all_of(_several_rows, listens),
        run=_reading(lambda steps: np.roll(steps, 1, axis=1)),
    ),
    Mistake(
        id="axes/inputs-reshaped",
        statement="inputs (B, T, D) reshaped to (T, B, D), not transposed",
        explanation="reshape and view keep the numbers in a row and mix rows with steps; all shapes fit.",
        repair="Swap the first two axes: np.swapaxes, tf.transpose.",
        seen=(
            "https://github.com/NervanaSystems/neon/issues/311",
            "https://github.com/HHTseng/video-classification/issues/42",
        ),
        applies=_can_be_reshaped,
        run=Semantics(asked=_inputs_reshaped),
    ),
    Mistake(
        id="axes/outputs-reshaped",
        statement="outputs (T, B, H) reshaped to (B, T, H), not transposed",
        explanation="reshape and view keep the numbers in a row and mix rows with steps; all shapes fit.",
        repair="Swap the first two axes: np.swapaxes, tf.transpose.",
        seen=("https://github.com/NervanaSystems/neon/issues/311",),
        applies=_can_be_reshaped,
        run=Semantics(answered=_outputs_reshaped),
    ),
    Mistake(
        id="lengths/of-longest-row",
        statement="length of the longest row used for every row",
        explanation="The batch is cut at its longest row, and the lengths of the others forgotten. Where that row has "
        "all T steps it is the same as no lengths at all.",
        repair="Hand on one length a row.",
        applies=_lengths_differ(lambda own: (max(own),) * len(own)),
        run=_lengths(lambda lengths: np.full_like(lengths, lengths.max())),
    ),
    Mistake(
        id="lengths/of-first-row",
        statement="length of the first row used for every row",
        explanation="One length was kept of the batch's. Where the first row is the longest it is that row's.",
        repair="Hand on one length a row.",
        applies=_lengths_differ(lambda own: own[:1] * len(own)),
        run=_lengths(lambda lengths: np.full_like(lengths, lengths[0])),
    ),
    Mistake(
        id="lengths/cut-at-first-row",
        statement="batch cut at its first row's length, taken for the longest",
        explanation="The number of steps was taken from the first row, as code for sorted batches does. A batch whose "
        "longest row is the first cannot show it.",
        repair="Run as many steps as the longest row has, whichever that is.",
        applies=_lengths_differ(lambda own: tuple(min(length, own[0]) for length in own)),
        run=_lengths(lambda lengths: np.minimum(lengths, lengths[0])),
    ),
    Mistake(
        id="lengths/of-shortest-row",
        statement="length of the shortest row used for every row",
        explanation="The batch is cut at its shortest row.",
        repair="Hand on one length a row.",
        applies=_lengths_differ(lambda own: (min(own),) * len(own)),
        run=_lengths(lambda lengths: np.full_like(lengths, lengths.min())),
    ),
    Mistake(
        id="lengths/sorted",
        statement="lengths sorted from the longest, the rows not",
        explanation="Packed sequences want sorted lengths; the rows were left in their order.",
        repair="Sort lengths and rows alike, or neither.",
        applies=_lengths_differ(lambda own: tuple(sorted(own, reverse=True))),
        run=_lengths(lambda lengths: np.sort(lengths)[::-1]),
    ),
)
