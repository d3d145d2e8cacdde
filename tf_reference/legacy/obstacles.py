"""Why a found model cannot be imported as it was found, and what to do: said by `inspect` in place of a command."""

from __future__ import annotations

from collections.abc import Iterator

from rnn_parity.errors import RnnParityError
from rnn_parity.spec import DTYPES
from tf_reference.legacy.cautions import Values
from tf_reference.legacy.found import FoundModel
from tf_reference.legacy.given_cell import given_model
from tf_reference.legacy.graph_facts import ORDERS, OTHER_ORDER, RESETS_AFTER
from tf_reference.legacy.grouping import cautions
from tf_reference.legacy.rebuilt import WRITE_IT
from tf_reference.legacy.suggested import cell_text, run_text

NO_GRAPH = "If the graph beside it is another model's, import with --no-graph"


def obstacle(model: FoundModel, values: Values) -> str:
    """Return why the model's import would be refused, with what to do, or "" where nothing is seen that it would be."""
    return next(_obstacles(model, values), "")


def _obstacles(model: FoundModel, values: Values) -> Iterator[str]:
    yield from _formula(model)
    yield from (f"{caution}. {WRITE_IT}" for caution in _apart(model))
    yield from _dtypes(model)
    yield from _values(model, values)
    try:
        given_model(model, cell_text(model), run_text(model))
    except RnnParityError as error:
        yield f"{str(error).rstrip('.')}. {NO_GRAPH}"


def _formula(model: FoundModel) -> Iterator[str]:
    """Give what the graph computes as no cell of TensorFlow's does."""
    for cell in model.cells:
        said = {fact.option: fact for fact in cell.facts if fact.read_from == "graph"}
        order, reset, op = said.get("gate_order"), said.get("reset_after"), said.get("op")
        if order and order.value not in ORDERS and (op is None or op.value != OTHER_ORDER):
            own = "r,u" if "gates/kernel" in cell.parts else "i,j,f,o"
            yield (
                f"the graph computes the gates of {cell.scope} in the order {order.value} ({order.evidence}), and "
                f"TensorFlow's cells have {own}. Write the weights to an .npz under their names, the columns of kernel "
                f"and bias in the order {own}, and import that. {NO_GRAPH}"
            )
        if reset and reset.value is not (RESETS_AFTER in cell.classes):
            when = "after" if reset.value else "before"
            yield (
                f"the graph resets h {when} the product with the kernel in {cell.scope} ({reset.evidence}), and a "
                f"{' or '.join(cell.classes)} does it the other way. Record the program's own cell with "
                f"`python -m tf_reference record`. {NO_GRAPH}"
            )


def _apart(model: FoundModel) -> Iterator[str]:
    yield from cautions(model)
    kinds = {(cell.classes, cell.num_units, cell.num_proj) for cell in model.cells}
    if model.run == "StackBidirectionalDynamicRNN" and len(kinds) > 1:
        yield f"the levels of {model.scope or 'the run'} have cells of several classes or sizes, where the run has one"


def _dtypes(model: FoundModel) -> Iterator[str]:
    kinds = sorted({cell.dtype for cell in model.cells})
    if len(kinds) > 1 or kinds[0] not in DTYPES:
        yield (
            f"its variables are {' and '.join(kinds)}, and cases are recorded in one of {', '.join(DTYPES)}. Write "
            "them to an .npz as float32, under their names, and import that"
        )


def _values(model: FoundModel, values: Values) -> Iterator[str]:
    if values.missing:
        yield (
            "the file holds no values of its variables. Put the checkpoint's .index and .data beside the .meta, and "
            "inspect that"
        )
    names = (name for cell in model.cells for part in cell.parts.values() for name in part)
    for name in names:
        if name in values.wrong:
            yield f"{name} has numbers that are NaN or infinite. Take an earlier checkpoint, of before they were"
