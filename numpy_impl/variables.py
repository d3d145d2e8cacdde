"""Variables as TensorFlow names, shapes and shards them.

Source: tensorflow/python/ops/rnn.py (scopes), variable_scope.py and partitioned_variables.py (parts).
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy_impl.arrays import Array

Shape: TypeAlias = tuple[int, ...]

_WORD_STARTS = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_PART = re.compile(r"(?P<whole>.+)/part_(?P<number>\d+)")


def default_name(class_name: str) -> str:
    """Return the scope that TensorFlow gives a layer of this class: "BasicLSTMCell" is "basic_lstm_cell"."""
    return _WORD_STARTS.sub("_", class_name).lower()


def joined(*scopes: str) -> str:
    """Return the scopes, those that are not empty, with slashes between them."""
    return "/".join(scope for scope in scopes if scope)


def below(scope: str, variables: Mapping[str, Array]) -> dict[str, Array]:
    """Return the variables of a scope under the names that they have there.

    Raises:
        ValueError: there are none.
    """
    bare = {name.removesuffix(":0"): array for name, array in variables.items()}
    own = {name[len(scope) + 1 :]: array for name, array in bare.items() if name.startswith(f"{scope}/")}
    if not own:
        raise ValueError(
            f"variables: got {', '.join(bare) or 'none'}, should be some below {scope!r}. "
            "Pass the scope that the cell was called in, and the cell's name where it was given one."
        )
    return own


def bidirectional_variable_shapes(
    cell_fw: Any,  # noqa: ANN401 - any cell with `variable_shapes`
    cell_bw: Any,  # noqa: ANN401
    depth: int,
    scope: str = "bidirectional_rnn",
) -> dict[str, Shape]:
    """Return TensorFlow's variable name -> shape of both cells of a bidirectional run.

    One cell in both directions, in wrappers or not, has one set of variables.
    """
    forward: dict[str, Shape] = cell_fw.variable_shapes(depth, joined(scope, "fw"))
    if cell_bw.innermost is not cell_fw.innermost:
        return forward | cell_bw.variable_shapes(depth, joined(scope, "bw"))
    refuse_second_place(cell_bw)
    return forward


def refuse_second_place(cell: Any) -> None:  # noqa: ANN401 - any cell
    """Return None if an object called in two places has the same variables in both.

    Raises:
        ValueError: some of its variables belong to the place, so that one object cannot hold them all.
    """
    if getattr(cell, "is_named_after_its_place", False):
        raise ValueError(
            f"{type(cell).__name__}: got one object in two places, should be one for each. "
            "TensorFlow gives every place gates of its own, whatever object is called."
        )


def part_shapes(shapes: Mapping[str, Shape], shards: Mapping[str, int | None]) -> dict[str, Shape]:
    """Return the shapes with each variable in `shards` in so many parts, by rows; None leaves it whole.

    As `fixed_size_partitioner`: never more parts than rows, and the first ones take one row more each where the rows
    do not divide. One part is still called `part_0`.
    """
    found: dict[str, Shape] = {}
    for name, (rows, *rest) in shapes.items():
        count = shards.get(name)
        if count is None:
            found[name] = (rows, *rest)
            continue
        count = min(count, rows)
        found |= {f"{name}/part_{k}": (rows // count + (k < rows % count), *rest) for k in range(count)}
    return found


def join_parts(variables: Mapping[str, Array]) -> dict[str, Array]:
    """Return the variables with `kernel/part_0`, `kernel/part_1`, ... joined by rows to `kernel`.

    Raises:
        ValueError: a part is missing, a variable is there both whole and in parts, or is no array.
    """
    found: dict[str, Array] = {}
    parts: dict[str, dict[int, Array]] = {}
    for name, array in variables.items():
        if not isinstance(array, np.ndarray):
            got = f"a {type(array).__name__} as {name}"
            raise ValueError(f"variables: got {got}, should be arrays. Use np.asarray.")  # noqa: TRY004 - as for shapes
        part = _PART.fullmatch(name)
        if part is None:
            found[name] = array
        else:
            parts.setdefault(part["whole"], {})[int(part["number"])] = array
    for whole, numbered in parts.items():
        if whole in found:
            raise ValueError(f"variables: got {whole} and parts of it, should be one or the other. Leave one out.")
        missing = sorted(set(range(max(numbered) + 1)) - set(numbered))
        if missing:
            raise ValueError(
                f"variables: got parts {sorted(numbered)} of {whole}, should be all from 0. "
                f"Add {', '.join(f'{whole}/part_{number}' for number in missing)}."
            )
        found[whole] = np.concatenate([numbered[number] for number in sorted(numbered)])
    return found
