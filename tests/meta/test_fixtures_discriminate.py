"""The fixtures are strong enough: every known mistake fails in some case, at the tolerance that is really used."""

from __future__ import annotations

from itertools import islice, permutations

import pytest

from rnn_parity.adequacy import ratio_if_caught
from rnn_parity.candidate import load_cases
from rnn_parity.candidates import numpy_impl
from rnn_parity.compare import compare
from rnn_parity.mistakes import MISTAKES, both
from rnn_parity.structure import flatten
from rnn_parity.tolerance import Tolerance

ORDERS = tuple("-".join(order) for order in permutations("ijfo") if order != tuple("ijfo"))
REQUIRED = {
    *(f"lstm/gates-read-{order}" for order in ORDERS),
    *(f"lstm/forget-bias-{what}" for what in (
        "left-out", "twice", "always-one", "after-sigmoid", "on-i", "on-j", "on-o",
    )),
    *(f"lstm/{what}" for what in (
        "kernel-rows-h-x", "kernel-reshaped", "bias-dropped", "activation-always-tanh",
        "cell-clip-left-out", "clipped-c-not-carried", "clipped-c-not-used-for-h",
        "projection-clip-left-out", "projection-activated", "projection-left-out",
        "peepholes-left-out", "peephole-i-left-out", "peephole-f-left-out", "peephole-o-left-out",
        "peepholes-i-f-swapped", "peephole-o-on-old-c", "peephole-o-after-sigmoid",
        "hidden-without-activation", "hidden-activated-outside", "hidden-from-old-c",
        "gates-hard-sigmoid", "gates-hard-sigmoid-sixth",
    )),
    *(f"gru/{what}" for what in (
        "gates-swapped", "update-inverted", "reset-after-product", "reset-after-product-and-bias", "reset-never-used",
        "candidate-bias-dropped", "bias-dropped", "kernel-rows-h-x", "activation-always-tanh",
    )),
    *(f"basic-rnn/{what}" for what in ("kernel-rows-h-x", "bias-dropped", "activation-always-tanh")),
    *(f"layer-norm/{what}" for what in (
        "epsilon-1e-3", "epsilon-1e-5", "epsilon-of-float32-in-float16", "sample-variance", "all-gates-at-once",
        "inputs-and-state-apart", "over-the-batch", "normalised-c-not-carried", "hidden-of-c-before-norm",
        "c-not-normalised", "bias-added", "forget-bias-before-norm", "j-f-norms-exchanged", "gamma-ignored",
        "beta-ignored", "clipped-before-norm", "peepholes-before-norm",
    )),
    *(f"layer-norm-lstm/{what}" for what in (
        "gates-read-i-f-j-o", "gates-read-i-o-f-j", "forget-bias-left-out", "bias-dropped", "kernel-rows-h-x",
        "peepholes-left-out", "peephole-o-on-old-c", "activation-always-tanh",
    )),
    *(f"coupled-lstm/{what}" for what in (
        "forget-is-what-input-leaves", "gates-read-f-j-o", "gates-read-f-o-j", "forget-bias-left-out",
        "input-without-forget-bias", "candidate-ungated", "peepholes-left-out", "peephole-o-on-old-c",
        "projection-clip-left-out", "bias-dropped", "kernel-rows-h-x", "activation-always-tanh",
    )),
    *(f"lengths/{what}" for what in (
        "ignored", "state-not-frozen", "padding-not-zeroed", "last-output-repeated", "final-h-of-last-step",
        "final-state-zeroed", "empty-rows-zeroed",
    )),
    *(f"bidirectional/{what}" for what in (
        "backward-output-not-turned-back", "turned-over-all-steps", "backward-input-not-turned",
        "backward-reads-forwards", "outputs-swapped", "weights-swapped", "backward-weights-are-forward",
        "backward-h-of-row-end", "backward-h-of-last-step",
    )),
    *(f"state/{what}" for what in (
        "initial-state-ignored", "h0-ignored", "c0-ignored", "every-step-from-initial-state", "final-c-is-h",
        "c-h-swapped", "c-h-swapped-in-initial-state", "c-h-swapped-in-final-state", "lost-between-calls",
        "leaks-into-next-call", "carried-one-call-late", "saved-before-last-step", "h-not-carried", "c-not-carried",
        "c-h-swapped-between-calls", "layers-reversed-between-calls", "layer-0-carried-only",
        "last-layer-carried-only", "c-not-reset", "h-not-reset",
    )),
    *(f"stacked/{what}" for what in (
        "weights-shared", "initial-states-reversed", "forget-bias-in-layer-0-only", "initial-state-of-layer-0-only",
        "initial-state-of-last-layer-only",
    )),
    *(f"raw/{what}" for what in ("outputs-padded", "outputs-one-step-late", "inputs-one-step-late")),
    *(f"stack-bidirectional/{what}" for what in (
        "directions-apart", "forward-only-read", "backward-first", "not-turned-back-between-layers",
        "upper-backward-reads-forwards", "weights-by-layer", "initial-states-by-layer", "final-states-by-layer",
    )),
    *(f"summed/{what}" for what in ("last-output-only", "mean", "input-added", "running-sum-fed-up")),
    *(f"sharing/{what}" for what in ("later-uses-without-weights", "one-state")),
    *(f"residual/{what}" for what in (
        "left-out", "fed-into-state", "last-layer-only", "first-layer-too", "activation-after-the-sum",
        "after-the-loop",
    )),
    *(f"highway/{what}" for what in (
        "left-out", "carry-and-transform-swapped", "carry-bias-left-out", "gate-of-the-output",
    )),
    *(f"input-projection/{what}" for what in ("left-out", "bias-dropped", "after-the-cell")),
    *(f"output-projection/{what}" for what in ("left-out", "bias-dropped", "before-the-cell", "fed-back")),
    *(f"attention/{what}" for what in (
        "newest-dropped", "cell-output-remembered", "softmax-over-the-batch", "asked-by-h-alone", "of-the-step-before",
        "left-out-of-the-output",
    )),
    *(f"axes/{what}" for what in ("loop-over-batch", "outputs-reversed-in-time")),
    *(f"ugrnn/{what}" for what in ("forget-bias-left-out", "gate-inverted", "blocks-swapped", "kernel-rows-h-x")),
    *(f"intersection/{what}" for what in (
        "state-answered", "output-fed-back", "halves-swapped", "forget-bias-on-the-state-alone", "activations-swapped",
        "inputs-carried-unprojected",
    )),
    *(f"nas/{what}" for what in ("sum-for-product", "bias-of-inputs", "old-c-left-out", "blocks-interleaved")),
    *(f"sru/{what}" for what in (
        "output-fed-back", "highway-not-gated", "highway-left-out", "activation-left-out", "bias-of-the-first-blocks",
    )),
    *(f"minimal-rnn/{what}" for what in ("gate-inverted", "gate-rows-first", "gate-of-inputs", "bias-of-candidate")),
    *(f"cfn/{what}" for what in ("input-gate-as-in-the-paper", "gates-swapped", "state-not-squashed")),
}  # fmt: skip

