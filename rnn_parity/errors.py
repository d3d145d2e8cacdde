"""What can go wrong, one class a situation, each with what to do about it.

Messages read ``<what>: got <value>, should be <value> [<where>]. <what to do>.``
Every class carries the data of its message as attributes, and the exit status the command ends with.
"""

from __future__ import annotations

from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable


class RnnParityError(Exception):
    """Parent of all errors that rnn-parity raises on purpose."""

    exit_status = 2


class UnsupportedOptionError(RnnParityError):
    """A spec asks for something that TensorFlow does not do or that is not recorded: change the option."""

    def __init__(self, owner: str, option: str, got: object, should_be: str) -> None:
        super().__init__(f"{owner}.{option}: got {got!r}, should be {should_be}.")
        self.owner, self.option, self.got, self.should_be = owner, option, got, should_be


class SpecInvalidError(RnnParityError):
    """A spec's JSON does not describe a case: correct the text at the place named."""

    def __init__(self, where: str, reason: str) -> None:
        super().__init__(f"{where}: not a case specification: {reason}.")
        self.where, self.reason = where, reason


class StructureMismatchError(RnnParityError):
    """A state or output is nested in another way than TensorFlow's: nest it as named."""

    def __init__(self, where: str, got: str, should_be: str) -> None:
        super().__init__(f"{where}: got {got}, should be {should_be}.")
        self.where, self.got, self.should_be = where, got, should_be


class CaseUnknownError(RnnParityError):
    """No case has this name or matches this pattern: pick one that `rnn-parity list` shows."""

    def __init__(self, pattern: str, known: Iterable[str]) -> None:
        near = nearest(pattern, known)
        hint = f"Did you mean {near!r}?" if near else "`rnn-parity list` shows all cases."
        super().__init__(f"no case {pattern!r}. {hint}")
        self.pattern, self.near = pattern, near


class CandidateLoadError(RnnParityError):
    """The candidate cannot be imported: correct the reference, or the code behind it."""

    exit_status = 3

    def __init__(self, reference: str, reason: str) -> None:
        super().__init__(f"candidate {reference!r} could not be loaded: {reason}")
        self.reference, self.reason = reference, reason


class ExpectationMissingError(RnnParityError):
    """A case without TensorFlow's answer was to be judged: take the case from fixtures."""

    def __init__(self, case_id: str) -> None:
        super().__init__(
            f"case {case_id!r} has no expected outputs, so it cannot be judged. "
            "Load cases with rnn_parity.load_cases(), or record this one with tf_reference."
        )
        self.case_id = case_id


class RestartImpossibleError(RnnParityError):
    """A case cannot be restarted at each step from what was recorded: take another case of the same cell."""

    def __init__(self, case_id: str, reason: str) -> None:
        super().__init__(
            f"case {case_id!r} cannot be restarted at each step: {reason}. "
            "Take another case of the cell: `rnn-parity list` shows them."
        )
        self.case_id, self.reason = case_id, reason


class FixtureError(RnnParityError):
    """Parent of everything wrong with recorded fixtures."""

    exit_status = 10
    restore = "Restore it from version control, or record it again with `make fixtures WRITE=1`."

    def __init__(self, path: Path, problem: str, advice: str | None = None) -> None:
        super().__init__(f"{path}: {problem}. {advice or self.restore}")
        self.path, self.problem = path, problem


class FixtureFolderMissingError(FixtureError):
    """The folder holds no MANIFEST.json: name the right folder with --fixtures."""

    def __init__(self, path: Path) -> None:
        problem = "no MANIFEST.json in this folder" if path.is_dir() else "no such folder"
        super().__init__(path, problem, "Name a folder of fixtures with --fixtures DIR, or leave the option out.")


class ManifestDamagedError(FixtureError):
    """MANIFEST.json is not readable."""

    def __init__(self, path: Path, reason: str) -> None:
        super().__init__(path, f"not a manifest of fixtures ({reason})")


