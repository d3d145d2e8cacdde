"""Wrappers of `tf.contrib.rnn`, which own variables beside those of the cell in them.

Sources: tensorflow/contrib/rnn/python/ops/rnn_cell.py and core_rnn_cell.py (v1.15.0).
"""

from __future__ import annotations

from rnn_parity.spec.around import WrapperSpec
from rnn_parity.spec.base import (
    Activation,
    InputRole,
    Role,
    Shape,
    Size,
    require,
    require_activation,
    require_size,
    snake_case,
)


class ContribWrapperSpec(WrapperSpec, frozen=True):
    """Parent of the wrappers with variables, which lie in a scope of the wrapper's own, around the cell's.

    A wrapper that reads numbers cannot stand around one that reads ids, `EmbeddingWrapper`.
    """

    def __post_init__(self) -> None:
        WrapperSpec.__post_init__(self)
        require(self, "cell", self.cell.input_classes is None, "a cell that does not read ids")

    @property
    def input_classes(self) -> int | None:
        """None: inputs are numbers (B, D)."""
        return None

    def read_size(self, depth: int) -> Size:
        """Return `depth`: the wrapper computes with one array."""
        return depth

    def input_role(self, path: str) -> InputRole:  # noqa: ARG002  every cell is asked
        """Return how its one array is drawn."""
        return "features"

    def require_depth(self, depth: int) -> None:
        """Return if the cell fits what it is given, which is one array; UnsupportedOptionError otherwise."""
        inner = self.inner_depth(depth)
        require(self, "cell", isinstance(self.cell.read_size(inner), int), "a cell that reads one array")
        self.cell.require_depth(inner)

    @property
    def scope(self) -> str:
        """The class's name, as TensorFlow makes a scope of it."""
        return snake_case(type(self).__name__)


class HighwayWrapper(ContribWrapperSpec, frozen=True, tag=True):
    """`tf.contrib.rnn.HighwayWrapper`: carry * inputs + transform * outputs, both gates of the inputs alone.

    With `couple_carry_transform_gates` transform is 1 - carry. It is no layer of TensorFlow's: its variables lie in the
    scope that it is called in, one set a scope, whatever object is called.
    """

    couple_carry_transform_gates: bool = True

    def __post_init__(self) -> None:
        ContribWrapperSpec.__post_init__(self)
        inner = self.cell
        while isinstance(inner, WrapperSpec) and not inner.scope:
            require(
                self, "cell", not isinstance(inner, HighwayWrapper), "no other highway, whose variables it would take"
            )
            inner = inner.cell

    @property
    def scope(self) -> str:
        """The scope that it is called in."""
        return ""

    def variables_after(self, depth: int) -> dict[str, Shape]:
        """Return carry_w and carry_b, and those of a transform gate of its own."""
        gates = ("carry",) if self.couple_carry_transform_gates else ("carry", "transform")
        return {f"{gate}_{part}": shape for gate in gates for part, shape in (("w", (depth, depth)), ("b", (depth,)))}

    def role(self, name: str) -> Role:
        """Return how the variable of this name is drawn."""
        return "bias" if name.endswith("_b") else "kernel"

    def require_depth(self, depth: int) -> None:
        """Return if inputs and outputs are of one width, UnsupportedOptionError otherwise."""
        fits = self.cell.output_size == depth
        require(self, "cell", fits, f"a cell of output size {depth}, the width of its inputs")
        ContribWrapperSpec.require_depth(self, depth)


class InputProjectionWrapper(ContribWrapperSpec, frozen=True, tag=True):
    """`tf.contrib.rnn.InputProjectionWrapper`: the cell reads activation(inputs kernel + bias); None is no activation.

    TensorFlow's input_size, which it ignores, is left out.
    """

    num_proj: int
    activation: Activation | None = None

    def __post_init__(self) -> None:
        ContribWrapperSpec.__post_init__(self)
        require_size(self, "num_proj")
        require_activation(self, self.activation)

    def inner_depth(self, depth: int) -> int:  # noqa: ARG002  every wrapper is asked
        """Return num_proj."""
        return self.num_proj

    def variables_before(self, depth: int) -> dict[str, Shape]:
        """Return kernel and bias."""
        return {"kernel": (depth, self.num_proj), "bias": (self.num_proj,)}


class OutputProjectionWrapper(ContribWrapperSpec, frozen=True, tag=True):
    """`tf.contrib.rnn.OutputProjectionWrapper`: activation(outputs kernel + bias), of `output_size` columns.

    The state is the cell's.
    """

    output_size: int
    activation: Activation | None = None

    def __post_init__(self) -> None:
        WrapperSpec.__post_init__(self)
        require_size(self, "output_size")
        require_activation(self, self.activation)

    @property
    def input_classes(self) -> int | None:
        """The cell's, which is given the inputs as they are."""
        return self.cell.input_classes

    def read_size(self, depth: int) -> Size:
        """Return the cell's."""
        return self.cell.read_size(depth)

    def input_role(self, path: str) -> InputRole:
        """Return the cell's."""
        return self.cell.input_role(path)

    def require_depth(self, depth: int) -> None:
        """Return if the cell fits, UnsupportedOptionError otherwise."""
        self.cell.require_depth(depth)

    def variables_after(self, depth: int) -> dict[str, Shape]:  # noqa: ARG002  every wrapper is asked
        """Return kernel and bias."""
        return {"kernel": (self.cell.output_size, self.output_size), "bias": (self.output_size,)}

    def role(self, name: str) -> Role:
        """Return how the variable of this name is drawn."""
        return "bias" if name == "bias" else "projection"


