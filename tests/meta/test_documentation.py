"""What the README and the docs show is what the commands and examples really print."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT / "docs"))

import cell_pages  # noqa: E402  scripts of the docs, not of a package
import mistake_pages  # noqa: E402  as above
import sessions  # noqa: E402
from generate import AGREEING, readme, schema, steady  # noqa: E402
from generate import EXAMPLES as FAILING  # noqa: E402

EXAMPLES = ROOT / "docs" / "examples"
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").rglob("*.md"))]
WITHOUT_TENSORFLOW = ("cells_in_numpy", "fast_form", "my_pytorch_module", "unbounded")
WITH_TENSORFLOW = ("lstm_cell_by_hand", "three_stacked_lstms", "state_between_batches")


def run(command: list[str]) -> subprocess.CompletedProcess[str]:
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "PATH": path, "COLUMNS": "120"}
    return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)


@pytest.mark.parametrize(
    "name",
    [*WITHOUT_TENSORFLOW, *(pytest.param(name, marks=pytest.mark.needs_tf) for name in WITH_TENSORFLOW)],
)
def test_example_prints_what_the_docs_show(name):
    done = run([sys.executable, str(EXAMPLES / f"{name}.py")])
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == (EXAMPLES / f"{name}.txt").read_text().strip()


@pytest.mark.parametrize("name", FAILING)
def test_the_failing_candidates_of_the_docs_fail_as_shown(name):
    done = run(["rnn-parity", *FAILING[name]])
    assert done.returncode == 1, done.stderr
    assert steady(done.stdout) == steady((EXAMPLES / f"{name}.txt").read_text())


@pytest.mark.parametrize("name", AGREEING)
def test_the_agreeing_candidates_of_the_docs_agree_as_shown(name):
    done = run(["rnn-parity", *AGREEING[name]])
    assert done.returncode == 0, done.stderr
    assert steady(done.stdout) == steady((EXAMPLES / f"{name}.txt").read_text())


def test_every_example_has_its_output_and_a_page_that_shows_both():
    shown = "\n".join(page.read_text() for page in PAGES)
    for script in sorted(EXAMPLES.glob("*.py")):
        assert script.with_suffix(".txt").exists(), script
        assert f"examples/{script.name}" in shown, script
        assert f"examples/{script.stem}.txt" in shown, script


def consoles() -> list[tuple[str, str, str]]:
    """Return (page, command, output shown) of every `$ command` in a console block."""
    found = []
    for page in PAGES:
        for block in re.findall(r"```console\n(.*?)```", page.read_text(), re.DOTALL):
            for part in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
                command, _, output = part.partition("\n")
                found.append((page.name, command.split("#")[0].strip(), output.strip()))
    assert found
    return found


@pytest.mark.parametrize(
    ("page", "command", "output"),
    [one for one in consoles() if one[1].startswith("rnn-parity ")],
    ids=lambda one: one[:60],
)
def test_command_of_the_docs_runs_and_prints_what_is_shown(page, command, output):
    done = run(shlex.split(command))
    assert done.returncode in (0, 1), (page, done.stderr)
    if output:
        assert steady(output) in steady(done.stdout), page


@pytest.mark.parametrize("page", sessions.PAGES, ids=lambda page: page.stem)
def test_a_session_of_the_docs_prints_what_is_shown(page):
    text = page.read_text()
    assert text.count("\n$ ") > 2
    assert steady(sessions.replayed(text)) == steady(text), "run `make generated`"


def test_every_make_target_of_the_docs_exists_and_help_lists_it():
    listed = run(["make", "help"]).stdout
    wanted = {"verify", "test", "lint", "fixtures", "fixtures-check", "bench", "docs", "generated", "clean"}
    for _, command, _ in consoles():
        if command.startswith("make "):
            wanted.add(command.split()[1])
    for target in wanted:
        assert re.search(rf"^  make {re.escape(target)} ", listed, re.MULTILINE), target


def test_links_between_pages_lead_somewhere():
    for page in PAGES:
        for target in re.findall(r"\]\((?!https?://|#)([^)#]+)", page.read_text()):
            assert (page.parent / target).exists(), (page.name, target)


def test_the_readme_names_every_example_case_that_exists():
    from rnn_parity.catalogue import CASES  # noqa: PLC0415

    ids = {case.id for case in CASES}
    for page in PAGES:
        for case_id in re.findall(r"rnn-parity show ([a-z0-9/-]++)(?! --fixtures)", page.read_text()):
            assert case_id in ids, (page.name, case_id)


def test_the_readme_has_the_table_and_the_numbers_of_the_catalogue():
    text = (ROOT / "README.md").read_text()
    assert readme(text) == text, "run `make generated`"


def test_every_cell_has_its_page_as_the_code_says_it():
    pages = {path.name: path.read_text() for path in (ROOT / "docs" / "cells").glob("*.md")}
    assert pages == cell_pages.pages(), "run `make generated`"


def test_every_family_of_mistakes_has_its_page_as_the_catalogue_says_it():
    pages = {path.name: path.read_text() for path in (ROOT / "docs" / "mistakes").glob("*.md")}
    assert pages == mistake_pages.pages(), "run `make generated`"


def test_the_schema_of_the_json_is_published_as_it_is():
    assert (ROOT / "docs" / "verdict.schema.json").read_text() == schema(), "run `make generated`"


def test_every_mistake_stands_on_the_page_of_a_cell_or_belongs_to_every_cell():
    from rnn_parity.mistakes import MISTAKES  # noqa: PLC0415

    shown = "".join(cell_pages.pages().values())
    for mistake in MISTAKES:
        assert mistake.id.split("/")[0] in cell_pages.OF_EVERY_CELL or f"(`{mistake.id}`)" in shown, mistake.id
