"""What a command prints and writes, how it says how far it is, and how it ends."""

from __future__ import annotations

import contextlib
import os
import shutil
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

import click

from rnn_parity.report import text
from rnn_parity.report.layout import NARROWEST
from rnn_parity.verify import CaseResult, Verdict

if TYPE_CHECKING:
    from rich.progress import Progress

    from rnn_parity.report.document import Document

PIPE_CLOSED = 141  # 128 + SIGPIPE
PATIENCE = 1.0  # seconds before a progress bar is worth its import


@contextlib.contextmanager
def progress(total: int) -> Iterator[Callable[..., None]]:
    """Yield what counts one more case, in a bar on stderr where that is a terminal and the work exceeds PATIENCE."""
    wanted_at = time.monotonic() + PATIENCE if sys.stderr.isatty() else float("inf")
    done, bar = 0, None

    def advance(*_: CaseResult) -> None:
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


def require_one(*, quiet: bool, verbose: bool) -> None:
    """Return if not both are asked for."""
    if quiet and verbose:
        raise click.UsageError("-q and -v contradict each other; give one.")


def require_folder(json_file: str | None) -> None:
    """Return if `json_file` can be there: what takes minutes does not end with a folder that there is not."""
    if json_file not in (None, "-") and not Path(str(json_file)).absolute().parent.is_dir():
        raise click.UsageError(f"--json: there is no folder {Path(str(json_file)).parent}.")


def print_verdict(verdict: Verdict, *, quiet: bool, verbose: bool, options: Sequence[str] = ()) -> None:
    """Print a verdict, as much of it as is asked for."""
    if quiet:
        put_words(text.summary_line(verdict))
    else:
        put_words(text.check_text(verdict, width=width(), in_full=None if verbose else text.IN_FULL, options=options))


def write_report(held: Document, folder: Path | None, json_file: str | None) -> None:
    """Write a run as JSON and as a report for a browser, where these are asked for."""
    if json_file is not None:
        from rnn_parity.report.json import encode  # noqa: PLC0415  only where JSON is asked for

        write(json_file, encode(held))
    if folder is not None:
        from rnn_parity.report.html import write_html  # noqa: PLC0415  only where a report is asked for

        click.echo(f"report: {write_html(held, folder)}", err=True)


def complain(message: str, status: int) -> int:
    """Print an error as one line on stderr, and return the status."""
    click.echo(f"error: {' '.join(message.split())}", err=True)
    return status


def width() -> int:
    """Return the columns to write in."""
    return max(shutil.get_terminal_size((text.WIDTH, 0)).columns, NARROWEST)


def put_words(words: str) -> None:
    """Print lines, in colour where that is wanted."""
    colour = not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"  # click takes it out of a pipe
    put(f"{text.coloured(words) if colour else words}\n")


def put(output: str | bytes) -> None:
    """Write to stdout; where nobody reads it any more (`| head`), end without a word."""
    try:
        click.echo(output, nl=False)
    except OSError as error:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # Python flushes once more at its end
        if isinstance(error, BrokenPipeError):
            leave(PIPE_CLOSED)
        raise click.UsageError(f"stdout cannot be written ({error.strerror}).") from error


def write(file: str, document: bytes) -> None:
    """Write what `--json FILE` asks for; '-' is stdout."""
    if file == "-":
        put(document)
        return
    try:
        Path(file).write_bytes(document)
    except OSError as error:
        raise click.UsageError(f"--json: {file} cannot be written ({error.strerror}).") from error


def leave(status: int) -> NoReturn:
    """End the command with this status."""
    click.get_current_context().exit(status)
