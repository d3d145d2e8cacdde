"""DropoutWrapper: what is dropped, by which mask, and how the rest is scaled."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

import numpy_impl as ni
from numpy_impl.state import map_state

if TYPE_CHECKING:
    from collections.abc import Callable

KEEP = 0.5  # a float32 of it is the same number


class Recording:
    """Draws masks, and writes down for which sites."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.drawn: list[Any] = []

    def __call__(self, site: str, shape: tuple[int, ...], keep_prob: float) -> Any:
        self.asked.append(site)
        self.drawn.append(np.random.default_rng(len(self.asked)).random(shape) < keep_prob)
        return self.drawn[-1]


def inputs(*shape: int) -> Any:
    return np.random.default_rng(0).standard_normal(shape)


def everything(cell: Any, **options: Any) -> Any:
    return ni.DropoutWrapper(cell, KEEP, KEEP, KEEP, **options)


def test_a_step_by_hand(draw_cell: Callable[..., Any]) -> None:
    cell, x = draw_cell("BasicLSTMCell"), inputs(2, 3)
    state = ni.LSTMStateTuple(inputs(2, 5), inputs(2, 5) / 2)
    masks = {
        "input": np.array([[[1, 0, 1], [0, 1, 1]]], bool),
        "state/h": np.array([[[1, 0, 1, 0, 1], [0, 1, 0, 1, 0]]], bool),
        "output": np.array([[[0, 0, 1, 1, 1], [1, 1, 1, 0, 0]]], bool),
    }
    dropped = ni.DropoutWrapper(cell, 0.5, 0.25, 0.75, masks=ni.ReplayedMasks(masks))
    outputs, new_state = dropped(x, state)
    whole, whole_state = cell(x * masks["input"][0] / 0.5, state)
    np.testing.assert_allclose(outputs, whole * masks["output"][0] / 0.25, rtol=0, atol=1e-15)
    np.testing.assert_allclose(new_state.h, whole_state.h * masks["state/h"][0] / 0.75, rtol=0, atol=1e-15)
    np.testing.assert_array_equal(new_state.c, whole_state.c)


def test_sites_are_asked_for_in_tensorflow_s_order(draw_cell: Callable[..., Any]) -> None:
    masks = Recording()
    stack = ni.MultiRNNCell([draw_cell("BasicLSTMCell"), draw_cell("GRUCell", depth=5)])
    everything(stack, masks=masks)(inputs(2, 3), stack.zero_state(2, "float64"))
    assert masks.asked == ["input", "state/0/h", "state/1", "output"]


def test_a_keep_prob_of_one_asks_for_nothing(draw_any: Callable[..., Any]) -> None:
    cell, masks, x = draw_any(), Recording(), inputs(4, 6, 3)
    outputs, state = ni.dynamic_rnn(ni.DropoutWrapper(cell, masks=masks), x, dtype=x.dtype)
    expected, expected_state = ni.dynamic_rnn(cell, x, dtype=x.dtype)
    np.testing.assert_array_equal(outputs, expected)
    map_state(np.testing.assert_array_equal, state, expected_state)
    assert masks.asked == []


def test_a_state_of_one_array_is_dropped_whole(draw_cell: Callable[..., Any]) -> None:
    cell, masks = draw_cell("BasicLSTMCell", state_is_tuple=False), Recording()
    ni.DropoutWrapper(cell, state_keep_prob=KEEP, masks=masks)(inputs(2, 3), cell.zero_state(2, "float64"))
    assert [mask.shape for mask in masks.drawn] == [(2, 10)]


@pytest.mark.parametrize(
    ("visitor", "sites"),
    [
        (None, ["state/0/h", "state/1"]),
        (lambda _: True, ["state/0/c", "state/0/h", "state/1"]),
        (lambda _: False, []),
        (lambda state: (True, False) if len(state) == 2 and type(state) is tuple else True, ["state/0/c", "state/0/h"]),
        (lambda state: (False, True) if type(state) is tuple else True, ["state/1"]),
    ],
)
def test_a_filter_is_asked_at_every_level(draw_cell: Callable[..., Any], visitor: Any, sites: list[str]) -> None:
    stack, masks = ni.MultiRNNCell([draw_cell("BasicLSTMCell"), draw_cell("GRUCell", depth=5)]), Recording()
    wrapped = ni.DropoutWrapper(stack, state_keep_prob=KEEP, dropout_state_filter_visitor=visitor, masks=masks)
    wrapped(inputs(2, 3), stack.zero_state(2, "float64"))
    assert masks.asked == sites


@pytest.mark.parametrize("said", [1, "h", None, (True, "h")])
def test_a_filter_that_says_no_bools_is_refused(draw_cell: Callable[..., Any], said: Any) -> None:
    cell = ni.DropoutWrapper(
        draw_cell("BasicLSTMCell"), state_keep_prob=KEEP, dropout_state_filter_visitor=lambda _: said
    )
    with pytest.raises(TypeError, match=r"dropout_state_filter_visitor: got .*, should be True or False for a state"):
        cell(inputs(2, 3), cell.zero_state(2, "float64"))


def test_drawn_masks_differ_by_step_and_row_and_keep_the_share_asked_for(draw_cell: Callable[..., Any]) -> None:
    cell, x = draw_cell("GRUCell"), inputs(50, 40, 3)
    outputs, _ = ni.dynamic_rnn(ni.DropoutWrapper(cell, output_keep_prob=0.75, seed=1), x, dtype=x.dtype)
    kept = outputs != 0
    assert abs(kept.mean() - 0.75) < 0.02
    assert len(np.unique(kept.reshape(-1, 5), axis=0)) > 20


