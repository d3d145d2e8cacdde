import json
import os
import pty
import subprocess
import sys
import weakref

import pytest
from test_store import DAMAGES, no_manifest

import rnn_parity
from rnn_parity import cli
from rnn_parity.candidate import case_of
from rnn_parity.cli import judging, terminal

CELLS = """
import sys
from dataclasses import replace
from rnn_parity import Result, Unsupported
from rnn_parity.candidates.numpy_impl import run as right

def wrong(case):
    result = right(case)
    return Result(result.outputs + 1, result.final_state) if case.id == "lstm/plain" else result

def crashes(case):
    raise ValueError("bad input")

def crashes_and_differs(case):
    return crashes(case) if case.id == "gru/plain" else wrong(case)

def supports_nothing(case):
    raise Unsupported("nothing yet")

def chatty(case):
    print("hello from the candidate")
    return right(case)

def interrupted(case):
    raise KeyboardInterrupt
"""


@pytest.fixture
def cells(tmp_path):
    (tmp_path / "cells.py").write_text(CELLS)
    return lambda name: f"{tmp_path}/cells.py:{name}"


@pytest.fixture
def run(capsys, folder, monkeypatch):
    """Return a function: arguments -> exit status, stdout, stderr, with the fixtures of this test."""
    monkeypatch.setenv("COLUMNS", "200")

    def command(*args, fixtures=folder):
        given = ["--fixtures", str(fixtures)] if args and args[0] in ("check", "list", "show") else []
        with pytest.raises(SystemExit) as left:
            cli.main([*args, *given])
        out, err = capsys.readouterr()
        return left.value.code, out, err

    return command


def process(*args, **options):
    command = [sys.executable, "-m", "rnn_parity", *args]
    return subprocess.run(command, check=False, capture_output=True, text=True, **options)


def test_status_0_every_claimed_case_agrees(run):
    status, out, err = run("check")
    assert (status, err) == (0, "")
    assert out.splitlines()[-1].startswith("5 of 5 cases agree, 0 differ, 0 errors, 0 unsupported; largest error ")


def test_status_1_some_differ(run, cells):
    status, out, _ = run("check", "--candidate", cells("wrong"))
    assert status == 1
    assert out.startswith(f"lstm/plain vs {cells('wrong')}   DIFFERS   outputs (3, 5, 4) float32\n")
    assert "4 of 5 cases agree, 1 differ," in out


def test_status_1_also_where_others_crash(run, cells):
    assert run("check", "--candidate", cells("crashes_and_differs"))[0] == 1


@pytest.mark.parametrize(
    ("args", "message"),
    [
        (["chekc"], "error: No such command 'chekc'. (Did you mean one of: 'check', 'recheck'?)\n"),
        (["check", "--case", "x"], "error: No such option '--case'."),
        (["check", "--reports", "x"], "error: No such option '--reports'."),
        (["check", "surplus"], "error: Got unexpected extra argument (surplus)\n"),
        (["check", "--rtol", "1e-3"], "error: --rtol and --atol go together; give both or neither."),
        (["check", "--atol", "1e-3"], "error: --rtol and --atol go together; give both or neither."),
        (["check", "--rtol", "x", "--atol", "1"], "error: Invalid value for '--rtol': 'x' is not a valid float.\n"),
        (["check", "--rtol", "nan", "--atol", "1"], "error: Tolerance.rtol: got nan, should be a finite number"),
        (["check", "-q", "-v"], "error: -q and -v contradict each other; give one.\n"),
        (["check", "--json", "no/where/x.json"], "error: --json: there is no folder no/where.\n"),
        (["check", "--cases", "lstm/plan"], "error: no case 'lstm/plan'. Did you mean 'lstm/plain'?\n"),
        (["list", "--cases", "gru/*", "--cases", "zzz"], "error: no case 'zzz'. `rnn-parity list` shows all cases.\n"),
        (["show", "lstm/*"], "error: no case 'lstm/*'."),
        (["show"], "error: Missing argument 'CASE'.\n"),
    ],
)
def test_status_2_the_call_is_wrong(run, args, message):
    status, out, err = run(*args)
    assert (status, out) == (2, "")
    assert err.startswith(message)
    assert err.count("\n") == 1


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("rong", "has no 'rong'; did you mean 'wrong'?\n"),
        ("sys", "'sys' is a module, not a function of one Case\n"),
    ],
)
def test_status_3_the_candidate_cannot_be_loaded(run, cells, name, message):
    status, out, err = run("check", "--candidate", cells(name))
    assert (status, out) == (3, "")
    assert err.startswith("error: candidate ")
    assert err.endswith(message)


