import json
import math
import re
from dataclasses import replace

import numpy as np
import pytest

from rnn_parity import Result, Tolerance, Unsupported, check
from rnn_parity.compare import Comparison, TensorDifference
from rnn_parity.diagnose import Diagnosis, Explanation, Signature
from rnn_parity.errors import ReportFolderError
from rnn_parity.locate import FirstDifference
from rnn_parity.mistakes.mistake import Mistake
from rnn_parity.report import words
from rnn_parity.report.html import write_html
from rnn_parity.report.json import document, encode, list_json
from rnn_parity.report.json import verdict_of as verdict_from
from rnn_parity.report.listing import case_text, list_text, mistake_text, spec_words
from rnn_parity.report.markdown import markdown
from rnn_parity.report.text import (
    check_text,
    coloured,
    diagnosis_text,
    failure_text,
    summary_line,
    table_text,
)
from rnn_parity.spec import BidirectionalDynamicRNN, DynamicRNN, GRUCell, LSTMCell, MultiRNNCell, ResidualWrapper
from rnn_parity.verify import CaseResult, Verdict

MISTAKE = Mistake(
    id="lstm/gates-i-f-j-o",
    statement="gates read another way",
    explanation="Keras and PyTorch store other orders.",
    repair="Split the kernel as i, j, f, o.",
    seen=("https://example.org/issue/1",),
    applies=lambda _: True,
    run=lambda _: Result(None, None),
)
OTHER = replace(MISTAKE, id="lstm/forget-bias-left-out", statement="forget_bias left out", repair="Add it to f.")
TENSOR = TensorDifference(
    name="outputs", shape=(5, 3, 6), size=90, noise=1.5476e-7, problem="values", mismatched=84, max_abs=1.3e-2,
    ratio=84000.0, worst_index=(0, 2, 4), got=0.4311, expected=0.41827,
)  # fmt: skip
FIRST = FirstDifference(tensor="j", direction="", layer=0, step=0, row=2, unit=4, got=0.4310987, expected=0.4182654)
WIDTHS = (60, 89, 90, 100, 120, 200)


@pytest.fixture(autouse=True)
def two_mistakes(monkeypatch):
    monkeypatch.setattr("rnn_parity.mistakes.MISTAKES", (MISTAKE, OTHER))


@pytest.fixture
def failure(specs):
    return CaseResult(
        spec=specs("lstm/plain-ragged"),
        verdict="differ",
        comparison=Comparison(tensors=(TENSOR,)),
        first=FIRST,
        error_by_step=(1e-2, 1.1e-2, 1.2e-2, 1.25e-2, 1.3e-2),
        explanations=(Explanation((MISTAKE.id,), 1.2),),
    )


def verdict_of(*results, diagnosis=(), **changes):
    fields = {"candidate": "mylib.cells:run", "tolerance": Tolerance(), "seconds": 0.94} | changes
    return Verdict(results=tuple(results), diagnosis=tuple(diagnosis), **fields)


def diagnosed(failure, **changes):
    found = Diagnosis(**({"mistakes": (MISTAKE.id,), "explains": 41, "of": 41} | changes))
    return verdict_of(failure, diagnosis=[found])


def problem_of(**changes):
    return words.problem(replace(TENSOR, **changes))


def test_a_failure_reads_like_this(failure):
    assert failure_text(diagnosed(failure), failure, width=130).splitlines() == [
        "lstm/plain-ragged vs mylib.cells:run   DIFFERS   outputs (5, 3, 6) float32",
        "first difference   step 0, layer 0, gate j    row 2, unit 4    should be 0.41827   got 0.4311",
        "max |d|            1.3e-02 = 84,000 x TensorFlow's own rounding (8 allowed)   84 of 90 elements",
        "growth             wrong from step 0 on, neither growing nor fading: not rounding",
        "likely mistake     gates read another way: reproduces your numbers in 41 of 41 failing cases",
        "this case exists   to catch a wrong lstm/plain-ragged",
        "next               rnn-parity check --candidate mylib.cells:run --cases lstm/plain-ragged",
    ]