SEVERAL = 3
WIDE = 50.0  # of TensorFlow's own rounding, where 8 are allowed and honest code stays below 5
CAUGHT_TWICE = {  # a mistake that has room in few cases: the list shrinks, it does not grow
    *(f"{cell}/activation-always-tanh" for cell in (
        "cfn", "coupled-lstm", "glstm", "ind-rnn", "indy-gru", "indy-lstm", "layer-norm-lstm", "minimal-rnn", "sru",
        "ugrnn",
    )),
    *(f"lstm/{what}" for what in (
        "projection-clip-without-projection", "shards-by-columns", "shards-by-letter",
    )),
    *(f"dropout/{what}" for what in (
        "columns-of-h-only", "inside-the-residual", "keep-prob-in-double", "state-filter-ignored",
    )),
    *(f"highway/{what}" for what in ("always-coupled", "one-object-one-set-of-gates", "transform-bias-left-out")),
    "coupled-lstm/projection-clip-left-out", "glstm/activation-of-j-too", "intersection/y-activation-always-relu",
    "layer-norm/epsilon-of-float32-in-float16", "lstm-block/clip-0-clips", "lstm-block/op-default-clip",
    "minimal-rnn/gate-of-inputs", "nas/projection-left-out", "nas/projection-transposed",
    "output-projection/activation-left-out", "sru/inputs-carried", "stack-bidirectional/weights-by-layer",
}  # fmt: skip

BY_ID = {mistake.id: mistake for mistake in MISTAKES}


@pytest.fixture(scope="module")
def cases():
    """All cases, the quickest to compute first."""

    def work(case):
        return sum(array.size for array in flatten(case.inputs).values()) * len(case.weights)

    return sorted(load_cases(), key=work)


def agrees(case, run):
    return compare(case, run(case.question()), Tolerance()).agrees


@pytest.mark.parametrize("mistake", MISTAKES, ids=lambda mistake: mistake.id)
def test_several_cases_catch(mistake, cases):
    """Most by SEVERAL or more; those that two alone catch are listed, and leave the list when a third does."""
    with_room = (case for case in cases if mistake.applies(case.spec))
    caught = (case.id for case in with_room if ratio_if_caught(case, mistake.run, Tolerance()) is not None)
    found = list(islice(caught, SEVERAL))
    assert len(found) == (2 if mistake.id in CAUGHT_TWICE else SEVERAL), found


@pytest.mark.parametrize("mistake", MISTAKES, ids=lambda mistake: mistake.id)
def test_two_cases_catch_by_a_wide_margin(mistake, cases):
    with_room = (case for case in cases if mistake.applies(case.spec))
    ratios = (ratio_if_caught(case, mistake.run, Tolerance()) for case in with_room)
    assert len(list(islice((ratio for ratio in ratios if ratio is not None and ratio >= WIDE), 2))) == 2


def test_the_list_of_those_caught_twice_holds_known_mistakes_alone():
    assert set(BY_ID) >= CAUGHT_TWICE


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("lstm/gates-read-i-f-j-o", "lstm/forget-bias-left-out"),
        ("lstm/gates-read-i-o-f-j", "lstm/bias-dropped"),
        ("gru/reset-after-product", "gru/candidate-bias-dropped"),
        ("state/initial-state-ignored", "lengths/padding-not-zeroed"),
        ("bidirectional/turned-over-all-steps", "lstm/forget-bias-left-out"),
    ],
)
def test_some_case_catches_two_mistakes_at_once_as_ports_make_them(first, second, cases):
    made = [(case, both(BY_ID[first], BY_ID[second], case.spec)) for case in cases]
    assert any(not agrees(case, run) for case, run in made if run is not None)


def test_the_right_implementation_passes_all_cases(cases):
    assert [case.id for case in cases if not agrees(case, numpy_impl.run)] == []


def test_no_required_mistake_is_missing():
    assert {mistake.id for mistake in MISTAKES} >= REQUIRED


def test_all_23_wrong_orders_of_four_gates_are_required():
    assert len(set(ORDERS)) == 23


def test_the_number_of_mistakes_does_not_fall():
    assert len(MISTAKES) >= 642
