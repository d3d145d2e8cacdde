"""The benchmark of whole sequences compares what computes the same, and its page says what was measured."""

from __future__ import annotations

import itertools
import subprocess
import sys
import xml.etree.ElementTree as ET
from pathlib import Path

import numpy as np
import pytest

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT))

from benchmarks import options  # noqa: E402  scripts, not a package that is installed
from benchmarks.speed import machine, one_process, page, rounds, standing, table, threads  # noqa: E402  scripts, not a package that is installed
from benchmarks.speed.chart import MARKS, SCALE, chart, place  # noqa: E402
from benchmarks.speed.contenders import CONTENDERS, LeftOut, ready  # noqa: E402
from benchmarks.speed.contenders.floor import layer_products  # noqa: E402
from benchmarks.speed.figures import (  # noqa: E402
    Measurement,
    geometric_mean,
    measurements_of,
    quartiles,
    slope,
    to_document,
    write,
)
from benchmarks.speed.goals import reached  # noqa: E402
from benchmarks.speed.one_process import DisagreementError, require_same  # noqa: E402
from benchmarks.speed.workloads import LARGEST, SHAPES, WORKLOADS, Shape, case_of, ragged  # noqa: E402

SMALL = Shape(5, 3, 4, 6)
COMPUTING = [name for name, one in CONTENDERS.items() if one.computes and name != "readable"]
OF_TENSORFLOW = ("dynamic_rnn", "static_rnn", "block_lstm")
CANNOT = {
    ("block_lstm", "lstm-peephole-projection"): "it has no projection",
    ("block_lstm", "gru"): "it is an LSTM",
    ("torch", "lstm-peephole-projection"): "torch.nn.LSTM has no peepholes",
    ("torch", "gru"): "torch.nn.GRU applies the reset gate after the matmul; TensorFlow's GRUCell before",
    ("onnxruntime", "lstm-peephole-projection"): "ONNX's LSTM does not project h",
}


def measurement(shape=LARGEST, **ms):
    return Measurement("lstm", shape, 1, {name: list(values) for name, values in ms.items()})


def outputs_of(name, case):
    outputs, _ = ready(name, case, 1)()
    return [np.asarray(one) for one in (outputs if isinstance(outputs, tuple) else (outputs,))]


def test_the_page_and_its_charts_are_made_of_what_was_measured():
    for path, text in page.files(page.read()).items():
        assert path.read_text() == text, "run `make generated`"


def test_every_workload_was_measured_once_at_every_shape_with_each_number_of_threads():
    found = measurements_of(page.read())
    places = [(one.workload, one.shape, one.threads) for one in found]
    counts = {one.threads for one in found}
    assert 1 in counts
    assert sorted(places) == sorted(itertools.product(WORKLOADS, SHAPES, counts))
    for one in found:
        assert {*one.ms, *one.left_out} == set(CONTENDERS)
        assert len({len(values) for values in one.ms.values()}) == 1


@pytest.mark.parametrize("workload", WORKLOADS)
@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=[pytest.mark.needs_tf] * (name in OF_TENSORFLOW)) for name in COMPUTING]
)
def test_a_contender_computes_what_the_readable_cells_do_or_says_why_not(name, workload):
    case = case_of(workload, SMALL)
    if (name, workload) in CANNOT:
        with pytest.raises(LeftOut) as reason:
            ready(name, case, 1)
        assert str(reason.value) == CANNOT[name, workload]
        return
    for got, wanted in zip(outputs_of(name, case), outputs_of("readable", case), strict=True):
        np.testing.assert_allclose(got, wanted, rtol=0, atol=2e-6)


def test_lengths_are_ragged_and_fill_the_steps():
    lengths = ragged(Shape(100, 32, 1, 1))
    assert (min(lengths), max(lengths), len(set(lengths))) == (25, 100, 32)
    assert list(lengths) != sorted(lengths)


