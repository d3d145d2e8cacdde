"""Where dropout takes its masks from: drawn anew, or those that TensorFlow drew.

A mask says which entries are kept. A cell or wrapper asks for one at every step, for every *site*: "input", "output",
"state/h", "candidate".
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, TypeAlias

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from collections.abc import Mapping

Mask: TypeAlias = npt.NDArray[np.bool_]


class MaskSource(Protocol):
    """What answers the masks of one cell or wrapper."""

    def __call__(self, site: str, shape: tuple[int, ...], keep_prob: float) -> Mask:
        """Return which entries of an array (B, width) are kept at this site, at the next step."""


class DrawnMasks:
    """Masks drawn by NumPy: each entry is kept with probability `keep_prob`, independently.

    TensorFlow's generator is another one, so that its masks cannot be had from its seed; see `ReplayedMasks`.
    """

    def __init__(self, seed: int | None = None) -> None:
        self._random = np.random.default_rng(seed)

    def __call__(self, site: str, shape: tuple[int, ...], keep_prob: float) -> Mask:  # noqa: ARG002 - one generator
        """Return a new mask."""
        mask: Mask = self._random.random(shape) < keep_prob
        return mask


class KeptMasks:
    """Masks of another source, drawn once for every site and one row, and the same ever after: variational dropout."""

    def __init__(self, source: MaskSource) -> None:
        self._source, self._kept = source, dict[str, Mask]()

    def __call__(self, site: str, shape: tuple[int, ...], keep_prob: float) -> Mask:
        """Return the site's mask for every row."""
        if site not in self._kept:
            self._kept[site] = self._source(site, (1, *shape[1:]), keep_prob)
        return np.broadcast_to(self._kept[site], shape)


class ReplayedMasks:
    """Masks (T, B, width) by site, handed out step by step.

    Raises:
        ValueError: a site is asked for that has no masks, more often than it has steps, or in another shape.
    """

    def __init__(self, masks: Mapping[str, Mask]) -> None:
        self._masks = dict(masks)
        self._asked = dict.fromkeys(self._masks, 0)

    def __call__(self, site: str, shape: tuple[int, ...], keep_prob: float) -> Mask:  # noqa: ARG002 - drawn already
        """Return the mask of the site's next step."""
        if site not in self._masks:
            raise ValueError(
                f"masks: got none for {site!r}, should be some. There are {', '.join(self._masks) or 'none'}."
            )
        step, masks = self._asked[site], self._masks[site]
        if step == len(masks):
            raise ValueError(f"masks: got {step} steps for {site!r}, should be more: another step asks for one.")
        if masks[step].shape != shape:
            raise ValueError(f"masks: got {masks[step].shape} for {site!r}, should be {shape}, the array's shape.")
        self._asked[site] = step + 1
        return masks[step]


def dropped(values: npt.NDArray[np.floating], mask: Mask, keep_prob: float) -> npt.NDArray[np.floating]:
    """Return the kept values divided by `keep_prob`, and 0 elsewhere."""
    return np.where(mask, values / values.dtype.type(keep_prob), values.dtype.type(0))
