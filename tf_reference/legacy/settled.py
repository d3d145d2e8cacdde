"""Facts, answers and questions of a found model -> the options of each of its cells, and what said so.

    graph or names say it           their value; an answer that says another one is refused
    else an answer                  its value
    else no number depends on it    its default
    else a question                 open: nothing is taken silently

An answer is `option=value`, for every cell that is asked, or `fw/1/option=value`, for one layer of a direction.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from rnn_parity.spec import ACTIVATIONS
from rnn_parity.structure import join
from tf_reference.legacy.found import Fact, FoundCell, FoundModel, Option, Question
from tf_reference.legacy.import_errors import AnswerUnfitError

MODEL = ""  # the place of what is said of the model as a whole
NO_NUMBERS = ("state_is_tuple",)  # options on which no number depends


@dataclass(frozen=True, kw_only=True)
class Told:
    """One option's value, and what says so: the file by a fact, or the user."""

    place: str  # of a cell, like "0" or "fw/1"; MODEL of the model
    option: str
    value: Option
    by: str


@dataclass(frozen=True, kw_only=True)
class Settled:
    """Everything that is known: option by option, and what is still open, with the place of each question."""

    told: tuple[Told, ...]
    open: tuple[tuple[str, Question], ...] = ()
    values: Mapping[str, Mapping[str, Option]] = field(default_factory=dict)  # place -> option -> value

    def of(self, place: str) -> Mapping[str, Option]:
        """Return the options of one place."""
        return self.values.get(place, {})


def place_of(cell: FoundCell) -> str:
    """Return how a cell is named in an answer: "0", "1", or "fw/0"."""
    return join(cell.direction, str(cell.layer))


def settle(model: FoundModel, texts: Sequence[str] = ()) -> Settled:
    """Return what is known and what is open of a model, with the user's answers.

    Raises:
        AnswerUnfitError: an answer is to no question, contradicts the file, or is no `option=value`.
    """
    answers = _answers(texts)
    told: list[Told] = []
    still: list[tuple[str, Question]] = []
    for place, facts, questions in _places(model):
        known = {fact.option: fact for fact in facts}
        for option, fact in known.items():
            if option in NO_NUMBERS:  # states are tuples, whatever the file's were, unless the user says otherwise
                text = _found(answers, place, option)
                told += (
                    [] if text is None else [Told(place=place, option=option, value=answers[text], by="as you said")]
                )
                continue
            if fact.read_from == "graph" or all(option != question.option for question in questions):
                _require_alike(answers, place, fact)
            told.append(Told(place=place, option=option, value=fact.value, by=f"{fact.read_from}: {fact.evidence}"))
        for question in questions:
            option, text = question.option, _found(answers, place, question.option)
            if option in known and known[option].read_from == "graph":
                continue
            if text is not None:
                told.append(Told(place=place, option=option, value=answers[text], by="as you said"))
            elif option in NO_NUMBERS:
                told.append(Told(place=place, option=option, value=question.default, by="no number depends on it"))
            else:
                still.append((place, question))
    _require_asked(answers, model)
    values: dict[str, dict[str, Option]] = {}
    for one in told:
        values.setdefault(one.place, {})[one.option] = one.value
    return Settled(told=tuple(told), open=tuple(still), values=values)


def default_answers(still: Iterable[tuple[str, Question]]) -> tuple[str, ...]:
    """Return the answers that take every open question's default, one an option where all cells have the same."""
    by_option: dict[str, dict[str, Option]] = {}
    for place, question in still:
        by_option.setdefault(question.option, {})[place] = question.default
    answers = []
    for option, defaults in by_option.items():
        if len({repr(value) for value in defaults.values()}) == 1:
            answers.append(f"{option}={_written(next(iter(defaults.values())))}")
        else:
            answers += [f"{join(place, option)}={_written(value)}" for place, value in defaults.items()]
    return tuple(answers)


def question_words(still: Iterable[tuple[str, Question]]) -> list[str]:
    """Return a line for each open question, with the places that ask it."""
    asked: dict[Question, list[str]] = {}
    for place, question in still:
        asked.setdefault(question, []).append(place)
    lines = []
    for question, places in asked.items():
        others = f", or {', '.join(map(_written, question.others))}" if question.others else ""
        where = "" if places == [MODEL] else f" [layer {', '.join(places)}]"
        lines.append(f"{question.option}: {_written(question.default)}{others}?{where} {question.hangs_on_it}")
    return lines


def _places(model: FoundModel) -> Iterator[tuple[str, tuple[Fact, ...], tuple[Question, ...]]]:
    yield MODEL, model.facts, model.questions
    for cell in model.cells:
        yield place_of(cell), cell.facts, cell.questions


def _answers(texts: Sequence[str]) -> dict[str, Option]:
    answers: dict[str, Option] = {}
    for text in texts:
        option, equals, value = text.partition("=")
        if not equals or not option.strip() or not value.strip():
            raise AnswerUnfitError(text, "should be option=value, like forget_bias=1.0")
        answers[option.strip()] = _value(value.strip())
    return answers


def _value(text: str) -> Option:
    name = text.strip("'\"").rpartition(".")[2]
    if name in ACTIVATIONS:  # "tanh", "tf.nn.relu"
        return name
    try:
        value = ast.literal_eval(text)
    except (ValueError, SyntaxError):
        return text
    return value if value is None or isinstance(value, bool | int | float | str) else text


def _found(answers: Mapping[str, Option], place: str, option: str) -> str | None:
    return next((text for text in (join(place, option), option) if text in answers), None)


def _require_alike(answers: Mapping[str, Option], place: str, fact: Fact) -> None:
    text = _found(answers, place, fact.option)
    if text is not None and not same(answers[text], fact.value):
        said = f"{text}={_written(answers[text])}"
        raise AnswerUnfitError(said, f"the {fact.read_from} says {_written(fact.value)} ({fact.evidence})")


def _require_asked(answers: Mapping[str, Option], model: FoundModel) -> None:
    known: dict[str, None] = {}
    for place, facts, questions in _places(model):
        for option in (*(fact.option for fact in facts), *(question.option for question in questions)):
            known |= dict.fromkeys((option, join(place, option)))
    for text, value in answers.items():
        if text not in known:
            options = dict.fromkeys(name for name in known if "/" not in name)
            raise AnswerUnfitError(f"{text}={_written(value)}", "nothing asks that of this model", options)


def same(first: Option, second: Option) -> bool:
    """Return whether two values of an option mean the same: 1 and 1.0, no activation and tanh."""
    if isinstance(first, bool) or isinstance(second, bool):
        return first is second
    return ("tanh" if first is None else first) == ("tanh" if second is None else second)


def _written(value: Option) -> str:
    return value if isinstance(value, str) else repr(value)
