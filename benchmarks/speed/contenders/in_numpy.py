"""This package: the readable cells, and the fast form of them with its plan made beforehand."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy_impl
from benchmarks.speed.contenders import Run
from numpy_impl import fast
from rnn_parity.candidate import Case
from rnn_parity.spec import MultiRNNCell, class_name
from rnn_parity.structure import Directions, cells_of
from rnn_parity.weights import run_scope


def readable(case: Case, _: int) -> Run:
    """Return `numpy_impl.dynamic_rnn` or `bidirectional_dynamic_rnn` of the cells, written to be read."""
    cells = numpy_cells(case)
    runner = numpy_impl.dynamic_rnn if len(cells) == 1 else numpy_impl.bidirectional_dynamic_rnn
    options = {"sequence_length": case.sequence_length, "dtype": case.inputs.dtype, "time_major": True}
    return partial(runner, *cells, case.inputs, **options)


def fast_form(case: Case, _: int) -> Run:
    """Return the plan of the fast form, over the same cells."""
    cells = numpy_cells(case)
    plan: Any = fast.prepare(*cells) if len(cells) == 1 else fast.prepare_bidirectional(*cells)
    return partial(plan, case.inputs, case.sequence_length, time_major=True)


def numpy_cells(case: Case) -> list[Any]:
    """Return the cell with its weights, or those of both directions."""
    described = cells_of(case.spec)
    ways = Directions._fields if isinstance(described, Directions) else ("",)
    scopes = ["/".join(filter(None, (run_scope(case.spec), way))) for way in ways]
    return [_made(one).with_variables(case.weights, scope) for one, scope in zip(described, scopes, strict=True)]


def _made(spec: Any) -> Any:  # noqa: ANN401  many classes, one protocol
    if isinstance(spec, MultiRNNCell):
        return numpy_impl.MultiRNNCell([_made(one) for one in spec.cells])
    return getattr(numpy_impl, class_name(spec))(**spec.arguments())
