"""The same module with weights that were moved by hand, as one would at first."""

import torch
from my_pytorch_module import run as run_with

from rnn_parity import Case, Result


def weights(case: Case):
    """Return kernel and bias cut and transposed, the blocks left as they stood."""
    (own,) = case.layer_weights
    depth = case.inputs.shape[-1]
    return {
        "lstm.weight_ih_l0": torch.tensor(own["kernel"][:depth].T.copy()),
        "lstm.weight_hh_l0": torch.tensor(own["kernel"][depth:].T.copy()),
        "lstm.bias_ih_l0": torch.tensor(own["bias"]),
        "lstm.bias_hh_l0": torch.zeros(len(own["bias"])),
    }


def run(case: Case) -> Result:
    """Answer one case with the module and these weights."""
    return run_with(case, weights)
