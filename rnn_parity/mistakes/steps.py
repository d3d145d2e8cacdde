"""Steps: inputs and outputs a step early or late, steps that are skipped, repeated or not handed on."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from numpy_impl.cell import RNNCell
from numpy_impl.state import leaves, map_state
from numpy_impl.unroll import first_state
from rnn_parity.candidate import Case
from rnn_parity.mistakes.mistake import Mistake
from rnn_parity.mistakes.room import clips_to_zero, lengths_of, longest, mute, runs
from rnn_parity.mistakes.semantics import Lengths, Semantics, right_loop, steps_first
from rnn_parity.spec import CaseSpec, LSTMStateTuple, RawRNN, Step
from rnn_parity.structure import Array, Tree, answered_steps, cut_tree, dtype_of, is_time_major, map_tree
from rnn_parity.weights import layers


def _reading(change: Callable[[Array], Array]) -> Semantics:
    """Return the candidate that reads its inputs, (T, B, ...), changed so."""

    def asked(case: Case) -> Case:
        def changed(array: Array) -> Array:
            steps = change(steps_first(case, array))
            return steps if is_time_major(case.spec) else steps.swapaxes(0, 1)

        if isinstance(case.spec.run, Step):
            return case
        return replace(case, inputs=map_tree(changed, case.inputs))

    return Semantics(asked=asked)


def _late(steps: Array) -> Array:
    return np.concatenate([np.zeros_like(steps[:1]), steps[:-1]])


def _early(steps: Array) -> Array:
    return np.concatenate([steps[1:], steps[-1:]])


def _first_for_all(steps: Array) -> Array:
    return np.broadcast_to(steps[:1], steps.shape).copy()


def _cut(tree: Tree, *bounds: int | None) -> Tree:
    return map_tree(lambda array: array[slice(*bounds)], tree)


def _at_most(lengths: Lengths, steps: int) -> Lengths:
    return None if lengths is None else np.minimum(lengths, steps)


def _first_skipped(cell: RNNCell, inputs: Tree, lengths: Lengths, state: Tree) -> tuple[Array, Tree]:
    start = _start(cell, inputs, state)
    rest = None if lengths is None else np.maximum(lengths - 1, 0)
    outputs, final = right_loop(cell, _cut(inputs, 1, None), rest, start)
    return np.concatenate([np.zeros((1, *outputs.shape[1:]), outputs.dtype), outputs]), final


def _last_skipped(cell: RNNCell, inputs: Tree, lengths: Lengths, state: Tree) -> tuple[Array, Tree]:
    start, steps = _start(cell, inputs, state), len(leaves(inputs)[0])
    outputs, final = right_loop(cell, _cut(inputs, None, -1), _at_most(lengths, steps - 1), start)
    return np.concatenate([outputs, np.zeros((1, *outputs.shape[1:]), outputs.dtype)]), final


def _ending(change: Callable[[Lengths], Lengths]) -> Semantics:
    """Return the candidate whose final state is that after as many steps as this makes of the rows' lengths."""

    def loop(cell: RNNCell, inputs: Tree, lengths: Lengths, state: Tree) -> tuple[Array, Tree]:
        steps, rows = leaves(inputs)[0].shape[:2]
        ends = np.full(rows, steps) if lengths is None else np.minimum(lengths, steps)
        return right_loop(cell, inputs, lengths, state)[0], right_loop(cell, inputs, change(ends), state)[1]

    return Semantics(loop=loop)


def _last_twice(cell: RNNCell, inputs: Tree, lengths: Lengths, state: Tree) -> tuple[Array, Tree]:
    outputs, final = right_loop(cell, inputs, lengths, state)
    steps, rows = leaves(inputs)[0].shape[:2]
    if steps == 0:
        return outputs, final
    full = np.full(rows, steps) if lengths is None else lengths
    again = right_loop(cell, _cut(inputs, -1, None), (full >= steps).astype(np.int32), final)
    return outputs, again[1]


def _answering(change: Callable[[Array], Array]) -> Semantics:
    """Return the candidate whose outputs (T, B, H) are changed so, before those past a row's length are zeroed."""

    def loop(cell: RNNCell, inputs: Tree, lengths: Lengths, state: Tree) -> tuple[Array, Tree]:
        outputs, final = right_loop(cell, inputs, lengths, state)
        changed = change(outputs)
        if lengths is None:
            return changed, final
        running = np.arange(len(outputs))[:, np.newaxis] < lengths
        return np.where(running[..., np.newaxis], changed, changed.dtype.type(0)), final

    return Semantics(loop=loop)


def _restarting(keep: Callable[[Tree, Tree], Tree]) -> Semantics:
    """Return the candidate whose every step gets of each LSTM's state what `keep` makes of it and of the first."""

    def mixed(state: Tree, first: Tree) -> Tree:
        if getattr(state, "_fields", ()) == LSTMStateTuple._fields:  # of whichever package
            return keep(state, first)
        if isinstance(state, tuple):
            return tuple(mixed(*pair) for pair in zip(state, first, strict=True))
        return state

    def loop(cell: RNNCell, inputs: Tree, lengths: Lengths, state: Tree) -> tuple[Array, Tree]:
        first = now = _start(cell, inputs, state)
        outputs = []
        for time, step in enumerate(cut_tree(lambda array: array[:, np.newaxis], inputs)):
            still = None if lengths is None else np.clip(lengths - time, 0, 1)
            running = True if still is None else still[:, np.newaxis] > 0
            output, ended = right_loop(cell, step, still, mixed(now, first) if time else now)
            now = map_state(lambda new, old, running=running: np.where(running, new, old), ended, now)
            outputs.append(output)
        return (np.concatenate(outputs) if outputs else right_loop(cell, inputs, lengths, first)[0]), now

    return Semantics(loop=loop)


