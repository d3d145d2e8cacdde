"""The cuDNN layout is the vector that tf_keras itself hands to cuDNN."""

import numpy as np
import pytest

from rnn_parity.layouts import pack
from rnn_parity.layouts.specification import case_from_text
from rnn_parity.weights import variables

pytestmark = pytest.mark.needs_tf

H, D = 5, 3


def drawn(text):
    spec, generator = case_from_text(text, depth=D), np.random.default_rng(2)
    return spec, {name: generator.standard_normal(shape).astype(np.float32) for name, shape in variables(spec).items()}


def handed_to_cudnn(weights, biases):
    from tf_keras.src.layers.rnn.gru_lstm_utils import canonical_to_params  # noqa: PLC0415  heavy

    import tf_reference.environment  # noqa: F401, PLC0415  chooses tf_keras before TensorFlow is imported

    return canonical_to_params(weights, biases, [-1], transpose_weights=True).numpy()


def test_an_lstm_is_what_tf_keras_hands_to_cudnn():
    spec, weights = drawn("BasicLSTMCell(5, forget_bias=0.0)")
    keras, cudnn = pack("keras", spec, weights), pack("cudnn", spec, weights)["opaque_kernel"]
    blocks = [*np.split(keras["kernel"], 4, axis=1), *np.split(keras["recurrent_kernel"], 4, axis=1)]
    none = np.zeros_like(keras["bias"])  # tf_keras puts its one bias into the second place, which sums to the same
    expected = handed_to_cudnn(blocks, np.split(np.concatenate([keras["bias"], none]), 8))
    np.testing.assert_array_equal(cudnn, expected)


def test_a_gru_is_what_tf_keras_hands_to_cudnn():
    spec, weights = drawn("CudnnCompatibleGRUCell(5)")
    keras, cudnn = pack("keras", spec, weights), pack("cudnn", spec, weights)["opaque_kernel"]
    blocks = [*np.split(keras["kernel"], 3, axis=1), *np.split(keras["recurrent_kernel"], 3, axis=1)]
    biases = np.split(keras["bias"].reshape(-1), 6)
    for first in (0, 3):  # cuDNN has r before z
        blocks[first], blocks[first + 1] = blocks[first + 1], blocks[first]
        biases[first], biases[first + 1] = biases[first + 1], biases[first]
    np.testing.assert_array_equal(cudnn, handed_to_cudnn(blocks, biases))
