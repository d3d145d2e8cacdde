"""A found model -> the cell and the run that it is as far as the file tells, as texts for `--cell` and `--run`."""

from __future__ import annotations

import shlex

import rnn_parity.spec as specs
from tf_reference.legacy.found import Fact, FoundCell, FoundModel, Inspection, Option


def cell_text(model: FoundModel) -> str:
    """Return the cell of one direction: `MultiRNNCell(cells=[BasicLSTMCell(num_units=128)] * 2)`."""
    known = {fact.option: fact.value for fact in model.facts}
    stack = [
        _around(cell, residual=any(_is_residual(fact) for fact in (*model.facts, *cell.facts)))
        for cell in model.cells
        if cell.direction == model.directions[0]
    ]
    layers = known.get("layers", len(stack))
    same = len(set(stack)) == 1
    if model.run == "StackBidirectionalDynamicRNN" and same:
        return stack[0]
    if len(stack) == 1 and isinstance(layers, int) and layers > 1:
        return f"MultiRNNCell(cells=[{stack[0]}] * {layers}, one_object=True)"
    if len(stack) == 1:
        return stack[0]
    return f"MultiRNNCell(cells=[{stack[0]}] * {len(stack)})" if same else f"MultiRNNCell(cells=[{', '.join(stack)}])"


def run_text(model: FoundModel) -> str:
    """Return the run: `DynamicRNN()`, or one of two directions."""
    if model.run == "StackBidirectionalDynamicRNN":
        return f"{model.run}(layers={model.layers})"
    if model.directions == ("fw",):
        return f"{model.run}(cell_bw={specs.SAME_OBJECT!r})"
    if model.directions == ("bw",):
        return "DynamicRNN()"  # whose inputs are then those that were read backward
    return f"{model.run}()"


def single_text(cell: FoundCell) -> str:
    """Return one layer: its class, sizes, what is known of it, and defaults that are not today's."""
    told: dict[str, Option] = {question.option: question.default for question in cell.questions}
    told |= {fact.option: fact.value for fact in cell.facts}
    name = str(told.pop("class", cell.classes[0]))
    usual = _defaults(name)
    if "use_peephole" in usual and "use_peepholes" in told:  # what the block cells call it
        told["use_peephole"] = told["use_peepholes"]
    others = {option: value for option, value in told.items() if option in usual and not _same(value, usual[option])}
    options = {"num_units": cell.num_units, **others}
    return f"{name}({', '.join(f'{option}={value!r}' for option, value in options.items())})"


def _around(cell: FoundCell, *, residual: bool) -> str:
    """Return a layer, in a ResidualWrapper where the model has one and the widths allow it."""
    text = single_text(cell)
    return f"ResidualWrapper(cell={text})" if residual and cell.depth == (cell.num_proj or cell.num_units) else text


def _is_residual(fact: Fact) -> bool:
    return fact.option == "residual" and fact.value is True


def import_command(inspection: Inspection, number: int) -> str:
    """Return the command that imports a model of the file, by its number among them."""
    model = inspection.models[number]
    words = ["python -m tf_reference import", shlex.quote(inspection.path)]
    if len(inspection.models) > 1:
        words.append(f"--model {number}")
    words.append(f"--cell {shlex.quote(cell_text(model))}")
    if model.run not in ("DynamicRNN", "FusedRNN"):
        words.append(f"--run {shlex.quote(run_text(model))}")
    return " ".join([*words, "--out DIR"])


def _defaults(name: str) -> dict[str, Option]:
    """Return the options of a class that have defaults."""
    made = getattr(specs, name)(num_units=1)
    return {option: getattr(made, option) for option in made.__struct_fields__ if option != "num_units"}


def _same(value: Option, usual: Option) -> bool:
    return value == usual or {value, usual} == {None, "tanh"}
