"""What the pytest plugin does in a run that has cases: tests of them, results from all workers, the summary.

A result travels with the report of its test, so that it reaches the process that writes the report from any worker.
"""

from __future__ import annotations

import contextlib
import re
import sys
from collections import Counter
from collections.abc import Generator, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, fields
from fnmatch import fnmatchcase
from functools import partial
from pathlib import Path
from typing import Any

import msgspec
import pytest

from rnn_parity.candidate import Candidate, Case, Result, Unsupported, case_of, load_candidate
from rnn_parity.errors import RnnParityError
from rnn_parity.recheck import answer_of
from rnn_parity.report import text
from rnn_parity.report.document import CaseEntry
from rnn_parity.report.json import case_entry, document, encode, result_of
from rnn_parity.report.markdown import add_to_job_summary
from rnn_parity.spec import class_name
from rnn_parity.store import Fixtures, default_fixtures
from rnn_parity.tolerance import Tolerance
from rnn_parity.verify import CaseResult, Verdict, check_case, diagnosed
from rnn_parity.witness import Kind, Witness, is_witness

FILTERS = ("cell", "run", "dtype")
ROOT = "rnn-parity"  # what the node ids of collected cases begin with
CHECKED: pytest.StashKey[Checked] = pytest.StashKey()


@dataclass(frozen=True)
class Checked:
    """What became of a test's case; `command` runs that test again."""

    candidate: str
    result: CaseResult
    command: str


