"""Many cases, recorded on all cores: one process a core, TensorFlow imported once in each."""

from __future__ import annotations

import gc
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from multiprocessing import get_context

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

from rnn_parity.errors import RecordingError
from rnn_parity.fixture_file import Fixture
from rnn_parity.spec import CaseSpec
from tf_reference.environment import require_versions, tensorflow
from tf_reference.record import record

SECONDS_BETWEEN_LINES = 5.0  # of progress where stderr is no terminal


def record_all(specs: Sequence[CaseSpec], jobs: int) -> dict[str, Fixture]:
    """Return case id -> fixture, recorded by `jobs` processes; one job records in this process.

    All cases are tried; every one that fails but the last is named on stderr before the error.

    Raises:
        RecordingError: at least one case cannot be recorded.
        ReferenceEnvironmentError: TensorFlow cannot be had.
    """
    require_versions()
    fixtures, failures = {}, []
    answers = _in_this_process(specs) if min(jobs, len(specs)) <= 1 else _in_processes(specs, jobs)
    with _progress(len(specs)) as advance:
        for answer in answers:
            advance()
            if isinstance(answer, Fixture):
                fixtures[answer.spec.id] = answer
            else:
                failures.append(RecordingError(*answer))
    for failure in failures[:-1]:
        click.echo(f"error: {failure}", err=True)
    if failures:
        raise failures[-1]
    return fixtures


Answer = Fixture | tuple[str, str]  # a fixture, or the id and the problem of a RecordingError, which cannot be pickled


def _answer(spec: CaseSpec) -> Answer:
    try:
        return record(spec)
    except RecordingError as error:
        return error.case_id, error.problem


def _in_this_process(specs: Sequence[CaseSpec]) -> Iterator[Answer]:
    begin()
    try:
        yield from map(_answer, specs)
    finally:
        gc.unfreeze()


def begin() -> None:
    """Import TensorFlow, and let no garbage collection look through what that made again, as every case's would."""
    tensorflow()
    gc.freeze()


def _in_processes(specs: Sequence[CaseSpec], jobs: int) -> Iterator[Answer]:
    context = get_context("spawn")  # a fork of a process with TensorFlow's threads may hang
    with ProcessPoolExecutor(min(jobs, len(specs)), mp_context=context, initializer=begin) as pool:
        running: dict[Future[Answer], CaseSpec] = {pool.submit(_answer, spec): spec for spec in specs}
        try:
            for future in as_completed(running):
                yield _result(future, running[future])
        finally:
            pool.shutdown(cancel_futures=True)


def _result(future: Future[Answer], spec: CaseSpec) -> Answer:
    try:
        return future.result()
    except BrokenProcessPool:
        raise RecordingError(spec.id, "a recording process died; try --jobs 1 to see why") from None


@contextmanager
def _progress(total: int) -> Iterator[Callable[[], None]]:
    """Yield what to call after each case; shows a bar on a terminal, else a line every few seconds, on stderr."""
    console = Console(stderr=True)
    if console.is_terminal:
        columns = (
            TextColumn("recording"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            TimeRemainingColumn(),
        )
        with Progress(*columns, console=console, transient=True) as progress:
            task = progress.add_task("recording", total=total)
            yield lambda: progress.advance(task)
    else:
        yield _lines(total)


def _lines(total: int) -> Callable[[], None]:
    done, last = 0, time.monotonic()

    def advance() -> None:
        nonlocal done, last
        done += 1
        now = time.monotonic()
        if now - last >= SECONDS_BETWEEN_LINES or done == total:
            click.echo(f"recorded {done} of {total}", err=True)
            last = now

    return advance
