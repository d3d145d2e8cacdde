"""A cell that TensorFlow does not have, in TensorFlow 1's own way, and what is to be recorded of it."""

from typing import Any, NamedTuple

import tensorflow.compat.v1 as tf

from rnn_parity.spec import DynamicRNN, Sizes, Step
from tf_reference import CellRecording, GraphRecording


class SlowState(NamedTuple):
    """The cell's state: its answer, and the average of its answers."""

    h: Any
    m: Any


class SlowCell(tf.nn.rnn_cell.RNNCell):
    """A minimal gated unit that also answers a slow average of what it answered.

    f  = sigmoid([x h] gate/kernel + gate/bias)
    n  = tanh([x f*h] candidate/kernel + candidate/bias)
    h' = (1 - f) h + f n
    m' = decay m + (1 - decay) h'
    y  = h' + m'
    """

    def __init__(self, num_units, decay):
        super().__init__()
        self.num_units, self.decay = num_units, decay

    @property
    def state_size(self):
        return SlowState(self.num_units, self.num_units)

    @property
    def output_size(self):
        return self.num_units

    def build(self, inputs_shape):
        rows, units = int(inputs_shape[1]) + self.num_units, self.num_units
        self.gate_kernel = self.add_variable("gate/kernel", shape=[rows, units])
        self.gate_bias = self.add_variable("gate/bias", shape=[units], initializer=tf.ones_initializer())
        self.candidate_kernel = self.add_variable("candidate/kernel", shape=[rows, units])
        self.candidate_bias = self.add_variable("candidate/bias", shape=[units], initializer=tf.zeros_initializer())
        self.built = True

    def call(self, inputs, state):
        h, m = state
        f = tf.sigmoid(tf.matmul(tf.concat([inputs, h], 1), self.gate_kernel) + self.gate_bias)
        n = tf.tanh(tf.matmul(tf.concat([inputs, f * h], 1), self.candidate_kernel) + self.candidate_bias)
        h = (1 - f) * h + f * n
        m = self.decay * m + (1 - self.decay) * h
        return h + m, SlowState(h, m)


def tagger(inputs, sequence_length, initial_state, decay):
    """Return logits (B, T, 3) and the cell's state: a model that is more than its cell."""
    cell = SlowCell(5, decay)
    outputs, state = tf.nn.dynamic_rnn(cell, inputs, sequence_length, initial_state, dtype=inputs.dtype)
    kernel = tf.get_variable("logits/kernel", [5, 3])
    return tf.tensordot(outputs, kernel, 1) + tf.get_variable("logits/bias", [3]), state


SIZES = Sizes(batch_size=3, max_time=6, depth=4)
LENGTHS = (6, 2, 0)


def build():
    """Return what `python -m tf_reference record` records."""
    return [
        CellRecording(
            id="slow/step",
            why="to catch the cell's formula itself: a gate the other way round, an average of the old h",
            cell=SlowCell,
            options={"num_units": 5, "decay": 0.8},
            run=Step(initial_state=True),
            sizes=Sizes(batch_size=3, max_time=1, depth=4),
        ),
        CellRecording(
            id="slow/ragged",
            why="to catch padding that moves the state, and h and m exchanged",
            cell=SlowCell,
            options={"num_units": 5, "decay": 0.6},
            run=DynamicRNN(sequence_length=LENGTHS, initial_state=True),
            sizes=SIZES,
        ),
        GraphRecording(
            id="tagger/whole",
            why="to catch logits that are 0 past a row's length, where TensorFlow's are the bias",
            graph=tagger,
            options={"decay": 0.8},
            sizes=SIZES,
            sequence_length=LENGTHS,
            state_size=SlowState(5, 5),
        ),
    ]
