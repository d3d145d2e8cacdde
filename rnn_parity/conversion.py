"""`rnn-parity convert`: from the arrays of one file, and what is said of the cell, to another file."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from safetensors import SafetensorError, safe_open

from rnn_parity.errors import ConversionCallError, LayoutArraysError, LayoutFileError, UnsupportedOptionError
from rnn_parity.fixture_file import METADATA_KEY, SUFFIX, read_fixture
from rnn_parity.layouts import LAYOUTS, convert, layout, writers
from rnn_parity.layouts.arrays import packed_shapes
from rnn_parity.layouts.files import SUFFIXES, read_arrays, write_arrays, write_whole
from rnn_parity.layouts.recognised import IMPORT, are_old, cells_named, layout_like, places, scopes_like, shown
from rnn_parity.layouts.scopes import found_below, own_scope, put_below
from rnn_parity.layouts.specification import case_from_text, depth_of
from rnn_parity.spec import CaseSpec, CellSpec, MultiRNNCell, class_name
from rnn_parity.spec.text import parsed
from rnn_parity.store import Fixtures, default_fixtures
from rnn_parity.structure import Array
from rnn_parity.weights import variables

WEIGHTS = "weights/"


@dataclass(frozen=True, kw_only=True)
class Request:
    """What the command was asked for; one of a `case`, a `cell` or a fixture as `source` says whose arrays they are."""

    source: Path | None
    target: Path
    layout_of_source: str = "tf1"
    layout_of_target: str
    case: str | None = None
    cell: str | None = None
    run: str | None = None
    depth: int | None = None
    scope: str | None = None
    ignore_unknown: bool = False
    force: bool = False
    fixtures: Path | None = None


def converted(request: Request) -> tuple[CaseSpec, dict[str, Array]]:
    """Return whose weights they are and the arrays that go into the target, without writing anything.

    Raises:
        ConversionCallError: the request does not say whose arrays they are, or says it twice.
        LayoutArraysError, LayoutFileError, LayoutInexpressibleError, LayoutUnknownError, CellTextError: see each.
    """
    _require_one_cell(request)
    _require_target(request)  # refused before any file is read
    spec, arrays = _given(request)
    known = packed_shapes(layout(request.layout_of_source).pack, spec)
    _require_all(request, spec, known, arrays)
    unknown = [name for name in arrays if name not in known]
    if unknown and not request.ignore_unknown and set(known) <= set(arrays):
        some = f"arrays that this cell does not have, like {unknown[0]!r}"
        raise ConversionCallError(f"{request.source}: holds {some}. --ignore-unknown leaves them out.")
    if request.ignore_unknown:
        arrays = {name: array for name, array in arrays.items() if name in known}
    _require_finite(request.layout_of_source, arrays)
    made = convert(spec, arrays, request.layout_of_source, request.layout_of_target)
    if request.scope is not None and request.layout_of_target == "tf1":
        made = put_below(spec, made, request.scope)
    return spec, made


def written(request: Request) -> str:
    """Write the target, and return what it holds, in words.

    Raises:
        LayoutFileError: it is there already, or cannot be written; else as `converted`.
    """
    spec, arrays = converted(request)
    own = writers(request.layout_of_target).get(request.target.suffix)
    if own is not None:
        write_whole(request.target, lambda path: own(path, spec, arrays), force=request.force)
    else:
        write_arrays(request.target, arrays, force=request.force)
    dtype = next(iter(arrays.values())).dtype
    width = max(map(len, arrays))
    head = f"{request.target}: {class_name(spec.cell)} as {request.layout_of_target} has it, {dtype}"
    return "\n".join([head, *(f"  {name:<{width}}  {array.shape}" for name, array in arrays.items())])


def _require_one_cell(request: Request) -> None:
    if request.case is not None and request.cell is not None:
        raise ConversionCallError("--case and --cell both say which cell it is; give one.")
    if request.cell is None and (request.run is not None or request.depth is not None):
        raise ConversionCallError("--run and --depth go with --cell, which says what they are of.")
    if request.source is None and request.case is None:
        raise ConversionCallError("without a SOURCE there is --case ID, whose recorded weights are then converted.")
    if request.source is None and request.layout_of_source != "tf1":
        raise ConversionCallError("--from: recorded weights are tf1's; leave it out, or name a SOURCE.")
    if request.scope is not None and "tf1" not in (request.layout_of_source, request.layout_of_target):
        raise ConversionCallError("--scope is where TensorFlow's variables lie, and neither side is tf1; leave it out.")


def _require_target(request: Request) -> None:
    """Return if the layout is known and the target's suffix is of a format that holds it."""
    own, suffix = writers(request.layout_of_target), request.target.suffix
    if suffix in own or suffix in SUFFIXES:
        return
    others = [name for name in LAYOUTS if name != request.layout_of_target and suffix == f".{name}"]
    hint = f"; {suffix} goes with --to {others[0]}" if others else ""
    raise LayoutFileError(
        request.target, f"got suffix {suffix!r}, should be one of {', '.join((*SUFFIXES, *own))}{hint}"
    )


