"""A file of TensorFlow 1's -> everything that is found in it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from tf_reference.legacy.cautions import about_names, about_values, values_seen
from tf_reference.legacy.choosing import chosen
from tf_reference.legacy.files import open_source
from tf_reference.legacy.found import FoundModel, Inspection
from tf_reference.legacy.graph_errors import GraphError
from tf_reference.legacy.graph_facts import contradictions, with_facts
from tf_reference.legacy.grouping import cautions, models_of
from tf_reference.legacy.obstacles import obstacle
from tf_reference.legacy.slots import sort_out
from tf_reference.legacy.source import Source


def inspected(path: str | Path) -> Inspection:
    """Return what is found at `path`; nothing of it is executed.

    Raises:
        LegacyFileError: it cannot be opened or read; its children say why.
    """
    return inspection_of(open_source(path))


def inspection_of(source: Source) -> Inspection:
    """Return what is found in an opened file."""
    slots, averages, rest = sort_out(source.variables)
    found = chosen(rest)
    models, about_graph = _with_graph(source, models_of(found.cells))
    warnings = [*source.notes, *found.warnings, *about_names(rest, averages), *about_graph]
    warnings += [caution for model in models for caution in cautions(model)]
    values = values_seen(source, models)
    warnings += about_values(values)
    return Inspection(
        path=str(source.path),
        kind=source.kind,
        has_graph=source.graph is not None,
        models=tuple(replace(model, obstacle=obstacle(model, values)) for model in models),
        slots=(*slots, *averages),
        others=tuple(variable for variable in rest if variable.name not in found.used),
        warnings=tuple(warnings),
    )


def _with_graph(source: Source, models: tuple[FoundModel, ...]) -> tuple[tuple[FoundModel, ...], tuple[str, ...]]:
    """Return the models with what the graph says of them, and what there is to say of the graph."""
    if source.graph is None:
        return models, ()
    try:
        told = with_facts(source.graph, models)
    except GraphError as error:
        return models, (f"the graph was not read: {error}",)
    return told, contradictions(told)
