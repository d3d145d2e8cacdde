"""Somebody's LSTM, moved off TensorFlow 1. It has a mistake that many of them have."""

import numpy as np

from rnn_parity import Case, Result, Unsupported


def run(case: Case) -> Result:
    cell, run = case.spec.cell, case.spec.run
    if type(cell).__name__ != "BasicLSTMCell" or cell.activation or not cell.state_is_tuple:
        raise Unsupported("only a plain BasicLSTMCell")
    if type(run).__name__ != "DynamicRNN" or run.time_major or case.sequence_length is not None:
        raise Unsupported("only batch-major sequences of full length")
    [weights] = case.layer_weights
    batch, time, _ = case.inputs.shape
    zeros = np.zeros((batch, cell.num_units), case.inputs.dtype)
    c, h = case.initial_state or (zeros, zeros)
    outputs = []
    for t in range(time):
        z = np.concatenate([case.inputs[:, t], h], axis=1) @ weights["kernel"] + weights["bias"]
        i, f, j, o = np.split(z, 4, axis=1)
        c = c * sigmoid(f + np.asarray(cell.forget_bias, f.dtype)) + sigmoid(i) * np.tanh(j)
        h = np.tanh(c) * sigmoid(o)
        outputs.append(h)
    return Result(outputs=np.stack(outputs, axis=1), final_state=(c, h))


def sigmoid(x):
    return 1 / (1 + np.exp(-x))