def test_a_failure_in_sixty_columns_reads_like_this(failure):
    assert failure_text(diagnosed(failure), failure, width=60).splitlines() == [
        "lstm/plain-ragged  DIFFERS  outputs (5, 3, 6) float32",
        "first   step 0, layer 0, gate j    row 2, unit 4",
        "values  should be 0.41827, got 0.4311",
        "max |d| 1.3e-02 = 84,000 x rounding (8 allowed), 84 of 90",
        "likely  41 of 41: gates read another way",
        "exists  to catch a wrong lstm/plain-ragged",
        "next    rnn-parity check --candidate mylib.cells:run \\",
        "          --cases lstm/plain-ragged",
    ]


@pytest.mark.parametrize("width", WIDTHS)
def test_a_failure_is_at_most_eight_lines_of_the_width(failure, width):
    long = replace(failure, spec=replace_why(failure.spec, "to catch " + "a long reason " * 30))
    for result in (failure, long):
        lines = failure_text(diagnosed(result), result, width=width).splitlines()
        assert len(lines) <= 8
        assert max(map(len, lines)) <= width
        assert lines[-1].endswith("--cases lstm/plain-ragged")


def replace_why(spec, why):
    return type(spec)(**{**{name: getattr(spec, name) for name in spec.__struct_fields__}, "why": why})


def test_the_command_is_never_cut_and_is_quoted(failure):
    verdict = replace(diagnosed(failure), candidate="my folder/" + "long/" * 20 + "cells.py:run")
    assert "'my folder/" in failure_text(verdict, failure, width=60)
    assert "cells.py:run'" in failure_text(verdict, failure, width=60)
    assert failure_text(verdict, failure, width=60, options=("--fixtures", "f" * 90)).endswith(
        " --fixtures " + "f" * 90
    )


def test_the_command_repeats_what_the_run_was_given(failure):
    verdict = replace(verdict_of(failure), tolerance=Tolerance(rtol=1e-3, atol=0.0))
    command = failure_text(verdict, failure, options=("--fixtures", "here")).splitlines()[-1]
    assert command.endswith("--cases lstm/plain-ragged --rtol 0.001 --atol 0 --fixtures here")


def test_alternatives_and_contradictions_are_said(failure):
    both = replace(failure, explanations=(Explanation((MISTAKE.id,), 1.0), Explanation((OTHER.id,), 1.1)))
    verdict = diagnosed(both, alternatives=(OTHER.id,), contradicted_by=("a/b", "a/c"), explains=3, of=5)
    text = " ".join(failure_text(verdict, both, width=250).split())
    assert "in 3 of 5 failing cases, but 2 passing ones speak against it; or: lstm/forget-bias-left-out" in text


def test_where_no_mistake_fits_that_is_said(failure):
    unexplained = replace(failure, explanations=())
    for verdict in (verdict_of(unexplained), diagnosed(unexplained)):
        assert "likely mistake     no known mistake reproduces these numbers" in failure_text(verdict, unexplained)


def test_other_tensors_that_differ_are_named(failure):
    state = replace(TENSOR, name="final_state/h", ratio=9.0)
    right = replace(TENSOR, name="final_state/c", problem=None, ratio=1.0)
    result = replace(failure, comparison=Comparison(tensors=(TENSOR, right, state)))
    assert "84 of 90 elements; also final_state/h\n" in failure_text(verdict_of(result), result, width=150)


