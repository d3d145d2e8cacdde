"""The pytest plugin in somebody's repository: run as they run it, in a process of its own."""

from __future__ import annotations

import json
from xml.etree import ElementTree as ET

import pytest

pytest_plugins = ["pytester"]

LIBRARY = """
from dataclasses import replace
from rnn_parity import Result, Unsupported
from rnn_parity.candidates import numpy_impl

right = numpy_impl.run

def wrong(case):  # c and h in the other order
    result = numpy_impl.run(case)
    return replace(result, outputs=result.outputs * 1.01, trace=None)

def partial(case):
    if case.spec.run.__class__.__name__ != "Step":
        raise Unsupported("one step at a time")
    return right(case)

def crashing(case):
    raise RuntimeError("no such kernel")
"""
MARKED = """
import mylib
from rnn_parity.pytest import parity_cases

@parity_cases(cell="GRUCell", dtype="float32", run="Step")
def test_gru(case):
    case.check(mylib.{name}(case))
"""
PLANTED = """
from rnn_parity.mistakes import MISTAKES

wrong = next(mistake for mistake in MISTAKES if mistake.id == "gru/gates-swapped").run
"""
UNRELATED = """
import sys

def test_plain():
    assert not {"rnn_parity.pytest_run", "numpy", "msgspec"} & set(sys.modules)
"""
ARGUMENTS = ("--rnn-parity-cases=gru/step*", "-p", "no:cacheprovider")


@pytest.fixture
def suite(pytester):
    """Return a function: text of a test file, arguments -> the finished run."""
    pytester.makepyfile(mylib=LIBRARY)

    def run(text, *arguments):
        if text:
            pytester.makepyfile(test_mine=text)
        return pytester.runpytest_subprocess(*arguments)

    return run


def test_a_marked_test_runs_once_for_every_case(suite):
    done = suite(MARKED.format(name="right"), "-v")
    done.stdout.fnmatch_lines(["*test_gru?gru/square-step? PASSED*", "*test_gru?gru/step? PASSED*"])
    assert done.ret == 0


def test_a_wrong_answer_fails_with_the_story_of_the_case(suite):
    done = suite(MARKED.format(name="wrong"), *ARGUMENTS)
    assert done.ret == 1
    done.stdout.fnmatch_lines(
        [
            "gru/step vs test_mine.py::test_gru   DIFFERS   outputs (4, 5) float32",
            "max |d| *TensorFlow's own rounding (8 allowed)*",
            "this case exists   to catch *",
            "next               pytest 'test_mine.py::test_gru[[]gru/step[]]'",
            "*rnn-parity: test_mine.py::test_gru*",
            "0 of 2 cases agree, 2 differ, *",
        ]
    )


def test_a_test_that_compares_nothing_fails(suite):
    done = suite(MARKED.format(name="right").replace("case.check(mylib.right(case))", "mylib.right(case)"), *ARGUMENTS)
    assert done.ret == 1
    done.stdout.fnmatch_lines(["*nothing was compared: call case.check*"])


def test_what_a_candidate_does_not_support_is_skipped_with_the_reason(suite):
    text = MARKED.format(name="partial").replace(', run="Step"', "")
    done = suite(text, "--rnn-parity-cases=gru/step", "--rnn-parity-cases=gru/static", "-rs")
    assert done.ret == 0
    done.assert_outcomes(passed=1, skipped=1)
    done.stdout.fnmatch_lines(["*unsupported: one step at a time*"])


def test_a_crash_counts_as_an_error_of_the_case(suite):
    done = suite(MARKED.format(name="crashing"), *ARGUMENTS)
    assert done.ret == 1
    done.stdout.fnmatch_lines(["*RuntimeError: no such kernel*", "0 of 2 cases agree, 0 differ, 2 errors, *"])


def test_a_candidate_is_collected_over_the_catalogue(suite):
    done = suite("", "--rnn-parity-candidate=mylib:right", *ARGUMENTS, "-v")
    assert done.ret == 0
    done.assert_outcomes(passed=2)
    done.stdout.fnmatch_lines(
        ["rnn-parity: mylib:right; fixtures * recorded with *tensorflow*", "rnn-parity::gru/step *"]
    )


def test_keywords_select_among_collected_cases_and_x_stops_at_the_first(suite):
    done = suite("", "--rnn-parity-candidate=mylib:wrong", *ARGUMENTS, "-k", "state or nothing")
    done.assert_outcomes(failed=1, deselected=1)
    done = suite("", "--rnn-parity-candidate=mylib:wrong", *ARGUMENTS, "-x")
    done.assert_outcomes(failed=1)


def test_last_failed_runs_only_what_failed(suite):
    suite("", "--rnn-parity-candidate=mylib:partial", "--rnn-parity-cases=gru/step*")
    suite("", "--rnn-parity-candidate=mylib:wrong", "--rnn-parity-cases=gru/step")
    done = suite("", "--rnn-parity-candidate=mylib:right", "--rnn-parity-cases=gru/step*", "--lf")
    done.assert_outcomes(passed=1, deselected=1)


