"""Graphs as TensorFlow 1 programs left them: built here, run here, and what is to be found in them."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import Any

import numpy as np

from tf_reference.environment import control_flow_v1, tensorflow
from tf_reference.legacy.found import FoundCell, FoundModel
from tf_reference.legacy.graph_variables import read_constant, variables_of_graph

B, T, D, H = 3, 4, 2, 3


@dataclass
class Written:
    """A graph, the weights it was run with, the data and the answers."""

    graph_def: Any
    weights: dict
    inputs: np.ndarray
    answers: Any
    frozen: Any


def written(build, *, shape=(B, T, D), seed=5, dtype="float32", functional=False):
    """Return the graph that `build(x)` makes, run once; x is a placeholder, what comes back is the fetched nest."""
    tf = tensorflow()
    graph, rng = tf.Graph(), np.random.default_rng(seed)
    inputs = rng.normal(size=shape).astype(dtype)
    with graph.as_default(), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        x = tf.compat.v1.placeholder(dtype, shape)
        if functional:
            fetches = build(x)
        else:
            with control_flow_v1():
                fetches = build(x)
        variables = tf.compat.v1.global_variables()
        weights = {v.op.name: rng.normal(size=v.shape).astype(v.dtype.base_dtype.name) * 0.7 for v in variables}
        with tf.compat.v1.Session(graph=graph) as session:
            for variable in variables:
                session.run(variable.initializer, {variable.initializer.inputs[1]: weights[variable.op.name]})
            answers = session.run(fetches, {x: inputs})
            graph_def = graph.as_graph_def()
            named = [each.op.name for each in tf.nest.flatten(fetches)]
            frozen = tf.compat.v1.graph_util.convert_variables_to_constants(session, graph_def, named)
    return Written(graph_def, weights, inputs, answers, frozen)


def cell(classes, scope, names, *, shapes, layer=0, direction=""):
    """Return a found cell of these variables below a scope; names lead from today's own to those in the file."""
    parts = {own: (in_file,) if isinstance(in_file, str) else in_file for own, in_file in names.items()}
    parts = {own: tuple(f"{scope}/{name}" for name in found) for own, found in parts.items()}
    depth, units, proj = shapes
    return FoundCell(
        scope=scope, classes=classes, era="", parts=parts, depth=depth, num_units=units, num_proj=proj,
        dtype="float32", layer=layer, direction=direction,
    )  # fmt: skip


def lstm(scope="rnn/lstm_cell", *more, classes=("LSTMCell", "LSTMBlockCell"), depth=D, units=H, proj=None, **where):
    """Return a found LSTM's cell with today's names."""
    names = {name: name for name in ("kernel", "bias", *more)}
    return cell(classes, scope, names, shapes=(depth, units, proj), **where)


def gru(scope="rnn/gru_cell", **where):
    """Return a found GRU's cell with today's names."""
    names = {f"{a}/{b}": f"{a}/{b}" for a in ("gates", "candidate") for b in ("kernel", "bias")}
    return cell(("GRUCell", "GRUBlockCellV2"), scope, names, shapes=(D, H, None), **where)


def basic(scope="rnn/basic_rnn_cell", **where):
    """Return a found basic RNN's cell with today's names."""
    names = {"kernel": "kernel", "bias": "bias"}
    return cell(("BasicRNNCell",), scope, names, shapes=(D, H, None), **where)


def model(*cells, scope="rnn"):
    return FoundModel(scope=scope, cells=cells)


def facts(found):
    """Return option -> value of what the graph says of a cell or a model."""
    return {fact.option: fact.value for fact in found.facts if fact.read_from == "graph"}


def weights_of_frozen(graph_def, wanted):
    """Return the weights of these cells out of a frozen graph."""
    names = [name for each in wanted for part in each.parts.values() for name in part]
    assert set(names) <= set(variables_of_graph(graph_def))
    return {name: read_constant(graph_def, name) for name in names}


def zeros(*widths):
    """Return initial states: (c, h) for a pair of widths, h for a number."""
    return [
        tuple(np.zeros((B, width), np.float32) for width in each) if isinstance(each, tuple)
        else np.zeros((B, each), np.float32)
        for each in widths
    ]  # fmt: skip
