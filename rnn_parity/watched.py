"""A process that is watched while it works: it may end, take too long or too much memory, and print without end.

It leads a group of its own, so that a Ctrl-C in the terminal does not reach it and everything that it starts ends with
it. What it prints is read all the time (no pipe fills up), and the end of it is kept.
"""

from __future__ import annotations

import contextlib
import os
import select
import signal
import subprocess
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from threading import Event

PAUSE = 0.05  # seconds between two looks at memory and clock
KEPT = 64 * 1024  # bytes of what a process prints
FIRST, LAST = 300, 700  # characters of it in a reason: a crash begins with its name, a trace ends with it
_PIECES = 16  # a pipe holds one or a few
SECONDS, MEBIBYTES = 60.0, 4096  # what is allowed where nobody says otherwise


@dataclass(frozen=True, kw_only=True)
class Limits:
    """How long a process may take for what it is asked, in seconds, and how much memory it may have, in MiB."""

    timeout: float = SECONDS
    memory: int | None = MEBIBYTES


class Stopped(Exception):  # noqa: N818  nothing is wrong: somebody wants the run to end
    """Raised in place of waiting on, once everything is to stop."""


class Watched:
    """A running process; `end` kills it with all that it started."""

    def __init__(self, command: Sequence[str], *, stop: Event, pass_fds: Sequence[int] = ()) -> None:
        self._stop, self._printed = stop, bytearray()
        self._output, its_output = os.pipe()
        os.set_blocking(self._output, False)
        try:
            self._process = subprocess.Popen(  # noqa: S603  running it is what was asked for
                command,
                stdin=subprocess.DEVNULL,
                stdout=its_output,
                stderr=its_output,
                pass_fds=pass_fds,
                start_new_session=True,
            )
        except BaseException:
            os.close(self._output)
            raise
        finally:
            os.close(its_output)
        self._prints, self._is_over = True, False

    def wait(self, limits: Limits, ready: int | None = None) -> str | None:
        """Return None as soon as `ready` can be read, or say why that will never be: how the process ended.

        Without a `ready`, None means that it ended well, with status 0. A process that breaks a limit is killed.

        Raises:
            Stopped: everything is to end; the process has been killed.
        """
        deadline, looked = time.monotonic() + limits.timeout, time.monotonic()
        while True:
            if ready in self._readable(ready, PAUSE if self._prints else PAUSE / 10):
                return None
            status, now = self._process.poll(), time.monotonic()
            if status is not None:
                self.end()
                return None if ready is None and status == 0 else f"its process {_ended(status)}"
            if self._stop.is_set():
                self.end()
                raise Stopped
            broken = None
            if now >= deadline:
                broken = f"it took longer than {limits.timeout:g} s"
            elif limits.memory is not None and now >= looked + PAUSE:
                looked = now
                if resident(self._process.pid) > limits.memory:
                    broken = f"it took more than {limits.memory} MiB of memory"
            if broken is not None:
                self.end()
                return f"{broken} and was ended"

    def has_ended(self) -> bool:
        """Return whether the process is not there any more."""
        return self._process.poll() is not None

    def printed(self) -> bytes:
        """Return the end of what was printed since the last call."""
        self._read(_PIECES)
        printed = bytes(self._printed)
        self._printed.clear()
        return printed

    def end(self) -> None:
        """Kill the process and all of its group that are left, and keep what they printed; may be called again."""
        if self._is_over:
            return
        with contextlib.suppress(ProcessLookupError, PermissionError):  # the latter: macOS, where all are gone
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()
        self._is_over = True
        self._read(_PIECES)

    def close(self) -> None:
        """End the process and give its pipe back."""
        self.end()
        os.close(self._output)

    def _readable(self, ready: int | None, seconds: float) -> set[int]:
        """Wait at most `seconds` for something to read, take in what is printed, and return what else there is."""
        poll = select.poll()
        for fd in (ready, self._output if self._prints else None):
            if fd is not None:
                poll.register(fd, select.POLLIN)
        readable = {fd for fd, _ in poll.poll(1000 * seconds)}
        if self._output in readable:
            self._read()
        return readable

    def _read(self, pieces: int = 1) -> None:
        """Take in what is printed, so many pieces at most: some print faster than anybody reads."""
        for _ in range(pieces):
            try:
                more = os.read(self._output, KEPT) if self._prints else b""
            except BlockingIOError:
                return
            self._prints = bool(more)
            if not more:
                return
            self._printed += more
            del self._printed[:-KEPT]


def words(printed: bytes) -> str:
    """Return what a process printed as the end of a sentence, cut in the middle; '' where it printed nothing."""
    text = printed.decode(errors="replace").strip()
    if not text:
        return ""
    return f"; it printed: {text if len(text) <= FIRST + LAST else f'{text[:FIRST]} [...] {text[-LAST:]}'}"


def resident(pid: int) -> int:
    """Return the memory in MiB that a process and those it started have; 0 where nobody can say (no /proc)."""
    pages = sum(_pages(one) for one in _descendants(pid))
    return pages * os.sysconf("SC_PAGE_SIZE") // 2**20


def can_measure_memory() -> bool:
    """Return whether this machine says how much memory a process has."""
    return Path("/proc/self/statm").exists()


def _pages(pid: int) -> int:
    try:
        return int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    except (OSError, IndexError, ValueError):  # it is gone
        return 0


def _descendants(pid: int) -> Iterator[int]:
    yield pid
    try:
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    except OSError:
        return
    for child in children:
        yield from _descendants(int(child))


def _ended(status: int) -> str:
    if status >= 0:
        return f"ended with exit status {status}"
    try:
        return f"was ended by {signal.Signals(-status).name}"
    except ValueError:
        return f"was ended by signal {-status}"
