"""Why a model of a legacy file is not imported, one class a situation, each with what to do about it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from rnn_parity.errors import RnnParityError, nearest

SHOWN = 12  # names that a message shows


class ImportRefusedError(RnnParityError):
    """Parent of all reasons for which nothing is imported."""


class ModelChoiceError(ImportRefusedError):
    """A file has no model, or several of which none is chosen: choose one with --model."""

    def __init__(
        self,
        path: object,
        problem: str,
        models: Sequence[str],
        names: Iterable[str] = (),
        *,
        numbers: Sequence[int] | None = None,  # of the models that are to be chosen from; None: all
    ) -> None:
        shown = range(len(models)) if numbers is None else numbers
        lines = [f"{path}: {problem}.", *(f"  --model {number}  {models[number]}" for number in shown)]
        super().__init__("\n".join([*lines, *listed("its variables", names)]))
        self.path, self.problem, self.models = path, problem, tuple(models)


class QuestionsOpenError(ImportRefusedError):
    """What the file does not say decides on the numbers: answer it, with --answer or a whole --cell."""

    def __init__(self, path: object, questions: Sequence[str], ready: str) -> None:
        lines = [
            f"{path}: the file does not say everything that decides on the numbers:",
            *(f"  {question}" for question in questions),
            "Say what you know, or take the defaults by saying them:",
            f"  {ready}",
        ]
        super().__init__("\n".join(lines))
        self.questions, self.ready = tuple(questions), ready


class AnswerUnfitError(ImportRefusedError):
    """An --answer is to no question, or is no value: see the message."""

    def __init__(self, text: str, problem: str, known: Iterable[str] = ()) -> None:
        names = tuple(known)
        near = nearest(text.partition("=")[0], names)
        hint = f" Did you mean {near!r}?" if near else f" Questions are {', '.join(names)}." if names else ""
        super().__init__(f"--answer {text}: {problem}.{hint}")
        self.text, self.problem, self.near = text, problem, near


class CellContradictedError(ImportRefusedError):
    """The cell is not the one in the file: the names and shapes there, or its graph, say otherwise.

    `said` is the option by which the user said what is contradicted, or what of the file says it.
    """

    def __init__(self, said: str, got: str, should_be: str, evidence: str, *, names: Iterable[str] = ()) -> None:
        text = f"{said}: got {got}, should be {should_be}: {evidence}."
        super().__init__("\n".join([text, *listed("the model's variables", names)]))
        self.said, self.got, self.should_be, self.evidence = said, got, should_be, evidence


class ModelUnfitError(ImportRefusedError):
    """The cells of a file together are none that one cell and one run of TensorFlow's are: do as the message says."""

    def __init__(self, scope: str, problem: str, advice: str) -> None:
        super().__init__(f"the model in {scope or 'the top scope'}: {problem}. {advice}.")
        self.scope, self.problem, self.advice = scope, problem, advice


class NameRefusedError(ImportRefusedError):
    """The name that cases are to have has characters that ids of cases do not: write it in those that do."""

    ALLOWED = "small letters, digits and single dashes between them"

    def __init__(self, name: str, near: str | None) -> None:
        hint = f" Did you mean {near!r}?" if near else ""
        super().__init__(f"--name: got {name!r}, should be {self.ALLOWED}, like char-model.{hint}")
        self.name, self.near = name, near


class WeightUnfitError(ImportRefusedError):
    """A variable does not hold what the cell needs: another shape, or numbers that are none."""

    def __init__(self, variable: str, got: str, should_be: str) -> None:
        super().__init__(f"variable {variable}: got {got}, should be {should_be}. Nothing was written.")
        self.variable, self.got, self.should_be = variable, got, should_be


class OraclesApartError(ImportRefusedError):
    """The file's own graph and the rebuilt cell compute differently: the cell has other options than was said."""

    def __init__(self, case_id: str, tensor: str, ratio: float, cell: str, advice: str) -> None:
        super().__init__(
            f"the file's own graph and {cell} differ: {tensor} of {case_id} by {ratio:.3g} x TensorFlow's own rounding "
            f"(8 allowed). {advice} Nothing was written."
        )
        self.case_id, self.tensor, self.ratio, self.cell = case_id, tensor, ratio, cell


class RestRefusedError(ImportRefusedError):
    """The file of what is no part of the cell cannot be written: name another one."""

    def __init__(self, path: Path, problem: str) -> None:
        super().__init__(f"--rest: {path}: {problem}.")
        self.path, self.problem = path, problem


def listed(what: str, names: Iterable[str]) -> list[str]:
    """Return lines that show the names, or the first of them; none where there is no name."""
    shown = sorted(names)
    if not shown:
        return []
    more = [f"    ... and {len(shown) - SHOWN} more"] if len(shown) > SHOWN else []
    return [f"  {what}:", *(f"    {name}" for name in shown[:SHOWN]), *more]
