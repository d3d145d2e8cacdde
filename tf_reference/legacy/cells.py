"""A set of variables -> the cell whose shapes they have: its depth, sizes and options, or why it is none."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import rnn_parity.spec as specs
from rnn_parity.errors import UnsupportedOptionError
from rnn_parity.spec import Shape, SingleCellSpec
from tf_reference.legacy.found import Fact, FoundCell, SavedVariable
from tf_reference.legacy.matching import Match
from tf_reference.legacy.namings import ANY_NUMBER
from tf_reference.legacy.places import place_of
from tf_reference.legacy.sizes import COLUMNS, LSTM_COLUMNS, PROJECTIONS, TELLS, depth_of, options

BLOCK = ("LSTMBlockCell", "LSTMBlockFusedCell")

Parts = Mapping[str, tuple[SavedVariable, ...]]


class NotACellError(ValueError):
    """The shapes are those of no cell of this class; the text says what they should be."""


def cell_of(match: Match) -> FoundCell:
    """Return the cell that a full match is.

    Raises:
        NotACellError: its shapes contradict each other.
    """
    parts = match.parts
    ruled_out = {name for own in parts for name in match.naming.ruled_out.get(own, ())}
    if any(ANY_NUMBER in called and len(parts[match.naming.names[called]]) > 1 for called in match.called):
        ruled_out |= set(BLOCK)  # which keep a variable whole
    classes = tuple(name for name in match.naming.classes if name not in ruled_out)
    axis, shapes = _whole(parts, classes[0])
    spec, depth = _fitting(classes[0], shapes)
    place = place_of(match.scope)
    ordered = {own: tuple(part.name for part in parts[own]) for own in spec.variables(depth)}
    return FoundCell(
        scope=match.scope,
        classes=classes,
        era=match.naming.era,
        parts=ordered,
        depth=depth,
        num_units=spec.num_units,
        num_proj=getattr(spec, "num_proj", None),
        dtype=parts[next(iter(ordered))][0].dtype,
        layer=place.layer or 0,
        direction=place.direction,
        shard_axis=axis,
        facts=tuple(_facts(classes[0], match, spec, axis)),
        shapes=spec.variables(depth),
    )


def _whole(parts: Parts, name: str) -> tuple[int, dict[str, Shape]]:
    """Return the axis along which shards are joined, and the shapes of all variables when they are."""
    broken = [part for held in parts.values() for part in held if len(part.shape) not in (1, 2)]
    if broken:
        raise NotACellError(f"{broken[0].name} has shape {broken[0].shape}")
    for axis in (0, 1):
        try:
            shapes = {own: _joined([part.shape for part in held], axis) for own, held in parts.items()}
            _fitting(name, shapes)
        except NotACellError:
            continue
        return axis, shapes
    return 0, {own: _joined([part.shape for part in held], 0) for own, held in parts.items()}


def _joined(shapes: list[Shape], axis: int) -> Shape:
    first = shapes[0]
    if len(shapes) == 1:
        return first
    rest = {shape[:axis] + shape[axis + 1 :] for shape in shapes if len(shape) > axis}
    if len(rest) != 1 or axis >= len(first):
        raise NotACellError(f"shards of shapes {', '.join(map(str, shapes))} do not fit each other")
    return (*first[:axis], sum(shape[axis] for shape in shapes), *first[axis + 1 :])


def _fitting(name: str, shapes: Mapping[str, Shape]) -> tuple[SingleCellSpec, int]:
    """Return the cell of this class and the input depth at which its variables have these shapes."""
    variable, gates = COLUMNS.get(name, LSTM_COLUMNS)
    columns = shapes[variable][-1]
    units, left = divmod(columns, gates)
    if left or not units:
        raise NotACellError(f"{variable} has {columns} columns, should have a multiple of {gates}")
    try:
        spec = getattr(specs, name)(num_units=units, **options(name, shapes))
    except (UnsupportedOptionError, IndexError) as error:
        raise NotACellError(str(error)) from error
    kernel, depth = depth_of(spec, shapes)
    if depth < 1:
        raise NotACellError(f"{kernel} has {shapes[kernel][0]} rows, should have more than the {spec.output_size} of h")
    for own, shape in spec.variables(depth).items():
        if shapes.get(own) != shape:
            got = f"shape {shapes[own]}" if own in shapes else "no such variable"
            raise NotACellError(f"{own}: got {got}, should be {shape} for {units} units and inputs of {depth}")
    return spec, depth


def _facts(name: str, match: Match, spec: SingleCellSpec, axis: int) -> Iterator[Fact]:
    parts = match.parts
    for option, value in options(name, {own: held[0].shape for own, held in parts.items()}).items():
        if option == "num_proj":
            value = spec.output_size  # noqa: PLW2901  of all shards
        telling = [part.name for own in parts for part in parts[own] if TELLS[option](own)]
        yield Fact(
            option=option,
            value=value,
            read_from="names",
            evidence=", ".join(telling) or f"no such variable in {match.scope}",
        )
    for own, option in (("kernel", "num_unit_shards"), *((own, "num_proj_shards") for own in PROJECTIONS)):
        if len(parts.get(own, ())) > 1 and option in type(spec).__struct_fields__:
            how = ("rows", "columns")[axis]
            evidence = f"{', '.join(part.name for part in parts[own])}: joined along {how}"
            yield Fact(option=option, value=len(parts[own]), read_from="shapes", evidence=evidence)
    if name == "CudnnCompatibleLSTMCell":
        yield Fact(option="forget_bias", value=0.0, read_from="names", evidence="the class adds none")
