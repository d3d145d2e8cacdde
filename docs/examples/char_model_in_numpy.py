"""The character model in NumPy alone: the imported weights in numpy_impl's cells, and two matrices around them."""

import sys
from pathlib import Path

import numpy as np

from numpy_impl import BasicLSTMCell, MultiRNNCell, dynamic_rnn
from rnn_parity import load_cases


def imported_cell(folder):
    """Return the model's cell with its weights: any of its cases has both."""
    case = next(load_cases(["imported/*/dynamic"], fixtures=Path(folder)))
    cells = [BasicLSTMCell(one.num_units, forget_bias=one.forget_bias) for one in case.spec.cell.cells]
    return MultiRNNCell(cells).with_variables(case.weights, "rnn")


def sample(cell, rest, ids, count):
    """Return `ids` and the `count` likeliest that follow them, one after the other."""
    rest = {name.rpartition("/")[2]: array for name, array in rest.items()}
    ids, state, fed = list(ids), None, list(ids)
    for _ in range(count):
        outputs, state = dynamic_rnn(cell, rest["embedding"][np.newaxis, fed], initial_state=state, dtype="float32")
        fed = [int(np.argmax(outputs[0, -1] @ rest["softmax_w"] + rest["softmax_b"]))]
        ids += fed
    return ids


def main(folder, rest, characters=None, begin="Gates"):
    """Print 150 characters; without a file of the characters their numbers, from 0 on."""
    known = Path(characters).read_text() if characters else ""
    first = [known.index(one) for one in begin] if known else [0]
    ids = sample(imported_cell(folder), dict(np.load(rest)), first, 150)
    print("".join(known[one] for one in ids) if known else ids)


if __name__ == "__main__":
    main(*sys.argv[1:])
