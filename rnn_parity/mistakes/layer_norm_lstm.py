"""LayerNormBasicLSTMCell and LayerNormLSTMCell: mistakes that have nothing to do with their norms."""

from __future__ import annotations

from rnn_parity.mistakes.every_cell import mistakes_of
from rnn_parity.mistakes.layer_norm_in_parts import NORMED, NormedLSTMInParts, with_parts
from rnn_parity.mistakes.lstm_gates import with_blocks
from rnn_parity.mistakes.mistake import Mistake
from rnn_parity.mistakes.reading import PEEPHOLES, with_arrays, with_options, zero
from rnn_parity.mistakes.room import recurs, where
from rnn_parity.mistakes.semantics import misread
from rnn_parity.structure import Array


class _OutputOnOldC(NormedLSTMInParts):
    def peeped(self, old: Array, new: Array) -> Array:  # noqa: ARG002  the mistake
        return old


def reads_its_kernel(cell: object) -> bool:
    """Return whether the kernel makes a difference: of one unit the norms leave beta alone."""
    return not getattr(cell, "layer_norm", False) or getattr(cell, "num_units", 0) > 1


def _without_norms(cell: object) -> bool:
    return not getattr(cell, "layer_norm", False)


def _with_peepholes(cell: object) -> bool:
    return getattr(cell, "use_peepholes", False)


MISTAKES = (
    Mistake(
        id="layer-norm-lstm/gates-read-i-f-j-o",
        statement="gates read i,f,j,o (TensorFlow's kernel blocks are i,j,f,o)",
        explanation="This is the order of Keras and tensorflow-addons (i, f, c, o) and PyTorch (i, f, g, o).",
        repair="Split [x h] kernel into i, j, f, o, or permute the columns of the kernel.",
        applies=where(NORMED, reads_its_kernel),
        run=misread(NORMED, with_blocks("ifjo")),
    ),
    Mistake(
        id="layer-norm-lstm/gates-read-i-o-f-j",
        statement="gates read i,o,f,j (TensorFlow's kernel blocks are i,j,f,o)",
        explanation="This is the order of ONNX (i, o, f, c).",
        repair="Split [x h] kernel into i, j, f, o, or permute the columns of the kernel.",
        applies=where(NORMED, reads_its_kernel),
        run=misread(NORMED, with_blocks("iofj")),
    ),
    Mistake(
        id="layer-norm-lstm/forget-bias-left-out",
        statement="forget_bias left out",
        explanation="It is no variable and in no checkpoint: TensorFlow adds it to f, after the norm, at every step. A "
        "first step from a zero c does not show it.",
        repair="sigmoid(f + forget_bias); its default is 1.",
        applies=where(NORMED, lambda cell: cell.forget_bias != 0 and reads_its_kernel(cell), needs=recurs),
        run=misread(NORMED, with_options(forget_bias=0.0)),
    ),
    Mistake(
        id="layer-norm-lstm/peepholes-left-out",
        statement="peepholes left out",
        explanation="w_f_diag, w_i_diag and w_o_diag are not read.",
        repair="Add w_f_diag * c to f, w_i_diag * c to i and w_o_diag * c' to o, after their norms.",
        applies=where(NORMED, _with_peepholes),
        run=misread(NORMED, with_arrays(PEEPHOLES, zero)),
    ),
    Mistake(
        id="layer-norm-lstm/peephole-o-on-old-c",
        statement="peephole of o on the old c (TensorFlow: on the new one)",
        explanation="All three peepholes see the cell state of the step before.",
        repair="Compute, normalise and clip c first, then sigmoid(o + w_o_diag * c) with it.",
        applies=where(NORMED, _with_peepholes),
        run=with_parts(_OutputOnOldC),
    ),
    *mistakes_of("layer-norm-lstm", NORMED, biased=_without_norms, reads=reads_its_kernel),
)
