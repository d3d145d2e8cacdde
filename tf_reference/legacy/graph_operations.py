"""Operations that compute their outputs of their inputs and nothing else: the only ones of a graph that are executed.

The list names what is allowed. All others are refused without a look at what they do: those that read or write files,
call Python, load libraries, keep queues and variables, print, call functions, and those that nobody here knows.
"""

from __future__ import annotations

COMPUTES = frozenset((
    # element by element
    "Abs", "Add", "AddN", "AddV2", "Cast", "ClipByValue", "Div", "DivNoNan", "Elu", "Exp", "Floor", "Inv", "LeakyRelu",
    "Log", "Log1p", "Maximum", "Minimum", "Mul", "Neg", "Pow", "RealDiv", "Reciprocal", "Relu", "Relu6", "Round",
    "Rsqrt", "Selu", "Sigmoid", "Sign", "Softplus", "Softsign", "Sqrt", "Square", "SquaredDifference", "Sub", "Tanh",
    # comparisons and choices
    "Equal", "Greater", "GreaterEqual", "Less", "LessEqual", "LogicalAnd", "LogicalNot", "LogicalOr", "NotEqual",
    "Select", "SelectV2",
    # products, sums, norms
    "BatchMatMul", "BatchMatMulV2", "BiasAdd", "BiasAddV1", "FusedBatchNorm", "FusedBatchNormV2", "FusedBatchNormV3",
    "LogSoftmax", "MatMul", "Max", "Mean", "Min", "Prod", "Softmax", "Sum",
    # shapes and parts
    "Concat", "ConcatV2", "ExpandDims", "Identity", "Pack", "Rank", "Reshape", "Shape", "Size", "Slice", "Split",
    "SplitV", "Squeeze", "StridedSlice", "Transpose", "Unpack", "ZerosLike", "OnesLike",
    # constants
    "Const", "Fill",
    # whole cells
    "BlockLSTM", "BlockLSTMV2", "GRUBlockCell", "LSTMBlockCell",
))  # fmt: skip
