"""Which of the models of a file is meant, and each in a few words."""

from __future__ import annotations

from collections.abc import Sequence

from tf_reference.legacy.found import FoundModel, Inspection
from tf_reference.legacy.import_errors import ModelChoiceError


def chosen_model(inspection: Inspection, text: str | None) -> FoundModel:
    """Return the model that `text` names by its number, scope or a beginning of it; the only one without a text.

    Raises:
        ModelChoiceError: there is none, or several and not one of them is named.
    """
    models = inspection.models
    words = [model_words(model) for model in models]
    if not models:
        problem = "no variables of an RNN cell are known by their names"
        raise ModelChoiceError(inspection.path, problem, (), [one.name for one in inspection.others])
    if text is None:
        if len(models) > 1:
            raise ModelChoiceError(inspection.path, f"{len(models)} models, of which one is imported at a time", words)
        return models[0]
    chosen = _meant(text, models)
    if len(chosen) == 1:
        return models[chosen[0]]
    if not chosen:
        raise ModelChoiceError(inspection.path, f"--model: got {text}, should be one of these numbers or scopes", words)
    problem = f"--model: got {text}, with which {len(chosen)} scopes begin; give a number"
    raise ModelChoiceError(inspection.path, problem, words, numbers=chosen)


def _meant(text: str, models: Sequence[FoundModel]) -> list[int]:
    """Return the numbers of the models that a text means: by number or scope, else by how scopes begin."""
    ways = (
        lambda number, scope: text in (str(number), scope or "(top)"),
        lambda _, scope: scope.startswith(f"{text.rstrip('/')}/"),
        lambda _, scope: bool(text) and scope.startswith(text),
    )
    for is_meant in ways:
        found = [number for number, model in enumerate(models) if is_meant(number, model.scope)]
        if found:
            return found
    return []


def model_words(model: FoundModel) -> str:
    """Return where a model lies and what it is, in one line."""
    first = model.cells[0]
    units = ", ".join(dict.fromkeys(str(cell.num_units) for cell in model.cells))
    kinds = " or ".join(dict.fromkeys(name for cell in model.cells for name in cell.classes))
    ways = "" if len(model.directions) == 1 else ", both directions"
    layers = f"{model.layers} layers" if model.layers > 1 else "1 layer"
    return f"{model.scope or '(top)'}: {layers}{ways} of {kinds}, {units} units over inputs of depth {first.depth}"