def test_an_error_and_an_unsupported_case_have_their_reason(specs):
    for word, name in (("error", "ERROR"), ("unsupported", "UNSUPPORTED")):
        result = CaseResult(spec=specs(), verdict=word, reason="ValueError: two\nlines")
        lines = failure_text(verdict_of(result), result).splitlines()
        assert lines[0] == f"lstm/plain vs mylib.cells:run   {name}"
        assert lines[1] == "problem            ValueError: two lines"


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"problem": "missing"}, "outputs: missing, should be an array of shape (5, 3, 6)"),
        (
            {"problem": "structure", "name": "final_state/0/c", "detail": ("a tuple of 1", "a tuple of 2")},
            "final_state is nested otherwise: got a tuple of 1, should be a tuple of 2",
        ),
        (
            {"problem": "shape", "detail": ("(5, 6)", "(5, 3, 6)")},
            "outputs: got shape (5, 6), should be (5, 3, 6)",
        ),
        ({"problem": "dtype", "detail": ("float64", "float32")}, "outputs: got dtype float64, should be float32"),
        ({"problem": "nonfinite", "nonfinite": 3}, "outputs: 3 of 90 elements are NaN or infinite"),
        (
            {"problem": "padding", "got": 1e-9, "expected": 0.0, "mismatched": 1},
            "outputs past a row's length: got 1e-09, should be exactly 0; 1 of 90 elements",
        ),
        (
            {"problem": "frozen state", "name": "final_state/c", "got": 0.12345678, "expected": 0.12345679},
            "final_state/c of a row of length 0: got 0.12345678, should be exactly 0.12345679; 84 of 90 elements",
        ),
        ({}, "outputs: 84 of 90 elements differ, 84,000 x TensorFlow's own rounding"),
        ({"problem": None}, "outputs: agrees"),
    ],
)
def test_every_problem_has_its_own_words(changes, sentence):
    assert problem_of(**changes) == sentence


@pytest.mark.parametrize("problem", ["missing", "structure", "shape", "dtype"])
def test_a_wrong_form_has_no_size_and_no_likely_mistake(specs, problem):
    tensor = TensorDifference(
        name="outputs", shape=(5, 3, 6), size=90, noise=1e-7, problem=problem, detail=("a", "b"), mismatched=90
    )
    result = CaseResult(spec=specs(), verdict="differ", comparison=Comparison(tensors=(tensor,)))
    lines = failure_text(verdict_of(result), result).splitlines()
    assert [line[:19].strip() for line in lines[1:]] == ["problem", "this case exists", "next"]


@pytest.mark.parametrize(
    ("ratio", "phrase"),
    [
        (0.0, "0 x"), (0.5, "0.5 x"), (2.134, "2.13 x"), (8.04, "8.04 x"), (445.4, "445 x"), (999.9, "1,000 x"),
        (83_962.0, "84,000 x"), (994_999.0, "990,000 x"), (999_999.0, "1.0e+06 x"),
        (1.23e9, "1.2e+09 x"), (math.inf, "infinitely many x"),
        (math.nan, "infinitely many x"),
    ],
)  # fmt: skip
def test_multiples_are_short(ratio, phrase):
    assert words.times(ratio) == phrase


@pytest.mark.parametrize(
    ("expected", "got", "phrases"),
    [
        (0.4182654, 0.43, ("0.41827", "0.43")),
        (0.41827, 0.4182700123, ("0.41827", "0.41827001")),
        (1.0, math.nextafter(1, 2), ("1", "1.0000000000000002")),
        (0.5, 0.5, ("0.5", "0.5")),
        (0.5, math.nan, ("0.5", "nan")),
    ],
)
def test_two_numbers_are_told_apart(expected, got, phrases):
    assert words.pair(expected, got) == phrases


@pytest.mark.parametrize(
    ("changes", "phrase"),
    [
        ({}, "step 0, layer 0, gate j"),
        ({"tensor": "c"}, "step 0, layer 0, c"),
        ({"direction": "bw", "layer": None, "step": 3}, "step 3, backward, gate j"),
        ({"tensor": "outputs/bw", "direction": "bw", "layer": None}, "step 0, outputs/bw"),
        ({"tensor": "final_state/1/c", "step": None, "layer": 1}, "layer 1, final_state/1/c"),
    ],
)
def test_places_are_phrases(changes, phrase):
    assert words.place(replace(FIRST, **changes)) == phrase


def grows(errors, failure, tolerance=None, **changes):
    tensor = replace(TENSOR, noise=1e-7, **changes)
    result = replace(failure, error_by_step=tuple(errors), comparison=Comparison(tensors=(tensor,)))
    return words.growth(result, tolerance or Tolerance())


