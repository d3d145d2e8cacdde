"""What a graph's own operations say of the cells that names and shapes found, with the operations as evidence.

Each cell is said what all of its steps agree in; where they do not, a question says both. Operations that are not
recognised say nothing: the questions about them stay. What the graph and the names say differently stands twice in
the facts, and `contradictions` says so.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

import rnn_parity.spec as specs
from tf_reference.legacy.found import Fact, FoundCell, FoundModel, Question
from tf_reference.legacy.graph_columns import Columns
from tf_reference.legacy.graph_residuals import SaidOfResiduals, said_of_residuals
from tf_reference.legacy.graph_runs import facts_of_layers, facts_of_run, is_complete
from tf_reference.legacy.graph_step import read
from tf_reference.legacy.graph_variables import GraphDef
from tf_reference.legacy.graph_view import GraphView
from tf_reference.legacy.graph_weights import Weights

CLASSES = {  # kernel -> the classes that run it
    "LSTMBlockCell": ("LSTMBlockCell", "CudnnCompatibleLSTMCell"),
    "LSTMFusedCell": ("LSTMBlockCell",),
    "BlockLSTM": ("LSTMBlockFusedCell",),
    "BlockLSTMV2": ("BlockLSTMV2",),
    "GRUBlockCell": ("GRUBlockCellV2",),
}
KERNEL_CLASSES = frozenset(name for names in CLASSES.values() for name in names)
ORDERS = ("i,j,f,o", "r,u")  # those of TensorFlow's cells
OTHER_ORDER = "BlockLSTMV2"  # a kernel whose own order is another
RESETS_AFTER = "CudnnCompatibleGRUCell"
TELLING = ("use_peepholes", "cell_clip", "proj_clip", "layer_norm")


def with_facts(graph_def: GraphDef, models: tuple[FoundModel, ...]) -> tuple[FoundModel, ...]:
    """Return the models with what the graph says of them; questions that it answers are gone.

    Raises:
        GraphError: the graph is broken or too large to be read.
    """
    if not models:
        return models
    view = GraphView(graph_def)
    return tuple(_model(view, model) for model in models)


def contradictions(models: Iterable[FoundModel]) -> tuple[str, ...]:
    """Return a sentence for everything that the graph says otherwise than names and shapes, or than TensorFlow's cells.

    A cell with such a fact cannot be rebuilt by its names: the graph alone computes what it was trained to.
    """
    return tuple(sentence for model in models for sentence in _contradictions(model))


def _contradictions(model: FoundModel) -> Iterator[str]:
    for place, facts in ((model.scope or "the model", model.facts), *((c.scope, c.facts) for c in model.cells)):
        for fact, other in ((fact, other) for fact in facts for other in facts if fact.option == other.option):
            if fact.read_from == "graph" != other.read_from and fact.value != other.value:
                by_names = f"{other.value} by the {other.read_from} ({other.evidence})"
                yield f"{place}: {fact.option} is {fact.value} by the graph ({fact.evidence}), and {by_names}"
    for cell in model.cells:
        said = {fact.option: fact for fact in cell.facts if fact.read_from == "graph"}
        for fact, known in _unlike(cell, said):
            yield f"{cell.scope}: {fact.option} is {fact.value} by the graph ({fact.evidence}), and {known}"


def _unlike(cell: FoundCell, said: Mapping[str, Fact]) -> Iterator[tuple[Fact, str]]:
    """Give facts that no cell of the classes has, and what those have."""
    names = " or ".join(cell.classes)
    for option in TELLING:
        fact = said.get(option)
        if fact and fact.value not in (None, False) and not any(option in _fields(name) for name in cell.classes):
            yield fact, f"{names} has no such option"
    order, reset, op = said.get("gate_order"), said.get("reset_after"), said.get("op")
    if order and order.value not in ORDERS and (op is None or op.value != OTHER_ORDER):
        yield order, f"that of TensorFlow's cells is {' or '.join(ORDERS)}"
    if reset and reset.value is not (RESETS_AFTER in cell.classes):
        yield reset, f"{names} does it the other way"


def _model(view: GraphView, model: FoundModel) -> FoundModel:
    columns = Columns(view, Weights(view, model.cells))
    found = list(columns.all())
    residuals = said_of_residuals(columns, found if found and is_complete(columns, found) else ())
    cells = tuple(_with_residual(residuals, k, _cell(columns, k, cell)) for k, cell in enumerate(model.cells))
    told = replace(model, cells=cells)
    facts = (*facts_of_run(columns, model), *residuals.model)
    return replace(told, facts=_joined(model.facts, facts), questions=_open(model.questions, facts))


def _with_residual(residuals: SaidOfResiduals, k: int, cell: FoundCell) -> FoundCell:
    facts, asked = residuals.cells.get(k, ()), residuals.asked.get(k, ())
    return replace(cell, facts=(*cell.facts, *facts), questions=(*cell.questions, *asked))


def _cell(columns: Columns, k: int, cell: FoundCell) -> FoundCell:
    said: dict[str, list[Fact]] = {}
    for step in columns.steps:
        if step.cell == k:
            for fact in (*step.facts, *facts_of_layers(columns, step)):
                said.setdefault(fact.option, []).append(fact)
    agreed = [facts[0] for facts in said.values() if len({repr(fact.value) for fact in facts}) == 1]
    facts = [fact for fact in agreed if _says_something(cell, fact)]
    facts += _class(cell, facts) if agreed else []
    asked = tuple(_both(facts) for facts in said.values() if len({repr(fact.value) for fact in facts}) > 1)
    axis = columns.weights.shard_axis(k)
    return replace(
        cell,
        facts=_joined(cell.facts, facts),
        questions=(*_open(cell.questions, [*facts, *(facts[0] for facts in said.values())]), *asked),
        shard_axis=cell.shard_axis if axis is None else axis,
    )


def _says_something(cell: FoundCell, fact: Fact) -> bool:
    """Return whether a fact is of an option that the cell may have, or that is on though it should have none."""
    if fact.option not in TELLING or fact.value not in (None, False):
        return True
    return any(fact.option in _fields(name) for name in cell.classes)


def _fields(name: str) -> tuple[str, ...]:
    fields = getattr(getattr(specs, name, None), "__struct_fields__", ())
    return (*fields, *(("use_peepholes",) if "use_peephole" in fields else ()))


def _class(cell: FoundCell, facts: list[Fact]) -> Iterator[Fact]:
    """Give the class, where kernels or options tell it from the others of the same names."""
    ops = [fact for fact in facts if fact.option == "op"]
    if ops:
        fitting = [name for name in CLASSES[str(ops[0].value)] if name in cell.classes]
        yield read("class", (fitting or CLASSES[str(ops[0].value)])[0], ops[0].evidence)
        return
    own = [name for name in cell.classes if name not in KERNEL_CLASSES]
    switched_on = [fact.option for fact in facts if fact.option in TELLING and fact.value not in (None, False)]
    fitting = [name for name in own if all(option in _fields(name) for option in switched_on)]
    evidence = next((fact.evidence for fact in facts if fact.option in ("gate_order", "activation")), "")
    if len(cell.classes) > 1 and fitting and evidence:
        yield read("class", fitting[0], f"{evidence}: composed of operations, no kernel")
    elif not own and evidence:
        yield read("class", "LSTMCell" if "kernel" in cell.parts else "GRUCell", f"{evidence}: composed of operations")


def _both(facts: list[Fact]) -> Question:
    """Return the question which of several values is meant that a graph has for one cell."""
    values = {repr(fact.value): fact for fact in facts}
    said = "; ".join(f"{fact.value} at {fact.evidence}" for fact in values.values())
    first, *others = (fact.value for fact in values.values())
    return Question(
        option=facts[0].option,
        default=first,
        others=tuple(others),
        hangs_on_it=f"The graph computes the cell more than once, and differently: {said}.",
    )


def _joined(before: Iterable[Fact], facts: Iterable[Fact]) -> tuple[Fact, ...]:
    """Return the facts of before and those of the graph; of two that agree the graph's."""
    found = list(facts)
    same = {(fact.option, repr(fact.value)) for fact in found}
    return (*(fact for fact in before if (fact.option, repr(fact.value)) not in same), *found)


def _open(questions: Iterable[Question], facts: Iterable[Fact]) -> tuple[Question, ...]:
    known = {fact.option for fact in facts}
    return tuple(question for question in questions if question.option not in known)