def test_what_computes_something_else_is_not_compared():
    right = np.zeros((2, 3, 4), np.float32)
    require_same("torch", "lstm", right + 5e-5, right)
    with pytest.raises(DisagreementError, match=r"torch, lstm: got outputs 2\.0e-04 off, should be within 1e-04"):
        require_same("torch", "lstm", right + 2e-4, right)
    with pytest.raises(DisagreementError, match=r"got outputs \(2, 3\), should be \(2, 3, 4\)"):
        require_same("torch", "lstm", right[..., 0], right)
    with pytest.raises(DisagreementError, match="nan off"):
        require_same("torch", "lstm", (right, right + np.nan), (right, right))


def multiplications(workload):
    case = case_of(workload, SMALL)
    return sum(a.size * b.shape[1] for a, b, _ in layer_products(case, 0))


def test_the_floor_multiplies_as_much_as_the_formula_asks_for():
    T, B, D, H = SMALL
    assert multiplications("lstm") == T * B * (D + H) * 4 * H
    assert multiplications("gru") == T * B * (D + H) * 3 * H
    assert multiplications("lstm-peephole-projection") == T * B * ((D + H // 2) * 4 * H + H * H // 2)
    assert multiplications("bidirectional") == sum(ragged(SMALL)) * (D + H) * 4 * H


def test_in_every_round_each_has_a_turn_and_the_order_changes():
    turns = []
    runs = {name: lambda name=name: turns.append(name) for name in "abc"}
    plan = rounds.Plan(budget=0.0, least=8, turn=0.0, patience=0.0)
    seconds = rounds.measured(runs, plan)
    assert {name: len(values) for name, values in seconds.items()} == {"a": 8, "b": 8, "c": 8}
    timed = turns[6:]  # two calls each before
    orders = {tuple(timed[k : k + 3]) for k in range(0, len(timed), 3)}
    assert all(sorted(order) == ["a", "b", "c"] for order in orders)
    assert len(orders) > 1


def test_rounds_end_with_the_budget_but_not_before_the_least():
    runs = {"a": lambda: None}
    assert len(rounds.measured(runs, rounds.Plan(budget=60.0, least=1, most=4, turn=0.0, patience=0.0))["a"]) == 4
    assert len(rounds.measured(runs, rounds.Plan(budget=0.0, least=2, most=4, turn=0.0, patience=0.0))["a"]) == 2


class Turns:
    """Three contenders whose calls take so many seconds of a clock that passes in them alone."""

    def __init__(self, monkeypatch, fast, dynamic_rnn):
        self.now = 0.0
        self.runs = {"fast": self.call(fast), "dynamic_rnn": self.call(dynamic_rnn)}
        monkeypatch.setattr(rounds, "time", self)

    def perf_counter(self):
        return self.now

    def call(self, seconds):
        each = itertools.cycle(seconds)

        def run():
            self.now += next(each)

        return run

    def rounds(self, **plan):
        plan = rounds.Plan(turn=0.0, patience=0.0, **plan)
        return len(rounds.measured(self.runs, plan, agree=one_process.agree)["fast"])


def test_rounds_that_agree_end_with_the_budget(monkeypatch):
    turns = Turns(monkeypatch, fast=[1.0], dynamic_rnn=[2.0])
    assert turns.rounds(budget=10.0, least=2, most=50) == 4  # of 3 seconds: 12 are the first beyond 10


def test_rounds_that_disagree_go_on_to_four_budgets(monkeypatch):
    turns = Turns(monkeypatch, fast=[1.0, 2.0], dynamic_rnn=[1.5])
    assert turns.rounds(budget=10.0, least=2, most=50) == 14  # of 3 seconds: 42 are the first beyond 40
    assert turns.rounds(budget=10.0, least=2, most=7) == 7


def test_long_rounds_that_disagree_go_on_as_long_again_as_the_least_of_them_took(monkeypatch):
    turns = Turns(monkeypatch, fast=[10.0, 20.0], dynamic_rnn=[15.0])
    assert turns.rounds(budget=1.0, least=3, most=50) == 7  # within twice the 90 seconds of three


def test_rounds_agree_where_the_quartiles_of_the_ratio_are_within_a_tenth():
    ratios = {"fast": [1.0, 1.04, 1.1], "dynamic_rnn": [1.0, 1.0, 1.0]}
    assert one_process.agree(ratios)
    assert not one_process.agree(ratios | {"fast": [0.9, 1.0, 1.2]})
    assert one_process.agree({"fast": [1.0, 2.0, 3.0]})


class Clock:
    """Time that passes in sleep alone, of which this process uses a share that falls to nothing."""

    def __init__(self, awake):
        self.now, self.used, self.awake = 0.0, 0.0, awake

    def sleep(self, seconds):
        self.used += seconds if self.now < self.awake else 0.0
        self.now += seconds

    def perf_counter(self):
        return self.now

    def process_time(self):
        return self.used


def test_a_turn_waits_until_threads_have_gone_to_sleep(monkeypatch):
    clock = Clock(awake=0.1)
    monkeypatch.setattr(rounds, "time", clock)
    assert rounds.fall_asleep(patience=0.5)
    assert 0.1 <= clock.now < 0.12
    monkeypatch.setattr(rounds, "time", Clock(awake=9.0))
    assert not rounds.fall_asleep(patience=0.5)


def test_ratios_are_taken_within_a_round():
    one = measurement(fast=[1, 20, 3], dynamic_rnn=[2, 80, 4])  # the second round was slow
    assert one.ratios("fast") == [0.5, 0.25, 0.75]
    assert one.ratio("fast") == 0.5
    assert one.median("fast") == 3


def test_statistics_of_known_numbers():
    assert quartiles([1, 2, 3, 4, 5]) == (2, 4)
    assert quartiles([7]) == (7, 7)
    assert geometric_mean([0.5, 2, 1]) == pytest.approx(1)
    assert slope([10, 100, 1000], [3, 30, 300]) == pytest.approx(1)
    assert slope([10, 100, 1000], [3, 300, 30000]) == pytest.approx(2)


def test_a_goal_that_is_missed_names_where():
    good = measurement(Shape(7, 1, 4, 3), fast=[1], dynamic_rnn=[10], torch=[0.5])
    bad = measurement(fast=[10], dynamic_rnn=[8], torch=[8], floor=[5])
    said = [str(one) for one in reached([good, bad])]
    assert said == [
        "geometric mean of fast / dynamic_rnn 0.35 (0.45 asked): reached",
        "largest fast / dynamic_rnn 1.25, of lstm (20,128,1024,1024) (1 asked): missed",
        "geometric mean of fast / torch, B >= 32 and H >= 256 1.25 (1 asked): missed",
        "largest fast / torch, B >= 32 and H >= 256 1.25, of lstm (20,128,1024,1024) (1 asked): missed",
        "largest fast / floor at (20,128,1024,1024) 2.00, of lstm (20,128,1024,1024) (1.3 asked): missed",
    ]


def test_a_table_shows_milliseconds_ratios_and_the_spread_of_the_fast_form():
    one = measurement(fast=[10, 12, 11], dynamic_rnn=[20, 20, 20], floor=[0.5, 0.5, 0.5])
    lines = table.as_text(table.rows([one])).splitlines()
    assert lines[0].split("  ")[0] == "(T,B,D,H)"
    assert lines[1].split(maxsplit=1) == ["(20,128,1024,1024)", lines[1].split(maxsplit=1)[1]]
    assert lines[1].split()[1:] == ["11", "(0.55)", "20", "0.500", "(0.03)", "0.53", "to", "0.57"]


def test_who_is_left_out_is_listed_with_the_reason():
    one = Measurement("gru", LARGEST, 1, {"fast": [1.0]}, {"torch": "other formula", "torch-reset-after": "no"})
    assert table.left_out([one]) == {"gru": ["torch: other formula"]}


def test_a_chart_marks_every_contender_where_its_ratio_is():
    ms = {name: [2.0] for name in MARKS} | {"dynamic_rnn": [2.0]}
    drawn = ET.fromstring(chart([measurement(**ms)], 1))  # noqa: S314  made by us
    marks = [one for one in drawn.iter("{http://www.w3.org/2000/svg}path") if len(one)]
    assert len(marks) == len(MARKS)
    assert {one.get("transform").split(",")[0] for one in marks} == {f"translate({place(1)}"}
    assert place(0.1) < place(0.2) < place(1) < place(2)
    assert place(0.2) - place(0.1) == pytest.approx(place(2) - place(1), abs=0.2)


def test_a_chart_names_every_contender_and_has_its_scale_above_and_below():
    ms = {name: [2.0] for name in MARKS} | {"dynamic_rnn": [2.0]}
    drawn = ET.fromstring(chart([measurement(**ms)], 1))  # noqa: S314  made by us
    texts = list(drawn.iter("{http://www.w3.org/2000/svg}text"))
    said = [one.text for one in texts]
    named = {one.title for name, one in CONTENDERS.items() if name in MARKS}
    assert named | {"dynamic_rnn, at 1"} <= set(said)
    heights = {text: [float(one.get("y")) for one in texts if one.text == text] for text in ("0.1", SCALE)}
    panel = next(float(one.get("y")) for one in texts if one.get("class") == "head")
    assert all(min(own) < panel < max(own) for own in heights.values())


def test_marks_of_the_same_time_stand_apart():
    names = ("readable", "fast", "static_rnn", "jax", "torch")
    drawn = ET.fromstring(chart([measurement(**{name: [2.0] for name in (*names, "dynamic_rnn")})], 1))  # noqa: S314
    marks = [one for one in drawn.iter("{http://www.w3.org/2000/svg}path") if len(one)]
    assert len({one.get("transform") for one in marks}) == len(names)


def two_rows():
    small = measurement(Shape(7, 1, 4, 3), fast=[1], readable=[4], dynamic_rnn=[10], onnxruntime=[0.5], floor=[0.1])
    large = measurement(fast=[10], readable=[11], dynamic_rnn=[8], onnxruntime=[20], torch=[8])
    return [small, large]


def test_who_is_quicker_than_the_fast_form_is_said_with_means_and_counts():
    assert standing.rows(two_rows()) == [
        ["fast form over", "1 thread", "the other is quicker"],
        ["numpy_impl", "0.48", "in 0 of 2 rows"],
        ["dynamic_rnn", "0.35", "in 1 of 2 rows"],
        ["torch", "1.25", "in 1 of 1 rows"],
        ["ONNX Runtime", "1.00", "in 1 of 2 rows"],
    ]
    said = "Quicker than the fast form, in the geometric mean: "
    assert standing.ahead(two_rows()) == said + "torch (in 1 of 1 rows)."
    assert standing.ahead(two_rows()[:1]) == said + "ONNX Runtime (in 1 of 1 rows)."
    assert "nobody" in standing.ahead([measurement(fast=[1], torch=[2])])


def test_with_two_numbers_of_threads_each_has_a_column_and_all_have_one():
    one = measurement(fast=[1], dynamic_rnn=[2])
    two = Measurement("lstm", LARGEST, 2, {"fast": [1], "dynamic_rnn": [10], "torch": [1]})
    head, first, last = standing.rows([one, two])
    assert head == ["fast form over", "1 thread", "2 threads", "over all", "the other is quicker"]
    assert first == ["dynamic_rnn", "0.50", "0.10", "0.22", "in 0 of 2 rows"]
    assert last == ["torch", "-", "1.00", "1.00", "in 0 of 1 rows"]


def test_it_is_said_from_how_many_units_on_the_readable_cells_are_about_as_fast():
    said = standing.readable(two_rows())
    assert said.endswith(": 4.0 at H = 3, 1.1 at H = 1024; within 1.2 from H = 1024 on.")
    slow = [*two_rows(), measurement(Shape(1, 1, 1, 2048), fast=[1], readable=[1.3])]
    assert standing.readable(slow).endswith("1.3 at H = 2048; within 1.2 at no H that was measured last.")


def test_a_page_is_made_of_one_and_of_two_numbers_of_threads():
    document = page.read()
    alone = [one for one in document["measurements"] if one["threads"] == 1]
    both = [*alone, *({**one, "threads": 2} for one in alone)]
    for measurements, columns in ((alone, ""), (both, " 2 threads | over all |")):
        text = page.page({**document, "measurements": measurements})
        assert "{{" not in text
        assert f"| fast form over | 1 thread |{columns} the other is quicker |" in text
        assert "\n- NumPy's BLAS: " in text


def test_what_is_written_is_read_again(tmp_path, monkeypatch):
    one = Measurement("lstm", LARGEST, 2, {"fast": [1.5]}, {"torch": "no"})
    write(tmp_path / "speed.json", to_document([one], machine={"cores": 2}))
    monkeypatch.setattr(page, "FILE", tmp_path / "speed.json")
    assert measurements_of(page.read()) == [one]
    assert page.read()["machine"] == {"cores": 2}


def test_every_library_gets_its_number_of_threads_before_it_is_imported():
    program = "import os; print([os.environ[name] for name in ('OPENBLAS_NUM_THREADS', 'OMP_NUM_THREADS')])"
    done = subprocess.run(
        [sys.executable, "-c", program], env=threads.environment(2), capture_output=True, text=True, check=True
    )
    assert done.stdout == "['2', '2']\n"
    assert "intra_op_parallelism_threads=2" in threads.environment(2)["XLA_FLAGS"]


def test_a_process_that_fails_ends_the_run_and_says_why():
    with pytest.raises(SystemExit, match=r"(?s)failed:.*--budget"):
        list(threads.lines("benchmarks.speed.one_process", 1, []))


@pytest.mark.parametrize(
    ("module", "options"),
    [
        ("speed", "--write --quick"),
        ("speed", "--only fats"),
        ("speed", "--threads 0"),
        ("speed", "--threads x"),
        ("speed", "--budget -1"),
        ("speed", "--budget 0"),
        ("speed", "--budget nan"),
        ("speed", "--json /nonexistent/x.json"),
        ("growth", "--threads 0"),
        ("growth", "--threads 999999"),
        ("many", "--sizes 0"),
        ("many", "--rounds 0"),
        ("suite", "--json ."),
    ],
)
def test_an_option_that_does_not_fit_is_refused_before_anything_is_measured(module, options):
    command = [sys.executable, "-m", f"benchmarks.{module}", *options.split()]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=30)
    assert done.returncode == 2
    assert f"python -m benchmarks.{module}: error: " in done.stderr
    assert "should be" in done.stderr
    assert "[" not in done.stderr.splitlines()[-1]


def test_a_missing_package_is_said_in_one_line_with_the_environment_that_has_it(capsys, monkeypatch):
    monkeypatch.setattr(options, "find_spec", lambda name: None if name == "tf_keras" else name)
    options.require("benchmarks.growth", "tensorflow")
    with pytest.raises(SystemExit) as ended:
        options.require("benchmarks.growth", "tensorflow", "tf_keras")
    said = capsys.readouterr().err
    assert ended.value.code == 2
    assert said.count("\n") == 1
    assert said.startswith("error: benchmarks.growth: got a Python without tf-keras [")
    assert "Run `.venv-full/bin/python -m benchmarks.growth`" in said


def test_a_benchmark_that_needs_tensorflow_asks_for_it_before_it_begins():
    program = """
import sys
from importlib import util
util.find_spec = lambda name, find=util.find_spec: None if name == "tensorflow" else find(name)
import benchmarks.speed.__main__ as one
sys.argv[1:] = ["--only", "fast"]
one.main()
"""
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=False, timeout=30
    )
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("error: benchmarks.speed: got a Python without tensorflow [")


def test_the_versions_of_a_machine_are_those_of_what_is_installed(monkeypatch):
    monkeypatch.setattr(machine, "PACKAGES", ("numpy", "no-such-package"))
    assert machine.versions() == {"numpy": np.__version__}
