"""What an import says of itself: what was found, what is known by what, where each variable went, who answered."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from rnn_parity.spec.text import written
from rnn_parity.structure import Array
from tf_reference.legacy.found import Inspection
from tf_reference.legacy.independent import Imported
from tf_reference.legacy.model_choice import model_words
from tf_reference.legacy.settled import question_words

if TYPE_CHECKING:
    from tf_reference.legacy.importing import Model, Request
    from tf_reference.legacy.own_graph import OwnGraphOf

DEEPER = " " * 12  # where what a label is of begins


def report(
    request: Request, inspection: Inspection, model: Model, imports: Sequence[Imported], graph: OwnGraphOf
) -> Iterator[str]:
    """Yield the lines that are printed of an import."""
    yield f"{request.path}: {inspection.kind_words}"
    yield f"  {model_words(model.found)}"
    yield f"  cell      {written(model.rebuilt.cell)}"
    yield f"  run       {written(model.rebuilt.run)}"
    yield from _told(model)
    if model.taken.defaults:
        yield "  defaults  which --cell leaves as they are, though the file does not say so:"
        yield from (f"{DEEPER}{words}" for words in question_words(model.taken.defaults))
    yield from (f"  note      {warning}" for warning in inspection.warnings)
    yield from _renamed(imports[0])
    yield f"  inputs    {inputs_words(model.embedding)}"
    apart = max((one.apart for one in imports if one.apart is not None), default=None)
    if graph.oracle is None or apart is None:
        yield f"  answers   those of the rebuilt tf.compat.v1 cell: {graph.reason}"
    else:
        yield f"  answers   those of {graph.oracle.how}"
        yield f"  agreeing  the rebuilt tf.compat.v1 cell, at most {apart:.2g} x TensorFlow's rounding away (8 allowed)"
    if request.rest is not None:
        yield f"  the rest  {request.rest}"


def inputs_words(embedding: tuple[str, Array] | None) -> str:
    """Return where the inputs of the cases are from."""
    return f"rows of {embedding[0]}" if embedding else "drawn, as large as the kernel wants them"


def _told(model: Model) -> Iterator[str]:
    """Yield a line for each option that is known, with the layers of which the same is known by the same."""
    places: dict[tuple[str, str, str], list[str]] = {}
    for one in model.taken.told:
        kind, _, evidence = one.by.partition(": ")
        places.setdefault((one.option, repr(one.value), kind), []).append(evidence)
    for (option, value, kind), told in places.items():
        yield f"  known     {option}={value} ({kind}{': ' if told[0] else ''}{told[0]})"


def _renamed(imported: Imported) -> Iterator[str]:
    width = max(len(one.name) for one in imported.origins)
    for one in imported.origins:
        yield f"  renamed   {one.name:<{width}}  {one.shape}  from {', '.join(one.sources)}"
