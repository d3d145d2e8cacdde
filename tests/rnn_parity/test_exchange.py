"""Questions and answers as files: exact in every format, readable without this package, judged as every candidate."""

from __future__ import annotations

import json
import zipfile

import numpy as np
import pytest
from msgspec.structs import replace
from safetensors.numpy import load_file
from small_recordings import make_spec, named, record

from rnn_parity import cli
from rnn_parity.array_file import FORMATS, question_bytes, read_arrays
from rnn_parity.candidate import as_fixture, load_cases, question_of
from rnn_parity.candidates.numpy_impl import run as right
from rnn_parity.fixture_file import Fixture
from rnn_parity.spec import CaseSpec, to_json

PLAIN = "lstm/plain"


@pytest.fixture
def run(capsys, folder, monkeypatch):
    """Return a function: arguments -> exit status, stdout, stderr, with the fixtures of this test."""
    monkeypatch.setenv("COLUMNS", "200")

    def command(*args):
        with pytest.raises(SystemExit) as left:
            cli.main([*map(str, args), "--fixtures", str(folder)])
        out, err = capsys.readouterr()
        return left.value.code, out, err

    return command


@pytest.fixture
def compare(run, answers):
    """Return a function: a change of the answer to one case -> its entry in the JSON of `compare`, exit status."""

    def command(*args):
        status, out, err = run("compare", answers, "--json", "-", *args)
        assert err == ""
        return {case["id"]: case for case in json.loads(out)["cases"]}, status

    return command


@pytest.fixture
def answers(tmp_path, folder):
    """Return a folder of right answers to all cases, as npz."""
    for case in load_cases(fixtures=folder):
        write(tmp_path / "answers" / f"{case.id}.npz", case.spec, named(case.spec, right(case.question())))
    return tmp_path / "answers"


def write(path, spec: CaseSpec, arrays):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(question_bytes(Fixture(spec, arrays), path.suffix.removeprefix(".")))


@pytest.mark.parametrize("file_format", FORMATS)
@pytest.mark.parametrize("dtype", ["float16", "float32", "float64"])
def test_numbers_go_through_a_file_unchanged(file_format, dtype, tmp_path):
    bits = np.random.default_rng(3).integers(0, 2**16, 4000, np.uint16)
    drawn = np.frombuffer(bits.tobytes(), dtype)
    extremes = [np.finfo(dtype).max, np.finfo(dtype).tiny, np.finfo(dtype).smallest_subnormal, -0.0, 1 / 3]
    numbers = np.concatenate([drawn[np.isfinite(drawn)], np.array(extremes, dtype)])
    arrays = {"inputs": numbers, "lengths": np.array([[1], [-2]], np.int32), "mask": np.array([True, False])}
    write(tmp_path / f"a.{file_format}", make_spec(), arrays)
    held = read_arrays(tmp_path / f"a.{file_format}")
    assert held.keys() == arrays.keys()
    for name, array in arrays.items():
        assert (held[name].dtype, held[name].shape) == (array.dtype, array.shape)
        assert held[name].tobytes() == array.tobytes()


@pytest.mark.parametrize("file_format", FORMATS)
def test_an_export_is_read_without_this_package_and_says_all_but_the_answer(run, folder, tmp_path, file_format):
    status, out, _ = run("export", tmp_path / "out", "--format", file_format)
    assert (status, out) == (0, f"5 cases in {tmp_path}/out; {tmp_path}/out/README.md says how to answer\n")
    index = json.loads((tmp_path / "out" / "index.json").read_text())
    listed = (tmp_path / "out" / "cases.txt").read_text().splitlines()
    assert index["files"] == file_format
    assert list(index["cases"]) == listed
    for case in load_cases(fixtures=folder):
        arrays, spec = read(tmp_path / "out" / "questions" / f"{case.id}.{file_format}")
        assert spec == index["cases"][case.id] == json.loads(to_json(case.spec))
        wanted = as_fixture(case).arrays
        assert arrays.keys() == wanted.keys()
        assert all(np.array_equal(arrays[name], array) for name, array in wanted.items())
        assert not {name for name in arrays if name.startswith(("outputs", "final_state", "oracle64", "noise"))}
        assert (tmp_path / "out" / case.id).parent.is_dir()


def read(path):
    """Return what a file of a question holds, by nothing but what its format promises."""
    if path.suffix == ".safetensors":
        size = int.from_bytes(path.read_bytes()[:8], "little")
        metadata = json.loads(path.read_bytes()[8 : 8 + size])["__metadata__"]
        return load_file(path), json.loads(metadata["rnn-parity"])["spec"]
    if path.suffix == ".npz":
        held = np.load(path)
        return {name: held[name] for name in held.files if name != "spec.json"}, json.loads(held["spec.json"])
    held = json.loads(path.read_text())
    entries = held["arrays"].items()
    return {name: np.array(e["data"], e["dtype"]).reshape(e["shape"]) for name, e in entries}, held["spec"]


