"""The command `rnn-parity`: what it takes, where its answers go, and the status it ends with."""

from __future__ import annotations

import contextlib
import os
import shlex
import shutil
import signal
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn, TypeVar

import click

import rnn_parity
from rnn_parity.candidate import ANSWERS, case_of
from rnn_parity.errors import RnnParityError, nearest
from rnn_parity.report import text
from rnn_parity.report.layout import NARROWEST
from rnn_parity.report.markdown import add_to_job_summary
from rnn_parity.running import Isolation, answers, is_apart
from rnn_parity.store import Fixtures, default_fixtures
from rnn_parity.tolerance import Tolerance
from rnn_parity.verify import CaseResult, Verdict, check_answers

if TYPE_CHECKING:
    from rich.progress import Progress

    from rnn_parity.array_file import FileFormat
    from rnn_parity.mistakes.mistake import Mistake
    from rnn_parity.report.document import Document

INTERRUPTED, PIPE_CLOSED = 130, 141  # 128 + SIGINT, 128 + SIGPIPE
PATIENCE = 1.0  # seconds before a progress bar is worth its import
STATUSES = """\b
Exit status:
  0   every claimed case agrees
  1   some differ
  2   the call is wrong
  3   the candidate could not be loaded or crashed on some case; none differ
  5   nothing was compared
  10  fixtures missing, damaged or of an unknown format
  11  fixtures drifted (python -m tf_reference)
  12  refused: writing fixtures where CI is set (python -m tf_reference)
"""

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


def with_words(command: Command) -> Command:
    """Return `command` with the options that say how much is printed of a verdict."""
    command = click.option(
        "-v", "--verbose", is_flag=True, help="Every failing case in full, not only the worst three."
    )(command)
    return click.option("-q", "--quiet", is_flag=True, help="Only the last line.")(command)


def with_judgement(command: Command) -> Command:
    """Return `command` with the options that say what is judged by which tolerance, and where the verdict goes."""
    words = "With --atol: allow atol + rtol |expected| instead of the multiple of TensorFlow's own rounding."
    json_words = "Write the verdict as JSON; '-' prints it instead of the text."
    report_words = "Write a report to be opened in a browser: DIR/index.html."
    json_file = click.Path(dir_okay=False, writable=True, allow_dash=True)
    report = click.Path(file_okay=False, path_type=Path)
    for option in (
        click.option("--atol", metavar="A", type=float, help="With --rtol, see there."),
        click.option("--rtol", metavar="R", type=float, help=words),
        click.option("--report", "report_folder", metavar="DIR", type=report, help=report_words),
        click.option("--json", "json_file", metavar="FILE", type=json_file, help=json_words),
        with_fixtures,
        with_cases,
    ):
        command = option(command)
    return with_words(command)


@click.group(epilog=STATUSES)
@click.version_option(rnn_parity.__version__, prog_name="rnn-parity", message="%(prog)s %(version)s")
def cli() -> None:
    """Does this RNN compute what TensorFlow 1's rnn_cell computes, and if not, where and why?"""