@pytest.mark.parametrize(
    ("errors", "phrase"),
    [
        ([1e-7, 2e-7, 1e-2, 1.3e-2, 1.69e-2], "right to step 1, wrong from 2 on, x1.30 a step: not rounding"),
        ([1e-2, 5e-3, 2.5e-3], "wrong from step 0 on, x0.50 a step: not rounding"),
        ([1e-2, 3e-2, 2e-2, 4e-2], "wrong from step 0 on, x1.59 a step on average: not rounding"),
        ([1e-2, 1e-2, 1e-2], "wrong from step 0 on, neither growing nor fading: not rounding"),
        ([3e-7, 6e-7, 1.2e-6, 2.4e-6, 4.8e-6], "right to step 1, wrong from 2 on, x2.00 a step"),
        ([0, 0, 1e-2, 0, 0], "wrong at step 2 only: not rounding"),
        ([0, 1e-2, 5e-3, 0, 0], "wrong from step 1 to 2, right again after: not rounding"),
        ([9e-7, 1e-7], "wrong at step 0 only"),
        ([0.0, 0.0], None),
        ([8e-7, 8e-7], None),
        ([1e-2], None),
        ([], None),
        ([1e-2, math.inf], None),
    ],
)
def test_growth_is_said_as_it_is(failure, errors, phrase):
    assert grows(errors, failure) == phrase


def test_growth_follows_the_given_tolerance(failure):
    assert grows([1e-3, 1.0, 1.0, 1.0], failure, Tolerance(rtol=0.0, atol=1e-2)).startswith("right to step 0,")


def test_the_diagnosis_has_repair_witnesses_and_alternatives(failure):
    verdict = diagnosed(failure, explains=1, of=1, contradicted_by=tuple("abcd"), alternatives=(OTHER.id,))
    assert diagnosis_text(verdict, width=120).splitlines() == [
        "diagnosis",
        "  lstm/gates-i-f-j-o: gates read another way",
        "    reproduces the numbers of 1 of 1 failing cases; 4 passing speak against it: a, b, c, ...",
        "    repair: Split the kernel as i, j, f, o.",
        "    or: lstm/forget-bias-left-out: forget_bias left out",
    ]


def test_failing_cases_that_no_mistake_explains_are_counted(failure):
    unknown = replace(failure, explanations=())
    assert diagnosis_text(verdict_of(unknown, unknown)).splitlines() == [
        "diagnosis",
        "  no known mistake, nor two together, reproduces the numbers of 2 of 2 failing cases",
    ]
    assert diagnosis_text(verdict_of()) == ""


def test_a_wrong_dtype_alone_has_no_diagnosis(failure):
    tensors = tuple(replace(tensor, problem="dtype") for tensor in failure.comparison.tensors)
    formal = replace(failure, explanations=(), comparison=replace(failure.comparison, tensors=tensors))
    assert diagnosis_text(verdict_of(formal)) == ""


def test_the_table_has_a_line_for_each_class_of_cell(failure, specs):
    result = replace(failure, verdict="unsupported", comparison=None, spec=specs(cell=GRUCell(num_units=2)))
    assert table_text(verdict_of(failure, failure, result)).splitlines() == [
        "cell           agree  differ  error  unsupported    largest",
        "LSTMCell           0       2      0            0   84,000 x",
        "GRUCell            0       0      0            1          -",
    ]


@pytest.mark.parametrize("ratio", [994_999.0, 999_999.0, 1e6, 9.96e99, math.inf])
def test_a_large_error_does_not_run_into_the_next_column(failure, ratio):
    result = replace(failure, comparison=Comparison(tensors=(replace(TENSOR, ratio=ratio),)))
    last = table_text(verdict_of(result)).splitlines()[-1]
    assert len(last) <= 60
    assert last.split()[:5] == ["LSTMCell", "0", "1", "0", "0"]


def test_the_last_line_says_it_all(failure):
    fine = replace(failure, verdict="agree", comparison=Comparison(tensors=(replace(TENSOR, problem=None, ratio=2.1),)))
    assert summary_line(verdict_of(fine, fine)) == (
        "2 of 2 cases agree, 0 differ, 0 errors, 0 unsupported; largest error 2.1 x TensorFlow's own rounding "
        "(8 allowed); 0.9 s"
    )
    crash = replace(failure, verdict="error", comparison=None)
    assert summary_line(verdict_of(crash)) == (
        "0 of 1 case agree, 0 differ, 1 error, 0 unsupported; nothing was compared; 0.9 s"
    )
    given = verdict_of(failure, tolerance=Tolerance(rtol=1e-3, atol=0.0))
    assert "(rtol 0.001, atol 0 allowed)" in summary_line(given)


