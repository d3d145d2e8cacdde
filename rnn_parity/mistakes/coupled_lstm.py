"""CoupledInputForgetGateLSTMCell: which gate is what the other leaves, and the rest of its formula."""

from __future__ import annotations

import numpy as np

from numpy_impl.activations import sigmoid
from numpy_impl.lstm import peephole
from rnn_parity.mistakes.every_cell import mistakes_of
from rnn_parity.mistakes.layer_norm_in_parts import COUPLED, CoupledInParts, with_parts
from rnn_parity.mistakes.mistake import Mistake
from rnn_parity.mistakes.reading import with_arrays, with_options, zero
from rnn_parity.mistakes.room import where
from rnn_parity.mistakes.semantics import Reading, misread
from rnn_parity.spec import COUPLED_GATES
from rnn_parity.structure import Array
from rnn_parity.weights import Layer, gate_blocks


class _ForgetOfInput(CoupledInParts):
    def blend(self, f: Array, c: Array, candidate: Array) -> Array:
        admit = self.forget(f, c)
        return (1 - admit) * c + admit * candidate


class _CandidateUngated(CoupledInParts):
    def blend(self, f: Array, c: Array, candidate: Array) -> Array:
        return self.forget(f, c) * c + candidate


class _InputWithoutForgetBias(CoupledInParts):
    def blend(self, f: Array, c: Array, candidate: Array) -> Array:
        admit = 1 - sigmoid(peephole(f, self.weights.W_F_diag, c))
        return self.forget(f, c) * c + admit * candidate


class _OutputOnOldC(CoupledInParts):
    def peeped(self, old: Array, new: Array) -> Array:  # noqa: ARG002  the mistake
        return old


def _blocks_from(sources: str) -> Reading:
    """Return the reading in which j, f and o are computed from the blocks of these gates."""

    def pick(layer: Layer, array: Array) -> Array:
        blocks = gate_blocks(layer.cell, array)
        return np.concatenate([blocks[gate] for gate in sources], axis=-1)

    return with_arrays(("W_0", "B"), pick)


_ORDER = f"(TensorFlow's kernel blocks are {','.join(COUPLED_GATES)})"

MISTAKES = (
    Mistake(
        id="coupled-lstm/forget-is-what-input-leaves",
        statement="f = 1 - i (TensorFlow: i = 1 - f)",
        explanation="The one gate that the kernel holds is taken for the input gate, as GridLSTMCell does it.",
        repair="c = f * c + (1 - f) * activation(j), with f = sigmoid(f + forget_bias).",
        applies=where(COUPLED),
        run=with_parts(_ForgetOfInput),
    ),
    Mistake(
        id="coupled-lstm/gates-read-f-j-o",
        statement=f"gates read f,j,o {_ORDER}",
        explanation="The order of an LSTM's other implementations, without i: f comes before the candidate.",
        repair="Split [x h] W_0 + B into j, f, o, or permute the columns of both.",
        applies=where(COUPLED),
        run=misread(COUPLED, _blocks_from("fjo")),
    ),
    Mistake(
        id="coupled-lstm/gates-read-f-o-j",
        statement=f"gates read f,o,j {_ORDER}",
        explanation="The gates before the candidate.",
        repair="Split [x h] W_0 + B into j, f, o, or permute the columns of both.",
        applies=where(COUPLED),
        run=misread(COUPLED, _blocks_from("ojf")),
    ),
    *(
        Mistake(
            id=f"coupled-lstm/gates-read-{'-'.join(order)}",
            statement=f"gates read {','.join(order)} {_ORDER}",
            explanation="The three column blocks of W_0 and B are taken in another order. All shapes fit.",
            repair="Split [x h] W_0 + B into j, f, o, or permute the columns of both.",
            applies=where(COUPLED),
            run=misread(COUPLED, _blocks_from(sources)),
        )
        for order, sources in (("jof", "jof"), ("ojf", "foj"), ("ofj", "ofj"))
    ),
    Mistake(
        id="coupled-lstm/forget-bias-left-out",
        statement="forget_bias left out",
        explanation="It is no variable and in no checkpoint: TensorFlow adds it to f at every step.",
        repair="sigmoid(f + forget_bias); its default is 1.",
        applies=where(COUPLED, lambda cell: cell.forget_bias != 0),
        run=misread(COUPLED, with_options(forget_bias=0.0)),
    ),
    Mistake(
        id="coupled-lstm/input-without-forget-bias",
        statement="forget_bias in f, not in i = 1 - f",
        explanation="The input gate is computed as 1 - sigmoid(f), the forget gate as sigmoid(f + forget_bias).",
        repair="Squash f + forget_bias once, and let in 1 minus that.",
        applies=where(COUPLED, lambda cell: cell.forget_bias != 0),
        run=with_parts(_InputWithoutForgetBias),
    ),
    Mistake(
        id="coupled-lstm/candidate-ungated",
        statement="candidate added whole: c = f * c + j",
        explanation="As there is no input gate in the kernel, none is used.",
        repair="c = f * c + (1 - f) * activation(j).",
        applies=where(COUPLED),
        run=with_parts(_CandidateUngated),
    ),
    Mistake(
        id="coupled-lstm/peepholes-left-out",
        statement="peepholes left out",
        explanation="W_F_diag and W_O_diag are not read.",
        repair="Add W_F_diag * c to f and W_O_diag * c' to o.",
        applies=where(COUPLED, lambda cell: cell.use_peepholes),
        run=misread(COUPLED, with_arrays(("W_F_diag", "W_O_diag"), zero)),
    ),
    Mistake(
        id="coupled-lstm/peephole-o-on-old-c",
        statement="peephole of o on the old c (TensorFlow: on the new one)",
        explanation="Both peepholes see the cell state of the step before.",
        repair="Compute c first, then sigmoid(o + W_O_diag * c) with it.",
        applies=where(COUPLED, lambda cell: cell.use_peepholes),
        run=with_parts(_OutputOnOldC),
    ),
    Mistake(
        id="coupled-lstm/projection-clip-left-out",
        statement="projection not clipped",
        explanation="proj_clip is not read.",
        repair="Clip the projected h to [-proj_clip, proj_clip].",
        applies=where(COUPLED, lambda cell: cell.num_proj is not None and cell.proj_clip is not None),
        run=misread(COUPLED, with_options(proj_clip=None)),
    ),
    *mistakes_of("coupled-lstm", COUPLED, biased=lambda cell: not cell.layer_norm),
)
