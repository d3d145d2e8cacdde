"""TensorFlow's state sizes and variables -> what a spec says of them."""

from __future__ import annotations

from typing import Any

from rnn_parity.errors import RecordingError
from rnn_parity.spec import OwnState, Role

_GAINS = ("gamma", "scale", "gain", "variance")
_BIASES = ("bias", "beta", "mean", "b")
_MATRIX = 2
_ADVICE = "A GraphRecording can flatten it to (B, width) inside its function"


def own_state(case_id: str, size: Any) -> int | OwnState:  # noqa: ANN401  TensorFlow ships no types
    """Return what a spec says of a state size: widths, nested like the state.

    Raises:
        RecordingError: a part of the state is no (B, width) array, or is nested in a dictionary.
    """
    if isinstance(size, tuple | list) and not hasattr(size, "as_list"):
        parts = tuple(own_state(case_id, part) for part in size)
        fields = tuple(getattr(size, "_fields", ()))
        return OwnState(parts=parts, class_name=size.__class__.__name__ if fields else "", fields=fields)
    width = width_of(size)
    if width is None:
        raise RecordingError(
            case_id,
            f"its state has a part of size {size!r}, should be widths in tuples or named tuples. {_ADVICE}",
        )
    return width


def width_of(size: Any) -> int | None:  # noqa: ANN401  as above
    """Return the width of an array (B, width) that TensorFlow says as an int or a shape; None where it is no such."""
    if hasattr(size, "as_list"):
        dimensions = size.as_list() if size.rank is not None else []
        size = dimensions[0] if len(dimensions) == 1 else None
    whole = isinstance(size, int) and not isinstance(size, bool)
    return size if whole and size > 0 else None


def role_of(name: str, shape: tuple[int, ...], depth: int, widths: set[int]) -> Role:
    """Return how a variable is drawn, by its name and shape.

    `depth` is that of the inputs, `widths` are those of the outputs and states: rows tell what a matrix multiplies.
    """
    leaf = name.rpartition("/")[2].lower()
    if any(word in leaf for word in _GAINS):
        return "gain"
    if any(leaf == word or leaf.endswith(("_" + word, "bias")) for word in _BIASES):
        return "bias"
    if len(shape) < _MATRIX:
        return "diagonal" if shape else "ratio"
    return "embedding" if "embed" in name.lower() else _matrix_role(shape, depth, widths)


def _matrix_role(shape: tuple[int, ...], depth: int, widths: set[int]) -> Role:
    rows = shape[-2]
    if len(shape) > _MATRIX or rows not in {depth, *widths, *(depth + width for width in widths)}:
        return "projection"
    if rows == depth:
        return "input kernel"
    return "recurrent kernel" if rows in widths else "kernel"