def test_the_worst_three_are_told_in_full_and_the_others_in_a_line_each(failure, specs):
    def worse(ratio):
        tensor = replace(TENSOR, ratio=ratio)
        return replace(failure, spec=specs(f"a/x{ratio:.0f}"), comparison=Comparison(tensors=(tensor,)))

    verdict = diagnosed(failure)
    verdict = replace(verdict, results=tuple(map(worse, (10.0, 50.0, 30.0, 40.0, 20.0))))
    text = check_text(verdict)
    assert re.findall(r"^a/x(\d+) vs", text, re.MULTILINE) == ["50", "40", "30"]
    assert "a/x20   DIFFERS   outputs 20 x rounding   lstm/gates-i-f-j-o\n" in text
    assert text.index("a/x20   DIFFERS") < text.index("a/x10   DIFFERS") < text.index("diagnosis")
    assert check_text(verdict, in_full=None).count("this case exists") == 5


def test_what_cannot_be_compared_at_all_is_the_worst(failure, specs):
    tensor = replace(TENSOR, problem="shape", detail=("(1,)", "(2,)"), max_abs=None, ratio=None)
    formal = replace(failure, spec=specs("a/formal"), comparison=Comparison(tensors=(tensor,)), first=None)
    assert check_text(verdict_of(failure, formal)).startswith("a/formal")


def test_reasons_are_grouped_and_counted(make_case):
    def run(case):
        if case.id == "a/z":
            raise ValueError("bad")
        raise Unsupported("no LSTM here")

    text = check_text(check([make_case(name) for name in ("a/x", "a/y", "a/z")], run))
    assert "unsupported: no LSTM here [2 cases, first a/x]\nerror: ValueError: bad [" in text
    assert text.splitlines()[-1].startswith(
        "0 of 3 cases agree, 0 differ, 1 error, 2 unsupported; nothing was compared"
    )


@pytest.mark.parametrize("width", WIDTHS)
def test_a_report_keeps_to_the_width_but_for_its_last_line(failure, width):
    many = [failure] * 6
    text = check_text(replace(diagnosed(failure, alternatives=(OTHER.id,)), results=tuple(many)), width=width)
    assert max(len(line) for line in text.splitlines()[:-1]) <= width


def test_a_text_has_no_escape_codes_until_it_is_coloured(failure):
    text = check_text(diagnosed(failure))
    assert "\x1b" not in text
    assert re.sub(r"\x1b\[[0-9;]*m", "", coloured(text)) == text
    assert "\x1b[1;31mDIFFERS\x1b[0m" in coloured(text)


def test_json_is_the_documented_one(failure):
    held = json.loads(encode(document(diagnosed(failure), {"tensorflow": "2.21.0"})))
    assert held["schema"] == 1
    assert held["candidate"] == "mylib.cells:run"
    assert held["reference"] == {"tensorflow": "2.21.0"}
    assert held["summary"] == {
        "agree": 0, "differ": 1, "error": 0, "unsupported": 0, "seconds": 0.94, "largest_ratio": 84000.0,
        "exit_status": 1,
    }  # fmt: skip
    assert held["signatures"] == []
    assert held["diagnosis"] == [
        {"mistakes": [MISTAKE.id], "explains": 41, "of": 41, "room": 0, "contradicted_by": [], "unlike": [],
         "alternatives": []}
    ]  # fmt: skip
    (case,) = held["cases"]
    assert (case["id"], case["verdict"], case["reason"]) == ("lstm/plain-ragged", "differ", None)
    assert case["first_difference"] == {
        "tensor": "j", "direction": "", "layer": 0, "step": 0, "row": 2, "unit": 4, "got": 0.4310987,
        "expected": 0.4182654,
    }  # fmt: skip
    assert case["explanations"] == [{"mistakes": [MISTAKE.id], "ratio": 1.2}]
    (tensor,) = case["tensors"]
    documented = "name shape mismatched size max_abs noise ratio worst_index got expected problem nonfinite detail"
    assert set(documented.split()) <= tensor.keys()
    assert tensor["worst_index"] == [0, 2, 4]
    assert case["error_by_step"] == [0.01, 0.011, 0.012, 0.0125, 0.013]


