"""My PyTorch module with TensorFlow 1's weights, held against what TensorFlow 1 answered."""

import numpy as np
import torch
from torch import nn

from rnn_parity import Case, Result, Unsupported, check, describe, load_cases
from rnn_parity.errors import LayoutInexpressibleError
from rnn_parity.layouts import pack
from rnn_parity.spec import BasicLSTMCell, DynamicRNN


class Encoder(nn.Module):
    """What is to take the place of a `dynamic_rnn` over a `BasicLSTMCell`: an LSTM over padded rows."""

    def __init__(self, depth, units):
        super().__init__()
        self.lstm = nn.LSTM(depth, units, batch_first=True)

    def forward(self, inputs, lengths, state):
        """Return outputs (B, T, H), zero past each length, and (h, c) after each row's last step."""
        h, c = (array.clone() for array in state)
        outputs = inputs.new_zeros(*inputs.shape[:2], self.lstm.hidden_size)
        some = lengths > 0  # a row of length 0 keeps its state; pack_padded_sequence refuses it
        packed = nn.utils.rnn.pack_padded_sequence(inputs[some], lengths[some], batch_first=True, enforce_sorted=False)
        packed, (h[:, some], c[:, some]) = self.lstm(packed, (h[:, some], c[:, some]))
        outputs[some] = nn.utils.rnn.pad_packed_sequence(packed, batch_first=True, total_length=inputs.shape[1])[0]
        return outputs, (h, c)


def weights(case: Case):
    """Return the case's weights as `Encoder` has them: those of its one layer under the layer's name."""
    try:
        arrays = pack("torch", case.spec, case.weights)
    except LayoutInexpressibleError as error:
        raise Unsupported(error.reason) from error
    return {f"lstm.{name}": torch.tensor(array) for name, array in arrays.items()}


def run(case: Case, weights=weights) -> Result:
    """Answer one case with the module, as it is used: this is all that the harness asks for."""
    if not isinstance(case.spec.cell, BasicLSTMCell) or not isinstance(case.spec.run, DynamicRNN):
        raise Unsupported("an Encoder takes the place of a dynamic_rnn over one BasicLSTMCell")
    if case.spec.dtype != "float32" or not case.spec.cell.state_is_tuple:
        raise Unsupported("an Encoder computes in float32, and its state is a pair")
    time_major = case.spec.run.time_major
    inputs = torch.tensor(case.inputs.swapaxes(0, 1) if time_major else case.inputs)
    batch, time, depth = inputs.shape
    lengths = np.full(batch, time) if case.sequence_length is None else case.sequence_length
    encoder = Encoder(depth, case.spec.cell.num_units)
    encoder.load_state_dict(weights(case))
    zero = np.zeros((batch, case.spec.cell.num_units), np.float32)
    c, h = case.initial_state or (zero, zero)  # TensorFlow's order; torch has (h, c)
    with torch.no_grad():
        outputs, (h, c) = encoder(inputs, torch.tensor(lengths), (torch.tensor(h)[None], torch.tensor(c)[None]))
    outputs = outputs.numpy()
    return Result(outputs.swapaxes(0, 1) if time_major else outputs, (c[0].numpy(), h[0].numpy()))


if __name__ == "__main__":
    verdict = check(load_cases(["basic-lstm/dynamic*", "basic-lstm/forget-bias*"]), run)
    if not verdict.agrees:
        raise SystemExit(describe(verdict))
    for result in verdict.results:
        print(f"{result.spec.id:42} {result.verdict}")