class Known(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A known difference: which cases, and why it is accepted."""

    case: str
    reason: str


class KnownFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A file of known differences."""

    known: tuple[Known, ...]


@dataclass(frozen=True, kw_only=True)
class ParityCase(Case):
    """A recorded case in a test: what is asked, and `check` for the answer."""

    judged: Any = field(default=None, repr=False, compare=False)  # Result -> None, raising where it differs

    def check(self, result: Result) -> None:
        """Return if the result agrees with TensorFlow's; fail the test with what differs, where and by how much."""
        self.judged(result)


class ParityItem(pytest.Item):
    """One recorded case, as a test of the candidate that an option names."""

    def __init__(self, *, run: ParityRun, candidate: Candidate, case_id: str, **options: Any) -> None:  # noqa: ANN401
        super().__init__(**options)
        self.parity, self.candidate, self.case_id = run, candidate, case_id

    def runtest(self) -> None:
        """Ask the candidate, and compare."""
        name = self.parity.options["candidate"]
        with contextlib.redirect_stdout(sys.stderr):
            result, _ = check_case(self.parity.read(self.case_id), self.candidate, Tolerance())
        self.parity.judge(self, Checked(name, result, f"rnn-parity check --candidate {name} --cases {self.case_id}"))

    def reportinfo(self) -> tuple[str, None, str]:
        """Return what pytest shows as the place of the test."""
        return self.name, None, self.name


class ParityCollector(pytest.Collector):
    """What all collected cases stand under."""

    def collect(self) -> list[pytest.Item]:
        """Return nothing: the items are added to the session's."""
        return []


class ParityRun:
    """One run of pytest that has cases: what is asked of it, and what became of each case."""

    def __init__(self, config: pytest.Config, options: Mapping[str, Any]) -> None:
        self.config, self.options = config, dict(options)
        self.gathered: dict[tuple[str, str], CaseResult] = {}
        self._encoded_here: dict[str, Checked] = {}
        with _as_usage_error():
            self.fixtures = Fixtures(Path(self.options["fixtures"]) if self.options["fixtures"] else default_fixtures())
            self.known = _known(self.options["known"])

    def read(self, case_id: str) -> Case:
        """Return a recorded case, with TensorFlow's answer."""
        return case_of(self.fixtures.read(case_id))

    def select(self, globs: Iterable[str] = (), wanted: Mapping[str, str | None] | None = None) -> list[str]:
        """Return the names of the cases that match; the marker's globs and filters narrow what the options select.

        Raises:
            pytest.UsageError: nothing matches the marker, or nothing the options.
        """
        asked = {name: value for name, value in (wanted or {}).items() if value is not None}
        unknown = sorted(asked.keys() - set(FILTERS))
        if unknown:
            raise pytest.UsageError(f"rnn_parity: got {', '.join(unknown)}, should be of {', '.join(FILTERS)}.")
        with _as_usage_error():
            among = set(self.fixtures.select(self.options["cases"]))
            named = self.fixtures.select(tuple(globs))
        found = [one for one in named if not asked or self._fits(one, asked)]
        if not found:
            raise pytest.UsageError(f"rnn_parity: no case for {asked or globs}. `rnn-parity list` shows all cases.")
        return [one for one in found if one in among]

    def _fits(self, case_id: str, wanted: Mapping[str, str]) -> bool:
        spec = self.fixtures.read_spec(case_id)
        has = {"cell": class_name(spec.cell), "run": class_name(spec.run), "dtype": spec.dtype}
        return all(has[name] == value for name, value in wanted.items())

    def collect(self, session: pytest.Session, items: list[pytest.Item]) -> None:
        """Add the cases of the candidate, and compare the known differences with all cases there are."""
        name = self.options["candidate"]
        if name:
            with _as_usage_error():
                run = load_candidate(name)
            root = ParityCollector.from_parent(session, name=ROOT, nodeid=ROOT)
            items += [
                ParityItem.from_parent(root, name=case_id, run=self, candidate=run, case_id=case_id)
                for case_id in self.select()
            ]
        ids = {case_id for item in items if (case_id := _case_id(item)) is not None}
        for one in self.known:
            if not any(fnmatchcase(known, one.case) for known in ids):
                raise pytest.UsageError(
                    f"known difference {one.case!r} matches no case. Remove it; its reason was: {one.reason}"
                )

    def case(self, case_id: str, item: pytest.Item) -> ParityCase:
        """Return the case of a test: what is asked, with a `check` that knows the answer."""
        recorded = self.read(case_id)
        asked = recorded.question()
        given = {one.name: getattr(asked, one.name) for one in fields(asked)}
        candidate, command = item.nodeid.partition("[")[0], f"pytest '{item.nodeid}'"

        def judged(answer: Result) -> None:
            result, _ = check_case(recorded, lambda _: answer, Tolerance())
            self.judge(item, Checked(candidate, result, command))

        return ParityCase(**given, judged=judged)

    def judge(self, item: pytest.Item, checked: Checked) -> None:
        """Keep what became of a test's case, and fail or skip the test accordingly."""
        item.stash[CHECKED] = checked
        result = checked.result
        if result.comparison is not None:
            item.user_properties += [
                (f"rnn_parity/{tensor.name}", "not finite" if tensor.ratio is None else f"{tensor.ratio:.3g}")
                for tensor in result.comparison.tensors
            ]
        if result.verdict == "unsupported":
            pytest.skip(f"unsupported: {result.reason}")
        if result.verdict != "agree":
            alone = _verdict(checked.candidate, (result,), 0.0)
            words = text.failure_text(alone, result, command=checked.command, diagnosed=False)
            pytest.fail(words, pytrace=False)

    def called(self, item: pytest.Item) -> Generator[None, object, object]:
        """Run a test: `Unsupported` skips it, and one that compared nothing fails."""
        try:
            done = yield
        except Unsupported as reason:
            self._note(item, "unsupported", str(reason) or "no reason given")
            pytest.skip(f"unsupported: {reason}")
        except Exception as error:
            if CHECKED not in item.stash:
                self._note(item, "error", f"{type(error).__name__}: {error}")
            raise
        if _case_id(item) is not None and CHECKED not in item.stash:
            pytest.fail("nothing was compared: call case.check(result) with a rnn_parity.Result.", pytrace=False)
        return done

    def _note(self, item: pytest.Item, verdict: Any, reason: str) -> None:  # noqa: ANN401  a VerdictWord
        case_id = _case_id(item)
        if case_id is not None:
            result = CaseResult(spec=self.read(case_id).spec, verdict=verdict, reason=reason)
            item.stash[CHECKED] = Checked(item.nodeid.partition("[")[0], result, f"pytest '{item.nodeid}'")

    def reported(self, item: pytest.Item, report: pytest.TestReport) -> None:
        """Attach the result to its test's report; a known difference is expected, and one that passes is not."""
        checked = item.stash.get(CHECKED, None)
        if report.when != "call" or checked is None:
            return
        attached = _encoded(checked)
        vars(report)["rnn_parity"] = attached  # pytest hands on what is attached
        self._encoded_here[attached] = checked
        reason = next((one.reason for one in self.known if fnmatchcase(checked.result.spec.id, one.case)), None)
        if reason is None:
            return
        if checked.result.verdict == "differ":
            report.outcome = "skipped"
            report.wasxfail = f"known difference: {reason}"
        elif checked.result.verdict == "agree":
            report.outcome = "failed"
            report.longrepr = f"[known difference] {checked.result.spec.id} agrees now. Remove its entry: {reason}"

    def gather(self, attached: str) -> None:
        """Take a result from a report; one that was made in this process need not be decoded."""
        checked = self._encoded_here.pop(attached, None)
        if checked is not None:
            candidate, result = checked.candidate, checked.result
        else:
            held = msgspec.json.decode(attached, type=_Attached)
            candidate, result = held.candidate, result_of(held.case)
        self.gathered[candidate, result.spec.id] = result

    def header(self) -> list[str]:
        """Return a line that says what is checked against what."""
        versions = ", ".join(f"{name} {value}" for name, value in self.fixtures.manifest.reference.items())
        candidate = self.options["candidate"] or "tests marked with parity_cases"
        return [f"rnn-parity: {candidate}; fixtures {self.fixtures.digest[:12]} recorded with {versions}"]

    def summarise(self, terminal: Any) -> None:  # noqa: ANN401  pytest's reporter has no public type
        """Write the diagnosis of each candidate, its table and last line, and the reports that were asked for."""
        names = list(dict.fromkeys(candidate for candidate, _ in self.gathered))
        for name in names:
            verdict = self._verdict(name, [one for (candidate, _), one in self.gathered.items() if candidate == name])
            terminal.section(f"rnn-parity: {name}")
            for part in (text.diagnosis_text(verdict), text.table_text(verdict), text.summary_line(verdict)):
                terminal.write(f"{part}\n" if part else "")
            try:
                self._write(verdict, _slug(name) if len(names) > 1 else "", terminal)
            except (OSError, RnnParityError) as error:  # the results stand above, and stay
                terminal.write_line(f"not written: {error}", red=True)

    def _verdict(self, name: str, found: list[CaseResult]) -> Verdict:
        results = tuple(sorted(found, key=lambda one: one.spec.id))
        failing = [one for one in results if one.verdict == "differ"]
        answers = [(self.read(one.spec.id), answer) for one in failing if (answer := answer_of(one)) is not None]
        agreeing, kinds = (one.spec for one in results if one.verdict == "agree"), Counter[Kind]()
        passing = [
            Witness(spec, partial(self.read, spec.id)) for spec in agreeing if answers and is_witness(spec, kinds)
        ]
        return diagnosed(_verdict(name, results, 0.0), answers, passing)

    def _write(self, verdict: Verdict, below: str, terminal: Any) -> None:  # noqa: ANN401  as above
        if self.options["json"] or self.options["report"]:
            self._write_document(verdict, below, terminal)
        if problem := add_to_job_summary(verdict):
            terminal.write_line(problem)

    def _write_document(self, verdict: Verdict, below: str, terminal: Any) -> None:  # noqa: ANN401  as above
        held = document(verdict, self.fixtures.manifest.reference | {"fixtures": self.fixtures.digest})
        if self.options["json"]:
            file = Path(self.options["json"])
            file = file.with_name(f"{file.stem}-{below}{file.suffix}") if below else file
            file.write_bytes(encode(held))
            terminal.write_line(f"json: {file}")
        if self.options["report"]:
            from rnn_parity.report.html import write_html  # noqa: PLC0415  only where a report is asked for

            terminal.write_line(f"report: {write_html(held, Path(self.options['report']) / below)}")


class _Attached(msgspec.Struct, frozen=True):
    candidate: str
    case: CaseEntry


def _encoded(checked: Checked) -> str:
    return msgspec.json.encode(_Attached(checked.candidate, case_entry(checked.result))).decode()


@contextlib.contextmanager
def _as_usage_error() -> Iterator[None]:
    """Make an error of ours, which says what to do, the end of the run instead of a traceback."""
    try:
        yield
    except RnnParityError as error:
        raise pytest.UsageError(str(error)) from error


def _verdict(candidate: str, results: tuple[CaseResult, ...], seconds: float) -> Verdict:
    return Verdict(candidate=candidate, tolerance=Tolerance(), results=results, diagnosis=(), seconds=seconds)


def _case_id(item: pytest.Item) -> str | None:
    """Return the name of the case that a test is of; None of other tests."""
    if isinstance(item, ParityItem):
        return item.case_id
    callspec: Any = getattr(item, "callspec", None)
    marked = callspec is not None and item.get_closest_marker("rnn_parity") is not None
    return str(callspec.params["case"]) if marked else None


def _known(file: str) -> tuple[Known, ...]:
    if not file:
        return ()
    try:
        return msgspec.toml.decode(Path(file).read_bytes(), type=KnownFile).known
    except (OSError, msgspec.MsgspecError) as error:
        raise pytest.UsageError(
            f"--rnn-parity-known: {file}: {error}. Write [[known]] entries with case = GLOB and reason = TEXT."
        ) from error


def _slug(name: str) -> str:
    return re.sub(r"[^A-Za-z0-9._-]+", "-", name).strip("-.")
