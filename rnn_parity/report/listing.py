"""Cases and mistakes -> words: what `rnn-parity list`, `show` and `mistakes` print."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from textwrap import wrap
from typing import TYPE_CHECKING

import msgspec

from rnn_parity.report.room import room_words
from rnn_parity.spec import CaseSpec, OwnCell, Spec, class_name, is_imported, own_words

if TYPE_CHECKING:
    from rnn_parity.fixture_file import Fixture
    from rnn_parity.mistakes.mistake import Mistake
    from rnn_parity.structure import Array

RESULTS = ("outputs", "final_state")


def list_text(specs: Iterable[CaseSpec], width: int | None) -> str:
    """Return a line for each case: its name and why it exists; cut at `width` where one is given."""
    return _table([(spec.id, spec.why) for spec in specs], width)


def case_text(fixture: Fixture, content_hash: str, command: str) -> str:
    """Return everything about one case: why, cell, run, sizes, weights, recorded tensors, hash, what to run."""
    spec, arrays = fixture.spec, fixture.arrays
    sizes = spec.sizes
    lines = [
        spec.id,
        f"this case exists   {spec.why}",
        f"cell               {spec_words(spec.cell)}",
        f"run                {spec_words(spec.run)}",
        f"sizes              batch_size {sizes.batch_size}, max_time {sizes.max_time}, depth {sizes.depth}",
        f"dtype              {spec.dtype}",
        *_drawn(spec),
        f"content sha256     {content_hash}",
        f"check it           {command}",
        "",
        "weights",
        *_array_lines(arrays, "weights/"),
        "",
        "other tensors",
        *_array_lines(arrays, ""),
    ]
    return "\n".join(lines)


def mistakes_text(mistakes: Iterable[Mistake], width: int | None) -> str:
    """Return a line for each known mistake: its id and statement."""
    return _table([(mistake.id, mistake.statement) for mistake in mistakes], width)


def mistake_text(mistake: Mistake, width: int, specs: Iterable[CaseSpec]) -> str:
    """Return everything about one mistake: statement, explanation, repair, which of the cases leave room, links."""
    lines = [mistake.id, *_labelled("statement", mistake.statement, width)]
    lines += _labelled("explanation", mistake.explanation, width)
    lines += _labelled("repair", mistake.repair, width)
    lines += _labelled("room", room_words(mistake, specs), width)
    lines += [f"{'seen':<13}{link}" for link in mistake.seen]  # not wrapped: links are to be followed
    return "\n".join(lines)


def spec_words(spec: Spec) -> str:
    """Return a cell or run as its call: `LSTMCell(num_units=5, use_peepholes=True)`, defaults left out."""
    if isinstance(spec, OwnCell):
        return next(own_words(spec))
    given = []
    for field in msgspec.structs.fields(spec):
        value = getattr(spec, field.name)
        if field.name == "cells":
            given.append(f"[{', '.join(spec_words(cell) for cell in value)}]")
        elif field.required or value != field.default:
            given.append(f"{field.name}={spec_words(value) if isinstance(value, Spec) else repr(value)}")
    return f"{class_name(spec)}({', '.join(given)})"


def _drawn(spec: CaseSpec) -> Iterator[str]:
    """Yield what the arrays were drawn from and, of an own cell, what else its recording says."""
    if isinstance(spec.cell, OwnCell):
        _, *also = own_words(spec.cell)
        yield from (f"also               {words}" for words in also)
    if is_imported(spec):
        yield f"arrays             weights and states are the trained model's; inputs are chosen by seed {spec.seed}"
    else:
        yield f"drawn from         seed {spec.seed}, gain {spec.gain:g}"


def _array_lines(arrays: Mapping[str, Array], prefix: str) -> Iterator[str]:
    """Yield name, shape, dtype and, where there is one, the noise or how many entries a mask keeps.

    Without a prefix, of all arrays but weights and noise.
    """
    skipped = () if prefix else ("weights/", "noise/")
    names = [name for name in sorted(arrays) if name.startswith(prefix) and not name.startswith(skipped)]
    longest = max((len(name) - len(prefix) for name in names), default=0)
    for name in names:
        array = arrays[name]
        noise = f"   noise {float(arrays[f'noise/{name}']):.1e}" if f"noise/{name}" in arrays else ""
        kept = f"   keeps {array.sum()} of {array.size}" if array.dtype == bool else ""
        yield f"  {name.removeprefix(prefix):<{longest}}   {array.shape!s:<12} {array.dtype}{noise}{kept}"


def _table(rows: list[tuple[str, str]], width: int | None) -> str:
    longest = max((len(name) for name, _ in rows), default=0)
    lines = (f"{name:<{longest}}   {text}" for name, text in rows)
    return "\n".join(line if width is None or len(line) <= width else f"{line[: width - 3]}..." for line in lines)


def _labelled(label: str, text: str, width: int) -> list[str]:
    indent = f"{label:<13}"
    return wrap(" ".join(text.split()), width, initial_indent=indent, subsequent_indent=" " * len(indent)) or [indent]
