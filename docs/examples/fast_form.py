"""The fast form from arrays: a kernel and a bias, a plan of them, calls; then both directions."""

import numpy as np

from numpy_impl import LSTMCell, fast

rng = np.random.default_rng(1)
kernel = rng.normal(size=(3 + 4, 4 * 4)).astype(np.float32)  # yours, (D + H, 4 H)
bias = np.zeros(4 * 4, np.float32)
inputs = rng.normal(size=(2, 6, 3)).astype(np.float32)  # (B, T, D)

variables = {"rnn/lstm_cell/kernel": kernel, "rnn/lstm_cell/bias": bias}
cell = LSTMCell(4).with_variables(variables, "rnn")
plan = fast.prepare(cell)  # once
outputs, state = plan(inputs[:, :4])  # many times
later, state = plan(inputs[:, 4:], None, state)  # the next chunk goes on from the state
print("one direction ", outputs.shape, later.shape, "state", state.c.shape, state.h.shape)

variables = {}
for way in ("fw", "bw"):
    variables[f"bidirectional_rnn/{way}/lstm_cell/kernel"] = kernel
    variables[f"bidirectional_rnn/{way}/lstm_cell/bias"] = bias
both = fast.prepare_bidirectional(LSTMCell(4), LSTMCell(4), variables)
(out_fw, out_bw), (state_fw, state_bw) = both(inputs, [6, 3])  # lengths of the rows
print("two directions", out_fw.shape, out_bw.shape, "state", state_bw.c.shape, state_bw.h.shape)
