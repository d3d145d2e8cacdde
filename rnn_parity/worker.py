"""A process that answers cases for another: reads a line, answers what lies in a file, writes a line.

It ends with its parent, however that ends: the pipe with the lines is then closed.
"""

from __future__ import annotations

import faulthandler
import json
import os
import signal
import sys
from contextlib import suppress
from pathlib import Path
from queue import SimpleQueue
from threading import Thread

from rnn_parity.answer import answer_of
from rnn_parity.candidate import load_candidate, question_of
from rnn_parity.errors import CandidateLoadError
from rnn_parity.fixture_file import read_fixture
from rnn_parity.message import to_bytes


def main(reference: str, requests: int, replies: int) -> None:
    """Answer until the requests end: each is `[question file, answer file]`, each reply `{}` or what went wrong."""
    waiting: SimpleQueue[list[str]] = SimpleQueue()
    Thread(target=_receive, args=(requests, waiting), daemon=True).start()
    _be_the_first_to_go()
    faulthandler.enable()
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(line_buffering=True, write_through=True)  # type: ignore[union-attr]  # what is printed is kept, however this ends
    try:
        run = load_candidate(reference)
    except CandidateLoadError as error:
        _reply(replies, {"reason": error.reason})
        return
    _reply(replies, {})
    while True:
        question, answer = waiting.get()
        made = answer_of(run, question_of(read_fixture(Path(question))))
        Path(answer).write_bytes(to_bytes(made))
        _reply(replies, {})


def _receive(requests: int, waiting: SimpleQueue[list[str]]) -> None:
    """Hand on what is asked; when nobody is there any more to ask, end with all that was started here."""
    with os.fdopen(requests, encoding="utf-8") as lines:
        for line in lines:
            waiting.put(json.loads(line))
    os.killpg(0, signal.SIGKILL)


def _reply(replies: int, said: dict[str, str]) -> None:
    os.write(replies, json.dumps(said).encode() + b"\n")


def _be_the_first_to_go() -> None:
    """Where memory runs out, let the kernel end this process, not the one that judges."""
    with suppress(OSError):
        Path("/proc/self/oom_score_adj").write_text("1000", encoding="ascii")
