"""What do three stacked BasicLSTMCells of width 2 compute, and what are their variables?"""

import os

os.environ["TF_USE_LEGACY_KERAS"] = "1"  # before TensorFlow is imported: Keras 3 does not have these classes
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import numpy as np
import tensorflow.compat.v1 as tf

from numpy_impl import BasicLSTMCell, MultiRNNCell, basic_lstm, dynamic_rnn

tf.logging.set_verbosity(tf.logging.ERROR)
BATCH, TIME, WIDTH, LAYERS = 4, 6, 2, 3
inputs = np.random.default_rng(2).normal(size=(BATCH, TIME, WIDTH)).astype(np.float32)


def record(make_cells):
    """Return the variables and the answer of a stack in TensorFlow."""
    with tf.Graph().as_default(), tf.Session() as session:
        stack = tf.nn.rnn_cell.MultiRNNCell(make_cells())
        outputs, state = tf.nn.dynamic_rnn(stack, tf.constant(inputs), dtype=tf.float32)
        session.run(tf.global_variables_initializer())
        variables = {variable.name: session.run(variable) for variable in tf.global_variables()}
        return variables, *session.run([outputs, state])


def a_list():
    return [tf.nn.rnn_cell.BasicLSTMCell(WIDTH) for _ in range(LAYERS)]


def one_cell_three_times():
    return [tf.nn.rnn_cell.BasicLSTMCell(WIDTH)] * LAYERS


for title, make_cells in (("a list of three cells", a_list), ("[cell] * 3", one_cell_three_times)):
    variables, outputs, state = record(make_cells)
    print(title)
    for name, value in variables.items():
        print(f"  {name:55} {value.shape}")

    # The same in NumPy. Where a layer has no variables of its own, it uses those of layer 0.
    cells = []
    for layer in range(LAYERS):
        scope = f"rnn/multi_rnn_cell/cell_{layer}/basic_lstm_cell"
        if f"{scope}/kernel:0" not in variables:
            scope = "rnn/multi_rnn_cell/cell_0/basic_lstm_cell"
        own = {name: variables[f"{scope}/{name}:0"] for name in ("kernel", "bias")}
        cells.append(BasicLSTMCell(WIDTH, weights=basic_lstm.weights_from(own)))
    ours, our_state = dynamic_rnn(MultiRNNCell(cells), inputs, dtype=np.float32)
    print(f"  outputs {outputs.shape}, state {len(state)} x (c {state[0].c.shape}, h {state[0].h.shape})")
    print(f"  the outputs are the last layer's h: {np.array_equal(outputs[:, -1], state[-1].h)}")
    print(f"  NumPy agrees: {np.abs(ours - outputs).max() < 1e-6 and np.abs(our_state[0].c - state[0].c).max() < 1e-6}")
    print()
