"""DropoutWrapper: what is dropped, when, and by how much the rest is scaled. The masks themselves are TensorFlow's."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias, cast

import msgspec
import numpy as np

import numpy_impl
from numpy_impl.cell import RNNCell
from numpy_impl.masks import MaskSource
from rnn_parity.candidates.numpy_impl import with_dropout
from rnn_parity.mistakes.dropout_otherwise import (
    Answering,
    ChangedMasks,
    CToo,
    DividedByTheRate,
    FirstMasks,
    HOfColumns,
    NotRounded,
    NotScaled,
    OnTheWayIn,
    OutputOfDroppedState,
    ScaledTwice,
    is_lstm,
)
from rnn_parity.mistakes.layer_states import with_h
from rnn_parity.mistakes.mistake import Mistake
from rnn_parity.mistakes.room import Room, all_of, lengths_of, longest, runs
from rnn_parity.mistakes.semantics import LSTM, Semantics
from rnn_parity.spec import CaseSpec, CellSpec, DropoutWrapper, ResidualWrapper, StackSpec, WrapperSpec, unwrapped
from rnn_parity.structure import Tree, cells_of

KINDS = ("input", "output", "state")

Made: TypeAlias = type[numpy_impl.DropoutWrapper]
Holds: TypeAlias = Callable[[DropoutWrapper], object]


def _made(kind: Made) -> Semantics:
    """Return the candidate whose every DropoutWrapper is of this class."""
    return Semantics(dropout=lambda outer, inner, masks: with_dropout(outer, inner, masks, kind))


def _optioned(change: Callable[[DropoutWrapper], dict[str, float]]) -> Semantics:
    """Return the candidate that reads the options of every DropoutWrapper wrongly."""
    return Semantics(
        dropout=lambda outer, inner, masks: with_dropout(msgspec.structs.replace(outer, **change(outer)), inner, masks)
    )


def _masked(change: Callable[[MaskSource], MaskSource]) -> Semantics:
    """Return the candidate that takes the masks of every DropoutWrapper from another source."""
    return Semantics(dropout=lambda outer, inner, masks: with_dropout(outer, inner, change(masks)))


def _exchanged(outer: DropoutWrapper) -> dict[str, float]:
    if not _can_be_exchanged(outer):
        return {}
    return {"output_keep_prob": outer.state_keep_prob, "state_keep_prob": outer.output_keep_prob}


def _output_fed_back(outer: DropoutWrapper, inner: RNNCell, masks: MaskSource) -> RNNCell:
    return Answering(
        with_dropout(outer, inner, masks), lambda output, state: (output, with_h(outer.cell, state, output))
    )


def _filter_ignored(outer: DropoutWrapper, inner: RNNCell, masks: MaskSource) -> RNNCell:
    return with_dropout(msgspec.structs.replace(outer, dropout_state_filter_visitor=None), inner, masks)


def _inside_the_residual(outer: DropoutWrapper, inner: RNNCell, masks: MaskSource) -> RNNCell:
    if not isinstance(inner, numpy_impl.ResidualWrapper):
        return with_dropout(outer, inner, masks)
    return numpy_impl.ResidualWrapper(with_dropout(outer, inner.cell, masks), inner.residual_fn)


def _dropouts(cell: CellSpec) -> list[DropoutWrapper]:
    """Return all DropoutWrappers in a cell that drop something."""
    if isinstance(cell, StackSpec):
        return [found for one in cell.cells for found in _dropouts(one)]
    if not isinstance(cell, WrapperSpec):
        return []
    inside = _dropouts(cell.cell)
    drops = isinstance(cell, DropoutWrapper) and any(getattr(cell, f"{kind}_keep_prob") < 1 for kind in KINDS)
    return [cast("DropoutWrapper", cell), *inside] if drops else inside


def _where(holds: Holds = lambda _: True) -> Room:
    """Return the room in the runs of a cell with a DropoutWrapper for which this holds."""
    return all_of(runs, lambda spec: any(map(holds, _all(spec))))


def _all(spec: CaseSpec) -> list[DropoutWrapper]:
    return [wrapper for cell in cells_of(spec) for wrapper in _dropouts(cell)]


def _drops(kind: str) -> Room:
    return _where(lambda wrapper: getattr(wrapper, f"{kind}_keep_prob") < 1)


def _can_be_exchanged(wrapper: DropoutWrapper) -> bool:
    probs = {wrapper.output_keep_prob, wrapper.state_keep_prob}
    return len(probs) > 1 and max(probs) < 1


def _spares_c(wrapper: DropoutWrapper) -> bool:
    return (
        wrapper.state_keep_prob < 1 and wrapper.dropout_state_filter_visitor is None and _has_lstm(wrapper.state_size)
    )


def _has_lstm(size: Tree) -> bool:
    return isinstance(size, tuple) and (is_lstm(size) or any(map(_has_lstm, size)))


def _filters(wrapper: DropoutWrapper) -> bool:
    drops = wrapper.state_keep_prob < 1 and wrapper.dropout_state_filter_visitor is not None
    return drops and _has_lstm(wrapper.state_size)


def _drops_columns(wrapper: DropoutWrapper) -> bool:
    inner = unwrapped(wrapper.cell)
    return wrapper.state_keep_prob < 1 and isinstance(inner, LSTM) and not isinstance(inner.state_size, tuple)


def _is_rounded(wrapper: DropoutWrapper) -> bool:
    probs = [getattr(wrapper, f"{kind}_keep_prob") for kind in KINDS]
    return any(float(np.float32(prob)) != prob for prob in probs)


def _several_rows(spec: CaseSpec) -> bool:
    return sum(length > 0 for length in lengths_of(spec)) > 1


_HOW = "y, state' = cell(drop(x), state); answer drop(y) and drop(state'), where drop(a) is a / keep_prob or 0."

MISTAKES = (
    Mistake(
        id="dropout/left-out",
        statement="dropout left out, as when a network is used and not trained",
        explanation="The wrapped cell stands where the wrapper should. TensorFlow's wrapper drops in every run of its "
        "graph: it knows no training flag, and graphs for use are built with a keep_prob of 1.",
        repair="Drop with the masks given; or check the cell without its wrapper, if it is never to drop.",
        applies=_where(),
        run=Semantics(dropout=lambda _, inner, __: inner),
    ),
    Mistake(
        id="dropout/not-scaled",
        statement="dropout: what is kept is not divided by keep_prob",
        explanation="Entries are zeroed and the rest left as it is, to be scaled when the network is used. TensorFlow "
        "scales while it drops.",
        repair=_HOW,
        applies=_where(),
        run=_made(NotScaled),
    ),
    Mistake(
        id="dropout/scaled-twice",
        statement="dropout: what is kept is divided by keep_prob twice",
        explanation="The mask holds 1 / keep_prob already, and what it multiplies is divided once more.",
        repair=_HOW,
        applies=_where(),
        run=_made(ScaledTwice),
    ),
    Mistake(
        id="dropout/divided-by-the-rate",
        statement="dropout: what is kept is divided by 1 - keep_prob",
        explanation="keep_prob was taken for the rate at which entries are dropped. At 0.5 both are the same.",
        repair="keep_prob is 1 - rate: divide by keep_prob.",
        applies=_where(lambda wrapper: any(getattr(wrapper, f"{kind}_keep_prob") not in (0.5, 1) for kind in KINDS)),
        run=_made(DividedByTheRate),
    ),
    Mistake(
        id="dropout/mask-inverted",
        statement="dropout: masks inverted, what TensorFlow keeps is dropped",
        explanation="The masks say what is kept; they were taken for what is dropped.",
        repair="Keep where the mask is True.",
        seen=(
            "https://github.com/tensorforce/tensorforce/pull/111",
            "https://github.com/macanv/BERT-BiLSTM-CRF-NER/issues/193",
        ),
        applies=_where(),
        run=_masked(lambda source: ChangedMasks(source, np.logical_not)),
    ),
    Mistake(
        id="dropout/input-left-out",
        statement="dropout of the inputs left out",
        explanation="Outputs and states are dropped; the cell reads the inputs whole.",
        repair=_HOW,
        applies=_drops("input"),
        run=_optioned(lambda _: {"input_keep_prob": 1.0}),
    ),
    Mistake(
        id="dropout/output-left-out",
        statement="dropout of the outputs left out",
        explanation="Inputs and states are dropped; the outputs are answered whole.",
        repair=_HOW,
        applies=_drops("output"),
        run=_optioned(lambda _: {"output_keep_prob": 1.0}),
    ),
    Mistake(
        id="dropout/state-left-out",
        statement="dropout of the states left out",
        explanation="Inputs and outputs are dropped; the next step gets the state whole.",
        repair=_HOW,
        applies=_drops("state"),
        run=_optioned(lambda _: {"state_keep_prob": 1.0}),
    ),
    Mistake(
        id="dropout/output-fed-back",
        statement="dropped outputs fed back as the state h",
        explanation="What is answered and what is carried were made one array. TensorFlow drops the output on its way "
        "out alone; the next step reads the whole h.",
        repair=_HOW,
        applies=_drops("output"),
        run=Semantics(dropout=_output_fed_back),
    ),
    Mistake(
        id="dropout/state-filter-ignored",
        statement="dropout_state_filter_visitor ignored: c never dropped",
        explanation="TensorFlow asks the visitor, where one is given, which parts of the state are dropped. Without "
        "one the c of an LSTMStateTuple is spared.",
        repair="Drop what the visitor says: with one that always answers True, c as well, with a mask of its own.",
        applies=_where(_filters),
        run=Semantics(dropout=_filter_ignored),
    ),
    Mistake(
        id="dropout/state-of-c-too",
        statement="dropout of the states drops c, too, with h's mask",
        explanation="TensorFlow never drops the c of an LSTMStateTuple, unless a dropout_state_filter_visitor says so.",
        repair="Drop h alone. (An LSTM with state_is_tuple=False has one array, all of which is dropped.)",
        applies=_where(_spares_c),
        run=_made(CToo),
    ),
    Mistake(
        id="dropout/columns-of-h-only",
        statement="dropout of a state [c | h] drops h alone",
        explanation="c is not dropped where it is one of an LSTMStateTuple; with state_is_tuple=False TensorFlow's "
        "wrapper sees one array, and drops all of it.",
        repair="Drop all columns where state_is_tuple=False.",
        applies=_where(_drops_columns),
        run=_made(HOfColumns),
    ),
    Mistake(
        id="dropout/state-on-the-way-in",
        statement="dropout of the states on the way in, not on the way out",
        explanation="The initial state is dropped, and the final one is not.",
        repair=_HOW,
        applies=_drops("state"),
        run=_made(OnTheWayIn),
    ),
    Mistake(
        id="dropout/output-of-dropped-state",
        statement="outputs are those of the dropped state",
        explanation="h is dropped before it is answered. TensorFlow drops the outgoing state alone: this step's output "
        "is whole, but for its own dropout.",
        repair=_HOW,
        applies=_drops("state"),
        run=_made(OutputOfDroppedState),
    ),
    Mistake(
        id="dropout/keep-probs-exchanged",
        statement="keep_prob of outputs and states exchanged",
        explanation="The order of TensorFlow's arguments is input, output, state. Equal probabilities hide it.",
        repair="Name the arguments: input_keep_prob, output_keep_prob, state_keep_prob.",
        applies=_where(_can_be_exchanged),
        run=_optioned(_exchanged),
    ),
    Mistake(
        id="dropout/first-step-mask",
        statement="dropout: the first step's masks used at every step",
        explanation="One mask for all steps is what variational_recurrent asks for, and nothing else.",
        repair="Take the mask of each step.",
        applies=all_of(_where(lambda wrapper: not wrapper.variational_recurrent), lambda spec: longest(spec) > 1),
        run=_masked(FirstMasks),
    ),
    Mistake(
        id="dropout/first-row-mask",
        statement="dropout: the first row's masks used for every row",
        explanation="One mask for all rows is what variational_recurrent asks for, and nothing else.",
        repair="Take the mask of each row.",
        applies=all_of(_where(lambda wrapper: not wrapper.variational_recurrent), _several_rows),
        run=_masked(lambda source: ChangedMasks(source, lambda mask: np.broadcast_to(mask[:1], mask.shape))),
    ),
    Mistake(
        id="dropout/inside-the-residual",
        statement="dropout inside a residual that it stands around",
        explanation="DropoutWrapper(ResidualWrapper(cell)) drops the sum of inputs and outputs, and adds the inputs "
        "that are left. The wrappers were taken the other way around.",
        repair="Wrap in TensorFlow's order: the outermost wrapper drops, or adds, last.",
        applies=_where(
            lambda wrapper: (
                isinstance(wrapper.cell, ResidualWrapper) and min(wrapper.input_keep_prob, wrapper.output_keep_prob) < 1
            )
        ),
        run=Semantics(dropout=_inside_the_residual),
    ),
    Mistake(
        id="dropout/keep-prob-in-double",
        statement="keep_prob not rounded to float32, in a float64 cell",
        explanation="TensorFlow makes a float32 tensor of a keep_prob before it divides by it, whatever the dtype of "
        "the cell. The difference is 1e-8 of a value.",
        repair="Divide by float(np.float32(keep_prob)).",
        applies=all_of(_where(_is_rounded), lambda spec: spec.dtype == "float64"),
        run=_made(NotRounded),
    ),
)