class AttentionCellWrapper(ContribWrapperSpec, frozen=True, tag=True):
    """`tf.contrib.rnn.AttentionCellWrapper`: attention over the last `attn_length` outputs.

    The state is (the cell's, the last attention, the window of outputs), or their columns side by side.
    `attn_size`, the width of outputs and attention, is the cell's output_size by default; `attn_vec_size`, that of the
    scores' hidden layer, is attn_size; `input_size`, what inputs and attention are projected to, the inputs' width.
    """

    attn_length: int
    attn_size: int | None = None
    attn_vec_size: int | None = None
    input_size: int | None = None
    state_is_tuple: bool = True

    def __post_init__(self) -> None:
        ContribWrapperSpec.__post_init__(self)
        require_size(self, "attn_length")
        require_size(
            self, *(name for name in ("attn_size", "attn_vec_size", "input_size") if getattr(self, name) is not None)
        )
        flat = self.state_is_tuple or not isinstance(self.cell.state_size, tuple)
        require(self, "cell", flat, "a cell with state_is_tuple=False where the wrapper has it False")

    @property
    def output_size(self) -> int:
        """attn_size."""
        return self.attn_size or self.cell.output_size

    @property
    def state_size(self) -> Size:
        """The cell's, attn_size, attn_size * attn_length; or their sum."""
        sizes = (self.cell.state_size, self.output_size, self.output_size * self.attn_length)
        return sizes if self.state_is_tuple else sum(sizes)

    def inner_depth(self, depth: int) -> int:
        """Return input_size."""
        return self.input_size or depth

    def variables_before(self, depth: int) -> dict[str, Shape]:
        """Return kernel and bias of the projection of [inputs attention]."""
        width = self.inner_depth(depth)
        return {"kernel": (depth + self.output_size, width), "bias": (width,)}

    def variables_after(self, depth: int) -> dict[str, Shape]:  # noqa: ARG002  every wrapper is asked
        """Return the variables of the scores and of the projection of [outputs attention]."""
        size = self.output_size
        hidden = self.attn_vec_size or size
        return {
            "attention/attn_w": (1, 1, size, hidden),
            "attention/attn_v": (hidden,),
            "attention/kernel": (total_size(self.cell.state_size), hidden),
            "attention/bias": (hidden,),
            "attn_output_projection/kernel": (self.cell.output_size + size, size),
            "attn_output_projection/bias": (size,),
        }

    def role(self, name: str) -> Role:
        """Return how the variable of this name is drawn."""
        if name.endswith("bias"):
            return "bias"
        if name in ("attention/attn_w", "attention/kernel"):
            return "recurrent kernel"
        if name == "attention/attn_v":
            return "diagonal"
        return "kernel" if name == "kernel" else "projection"


class EmbeddingWrapper(ContribWrapperSpec, frozen=True, tag=True):
    """`tf.contrib.rnn.EmbeddingWrapper`: inputs are ids (B, 1) of rows of `embedding`, which the cell reads.

    Around a stack, the first layer's state must have one dtype to ask for, as TensorFlow does: no plain tuple.
    """

    embedding_classes: int
    embedding_size: int

    def __post_init__(self) -> None:
        ContribWrapperSpec.__post_init__(self)
        require_size(self, "embedding_classes", "embedding_size")
        size = self.cell.state_size
        first = size[0] if isinstance(size, tuple) else size
        plain = isinstance(first, tuple) and not hasattr(first, "_fields")
        require(self, "cell", not plain, "a cell whose state begins with an array or an LSTMStateTuple")

    @property
    def input_classes(self) -> int | None:
        """The rows of `embedding`."""
        return self.embedding_classes

    def inner_depth(self, depth: int) -> int:  # noqa: ARG002  every wrapper is asked
        """Return embedding_size."""
        return self.embedding_size

    def variables_before(self, depth: int) -> dict[str, Shape]:  # noqa: ARG002  as above
        """Return embedding."""
        return {"embedding": (self.embedding_classes, self.embedding_size)}

    def role(self, name: str) -> Role:  # noqa: ARG002  as above
        """Return how its one variable is drawn."""
        return "embedding"

    def require_depth(self, depth: int) -> None:
        """Return if there is one id a row, UnsupportedOptionError otherwise."""
        require(self, "embedding_size", depth == 1, "given inputs of depth 1, one id a row")
        ContribWrapperSpec.require_depth(self, depth)


def total_size(size: Size) -> int:
    """Return the columns of a whole state."""
    return sum(map(total_size, size)) if isinstance(size, tuple) else size
