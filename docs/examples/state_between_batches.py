"""Is the initial state reset for each mini-batch? Yes, unless you feed the last one back in."""

import os

os.environ["TF_USE_LEGACY_KERAS"] = "1"  # before TensorFlow is imported: Keras 3 does not have these classes
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import numpy as np
import tensorflow.compat.v1 as tf

tf.logging.set_verbosity(tf.logging.ERROR)
BATCH, TIME, DEPTH, UNITS = 2, 6, 3, 5
sequence = np.random.default_rng(3).normal(size=(BATCH, TIME, DEPTH)).astype(np.float32)
first_half, second_half = sequence[:, :3], sequence[:, 3:]

with tf.Graph().as_default(), tf.Session() as session:
    inputs = tf.placeholder(tf.float32, (BATCH, None, DEPTH))
    cell = tf.nn.rnn_cell.GRUCell(UNITS)
    zeros = cell.zero_state(BATCH, tf.float32)
    outputs, state = tf.nn.dynamic_rnn(cell, inputs, initial_state=zeros)
    session.run(tf.global_variables_initializer())

    def run(batch, start=None):
        feed = {inputs: batch} if start is None else {inputs: batch, zeros: start}
        return session.run([outputs, state], feed)

    whole, end_of_whole = run(sequence)
    _, end_of_first = run(first_half)
    reset, _ = run(second_half)
    carried, end_of_second = run(second_half, end_of_first)
    once, twice = run(first_half)[0], run(first_half)[0]

print("second half, nothing fed:       continues the first?", np.allclose(reset, whole[:, 3:], atol=1e-6))
print("second half, state fed back in: continues the first?", np.allclose(carried, whole[:, 3:], atol=1e-6))
print("two chunks end where one sequence ends:             ", np.allclose(end_of_second, end_of_whole, atol=1e-6))
print("the same batch twice gives the same answer:         ", np.array_equal(once, twice))
