"""The graph in a file, made ready to answer the cases of a model, or why it does not."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from rnn_parity.spec import CaseSpec, single_cells
from rnn_parity.structure import Array, cells_of
from tf_reference.legacy.case_by_graph import LEVELS, GraphCase
from tf_reference.legacy.found import FoundModel
from tf_reference.legacy.graph_errors import OracleImpossibleError
from tf_reference.legacy.import_errors import CellContradictedError
from tf_reference.legacy.oracle import graph_oracle


@dataclass(frozen=True)
class OwnGraphOf:
    """The oracle that a file's graph is, or None and the reason."""

    oracle: GraphCase | None
    reason: str = ""


def own_graph(
    graph: Any,  # noqa: ANN401  a GraphDef
    model: FoundModel,
    read: Callable[[str], Array],
    spec: CaseSpec,
    *,
    said: str,
) -> OwnGraphOf:
    """Return the graph's oracle for the cases of a model, of which `spec` is one; `said` is what says the layers.

    Raises:
        GraphUnsafeError, GraphBrokenError, GraphTooLargeError: see each; nothing of the graph was executed.
        CellContradictedError: the graph has another number of layers.
    """
    if graph is None:
        return OwnGraphOf(None, "there is no graph beside the weights")
    names = [name for cell in model.cells for held in cell.parts.values() for name in held]
    try:
        weights = {name: read(name) for name in names}
        levels = [
            [graph_oracle(graph, level, weights, way) for way in model.directions] for level in _levels(model, spec)
        ]
    except OracleImpossibleError as error:
        return OwnGraphOf(None, f"the graph was not run: {error.reason}")
    layers = len(single_cells(cells_of(spec)[0]))
    for oracle in (oracle for ways in levels for oracle in ways):
        if oracle.layers != layers:
            evidence = f"the graph has {oracle.how}"
            raise CellContradictedError(said, f"{layers} layers", f"{oracle.layers}", evidence, names=names)
    first, *above = map(tuple, levels)
    return OwnGraphOf(GraphCase(first, tuple(above)))


def _levels(model: FoundModel, spec: CaseSpec) -> tuple[FoundModel, ...]:
    """Return the model of each level of a stacked run, whose cells alone are looked for; the whole model otherwise."""
    if not isinstance(spec.run, LEVELS):
        return (model,)
    return tuple(
        replace(model, cells=tuple(replace(cell, layer=0) for cell in model.cells if cell.layer == level))
        for level in range(model.layers)
    )
