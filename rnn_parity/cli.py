"""The command `rnn-parity`: what it takes, where its answers go, and the status it ends with."""

from __future__ import annotations

import contextlib
import os
import shlex
import shutil
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from fnmatch import fnmatchcase
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn, TypeVar

import click

import rnn_parity
from rnn_parity.candidate import case_of, load_candidate
from rnn_parity.errors import RnnParityError, nearest
from rnn_parity.layouts import LAYOUTS
from rnn_parity.report import text
from rnn_parity.report.layout import NARROWEST
from rnn_parity.report.markdown import add_to_job_summary
from rnn_parity.store import Fixtures, default_fixtures
from rnn_parity.tolerance import Tolerance
from rnn_parity.verify import CaseResult, Verdict, check

if TYPE_CHECKING:
    from rich.progress import Progress

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
    help="What to check: a built-in name, module:function or path/file.py:function.",
)
@with_cases
@with_fixtures
@click.option(
    "--json",
    "json_file",
    metavar="FILE",
    type=click.Path(dir_okay=False, writable=True, allow_dash=True),
    help="Write the verdict as JSON; '-' prints it instead of the text.",
)
@click.option(
    "--report",
    "report_folder",
    metavar="DIR",
    type=click.Path(file_okay=False, path_type=Path),
    help="Write a report to be opened in a browser: DIR/index.html.",
)
@click.option(
    "--rtol",
    metavar="R",
    type=float,
    help="With --atol: allow atol + rtol |expected| instead of the multiple of TensorFlow's own rounding.",
)
@click.option("--atol", metavar="A", type=float, help="With --rtol, see there.")
@with_words
def check_command(  # noqa: PLR0913  one parameter an option
    *,
    reference: str,
    globs: tuple[str, ...],
    folder: Path | None,
    json_file: str | None,
    report_folder: Path | None,
    rtol: float | None,
    atol: float | None,
    quiet: bool,
    verbose: bool,
) -> None:
    """Check a candidate against TensorFlow's recorded answers."""
    _require_one(quiet=quiet, verbose=verbose)
    if json_file not in (None, "-") and not Path(str(json_file)).absolute().parent.is_dir():
        raise click.UsageError(f"--json: there is no folder {Path(str(json_file)).parent}.")
    if (rtol is None) != (atol is None):
        raise click.UsageError("--rtol and --atol go together; give both or neither.")
    tolerance = Tolerance(rtol=rtol, atol=atol)
    recorded = Fixtures(folder or default_fixtures())
    ids = recorded.select(globs)
    with (
        contextlib.redirect_stdout(sys.stderr),
        progress(len(ids)) as advance,
    ):  # a candidate may print: stdout is for results
        run = load_candidate(reference)
        cases = (case_of(recorded.read(case_id)) for case_id in ids)
        verdict = check(cases, run, name=reference, tolerance=tolerance, on_result=advance)
    if json_file != "-":
        options = () if folder is None else ("--fixtures", str(folder))
        _print_verdict(verdict, quiet=quiet, verbose=verbose, options=options)
    if json_file is not None or report_folder is not None:
        from rnn_parity.report.json import document  # noqa: PLC0415  only where one of the two is asked for

        _write_report(
            document(verdict, recorded.manifest.reference | {"fixtures": recorded.digest}), report_folder, json_file
        )
    if problem := add_to_job_summary(verdict):
        click.echo(problem, err=True)
    _exit(verdict.exit_status)


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


@cli.command("convert")
@click.argument("files", metavar="[SOURCE] TARGET", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--from", "source", metavar="LAYOUT", default="tf1", show_default=True, help="Layout of SOURCE.")
@click.option("--to", "target", metavar="LAYOUT", required=True, help=f"Layout of TARGET: {', '.join(LAYOUTS)}.")
@click.option("--case", metavar="ID", help="The cell is this case's; without SOURCE so are the weights.")
@click.option(
    "--cell", metavar="TEXT", help="The cell, like 'LSTMCell(num_units=5)' or 'MultiRNNCell([GRUCell(5)] * 2)'."
)
@click.option(
    "--run", metavar="TEXT", help="How --cell is run, like 'BidirectionalDynamicRNN()'; default: DynamicRNN()."
)
@click.option(
    "--depth", metavar="D", type=click.IntRange(min=1), help="Width of --cell's inputs; default: the arrays'."
)
@click.option("--scope", metavar="SCOPE", help="Where TensorFlow's variables lie; default: found, or the run's own.")
@click.option("--ignore-unknown", is_flag=True, help="Leave out arrays of SOURCE that the cell does not have.")
@click.option("--force", is_flag=True, help="Replace TARGET.")
@with_fixtures
def convert_command(*, files: tuple[Path, ...], source: str, target: str, folder: Path | None, **given: Any) -> None:  # noqa: ANN401  one an option
    """Convert weights from one framework's layout to another's, in .safetensors or .npz files.

    SOURCE holds arrays by name, or is a fixture, which says itself whose weights they are. Nothing is replaced without
    --force.
    """
    from rnn_parity.conversion import Request, written  # noqa: PLC0415  only here

    if len(files) > 2:  # noqa: PLR2004  SOURCE and TARGET
        raise click.UsageError(f"got {len(files)} files, should be TARGET, or SOURCE and TARGET.")
    origin = files[0] if len(files) > 1 else None
    request = Request(
        source=origin, target=files[-1], layout_of_source=source, layout_of_target=target, fixtures=folder, **given
    )
    _print(written(request))


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