def test_the_readme_names_the_arrays_of_its_example(run, tmp_path):
    run("export", tmp_path / "out", "--cases", PLAIN)
    readme = (tmp_path / "out" / "README.md").read_text()
    for line in (
        "# Questions about 1 case\n",
        "| `weights/rnn/lstm_cell/kernel` | float32 | (6, 16) |\n",
        "| `final_state/c` | float32 | (3, 4) |\n",
        '"use_peepholes": false\n',
        "`questions/lstm/plain.safetensors`:\n",
    ):
        assert line in readme


def test_an_export_replaces_an_earlier_one_and_nothing_else(run, tmp_path):
    place = tmp_path / "out"
    place.mkdir()
    assert run("export", place)[0] == 0
    assert run("export", place, "--cases", "lstm/*", "--format", "json")[0] == 0
    assert sorted(path.name for path in place.iterdir()) == [
        "README.md",
        "cases.txt",
        "index.json",
        "lstm",
        "questions",
    ]
    assert sorted(path.name for path in (place / "questions" / "lstm").iterdir()) == ["plain.json", "ragged.json"]
    (place / "lstm" / "plain.npz").write_bytes(b"an answer")
    status, _, err = run("export", place)
    assert status == 2
    assert err == (
        f"error: {place}: holds 6 files, lstm/plain.npz among them, that no export may replace. "
        "Name a new folder, or take them away.\n"
    )
    assert (place / "lstm" / "plain.npz").read_bytes() == b"an answer"


def test_an_export_leaves_the_files_of_others_alone(run, tmp_path):
    (tmp_path / "README.md").write_text("mine")
    assert run("export", tmp_path)[0] == 2
    assert run("export", tmp_path / "README.md")[2].startswith(f"error: {tmp_path}/README.md: a file. Name a folder.")
    assert [path.name for path in tmp_path.iterdir()] == ["README.md"]
    assert (tmp_path / "README.md").read_text() == "mine"


def test_an_export_that_fails_leaves_nothing_behind(own_folder, tmp_path):
    (own_folder / "lstm" / "ragged.safetensors").write_bytes(b"broken")
    with pytest.raises(SystemExit) as left:
        cli.main(["export", str(tmp_path / "out"), "--fixtures", str(own_folder)])
    assert left.value.code == 10
    assert list((tmp_path / "out").iterdir()) == []


@pytest.mark.parametrize("file_format", FORMATS)
def test_answers_of_every_format_are_judged_as_every_candidate(run, tmp_path, folder, file_format):
    run("export", tmp_path / "out", "--format", file_format, "--cases", "lstm/*", "--cases", "stacked/*")
    for case in load_cases(["lstm/*", "stacked/*"], folder):
        question = question_of(as_fixture(case))
        write(tmp_path / "out" / f"{case.id}.{file_format}", case.spec, named(case.spec, right(question)))
    status, out, _ = run("compare", tmp_path / "out")
    assert status == 0
    assert out.splitlines()[-1].startswith("3 of 3 cases agree")


def test_a_wrong_answer_is_located_and_its_mistake_named(run, answers, folder):
    for case in load_cases(["lstm/*"], folder):
        result = named(case.spec, right(case.question()))
        swapped = {"final_state/c": result["final_state/h"], "final_state/h": result["final_state/c"]}
        write(answers / f"{case.id}.npz", case.spec, result | swapped)
    status, out, _ = run("compare", answers)
    assert status == 1
    assert f"{PLAIN} vs answers:{answers}   DIFFERS   final_state/" in out
    assert "reproduces the numbers of 2 of 2 failing cases" in out
    assert (
        f"rnn-parity compare {answers} --cases {PLAIN} \\\n" in out.replace("next               ", "") or PLAIN in out
    )


def test_a_trace_in_an_answer_sharpens_where_the_difference_began(compare, answers, folder):
    (case,) = load_cases([PLAIN], folder)
    result = right(case.question())
    trace = {f"trace/{name}": array + (name == "0/f") for name, array in result.trace.items()}
    arrays = named(case.spec, result)
    arrays["outputs"] = arrays["outputs"] + np.float32(1)
    write(answers / f"{PLAIN}.npz", case.spec, arrays | trace)
    cases, _ = compare("--cases", PLAIN)
    assert cases[PLAIN]["first_difference"]["tensor"] == "f"


