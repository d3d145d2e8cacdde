"""Which option of a rebuilt cell, were it another one, would make it answer what the file's own graph answers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from typing import Any

import msgspec

from rnn_parity.errors import UnsupportedOptionError
from rnn_parity.spec import CaseSpec, MultiRNNCell, SingleCellSpec
from rnn_parity.spec.text import written
from rnn_parity.structure import Array
from tf_reference.graphs import build_graph
from tf_reference.legacy.answered import answers_in
from tf_reference.noise import FACTOR
from tf_reference.sessions import Session

TRIED: dict[str, tuple[Any, ...]] = {  # what is found in trained models and stands in no variable
    "forget_bias": (0.0, 1.0, 0.5, 2.0, 5.0),
    "cell_clip": (None, 3.0),
    "activation": (None, "relu", "sigmoid", "linear", "softsign", "elu"),
    "proj_clip": (None, 1.0, 3.0),
}


def agreeing_option(
    spec: CaseSpec,
    arrays: Mapping[str, Array],
    answers: Mapping[str, Array],
    noise: Mapping[str, float],
    said: Sequence[str] = (),
) -> str:
    """Return what to do: the value of one option with which the cell agrees, or which options there are to look at.

    An option that was `said` in an --answer is to be said there again.
    """
    tried = []
    for option, value, cell in _others(spec):
        tried.append(option)
        other = msgspec.structs.replace(spec, cell=cell)
        with closing(Session(build_graph(other, spec.dtype, with_twin=False))) as session:
            got = session.results(arrays)
        if all(_apart(got[name], array) <= FACTOR * noise[name] for name, array in answers.items()):
            wrong = " and ".join(answer.text for answer in answers_in(said) if answer.option == option)
            if wrong:
                return f"With {option}={value} they agree: give --answer {option}={value} in place of {wrong}."
            return f'With {option}={value!r} they agree: give --cell "{written(cell)}".'
    options = ", ".join(dict.fromkeys(tried)) or "its class"
    return f"None of the usual values of {options} makes them agree: look there in the code that built the graph."


def _apart(first: Array, second: Array) -> float:
    return float(abs(first.astype("float64") - second.astype("float64")).max(initial=0.0))


def _others(spec: CaseSpec) -> Iterator[tuple[str, Any, Any]]:
    """Yield (option, value, cell): the case's cell with one option of all its layers otherwise."""
    for option, values in TRIED.items():
        for value in values:
            try:
                cell = _with_option(spec.cell, option, value)
            except UnsupportedOptionError:
                continue
            if cell != spec.cell:
                yield option, value, cell


def _with_option(cell: Any, option: str, value: Any) -> Any:  # noqa: ANN401  a cell of the union
    if isinstance(cell, MultiRNNCell):
        return msgspec.structs.replace(cell, cells=tuple(_with_option(one, option, value) for one in cell.cells))
    if isinstance(cell, SingleCellSpec) and option in cell.__struct_fields__:
        return msgspec.structs.replace(cell, **{option: value})
    return cell