def _given(request: Request) -> tuple[CaseSpec, dict[str, Array]]:
    """Return whose weights they are, and the source's arrays under the layout's names."""
    if request.source is None:
        fixture = _fixtures(request).read(str(request.case))
        return fixture.spec, _weights(fixture.arrays)
    if _is_fixture(request.source):
        if request.case is not None or request.cell is not None or request.layout_of_source != "tf1":
            raise ConversionCallError(f"{request.source} is a fixture, which says itself whose weights it holds.")
        fixture = read_fixture(request.source)
        return fixture.spec, _weights(fixture.arrays)
    arrays = read_arrays(request.source)
    if request.case is not None:
        spec = _fixtures(request).read_spec(request.case)
    elif request.cell is not None:
        spec = _by_hand(request, arrays)
    else:
        raise ConversionCallError(
            "give --cell 'LSTMCell(num_units=5)', --case ID or a fixture: whose arrays are these?"
        )
    return spec, _named(request, spec, arrays)


def _by_hand(request: Request, arrays: dict[str, Array]) -> CaseSpec:
    def case(depth: int) -> CaseSpec:
        return case_from_text(str(request.cell), request.run or "DynamicRNN()", depth=depth, dtype=dtype)

    kinds = {str(array.dtype) for array in arrays.values()}
    dtype = next((kind for kind in ("float32", "float64", "float16") if kind in kinds), "float32")
    if request.depth is not None:
        return case(request.depth)
    cell = parsed(str(request.cell), CellSpec)  # what is wrong with it for all depths is said first
    if isinstance(cell, MultiRNNCell) and cell.one_object:
        return case(cell.cells[0].output_size)  # what it puts out is what it reads
    pack = layout(request.layout_of_source).pack
    depth = depth_of(case, pack, lambda spec: _named(request, spec, arrays))
    if depth is None:
        _require_names_at_any_depth(request, case, arrays)
        raise ConversionCallError("--depth: the width of the inputs cannot be told from these arrays; give it.")
    return case(depth)


def _named(request: Request, spec: CaseSpec, arrays: dict[str, Array]) -> dict[str, Array]:
    return found_below(spec, arrays, request.scope) if request.layout_of_source == "tf1" else arrays


def _require_names_at_any_depth(request: Request, case: Callable[[int], CaseSpec], arrays: dict[str, Array]) -> None:
    try:
        spec = case(1)
    except UnsupportedOptionError:  # widths that depend on the depth
        return
    shapes = packed_shapes(layout(request.layout_of_source).pack, spec)
    _require_all(request, spec, shapes, _named(request, spec, arrays))


def _require_all(request: Request, spec: CaseSpec, names: Iterable[str], arrays: Mapping[str, Array]) -> None:
    """Return if there is an array of each name, LayoutArraysError with what the names look like otherwise."""
    missing = [name for name in names if name not in arrays]
    if not missing:
        return
    advice = _advice(request, spec, arrays)
    raise LayoutArraysError(request.layout_of_source, missing[0], "no array of this name", "one", advice=advice)


def _advice(request: Request, spec: CaseSpec, arrays: Mapping[str, Array]) -> str:
    """Return what to do where arrays are missing: which option is likely wrong, and which names there are."""
    like, source = layout_like(arrays), request.layout_of_source
    if like not in (None, source):
        return f"The names look like those of {like}: give --from {like}"
    if source == "tf1" and are_old(arrays):
        return IMPORT
    which = "--case" if request.case is not None else "--cell"
    there = f"There are {shown(arrays)}"
    if like is None:
        return f"{there}: no names that {source} gives to the variables of cells"
    if source != "tf1":
        return f"{there}: {which} is likely not the cell whose arrays these are"
    return _advice_on_variables(request, spec, arrays) or f"{there}: {which} is likely not their cell"


def _advice_on_variables(request: Request, spec: CaseSpec, arrays: Mapping[str, Array]) -> str:
    """Return what to do where some of TensorFlow's variables are missing; '' where the names do not show it."""
    own = own_scope(spec)
    wanted = [name.removeprefix(f"{own}/") for name in variables(spec)]
    scopes = scopes_like(wanted, arrays)
    if request.scope is not None and scopes and request.scope not in scopes:
        return f"Variables of this cell lie below {', '.join(map(repr, scopes[:3]))}: give one of those as --scope"
    stacked = isinstance(spec.cell, MultiRNNCell) and not spec.cell.one_object
    if stacked and places(arrays) == {"0"}:
        return "Cells that were one object (from TensorFlow 1.2 on `[cell] * n` is) share cell_0's: say one_object=True"
    which = "--case" if request.case is not None else "--cell"
    got, should_be = cells_named(arrays), cells_named(wanted)
    if got and not got & should_be:
        called = f"in scopes called {', '.join(sorted(got))}, not {', '.join(sorted(should_be))}"
        return f"There are {shown(arrays)}, {called}: {which} is likely of another class"
    return ""


def _require_finite(source: str, arrays: Mapping[str, Array]) -> None:
    for name, array in arrays.items():
        if np.issubdtype(array.dtype, np.floating) and not np.isfinite(array).all():
            place = tuple(map(int, np.argwhere(~np.isfinite(array))[0]))
            raise LayoutArraysError(source, name, f"{array[place]} at {list(place)}", "finite numbers throughout")


def _is_fixture(path: Path) -> bool:
    """Return whether a file says itself what case it is of."""
    if path.suffix != SUFFIX:
        return False
    try:
        with safe_open(path, framework="np") as file:
            return METADATA_KEY in (file.metadata() or {})
    except (SafetensorError, OSError, ValueError):
        return False  # `read_arrays` says what is wrong with it


def _fixtures(request: Request) -> Fixtures:
    return Fixtures(request.fixtures or default_fixtures())


def _weights(arrays: Mapping[str, Array]) -> dict[str, Array]:
    return {name.removeprefix(WEIGHTS): array for name, array in arrays.items() if name.startswith(WEIGHTS)}
