"""The yardstick's formula, on numbers worked out by hand; TensorFlow is not needed."""

import numpy as np
import pytest

from tf_reference.noise import distance, lost_to_rounding, unit_roundoff, yardstick


@pytest.mark.parametrize(("dtype", "power"), [("float16", -11), ("float32", -24), ("float64", -53)])
def test_unit_roundoff_is_half_an_epsilon(dtype, power):
    assert unit_roundoff(dtype) == 2.0**power


def test_distance_is_the_largest_difference_in_float64():
    assert distance(np.array([1, 2], np.float16), np.array([1, 2.25])) == 0.25
    assert distance(np.zeros((0, 3)), np.zeros((0, 3))) == 0


def test_lost_is_the_largest_of_rounded_and_perturbed_answers():
    oracle = {"outputs": np.array([1.0, 2.0])}
    near, far = {"outputs": np.array([1.0, 2.125])}, {"outputs": np.array([0.5, 2.0])}
    assert lost_to_rounding(near, oracle, []) == {"outputs": 0.125}
    assert lost_to_rounding(near, oracle, [near, far]) == {"outputs": 0.5}


def test_noise_is_at_least_one_rounding_of_one_or_of_the_largest_entry():
    lost = {"outputs": 0.0}
    assert yardstick(lost, {"outputs": np.array([0.25])}, 0.001)["noise/outputs"] == 0.001
    assert yardstick(lost, {"outputs": np.array([-3.0, 2.0])}, 0.001)["noise/outputs"] == 0.003


def test_noise_scales_what_was_lost_but_not_the_floor():
    noise = yardstick({"outputs": 0.5}, {"outputs": np.array([1.0])}, 0.125, scale=0.5)["noise/outputs"]
    assert (noise, noise.shape, noise.dtype) == (0.25, (), np.float64)
    assert yardstick({"outputs": 0.5}, {"outputs": np.array([1.0])}, 0.125, scale=0.01)["noise/outputs"] == 0.125
