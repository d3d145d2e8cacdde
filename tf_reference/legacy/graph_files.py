"""Graphs in files: a .meta, a frozen .pb, a SavedModel; told apart by what the bytes hold, not by the suffix."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

from rnn_parity.structure import Array
from tf_reference.environment import tensorflow
from tf_reference.legacy.errors import LegacyKindUnknownError, LegacyValuesMissingError
from tf_reference.legacy.found import SavedVariable
from tf_reference.legacy.graph_variables import read_constant, variables_of_graph
from tf_reference.legacy.source import Source
from tf_reference.legacy.v2 import open_v2

SERVE = "serve"  # the tag of the graph that a SavedModel is used by


class GraphFile(NamedTuple):
    """A graph and what kind of file it comes from."""

    kind: str  # "MetaGraph", "frozen graph", "SavedModel"
    graph: Any
    notes: tuple[str, ...] = ()


def read_graph(path: Path) -> GraphFile:
    """Return the graph of a file, of which nothing is executed.

    Raises:
        LegacyKindUnknownError: the bytes are no graph.
    """
    data = path.read_bytes()
    for read in (_saved_model, _meta_graph, _frozen):
        if (found := read(data)) is not None:
            return found
    raise LegacyKindUnknownError(path, "is neither a graph nor a checkpoint, or only a part of one")


def open_graph(path: Path) -> Source:
    """Return the variables that the graph of a file declares, or those that it holds as constants.

    Raises:
        LegacyKindUnknownError: the bytes are no graph.
    """
    kind, graph, notes = read_graph(path)
    variables: Mapping[str, SavedVariable] = variables_of_graph(graph)
    constants = {node.name for node in graph.node if node.op == "Const"}
    frozen = bool(variables) and all(name in constants for name in variables)
    if kind == "frozen graph" and variables and not frozen:
        notes += ("the graph is not frozen: its variables have no values in this file",)
    values: Callable[[str], Array] = partial(read_constant, graph) if frozen else partial(_no_value, path)
    return Source(
        path=path, kind=kind, variables=dict(variables), values=values, graph=graph, graph_path=path, notes=notes
    )


def open_saved_model(folder: Path) -> Source:
    """Return the variables of a SavedModel's folder, with its graph.

    Raises:
        LegacyFileError: the graph or the variables cannot be read; its children say which.
    """
    path = folder / "saved_model.pb"
    variables = folder / "variables" / "variables"
    if not variables.with_name("variables.index").is_file():
        return replace(open_graph(path), path=folder)
    _, graph, notes = read_graph(path)
    return replace(open_v2(variables), path=folder, kind="SavedModel", graph=graph, graph_path=path, notes=notes)


def _saved_model(data: bytes) -> GraphFile | None:
    saved = _parsed("SavedModel", data)
    if saved is None or not any(_has_nodes(meta.graph_def) for meta in saved.meta_graphs):
        return None
    tags = [sorted(meta.meta_info_def.tags) for meta in saved.meta_graphs]
    chosen = next((k for k, names in enumerate(tags) if SERVE in names), 0)
    notes = (f"of {len(tags)} graphs in the SavedModel the one tagged {tags[chosen]} is read",) if len(tags) > 1 else ()
    return GraphFile("SavedModel", saved.meta_graphs[chosen].graph_def, notes)


def _meta_graph(data: bytes) -> GraphFile | None:
    meta = _parsed("MetaGraphDef", data)
    return GraphFile("MetaGraph", meta.graph_def) if meta is not None and _has_nodes(meta.graph_def) else None


def _frozen(data: bytes) -> GraphFile | None:
    graph = _parsed("GraphDef", data)
    return GraphFile("frozen graph", graph) if graph is not None and _has_nodes(graph) else None


def _has_nodes(graph: Any) -> bool:  # noqa: ANN401  a GraphDef
    """Return whether the graph has operations: other bytes may be parsed, too, but to nothing."""
    return len(graph.node) > 0 and all(node.op and node.name for node in graph.node)


def _parsed(kind: str, data: bytes) -> Any:  # noqa: ANN401  a message, or None
    tensorflow()
    from google.protobuf.message import DecodeError  # noqa: PLC0415  comes with TensorFlow
    from tensorflow.core.framework import graph_pb2  # noqa: PLC0415  set up by now
    from tensorflow.core.protobuf import meta_graph_pb2, saved_model_pb2  # noqa: PLC0415

    classes = {
        "SavedModel": saved_model_pb2.SavedModel,
        "MetaGraphDef": meta_graph_pb2.MetaGraphDef,
        "GraphDef": graph_pb2.GraphDef,
    }
    try:
        return classes[kind].FromString(data)
    except DecodeError:
        return None


def _no_value(path: Path, name: str) -> Array:
    raise LegacyValuesMissingError(path, name)
