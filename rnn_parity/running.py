"""Where cases are answered: in this process, in workers, by a program, or long ago, into files."""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from rnn_parity.answer import Answered, answer_of
from rnn_parity.candidate import ANSWERS, PROGRAMS, Case, load_candidate
from rnn_parity.errors import CandidateLoadError, UnsupportedOptionError

if TYPE_CHECKING:
    from rnn_parity.watched import Limits


@dataclass(frozen=True, kw_only=True)
class Isolation:
    """How processes of their own are to answer; None where nothing was said of it.

    Attributes:
        jobs: processes at a time; one where not given.
        timeout: seconds for one case, or for one run of a program.
        memory: MiB for each process with all that it starts.
    """

    jobs: int | None = None
    timeout: float | None = None
    memory: int | None = None

    @property
    def is_wanted(self) -> bool:
        """Whether anything was said."""
        return any(value is not None for value in (self.jobs, self.timeout, self.memory))

    @property
    def options(self) -> tuple[str, ...]:
        """The options of the command that say the same."""
        given = {"--jobs": self.jobs, "--timeout": self.timeout, "--memory": self.memory}
        return tuple(word for name, value in given.items() if value is not None for word in (name, f"{value:g}"))

    def limits(self) -> Limits:
        """Return what each process may take."""
        from rnn_parity.watched import MEBIBYTES, SECONDS, Limits, can_measure_memory  # noqa: PLC0415  only for others

        if self.memory is not None and not can_measure_memory():
            raise UnsupportedOptionError("check", "--memory", self.memory, "left out where there is no /proc")
        measured = MEBIBYTES if can_measure_memory() else None
        return Limits(timeout=self.timeout or SECONDS, memory=self.memory or measured)


def is_apart(reference: str, isolation: Isolation) -> bool:
    """Return whether a candidate is run in other processes than this one."""
    return reference.startswith(PROGRAMS) or isolation.is_wanted


def answers(cases: Iterable[Case], reference: str, isolation: Isolation) -> Answered:
    """Return the cases with what a candidate answers to each, one at a time.

    Raises:
        CandidateLoadError: the candidate cannot be loaded; also as the first case is taken.
        ExchangeFolderError: there is no such folder of answers.
        UnsupportedOptionError: nothing can be limited, since nothing is run or nobody can measure it.
    """
    if reference.startswith("cmd+") and not reference.startswith(PROGRAMS):
        raise CandidateLoadError(reference, f"programs that read and write files are {', '.join(PROGRAMS)}")
    if is_apart(reference, isolation) and os.name != "posix":
        raise CandidateLoadError(reference, "processes of their own need Linux or macOS")
    if reference.startswith(PROGRAMS):
        from rnn_parity.programs import Program  # noqa: PLC0415  only for a program

        return Program(reference, isolation.limits()).answers(cases, isolation.jobs or 1)
    if reference.startswith(ANSWERS):
        if isolation.is_wanted:
            raise UnsupportedOptionError("check", "--candidate", reference, "something to run, to limit its processes")
        return _answers_in(Path(reference.removeprefix(ANSWERS)), cases)
    if isolation.is_wanted:
        from rnn_parity.workers import answers_of_workers  # noqa: PLC0415  only where asked for

        return answers_of_workers(cases, reference, jobs=isolation.jobs or 1, limits=isolation.limits())
    run = load_candidate(reference)
    return ((case, answer_of(run, case)) for case in cases)


def _answers_in(folder: Path, cases: Iterable[Case]) -> Answered:
    from rnn_parity.exchange import read_answer, require_folder  # noqa: PLC0415  only for files

    require_folder(folder)
    return ((case, read_answer(folder, case)) for case in cases)
