"""A program of any language as a candidate: `cmd:./port {input} {output}`; `cmd+json:...` where it reads JSON.

It is run on a batch of cases: `{input}` becomes a folder as `rnn-parity export` writes it, `{output}` one for the
answers. Where a run fails, each half of its cases is given to another run, down to the one that it fails on.
"""

from __future__ import annotations

import shlex
import shutil
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from pathlib import Path
from threading import Event

from rnn_parity.answer import Answer, Answered, Unanswered
from rnn_parity.array_file import FORMATS, FileFormat
from rnn_parity.candidate import Case
from rnn_parity.errors import CandidateLoadError
from rnn_parity.exchange import README, make_answer_folders, read_answer, write_questions
from rnn_parity.exchange_readme import readme
from rnn_parity.in_order import in_order
from rnn_parity.watched import Limits, Watched, words

PLACES = ("{input}", "{output}")
BATCH = 64  # cases: the start of a program is paid once for so many, and what is in memory stays little


class Program:
    """A command line with places for two folders, found to exist.

    Raises:
        CandidateLoadError: it has not both places, or there is no such program.
    """

    def __init__(self, reference: str, limits: Limits) -> None:
        self._limits, self._stop = limits, Event()
        scheme, _, command = reference.partition(":")
        self._file_format: FileFormat = next((one for one in FORMATS if scheme.endswith(one)), "safetensors")
        try:
            self._words = shlex.split(command)
        except ValueError as error:
            raise CandidateLoadError(reference, f"its quotes do not match ({error})") from error
        if missing := [place for place in PLACES if not any(place in word for word in self._words)]:
            advice = 'write it like cmd:"./port {input} {output}"'
            raise CandidateLoadError(reference, f"there is no {' and no '.join(missing)} in it; {advice}")
        if shutil.which(self._words[0]) is None:
            raise CandidateLoadError(reference, f"there is no program {self._words[0]}, or it may not be executed")

    def answers(self, cases: Iterable[Case], jobs: int) -> Answered:
        """Yield each case with what the program answers to it, in order; `jobs` runs go on at a time."""
        for batch in in_order(self._answered, _batches(cases), jobs=jobs, stop=self._stop):
            yield from batch

    def _answered(self, cases: Sequence[Case]) -> list[tuple[Case, Answer]]:
        problem, answered = self._run(cases)
        if problem is None:
            return answered
        if len(cases) == 1:
            return [(cases[0], Unanswered("error", problem))]
        half = len(cases) // 2
        return [*self._answered(cases[:half]), *self._answered(cases[half:])]

    def _run(self, cases: Sequence[Case]) -> tuple[str | None, list[tuple[Case, Answer]]]:
        """Return how one run over these cases failed, or None and their answers."""
        with tempfile.TemporaryDirectory(prefix="rnn-parity-") as place:
            asked, answers = Path(place) / "input", Path(place) / "output"
            asked.mkdir()
            write_questions(asked, cases, self._file_format, {})
            (asked / README).write_text(readme(cases[0], len(cases), self._file_format), encoding="utf-8")
            make_answer_folders(answers, (case.id for case in cases))
            folders = dict(zip(PLACES, (str(asked), str(answers)), strict=True))
            try:
                process = Watched([_filled(word, folders) for word in self._words], stop=self._stop)
            except OSError as error:
                return f"it could not be started ({error.strerror})", []
            try:
                problem = process.wait(self._limits)
                said = words(process.printed())
            finally:
                process.close()
            if problem is not None:
                return problem + said, []
            return None, [(case, read_answer(answers, case)) for case in cases]


def _filled(word: str, folders: dict[str, str]) -> str:
    for place, folder in folders.items():
        word = word.replace(place, folder)
    return word


def _batches(cases: Iterable[Case]) -> Iterator[list[Case]]:
    left = iter(cases)
    while batch := list(islice(left, BATCH)):
        yield batch