def test_status_3_the_candidate_crashed_and_nothing_differs(run, cells):
    status, out, err = run("check", "--candidate", cells("crashes"))
    assert (status, err) == (3, "")
    assert "error: ValueError: bad input [" in out
    assert "[5 cases, first basic-rnn/step]" in " ".join(out.split())


def test_status_5_nothing_was_compared(run, cells):
    status, out, _ = run("check", "--candidate", cells("supports_nothing"))
    assert status == 5
    assert "unsupported: nothing yet [5 cases, first basic-rnn/step]\n" in out
    assert "5 unsupported; nothing was compared;" in out


@pytest.mark.parametrize(("damage", "error", "message"), DAMAGES, ids=lambda value: getattr(value, "__name__", None))
def test_status_10_damaged_fixtures(run, own_folder, damage, error, message):
    damage(own_folder)
    status, out, err = run("check", fixtures=own_folder)
    assert (status, out) == (10, "")
    assert err.startswith(f"error: {own_folder}")
    assert message in err
    assert error.__name__ not in err
    assert err.count("\n") == 1


@pytest.mark.parametrize("command", [["list"], ["list", "--json"], ["show", "lstm/plain"], ["check", "--json", "-"]])
def test_status_10_for_every_command_that_reads_fixtures(run, own_folder, command):
    no_manifest(own_folder)
    assert run(*command, fixtures=own_folder)[:2] == (10, "")


def test_a_bare_command_prints_help_and_is_no_success(run):
    status, out, _ = run()
    assert status == 2
    assert out.startswith("Usage: rnn-parity [OPTIONS] COMMAND [ARGS]...")


@pytest.mark.parametrize(
    ("command", "statuses"),
    [
        ([], [0, 1, 2, 3, 5, 10, 11, 12]),
        (["check"], [0, 1, 2, 3, 5, 10]),
        (["compare"], [0, 1, 2, 3, 5, 10]),
        (["recheck"], [0, 1, 2, 3, 5]),
        (["report"], [0, 2]),
        (["export"], [0, 2, 10]),
        (["list"], [0, 2, 10]),
        (["show"], [0, 2, 10]),
        (["mistakes"], [0, 2]),
        (["adequacy"], [0, 1, 2, 5, 10]),
        (["isolate"], [0, 1, 2, 3, 5, 10]),
        (["convert"], [0, 2, 10]),
    ],
)
def test_help_prints_the_command_s_own_exit_statuses(capsys, command, statuses):
    with pytest.raises(SystemExit) as left:
        cli.main([*command, "--help"])
    out = capsys.readouterr().out
    assert left.value.code == 0
    assert [int(line.split()[0]) for line in out.splitlines() if line.strip()[:1].isdigit()] == statuses


def test_help_of_convert_names_every_kind_of_target(capsys):
    with pytest.raises(SystemExit):
        cli.main(["convert", "--help"])
    out = " ".join(capsys.readouterr().out.split())
    assert "TARGET is a .safetensors or .npz; with --to onnx also a whole model, .onnx." in out


def test_the_version_is_printed(run):
    assert run("--version") == (0, f"rnn-parity {rnn_parity.__version__}\n", "")


def test_quiet_is_the_last_line_alone(run, cells):
    _, out, _ = run("check", "-q", "--candidate", cells("wrong"))
    assert out.count("\n") == 1
    assert out.startswith("4 of 5 cases agree")


def test_a_next_command_checks_that_case_again(run, cells):
    _, out, _ = run("check", "--candidate", cells("wrong"))
    command = out[out.index("next ") :].split("\n\n")[0].replace("\\\n", " ").split()[2:]
    status, again, _ = run(*command[:-2])
    assert status == 1
    assert "0 of 1 case agree, 1 differ" in again


def test_a_green_check_keeps_no_case_in_memory(run, monkeypatch):
    made, alive = weakref.WeakValueDictionary(), []

    def counted(fixture):
        alive.append(len(made))
        made[fixture.spec.id] = case = case_of(fixture)
        return case

    monkeypatch.setattr(judging, "case_of", counted)
    assert run("check")[0] == 0
    assert len(alive) == 5
    assert max(alive) <= 1  # the one before, as the next is read


