"""What a cell's names and shapes leave open: each with the default that is taken, and what hangs on it."""

from __future__ import annotations

from collections.abc import Iterator

import rnn_parity.spec as specs
from tf_reference.legacy.found import FoundCell, Question

BEFORE_CLIP = ("0.10-1.1", "0.12", "1.0-1.1")  # eras in which block kernels always clipped
BLOCK = ("LSTMBlockCell", "LSTMBlockFusedCell")
TUPLE_BEFORE = "0.6-0.12"


def questions_of(cell: FoundCell) -> tuple[Question, ...]:
    """Return the questions about one cell, those on which most hangs first."""
    known = {fact.option for fact in cell.facts}
    fields = getattr(specs, cell.classes[0]).__struct_fields__
    asked = (*_class(cell), *_forget_bias(cell), *_activation(fields), *_clips(cell, fields), *_state(cell, fields))
    return tuple(question for question in asked if question.option not in known)


def _class(cell: FoundCell) -> Iterator[Question]:
    first, *others = cell.classes
    if not others:
        return
    blocks = [name for name in others if name in BLOCK]
    hangs = f"{' and '.join(others)} had the same names."
    if blocks:
        hangs += (
            " A block cell has tanh alone, and clipped c to [-3, 3] in TensorFlow before 1.4; apart from that it "
            "computes the same."
        )
    elif "GRUBlockCellV2" in others:
        hangs += " It has tanh alone; apart from that it computes the same."
    if "BasicLSTMCell" in cell.classes:
        hangs += " The scope is the program's own: a BasicLSTMCell and an LSTMCell without options compute the same."
    yield Question(option="class", default=first, others=tuple(others), hangs_on_it=hangs)


def _forget_bias(cell: FoundCell) -> Iterator[Question]:
    if "forget_bias" not in getattr(specs, cell.classes[0]).__struct_fields__:
        return
    state = "c" if "LSTM" in cell.classes[0] else "the state"
    hangs = (
        "It is added to the forget gate at every step and is in no variable: with a wrong one "
        f"{state} decays otherwise."
    )
    if "LSTMCell" in cell.classes and cell.era == TUPLE_BEFORE:
        hangs += " TensorFlow 0.6's LSTMCell had no such option and always added 1."
    yield Question(option="forget_bias", default=1.0, others=(0.0,), hangs_on_it=hangs)


def _activation(fields: tuple[str, ...]) -> Iterator[Question]:
    if "activation" in fields:
        hangs = "It squashes the candidate and, in an LSTM, what is put out: with a wrong one everything is otherwise."
        yield Question(option="activation", default="tanh", others=("relu", "sigmoid", "linear"), hangs_on_it=hangs)
    if "y_activation" in fields:
        hangs = "It squashes the candidate of the output: with a wrong one everything is otherwise."
        yield Question(option="y_activation", default="relu", others=("tanh", "linear"), hangs_on_it=hangs)


def _clips(cell: FoundCell, fields: tuple[str, ...]) -> Iterator[Question]:
    if "cell_clip" in fields:
        always = cell.classes[0] in BLOCK and cell.era in BEFORE_CLIP
        default, other = (3.0, None) if always else (None, 3.0)
        hangs = "c is clipped to [-cell_clip, cell_clip] at every step."
        if always:
            hangs += " The block kernels of TensorFlow before 1.4 did so at 3 by default, and these names are of then."
        elif any(name in BLOCK for name in cell.classes):
            hangs += " The block kernels of TensorFlow before 1.4 did so at 3 by default."
        yield Question(option="cell_clip", default=default, others=(other,), hangs_on_it=hangs)
    if cell.num_proj is not None and "proj_clip" in fields:
        hangs = "The projected h is clipped to [-proj_clip, proj_clip] at every step."
        yield Question(option="proj_clip", default=None, others=(), hangs_on_it=hangs)


def _state(cell: FoundCell, fields: tuple[str, ...]) -> Iterator[Question]:
    if "state_is_tuple" in fields:
        hangs = "Whether the state is given and returned as (c, h) or as one array [c h]; no number depends on it."
        if cell.era == TUPLE_BEFORE:
            hangs += " The default was one array before 0.11."
        yield Question(option="state_is_tuple", default=True, others=(False,), hangs_on_it=hangs)
