"""SlowCell and its tagger, ported to NumPy."""

import numpy as np

from rnn_parity import Case, Result, Unsupported


def run(case: Case) -> Result:
    cell, [weights] = case.spec.cell, case.layer_weights
    match cell.class_name, type(case.spec.run).__name__:
        case "SlowCell", "Step":
            return Result(*step(case.inputs, case.initial_state, weights, cell.options["decay"]))
        case "SlowCell", "DynamicRNN":
            return Result(*unroll(case, weights))
        case "tagger", _:
            inner = {name.removeprefix("rnn/slow_cell/"): array for name, array in weights.items()}
            outputs, state, _ = unroll(case, inner)
            return Result(outputs @ weights["logits/kernel"] + weights["logits/bias"], state)
        case _:
            raise Unsupported("another recording than mine")


def step(x, state, weights, decay):
    h, m = state
    f = sigmoid(np.concatenate([x, h], 1) @ weights["gate/kernel"] + weights["gate/bias"])
    n = np.tanh(np.concatenate([x, f * h], 1) @ weights["candidate/kernel"] + weights["candidate/bias"])
    h = (1 - f) * h + f * n
    m = np.float32(decay) * m + np.float32(1 - decay) * h
    return h + m, (h, m)


def unroll(case, weights, step=step):
    state, decay = case.initial_state, case.spec.cell.options["decay"]
    outputs, states = [], []
    for t in range(case.spec.sizes.max_time):
        active = (t < case.sequence_length)[:, np.newaxis]
        y, new = step(case.inputs[:, t], state, weights, decay)
        outputs.append(np.where(active, y, np.float32(0)))
        states.append([np.where(active, part, np.float32(0)) for part in new])
        state = tuple(np.where(active, after, before) for after, before in zip(new, state, strict=True))
    h, m = (np.stack(parts) for parts in zip(*states, strict=True))
    return np.stack(outputs, 1), state, {"0/h": h, "0/m": m}  # the trace is optional: it leads to the part of the state


def sigmoid(x):
    return 1 / (1 + np.exp(-x))
