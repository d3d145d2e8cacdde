r"""`tf.compat.v1.nn.rnn_cell.DropoutWrapper`: a cell whose inputs, outputs and states are dropped at random.

    x = drop(x, input_keep_prob)
    y, state' = cell(x, state)
    answers drop(y, output_keep_prob), drop(state', state_keep_prob)

`drop(a, p)` is a / p where its mask keeps an entry, which it does with probability p, and 0 elsewhere; a keep_prob of 1
drops nothing. p is rounded to float32, whatever the dtype, as TensorFlow does. States are dropped on the way out, so
this step's output is that of the whole new state, and dropped outputs are not fed back. Of an LSTMStateTuple h is
dropped and c is not, unless `dropout_state_filter_visitor` says so; a state that is one array is dropped whole. With
`variational_recurrent` one mask (1, width) is used for all rows and steps.

Source: tf_keras/src/layers/rnn/legacy_cell_wrappers.py, DropoutWrapper.
Axes: B batch, D input depth.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

from numpy_impl.arrays import check_array
from numpy_impl.configuration import function_entry, function_from
from numpy_impl.masks import DrawnMasks, KeptMasks, MaskSource, dropped
from numpy_impl.state import LSTMStateTuple
from numpy_impl.wrappers import Wrapper

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Self

    import numpy.typing as npt

    from numpy_impl.arrays import Array
    from numpy_impl.state import State

StateFilter: TypeAlias = Callable[[Any], Any]  # a state or a part of it -> a bool, or one bool for each of its parts


def all_but_c(state: State) -> bool | LSTMStateTuple:
    """Return that everything is dropped but the c of an LSTMStateTuple."""
    return LSTMStateTuple(c=False, h=True) if isinstance(state, LSTMStateTuple) else True


@dataclass(frozen=True, eq=False)
class DropoutWrapper(Wrapper):
    """A cell with dropout around it.

    Masks are drawn by NumPy, or taken from `masks`, which is asked for one (B, width) at every step: TensorFlow's own,
    which no seed gives here, are replayed by `ReplayedMasks`. Variational masks are drawn once for this object.

    Raises:
        TypeError: `cell` is no cell; the filter is not callable, or says something else than bools.
        ValueError: a keep_prob is not between 0 and 1; variational masks are to be drawn without `dtype`, or those of
            inputs without `input_size`; a `seed` is given beside `masks`; inputs are not of `input_size` and `dtype`.
    """

    input_keep_prob: float = 1.0
    output_keep_prob: float = 1.0
    state_keep_prob: float = 1.0
    variational_recurrent: bool = False
    input_size: int | None = None  # D, needed to draw variational masks of the inputs
    dtype: npt.DTypeLike | None = None  # of inputs, outputs and states, needed to draw variational masks
    seed: int | None = None  # of NumPy's generator
    dropout_state_filter_visitor: StateFilter | None = None  # None is all_but_c
    name: str | None = field(default=None, kw_only=True)  # in the configuration alone; None is "dropout_wrapper"
    masks: MaskSource | None = field(default=None, kw_only=True)
    source: MaskSource = field(init=False, repr=False)  # `masks`, or what draws this object's

    def __post_init__(self) -> None:
        """Check everything that does not depend on the inputs, and take the masks' source."""
        super().__post_init__()
        for name in ("input_keep_prob", "output_keep_prob", "state_keep_prob"):
            _check_keep_prob(name, getattr(self, name))
        visitor = self.dropout_state_filter_visitor
        if visitor is not None and not callable(visitor):
            raise TypeError(
                f"DropoutWrapper.dropout_state_filter_visitor: got {visitor!r}, must be callable: a state -> bools."
            )
        if self.masks is not None and self.seed is not None:
            raise ValueError(f"DropoutWrapper.seed: got {self.seed}, should be None: masks are given. Leave one out.")
        object.__setattr__(self, "source", self._drawn() if self.masks is None else self.masks)  # frozen for others

    def get_config(self) -> dict[str, Any]:
        """Return the options under TensorFlow's keys; the visitor as `dropout_fn`, unless it is the default."""
        config = super().get_config()
        return config | function_entry("dropout_fn", config.pop("dropout_state_filter_visitor"))

    @classmethod
    def from_config(cls, config: Mapping[str, Any]) -> Self:
        """Return the wrapper, without weights, that `get_config` described; TypeError otherwise."""
        options = function_from("DropoutWrapper", config, "dropout_fn")
        visitor = options.pop("dropout_fn")
        return super().from_config({**options, "dropout_state_filter_visitor": visitor})

    def __call__(self, inputs: Array, state: State) -> tuple[Array, State]:
        """Return the cell's output and next state for inputs (B, D), with something dropped of each."""
        if self.variational_recurrent and self.dtype is not None:
            width = inputs.shape[1] if self.input_size is None else self.input_size
            check_array("DropoutWrapper inputs", inputs, (*inputs.shape[:1], width), np.dtype(self.dtype))
        outputs, new_state = self.cell(self.drop("input", inputs, self.input_keep_prob), state)
        if self.state_keep_prob < 1:
            new_state = self.drop_state("state", new_state)
        return self.drop("output", outputs, self.output_keep_prob), new_state

    def drop(self, site: str, values: Array, keep_prob: float) -> Array:
        """Return what is left of values (B, width) at this site: all of them where keep_prob is 1."""
        rounded = float(np.float32(keep_prob))
        if rounded == 1:
            return values
        return dropped(values, self.source(site, values.shape, rounded), rounded)

    def drop_state(self, site: str, state: Any) -> Any:  # noqa: ANN401 - a state
        """Return the state, or a part of it, with something dropped where the filter says so at every level above."""
        said = (self.dropout_state_filter_visitor or all_but_c)(state)
        if not isinstance(state, (tuple, list)):
            return self.drop(site, state, self.state_keep_prob) if _as_bool(said) else state
        wanted = said if isinstance(said, (tuple, list)) else (_as_bool(said),) * len(state)
        keys = getattr(state, "_fields", range(len(state)))
        parts = [
            self.drop_state(f"{site}/{key}", part) if _as_bool(one) else part
            for key, part, one in zip(keys, state, wanted, strict=True)
        ]
        return type(state)(*parts) if hasattr(state, "_fields") else type(state)(parts)

    def _drawn(self) -> MaskSource:
        """Return what draws this object's masks."""
        if not self.variational_recurrent:
            return DrawnMasks(self.seed)
        if self.dtype is None:
            raise ValueError(
                "DropoutWrapper.dtype: got None, must be provided when variational_recurrent=True: that of the inputs."
            )
        if self.input_keep_prob < 1 and self.input_size is None:
            raise ValueError(
                "DropoutWrapper.input_size: got None, must be provided when variational_recurrent=True and "
                "input_keep_prob < 1.0: the width of the inputs."
            )
        return KeptMasks(DrawnMasks(self.seed))


def _check_keep_prob(name: str, value: float) -> None:
    if not isinstance(value, (int, float)) or not 0 < value <= 1:
        raise ValueError(
            f"DropoutWrapper.{name}: got {value!r}, must be between 0 and 1, and more than 0: the share of entries "
            "that are kept, and by which they are divided."
        )


def _as_bool(said: object) -> bool:
    if not isinstance(said, bool):
        raise TypeError(
            f"dropout_state_filter_visitor: got {said!r}, should be True or False for a state, or one of them for each "
            "of its parts."
        )
    return said
