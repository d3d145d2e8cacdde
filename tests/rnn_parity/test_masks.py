"""Which masks a case has: their names, order and shapes follow from its cells."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pytest

import numpy_impl
from rnn_parity.candidate import Case, case_of
from rnn_parity.candidates import numpy_impl as numpy_candidate
from rnn_parity.draws import draw
from rnn_parity.fixture_file import Fixture, read_fixture, write_fixture
from rnn_parity.masks import dropped_states, mask_shapes, masks_below, sites
from rnn_parity.mistakes.semantics import RIGHT
from rnn_parity.spec import (
    BasicLSTMCell,
    BidirectionalDynamicRNN,
    CaseSpec,
    DeviceWrapper,
    DropoutWrapper,
    DynamicRNN,
    GRUCell,
    LSTMCell,
    MultiRNNCell,
    ResidualWrapper,
    Sizes,
    Step,
)

LSTM = BasicLSTMCell(num_units=3)
GRU = GRUCell(num_units=4)
PROJECTED = LSTMCell(num_units=5, num_proj=4)


class Dropping(GRUCell, frozen=True, tag=True):
    """A cell that drops something itself."""

    @property
    def dropout(self):
        return {"candidate": (self.num_units, 0.5)}


def spec(cell, run=None):
    run = run or DynamicRNN(time_major=True)
    sizes = Sizes(batch_size=2, max_time=1 if isinstance(run, Step) else 6, depth=7)
    return CaseSpec(id="test/case", why="a test", cell=cell, run=run, sizes=sizes, seed=1)


def everything(cell, **options):
    return DropoutWrapper(cell=cell, input_keep_prob=0.5, output_keep_prob=0.5, state_keep_prob=0.5, **options)


@pytest.mark.parametrize(
    ("cell", "widths"),
    [
        (everything(GRU), {"wrapper/0/input": 7, "wrapper/0/state": 4, "wrapper/0/output": 4}),
        (everything(PROJECTED), {"wrapper/0/input": 7, "wrapper/0/state/h": 4, "wrapper/0/output": 4}),
        (
            everything(PROJECTED, dropout_state_filter_visitor="all"),
            {"wrapper/0/input": 7, "wrapper/0/state/c": 5, "wrapper/0/state/h": 4, "wrapper/0/output": 4},
        ),
        (
            DropoutWrapper(cell=BasicLSTMCell(num_units=3, state_is_tuple=False), state_keep_prob=0.5),
            {"wrapper/0/state": 6},
        ),
        (DropoutWrapper(cell=GRU), {}),
        (DropoutWrapper(cell=GRU, output_keep_prob=0.999999999), {}),  # a float32 of it is 1
        (GRU, {}),
        (Dropping(num_units=4), {"layer/0/candidate": 4}),
    ],
)
def test_sites_and_widths_follow_from_the_cell(cell, widths):
    assert mask_shapes(spec(cell)) == {name: (6, 2, width) for name, width in widths.items()}


def test_wrappers_are_counted_from_the_outside_and_from_the_bottom_in_the_order_of_a_step():
    inside = DropoutWrapper(cell=DropoutWrapper(cell=LSTM, input_keep_prob=0.5), output_keep_prob=0.5)
    stack = MultiRNNCell(cells=(DeviceWrapper(cell=inside, device="/cpu:0"), Dropping(num_units=4)))
    cell = ResidualWrapper(cell=everything(stack), residual_fn="slice")
    assert [(site.name, site.width) for site in sites(spec(cell))[""]] == [
        ("wrapper/0/input", 7),
        ("wrapper/2/input", 7),
        ("wrapper/1/output", 3),
        ("layer/1/candidate", 4),
        ("wrapper/0/state/0/h", 3),
        ("wrapper/0/state/1", 4),
        ("wrapper/0/output", 4),
    ]


def test_every_direction_counts_its_own():
    run = BidirectionalDynamicRNN(cell_bw=DropoutWrapper(cell=everything(GRU), input_keep_prob=0.5))
    names = mask_shapes(spec(DropoutWrapper(cell=LSTM, output_keep_prob=0.5), run))
    assert list(names) == [
        "fw/wrapper/0/output",
        "bw/wrapper/0/input",
        "bw/wrapper/1/input",
        "bw/wrapper/1/state",
        "bw/wrapper/1/output",
    ]


def test_masks_have_time_first_also_in_one_step():
    assert mask_shapes(spec(DropoutWrapper(cell=GRU, input_keep_prob=0.5), Step())) == {"wrapper/0/input": (1, 2, 7)}


def test_masks_of_one_place_lose_its_name_and_others_stay_out():
    masks = {name: np.ones(1) for name in ("fw/wrapper/1/state/h", "fw/wrapper/10/input", "bw/wrapper/1/input")}
    assert list(masks_below(masks, "fw", "wrapper", "1")) == ["state/h"]
    assert list(masks_below(masks, "fw")) == ["wrapper/1/state/h", "wrapper/10/input"]
    assert masks_below(masks, "") == masks


def test_states_of_a_stack_are_dropped_but_for_every_c():
    stack = MultiRNNCell(cells=(LSTM, GRU, PROJECTED))
    assert dropped_states(DropoutWrapper(cell=stack)) == {"0/h": 3, "1": 4, "2/h": 4}


def test_masks_come_back_from_a_file_as_they_were(tmp_path):
    case = spec(DropoutWrapper(cell=GRU, input_keep_prob=0.5))
    mask = np.random.default_rng(1).random((6, 2, 7)) < 0.5
    write_fixture(tmp_path, Fixture(case, {"dropout/wrapper/0/input": mask}))
    read = read_fixture(tmp_path / "test/case.safetensors").arrays["dropout/wrapper/0/input"]
    assert read.dtype == bool
    np.testing.assert_array_equal(read, mask)


def test_a_candidate_gets_the_masks_with_the_question(few_cases):
    case = few_cases["dropout/output"]
    assert list(case.question().dropout) == ["wrapper/0/output"]
    assert case.question().dropout["wrapper/0/output"].shape == (6, 4, 5)
    assert few_cases["dropout/nothing"].dropout == {}


@pytest.fixture(scope="module")
def few_cases():
    from rnn_parity.store import Fixtures, default_fixtures  # noqa: PLC0415  only here

    recorded = Fixtures(default_fixtures())
    return {name: case_of(recorded.read(name)) for name in ("dropout/output", "dropout/nothing")}


@pytest.mark.parametrize("run", [numpy_candidate.run, RIGHT], ids=["adapter", "mistakes"])
def test_a_cell_that_drops_something_itself_is_given_its_masks(monkeypatch, run):
    @dataclass(frozen=True, eq=False)
    class Candidate(numpy_impl.GRUCell):
        masks: object = field(default=None, kw_only=True)

        def outcome(self, gates):
            h = np.where(self.masks("candidate", gates["h"].shape, 0.5), gates["h"], 0)
            return h, h

    monkeypatch.setattr(numpy_impl, "Dropping", Candidate, raising=False)
    case = spec(MultiRNNCell(cells=(GRU, Dropping(num_units=4))))
    arrays = draw(case)
    mask = np.random.default_rng(1).random((6, 2, 4)) < 0.5
    weights = {name.removeprefix("weights/"): array for name, array in arrays.items() if name.startswith("weights/")}
    asked = Case(spec=case, weights=weights, inputs=arrays["inputs"], dropout={"layer/1/candidate": mask})
    np.testing.assert_array_equal(run(asked).outputs != 0, mask)