def _start(cell: RNNCell, inputs: Tree, state: Tree) -> Tree:
    return state if state is not None else first_state(cell, leaves(inputs)[0].shape[1], None, dtype_of(inputs))


def _loops(spec: CaseSpec) -> bool:
    """Return whether there is a loop over time, which a row goes through."""
    return runs(spec) and not isinstance(spec.run, Step)


def _reaches_the_end(spec: CaseSpec) -> bool:
    return _loops(spec) and max(lengths_of(spec)) == answered_steps(spec)


def _several_steps(spec: CaseSpec) -> bool:
    return longest(spec) > 1


def _in_tuples(holds: Callable[[object], bool]) -> Callable[[CaseSpec], bool]:
    """Return the room in the (c, h) of a cell that `holds`, where a state is handed on."""
    return lambda spec: (
        _several_steps(spec)
        and any(isinstance(layer.cell.state_size, LSTMStateTuple) and holds(layer.cell) for layer in layers(spec))
    )


_ONE_BY_ONE = "Step t reads inputs[t] and the state of step t - 1, and answers outputs[t]: every step, each once."

MISTAKES = (
    Mistake(
        id="steps/inputs-one-step-late",
        statement="inputs one step late: zeros at step 0",
        explanation="Step t reads the input of step t - 1, as a decoder does that is fed what came before.",
        repair=_ONE_BY_ONE,
        applies=_loops,
        run=_reading(_late),
    ),
    Mistake(
        id="steps/inputs-one-step-early",
        statement="inputs one step early: step 0's is never read",
        explanation="Step t reads the input of step t + 1, and the last step its own.",
        repair=_ONE_BY_ONE,
        applies=lambda spec: _loops(spec) and spec.sizes.max_time > 1,
        run=_reading(_early),
    ),
    Mistake(
        id="steps/first-input-for-all",
        statement="input of step 0 read at every step",
        explanation="The index of the step was lost on the way to the inputs. Sequences of one step cannot show it.",
        repair=_ONE_BY_ONE,
        applies=lambda spec: not isinstance(spec.run, Step) and runs(spec) and max(lengths_of(spec)) > 1,
        run=_reading(_first_for_all),
    ),
    Mistake(
        id="steps/first-skipped",
        statement="step 0 skipped: its output is 0, the loop starts at 1",
        explanation="The loop counts from 1, or takes step 0 for the initial state's.",
        repair=_ONE_BY_ONE,
        applies=_loops,
        run=Semantics(loop=_first_skipped),
    ),
    Mistake(
        id="steps/last-skipped",
        statement="last step skipped: its output is 0",
        explanation="The loop ends one step before T. Rows that end earlier cannot show it.",
        repair=_ONE_BY_ONE,
        applies=_reaches_the_end,
        run=Semantics(loop=_last_skipped),
    ),
    Mistake(
        id="steps/last-twice",
        statement="last step run twice: the final state is one step on",
        explanation="The cell is called once more after the loop, to get the state. Outputs alone cannot show it.",
        repair="Return the state that the loop ends with.",
        applies=_reaches_the_end,
        run=Semantics(loop=_last_twice),
    ),
    Mistake(
        id="steps/final-state-one-step-early",
        statement="final state is the one before each row's last step",
        explanation="What is returned was saved at the start of the step. Outputs alone cannot show it.",
        repair="Return the state that the last step ends with.",
        applies=runs,
        run=_ending(lambda ends: np.maximum(ends - 1, 0)),
    ),
    Mistake(
        id="steps/final-state-of-step-0",
        statement="final state is the one after step 0",
        explanation="The state was saved once and never again. Outputs alone cannot show it.",
        repair="Return the state that the last step ends with.",
        applies=_several_steps,
        run=_ending(lambda ends: np.minimum(ends, 1)),
    ),
    Mistake(
        id="steps/outputs-one-step-late",
        statement="outputs one step late: zeros at step 0, the last one lost",
        explanation="What is written is the output of the step before: the buffer is read before it is filled.",
        repair=_ONE_BY_ONE,
        applies=lambda spec: _loops(spec) and not isinstance(spec.run, RawRNN),
        run=_answering(_late),
    ),
    Mistake(
        id="steps/outputs-one-step-early",
        statement="outputs one step early: step 0's is lost",
        explanation="outputs[t] is what step t + 1 answers, and zeros stand at the end.",
        repair=_ONE_BY_ONE,
        applies=_loops,
        run=_answering(lambda outputs: np.concatenate([outputs[1:], np.zeros_like(outputs[:1])])),
    ),
    Mistake(
        id="steps/c-restarts-every-step",
        statement="every step starts from the initial c; h is carried on",
        explanation="Only h of the new state is fed back.",
        repair="Feed the whole state, (c, h), of step t - 1 to step t.",
        seen=("https://github.com/tracel-ai/burn/issues/2701",),
        applies=_in_tuples(lambda cell: not clips_to_zero(cell)),
        run=_restarting(lambda now, first: now._replace(c=first[0])),
    ),
    Mistake(
        id="steps/h-restarts-every-step",
        statement="every step starts from the initial h; c is carried on",
        explanation="Only c of the new state is fed back.",
        repair="Feed the whole state, (c, h), of step t - 1 to step t.",
        seen=("https://github.com/tracel-ai/burn/issues/2701",),
        applies=_in_tuples(lambda cell: not mute(cell)),
        run=_restarting(lambda now, first: now._replace(h=first[1])),
    ),
)
