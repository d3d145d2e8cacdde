"""One case for each activation in each cell: TensorFlow takes them by name, ports often ignore them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import get_args

from rnn_parity.catalogue.build import UNITS, case
from rnn_parity.spec import (
    Activation,
    BasicLSTMCell,
    BasicRNNCell,
    CaseSpec,
    DynamicRNN,
    GRUCell,
    LSTMCell,
    SingleCell,
    Sizes,
)

SIZES = Sizes(batch_size=4, max_time=5, depth=3)
GAIN = {"exponential": 0.1, "log_softmax": 0.3}  # kernels this much smaller: fed back, they run away


def _cells(activation: Activation) -> dict[str, SingleCell]:
    return {
        "basic-rnn": BasicRNNCell(num_units=UNITS, activation=activation),
        "gru": GRUCell(num_units=UNITS, activation=activation),
        "basic-lstm": BasicLSTMCell(num_units=UNITS, forget_bias=0.7, activation=activation),
        "lstm": LSTMCell(
            num_units=UNITS,
            use_peepholes=True,
            forget_bias=-2.0 if activation == "exponential" else 0.7,  # sums of e^j must be forgotten
            activation=activation,
        ),
    }


def _cases() -> Iterator[CaseSpec]:
    activation: Activation
    for activation in get_args(Activation):
        for family, cell in _cells(activation).items():
            yield case(
                f"{family}/activation-{_slug(activation)}",
                f"an activation that is ignored, or {activation} with other constants than TensorFlow's",
                cell,
                DynamicRNN(initial_state=True),
                sizes=SIZES,
                gain=GAIN.get(activation, 1.0),
            )


def _slug(activation: str) -> str:
    """Return the name for an id: layer classes, in capitals, get '-layer', since relu and ReLU are both there."""
    plain = activation.lower().replace("_", "-")
    return f"{plain}-layer" if activation != activation.lower() else plain


CASES = tuple(_cases())