def test_json_has_no_nan_and_no_infinity(make_case, right):
    case = make_case()

    def run(question):
        result = right(question)
        outputs = result.outputs.copy()
        outputs[0, 1, 2] = np.nan
        outputs[0, 2, 2] = -np.inf
        return Result(outputs, result.final_state)

    def refuse(constant):
        raise AssertionError(constant)

    verdict = check([case], run)
    assert document(verdict, {}).cases[0].tensors[0].ratio is None  # whatever then encodes it
    held = json.loads(encode(document(verdict, {})), parse_constant=refuse)
    (found,) = held["cases"]
    tensor = found["tensors"][0]
    assert (tensor["max_abs"], tensor["ratio"], tensor["got"], tensor["nonfinite"]) == (None, None, None, 2)
    assert found["first_difference"]["got"] is None
    assert found["error_by_step"][1] is None
    assert held["summary"]["largest_ratio"] is None


def test_list_json_has_every_option(specs):
    spec = specs(cell=LSTMCell(num_units=4, num_proj=2), run=DynamicRNN(time_major=True))
    (case,) = json.loads(encode(list_json([spec])))["cases"]
    assert (case["id"], case["why"], case["cell"], case["run"], case["dtype"]) == (
        "lstm/plain", "to catch a wrong lstm/plain", "LSTMCell", "DynamicRNN", "float32",
    )  # fmt: skip
    assert (case["batch_size"], case["max_time"], case["depth"]) == (3, 5, 2)
    assert case["spec"]["cell"]["num_proj"] == 2
    assert case["spec"]["run"]["time_major"] is True


def test_a_case_is_given_the_mistakes_of_its_own_not_one_that_explains_others(failure):
    alone = Diagnosis(mistakes=(MISTAKE.id,), explains=5, of=6)
    pair = Diagnosis(mistakes=(MISTAKE.id, OTHER.id), explains=1, of=6)
    verdict = replace(diagnosed(failure), diagnosis=(alone, pair))
    result = replace(verdict.results[0], explanations=(Explanation(pair.mistakes, 1.0),))
    text = failure_text(replace(verdict, results=(result,)), result, width=200)
    assert f"{MISTAKE.statement} and {OTHER.statement}: reproduces your numbers in 1 of 6" in text


def test_the_last_line_does_not_praise_what_could_not_be_compared(make_case, right):
    verdict = check([make_case()], lambda case: Result(right(case).outputs[:1], right(case).final_state))
    assert "largest error of what could be compared" in summary_line(verdict)


def test_a_list_is_cut_only_at_a_given_width(specs):
    assert list_text([specs()], None) == "lstm/plain   to catch a wrong lstm/plain"
    assert list_text([specs()], 20) == "lstm/plain   to c..."


def test_a_case_is_shown_with_its_weights_and_noise(folder):
    from rnn_parity.store import Fixtures  # noqa: PLC0415  only here

    text = case_text(Fixtures(folder).read("lstm/plain"), "f" * 64, "rnn-parity check --cases lstm/plain")
    assert "cell               LSTMCell(num_units=4)\n" in text
    assert "sizes              batch_size 3, max_time 5, depth 2\n" in text
    assert re.search(r"^  rnn/lstm_cell/kernel +\(6, 16\) +float32$", text, re.MULTILINE)
    assert re.search(r"^  outputs +\(3, 5, 4\) +float32   noise \d\.\de-\d\d$", text, re.MULTILINE)
    assert "noise/" not in text


def test_masks_are_shown_with_what_they_keep():
    from rnn_parity.store import Fixtures, default_fixtures  # noqa: PLC0415  only here

    fixture = Fixtures(default_fixtures()).read("dropout/output")
    shown = next(line for line in case_text(fixture, "", "").splitlines() if "dropout/wrapper" in line)
    kept = int(fixture.arrays["dropout/wrapper/0/output"].sum())
    assert 0 < kept < 120
    assert shown == f"  dropout/wrapper/0/output   (6, 4, 5)    bool   keeps {kept} of 120"


