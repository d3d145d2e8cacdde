"""Cases of LSTMCell in which every value of every option meets every value of every other option, run and dtype.

The rows were found by a greedy search for a small covering array; `tests/meta` computes that no pair is missing.
"""

from __future__ import annotations

from collections.abc import Callable

from rnn_parity.catalogue.build import UNITS, case, run_choices
from rnn_parity.spec import Activation, CaseSpec, DType, LSTMCell

# run, dtype, use_peepholes, cell_clip, num_proj, proj_clip, forget_bias, activation, state_is_tuple
ROWS: tuple[tuple[str, DType, bool, float | None, int | None, float | None, float, Activation | None, bool], ...] = (
    ("step", "float64", True, 0.0, None, None, 0.0, "relu", False),
    ("step", "float32", False, 0.45, 2, 0.3, 1.0, "sigmoid", True),
    ("step-state", "float64", False, None, 7, 0.3, 0.7, None, True),
    ("step-state", "float16", False, 0.0, 7, 0.3, -0.4, "softsign", True),
    ("static", "float64", False, 0.45, 2, None, 1.0, "softsign", False),
    ("static-ragged", "float32", True, 0.45, 7, None, 0.7, "relu", True),
    ("static-ragged", "float16", False, None, 2, 0.3, 0.0, "sigmoid", False),
    ("static-ragged-state", "float16", True, None, None, 0.3, -0.4, "softsign", True),
    ("static-ragged-state", "float32", False, 0.0, 2, 0.3, 0.0, None, False),
    ("dynamic", "float32", False, 0.45, 7, 0.3, -0.4, "relu", False),
    ("dynamic-ragged", "float64", False, 0.0, 2, None, 0.7, "softsign", False),
    ("dynamic-ragged", "float32", False, None, None, None, 1.0, None, False),
    ("dynamic-ragged-state", "float16", True, 0.45, None, None, 0.0, "sigmoid", True),
    ("dynamic-time-major", "float32", True, None, None, None, 0.7, None, False),
    ("dynamic-time-major-state", "float32", True, 0.45, 2, None, 1.0, "relu", True),
    ("dynamic-time-major-ragged-state", "float64", False, None, 2, 0.3, -0.4, "sigmoid", True),
    ("dynamic-time-major-ragged-state", "float16", False, 0.0, 7, 0.3, 0.0, "softsign", False),
    ("bidirectional", "float64", False, 0.45, 7, None, 0.0, "sigmoid", True),
    ("bidirectional-state", "float64", True, None, 7, None, -0.4, None, False),
    ("bidirectional-ragged", "float16", True, 0.45, 2, None, 0.7, None, True),
    ("bidirectional-ragged", "float16", True, None, 2, None, 1.0, "relu", True),
    ("bidirectional-ragged-state", "float32", False, 0.0, None, 0.3, 1.0, "softsign", True),
    ("bidirectional-time-major", "float16", False, 0.0, 7, 0.3, 0.0, "sigmoid", False),
    ("bidirectional-time-major-ragged-state", "float16", True, None, 7, None, 1.0, "relu", True),
    ("bidirectional-time-major-ragged-state", "float32", False, 0.45, 2, 0.3, -0.4, "softsign", True),
    ("bidirectional-time-major-ragged-state", "float64", False, 0.45, None, None, 0.7, None, False),
    ("static-bidirectional-state", "float16", False, None, 7, None, 0.0, "softsign", True),
    ("static-bidirectional-ragged", "float32", True, 0.0, 2, 0.3, -0.4, "relu", False),
    ("static-bidirectional-ragged-state", "float64", True, 0.45, None, None, 0.7, "sigmoid", False),
    ("static-bidirectional-ragged-state", "float16", False, 0.45, None, 0.3, 1.0, None, False),
)

RUNS = {choice.name: choice.run for choice in run_choices()}


def _case(number: int) -> CaseSpec:
    run, dtype, peepholes, cell_clip, num_proj, proj_clip, forget_bias, activation, is_tuple = ROWS[number]
    cell = LSTMCell(
        num_units=UNITS,
        use_peepholes=peepholes,
        cell_clip=cell_clip,
        num_proj=num_proj,
        proj_clip=proj_clip,
        forget_bias=forget_bias,
        state_is_tuple=is_tuple,
        activation=activation,
    )
    options = ", ".join(name for name, on in _SWITCHED if on(cell)) or "no option"
    why = f"options that are right alone and wrong together, here {options} in {dtype}"
    return case(f"lstm-pairs/{number:02}-{run}", why, cell, RUNS[run], dtype=dtype)


_SWITCHED: tuple[tuple[str, Callable[[LSTMCell], object]], ...] = (
    ("peepholes", lambda cell: cell.use_peepholes),
    ("a cell clip", lambda cell: cell.cell_clip),
    ("a cell clip of 0", lambda cell: cell.cell_clip == 0.0),
    ("a projection", lambda cell: cell.num_proj),
    ("a projection clip", lambda cell: cell.num_proj and cell.proj_clip),
    ("a projection clip without projection", lambda cell: cell.proj_clip and not cell.num_proj),
    ("a forget bias", lambda cell: cell.forget_bias),
    ("another activation", lambda cell: cell.activation),
    ("concatenated state", lambda cell: not cell.state_is_tuple),
)

CASES = tuple(_case(number) for number in range(len(ROWS)))
