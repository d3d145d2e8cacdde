"""Somebody's LSTM: its step is right, and its loop hands c on, but not h."""

import numpy as np

from rnn_parity import Case, Result, Unsupported


def run(case: Case) -> Result:
    cell, run = case.spec.cell, case.spec.run
    if type(cell).__name__ != "BasicLSTMCell" or cell.activation or not cell.state_is_tuple:
        raise Unsupported("only a plain BasicLSTMCell")
    if type(run).__name__ not in ("Step", "DynamicRNN") or case.sequence_length is not None:
        raise Unsupported("only single steps and sequences of full length")
    [weights] = case.layer_weights
    zeros = np.zeros((case.spec.sizes.batch_size, cell.num_units), case.inputs.dtype)
    c, h = case.initial_state or (zeros, zeros)
    if type(run).__name__ == "Step":
        c, h = step(case.inputs, c, h, weights, cell.forget_bias)
        return Result(outputs=h, final_state=(c, h))
    outputs = []
    for x in case.inputs if run.time_major else case.inputs.swapaxes(0, 1):
        c, output = step(x, c, h, weights, cell.forget_bias)
        outputs.append(output)
    return Result(outputs=np.stack(outputs, axis=0 if run.time_major else 1), final_state=(c, output))


def step(x, c, h, weights, forget_bias):
    z = np.concatenate([x, h], axis=1) @ weights["kernel"] + weights["bias"]
    i, j, f, o = np.split(z, 4, axis=1)
    c = c * sigmoid(f + np.asarray(forget_bias, f.dtype)) + sigmoid(i) * np.tanh(j)
    return c, np.tanh(c) * sigmoid(o)


def sigmoid(x):
    return 1 / (1 + np.exp(-x))
