"""A page a cell, from what the code says of it: formula, options, variables, state, mistakes, cases."""

from __future__ import annotations

import inspect
import sys
from collections.abc import Iterator
from typing import Any, get_args

import msgspec

import numpy_impl
from rnn_parity.catalogue import CASES
from rnn_parity.mistakes import MISTAKES, Mistake
from rnn_parity.report.kernels import Kernel, kernels
from rnn_parity.spec import CaseSpec, Cell, CellSpec, SingleCellSpec, class_name
from rnn_parity.structure import cells_of, flatten, join
from rnn_parity.weights import layers, wrappings
from tf_reference.contrib import FORMULAS, WRAPPERS

# Whose mistakes the families of ids are; those of the others belong to runs, states and lengths of every cell.
_LSTM = ("BasicLSTMCell", "LSTMCell", "LSTMBlockCell", "LSTMBlockFusedCell", "CudnnCompatibleLSTMCell")
_NORMED = ("LayerNormBasicLSTMCell", "LayerNormLSTMCell", "CoupledInputForgetGateLSTMCell")
FAMILIES = {
    "lstm": _LSTM,
    "gru": ("GRUCell", "GRUBlockCellV2"),
    "basic-rnn": ("BasicRNNCell",),
    "stacked": ("MultiRNNCell", "SummedMultiRNNCell"),
    "summed": ("SummedMultiRNNCell",),
    "sharing": ("MultiRNNCell", "SummedMultiRNNCell"),
    "residual": ("ResidualWrapper",),
    "dropout": ("DropoutWrapper",),
    "ugrnn": ("UGRNNCell",),
    "intersection": ("IntersectionRNNCell",),
    "nas": ("NASCell",),
    "sru": ("SRUCell",),
    "minimal-rnn": ("MinimalRNNCell",),
    "cfn": ("CFNCell",),
    "ind-rnn": ("IndRNNCell",),
    "indy-gru": ("IndyGRUCell",),
    "indy-lstm": ("IndyLSTMCell",),
    "glstm": ("GLSTMCell",),
    "phased-lstm": ("PhasedLSTMCell",),
    "lstm-block": ("LSTMBlockCell", "LSTMBlockFusedCell", "CudnnCompatibleLSTMCell"),
    "fused": ("LSTMBlockFusedCell", "BlockLSTMV2"),
    "block-lstm-v2": ("BlockLSTMV2",),
    "cudnn-gru": ("CudnnCompatibleGRUCell",),
    "layer-norm": _NORMED,
    "layer-norm-lstm": ("LayerNormBasicLSTMCell", "LayerNormLSTMCell"),
    "coupled-lstm": ("CoupledInputForgetGateLSTMCell",),
    "highway": ("HighwayWrapper",),
    "input-projection": ("InputProjectionWrapper",),
    "output-projection": ("OutputProjectionWrapper",),
    "embedding": ("EmbeddingWrapper",),
    "attention": ("AttentionCellWrapper",),
}
OF_EVERY_CELL = (
    *("state", "lengths", "bidirectional", "axes", "raw", "stack-bidirectional", "steps", "rows", "activation"),
    "precision",
)


def pages() -> dict[str, str]:
    """Return file name -> text of every cell's page, and of the index."""
    texts = {f"{kind.__name__}.md": "\n".join(_page(kind)) + "\n" for kind in get_args(Cell)}
    return texts | {"index.md": "\n".join(_index()) + "\n"}


def _index() -> Iterator[str]:
    yield from ("# Cells", "", "One page a cell, written by `make generated` from the code, the catalogue and the")
    yield from ("known mistakes.", "", "```{toctree}", "---", "maxdepth: 1", "---")
    yield from (kind.__name__ for kind in get_args(Cell))
    yield "```"


def _page(kind: type[CellSpec]) -> Iterator[str]:
    name = kind.__name__
    yield from (f"# {name}", "", _prose(inspect.getdoc(kind)), "")
    yield from ("## Formula", "", *_formula(name), "")
    yield from ("## Options", "", "| option | default |", "|---|---|", *_options(kind), "")
    cases = [case for case in CASES if any(isinstance(cell, kind) for cell in cells_of(case))]
    if issubclass(kind, SingleCellSpec):
        yield from ("## Variables and state", "", *_variables(kind, cases), "")
    elif kind in WRAPPERS:
        yield from ("## Variables", "", *_wrapper_variables(kind, cases), "")
    yield from _reference(kind)
    yield from ("## Easily got wrong", "", *_mistakes(name, cases), "")
    yield from (
        f"## Its {len(cases)} cases",
        "",
        "Stacks and wrappers around it have more, which are on their pages.",
        "",
    )
    yield from ("| case | exists |", "|---|---|")
    yield from (f"| `{case.id}` | {case.why} |" for case in cases)


