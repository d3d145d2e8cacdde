"""Graphs as TensorFlow 0.x wrote them, node by node: Concat with its axis first, Add, Split, Variable."""

from __future__ import annotations

import numpy as np

from tf_reference.environment import tensorflow

PRODUCER = 9  # the version that TensorFlow 0.8 wrote


class OldGraph:
    """A GraphDef that grows node by node; every method returns the node's name."""

    def __init__(self):
        self.graph_def = tensorflow().compat.v1.GraphDef()
        self.graph_def.versions.producer = PRODUCER

    def node(self, op, name, *inputs, **attrs):
        node = self.graph_def.node.add(op=op, name=name, input=inputs)
        for key, value in attrs.items():
            self._set(node.attr[key], value)
        return name

    def _set(self, attr, value):
        tf = tensorflow()
        if isinstance(value, tf.DType):
            attr.type = value.as_datatype_enum
        elif isinstance(value, bool):
            attr.b = value
        elif isinstance(value, int):
            attr.i = value
        elif isinstance(value, float):
            attr.f = value
        elif isinstance(value, tuple):
            attr.shape.SetInParent()
            for size in value:
                attr.shape.dim.add(size=size)
        else:
            attr.tensor.CopyFrom(tf.make_tensor_proto(value))

    def of(self, op, name, *inputs, **attrs):
        return self.node(op, name, *inputs, T=tensorflow().float32, **attrs)

    def const(self, name, value):
        kinds = {int: np.int32, float: np.float32, bytes: object}
        value = np.asarray(value, kinds.get(type(value)))
        return self.node("Const", name, value=value, dtype=tensorflow().as_dtype(value.dtype))  # object: strings

    def variable(self, name, shape):
        self.node("Variable", name, shape=shape, dtype=tensorflow().float32)
        return self.of("Identity", f"{name}/read", name)

    def given(self, name):
        return self.node("Placeholder", name, dtype=tensorflow().float32)

    def concat(self, name, *inputs, axis=1):
        axis = self.const(f"{name}/concat_dim", axis)
        return self.of("Concat", name, axis, *inputs, N=len(inputs))

    def linear(self, name, args, kernel, bias):
        joined = self.concat(f"{name}/concat", *args)
        product = self.of("MatMul", f"{name}/MatMul", joined, kernel, transpose_a=False, transpose_b=False)
        return self.of("Add", f"{name}/add", product, bias)

    def split(self, name, value, count):
        self.of("Split", name, self.const(f"{name}/split_dim", 1), value, num_split=count)
        return [name, *(f"{name}:{k}" for k in range(1, count))]


def old_lstm(graph, scope, x, state, *, units, order=(0, 1, 2, 3), forget_bias=1.0, shards=1, squash="Tanh"):
    """Add one step of an LSTM as 0.x computed it; `order` says which blocks are i, j, f and o. Return c and h."""
    c, h = state
    rows = 2 + units
    if shards == 1:
        kernel = graph.variable(f"{scope}/Linear/Matrix", (rows, 4 * units))
    else:
        parts = [graph.variable(f"{scope}/W_{k}", (rows // shards, 4 * units)) for k in range(shards)]
        kernel = graph.concat(f"{scope}/W", *parts, axis=0)
    bias = graph.variable(f"{scope}/{'Linear/Bias' if shards == 1 else 'B'}", (4 * units,))
    blocks = graph.split(f"{scope}/split", graph.linear(f"{scope}/Linear", (x, h), kernel, bias), 4)
    i, j, f, o = (blocks[k] for k in order)
    if forget_bias is not None:
        f = graph.of("Add", f"{scope}/add_1", f, graph.const(f"{scope}/add_1/y", forget_bias))
    kept = graph.of("Mul", f"{scope}/mul", c, graph.of("Sigmoid", f"{scope}/Sigmoid", f))
    candidate = graph.of(squash, f"{scope}/{squash}", j)
    renewed = graph.of("Mul", f"{scope}/mul_1", graph.of("Sigmoid", f"{scope}/Sigmoid_1", i), candidate)
    new_c = graph.of("Add", f"{scope}/add_2", kept, renewed)
    squashed = graph.of(squash, f"{scope}/{squash}_1", new_c)
    return new_c, graph.of("Mul", f"{scope}/mul_2", squashed, graph.of("Sigmoid", f"{scope}/Sigmoid_2", o))


def old_gru(graph, scope, x, h, *, units):
    """Add one step of a GRU as 0.x computed it: the Split stands before the sigmoids. Return h."""
    names = {"Gates": 2 * units, "Candidate": units}
    w = {a: graph.variable(f"{scope}/{a}/Linear/Matrix", (2 + units, n)) for a, n in names.items()}
    b = {a: graph.variable(f"{scope}/{a}/Linear/Bias", (n,)) for a, n in names.items()}
    r, u = graph.split(f"{scope}/Gates/split", graph.linear(f"{scope}/Gates/Linear", (x, h), w["Gates"], b["Gates"]), 2)
    r, u = (graph.of("Sigmoid", f"{scope}/Gates/Sigmoid{k}", gate) for k, gate in (("", r), ("_1", u)))
    reset = graph.of("Mul", f"{scope}/Candidate/mul", r, h)
    linear = graph.linear(f"{scope}/Candidate/Linear", (x, reset), w["Candidate"], b["Candidate"])
    c = graph.of("Tanh", f"{scope}/Candidate/Tanh", linear)
    less = graph.of("Sub", f"{scope}/sub", graph.const(f"{scope}/sub/x", 1.0), u)
    return graph.of(
        "Add", f"{scope}/add", graph.of("Mul", f"{scope}/mul", u, h), graph.of("Mul", f"{scope}/mul_1", less, c)
    )
