"""The character model in PyTorch: its LSTM converted, its embedding and softmax as the checkpoint had them."""

import sys
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import load_file
from torch import nn


class CharModel(nn.Module):
    """ids (B, T) -> logits (B, T, characters)."""

    def __init__(self, lstm, rest):
        super().__init__()
        rest = {name.rpartition("/")[2]: torch.tensor(array) for name, array in rest.items()}
        layers = sum(name.startswith("weight_ih") for name in lstm)
        rows, depth = lstm["weight_ih_l0"].shape
        self.embedding = nn.Embedding.from_pretrained(rest["embedding"])
        self.lstm = nn.LSTM(depth, rows // 4, num_layers=layers, batch_first=True)
        self.lstm.load_state_dict(lstm)
        self.softmax = nn.Linear(*rest["softmax_w"].shape)
        self.softmax.load_state_dict({"weight": rest["softmax_w"].T, "bias": rest["softmax_b"]})

    def forward(self, ids, state=None):
        outputs, state = self.lstm(self.embedding(ids), state)
        return self.softmax(outputs), state


@torch.no_grad()
def sample(model, ids, count):
    """Return `ids` and the `count` likeliest that follow them, one after the other."""
    ids, state, fed = list(ids), None, list(ids)
    for _ in range(count):
        logits, state = model(torch.tensor([fed]), state)
        fed = [int(logits[0, -1].argmax())]
        ids += fed
    return ids


def main(lstm, rest, characters=None, begin="Gates"):
    """Print 150 characters; without a file of the characters their numbers, from 0 on."""
    model = CharModel(load_file(lstm), dict(np.load(rest))).eval()
    known = Path(characters).read_text() if characters else ""
    ids = sample(model, [known.index(one) for one in begin] if known else [0], 150)
    print("".join(known[one] for one in ids) if known else ids)


if __name__ == "__main__":
    main(*sys.argv[1:])
