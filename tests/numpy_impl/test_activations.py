"""Activations against closed forms in Python's own arithmetic."""

import math
import warnings

import numpy as np
import pytest

from numpy_impl import ACTIVATIONS, activation

POINTS = [-9.0, -2.75, -2.5, -1.0, -0.3, -1e-9, 0.0, 1e-9, 0.3, 1.0, 1.5, 2.5, 6.0, 7.25]
SCALE, ALPHA = 1.05070098735548, 1.67326324235437  # of selu, as published by Klambauer et al.

CLOSED_FORMS = {
    "elu": lambda x: x if x > 0 else math.expm1(x),
    "exponential": math.exp,
    "gelu": lambda x: x * 0.5 * math.erfc(-x * 0.7071067690849304),  # sqrt(1/2) in float32, as TensorFlow casts it
    "hard_sigmoid": lambda x: min(max(0.2 * x + 0.5, 0.0), 1.0),
    "leaky_relu": lambda x: x if x > 0 else 0.20000000298023224 * x,  # 0.2 in float32, an attribute of the op
    "linear": lambda x: x,
    "mish": lambda x: x * math.tanh(math.log1p(math.exp(x))),
    "relu": lambda x: max(x, 0.0),
    "relu6": lambda x: min(max(x, 0.0), 6.0),
    "selu": lambda x: SCALE * (x if x > 0 else ALPHA * math.expm1(x)),
    "sigmoid": lambda x: 1 / (1 + math.exp(-x)),
    "silu": lambda x: x / (1 + math.exp(-x)),
    "softplus": lambda x: math.log1p(math.exp(x)),
    "softsign": lambda x: x / (1 + abs(x)),
    "swish": lambda x: x / (1 + math.exp(-x)),
    "tanh": math.tanh,
    "ELU": lambda x: x if x > 0 else math.expm1(x),
    "LeakyReLU": lambda x: x if x > 0 else 0.30000001192092896 * x,  # 0.3 in float32
    "ReLU": lambda x: max(x, 0.0),
    "ThresholdedReLU": lambda x: x if x > 1 else 0.0,
}
OVER_ROWS = {"softmax", "log_softmax", "Softmax"}


def test_every_activation_is_compared() -> None:
    assert set(ACTIVATIONS) == set(CLOSED_FORMS) | OVER_ROWS


@pytest.mark.parametrize("name", CLOSED_FORMS)
def test_activation_is_its_closed_form(name: str) -> None:
    expected = [CLOSED_FORMS[name](x) for x in POINTS]
    np.testing.assert_allclose(ACTIVATIONS[name](np.array(POINTS)), expected, rtol=1e-14, atol=1e-15, strict=True)


@pytest.mark.parametrize("name", ["softmax", "Softmax"])
def test_softmax_is_taken_along_each_row(name: str) -> None:
    rows = np.array([[0.0, math.log(3.0)], [1000.0, 1000.0]])
    np.testing.assert_allclose(ACTIVATIONS[name](rows), [[0.25, 0.75], [0.5, 0.5]], rtol=1e-15)


def test_log_softmax_keeps_what_softmax_underflows() -> None:
    row = np.array([[0.0, -2000.0]])
    np.testing.assert_array_equal(ACTIVATIONS["log_softmax"](row), row)


@pytest.mark.parametrize("dtype", ["float16", "float32", "float64"])
@pytest.mark.parametrize("name", ACTIVATIONS)
def test_activation_keeps_the_dtype_and_extremes_do_not_warn(name: str, dtype: str) -> None:
    largest = np.finfo(dtype).max / 2  # the largest itself overflows in selu and softmax, in TensorFlow too
    x = np.array([[-largest, -1e4, -800.0, -40.0, -1.0, 0.0, 1.0, 40.0, 800.0, 1e4, largest]], dtype)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        y = ACTIVATIONS[name](x)
    assert y.dtype == x.dtype
    assert y.shape == x.shape
    assert not np.isnan(y).any()


def test_sigmoid_of_large_negative_numbers_keeps_its_digits() -> None:
    x = np.array([-700.0, -300.0, -40.0])
    np.testing.assert_allclose(ACTIVATIONS["sigmoid"](x), [math.exp(v) for v in x], rtol=1e-15)


def test_sigmoid_passes_nan_on() -> None:
    assert np.isnan(ACTIVATIONS["sigmoid"](np.array([math.nan]))).all()


def test_no_name_is_tanh() -> None:
    assert activation(None) is ACTIVATIONS["tanh"]


def test_unknown_name_suggests_the_nearest() -> None:
    with pytest.raises(ValueError, match=r"activation: got 'sigmoyd', .*Did you mean 'sigmoid'\?"):
        activation("sigmoyd")


def test_name_like_nothing_lists_all() -> None:
    with pytest.raises(ValueError, match=r"Take one of elu, exponential, .*ThresholdedReLU\."):
        activation("q")
