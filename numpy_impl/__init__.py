"""TensorFlow 1's RNN cells and runners in NumPy, under TensorFlow's names, to be read beside TensorFlow's.

Each cell is a module: its formula, `GATES`, `Weights`, `weights_from`, the pure `step`, and the class.

    cell = LSTMCell(5).with_variables(variables, "rnn")     # {"rnn/lstm_cell/kernel": kernel, ...}
    outputs, state = dynamic_rnn(cell, inputs, dtype=inputs.dtype)
"""

import logging

from numpy_impl import basic_lstm, basic_rnn, gru, lstm
from numpy_impl.activations import ACTIVATIONS, activation
from numpy_impl.attention import AttentionCellWrapper
from numpy_impl.basic_lstm import BasicLSTMCell
from numpy_impl.basic_rnn import BasicRNNCell
from numpy_impl.bidirectional import bidirectional_dynamic_rnn, reverse_sequence, static_bidirectional_rnn
from numpy_impl.block_lstm_v2 import BlockLSTMV2, BlockLSTMV2Outputs, block_lstm_v2
from numpy_impl.cell import GatedCell, RNNCell
from numpy_impl.cfn import CFNCell
from numpy_impl.coupled_input_forget_gate_lstm import CoupledInputForgetGateLSTMCell
from numpy_impl.cudnn_compatible import CudnnCompatibleGRUCell, CudnnCompatibleLSTMCell
from numpy_impl.dropout import DropoutWrapper
from numpy_impl.embedding import EmbeddingWrapper
from numpy_impl.fused import FusedRNNCell, FusedRNNCellAdaptor, TimeReversedFusedRNN
from numpy_impl.glstm import GLSTMCell
from numpy_impl.gru import GRUCell
from numpy_impl.gru_block import GRUBlockCellV2
from numpy_impl.highway import HighwayWrapper
from numpy_impl.ind_rnn import IndRNNCell
from numpy_impl.indy_gru import IndyGRUCell
from numpy_impl.indy_lstm import IndyLSTMCell
from numpy_impl.interface import CellInterface
from numpy_impl.intersection import IntersectionRNNCell
from numpy_impl.layer_norm_basic_lstm import LayerNormBasicLSTMCell
from numpy_impl.layer_norm_lstm import LayerNormLSTMCell
from numpy_impl.lstm import LSTMCell
from numpy_impl.lstm_block import LSTMBlockCell
from numpy_impl.lstm_block_fused import FusedRun, LSTMBlockFusedCell
from numpy_impl.masks import DrawnMasks, KeptMasks, ReplayedMasks
from numpy_impl.minimal_rnn import MinimalRNNCell
from numpy_impl.nas import NASCell
from numpy_impl.phased_lstm import PhasedLSTMCell
from numpy_impl.projection import InputProjectionWrapper, OutputProjectionWrapper
from numpy_impl.raw import loop_over, raw_rnn
from numpy_impl.sru import SRUCell
from numpy_impl.stack_bidirectional import stack_bidirectional_dynamic_rnn, stack_bidirectional_rnn
from numpy_impl.stacked import MultiRNNCell
from numpy_impl.state import LSTMStateTuple, TensorShape
from numpy_impl.state_saving import StateSaver, static_state_saving_rnn
from numpy_impl.summed import SummedMultiRNNCell
from numpy_impl.trace import Traced
from numpy_impl.ugrnn import UGRNNCell
from numpy_impl.unroll import dynamic_rnn, static_rnn
from numpy_impl.variables import bidirectional_variable_shapes
from numpy_impl.wrappers import DeviceWrapper, ResidualWrapper, Wrapper, slice_residual

logging.getLogger(__name__).addHandler(logging.NullHandler())  # a program shows what is logged here if it wants to

__all__ = [
    "ACTIVATIONS",
    "AttentionCellWrapper",
    "BasicLSTMCell",
    "BasicRNNCell",
    "BlockLSTMV2",
    "BlockLSTMV2Outputs",
    "CFNCell",
    "CellInterface",
    "CoupledInputForgetGateLSTMCell",
    "CudnnCompatibleGRUCell",
    "CudnnCompatibleLSTMCell",
    "DeviceWrapper",
    "DrawnMasks",
    "DropoutWrapper",
    "EmbeddingWrapper",
    "FusedRNNCell",
    "FusedRNNCellAdaptor",
    "FusedRun",
    "GLSTMCell",
    "GRUBlockCellV2",
    "GRUCell",
    "GatedCell",
    "HighwayWrapper",
    "IndRNNCell",
    "IndyGRUCell",
    "IndyLSTMCell",
    "InputProjectionWrapper",
    "IntersectionRNNCell",
    "KeptMasks",
    "LSTMBlockCell",
    "LSTMBlockFusedCell",
    "LSTMCell",
    "LSTMStateTuple",
    "LayerNormBasicLSTMCell",
    "LayerNormLSTMCell",
    "MinimalRNNCell",
    "MultiRNNCell",
    "NASCell",
    "OutputProjectionWrapper",
    "PhasedLSTMCell",
    "RNNCell",
    "ReplayedMasks",
    "ResidualWrapper",
    "SRUCell",
    "StateSaver",
    "SummedMultiRNNCell",
    "TensorShape",
    "TimeReversedFusedRNN",
    "Traced",
    "UGRNNCell",
    "Wrapper",
    "activation",
    "basic_lstm",
    "basic_rnn",
    "bidirectional_dynamic_rnn",
    "bidirectional_variable_shapes",
    "block_lstm_v2",
    "dynamic_rnn",
    "gru",
    "loop_over",
    "lstm",
    "raw_rnn",
    "reverse_sequence",
    "slice_residual",
    "stack_bidirectional_dynamic_rnn",
    "stack_bidirectional_rnn",
    "static_bidirectional_rnn",
    "static_rnn",
    "static_state_saving_rnn",
]