def test_specs_are_shown_as_calls_without_defaults():
    cell = MultiRNNCell(cells=(GRUCell(num_units=2), LSTMCell(num_units=3, cell_clip=0.0)))
    assert spec_words(cell) == "MultiRNNCell([GRUCell(num_units=2), LSTMCell(num_units=3, cell_clip=0.0)])"
    run = BidirectionalDynamicRNN(sequence_length=(1, 2), cell_bw=GRUCell(num_units=2))
    shared = MultiRNNCell(cells=(GRUCell(num_units=2),) * 2, one_object=True)
    assert spec_words(shared) == "MultiRNNCell([GRUCell(num_units=2), GRUCell(num_units=2)], one_object=True)"
    assert spec_words(ResidualWrapper(cell=GRUCell(num_units=2))) == "ResidualWrapper(cell=GRUCell(num_units=2))"
    assert spec_words(run) == "BidirectionalDynamicRNN(sequence_length=(1, 2), cell_bw=GRUCell(num_units=2))"


def test_a_mistake_is_explained_with_repair_room_and_links(specs):
    mistake = replace(MISTAKE, applies=lambda spec: isinstance(spec.cell, LSTMCell))
    cases = [specs(cell=LSTMCell(num_units=3)), specs(cell=LSTMCell(num_units=4)), specs(cell=GRUCell(num_units=3))]
    assert mistake_text(mistake, 100, cases).splitlines() == [
        "lstm/gates-i-f-j-o",
        "statement    gates read another way",
        "explanation  Keras and PyTorch store other orders.",
        "repair       Split the kernel as i, j, f, o.",
        "room         2 cases: LSTMCell; DynamicRNN",
        "seen         https://example.org/issue/1",
    ]


SIGNATURE = Signature(
    statement="wrong in one unit only", suspects=("an index of the units",), cases=("lstm/plain-ragged",), of=2
)


def unexplained(failure):
    """Return the verdict of a failure without a name, but with a signature."""
    return replace(verdict_of(replace(failure, explanations=())), signatures=(SIGNATURE,))


def test_what_unexplained_failures_have_in_common_is_said_of_the_run_and_of_the_case(failure):
    verdict = unexplained(failure)
    assert "wrong in one unit only (1 of 2); suspects: an index of the units" in diagnosis_text(verdict)
    (result,) = verdict.results
    row = next(line for line in failure_text(verdict, result).splitlines() if line.startswith("likely mistake"))
    assert "no known mistake reproduces these numbers; wrong in one unit only" in row
    assert "wrong in one unit only (1 of 2)" in markdown(verdict)


def test_signatures_come_back_from_json(failure):
    verdict = unexplained(failure)
    assert verdict_from(document(verdict, {})).signatures == verdict.signatures


def test_what_has_room_and_other_numbers_is_counted_against_a_mistake(failure):
    text = diagnosis_text(diagnosed(failure, explains=1, of=5, unlike=("a/b", "a/c", "a/d", "a/e")))
    assert "4 failing with room for it have other numbers: a/b, a/c, a/d, ..." in text


def test_two_mistakes_may_be_an_alternative_together(failure):
    verdict = diagnosed(failure, alternatives=(f"{MISTAKE.id}+{OTHER.id}",))
    assert f"{MISTAKE.statement} and {OTHER.statement}" in " ".join(diagnosis_text(verdict).split())
    assert {MISTAKE.id, OTHER.id} <= document(verdict, {}).mistakes.keys()


def test_signatures_stand_on_the_page_as_suspects(failure, tmp_path):
    page = write_html(document(unexplained(failure), {}), tmp_path / "report").read_text()
    assert "wrong in one unit only (<strong>1 of 2</strong>): an index of the units" in page
    assert "These are suspects" in page


def test_a_page_that_is_no_report_stays(failure, tmp_path):
    page = tmp_path / "index.html"
    page.write_text("mine")
    with pytest.raises(ReportFolderError, match=r"index\.html is there and is no report's"):
        write_html(document(unexplained(failure), {}), tmp_path)
    assert page.read_text() == "mine"