class FixtureMissingError(FixtureError):
    """The manifest lists a fixture that is not there."""

    def __init__(self, path: Path) -> None:
        super().__init__(path, "listed in MANIFEST.json but missing")


class FixtureExtraError(FixtureError):
    """A fixture that the manifest does not list."""

    def __init__(self, path: Path) -> None:
        advice = "Remove it, or record the catalogue again with `make fixtures WRITE=1`."
        super().__init__(path, "not listed in MANIFEST.json", advice)


class FixtureRenamedError(FixtureError):
    """A fixture lies under another name than its case has."""

    def __init__(self, path: Path, case_id: str) -> None:
        super().__init__(path, f"holds case {case_id!r}", f"Rename it back to {case_id}.safetensors.")
        self.case_id = case_id


class FixtureTruncatedError(FixtureError):
    """A fixture file ends too early (or too late)."""

    def __init__(self, path: Path, got: int, should_be: int, *, at_least: bool = False) -> None:
        super().__init__(path, f"{got} bytes, should be {'at least ' if at_least else ''}{should_be}")
        self.got, self.should_be = got, should_be


class FixtureDamagedError(FixtureError):
    """A fixture's bytes are not what was recorded."""

    def __init__(self, path: Path, reason: str) -> None:
        super().__init__(path, f"damaged: {reason}")
        self.reason = reason


class FixtureVersionError(FixtureError):
    """A fixture or manifest of a format that this version does not read."""

    def __init__(self, path: Path, got: object, should_be: int) -> None:
        advice = "Install the rnn-parity version that wrote it, or record it again with this one."
        super().__init__(path, f"format version {got!r}, this version reads {should_be}", advice)
        self.got, self.should_be = got, should_be


class FixtureWriteError(FixtureError):
    """A fixture did not read back as it was written."""

    def __init__(self, path: Path, reason: str) -> None:
        super().__init__(path, f"not written: {reason}", "Nothing was replaced; the earlier fixtures are as they were.")


class WriteRefusedError(RnnParityError):
    """Fixtures are never written by a CI run: record them on a developer's machine and commit them."""

    exit_status = 12

    def __init__(self) -> None:
        super().__init__("fixtures are not written where CI is set. Record them on your machine and commit them.")


class ReferenceEnvironmentError(RnnParityError):
    """TensorFlow, tf-keras or the setting that joins them is missing: follow the message."""


class RecordingError(RnnParityError):
    """TensorFlow's answers contradict each other or the case: nothing is recorded."""

    def __init__(self, case_id: str, problem: str) -> None:
        super().__init__(f"case {case_id!r} was not recorded: {problem}")
        self.case_id, self.problem = case_id, problem


class BuildLoadError(RnnParityError):
    """What is to be recorded cannot be had from the user's module: correct the reference, or the code behind it."""

    def __init__(self, reference: str, reason: str) -> None:
        super().__init__(f"build {reference!r} could not be loaded: {reason}.")
        self.reference, self.reason = reference, reason


class RecordingFolderError(RnnParityError):
    """A folder is not one that own recordings may be written to: name another one."""

    def __init__(self, folder: Path, problem: str) -> None:
        super().__init__(
            f"--out: {folder} {problem}. Nothing was written. Name a new folder, or one that "
            "`python -m tf_reference record` or `import` wrote."
        )
        self.folder, self.problem = folder, problem


class ReportUnreadableError(RnnParityError):
    """A file that should hold the JSON of a run does not: give one that `rnn-parity check --json FILE` wrote."""

    exit_status = 2

    def __init__(self, where: object, problem: str) -> None:
        super().__init__(f"{where}: {problem}. Give a file that `rnn-parity check --json FILE` wrote.")
        self.where, self.problem = where, problem


