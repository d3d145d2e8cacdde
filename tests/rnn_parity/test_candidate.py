import sys

import numpy as np
import pytest

from rnn_parity import Directions, LSTMStateTuple, load_cases
from rnn_parity.candidate import Result, load_candidate
from rnn_parity.errors import CandidateLoadError, CaseUnknownError, ExpectationMissingError
from rnn_parity.spec import BidirectionalDynamicRNN, DynamicRNN
from rnn_parity.store import default_fixtures

CODE = "def run(case): return None\nTABLE = {}\n"


@pytest.fixture
def here(tmp_path, monkeypatch):
    """Stand in an empty folder; what is imported from it is forgotten afterwards."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", list(sys.path))
    known = set(sys.modules)
    yield tmp_path
    for name in set(sys.modules) - known:
        del sys.modules[name]


@pytest.mark.parametrize("reference", ["cmd:./port {input} {output}", "cmd+json:./port", "answers:here"])
def test_what_is_no_function_is_left_to_the_command(reference):
    with pytest.raises(CandidateLoadError, match="only `rnn-parity check` takes that; here it has to be a function"):
        load_candidate(reference)


def test_a_built_in_candidate_is_loaded_by_its_name(right):
    assert load_candidate("numpy_impl") is right


def test_a_function_of_a_module_in_the_current_folder_is_loaded(here):
    (here / "my_cells_1.py").write_text(CODE)
    assert load_candidate("my_cells_1:run").__module__ == "my_cells_1"


def test_a_function_of_a_file_is_loaded_with_its_neighbours(here):
    (here / "sub").mkdir()
    (here / "sub" / "neighbour_1.py").write_text("x = 1")
    (here / "sub" / "my_cells_2.py").write_text(f"import neighbour_1\n{CODE}")
    assert load_candidate("sub/my_cells_2.py:run").__name__ == "run"
    assert load_candidate(f"{here}/sub/my_cells_2.py:run").__name__ == "run"


@pytest.mark.parametrize(
    ("reference", "message"),
    [
        ("numpy_imp", "did you mean 'numpy_impl'? Your own is named module:function or path/file.py:function"),
        ("xyzzy", "built-in are numpy_impl, numpy_impl.fast, torch, keras"),
        (":run", "write it as module:function or path/file.py:function"),
        ("cells:", "write it as module:function or path/file.py:function"),
        ("no_such_module:run", "importing no_such_module raised ModuleNotFoundError: No module named 'no_such_module'"),
        ("nowhere/cells.py:run", "there is no file nowhere/cells.py"),
        ("cells.py:rum", "cells has no 'rum'; did you mean 'run'?"),
        ("cells.py:xyz", "cells has no 'xyz'"),
        ("mine:wall", "mine has no 'wall'"),  # what comes nearest is a module
        ("numpy_impl:run", "numpy_impl has no 'run'; the candidate that is built in is named 'numpy_impl'"),
        ("cells.py:TABLE", "'TABLE' is a dict, not a function of one Case"),
        ("raises.py:run", "running raises.py raised ZeroDivisionError: division by zero"),
        ("raises:run", "importing raises raised ZeroDivisionError: division by zero"),
        ("syntax.py:run", "running syntax.py raised SyntaxError:"),
        ("leaves.py:run", "running leaves.py raised SystemExit: 0"),
        ("leaves:run", "importing leaves raised SystemExit: 0"),
    ],
)
def test_a_candidate_that_cannot_be_loaded_says_why(here, reference, message):
    (here / "cells.py").write_text(CODE)
    (here / "mine").mkdir()
    (here / "mine" / "__init__.py").write_text("from mine import walk")
    (here / "mine" / "walk.py").write_text(CODE)
    (here / "raises.py").write_text("1 / 0")
    (here / "syntax.py").write_text("def")
    (here / "leaves.py").write_text("import sys; sys.exit(0)")
    with pytest.raises(CandidateLoadError) as caught:
        load_candidate(reference)
    assert str(caught.value).startswith(f"candidate {reference!r} could not be loaded: {message}")
    assert ("did you mean" in str(caught.value)) == ("did you mean" in message)
    assert caught.value.exit_status == 3


def test_a_case_has_tensorflows_structures(make_case):
    case = make_case(run=BidirectionalDynamicRNN(sequence_length=(5, 2, 0), initial_state=True))
    assert isinstance(case.initial_state, Directions)
    assert isinstance(case.initial_state.bw, LSTMStateTuple)
    assert case.sequence_length.tolist() == [5, 2, 0]
    assert list(case.layer_weights.bw[0]) == ["kernel", "bias"]
    assert list(case.expectation.arrays) == [
        "outputs/fw", "outputs/bw", "final_state/fw/c", "final_state/fw/h", "final_state/bw/c", "final_state/bw/h",
    ]  # fmt: skip
    assert case.expectation.trace["bw/0/i"].shape == (5, 3, 4)


def test_zeros_are_none_where_no_state_is_given(make_case):
    case = make_case(run=DynamicRNN())
    assert case.initial_state is None
    assert case.sequence_length is None


def test_the_question_holds_no_answer(make_case):
    question = make_case().question()
    with pytest.raises(ExpectationMissingError, match=r"case 'lstm/plain' has no expected outputs.*load_cases"):
        question.expectation  # noqa: B018  the property raises


def test_cases_are_loaded_by_glob_one_at_a_time(folder):
    cases = load_cases(["gru/*"], folder)
    assert [case.id for case in cases] == ["gru/plain"]
    assert [case.id for case in load_cases("*/ragged", folder)] == ["lstm/ragged"]
    with pytest.raises(CaseUnknownError):
        load_cases(["gruu"], folder)


def test_the_fixtures_that_come_along_are_the_default():
    assert (default_fixtures() / "MANIFEST.json").is_file()


def test_a_result_needs_no_trace():
    assert Result(np.zeros(1), np.zeros(1)).trace is None