def _formula(name: str) -> Iterator[str]:
    module = sys.modules[getattr(numpy_impl, name).__module__]
    for paragraph in (inspect.getdoc(module) or "").split("\n\n"):
        if paragraph.startswith("    "):
            yield from ("```text", inspect.cleandoc(paragraph), "```", "")
        elif paragraph.startswith(("Source:", "Axes:")):
            yield from (line + "\\" for line in paragraph.splitlines()[:-1])
            yield from (paragraph.splitlines()[-1], "")
        else:
            yield from (_prose(paragraph), "")
    yield f"`numpy_impl.{name}` is this formula in NumPy, to be read beside TensorFlow's."


def _options(kind: type[CellSpec]) -> Iterator[str]:
    for field in msgspec.structs.fields(kind):
        yield f"| `{field.name}` | {'required' if field.required else f'`{field.default!r}`'} |"


def _variables(kind: type[SingleCellSpec], cases: list[CaseSpec]) -> Iterator[str]:
    """Describe the layer of this kind that has most variables, in the first case that has it."""
    found = [(layer, case) for case in cases for layer in layers(case) if isinstance(layer.cell, kind)]
    layer, case = max(found, key=lambda one: len(one[0].cell.variables(one[0].depth)))
    yield f"For inputs of depth D = {layer.depth}, as in `{case.id}` (`{_call(layer.cell)}`):"
    yield from ("", "| variable | shape |", "|---|---|")
    shapes = layer.cell.variables(layer.depth)
    yield from (f"| `{join(layer.scope, name)}` | {shape} |" for name, shape in shapes.items())
    sizes = ", ".join(f"{path or 'one array'} {width}" for path, width in flatten(layer.cell.state_size).items())
    yield from ("", f"State: {sizes}. Output: {layer.cell.output_size}.", "")
    for kernel in kernels(layer.cell, layer.depth):
        yield from ("```text", *_picture(kernel), "```", "")


def _wrapper_variables(kind: type[CellSpec], cases: list[CaseSpec]) -> Iterator[str]:
    """Describe the wrapper of this kind that has most variables, in the first case that has it."""
    found = [(one, case) for case in cases for one in wrappings(case) if isinstance(one.cell, kind)]
    wrapping, case = max(found, key=lambda one: len(one[0].cell.variables(one[0].depth)))
    yield from (
        f"For inputs of depth D = {wrapping.depth}, as in `{case.id}`:",
        "",
        "| variable | shape |",
        "|---|---|",
    )
    shapes = wrapping.cell.variables(wrapping.depth)
    yield from (f"| `{join(wrapping.scope, name)}` | {shape} |" for name, shape in shapes.items())


def _picture(kernel: Kernel) -> Iterator[str]:
    """Draw the row and column blocks of a kernel."""
    rows = [f"{part}  {count} rows" for part, count in kernel.rows]
    margin = max(len(kernel.name), *map(len, rows))
    line = " " * margin + " +" + "+".join("-" * 9 for _ in kernel.columns) + "+"
    yield f"{kernel.name.ljust(margin)}  {' '.join(gate.center(9) for gate, _ in kernel.columns)}".rstrip()
    for row in rows:
        yield from (line, f"{row.ljust(margin)} |{'|'.join(' ' * 9 for _ in kernel.columns)}|")
    yield line
    yield f"{' ' * margin}  {' '.join(f'{width} wide'.center(9) for _, width in kernel.columns)}".rstrip()


def _reference(kind: type[CellSpec]) -> Iterator[str]:
    """Say what stands for a class that has left TensorFlow."""
    made = FORMULAS[kind].step if kind in FORMULAS else WRAPPERS.get(kind)
    if made is None:
        return
    module = sys.modules[made.__module__]
    yield from ("## Reference", "", "The class has left TensorFlow. What is recorded is made of TensorFlow's ops:", "")
    for paragraph in (inspect.getdoc(module) or "").split("\n\n"):
        is_formula = paragraph.startswith("    ")
        yield from (("```text", inspect.cleandoc(paragraph), "```") if is_formula else (_prose(paragraph),))
        yield ""


def _mistakes(name: str, cases: list[CaseSpec]) -> Iterator[str]:
    of_family = (mistake for mistake in MISTAKES if name in FAMILIES.get(_family(mistake), ()))
    own = [mistake for mistake in of_family if any(map(mistake.applies, cases))]
    for mistake in own:
        yield f"- **{mistake.statement}** (`{mistake.id}`). {mistake.explanation} *Repair:* {mistake.repair}"
    others = sum(_family(mistake) in OF_EVERY_CELL for mistake in MISTAKES)
    yield from (["", ""][: bool(own)])
    yield f"{others} more are about states, steps, rows, directions and calls, whatever the cell: see"
    yield "[the mistakes](../mistakes/index.md)."


def _family(mistake: Mistake) -> str:
    return mistake.id.split("/")[0]


def _call(cell: CellSpec) -> str:
    """Return the constructor's call, without the options that are at their defaults."""
    given = [
        f"{field.name}={getattr(cell, field.name)!r}"
        for field in msgspec.structs.fields(type(cell))
        if field.required or getattr(cell, field.name) != field.default
    ]
    return f"{class_name(cell)}({', '.join(given)})"


def _prose(text: Any) -> str:
    return " ".join(str(text or "").split())
