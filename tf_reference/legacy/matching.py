"""Variables -> sets that may be one cell's each: by the scope that they share and by the names below it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cache

from tf_reference.legacy.found import SavedVariable
from tf_reference.legacy.namings import ANY_NUMBER, NAMINGS, Naming
from tf_reference.legacy.places import DIRECTION, NUMBER, RUNS
from tf_reference.legacy.slots import plain

KERAS = "recurrent_kernel"  # Keras has two kernels where rnn_cell has one
FLOATS = ("float16", "bfloat16", "float32", "float64")


@dataclass
class Match:
    """The variables in one scope that a naming knows, by today's own names, each with the number of its shard."""

    scope: str
    naming: Naming
    held: dict[str, list[tuple[int, SavedVariable]]] = field(default_factory=dict)
    called: set[str] = field(default_factory=set)  # the names below the scope, as the table writes them

    @property
    def missing(self) -> list[str]:
        """The names that the cell cannot be without."""
        return [name for name in self.naming.required if name not in self.called]

    @property
    def parts(self) -> dict[str, tuple[SavedVariable, ...]]:
        """Today's own name -> the variables, shards in order."""
        return {
            own: tuple(variable for _, variable in sorted(shards, key=lambda shard: shard[0]))
            for own, shards in self.held.items()
        }

    @property
    def variables(self) -> set[str]:
        """The names in the file of all that is matched."""
        return {variable.name for shards in self.held.values() for _, variable in shards}


def matches(variables: Iterable[SavedVariable]) -> dict[str, list[Match]]:
    """Return scope -> what may be the cell there, the fullest match first; some lack names that they should have."""
    found: dict[tuple[str, int], Match] = {}
    for variable in variables:
        if variable.dtype in FLOATS:
            for index, scope, name, number in _readings(plain(variable.name)):
                match = found.setdefault((scope, index), Match(scope, NAMINGS[index]))
                match.called.add(name)
                if name in match.naming.names:
                    match.held.setdefault(match.naming.names[name], []).append((number, variable))
    by_scope: dict[str, list[Match]] = {}
    for match in found.values():
        by_scope.setdefault(match.scope, []).append(match)
    return {scope: sorted(several, key=_fullest) for scope, several in by_scope.items()}


def is_in_run(scope: str) -> bool:
    """Return whether the scope lies right below a run's, a stack's or a direction's."""
    *_, parent = ("", *scope.split("/")[:-1])
    return parent in RUNS or bool(NUMBER.fullmatch(parent) or DIRECTION.fullmatch(parent))


def _fullest(match: Match) -> tuple[int, bool, int]:
    return len(match.missing), match.naming.renamed, -len(match.variables)


def _readings(name: str) -> Iterator[tuple[int, str, str, int]]:
    """Yield (the naming's index, scope, name as the table has it, shard's number) of all namings that know a name."""
    for index, pattern in enumerate(_patterns()):
        if found := pattern.fullmatch(name):
            own, part = found["own"], found["part"]
            number = re.search(r"\d+$", own)
            known = own in NAMINGS[index].names or own in NAMINGS[index].aside
            called = own if known or not number else own[: number.start()] + ANY_NUMBER
            yield index, found["scope"], called, int(part or (number[0] if number and not known else 0))


@cache
def _patterns() -> tuple[re.Pattern[str], ...]:
    return tuple(_pattern(naming) for naming in NAMINGS)


def _pattern(naming: Naming) -> re.Pattern[str]:
    names = "|".join(re.escape(name).replace(re.escape(ANY_NUMBER), r"\d+") for name in (*naming.names, *naming.aside))
    case = "i" if naming.renamed else ""  # TensorFlow's own scopes are exact
    scope = rf"(?:.+/)?(?:{naming.scope})(?:_\d+)?"
    return re.compile(rf"(?P<scope>(?{case}:{scope}))/(?P<own>{names})(?:/part_(?P<part>\d+))?")