def test_a_seed_gives_the_same_masks_again(draw_cell: Callable[..., Any]) -> None:
    cell, x = draw_cell("GRUCell"), inputs(4, 6, 3)

    def run(seed: int) -> Any:
        return ni.dynamic_rnn(everything(cell, seed=seed), x, dtype=x.dtype)[0]

    np.testing.assert_array_equal(run(1), run(1))
    assert not np.array_equal(run(1), run(2))


def test_variational_masks_are_one_row_for_all_steps_rows_and_runs(draw_cell: Callable[..., Any]) -> None:
    cell, x = draw_cell("GRUCell", units=16), inputs(4, 6, 3)
    wrapped = ni.DropoutWrapper(cell, output_keep_prob=KEEP, variational_recurrent=True, dtype="float64", seed=1)
    first, second = (ni.dynamic_rnn(wrapped, x, dtype=x.dtype)[0] for _ in range(2))
    np.testing.assert_array_equal(first, second)
    rows = np.unique((first != 0).reshape(-1, 16), axis=0)
    assert len(rows) == 1
    assert 0 < rows.mean() < 1


def test_keep_prob_is_rounded_to_float32(draw_cell: Callable[..., Any]) -> None:
    cell, x = draw_cell("GRUCell"), inputs(2, 3)
    keep = ni.ReplayedMasks({"output": np.ones((1, 2, 5), bool)})
    outputs, _ = ni.DropoutWrapper(cell, output_keep_prob=0.7, masks=keep)(x, cell.zero_state(2, "float64"))
    np.testing.assert_array_equal(outputs, cell(x, cell.zero_state(2, "float64"))[0] / float(np.float32(0.7)))


@pytest.mark.parametrize("dtype", ["float16", "float32", "float64"])
def test_dtype_stays(draw_cell: Callable[..., Any], dtype: str) -> None:
    cell, x = draw_cell("BasicLSTMCell", dtype=dtype), inputs(4, 6, 3).astype(dtype)
    outputs, state = ni.dynamic_rnn(everything(cell), x, [6, 4, 1, 0], dtype=dtype)
    assert {outputs.dtype.name, state.c.dtype.name, state.h.dtype.name} == {dtype}


def test_sizes_zeros_and_the_cell_are_the_wrapped_one_s(draw_any: Callable[..., Any]) -> None:
    cell = draw_any()
    wrapped = everything(cell)
    assert wrapped.wrapped_cell is cell
    assert (wrapped.state_size, wrapped.output_size) == (cell.state_size, cell.output_size)
    map_state(np.testing.assert_array_equal, wrapped.zero_state(2, "float32"), cell.zero_state(2, "float32"))


@pytest.mark.parametrize(
    ("options", "error", "words"),
    [
        ({"input_keep_prob": -0.1}, ValueError, r"input_keep_prob: got -0\.1, must be between 0 and 1, and more than"),
        ({"output_keep_prob": 1.1}, ValueError, r"output_keep_prob: got 1\.1, must be between 0 and 1"),
        ({"state_keep_prob": 0}, ValueError, r"state_keep_prob: got 0, must be between 0 and 1, and more than 0"),
        ({"variational_recurrent": True}, ValueError, r"dtype: got None, must be provided when variational_recurrent"),
        (
            {"variational_recurrent": True, "dtype": "float64", "input_keep_prob": KEEP},
            ValueError,
            r"input_size: got None, must be provided when variational_recurrent=True and input_keep_prob < 1\.0",
        ),
        ({"dropout_state_filter_visitor": "h"}, TypeError, r"filter_visitor: got 'h', must be callable"),
        ({"masks": Recording(), "seed": 1}, ValueError, r"seed: got 1, should be None: masks are given"),
    ],
)
def test_options_that_fit_nothing_are_refused(
    draw_cell: Callable[..., Any], options: dict[str, Any], error: type[Exception], words: str
) -> None:
    with pytest.raises(error, match=words):
        ni.DropoutWrapper(draw_cell("GRUCell"), **options)


def test_no_cell_is_refused() -> None:
    with pytest.raises(TypeError, match=r"DropoutWrapper\.cell: got 5, which is not an RNNCell"):
        ni.DropoutWrapper(5)  # type: ignore[arg-type]


@pytest.mark.parametrize(("width", "dtype"), [(4, "float64"), (3, "float32")])
def test_variational_inputs_of_another_width_or_dtype_are_refused(
    draw_cell: Callable[..., Any], width: int, dtype: str
) -> None:
    cell = everything(draw_cell("GRUCell"), variational_recurrent=True, input_size=width, dtype=dtype)
    with pytest.raises(ValueError, match="DropoutWrapper inputs: got"):
        cell(inputs(2, 3), cell.zero_state(2, "float64"))


@pytest.mark.parametrize(
    ("masks", "words"),
    [
        ({}, r"got none for 'output', should be some\. There are none"),
        ({"output": np.ones((2, 4, 5), bool)}, r"got 2 steps for 'output', should be more"),
        ({"output": np.ones((6, 5, 5), bool)}, r"got \(5, 5\) for 'output', should be \(4, 5\)"),
    ],
)
def test_masks_that_do_not_fit_the_run_are_refused(draw_cell: Callable[..., Any], masks: Any, words: str) -> None:
    wrapped = ni.DropoutWrapper(draw_cell("GRUCell"), output_keep_prob=KEEP, masks=ni.ReplayedMasks(masks))
    x = inputs(4, 6, 3)
    with pytest.raises(ValueError, match=words):
        ni.dynamic_rnn(wrapped, x, dtype=x.dtype)