def test_results_of_all_workers_come_together_with_the_diagnosis_and_no_warning(suite, pytester):
    pytester.makepyfile(planted=PLANTED)
    done = suite(
        "", "--rnn-parity-candidate=planted:wrong", "--rnn-parity-cases=gru/s*", "-n", "2", "-W", "error",
        "--rnn-parity-json=verdict.json", "--rnn-parity-report=out", "--junitxml=junit.xml",
    )  # fmt: skip
    assert done.ret == 1
    done.stdout.fnmatch_lines(["*gru/gates-swapped: gates read u,r*", "*reproduces the numbers of * failing cases*"])
    held = json.loads((pytester.path / "verdict.json").read_text())
    assert held["summary"]["differ"] == held["diagnosis"][0]["explains"] > 5
    assert (pytester.path / "out" / "index.html").is_file()
    properties = ET.parse(pytester.path / "junit.xml").iter("property")  # noqa: S314  written just now
    ratios = {one.get("name"): float(one.get("value")) for one in properties}
    assert ratios["rnn_parity/outputs"] > 8


def test_a_report_that_cannot_be_written_costs_no_result(suite, pytester):
    (pytester.path / "out").write_text("a file")
    done = suite("", "--rnn-parity-candidate=mylib:right", *ARGUMENTS, "--rnn-parity-report=out")
    done.stdout.fnmatch_lines(["2 of 2 cases agree*", "not written: *out cannot take a report*"])
    done.stdout.no_fnmatch_line("*INTERNALERROR*")


def test_known_differences_are_expected_and_an_entry_that_agrees_fails(suite, pytester):
    known = pytester.path / "known.toml"
    known.write_text('[[known]]\ncase = "gru/step"\nreason = "not ported yet"\n')
    option = f"--rnn-parity-known={known}"
    done = suite("", "--rnn-parity-candidate=mylib:wrong", "--rnn-parity-cases=gru/step", option, "-rx")
    assert done.ret == 0
    done.stdout.fnmatch_lines(["XFAIL *gru/step*known difference: not ported yet*"])
    done = suite("", "--rnn-parity-candidate=mylib:right", "--rnn-parity-cases=gru/step", option)
    assert done.ret == 1
    done.stdout.fnmatch_lines(["*gru/step agrees now. Remove its entry: not ported yet*"])


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (
            '[[known]]\ncase = "lstm/nowhere*"\nreason = "gone"\n',
            "*'lstm/nowhere?' matches no case. Remove it; *",
        ),
        ('[[known]]\ncase = "gru/step"\n', "*known.toml*reason*"),
        ("[[known\n", "*known.toml*Write ??known?? entries*"),
    ],
)
def test_a_wrong_file_of_known_differences_ends_the_run(suite, pytester, content, message):
    (pytester.path / "known.toml").write_text(content)
    done = suite("", "--rnn-parity-candidate=mylib:right", *ARGUMENTS, "--rnn-parity-known=known.toml")
    assert done.ret == pytest.ExitCode.USAGE_ERROR
    done.stderr.fnmatch_lines([message])


@pytest.mark.parametrize(
    ("text", "arguments", "message"),
    [
        ("", ["--rnn-parity-candidate=mylib:rihgt"], "*mylib has no 'rihgt'; did you mean 'right'?*"),
        ("", ["--rnn-parity-candidate=mylib:right", "--rnn-parity-cases=gru/stpe"], "*Did you mean 'gru/step'?*"),
        ("", ["--rnn-parity-candidate=mylib:right", "--rnn-parity-fixtures=nowhere"], "*nowhere*"),
    ],
)
def test_a_wrong_option_is_one_line_that_says_what_to_do(suite, text, arguments, message):
    done = suite(text, *arguments)
    assert done.ret == pytest.ExitCode.USAGE_ERROR
    done.stderr.fnmatch_lines([message])


def test_a_marker_without_argument_or_cases_says_so(suite):
    done = suite(MARKED.format(name="right").replace("(case)", "()").replace("mylib.right()", "None"))
    done.stdout.fnmatch_lines(["*has no argument `case`*"])
    done = suite(MARKED.format(name="right").replace("GRUCell", "GruCell"))
    done.stdout.fnmatch_lines(["*no case for *GruCell*"])


def test_ini_keys_stand_for_the_options(suite, pytester):
    pytester.makeini("[pytest]\nrnn_parity_candidate = mylib:right\nrnn_parity_cases = gru/step gru/static\n")
    suite("").assert_outcomes(passed=2)


def test_other_tests_see_nothing_of_it(suite):
    done = suite(UNRELATED)
    done.assert_outcomes(passed=1)
    done.stdout.no_fnmatch_line("*rnn-parity:*")
