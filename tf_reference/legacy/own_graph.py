"""The graph in a file, made ready to answer the cases of a model, or why it does not."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from rnn_parity.spec import CaseSpec, single_cells
from rnn_parity.structure import Array, cells_of
from tf_reference.legacy.case_by_graph import GraphCase, runs_by_layers
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
    reason = runs_by_layers(spec)
    if reason:
        return OwnGraphOf(None, f"the graph was not run: {reason}")
    names = [name for cell in model.cells for held in cell.parts.values() for name in held]
    try:
        ways = [graph_oracle(graph, model, {name: read(name) for name in names}, way) for way in model.directions]
    except OracleImpossibleError as error:
        return OwnGraphOf(None, f"the graph was not run: {error.reason}")
    layers = len(single_cells(cells_of(spec)[0]))
    for oracle in ways:
        if oracle.layers != layers:
            evidence = f"the graph has {oracle.how}"
            raise CellContradictedError(said, f"{layers} layers", f"{oracle.layers}", evidence, names=names)
    return OwnGraphOf(GraphCase(tuple(ways)))