def test_cases_without_an_answer_are_not_supported_and_no_answer_at_all_is_status_5(compare, answers):
    (answers / f"{PLAIN}.npz").unlink()
    cases, status = compare()
    assert (status, cases[PLAIN]["verdict"], cases[PLAIN]["reason"]) == (0, "unsupported", "no answer file")
    assert compare("--cases", PLAIN)[1] == 5


def entry(**changes):
    return {"dtype": "float32", "shape": [3, 5, 4], "data": [0.5] * 60} | changes


def as_json(**arrays):
    return json.dumps({"arrays": {"outputs": entry()} | arrays})


WITHOUT_STATES = [("outputs", "values"), ("final_state/c", "missing"), ("final_state/h", "structure")]
DAMAGES = [  # file, its content, what is said of it
    ("json", "", "its json file: no JSON (Expecting value: line 1 column 1 (char 0)); a number that is not finite is"),
    ("json", '{"arrays": {"outputs": {"data": [nan]}}}', "its json file: no JSON (Expecting value: line 1 column 34"),
    ("json", "[" * 100_000, "its json file: no JSON (maximum recursion depth exceeded"),
    ("json", "[1, 2]", 'its json file: no "arrays" in it, should be {"arrays": {"outputs": {"dtype": ...}, ...}}.'),
    ("json", '{"arrays": {}, "outputs": 1}', 'its json file: outputs beside "arrays"; arrays stand inside of it.'),
    ("json", as_json(outputs=[[1.0]]), "its json file: outputs: got a list, should be an object with dtype, shape"),
    ("json", as_json(outputs={"shape": [1], "data": [1]}), "its json file: outputs: got keys data, shape, should be"),
    ("json", as_json(outputs=entry(dtype="double")), "its json file: outputs: got dtype 'double', should be one of fl"),
    ("json", as_json(outputs=entry(data=[1])), "its json file: outputs: got 1 numbers, should be 60 for (3, 5, 4)."),
    ("json", as_json(outputs=entry(data=[[1] * 60])), "its json file: outputs: got data of shape (1, 60), should be"),
    ("json", as_json(outputs=entry(data="x")), "its json file: not readable (ValueError: could not convert string"),
    ("json", as_json(outputs=entry(shape=3)), "its json file: not readable (TypeError: 'int' object is not iterable)"),
    (
        "json",
        as_json(output=entry()),
        "its json file: got output, which no answer has; should be outputs, final_state/c",
    ),
    (
        "json",
        as_json(**{"trace/0/z": entry()}),
        "its json file: got trace/0/z, which no answer has; should be outputs,",
    ),
    ("safetensors", b"", "its safetensors file: damaged (Error while deserializing: header too small)."),
    ("safetensors", b"\xff" * 40, "its safetensors file: damaged (Error while deserializing: header too large"),
    ("npz", b"PK not a zip", "its npz file: not readable (ValueError: "),
    ("npz", b"", "its npz file: not readable (EOFError: "),
]


@pytest.mark.parametrize(("suffix", "content", "reason"), DAMAGES, ids=[f"{n}" for n in range(len(DAMAGES))])
def test_a_file_that_is_no_answer_is_an_error_of_its_case(compare, answers, suffix, content, reason):
    (answers / f"{PLAIN}.npz").unlink()
    (answers / f"{PLAIN}.{suffix}").write_bytes(content if isinstance(content, bytes) else content.encode())
    cases, status = compare()
    assert cases[PLAIN]["verdict"] == "error"
    assert cases[PLAIN]["reason"].startswith(reason)
    assert [case["verdict"] for case in cases.values()].count("agree") == 4
    assert status == 3


def test_arrays_of_python_objects_are_not_unpickled(compare, answers):
    np.savez(answers / f"{PLAIN}.npz", outputs=np.array([print], object))
    cases, _ = compare("--cases", PLAIN)
    assert "Object arrays cannot be loaded" in cases[PLAIN]["reason"]


def test_a_member_of_an_npz_that_is_no_array_is_an_error(compare, answers):
    with zipfile.ZipFile(answers / f"{PLAIN}.npz", "a") as members:
        members.writestr("notes.txt", "hello")
    assert compare("--cases", PLAIN)[0][PLAIN]["reason"] == "its npz file: notes.txt is no array."


def test_two_answers_to_one_case_are_an_error(compare, answers):
    (answers / f"{PLAIN}.json").write_text(as_json())
    reason = compare("--cases", PLAIN)[0][PLAIN]["reason"]
    assert reason == "got 2 answer files (.npz, .json), should be one"


