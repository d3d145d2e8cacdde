"""The ports of the documentation, compiled as it says: they agree, and what is planted in them is found and named."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PORTS = ROOT / "docs" / "examples" / "ports"
PAGES = "".join(page.read_text() for page in (ROOT / "docs").rglob("*.md"))
CASES = ("basic-lstm/dynamic", "basic-lstm/dynamic-ragged-state", "lstm/defaults", "lstm/square", "gru/dynamic")
COMPILE = {  # as the pages say; what is planted goes in between
    "c": ("gcc", "-O2", "-o", "lstm", "docs/examples/ports/lstm.c", "-lm"),
    "rust": ("rustc", "-O", "-o", "lstm", "docs/examples/ports/lstm.rs"),
    "js": ("node", "docs/examples/ports/lstm.mjs"),
}
PLANTED = {
    "c": {"gates": ("-DGATES_IFJO",), "forget_bias": ("-DNO_FORGET_BIAS",)},
    "rust": {"gates": ("--cfg", "gates_ifjo"), "forget_bias": ("--cfg", "no_forget_bias")},
    "js": {"gates": ("gates-ifjo",), "forget_bias": ("no-forget-bias",)},
}
NAMES = {"gates": "lstm/gates-read-i-f-j-o", "forget_bias": "lstm/forget-bias-left-out"}
LANGUAGES = ["c", "js", *(["rust"] if shutil.which("rustc") else [])]  # gcc and node are there always


def candidate(language, folder, planted=()):
    """Return the port as a candidate, compiled into a folder where that is needed."""
    program, *words = COMPILE[language]
    if language == "js":
        return f"cmd+json:{program} {' '.join(words)} {{input}} {{output}} {' '.join(planted)}"
    subprocess.run([program, *planted, *_into(folder, words)], cwd=ROOT, check=True)
    return f"cmd:{folder}/lstm {{input}} {{output}}"


def _into(folder, words):
    return [f"{folder}/lstm" if word == "lstm" else word for word in words]


def check(reference, tmp_path, *options):
    """Return the document of a check of the cases."""
    file = tmp_path / "verdict.json"
    globs = [word for case_id in CASES for word in ("--cases", case_id)]
    command = [sys.executable, "-m", "rnn_parity", *reference, "-q", "--json", str(file), *globs, *options]
    subprocess.run(command, cwd=ROOT, check=False, capture_output=True)
    return json.loads(file.read_text())


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_port_agrees_and_offers_no_more_than_it_has(language, tmp_path):
    document = check(("check", "--candidate", candidate(language, tmp_path)), tmp_path)
    assert [case["verdict"] for case in document["cases"]] == ["agree", "agree", "unsupported", "agree", "agree"]


@pytest.mark.parametrize("mistake", NAMES)
@pytest.mark.parametrize("language", LANGUAGES)
def test_a_planted_mistake_is_named(language, mistake, tmp_path):
    reference = candidate(language, tmp_path, PLANTED[language][mistake])
    document = check(("check", "--candidate", reference), tmp_path)
    assert document["summary"]["differ"] == 4
    assert [found["mistakes"] for found in document["diagnosis"]] == [[NAMES[mistake]]]


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_port_runs_by_hand_between_export_and_compare(language, tmp_path):
    place = tmp_path / "out"
    file_format = "json" if language == "js" else "safetensors"
    globs = [word for case_id in CASES for word in ("--cases", case_id)]
    export = [sys.executable, "-m", "rnn_parity", "export", str(place), "--format", file_format, *globs]
    subprocess.run(export, cwd=ROOT, check=True, capture_output=True)
    reference = candidate(language, tmp_path).partition(":")[2]
    words = [str(place) if word in ("{input}", "{output}") else word for word in reference.split()]
    subprocess.run(words, cwd=ROOT, check=True)
    assert check(("compare", str(place)), tmp_path)["summary"]["agree"] == 4


@pytest.mark.parametrize("language", COMPILE)
def test_the_pages_say_how_each_port_is_made_and_show_it(language):
    assert " ".join(COMPILE[language]) in PAGES
    assert f"examples/ports/{Path(COMPILE[language][-2 if language == 'c' else -1]).name}\n" in PAGES


def test_the_c_port_compiles_without_a_warning(tmp_path):
    command = ["gcc", "-std=c11", "-Wall", "-Wextra", "-Werror", *_into(tmp_path, COMPILE["c"][1:])]
    subprocess.run(command, cwd=ROOT, check=True)
