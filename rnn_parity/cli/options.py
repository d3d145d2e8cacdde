"""The options that commands share, and the exit statuses that their help shows."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TypeVar

import click


def _epilog(statuses: Mapping[int, str]) -> str:
    """Return the end of a command's help, which click leaves as it is."""
    return "\n".join(["\b", "Exit status:", *(f"  {number:<2}  {words}" for number, words in statuses.items())])


_FIXTURES = {10: "fixtures missing, damaged or of an unknown format"}
_JUDGED = {
    0: "every claimed case agrees",
    1: "some differ",
    2: "the call is wrong",
    3: "the candidate could not be loaded or crashed on some case; none differ",
    5: "nothing was compared",
}
_RECORDING = {
    11: "fixtures drifted (python -m tf_reference)",
    12: "refused: writing fixtures where CI is set (python -m tf_reference)",
}
STATUSES = _epilog(_JUDGED | _FIXTURES | _RECORDING)
CHECK_STATUSES = _epilog(_JUDGED | _FIXTURES)
RECHECK_STATUSES = _epilog({**_JUDGED, 2: "the call is wrong, or FILE is not what `check --json` wrote"})
REPORT_STATUSES = _epilog({0: "shown", 2: "the call is wrong, or FILE is not what `check --json` wrote"})
EXPORT_STATUSES = _epilog({0: "written", 2: "the call is wrong, or DIR cannot take the cases"} | _FIXTURES)
LOOKING_STATUSES = _epilog({0: "shown", 2: "the call is wrong, or no case is of this name"} | _FIXTURES)
MISTAKES_STATUSES = _epilog({0: "shown", 2: "the call is wrong, or no mistake is of this name"})
CONVERT_STATUSES = _epilog(
    {
        0: "written",
        2: "the call is wrong, the arrays are not the cell's, or the target cannot express it; nothing is written",
        10: "the fixture that is named is missing, damaged or of an unknown format",
    }
)
ADEQUACY_STATUSES = _epilog(
    {
        0: "every mistake is caught that the cases have room for",
        1: "some escape",
        2: "the call is wrong",
        5: "no case has room for any of the mistakes",
    }
    | _FIXTURES
)
ISOLATE_STATUSES = _epilog(
    {
        0: "the run and every step agree",
        1: "the run or some step differs",
        2: "the call is wrong, or the case cannot be restarted at each step",
        3: "the candidate could not be loaded or crashed, and nothing differs",
        5: "no step was judged",
    }
    | _FIXTURES
)

Command = TypeVar("Command", bound=Callable[..., object])


def with_fixtures(command: Command) -> Command:
    """Return `command` with the option that names the folder of fixtures."""
    path = click.Path(path_type=Path)
    words = "Folder of the fixtures; default: those that came with rnn-parity."
    return click.option("--fixtures", "folder", metavar="DIR", type=path, help=words)(command)


def with_cases(command: Command) -> Command:
    """Return `command` with the option that selects cases."""
    words = "Only the cases that match; may be repeated."
    return click.option("--cases", "globs", metavar="GLOB", multiple=True, help=words)(command)


def with_candidate(words: str) -> Callable[[Command], Command]:
    """Return what adds the option that names a candidate, with these words of help."""
    return click.option("--candidate", "reference", metavar="REF", default="numpy_impl", show_default=True, help=words)


def with_json(command: Command) -> Command:
    """Return `command` with the option that writes what it finds as JSON."""
    path = click.Path(dir_okay=False, writable=True, allow_dash=True)
    words = "Write what is found as JSON; '-' prints it instead of the text."
    return click.option("--json", "json_file", metavar="FILE", type=path, help=words)(command)


def with_words(command: Command) -> Command:
    """Return `command` with the options that say how much is printed of a verdict."""
    command = click.option(
        "-v", "--verbose", is_flag=True, help="Every failing case in full, not only the worst three."
    )(command)
    return click.option("-q", "--quiet", is_flag=True, help="Only the last line.")(command)


def with_judgement(command: Command) -> Command:
    """Return `command` with the options that say what is judged by which tolerance, and where the verdict goes."""
    words = "With --atol: allow atol + rtol |expected| instead of the multiple of TensorFlow's own rounding."
    report_words = "Write a report to be opened in a browser: DIR/index.html."
    report = click.Path(file_okay=False, path_type=Path)
    for option in (
        click.option("--atol", metavar="A", type=float, help="With --rtol, see there."),
        click.option("--rtol", metavar="R", type=float, help=words),
        click.option("--report", "report_folder", metavar="DIR", type=report, help=report_words),
        with_json,
        with_fixtures,
        with_cases,
    ):
        command = option(command)
    return with_words(command)