@pytest.mark.parametrize(
    "wrong",
    [
        (lambda arrays: arrays | {"outputs": arrays["outputs"].astype(np.float64)}, "dtype"),
        (lambda arrays: arrays | {"outputs": arrays["outputs"][:2]}, "shape"),
        (lambda arrays: arrays | {"outputs": arrays["outputs"] * np.nan}, "nonfinite"),
        (lambda arrays: {name: array for name, array in arrays.items() if name != "outputs"}, "missing"),
    ],
)
@pytest.mark.parametrize("file_format", FORMATS)
def test_wrong_arrays_differ_in_their_form(compare, answers, folder, wrong, file_format):
    change, problem = wrong
    (case,) = load_cases([PLAIN], folder)
    (answers / f"{PLAIN}.npz").unlink()
    write(answers / f"{PLAIN}.{file_format}", case.spec, change(named(case.spec, right(case.question()))))
    cases, status = compare("--cases", PLAIN)
    assert status == 1
    assert cases[PLAIN]["tensors"][0]["problem"] == problem


def test_check_takes_a_folder_of_answers_as_a_candidate(run, answers):
    assert run("check", "-q", "--candidate", f"answers:{answers}")[0] == 0
    assert run("check", "-q", "--candidate", "answers:nowhere")[2].startswith("error: nowhere: no such folder.")


def test_a_dtype_that_numpy_has_not_is_an_error(compare, answers):
    (answers / f"{PLAIN}.npz").unlink()
    header = b'{"outputs":{"dtype":"BF16","shape":[1],"data_offsets":[0,2]}}'
    (answers / f"{PLAIN}.safetensors").write_bytes(len(header).to_bytes(8, "little") + header + b"\0\0")
    cases, _ = compare("--cases", PLAIN)
    assert cases[PLAIN]["verdict"] == "error"
    assert cases[PLAIN]["reason"].startswith("its safetensors file: not readable (")


def test_a_file_named_after_no_case_is_one_message(run, answers):
    (answers / "lstm" / "plian.npz").write_bytes(b"")
    status, out, err = run("compare", answers)
    assert (status, out) == (2, "")
    assert err == (
        f"error: {answers}/lstm/plian.npz: there is no case 'lstm/plian' that it could answer. "
        "Did you mean lstm/plain.npz?\n"
    )


def test_other_files_beside_the_answers_do_not_matter(compare, answers):
    (answers / "run.log").write_text("done")
    (answers / ".cache").mkdir()
    (answers / ".cache" / "x.json").write_text("{}")
    assert compare()[1] == 0


@pytest.mark.parametrize(
    ("args", "message"),
    [
        (
            ["no-such-folder"],
            "error: no-such-folder: no such folder. Name the one that the answers were written into.\n",
        ),
        ([".", "-q", "-v"], "error: -q and -v contradict each other; give one.\n"),
        ([".", "--rtol", "1"], "error: --rtol and --atol go together; give both or neither.\n"),
        ([".", "--cases", "lstm/plan"], "error: no case 'lstm/plan'. Did you mean 'lstm/plain'?\n"),
    ],
)
def test_a_wrong_call_of_compare_is_one_message(run, args, message, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert run("compare", *args) == (2, "", message)


def test_what_was_exported_is_compared_and_only_with_the_recording_it_came_from(run, capsys, tmp_path):
    place = tmp_path / "out"
    run("export", place, "--cases", "lstm/*")
    assert "2 unsupported" in run("compare", place)[1]
    assert run("compare", place, "--cases", "gru/*")[2].startswith(f"error: {place}: none of these cases was exported")
    other = record(tmp_path / "other", replace(make_spec(PLAIN), seed=8))
    with pytest.raises(SystemExit) as left:
        cli.main(["compare", str(place), "--fixtures", str(other)])
    assert left.value.code == 2
    assert "case 'lstm/plain' was exported from another recording than these fixtures" in capsys.readouterr().err
    (place / "index.json").write_text("{}")
    assert "its index.json is no export's (" in run("compare", place)[2]


def test_a_case_goes_through_a_question_unchanged(make_case):
    case = make_case()
    again = question_of(as_fixture(case))
    assert again.id == case.id
    assert np.array_equal(again.initial_state.c, case.initial_state.c)
    assert again.expected is None


def test_rtol_and_atol_are_honoured(run, answers, folder):
    (case,) = load_cases([PLAIN], folder)
    arrays = named(case.spec, right(case.question()))
    write(answers / f"{PLAIN}.npz", case.spec, arrays | {"outputs": arrays["outputs"] + np.float32(0.5)})
    assert run("compare", answers, "-q", "--rtol", "0", "--atol", "1")[0] == 0
