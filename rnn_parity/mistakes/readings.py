"""What outputs cannot tell apart: other things that were done, and give a mistake's numbers.

A mistake says what a computation does. Where the weights, the states or the inputs that it was given do the same, only
its author knows which it was; so each of these is one mistake, and its explanation names the other readings.
"""

from __future__ import annotations

from fnmatch import fnmatchcase

_NEGATED = "the weights and the bias of that gate are negated: sigmoid(-z) is 1 - sigmoid(z)"
_COLUMNS = "the columns of kernel and bias stand in another order in the file, and the cell reads them rightly"
_TRANSPOSED = "the array was transposed before it was saved, and is used as TensorFlow uses it"
_ZEROS = "the caller handed in zeros"

READINGS: dict[str, tuple[str, ...]] = {  # of the ids that a glob matches
    "*/forget-bias-left-out": (
        "the bias was loaded with forget_bias subtracted from it, by a converter that takes it for a part of the bias",
        "the cell was built with forget_bias=0",
    ),
    "lstm/forget-bias-twice": ("the bias in the file holds forget_bias already, and the cell adds it as it should",),
    "*/forget-bias-always-one": ("the option was not handed on, and the target's default is 1",),
    "lstm/forget-bias-on-?": ("forget_bias was subtracted from f and added to the other block in the file",),
    "lstm/forget-bias-on-all-gates": ("the bias in the file was raised by forget_bias as a whole",),
    "*/gates-read-*": (_COLUMNS,),
    "*/gates-swapped": (_COLUMNS,),
    "*/blocks-swapped": (_COLUMNS,),
    "*/gates-interleaved": (_COLUMNS,),
    "lstm/kernel-read-*": ("the bias was permuted and the kernel not, by the inverse order, in the file",),
    "*/kernel-rows-h-x": ("the rows of the kernel stand as [h; x] in the file, or the cell multiplies [h, x]",),
    "*/kernel-reshaped": (
        "numbers in C order were read in Fortran order, column by column, or the converse: the same reshape",
    ),
    "*/kernels-reshaped": (
        "numbers in C order were read in Fortran order, column by column, or the converse: the same reshape",
    ),
    "*/*-transposed": (_TRANSPOSED,),
    "*/bias-dropped": ("the bias was loaded as zeros, or its name was not found and it stayed as it was initialised",),
    "*/bias-twice": ("the bias was doubled in the file, as the sum of two equal ones",),
    "*/bias-halved": ("only one half of a pair of equal biases was loaded",),
    "*/update-inverted": (_NEGATED,),
    "*/gate-inverted": (_NEGATED,),
    "*/reset-inverted": (_NEGATED,),
    "*/reset-gate-inverted": (_NEGATED,),
    "*/forget-gate-inverted": (f"{_NEGATED}, forget_bias included",),
    "lstm/output-gate-inverted": (_NEGATED,),
    "cfn/input-gate-as-in-the-paper": (_NEGATED,),
    "*/gates-sigmoid-of-2-z": ("the gates' weights and biases were doubled",),
    "*/peepholes-left-out": ("the peepholes were loaded as zeros, or not at all",),
    "lstm/peephole-?-left-out": ("that diagonal was loaded as zeros, or not at all",),
    "lstm/peepholes-i-f-swapped": ("the two diagonals have each other's names in the file",),
    "lstm/peepholes-read-*": ("the diagonals have each other's names in the file",),
    "lstm/recurrent-kernel-left-out": ("the recurrent kernel was loaded as zeros, or h is zeroed before every step",),
    "lstm/activation-always-tanh": ("the cell was built without its activation, whose default is tanh",),
    "gru/activation-always-tanh": ("the cell was built without its activation, whose default is tanh",),
    "lstm/projection-clip-left-out": ("the cell was built without proj_clip",),
    "lstm/cell-clip-left-out": ("the cell was built without cell_clip",),
    "lstm/clips-exchanged": ("the two bounds were exchanged where the cell was built",),
    "state/initial-state-ignored": (f"{_ZEROS} for the whole state",),
    "state/h0-ignored": (f"{_ZEROS} for h",),
    "state/c0-ignored": (f"{_ZEROS} for c",),
    "state/h0-for-c0": ("the caller handed in h twice",),
    "state/c-h-swapped-in-initial-state": ("the caller handed in (h, c)",),
    "state/c-h-swapped-in-final-state": ("the final state is (c, h), and is read as (h, c)",),
    "state/lost-between-calls": ("the caller hands in the first state again at every call",),
    "state/leaks-into-next-call": ("the caller hands in the last state where it should start anew",),
    "stacked/initial-states-*": ("the caller hands in the states in that order",),
    "stacked/initial-state-of-*": ("the caller hands in such states",),
    "stacked/final-state*": ("the states are right, and are read in that order",),
    "stacked/weights-shared": ("the file holds the weights of layer 0 under the names of all layers",),
    "stacked/weights-reversed": ("the file counts the layers from the output",),
    "bidirectional/weights-swapped": ("fw and bw are exchanged in the names of the file",),
    "bidirectional/backward-weights-are-forward": ("the file holds the forward weights under both names",),
    "bidirectional/forward-weights-are-backward": ("the file holds the backward weights under both names",),
    "bidirectional/initial-states-swapped": ("the caller hands in (bw, fw)",),
    "bidirectional/backward-reads-forwards": ("the cell is run forwards, its outputs turned around twice",),
    "lengths/ignored": ("the caller hands in no lengths, or T for every row",),
    "lengths/one-short": ("the caller hands in the index of the last step",),
    "lengths/of-longest-row": (
        "the first row's length is used for every row, and that row is the longest, as in sorted batches",
    ),
    "lengths/sorted": ("the rows were put into another order, and their lengths not",),
    "rows/initial-state-of-first-row": ("the caller broadcasts one row of states",),
    "rows/first-row-for-all": ("the caller hands in one row, broadcast over the batch",),
    "steps/inputs-one-step-*": ("the caller hands in inputs that are shifted",),
    "axes/inputs-reshaped": ("the caller hands in inputs that were reshaped so",),
    "dropout/left-out": ("the wrapper was built with keep_prob 1",),
    "dropout/mask-inverted": ("keep_prob was taken for the rate of what is dropped, with masks of one's own",),
    "residual/left-out": ("the cell was not wrapped at all",),
    "residual/twice": ("the cell was wrapped twice",),
    "precision/weights-in-float16": (
        "they were rounded to TF32, which has as many bits: on an NVIDIA GPU matrix products round their operands so",
    ),
}


def readings(mistake_id: str) -> tuple[str, ...]:
    """Return what else gives the numbers of the mistake of this id."""
    return tuple(reading for glob, found in READINGS.items() if fnmatchcase(mistake_id, glob) for reading in found)
