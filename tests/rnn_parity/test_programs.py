"""Programs as candidates: run on batches of cases, and split down to the case that one fails on."""

from __future__ import annotations

import json
import os
import shlex
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from test_isolation import is_running, wait_until

from rnn_parity import cli, load_cases, programs
from rnn_parity.array_file import question_bytes
from rnn_parity.fixture_file import Fixture

PORT = Path(__file__).with_name("port.py")
GUILTY = "lstm/plain"


@pytest.fixture(scope="session")
def port(folder, tmp_path_factory):
    """Return a function: misbehaviour -> the candidate that has it, which knows the right answers."""
    known = tmp_path_factory.mktemp("known")
    for case in load_cases(fixtures=folder):
        place = known / f"{case.id}.npz"
        place.parent.mkdir(exist_ok=True)
        place.write_bytes(question_bytes(Fixture(case.spec, case.expected.arrays), "npz"))
    words = (sys.executable, str(PORT), "{input}", "{output}", str(known))
    return lambda *misbehaviour: f"cmd:{shlex.join((*words, *misbehaviour))}"


@pytest.fixture
def check(capsys, folder):
    """Return a function: candidate, options -> exit status, case id -> entry in the JSON, stderr."""

    def command(candidate, *options):
        with pytest.raises(SystemExit) as left:
            cli.main(["check", "--candidate", candidate, "--json", "-", "--fixtures", str(folder), *options])
        out, err = capsys.readouterr()
        return left.value.code, {case["id"]: case for case in json.loads(out)["cases"]} if out else {}, err

    return command


def test_a_program_is_judged_as_every_candidate(check, port):
    status, cases, err = check(port())
    assert (status, err) == (0, "")
    assert list(cases) == sorted(cases)
    assert len(cases) == 5


@pytest.mark.parametrize(
    ("how", "options", "reason"),
    [
        ("crash", (), f"its process was ended by SIGABRT; it printed: asked 1: {GUILTY}"),
        ("fail", (), f"its process ended with exit status 1; it printed: asked 1: {GUILTY}\ncannot do that"),
        ("hang", ("--timeout", "2"), f"it took longer than 2 s and was ended; it printed: asked 1: {GUILTY}"),
        (
            "grow",
            ("--memory", "400"),
            f"it took more than 400 MiB of memory and was ended; it printed: asked 1: {GUILTY}",
        ),
        ("garbage", (), "its json file: no JSON (Expecting property name"),
    ],
)
def test_only_the_case_that_a_program_fails_on_is_blamed(check, port, how, options, reason):
    status, cases, _ = check(port(how), "--cases", "lstm/*", "--cases", "gru/*", *options)
    assert cases[GUILTY]["verdict"] == "error"
    assert cases[GUILTY]["reason"].startswith(reason)
    assert (status, [case["verdict"] for case in cases.values()]) == (3, ["agree", "error", "agree"])


def test_a_case_that_a_program_does_not_answer_is_not_supported(check, port):
    status, cases, _ = check(port("skip"))
    assert (cases[GUILTY]["verdict"], cases[GUILTY]["reason"]) == ("unsupported", "no answer file")
    assert status == 0


def test_batches_and_jobs_change_no_result_and_no_order(check, port, monkeypatch):
    whole = list(check(port())[1].values())
    monkeypatch.setattr(programs, "BATCH", 2)
    assert list(check(port(), "--jobs", "2")[1].values()) == whole


@pytest.mark.parametrize(
    ("candidate", "message"),
    [
        ("cmd:./port {input}", "there is no {output} in it; write it like cmd:"),
        ("cmd:", "there is no {input} and no {output} in it"),
        ("cmd:./no-such-port {input} {output}", "there is no program ./no-such-port, or it may not be executed"),
        ("cmd:'./port {input} {output}", "its quotes do not match (No closing quotation)"),
        ("cmd+xml:./port {input} {output}", "files are cmd:, cmd+safetensors:, cmd+npz:, cmd+json:"),
    ],
)
def test_a_command_that_cannot_be_run_is_one_message_and_status_3(check, candidate, message):
    status, _, err = check(candidate)
    assert status == 3
    assert message in err
    assert err.count("\n") == 1


def test_a_program_ends_with_the_command(port, tmp_path, folder):
    pids = tmp_path / "pids"
    command = [sys.executable, "-m", "rnn_parity", "check", "--candidate", port("hang"), "--fixtures", str(folder)]
    with subprocess.Popen(command, stderr=subprocess.PIPE, env={**os.environ, "PID_FILE": str(pids)}) as process:
        wait_until(lambda: pids.exists() and pids.read_text().count("\n") == 1)
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=30)
    assert (process.returncode, err.strip()) == (130, b"")
    assert not is_running(int(pids.read_text()))