def test_json_goes_to_a_file_beside_the_text(run, tmp_path):
    status, out, _ = run("check", "--json", str(tmp_path / "verdict.json"), "--cases", "lstm/*")
    document = json.loads((tmp_path / "verdict.json").read_bytes())
    assert (status, document["summary"]["agree"]) == (0, 2)
    assert out.splitlines()[-1].startswith("2 of 2 cases agree")
    assert document["reference"]["tensorflow"] == "2.21.0"
    assert len(document["reference"]["fixtures"]) == 64


def test_json_to_stdout_stands_alone_even_if_the_candidate_prints(run, cells):
    status, out, err = run("check", "--json", "-", "--candidate", cells("chatty"))
    assert status == 0
    assert json.loads(out)["candidate"] == cells("chatty")
    assert "hello from the candidate" in err


def test_json_that_cannot_be_written_is_one_line(run, tmp_path):
    status, _, err = run("check", "--json", str(tmp_path))
    assert status == 2
    assert err == f"error: Invalid value for '--json': File '{tmp_path}' is a directory.\n"


def test_rtol_and_atol_are_honoured(run, cells):
    assert run("check", "--rtol", "0", "--atol", "1.1", "--candidate", cells("wrong"))[0] == 0
    assert run("check", "--rtol", "0", "--atol", "0")[0] == 1


def test_list_prints_a_line_for_each_case(run):
    _, out, _ = run("list", "--cases", "lstm/*")
    assert out == "lstm/plain    to catch a wrong lstm/plain\nlstm/ragged   to catch a wrong lstm/ragged\n"


def test_list_json_has_the_selected_cases(run):
    _, out, _ = run("list", "--json", "--cases", "gru/*")
    assert [case["id"] for case in json.loads(out)["cases"]] == ["gru/plain"]


def test_show_prints_the_case(run, folder):
    status, out, _ = run("show", "lstm/ragged")
    assert status == 0
    assert "this case exists   to catch a wrong lstm/ragged\n" in out
    assert f"check it           rnn-parity check --cases lstm/ragged --fixtures {folder}\n" in out


def test_mistakes_are_listed_and_explained(run):
    from rnn_parity.mistakes import MISTAKES  # noqa: PLC0415  heavy

    status, out, _ = run("mistakes")
    assert status == 0
    assert [line.split()[0] for line in out.splitlines()] == [mistake.id for mistake in MISTAKES]
    status, out, _ = run("mistakes", MISTAKES[0].id)
    assert status == 0
    assert out.startswith(f"{MISTAKES[0].id}\nstatement    ")
    assert "\nrepair " in out


def test_an_unknown_mistake_names_the_nearest(run):
    from rnn_parity.mistakes import MISTAKES  # noqa: PLC0415  heavy

    known = MISTAKES[0].id
    assert run("mistakes", f"{known}x") == (2, "", f"error: no mistake '{known}x'. Did you mean '{known}'?\n")
    assert run("mistakes", "0") == (2, "", "error: no mistake '0'. `rnn-parity mistakes` lists them.\n")


def test_an_interrupt_ends_with_130_and_no_trace(folder, cells):
    done = process("check", "--fixtures", folder, "--candidate", cells("interrupted"))
    assert (done.returncode, done.stdout, done.stderr.strip()) == (130, "", "")


def test_a_closed_pipe_is_silent(folder):
    read, write = os.pipe()
    os.close(read)
    command = [sys.executable, "-m", "rnn_parity", "list", "--fixtures", folder]
    done = subprocess.run(command, check=False, stdout=write, stderr=subprocess.PIPE, text=True)
    os.close(write)
    assert (done.returncode, done.stderr) == (141, "")


def test_what_the_output_cannot_encode_is_no_trace(folder, tmp_path):
    (tmp_path / "zellen_\u0436.py").write_text(CELLS)
    environment = {**os.environ, "PYTHONIOENCODING": "latin-1"}
    candidate = f"{tmp_path}/zellen_\u0436.py:wrong"
    done = process("check", "--candidate", candidate, "--fixtures", folder, env=environment)
    assert (done.returncode, done.stderr) == (1, "")
    assert "zellen_?.py:wrong" in done.stdout


@pytest.mark.parametrize("columns", ["60", "100"])
def test_no_colour_and_no_overflow_when_piped(folder, cells, columns):
    environment = {**os.environ, "COLUMNS": columns, "FORCE_COLOR": "1"}
    done = process("check", "--fixtures", folder, "--candidate", cells("wrong"), env=environment)
    assert done.returncode == 1
    assert "\x1b" not in done.stdout
    body = [line for line in done.stdout.splitlines()[:-1] if "--c" not in line]
    assert max(map(len, body)) <= int(columns)


