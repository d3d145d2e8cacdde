"""TensorFlow 1's RNN cells and runners in NumPy, under TensorFlow's names, to be read beside TensorFlow's.

Each cell is a module: its formula, `GATES`, `Weights`, `weights_from`, the pure `step`, and the class.

    cell = LSTMCell(5).with_variables(variables, "rnn")     # {"rnn/lstm_cell/kernel": kernel, ...}
    outputs, state = dynamic_rnn(cell, inputs, dtype=inputs.dtype)
"""

from numpy_impl import basic_lstm, basic_rnn, gru, lstm
from numpy_impl.activations import ACTIVATIONS, activation
from numpy_impl.attention import AttentionCellWrapper
from numpy_impl.basic_lstm import BasicLSTMCell
from numpy_impl.basic_rnn import BasicRNNCell
from numpy_impl.bidirectional import bidirectional_dynamic_rnn, reverse_sequence, static_bidirectional_rnn
from numpy_impl.cell import GatedCell, RNNCell
from numpy_impl.embedding import EmbeddingWrapper
from numpy_impl.gru import GRUCell
from numpy_impl.highway import HighwayWrapper
from numpy_impl.interface import CellInterface
from numpy_impl.lstm import LSTMCell
from numpy_impl.projection import InputProjectionWrapper, OutputProjectionWrapper
from numpy_impl.stacked import MultiRNNCell
from numpy_impl.state import LSTMStateTuple, TensorShape
from numpy_impl.summed import SummedMultiRNNCell
from numpy_impl.trace import Traced
from numpy_impl.ugrnn import UGRNNCell
from numpy_impl.unroll import dynamic_rnn, static_rnn
from numpy_impl.variables import bidirectional_variable_shapes
from numpy_impl.wrappers import DeviceWrapper, ResidualWrapper, slice_residual

__all__ = [
    "ACTIVATIONS",
    "AttentionCellWrapper",
    "BasicLSTMCell",
    "BasicRNNCell",
    "CellInterface",
    "DeviceWrapper",
    "EmbeddingWrapper",
    "GRUCell",
    "GatedCell",
    "HighwayWrapper",
    "InputProjectionWrapper",
    "LSTMCell",
    "LSTMStateTuple",
    "MultiRNNCell",
    "OutputProjectionWrapper",
    "RNNCell",
    "ResidualWrapper",
    "SummedMultiRNNCell",
    "TensorShape",
    "Traced",
    "UGRNNCell",
    "activation",
    "basic_lstm",
    "basic_rnn",
    "bidirectional_dynamic_rnn",
    "bidirectional_variable_shapes",
    "dynamic_rnn",
    "gru",
    "lstm",
    "reverse_sequence",
    "slice_residual",
    "static_bidirectional_rnn",
    "static_rnn",
]
