"""SlowCell and its tagger, ported to NumPy."""

import numpy as np

from rnn_parity import Case, Result, Unsupported


def run(case: Case) -> Result:
    [weights] = case.layer_weights
    match case.spec.id:
        case "slow/step":
            return Result(*step(case.inputs, case.initial_state, weights, decay=0.8))
        case "slow/ragged":
            return Result(*unroll(case, weights, decay=0.6))
        case "tagger/whole":
            cell = {name.removeprefix("rnn/slow_cell/"): array for name, array in weights.items()}
            outputs, state, _ = unroll(case, cell, decay=0.8)
            return Result(outputs @ weights["logits/kernel"] + weights["logits/bias"], state)
        case _:
            raise Unsupported("another recording than mine")


def step(x, state, weights, *, decay):
    h, m = state
    f = sigmoid(np.concatenate([x, h], 1) @ weights["gate/kernel"] + weights["gate/bias"])
    n = np.tanh(np.concatenate([x, f * h], 1) @ weights["candidate/kernel"] + weights["candidate/bias"])
    h = (1 - f) * h + f * n
    m = np.float32(decay) * m + np.float32(1 - decay) * h
    return h + m, (h, m)


def unroll(case, weights, *, decay, step=step):
    state = case.initial_state
    outputs, states = [], []
    for t in range(case.spec.sizes.max_time):
        active = (t < case.sequence_length)[:, np.newaxis]
        y, new = step(case.inputs[:, t], state, weights, decay=decay)
        outputs.append(np.where(active, y, np.float32(0)))
        states.append([np.where(active, part, np.float32(0)) for part in new])
        state = tuple(np.where(active, after, before) for after, before in zip(new, state, strict=True))
    h, m = (np.stack(parts) for parts in zip(*states, strict=True))
    return np.stack(outputs, 1), state, {"0/h": h, "0/m": m}  # the trace is optional: it leads to the part of the state


def sigmoid(x):
    return 1 / (1 + np.exp(-x))
