"""Roundings under an activation that does not bound the state: how far the fast form is from the readable one."""

import numpy as np

from numpy_impl import LSTMCell, dynamic_rnn, fast

rng = np.random.default_rng(0)
bias = np.zeros(4 * 32, np.float32)
kernel = (rng.normal(size=(8 + 32, 4 * 32)) / 32**0.5).astype(np.float32)
inputs = rng.normal(size=(2, 100, 8)).astype(np.float32)

for activation in ("tanh", "linear"):
    variables = {"rnn/lstm_cell/kernel": kernel, "rnn/lstm_cell/bias": bias}
    cell = LSTMCell(32, activation=activation).with_variables(variables, "rnn")
    readable, _ = dynamic_rnn(cell, inputs, dtype=inputs.dtype)
    quick, _ = fast.dynamic_rnn(cell, inputs, dtype=inputs.dtype)
    for steps in (10, 100):
        off = np.abs(readable[:, :steps] - quick[:, :steps]).max()
        print(f"{activation:6} {steps:3} steps: within 1e-5 of each other: {off < 1e-5}")
