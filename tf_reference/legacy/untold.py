"""What a file does not say of a model's wrappers, as a sentence: names say nothing, a graph that was read says all."""

from __future__ import annotations

from collections.abc import Sequence

from tf_reference.legacy.found import FoundModel


def wrappers_untold(models: Sequence[FoundModel]) -> str:
    """Return the sentence about the models of which no graph was read, or "" where there is none.

    Of a model whose steps a graph shows dropout is known or absent, and a residual known or asked about; devices have
    no part in the numbers.
    """
    untold = [number for number, model in enumerate(models) if not _is_read(model)]
    if not untold:
        return ""
    of = "" if len(untold) == len(models) else f" around model {', '.join(map(str, untold))}"
    return (
        f"Of wrappers that own no variables (dropout, residual, device){of} nothing is left in a file: if there were "
        "any, write them into --cell, like ResidualWrapper(cell=...)."
    )


def _is_read(model: FoundModel) -> bool:
    return all(any(fact.read_from == "graph" for fact in cell.facts) for cell in model.cells)
