"""The user's `--answer`s, held against the layers and variables of a model before anything is made of them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from rnn_parity.errors import nearest
from rnn_parity.structure import join
from tf_reference.legacy.found import FoundCell, FoundModel
from tf_reference.legacy.import_errors import AnswerUnfitError


class Answer(NamedTuple):
    """One answer: to which layer ("0", "fw/1"; "" for all that are asked), which option, and how it was written."""

    place: str
    option: str
    value: str
    text: str


def answers_in(texts: Iterable[str]) -> tuple[Answer, ...]:
    """Return the answers that texts write; `settle` refuses those that are no `option=value`."""
    answers = []
    for text in texts:
        key, _, value = text.partition("=")
        place, _, option = key.strip().rpartition("/")
        answers.append(Answer(place, option, value.strip().strip("'\"").rpartition(".")[2], text))
    return tuple(answers)


def answer_to(texts: Sequence[str], place: str, option: str) -> str | None:
    """Return the answer that decides on a layer's option, as it was written: one to this layer before one to all."""
    answers = answers_in(texts)
    for wanted in (place, ""):
        for answer in reversed(answers):
            if (answer.place, answer.option) == (wanted, option):
                return answer.text
    return None


def require_fitting(model: FoundModel, texts: Sequence[str]) -> None:
    """Return if each answer is to a layer that there is, and each class one whose variables these are.

    Raises:
        AnswerUnfitError: one is not.
    """
    places = {join(cell.direction, str(cell.layer)): cell for cell in model.cells}
    for answer in answers_in(texts):
        if answer.place and answer.place not in places:
            there = f"layers are {', '.join(places)}" if len(places) > 1 else f"its one layer is {next(iter(places))}"
            raise AnswerUnfitError(answer.text, f"the model has no layer {answer.place}; {there}")
        cells = [places[answer.place]] if answer.place else model.cells
        if answer.option == "class":
            for cell in cells:
                _require_class(cell, answer)


def _require_class(cell: FoundCell, answer: Answer) -> None:
    if answer.value in cell.classes:
        return
    held = ", ".join(f"{name} {cell.shapes.get(name, '')}".rstrip() for name in cell.parts)
    kinds = " or ".join(cell.classes)
    near = nearest(answer.value, cell.classes)
    hint = f". Did you mean class={near}?" if near else ""
    raise AnswerUnfitError(answer.text, f"{cell.scope} holds {held}: the variables of {kinds}{hint}")
