"""What a candidate does to its process is the verdict of its case, and the others are judged as ever."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from threading import Event

import misbehaving
import pytest
from misbehaving import GUILTY

from rnn_parity import Result, cli, workers
from rnn_parity.watched import Limits

ERRORS = {  # by candidate: options beside --jobs, what its reason says
    "raises": ((), "ValueError: bad input ["),
    "exits": ((), "SystemExit: 0 ["),
    "exits_at_once": ((), "its process ended with exit status 0; it printed: my last words"),
    "is_killed": ((), "its process was ended by SIGKILL; it printed: my last words"),
    "reads_from_nowhere": ((), "its process was ended by SIGSEGV; it printed: Fatal Python error: Segmentation fault"),
    "interrupts_itself": ((), "its process was ended by SIGINT; it printed: Traceback"),
    "hangs": (("--timeout", "1"), "it took longer than 1 s and was ended; it printed: still thinking"),
    "hangs_printing": (("--timeout", "1"), "it took longer than 1 s and was ended; it printed: xxx"),
    "allocates_without_end": (("--memory", "600"), "it took more than 600 MiB of memory and was ended"),
    "closes_every_file": (("--timeout", "1"), "it took longer than 1 s and was ended"),
    "returns_nothing": ((), "returned a NoneType, should be a rnn_parity.Result"),
    "traces_badly": ((), "returned a trace that is a list, should be a mapping of names to arrays"),
}
DIFFERENCES = {
    "nests_otherwise": "structure",
    "leaves_out_a_state": "missing",
    "answers_float64": "dtype",
    "answers_objects": "dtype",
    "answers_what_numpy_cannot_read": "structure",
    "answers_nan": "nonfinite",
    "is_wrong": "values",
}


@pytest.fixture
def check(capsys, folder, monkeypatch):
    """Return a function: candidate of `misbehaving`, options -> exit status, case id -> entry in the JSON, stderr."""
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).parent), prepend=os.pathsep)

    def command(name, *options):
        candidate = f"{misbehaving.__file__}:{name}"
        with pytest.raises(SystemExit) as left:
            cli.main(["check", "--candidate", candidate, "--json", "-", "--fixtures", str(folder), *options])
        out, err = capsys.readouterr()
        return left.value.code, {case["id"]: case for case in json.loads(out)["cases"]} if out else {}, err

    return command


@pytest.mark.parametrize("name", ERRORS)
def test_a_misbehaving_candidate_is_an_error_of_that_case_alone(check, name):
    options, reason = ERRORS[name]
    status, cases, _ = check(name, "--jobs", "1", *options)
    assert cases[GUILTY]["verdict"] == "error"
    assert cases[GUILTY]["reason"].startswith(reason)
    assert len(cases[GUILTY]["reason"]) < 1200
    assert {case["verdict"] for case_id, case in cases.items() if case_id != GUILTY} == {"agree"}
    assert (status, len(cases)) == (3, 5)


@pytest.mark.parametrize("name", DIFFERENCES)
def test_a_wrong_answer_is_the_same_difference_wherever_it_is_given(check, name):
    status, cases, _ = check(name, "--jobs", "2", "--cases", "lstm/*")
    assert (status, check(name, "--cases", "lstm/*")[1]) == (1, cases)
    assert list(cases) == sorted(cases)
    problems = {tensor["problem"] for tensor in cases[GUILTY]["tensors"]}
    assert DIFFERENCES[name] in problems


@pytest.mark.parametrize("name", ["raises", "declines"])
def test_what_is_raised_or_declined_is_the_same_wherever(check, name):
    status, cases, _ = check(name, "--jobs", "2")
    plain_status, plain_cases, _ = check(name)
    assert (status, list(cases.values())) == (plain_status, list(plain_cases.values()))


def test_what_a_candidate_prints_goes_to_stderr_also_from_another_process(check):
    assert "about to raise" in check("raises", "--jobs", "1")[2]
    status, _, err = check("prints_much", "--jobs", "1")
    assert status == 0
    assert err.count("y") > 10_000


def test_a_process_that_ends_after_its_answer_is_not_the_fault_of_the_next_case(make_case, tmp_path):
    pool = workers._Pool("numpy_impl", tmp_path, 1, Limits(), Event())
    place, worker = pool._idle.get()
    worker._process._process.kill()
    worker._process._process.wait()
    pool._idle.put((place, worker))
    _, answer, _ = pool.answer(make_case())
    pool.close()
    assert isinstance(answer, Result)


def test_what_a_candidate_started_ends_with_it(check, monkeypatch, tmp_path):
    monkeypatch.setenv("PID_FILE", str(tmp_path / "pid"))
    _, cases, _ = check("leaves_a_child", "--jobs", "1")
    assert cases[GUILTY]["reason"] == "its process ended with exit status 7"
    assert not is_running(int((tmp_path / "pid").read_text()))


@pytest.mark.parametrize(
    "cells",
    [
        ("raise ImportError('no torch')", "raised ImportError: no torch"),
        ("import sys; sys.exit(0)", "raised SystemExit: 0"),
        (
            "import os; print('bye'); os._exit(0)",
            "its process ended with exit status 0 while it was loaded; it printed",
        ),
        ("import time; time.sleep(100)", "it took longer than 1 s and was ended while it was loaded"),
        ("run = 3", "'run' is a int, not a function of one Case"),
    ],
)
def test_a_candidate_that_cannot_be_loaded_is_one_message_and_status_3(cells, tmp_path, folder, capsys, monkeypatch):
    body, message = cells
    monkeypatch.setattr(workers, "LOADING", 1.0 if "sleep" in body else workers.LOADING)
    (tmp_path / "cells.py").write_text(body)
    options = ["--candidate", f"{tmp_path}/cells.py:run", "--jobs", "2", "--timeout", "1", "--fixtures", str(folder)]
    with pytest.raises(SystemExit) as left:
        cli.main(["check", *options])
    out, err = capsys.readouterr()
    assert (left.value.code, out) == (3, "")
    assert message in err
    assert err.count("\n") == 1


@pytest.mark.parametrize("end", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL], ids=lambda end: end.name)
def test_nothing_is_left_running_however_the_command_ends(end, tmp_path, folder):
    pids = tmp_path / "pids"
    candidate = f"{misbehaving.__file__}:waits_with_its_pid"
    command = [sys.executable, "-m", "rnn_parity", "check", "--candidate", candidate, "--fixtures", str(folder)]
    with subprocess.Popen(
        [*command, "--jobs", "2"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env={**os.environ, "PID_FILE": str(pids)},
    ) as process:
        wait_until(lambda: pids.exists() and pids.read_text().count("\n") == 2)
        process.send_signal(end)
        out, err = process.communicate(timeout=30)
    assert (out, err.strip()) == (b"", b"")
    assert process.returncode == (-end if end == signal.SIGKILL else 130)
    for pid in map(int, pids.read_text().split()):
        wait_until(lambda pid=pid: not is_running(pid))


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--jobs", "0"], "error: Invalid value for '--jobs': 0 is not in the range x>=1.\n"),
        (["--timeout", "0"], "error: Invalid value for '--timeout': 0.0 is not in the range"),
        (["--memory", "0"], "error: Invalid value for '--memory': 0 is not in the range x>=1.\n"),
        (
            ["--candidate", "answers:here", "--jobs", "2"],
            "error: check.--candidate: got 'answers:here', should be some",
        ),
    ],
)
def test_options_that_cannot_be_honoured_are_refused(options, message, folder, capsys):
    with pytest.raises(SystemExit) as left:
        cli.main(["check", "--fixtures", str(folder), *options])
    assert left.value.code == 2
    assert capsys.readouterr().err.startswith(message)


def wait_until(holds):
    deadline = time.monotonic() + 30
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def is_running(pid):
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False