class ReportFolderError(RnnParityError):
    """A folder cannot take a report: name another one, or make it writable."""

    exit_status = 2

    def __init__(self, folder: Path, problem: str) -> None:
        super().__init__(f"--report: {folder} cannot take a report: {problem}. Name another folder.")
        self.folder, self.problem = folder, problem


class LayoutUnknownError(RnnParityError):
    """No weight layout has this name: pick one that is named."""

    def __init__(self, name: str, known: Iterable[str]) -> None:
        super().__init__(f"no weight layout {name!r}, should be one of {', '.join(known)}.")
        self.name = name


class LayoutInexpressibleError(RnnParityError):
    """The target has nothing that computes this cell, or cannot hold these numbers: see the reason."""

    def __init__(self, target: str, reason: str) -> None:
        super().__init__(f"{target} cannot express this: {reason}.")
        self.target, self.reason = target, reason


class PackageMissingError(RnnParityError):
    """An optional package is needed: install the extra that the message names."""

    def __init__(self, what: str, package: str, extra: str) -> None:
        super().__init__(f"{what} needs {package}, which is not installed: pip install 'rnn-parity[{extra}]'.")
        self.package, self.extra = package, extra


class LayoutArraysError(RnnParityError):
    """Arrays are not those of the cell: name another cell or depth, or other arrays."""

    def __init__(  # noqa: PLR0913  what is, what should be, where, and what to do
        self, layout: str, name: str, got: str, should_be: str, near: str | None = None, *, advice: str = ""
    ) -> None:
        hint = f" {advice}." if advice else f" Did you mean {near!r}?" if near else ""
        super().__init__(f"{layout} array {name}: got {got}, should be {should_be}.{hint}")
        self.layout, self.name, self.got, self.should_be, self.near = layout, name, got, should_be, near


class LayoutFileError(RnnParityError):
    """A file cannot be read as arrays, or written: name another one, or what the message says."""

    def __init__(self, path: Path, problem: str) -> None:
        super().__init__(f"{path}: {problem}.")
        self.path, self.problem = path, problem


class CellTextError(RnnParityError):
    """A text does not write a cell or a run: write it like LSTMCell(num_units=5)."""

    def __init__(self, text: str, reason: str) -> None:
        super().__init__(f"{text!r}: {reason}{'' if reason.endswith('?') else '.'}")
        self.text, self.reason = text, reason


class ConversionCallError(RnnParityError):
    """A conversion is not told whose weights it converts, or told twice: do as the message says."""


class AnswerFileError(RnnParityError):
    """A file with a port's answer cannot be read: write it as the README of the export says."""

    def __init__(self, suffix: str, problem: str) -> None:
        super().__init__(f"its {suffix.removeprefix('.')} file: {problem}.")
        self.suffix, self.problem = suffix, problem


class AnswerUnknownError(RnnParityError):
    """A file lies where answers do, but is the answer to no case: name it after its case, or take it away."""

    def __init__(self, path: Path, case_id: str, known: Iterable[str]) -> None:
        near = nearest(case_id, known)
        hint = f"Did you mean {near}{path.suffix}?" if near else "`rnn-parity list` shows all cases."
        super().__init__(f"{path}: there is no case {case_id!r} that it could answer. {hint}")
        self.path, self.case_id, self.near = path, case_id, near


class ExchangeFolderError(RnnParityError):
    """A folder of questions or answers is not what it should be: name another one, or follow the message."""

    def __init__(self, folder: Path, problem: str, advice: str) -> None:
        super().__init__(f"{folder}: {problem}. {advice}")
        self.folder, self.problem = folder, problem


def nearest(name: str, known: Iterable[str]) -> str | None:
    """Return the known name that looks most like `name`, or None."""
    by_lower = {other.lower(): other for other in known}  # "LSTM/step" is meant to be "lstm/step", not "gru/step"
    found = get_close_matches(name.lower(), list(by_lower), n=1, cutoff=0.6)
    return by_lower[found[0]] if found else None
