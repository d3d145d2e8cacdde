"""TensorFlow's variables as a checkpoint names them: below any scope, with ":0", beside others."""

from __future__ import annotations

from collections.abc import Mapping

from rnn_parity.errors import LayoutArraysError
from rnn_parity.spec import CaseSpec
from rnn_parity.structure import Array, join, levels
from rnn_parity.weights import run_scope, variables


def own_scope(spec: CaseSpec) -> str:
    """Return the scope in which a run's variables lie in a graph that holds nothing else, like 'rnn'; '' of a Step."""
    return run_scope(spec) if levels(spec) is None else run_scope(spec).split("/")[0]


def found_below(spec: CaseSpec, arrays: Mapping[str, Array], scope: str | None = None) -> dict[str, Array]:
    """Return the arrays, those that lie below `scope` under the names that the case gives its variables.

    Without `scope` that is the one below which all variables are found, whatever it is called.

    Raises:
        LayoutArraysError: there are several such scopes.
    """
    bare = {name.removesuffix(":0"): array for name, array in arrays.items()}
    wanted = _without(own_scope(spec), variables(spec))
    if scope is None:
        scopes = _scopes(wanted, bare)
        if len(scopes) > 1:
            raise LayoutArraysError(
                "tf1", wanted[0], f"variables below each of {', '.join(map(repr, scopes))}", "those below one --scope"
            )
        scope = scopes[0] if scopes else own_scope(spec)
    names = {join(scope, name): join(own_scope(spec), name) for name in wanted}
    return {names.get(name, name): array for name, array in bare.items()}


def put_below(spec: CaseSpec, weights: Mapping[str, Array], scope: str) -> dict[str, Array]:
    """Return the variables with `scope` in place of the run's own."""
    return {join(scope, name): weights[join(own_scope(spec), name)] for name in _without(own_scope(spec), weights)}


def _without(scope: str, names: Mapping[str, object]) -> list[str]:
    return [name.removeprefix(f"{scope}/") if scope else name for name in names]


def _scopes(wanted: list[str], arrays: Mapping[str, Array]) -> list[str]:
    """Return the scopes below which all these names are found."""
    first = wanted[0]
    ends = [name.removesuffix(first) for name in arrays if name == first or name.endswith(f"/{first}")]
    return [end.removesuffix("/") for end in ends if all(f"{end}{name}" in arrays for name in wanted)]
