"""Cells and graph functions of a user's, right and wrong; TensorFlow is imported where one is made."""

from __future__ import annotations

from functools import cache
from typing import Any, NamedTuple

from rnn_parity.spec import DynamicRNN, Sizes
from tf_reference import CellRecording, GraphRecording
from tf_reference.environment import tensorflow

SIZES = Sizes(batch_size=3, max_time=4, depth=2)
LENGTHS = (4, 0, 2)
RAGGED = DynamicRNN(sequence_length=LENGTHS, initial_state=True)


class MyState(NamedTuple):
    c: Any
    m: Any


@cache
def leaky_class():
    """Return the class: h' = leak h + (1 - leak) tanh([x h] kernel + bias), as TensorFlow 1's users write one."""
    tf = tensorflow().compat.v1

    class LeakyCell(tf.nn.rnn_cell.RNNCell):
        def __init__(self, num_units, leak=0.3, dtype=None, **changed):
            super().__init__(dtype=dtype)
            self.units, self.leak, self.changed = num_units, leak, changed

        @property
        def state_size(self):
            return self.changed.get("state_size", self.units)

        @property
        def output_size(self):
            return self.changed.get("output_size", self.units)

        def zero_state(self, batch_size, dtype):
            start = super().zero_state(batch_size, dtype)
            return start + self.changed.get("start", 0)

        def build(self, shape):
            own = {"dtype": self.changed["own_dtype"]} if "own_dtype" in self.changed else {}
            self.kernel = self.add_weight("kernel", shape=[int(shape[1]) + self.units, self.units], **own)
            self.bias = self.add_weight("bias", shape=[self.units], initializer="zeros", **own)
            self.built = True

        def call(self, x, h):
            new = tf.tanh(tf.matmul(tf.concat([x, h], 1), self.kernel) + self.bias)
            h = self.leak * h + (1 - self.leak) * new
            h = self.changed.get("then", lambda h: h)(h)
            return h, h

    return LeakyCell


def leaky(num_units=3, **options):
    return leaky_class()(num_units, **options)


class OldCell:
    """A cell that is no layer, with its variables made by name at each call and a state of a class of its own."""

    def __init__(self, num_units):
        self.units = num_units

    @property
    def state_size(self):
        return MyState(self.units, 2)

    @property
    def output_size(self):
        return self.units

    def zero_state(self, batch_size, dtype):
        return MyState(*(tensorflow().zeros([batch_size, width], dtype) for width in self.state_size))

    def __call__(self, x, state, scope=None):
        tf = tensorflow().compat.v1
        with tf.variable_scope(scope or "OldCell"):
            w = tf.get_variable("W", [int(x.shape[1]) + self.units, self.units])
            b = tf.get_variable("b", [self.units])
            u = tf.get_variable("U", [self.units, 2])
        c = tf.tanh(tf.matmul(tf.concat([x, state.c], 1), w) + b) * state.m[:, :1]
        return c, MyState(c, tf.nn.sigmoid(tf.matmul(c, u)))


def of_cell(cell=leaky, run=RAGGED, **options):
    """Return a recording of a cell of B=3, T=4, D=2."""
    return CellRecording(**({"id": "own/case", "why": "a test", "cell": cell, "run": run, "sizes": SIZES} | options))


def of_graph(graph, **options):
    return GraphRecording(**({"id": "own/case", "why": "a test", "graph": graph, "sizes": SIZES} | options))


def tagger(inputs, lengths, state):
    """Return logits (B, T, 2), which past a row's length are the bias, and the cell's state."""
    tf = tensorflow().compat.v1
    outputs, final = tf.nn.dynamic_rnn(leaky(), inputs, lengths, state, dtype=inputs.dtype)
    logits = tf.tensordot(outputs, tf.get_variable("logits/kernel", [3, 2]), 1)
    return logits + tf.get_variable("logits/bias", [2]), final


def classifier(ids, lengths, state):
    """Return one answer (B, 2) of a sequence of ids, and no state."""
    assert state is None
    tf = tensorflow().compat.v1
    embedding = tf.get_variable("embedding", [11, 2])
    _, final = tf.nn.dynamic_rnn(
        leaky(), tf.nn.embedding_lookup(embedding, ids[..., 0]), lengths, dtype=embedding.dtype
    )
    return tf.matmul(final, tf.get_variable("dense/kernel", [3, 2])), None
