"""What a graph says of a model as a whole: what runs it, how many layers one object is, dropout, lengths."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from tf_reference.legacy.found import Fact, FoundModel
from tf_reference.legacy.graph_columns import SELECTS, Column, Columns
from tf_reference.legacy.graph_nodes import Tensor
from tf_reference.legacy.graph_residuals import output_forms
from tf_reference.legacy.graph_step import Step, read
from tf_reference.legacy.graph_terms import Dropout

FED = "fed"  # a keep_prob that is no constant
PARTS = ("Split", "SplitV", "Slice", "StridedSlice")  # what cuts c and h out of one array
BACKWARD = ("ReverseV2", "Reverse", "ReverseSequence")
TO_THE_INPUTS = (  # from one step's input back to all inputs
    "Transpose", "Reshape", "Squeeze", "ExpandDims", "Unpack", "Split", "SplitV", "Slice", "StridedSlice",
    "TensorArrayRead", "TensorArrayReadV2", "TensorArrayReadV3", "TensorArrayUnpack", "TensorArrayScatter",
    "TensorArrayScatterV2", "TensorArrayScatterV3", "TensorListGetItem", "TensorListFromTensor",
)  # fmt: skip


def facts_of_layers(columns: Columns, step: Step) -> Iterator[Fact]:
    """Give what stands around one step of a cell: dropout of its input and of its output, the nest of its state."""
    yield from _dropout("input_keep_prob", columns.below(step).whole)
    if step.c and not step.whole:
        parts = {columns.view.node(state).name for state in (step.c, step.h) if columns.view.op(state) in PARTS}
        yield read("state", "[c h]" if parts else "(c, h)", ", ".join(sorted(parts)) or step.c.rpartition(":")[0])
    yield from _dropout("output_keep_prob", _output_dropouts(columns, step))


def _output_dropouts(columns: Columns, step: Step) -> tuple[Dropout, ...]:
    """Return what drops a step's output; where nothing drops it, what drops the sum with its input."""
    total = columns.residual(step)
    for end in (step.new_h, *([total.total] if total else [])):
        forms = output_forms(columns.terms(step), end).values()
        if found := tuple(dict.fromkeys(dropouts[0] for dropouts in forms if dropouts)):
            return found
    return ()


def _dropout(option: str, found: tuple[Dropout, ...]) -> Iterator[Fact]:
    if len(found) == 1:
        keep = found[0].keep_prob
        yield read(option, FED if keep is None else keep, found[0].evidence)


def facts_of_run(columns: Columns, model: FoundModel) -> Iterator[Fact]:
    """Give what the model's columns agree in; nothing where the graph has none."""
    found = list(columns.all())
    if not found:
        return
    yield from _run(columns, found)
    if is_complete(columns, found):
        yield from _layers(model, found)
    yield from _directions(columns, model)


def is_complete(columns: Columns, found: Iterable[Column]) -> bool:
    """Return whether every step that no other comes before is in one of the columns."""
    places = columns.lengths()
    covered = {step.anchor for column in found for step in column.steps}
    return all(step.anchor in covered for step in columns.steps if places[step.anchor] == 0)


def _run(columns: Columns, found: list[Column]) -> Iterator[Fact]:
    first = found[0].steps[0]
    if first.whole:
        yield read("run_by", columns.view.nodes[first.anchor].op, first.anchor)
        return
    loops = [loop for column in found if (loop := columns.loop_variable(column.steps[0])) is not None]
    places = columns.lengths()
    steps = 1 + max(places.values())
    last = max(columns.steps, key=lambda step: places[step.anchor])
    if loops:
        yield read("run_by", "while loop", columns.view.node(loops[0]).name)
        after = columns.view.next_value(loops[0])
        frozen = after is not None and columns.view.op(after) in SELECTS
        yield read("sequence_length", frozen, columns.view.node(after or loops[0]).name)
    elif steps > 1:
        yield read("run_by", "unrolled", f"{first.anchor} to {last.anchor}")
        yield read("steps", steps, f"{first.anchor} to {last.anchor}")
        select = columns.view.resolve(last.h)
        yield read("sequence_length", columns.view.op(select) in SELECTS, columns.view.node(select).name)
    else:
        yield read("run_by", "one step", first.anchor)


def _layers(model: FoundModel, found: list[Column]) -> Iterator[Fact]:
    """Give the number of layers: that of the names, or how often one object stands on itself."""
    counts = {len(column.steps) for column in found}
    evidence = ", ".join(step.anchor for step in found[0].steps)
    if len(counts) == 1 and (counts == {model.layers} or model.layers == 1):
        yield read("layers", counts.pop(), evidence)


def _directions(columns: Columns, model: FoundModel) -> Iterator[Fact]:
    """Give whether cells that have no variables of a backward direction are run backward as well."""
    if "bw" in model.directions:
        return
    backward = {step.anchor: end for step in columns.steps if (end := _backward(columns, step)) is not None}
    forward = [step for step in columns.steps if step.anchor not in backward]
    if backward and forward:
        yield read("cell_bw", "cell_fw", f"{next(iter(backward))} behind {next(iter(backward.values()))}")
    elif model.directions == ("fw",) and forward and any(columns.loop_variable(step) for step in forward):
        yield read("cell_bw", None, f"{forward[0].anchor} alone")


def _backward(columns: Columns, step: Step) -> str | None:
    """Return the node that turns the inputs of a step around; None where they come as they are."""
    view = columns.view
    waiting, seen = [view.resolve(step.x)], set[Tensor]()
    while waiting and len(seen) < 100:  # noqa: PLR2004  tensors on the way
        tensor = waiting.pop()
        if tensor in seen:
            continue
        seen.add(tensor)
        op = view.op(tensor)
        if op in BACKWARD:
            return view.node(tensor).name
        if op in TO_THE_INPUTS:
            waiting += view.inputs(tensor)
    return None