def on_terminal(folder, cells, **environment):
    """Return what `check` prints on a terminal."""
    ours, its = pty.openpty()
    command = [sys.executable, "-m", "rnn_parity", "check", "--fixtures", folder, "--candidate", cells("wrong")]
    environment = {"TERM": "xterm", **{k: v for k, v in os.environ.items() if k != "NO_COLOR"}, **environment}
    done = subprocess.run(command, check=False, stdout=its, stderr=subprocess.PIPE, text=True, env=environment)
    os.close(its)
    printed = b""
    while True:
        try:
            printed += os.read(ours, 65536)
        except OSError:  # Linux: the other end is closed
            break
        if not printed.endswith(b"\n"):
            continue
        if b" s\r\n" in printed:
            break
    os.close(ours)
    assert (done.returncode, done.stderr) == (1, "")
    return printed.decode()


def test_a_terminal_has_colour_unless_it_is_refused(folder, cells):
    assert "\x1b[1;31mDIFFERS" in on_terminal(folder, cells)
    assert "\x1b" not in on_terminal(folder, cells, NO_COLOR="1")
    assert "\x1b" not in on_terminal(folder, cells, TERM="dumb")


def test_a_check_loads_neither_tensorflow_nor_rich_nor_mistakes(folder):
    code = (
        "import sys\nfrom rnn_parity.cli import main\n"
        f"try: main(['check', '-q', '--fixtures', {str(folder)!r}])\n"
        "except SystemExit as left: assert left.code == 0\n"
        "print(*sorted({name.split('.')[0] for name in sys.modules}))\n"
        "print(*sorted(name for name in sys.modules if name.startswith('rnn_parity.')))\n"
    )
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    top, own = done.stdout.splitlines()[-2:]
    assert {"rnn_parity", "numpy"} <= set(top.split())
    assert not {"tensorflow", "tf_keras", "keras", "torch", "rich", "matplotlib", "plotly"} & set(top.split())
    assert "rnn_parity.mistakes" not in own.split()
    assert {"rnn_parity.cli.judging", "rnn_parity.verify"} <= set(own.split())
    assert not {"rnn_parity.cli.looking", "rnn_parity.cli.converting", "rnn_parity.layouts"} & set(own.split())


def test_a_command_that_is_almost_right_is_guessed_though_none_is_loaded_yet(run):
    status, out, err = run("adequcy")
    assert (status, out) == (2, "")
    assert "Did you mean 'adequacy'?" in err


def test_a_progress_bar_waits_for_a_terminal_and_for_long_work(monkeypatch, capsys):
    monkeypatch.setattr(terminal, "PATIENCE", 0.0)
    with terminal.progress(2) as advance:
        advance(None)
    assert capsys.readouterr() == ("", "")
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    with terminal.progress(2) as advance:
        advance(None)
        advance(None)
    out, err = capsys.readouterr()
    assert out == ""
    assert "cases" in err
    monkeypatch.setattr(terminal, "PATIENCE", 1000.0)
    with terminal.progress(2) as advance:
        advance(None)
    assert capsys.readouterr() == ("", "")


def test_a_full_disk_is_one_line_and_not_the_status_of_a_difference(folder):
    with open("/dev/full", "w", encoding="utf-8") as full:  # noqa: PTH123  a device
        done = subprocess.run(
            [sys.executable, "-m", "rnn_parity", "check", "--fixtures", str(folder)],
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )
    assert done.returncode == 2
    assert done.stderr == "error: stdout cannot be written (No space left on device).\n"


def test_mistakes_are_listed_by_glob_and_explained_by_name(run):
    status, out, _ = run("mistakes", "dropout/state*")
    assert status == 0
    assert len(out.splitlines()) > 1
    assert all(line.startswith("dropout/state") for line in out.splitlines())
    assert run("mistakes", "gru/gates-swapped")[1].startswith("gru/gates-swapped\n")


def test_a_report_that_cannot_be_written_costs_no_verdict(run, tmp_path):
    (tmp_path / "data").mkdir()
    status, out, err = run("check", "--cases", "gru/*", "--report", str(tmp_path))
    assert status == 2
    assert "cases agree" in out or "case agree" in out
    assert "is there and is no report's" in err
