"""The built-in candidate `keras`: it claims what Keras 3's layers compute, agrees in it, and says why not the rest."""

from __future__ import annotations

import os
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from rnn_parity.candidate import load_candidate, load_cases
from rnn_parity.verify import check

CLAIMED = 584  # of 947, on a backend that has no float64; a floor
ROOT = Path(__file__).parents[2]
EACH_WAY = (  # one case for each way through the adapter
    "basic-lstm/bidirectional-ragged-state", "gru/step-state", "cudnn-gru/dynamic-ragged-state", "raw/no-steps",
    "basic-lstm/float64-ragged-state", "stack-bidirectional/dynamic-gru-ragged-state",
    "embedding/bidirectional-ragged-state", "output-projection/bidirectional-ragged-state",
    "ugrnn/dynamic-ragged-state",
)  # fmt: skip


@pytest.fixture(scope="module")
def verdict():
    return check(load_cases(), load_candidate("keras"))


def test_every_claimed_case_agrees(verdict):
    assert [result.spec.id for result in verdict.results if result.verdict in ("differ", "error")] == []
    assert verdict.count("agree") >= CLAIMED


def test_what_keras_cannot_do_is_said_in_a_few_sentences(verdict):
    found = Counter(result.reason for result in verdict.results if result.verdict == "unsupported")
    for known in (
        "keras.layers.LSTM has no peepholes",
        "keras.layers.LSTM has no projection",
        "keras.layers.LSTM does not clip the cell state",
        "Keras 3's hard_sigmoid is clip(x / 6 + 0.5, 0, 1), TensorFlow 1's clip(0.2 x + 0.5, 0, 1)",
        "Keras makes float32 of float64 on every backend but TensorFlow's",
        "keras.layers.RNN refuses a sequence of no steps",
        "keras has nothing that computes LayerNormBasicLSTMCell with layer_norm",
        "Keras's recurrent layers take no attention between two steps",
    ):
        assert found[known] > 0, known
    assert len(found) < 30


def test_every_activation_that_keras_has_is_claimed(verdict):
    activations = {"agree": set(), "unsupported": set()}
    for result in verdict.results:
        if result.spec.id.startswith("gru/activation"):
            activations[result.verdict].add(result.spec.cell.activation)
    assert {"LeakyReLU", "leaky_relu", "ThresholdedReLU", "softmax", "gelu"} <= activations["agree"]
    assert activations["unsupported"] == {"hard_sigmoid"}


@pytest.mark.parametrize(
    ("backend", "agree"),
    [("torch", 7), ("jax", 7), pytest.param("tensorflow", 8, marks=pytest.mark.needs_tf)],
)
def test_the_backend_that_the_environment_names_is_used(backend, agree):
    """On TensorFlow's float64 is computed, too."""
    code = (
        "from rnn_parity import check, load_cases; from rnn_parity.candidate import load_candidate; import os\n"
        f"verdict = check(load_cases({EACH_WAY!r}), load_candidate('keras'))\n"
        "counts = [verdict.count(word) for word in ('agree', 'differ', 'error')]\n"
        "import keras; print(keras.backend.backend(), *counts, os.environ.get('KERAS_BACKEND'))"
    )
    environment = {**os.environ, "KERAS_BACKEND": backend, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, env=environment, capture_output=True, text=True, check=True
    )
    assert done.stdout.split() == [backend, str(agree), "0", "0", backend]
