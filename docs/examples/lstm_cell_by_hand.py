"""How exactly does LSTMCell work? Its kernel and bias taken from a session, its numbers computed by hand."""

import os

os.environ["TF_USE_LEGACY_KERAS"] = "1"  # before TensorFlow is imported: Keras 3 does not have these classes
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import numpy as np
import tensorflow.compat.v1 as tf

tf.logging.set_verbosity(tf.logging.ERROR)
BATCH, TIME, DEPTH, UNITS = 2, 4, 3, 5
inputs = np.random.default_rng(1).normal(size=(BATCH, TIME, DEPTH)).astype(np.float32)

# TensorFlow: one cell over four steps. forget_bias is 1.0 unless you say otherwise, and it is no variable.
with tf.Graph().as_default(), tf.Session() as session:
    cell = tf.nn.rnn_cell.LSTMCell(UNITS, initializer=tf.random_uniform_initializer(-0.6, 0.6, seed=1))
    outputs, state = tf.nn.dynamic_rnn(cell, tf.constant(inputs), dtype=tf.float32)
    session.run(tf.global_variables_initializer())
    variables = {variable.name: session.run(variable) for variable in tf.global_variables()}
    expected = session.run(outputs)

for name, value in variables.items():
    print(f"{name:24} {value.shape}")

kernel = variables["rnn/lstm_cell/kernel:0"]  # rows: the 3 inputs, then the 5 of h
bias = variables["rnn/lstm_cell/bias:0"]  # zeros: the forget bias is not in it


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def by_hand(forget_bias):
    c = h = np.zeros((BATCH, UNITS), np.float32)
    steps = []
    for time in range(TIME):
        i, j, f, o = np.split(np.concatenate([inputs[:, time], h], axis=1) @ kernel + bias, 4, axis=1)
        c = c * sigmoid(f + forget_bias) + sigmoid(i) * np.tanh(j)
        h = np.tanh(c) * sigmoid(o)
        steps.append(h)
    return np.stack(steps, axis=1)


for forget_bias in (1.0, 0.0):
    print(f"\nforget_bias {forget_bias}: largest difference from TensorFlow")
    for time, error in enumerate(np.abs(by_hand(forget_bias) - expected).max(axis=(0, 2))):
        print(f"  step {time}   {'none beyond rounding' if error < 1e-6 else f'{error:.3f}'}")
