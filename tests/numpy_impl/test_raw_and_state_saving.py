"""raw_rnn and static_state_saving_rnn without TensorFlow: the runs that they are made of."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

import numpy_impl as ni
from numpy_impl.state import leaves, map_state

if TYPE_CHECKING:
    from collections.abc import Callable

STEPS, BATCH = 6, 4
INPUTS = np.random.default_rng(0).standard_normal((STEPS, BATCH, 3))


@pytest.mark.parametrize("lengths", [None, (6, 3, 1, 0), (3, 3, 1, 0), (0, 0, 0, 0)], ids=str)
def test_raw_run_over_its_inputs_is_a_dynamic_run(draw_any: Callable[..., Any], lengths: Any) -> None:
    cell = draw_any()
    start = map_state(lambda width: np.full((BATCH, width), 0.3), cell.state_size)
    outputs, state, _ = ni.raw_rnn(cell, ni.loop_over(INPUTS, lengths, start))
    expected, final = ni.dynamic_rnn(cell, INPUTS, lengths, start, time_major=True)
    np.testing.assert_array_equal(outputs, expected[: STEPS if lengths is None else max(lengths)])
    map_state(np.testing.assert_array_equal, state, final)


def test_cell_is_called_once_a_step_and_loop_fn_once_more(draw_cell: Callable[..., Any]) -> None:
    cell = ni.Traced(draw_cell("GRUCell"))
    inner = ni.loop_over(INPUTS, (2, 4, 0, 1), cell.zero_state(BATCH, "float64"))
    times = []
    ni.raw_rnn(cell, lambda time, *given: (times.append(time), inner(time, *given))[1])
    assert (times, len(cell.steps)) == ([0, 1, 2, 3, 4], 4)


def test_what_loop_fn_answers_in_another_structure_is_named(draw_cell: Callable[..., Any]) -> None:
    cell = draw_cell("LSTMCell")
    inner = ni.loop_over(INPUTS, None, cell.zero_state(BATCH, "float64"))

    def loop_fn(time: int, *given: Any) -> Any:
        finished, read, state, emit, _ = inner(time, *given)
        return finished, read, state, (emit, emit) if time else None, None

    with pytest.raises(ValueError, match="emit_output: got another structure"):
        ni.raw_rnn(cell, loop_fn)


def test_states_saved_by_name_are_where_the_next_call_starts(draw_any: Callable[..., Any]) -> None:
    cell = draw_any()
    held = {str(place): np.full((BATCH, width), 0.3) for place, width in enumerate(leaves(cell.state_size))}
    remaining = iter(held)
    names = map_state(lambda _: next(remaining), cell.state_size)
    expected, final = ni.static_rnn(cell, list(INPUTS), map_state(held.get, names))
    saver = type(
        "Saver", (), {"state": lambda _, name: held[name], "save_state": lambda _, *pair: held.update([pair])}
    )()
    outputs = []
    for chunk in (INPUTS[:2], INPUTS[2:3], INPUTS[3:]):
        steps, state = ni.static_state_saving_rnn(cell, list(chunk), saver, names)
        outputs += steps
    np.testing.assert_array_equal(np.stack(outputs), np.stack(expected))
    map_state(np.testing.assert_array_equal, state, final)
    map_state(np.testing.assert_array_equal, map_state(held.get, names), final)
