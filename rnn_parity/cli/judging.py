"""The commands that judge: `check` and `compare`, `report` and `recheck` of what they wrote, `export` for a port."""

from __future__ import annotations

import contextlib
import signal
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import click

from rnn_parity.candidate import ANSWERS, Case, case_of
from rnn_parity.cli.options import (
    CHECK_STATUSES,
    EXPORT_STATUSES,
    RECHECK_STATUSES,
    REPORT_STATUSES,
    with_candidate,
    with_cases,
    with_fixtures,
    with_judgement,
    with_words,
)
from rnn_parity.cli.terminal import leave, print_verdict, progress, put_words, require_folder, require_one, write_report
from rnn_parity.report.markdown import add_to_job_summary
from rnn_parity.running import Isolation, answers, is_apart
from rnn_parity.store import Fixtures, default_fixtures
from rnn_parity.tolerance import Tolerance
from rnn_parity.verify import check_answers

if TYPE_CHECKING:
    from rnn_parity.array_file import FileFormat


@click.command("check", epilog=CHECK_STATUSES)
@with_candidate(
    'What to check: a built-in name, module:function, path/file.py:function or cmd:"./port {input} {output}".'
)
@click.option(
    "--jobs",
    metavar="N",
    type=click.IntRange(min=1),
    help="Run the cases in N processes of their own.",
)
@click.option(
    "--timeout",
    metavar="S",
    type=click.FloatRange(min=0, min_open=True, max=1e9),
    help="The same, in one process; end it where a case takes longer than S seconds (otherwise 60).",
)
@click.option(
    "--memory",
    metavar="MIB",
    type=click.IntRange(min=1),
    help="The same; end a process that has more than so many MiB of memory (otherwise 4096).",
)
@with_judgement
def check_command(
    *,
    reference: str,
    jobs: int | None,
    timeout: float | None,
    memory: int | None,
    **options: Any,  # noqa: ANN401  see Judgement
) -> None:
    """Check a candidate against TensorFlow's recorded answers."""
    judgement = Judgement(**options)
    isolation = Isolation(jobs=jobs, timeout=timeout, memory=memory)
    _judge(judgement, reference, judgement.recorded.select(judgement.globs), isolation)


@click.command("export", epilog=EXPORT_STATUSES)
@click.argument("place", metavar="DIR", type=click.Path(path_type=Path))
@click.option(
    "--format",
    "file_format",
    type=click.Choice(("safetensors", "npz", "json")),
    default="safetensors",
    show_default=True,
    help="What the files are.",
)
@with_cases
@with_fixtures
def export_command(*, place: Path, file_format: FileFormat, globs: tuple[str, ...], folder: Path | None) -> None:
    """Write the cases without TensorFlow's answers, for a program that can only read and write files."""
    from rnn_parity.export import export_cases  # noqa: PLC0415  only here

    recorded = Fixtures(folder or default_fixtures())
    ids = recorded.select(globs)
    export_cases(place, recorded, ids, file_format)
    put_words(f"{len(ids)} {'case' if len(ids) == 1 else 'cases'} in {place}; {place / 'README.md'} says how to answer")


@click.command("compare", epilog=CHECK_STATUSES)
@click.argument("place", metavar="DIR", type=click.Path(path_type=Path))
@with_judgement
def compare_command(*, place: Path, **options: Any) -> None:  # noqa: ANN401  see Judgement
    """Check the answers that lie in a folder: DIR/<case>.safetensors, .npz or .json."""
    from rnn_parity.exchange import cases_to_compare  # noqa: PLC0415  only here

    judgement = Judgement(**options)
    ids = cases_to_compare(place, judgement.recorded, judgement.globs)
    _judge(judgement, f"{ANSWERS}{place}", ids, Isolation())


@click.command("report", epilog=REPORT_STATUSES)
@click.argument("file", metavar="FILE", type=click.Path(path_type=Path))
@click.option(
    "--html",
    "report_folder",
    metavar="DIR",
    type=click.Path(file_okay=False, path_type=Path),
    help="Write a report to be opened in a browser: DIR/index.html.",
)
@with_words
def report_command(*, file: Path, report_folder: Path | None, quiet: bool, verbose: bool) -> None:
    """Show again what `check --json FILE` wrote."""
    from rnn_parity.report.json import read_document, verdict_of  # noqa: PLC0415  only here

    require_one(quiet=quiet, verbose=verbose)
    held = read_document(file)
    write_report(held, report_folder, None)
    print_verdict(verdict_of(held), quiet=quiet, verbose=verbose)


