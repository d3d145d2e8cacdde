"""Gradients: TensorFlow's static and dynamic runs have the same, and they are the slopes of numpy_impl's numbers.

numpy_impl computes no gradients. The slopes are central differences of a scalar of its outputs and final state.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from live import BATCH, CELLS, DEPTH, LENGTHS, STEPS, NumPy, TensorFlow, in_graph

import numpy_impl as ni
from tf_reference import environment

pytestmark = pytest.mark.needs_tf

KINDS = ["basic_rnn", "gru", "basic_lstm", "lstm-full", "lstm-shards", "stack-of-wrapped", "stack-of-one-cell"]
STEP = 1e-5  # of the differences: what it leaves out is of order 1e-10, what it loses to rounding, too
CLOSE = {"rtol": 1e-6, "atol": 2e-8}


def both(lib: Any, name: str) -> Any:
    """Return the cells of the two directions."""
    cells = [CELLS[name](lib), CELLS["gru"](lib)]
    return [lib.bound(cell, f"bidirectional_rnn/{way}") for cell, way in zip(cells, ("fw", "bw"), strict=True)]


def steps_of(lib: Any, x: Any) -> list[Any]:
    return lib.unstack(x, axis=1) if isinstance(lib, TensorFlow) else list(np.swapaxes(x, 0, 1))


def static(lib, name, x, lengths):
    outputs, state = lib.static_rnn(
        lib.bound(CELLS[name](lib), "rnn"), steps_of(lib, x), dtype=lib.float64, sequence_length=lengths
    )
    return lib.stack(outputs, axis=1), state


def dynamic(lib, name, x, lengths):
    return lib.dynamic_rnn(lib.bound(CELLS[name](lib), "rnn"), x, lengths, dtype=lib.float64)


def time_first(lib, name, x, lengths):
    cell = lib.bound(CELLS[name](lib), "rnn")
    outputs, state = lib.dynamic_rnn(cell, lib.transpose(x, (1, 0, 2)), lengths, dtype=lib.float64, time_major=True)
    return lib.transpose(outputs, (1, 0, 2)), state


def static_both(lib, name, x, lengths):
    outputs, *states = lib.static_bidirectional_rnn(
        *both(lib, name), steps_of(lib, x), dtype=lib.float64, sequence_length=lengths
    )
    return lib.stack(outputs, axis=1), tuple(states)


def dynamic_both(lib, name, x, lengths):
    outputs, states = lib.bidirectional_dynamic_rnn(*both(lib, name), x, lengths, dtype=lib.float64)
    return (lib.concat if isinstance(lib, TensorFlow) else np.concatenate)(outputs, 2), states


def scalar(lib: Any, answer: Any) -> Any:
    """Return the sum of everything answered, each entry times a drawn number: its gradients tell all entries apart."""
    rng, total = np.random.default_rng(5), 0.0
    for leaf in ni.state.leaves(answer):
        weights = rng.standard_normal(tuple(leaf.shape))
        total = total + (lib.reduce_sum if isinstance(lib, TensorFlow) else np.sum)(leaf * weights)
    return total


def tensorflow_s_gradients(run, name, lengths) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return TensorFlow's gradients by name, of `inputs` and every variable, and what they were taken at."""
    rng = np.random.default_rng(3)

    def program(lib):
        x = lib.constant(rng.standard_normal((BATCH, STEPS, DEPTH)))
        return x, scalar(lib, run(lib, name, x, lengths))

    def read(tf, session, found):
        x, total = found
        variables = tf.global_variables()
        for variable in variables:
            variable.load(0.5 * rng.standard_normal(variable.shape.as_list()), session)
        names = ["inputs", *(variable.name for variable in variables)]
        gradients = tf.gradients(total, [x, *variables])
        assert all(gradient is not None for gradient in gradients)
        values = session.run([gradients, [x, *variables]])
        return tuple(dict(zip(names, arrays, strict=True)) for arrays in values)

    with environment.control_flow_v1():  # the other one cannot take gradients of a static run with lengths
        return in_graph(program, read)


def slopes(run, name, lengths, at: dict[str, Any]) -> dict[str, Any]:
    """Return the same of numpy_impl, by central differences."""

    def total() -> Any:
        lib = NumPy({key: array for key, array in at.items() if key != "inputs"})
        return scalar(lib, run(lib, name, at["inputs"], lengths))

    found = {}
    for key, array in at.items():
        found[key] = np.zeros_like(array)
        for index in np.ndindex(array.shape):
            kept = array[index]
            array[index] = kept + STEP
            above = total()
            array[index] = kept - STEP
            found[key][index] = (above - total()) / (2 * STEP)
            array[index] = kept
    return found


def assert_close(actual: dict[str, Any], expected: dict[str, Any]) -> None:
    assert list(actual) == list(expected)
    for name, array in expected.items():
        np.testing.assert_allclose(actual[name], array, **CLOSE, err_msg=name)


@pytest.mark.parametrize("lengths", [None, LENGTHS], ids=["full", "ragged"])
@pytest.mark.parametrize("name", KINDS)
def test_static_and_dynamic_runs_have_the_gradients_of_numpy_impl_s_numbers(name, lengths):
    gradients, at = tensorflow_s_gradients(static, name, lengths)
    assert len(gradients) == 1 + len(CELLS[name](ni).variable_shapes(DEPTH, "rnn"))
    assert all(array.any() for array in gradients.values())
    assert_close(slopes(dynamic, name, lengths, at), gradients)
    for run in (dynamic, time_first):
        others, where = tensorflow_s_gradients(run, name, lengths)
        assert_close(where, at)
        assert_close(others, gradients)


@pytest.mark.parametrize("lengths", [None, LENGTHS], ids=["full", "ragged"])
def test_bidirectional_runs_have_the_gradients_of_numpy_impl_s_numbers(lengths):
    gradients, at = tensorflow_s_gradients(static_both, "lstm-full", lengths)
    assert_close(slopes(dynamic_both, "lstm-full", lengths, at), gradients)
    others, _ = tensorflow_s_gradients(dynamic_both, "lstm-full", lengths)
    assert_close(others, gradients)


def test_padding_has_no_gradient():
    gradients, _ = tensorflow_s_gradients(dynamic, "lstm-full", LENGTHS)
    for row, length in enumerate(LENGTHS):
        assert not gradients["inputs"][row, length:].any()
        assert gradients["inputs"][row, :length].all()