@cli.command("check", epilog=STATUSES)
@click.option(
    "--candidate",
    "reference",
    metavar="REF",
    default="numpy_impl",
    show_default=True,
    help='What to check: a built-in name, module:function, path/file.py:function or cmd:"./port {input} {output}".',
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


@cli.command("export", epilog=STATUSES)
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
    _print(f"{len(ids)} {'case' if len(ids) == 1 else 'cases'} in {place}; {place / 'README.md'} says how to answer")


@cli.command("compare", epilog=STATUSES)
@click.argument("place", metavar="DIR", type=click.Path(path_type=Path))
@with_judgement
def compare_command(*, place: Path, **options: Any) -> None:  # noqa: ANN401  see Judgement
    """Check the answers that lie in a folder: DIR/<case>.safetensors, .npz or .json."""
    from rnn_parity.exchange import cases_to_compare  # noqa: PLC0415  only here

    judgement = Judgement(**options)
    ids = cases_to_compare(place, judgement.recorded, judgement.globs)
    _judge(judgement, f"{ANSWERS}{place}", ids, Isolation())


@cli.command("report")
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

    _require_one(quiet=quiet, verbose=verbose)
    held = read_document(file)
    _write_report(held, report_folder, None)
    _print_verdict(verdict_of(held), quiet=quiet, verbose=verbose)


@cli.command("recheck", epilog=STATUSES)
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

    _require_one(quiet=quiet, verbose=verbose)
    verdict = recheck(verdict_of(read_document(file)), factor)
    _print_verdict(verdict, quiet=quiet, verbose=verbose)
    _exit(verdict.exit_status)


@cli.command("list")
@with_cases
@with_fixtures
@click.option("--json", "as_json", is_flag=True, help="Print JSON: every case with its options.")
def list_command(*, globs: tuple[str, ...], folder: Path | None, as_json: bool) -> None:
    """List the recorded cases, each with the reason it exists."""
    recorded = Fixtures(folder or default_fixtures())
    specs = [recorded.read_spec(case_id) for case_id in recorded.select(globs)]
    if as_json:
        from rnn_parity.report.json import encode, list_json  # noqa: PLC0415  only where JSON is asked for

        _write("-", encode(list_json(specs)))
    else:
        from rnn_parity.report.listing import list_text  # noqa: PLC0415  only here

        _print(list_text(specs, _width() if sys.stdout.isatty() else None))


@cli.command("show")
@click.argument("case_id", metavar="CASE")
@with_fixtures
def show_command(*, case_id: str, folder: Path | None) -> None:
    """Show one case: why it exists, its cell, run, weights and recorded tensors."""
    from rnn_parity.report.listing import case_text  # noqa: PLC0415  only here

    recorded = Fixtures(folder or default_fixtures())
    fixture = recorded.read(case_id)
    options = () if folder is None else ("--fixtures", str(folder))
    command = shlex.join(("rnn-parity", "check", "--cases", case_id, *options))
    _print(case_text(fixture, recorded.manifest.cases[case_id], command))


@cli.command("mistakes")
@click.argument("mistake_id", metavar="[ID]", required=False)
def mistakes_command(*, mistake_id: str | None) -> None:
    """List the known mistakes, those that a glob matches, or explain one."""
    from rnn_parity.mistakes import MISTAKES  # noqa: PLC0415  heavy, and needed only here
    from rnn_parity.report.listing import mistake_text, mistakes_text  # noqa: PLC0415  only here

    matching = [mistake for mistake in MISTAKES if fnmatchcase(mistake.id, mistake_id or "*")]
    if mistake_id is None or (matching and mistake_id != matching[0].id):
        _print(mistakes_text(matching, _width() if sys.stdout.isatty() else None))
    else:
        _print(mistake_text(_known(mistake_id, MISTAKES), _width()))


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
        _require_one(quiet=self.quiet, verbose=self.verbose)
        if self.json_file not in (None, "-") and not Path(str(self.json_file)).absolute().parent.is_dir():
            raise click.UsageError(f"--json: there is no folder {Path(str(self.json_file)).parent}.")
        if (self.rtol is None) != (self.atol is None):
            raise click.UsageError("--rtol and --atol go together; give both or neither.")

    @property
    def tolerance(self) -> Tolerance:
        """What may differ."""
        return Tolerance(rtol=self.rtol, atol=self.atol)

    @cached_property
    def recorded(self) -> Fixtures:
        """The fixtures."""
        return Fixtures(self.folder or default_fixtures())


def _judge(asked: Judgement, reference: str, ids: Sequence[str], isolation: Isolation) -> NoReturn:
    """Have these cases answered, show what became of them, and leave with the status of that."""
    with (
        contextlib.redirect_stdout(sys.stderr),  # a candidate may print: stdout is for results
        _ended_as_by_an_interrupt() if is_apart(reference, isolation) else contextlib.nullcontext(),
        progress(len(ids)) as advance,
    ):
        cases = (case_of(asked.recorded.read(case_id)) for case_id in ids)
        with contextlib.closing(answers(cases, reference, isolation)) as answered:
            verdict = check_answers(answered, name=reference, tolerance=asked.tolerance, on_result=advance)
    if asked.json_file != "-":
        repeated = isolation.options + (() if asked.folder is None else ("--fixtures", str(asked.folder)))
        _print_verdict(verdict, quiet=asked.quiet, verbose=asked.verbose, options=repeated)
    if asked.json_file is not None or asked.report_folder is not None:
        from rnn_parity.report.json import document  # noqa: PLC0415  only where one of the two is asked for

        reference_of = asked.recorded.manifest.reference | {"fixtures": asked.recorded.digest}
        _write_report(document(verdict, reference_of), asked.report_folder, asked.json_file)
    if problem := add_to_job_summary(verdict):
        click.echo(problem, err=True)
    _exit(verdict.exit_status)


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


@contextlib.contextmanager
def progress(total: int) -> Iterator[Callable[[CaseResult], None]]:
    """Yield what counts one more case, in a bar on stderr where that is a terminal and the work exceeds PATIENCE."""
    wanted_at = time.monotonic() + PATIENCE if sys.stderr.isatty() else float("inf")
    done, bar = 0, None

    def advance(_: CaseResult) -> None:
        nonlocal done, bar
        done += 1
        if bar is None and time.monotonic() >= wanted_at:
            bar = _started_bar(total)
        if bar is not None:
            bar.update(bar.task_ids[0], completed=done)

    try:
        yield advance
    finally:
        if bar is not None:
            bar.stop()


def _started_bar(total: int) -> Progress:
    from rich.console import Console  # noqa: PLC0415  most runs end before a bar is worth it
    from rich.progress import Progress  # noqa: PLC0415  as above

    bar = Progress(console=Console(stderr=True), transient=True, redirect_stdout=False, redirect_stderr=False)
    bar.add_task("cases", total=total)
    bar.start()
    return bar


def main(args: Sequence[str] | None = None) -> NoReturn:
    """Run the command and leave Python with its exit status; an error is one line on stderr."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")  # a name that the terminal cannot show must not end in a trace
    try:
        status = cli.main(args, prog_name="rnn-parity", standalone_mode=False) or 0  # None where a command just ends
    except RnnParityError as error:
        status = _complain(str(error), error.exit_status)
    except click.exceptions.NoArgsIsHelpError as error:
        click.echo(error.format_message())  # a bare command prints its help, but it has checked nothing: not 0
        status = error.exit_code
    except click.ClickException as error:
        status = _complain(error.format_message(), error.exit_code)
    except (click.Abort, KeyboardInterrupt):
        status = INTERRUPTED
    sys.exit(status)


def _require_one(*, quiet: bool, verbose: bool) -> None:
    if quiet and verbose:
        raise click.UsageError("-q and -v contradict each other; give one.")


def _print_verdict(verdict: Verdict, *, quiet: bool, verbose: bool, options: Sequence[str] = ()) -> None:
    if quiet:
        _print(text.summary_line(verdict))
    else:
        _print(text.check_text(verdict, width=_width(), in_full=None if verbose else text.IN_FULL, options=options))


def _write_report(held: Document, folder: Path | None, json_file: str | None) -> None:
    if json_file is not None:
        from rnn_parity.report.json import encode  # noqa: PLC0415  only where JSON is asked for

        _write(json_file, encode(held))
    if folder is not None:
        from rnn_parity.report.html import write_html  # noqa: PLC0415  only where a report is asked for

        click.echo(f"report: {write_html(held, folder)}", err=True)


def _known(mistake_id: str, mistakes: Sequence[Mistake]) -> Mistake:
    for mistake in mistakes:
        if mistake.id == mistake_id:
            return mistake
    near = nearest(mistake_id, (mistake.id for mistake in mistakes))
    hint = f"Did you mean {near!r}?" if near else "`rnn-parity mistakes` lists them."
    raise click.UsageError(f"no mistake {mistake_id!r}. {hint}")


def _complain(message: str, status: int) -> int:
    click.echo(f"error: {' '.join(message.split())}", err=True)
    return status


def _width() -> int:
    return max(shutil.get_terminal_size((text.WIDTH, 0)).columns, NARROWEST)


def _print(words: str) -> None:
    colour = not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"  # click takes it out of a pipe
    _put(f"{text.coloured(words) if colour else words}\n")


def _put(output: str | bytes) -> None:
    """Write to stdout; where nobody reads it any more (`| head`), end without a word."""
    try:
        click.echo(output, nl=False)
    except OSError as error:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # Python flushes once more at its end
        if isinstance(error, BrokenPipeError):
            _exit(PIPE_CLOSED)
        raise click.UsageError(f"stdout cannot be written ({error.strerror}).") from error


def _write(file: str, document: bytes) -> None:
    if file == "-":
        _put(document)
        return
    try:
        Path(file).write_bytes(document)
    except OSError as error:
        raise click.UsageError(f"--json: {file} cannot be written ({error.strerror}).") from error


def _exit(status: int) -> NoReturn:
    click.get_current_context().exit(status)
