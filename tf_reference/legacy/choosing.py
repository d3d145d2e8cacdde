"""Which of the sets of variables that look like cells are cells, and what is to be said of those that are not."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from tf_reference.legacy.cells import NotACellError, cell_of
from tf_reference.legacy.found import FoundCell, SavedVariable
from tf_reference.legacy.matching import KERAS, Match, is_in_run, matches
from tf_reference.legacy.slots import plain


class Chosen(NamedTuple):
    """The cells of a file, the variables that they are made of, and what looks like a cell but is none."""

    cells: tuple[FoundCell, ...]
    used: frozenset[str]
    warnings: tuple[str, ...]


def chosen(variables: Iterable[SavedVariable]) -> Chosen:
    """Return the cells that variables are, those whose scopes are TensorFlow's own before others."""
    variables = tuple(variables)
    names = {plain(variable.name) for variable in variables}
    cells: list[FoundCell] = []
    used: set[str] = set()
    warnings: list[str] = []
    for scope, candidates in sorted(matches(variables).items(), key=lambda found: found[1][0].naming.renamed):
        below = {name for name in names if name.startswith(f"{scope}/")}
        full = [match for match in candidates if not match.missing and _credible(match, below)]
        if f"{scope}/{KERAS}" in names and not any(KERAS in match.naming.names for match in full):
            warnings.append(_keras(scope))
        elif full and not full[0].variables & used:
            try:
                cells.append(cell_of(full[0]))
                used |= full[0].variables
            except NotACellError as error:
                if not full[0].naming.renamed:
                    warnings.append(_not_fitting(full[0], error))
        elif not full and not candidates[0].naming.renamed:
            warnings.append(_incomplete(candidates[0], below))
    return Chosen(tuple(cells), frozenset(used), tuple(warnings))


def _credible(match: Match, below: set[str]) -> bool:
    """Return whether a scope that is the program's own is a cell's: it holds nothing else and lies in a run."""
    if not match.naming.renamed:
        return True
    strong = not {"kernel", "weights"} & match.called  # names that no other layer has
    return below == {plain(name) for name in match.variables} and (strong or is_in_run(match.scope))


def _not_fitting(match: Match, error: NotACellError) -> str:
    return f"{match.scope}: named like a {match.naming.classes[0]}, but no cell by its shapes: {error}"


def _incomplete(match: Match, below: set[str]) -> str:
    there = sorted(name.removeprefix(f"{match.scope}/") for name in below)
    return (
        f"{match.scope}: a {match.naming.classes[0]} by its scope, but half renamed or cut off: got "
        f"{', '.join(there[:8])}; by its other names ({match.naming.era}) there should be {', '.join(match.missing)}. "
        "Rename all of its variables, or none"
    )


def _keras(scope: str) -> str:
    return (
        f"{scope}: a layer of Keras, not of rnn_cell: it has a {KERAS}, gates i, f, c, o and no forget_bias. "
        "`rnn-parity convert --from keras` reads its arrays"
    )
