"""The built-in candidate `torch`: it claims what torch.nn computes, agrees in all of it, and says why not the rest."""

from __future__ import annotations

import subprocess
import sys
from collections import Counter
from dataclasses import replace

import msgspec
import pytest
import torch

from rnn_parity.candidate import EXTRAS, load_candidate, load_cases
from rnn_parity.candidates import torch as adapter
from rnn_parity.verify import check

CLAIMED = 387  # of 947; a floor


@pytest.fixture(scope="module")
def verdict():
    return check(load_cases(), load_candidate("torch"))


def reasons(verdict):
    return Counter(result.reason for result in verdict.results if result.verdict == "unsupported")


def claimed(verdict):
    return {result.spec.id for result in verdict.results if result.verdict == "agree"}


def test_every_claimed_case_agrees(verdict):
    assert [result.spec.id for result in verdict.results if result.verdict in ("differ", "error")] == []
    assert verdict.count("agree") >= CLAIMED


def test_it_covers_every_kind_of_run_and_what_stands_around_cells(verdict):
    wanted = {
        "basic-lstm/step-state",  # nn.LSTMCell
        "basic-lstm/dynamic-ragged-state",  # packed
        "basic-rnn/activation-relu",
        "cudnn-gru/dynamic-ragged-state",
        "stack-bidirectional/dynamic-basic-lstm-ragged-state",
        "stack-bidirectional/all-rows-empty",
        "raw/no-steps",
        "dropout/variational",
        "dropout/state",
        "indy-gru/dynamic-ragged-state",
        "glstm/dynamic-ragged-state",
        "coupled-lstm/no-peepholes",
        "input-projection/bidirectional-ragged-state",  # nn.Linear
        "output-projection/softmax",
        "embedding/bidirectional-ragged-state",  # nn.Embedding
        "highway/one-object-both-directions",
        "ugrnn/static-ragged",  # nn.GRU
        "ugrnn/step-state",
        "ugrnn/float64-ragged-state",
        "basic-lstm/float16-static",
        "basic-lstm/float64-ragged-state",
    }
    assert wanted - claimed(verdict) == set()


def test_what_torch_cannot_do_is_said_in_a_few_sentences(verdict):
    found = reasons(verdict)
    assert found["torch.nn.GRU applies the reset gate after the matmul; TensorFlow's GRUCell before"] > 100
    for known in (
        "torch.nn.LSTM has no peepholes",
        "torch.nn.LSTM computes tanh, no other activation",
        "torch.nn.RNN computes tanh or relu, no other activation",
        "torch.nn.LSTM does not clip the cell state",
        "torch.nn.LSTM does not clip the projection",
        "torch.nn.LSTM takes a proj_size below hidden_size alone",
        "torch has nothing that computes LayerNormBasicLSTMCell with layer_norm",
        "torch.nn's RNN, GRU and LSTM take no attention between two steps",
    ):
        assert found[known] > 0, known
    assert len(found) < 30


def test_it_leaves_torch_as_it_was():
    torch.set_num_threads(2)
    adapter.run(next(load_cases("basic-lstm/square")).question())
    assert torch.get_num_threads() == 2
    assert torch.is_grad_enabled()


def test_a_layout_that_forgets_the_forget_bias_is_caught_and_named():
    def without_forget_bias(case):
        cell = msgspec.structs.replace(case.spec.cell, forget_bias=0.0)
        return adapter.run(replace(case, spec=msgspec.structs.replace(case.spec, cell=cell)))

    wrong = check(load_cases("basic-lstm/square"), without_forget_bias)
    assert wrong.count("differ") == 1
    assert wrong.diagnosis[0].mistakes == ("lstm/forget-bias-left-out",)


@pytest.mark.parametrize("name", [name for name, extra in EXTRAS.items() if extra])
def test_a_missing_extra_names_the_pip_command(name):
    """In a process of its own: what another test has imported stays imported."""
    code = (
        f"import sys; sys.modules[{name!r}] = None\n"
        "from rnn_parity.candidate import load_candidate\n"
        "from rnn_parity.errors import CandidateLoadError\n"
        f"try: load_candidate({name!r})\n"
        "except CandidateLoadError as error: print(error)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert f"pip install 'rnn-parity[{EXTRAS[name]}]'" in done.stdout
