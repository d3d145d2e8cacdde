"""What somebody should know of a file before its numbers are used, whatever cells are found in it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

import numpy as np

from tf_reference.legacy.errors import LegacyValuesMissingError
from tf_reference.legacy.found import FoundModel, SavedVariable
from tf_reference.legacy.namings import OTHERS
from tf_reference.legacy.slots import plain
from tf_reference.legacy.source import Source

OBJECTS = "_CHECKPOINTABLE_OBJECT_GRAPH"  # what only object-based checkpoints hold
OBJECT_NAME = "/.ATTRIBUTES/VARIABLE_VALUE"
OPAQUE = re.compile(r"(?:.*/)?(?:opaque_kernel|cudnn_[^/]*/(?:params|[^/]*opaque[^/]*))|(?:.*/)?CudnnRNN[^/]*")
UNFOUND = re.compile(
    r"((?:.*/)?(?:phased_lstm|time_freq_lstm|time_freq_lstmcell|grid_lstm|bidirectional_grid_lstm|conv_lstm|"
    r"conv_1d_lstm|conv_2d_lstm|conv_3d_lstm|layer_norm_gru|hyper_lstm)(?:_cell)?(?:_\d+)?)/.*"
)
BEFORE_KERNELS = re.compile(
    rf"((?:.*/)?(?:{'|'.join(scope for scope, _, _ in OTHERS.values())}|{'|'.join(OTHERS)})(?:_\d+)?)/"
    r"(?:.*/)?(?:weights|biases|Matrix|Bias|W_\d+|B)"
)
WRAPPER = re.compile(
    r"(?:.*/)?((?:attention_cell|highway|input_projection|output_projection|embedding)_wrapper|"
    r"(?:AttentionCell|Highway|InputProjection|OutputProjection|Embedding)Wrapper)(?:_\d+)?/.*"
)


def about_names(variables: Iterable[SavedVariable], averages: Iterable[str]) -> Iterator[str]:
    """Yield what the names of variables tell that no cell does."""
    variables = tuple(variables)
    names = [plain(variable.name) for variable in variables]
    if any(name == OBJECTS or name.endswith(OBJECT_NAME) for name in names):
        yield (
            "an object-based checkpoint of TensorFlow 2: its names are paths of Python objects, not of variable "
            "scopes, so cells are not told by them. Save it with tf.compat.v1.train.Saver, or write the variables to "
            "an .npz by their names"
        )
    for name in names:
        if OPAQUE.fullmatch(name):
            yield (
                f"{name}: cuDNN's opaque buffer, whose layout depends on the GPU's library: no cell is read from it. "
                "Restore it on a GPU with TensorFlow 1 and save it with the layer's own saveable, which writes "
                "cudnn_compatible cells"
            )
    wrappers = {found[1] for name in names if (found := WRAPPER.fullmatch(name))}
    for wrapper in sorted(wrappers):
        yield f"there are variables of a wrapper ({wrapper}): the cell in it is shown, what the wrapper does is not"
    for scope in sorted({found[1] for name in names if (found := UNFOUND.fullmatch(name))}):
        yield (
            f"{scope}: variables of a {scope.rpartition('/')[2]}, a cell that is not among those that are found: "
            "record it from the program's own code, with `python -m tf_reference record`"
        )
    for scope in sorted({found[1] for name in names if (found := BEFORE_KERNELS.fullmatch(name))}):
        yield (
            f"{scope}: names of before TensorFlow 1.2, which are not known of this cell: write its variables to an "
            ".npz under the names of 1.2, which end in kernel and bias, if you know which is which"
        )
    averages = tuple(averages)
    if averages:
        yield (
            f"{len(averages)} variables have an ExponentialMovingAverage beside them, which programs often evaluate "
            "with: what is shown are the variables as trained last"
        )


@dataclass(frozen=True, kw_only=True)
class Values:
    """What is seen of the weights' values: whether there are none, and how many numbers of which are not finite."""

    missing: bool = False
    wrong: Mapping[str, tuple[int, int]] = field(default_factory=dict)  # name -> so many, of so many


def values_seen(source: Source, models: Iterable[FoundModel]) -> Values:
    """Return what is seen of the values of the cells; they are read one by one."""
    names = [name for model in models for cell in model.cells for part in cell.parts.values() for name in part]
    wrong: dict[str, tuple[int, int]] = {}
    for name in dict.fromkeys(names):
        try:
            array = source.read(name)
        except LegacyValuesMissingError:
            return Values(missing=True)
        count = np.size(array) - np.count_nonzero(np.isfinite(np.asarray(array, np.float64)))
        if count:
            wrong[name] = (int(count), np.size(array))
    return Values(wrong=wrong)


def about_values(values: Values) -> Iterator[str]:
    """Yield which weights of the cells are not finite, or that there are no values."""
    if values.missing:
        yield "this file holds no values of variables: sizes and names alone are known"
    for name, (wrong, size) in values.wrong.items():
        yield f"{name}: {wrong:,} of {size:,} numbers are NaN or infinite, so nothing can be computed"
