"""Cases answered in processes of their own: whatever a candidate does there, it ends as the verdict of its case.

A worker (`rnn_parity.worker`) loads the candidate once and answers case after case. One that ends, takes too long or
too much memory is replaced for the next case.
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from queue import SimpleQueue
from threading import Event

from rnn_parity.answer import Answer, Answered, Unanswered
from rnn_parity.candidate import Case, as_fixture
from rnn_parity.errors import CandidateLoadError
from rnn_parity.fixture_file import fixture_bytes
from rnn_parity.in_order import in_order
from rnn_parity.message import from_bytes
from rnn_parity.watched import Limits, Watched, words

LOADING = 300.0  # seconds that a candidate may take to load, or the timeout where that is longer
_TO_END = 10.0  # seconds that a process may go on for without a connection
_START = """\
import json, sys
reference, requests, replies, sys.path[:] = json.loads(sys.argv[1])
from rnn_parity.worker import main
main(reference, requests, replies)
"""


def answers_of_workers(cases: Iterable[Case], reference: str, *, jobs: int, limits: Limits) -> Answered:
    """Yield each case with what the candidate answers to it, in order; what it prints goes to stderr.

    Raises:
        CandidateLoadError: the candidate cannot be loaded.
    """
    stop = Event()
    with tempfile.TemporaryDirectory(prefix="rnn-parity-") as folder:
        pool = _Pool(reference, Path(folder), jobs, limits, stop)
        try:
            for case, answer, printed in in_order(pool.answer, cases, jobs=jobs, stop=stop):
                sys.stderr.write(printed.decode(errors="replace"))
                yield case, answer
        finally:
            pool.close()


class Worker:
    """A process that has loaded the candidate.

    Raises:
        CandidateLoadError: it could not.
    """

    def __init__(self, reference: str, place: Path, limits: Limits, stop: Event) -> None:
        self._question, self._answer = (place.with_suffix(suffix) for suffix in (".safetensors", ".answer"))
        self._limits = limits
        its_requests, self._requests = os.pipe()
        self._replies, its_replies = os.pipe()
        given = json.dumps([reference, its_requests, its_replies, [str(place) for place in sys.path]])
        try:
            command = [sys.executable, "-c", _START, given]
            self._process = Watched(command, stop=stop, pass_fds=(its_requests, its_replies))
        finally:
            os.close(its_requests)
            os.close(its_replies)
        try:
            self._require_loaded(reference)
        except BaseException:
            self.close()
            raise

    def answer(self, case: Case) -> tuple[Answer, bytes, bool]:
        """Return the answer to a case, what was printed meanwhile, and whether the worker is still there."""
        self._question.write_bytes(fixture_bytes(as_fixture(case)))
        problem = self._ask()
        if problem is not None:
            return Unanswered("error", problem + words(self._process.printed())), b"", False
        try:
            answer = from_bytes(self._answer.read_bytes())
        except Exception as error:  # noqa: BLE001  the process is the candidate's, which may do anything to that file
            answer = Unanswered("error", f"its answer did not come through ({type(error).__name__}: {error})")
        return answer, self._process.printed(), True

    def has_ended(self) -> bool:
        """Return whether the process ended since its last answer."""
        return self._process.has_ended()

    def close(self) -> None:
        """End the process."""
        self._process.close()
        os.close(self._requests)
        os.close(self._replies)

    def _require_loaded(self, reference: str) -> None:
        problem, said = self._heard(max(LOADING, self._limits.timeout))
        if problem is not None:
            reason = f"{problem} while it was loaded{words(self._process.printed())}"
            raise CandidateLoadError(reference, reason)
        if "reason" in said:
            raise CandidateLoadError(reference, said["reason"])

    def _ask(self) -> str | None:
        """Return why a question is not answered, or None: it is."""
        with suppress(BrokenPipeError):  # it has ended, which is told below
            os.write(self._requests, json.dumps([str(self._question), str(self._answer)]).encode() + b"\n")
        return self._heard(self._limits.timeout)[0]

    def _heard(self, timeout: float) -> tuple[str | None, dict[str, str]]:
        """Return why there is no reply, or None and the reply."""
        problem = self._process.wait(replace(self._limits, timeout=timeout), self._replies)
        said = b"" if problem is not None else self._line()
        if not said and problem is None:  # the pipe was closed: it has ended, or will never say a word again
            problem = self._process.wait(replace(self._limits, timeout=min(timeout, _TO_END)))
            problem = problem or "its process ended with exit status 0"
        return problem, json.loads(said or b"{}")

    def _line(self) -> bytes:
        line = b""
        while not line.endswith(b"\n"):
            more = os.read(self._replies, 65536)
            if not more:
                return b""
            line += more
        return line


class _Pool:
    """Up to `jobs` workers, the first of which is there from the start: it shows that the candidate can be loaded."""

    def __init__(self, reference: str, folder: Path, jobs: int, limits: Limits, stop: Event) -> None:
        self._reference, self._limits, self._stop = reference, limits, stop
        self._places = [folder / f"worker-{number}" for number in range(jobs)]
        self._idle: SimpleQueue[tuple[Path, Worker | None]] = SimpleQueue()
        first, *others = self._places
        self._idle.put((first, self._started(first)))
        for place in others:
            self._idle.put((place, None))

    def answer(self, case: Case) -> tuple[Case, Answer, bytes]:
        """Return a case with its answer and what was printed meanwhile."""
        place, worker = self._idle.get()
        try:
            if worker is not None and worker.has_ended():  # after it had answered, which is not this case's fault
                worker.close()
                worker = None
            worker = worker or self._started(place)
            answer, printed, alive = worker.answer(case)
            if not alive:
                worker.close()
                worker = None
        except CandidateLoadError as error:  # it could be loaded before; the others are judged nevertheless
            answer, printed, worker = Unanswered("error", str(error)), b"", None
        finally:
            self._idle.put((place, worker))
        return case, answer, printed

    def close(self) -> None:
        """End all workers; none is at work any more."""
        for _ in self._places:
            _, worker = self._idle.get()
            if worker is not None:
                worker.close()

    def _started(self, place: Path) -> Worker:
        return Worker(self._reference, place, self._limits, self._stop)