@click.command("recheck", epilog=RECHECK_STATUSES)
@click.argument("file", metavar="FILE", type=click.Path(path_type=Path))
@click.option(
    "--k",
    "factor",
    metavar="K",
    type=click.FloatRange(min=0, min_open=True, max=1e300),
    required=True,
    help="Multiples of TensorFlow's rounding that are allowed.",
)
@with_words
def recheck_command(*, file: Path, factor: float, quiet: bool, verbose: bool) -> None:
    """Judge what `check --json FILE` wrote by another tolerance, without running anything."""
    from rnn_parity.recheck import recheck  # noqa: PLC0415  only here
    from rnn_parity.report.json import read_document, verdict_of  # noqa: PLC0415  only here

    require_one(quiet=quiet, verbose=verbose)
    verdict = recheck(verdict_of(read_document(file)), factor)
    print_verdict(verdict, quiet=quiet, verbose=verbose)
    leave(verdict.exit_status)


@dataclass(frozen=True, kw_only=True)
class Judgement:
    """The options of `with_judgement`, as they may be given together."""

    globs: tuple[str, ...]
    folder: Path | None
    json_file: str | None
    report_folder: Path | None
    rtol: float | None
    atol: float | None
    quiet: bool
    verbose: bool

    def __post_init__(self) -> None:
        require_one(quiet=self.quiet, verbose=self.verbose)
        require_folder(self.json_file)
        if (self.rtol is None) != (self.atol is None):
            raise click.UsageError("--rtol and --atol go together; give both or neither.")

    @property
    def is_written(self) -> bool:
        """Whether what became of every single case is written somewhere."""
        return self.json_file is not None or self.report_folder is not None

    @property
    def tolerance(self) -> Tolerance:
        """What may differ."""
        return Tolerance(rtol=self.rtol, atol=self.atol)

    @cached_property
    def recorded(self) -> Fixtures:
        """The fixtures."""
        return Fixtures(self.folder or default_fixtures())

    def read(self, case_id: str) -> Case:
        """Return a recorded case, with TensorFlow's answer."""
        return case_of(self.recorded.read(case_id))


def _judge(asked: Judgement, reference: str, ids: Sequence[str], isolation: Isolation) -> NoReturn:
    """Have these cases answered, show what became of them, and leave with the status of that."""
    with (
        contextlib.redirect_stdout(sys.stderr),  # a candidate may print: stdout is for results
        _ended_as_by_an_interrupt() if is_apart(reference, isolation) else contextlib.nullcontext(),
        progress(len(ids)) as advance,
    ):
        cases = map(asked.read, ids)
        with contextlib.closing(answers(cases, reference, isolation)) as answered:
            verdict = check_answers(
                answered,
                name=reference,
                tolerance=asked.tolerance,
                on_result=advance,
                keep_agreeing=asked.is_written,
                again=asked.read,
            )
    if asked.json_file != "-":
        repeated = isolation.options + (() if asked.folder is None else ("--fixtures", str(asked.folder)))
        print_verdict(verdict, quiet=asked.quiet, verbose=asked.verbose, options=repeated)
    if asked.is_written:
        from rnn_parity.report.json import document  # noqa: PLC0415  only where one of the two is asked for

        reference_of = asked.recorded.manifest.reference | {"fixtures": asked.recorded.digest}
        write_report(document(verdict, reference_of), asked.report_folder, asked.json_file)
    if problem := add_to_job_summary(verdict):
        click.echo(problem, err=True)
    leave(verdict.exit_status)


@contextlib.contextmanager
def _ended_as_by_an_interrupt() -> Iterator[None]:
    """Let SIGTERM end the work inside as Ctrl-C does: with all processes that were started for it."""
    try:
        earlier = signal.signal(signal.SIGTERM, signal.default_int_handler)
    except ValueError:  # not in the main thread, where signals do not come
        yield
        return
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, earlier)
