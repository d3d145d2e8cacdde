"""What a cell's variables were called, release by release: one row a naming.

Read in TensorFlow's history: python/ops/rnn_cell.py (to 0.12), contrib/rnn/python/ops/{core_rnn_cell_impl,rnn_cell,
lstm_ops,gru_ops}.py, python/ops/rnn_cell_impl.py (from 1.2), contrib/cudnn_rnn/python/ops/cudnn_rnn_ops.py.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import TypeAlias

OLDEST, OLD, NOW = "0.6-0.12", "1.0-1.1", "1.2 and later"

LSTM = ("LSTMCell", "LSTMBlockCell")  # the same names; the first is what most programs used
GRU = ("GRUCell", "GRUBlockCellV2")
ANY_NUMBER = "#"  # in a name: the number of a shard

Names: TypeAlias = dict[str, str]  # a name in the file -> today's own name


@dataclass(frozen=True, kw_only=True)
class Naming:
    """How the variables of some classes were called in one era.

    `scope` is a regular expression of the cell's own scope, without the number that TensorFlow appends to a second
    one. Of `optional` any may be missing; "W_#" stands for W_0, W_1 and so on. `aside` is written for cuDNN alone and
    holds nothing that is not in another variable. `ruled_out` leaves a class out where a variable is there that it
    never had.
    """

    era: str
    classes: tuple[str, ...]
    scope: str
    required: Names
    optional: Names = field(default_factory=dict)
    aside: tuple[str, ...] = ()
    ruled_out: Mapping[str, tuple[str, ...]] = field(default_factory=dict)  # today's own name -> classes
    renamed: bool = False  # any scope of the program's own that looks alike: asked about

    @cached_property
    def names(self) -> dict[str, str]:
        """All names in the file -> today's own."""
        return {**self.required, **self.optional}


def _own(*names: str) -> Names:
    return {name: name for name in names}


def _below(scope: str, names: Names) -> Names:
    return {f"{scope}/{name}": own for name, own in names.items()}


def _norms(*scopes: str) -> Names:
    return _own(*(f"{scope}/{name}" for scope in scopes for name in ("gamma", "beta")))


LINEAR = {"Linear/Matrix": "kernel", "Linear/Bias": "bias"}
WEIGHTS = {"weights": "kernel", "biases": "bias"}
KERNEL = _own("kernel", "bias")
SHARDED = {"W_#": "kernel", "B": "bias"}
BLOCK = {"W": "kernel", "b": "bias"}

DIAGONALS = {"W_F_diag": "w_f_diag", "W_I_diag": "w_i_diag", "W_O_diag": "w_o_diag"}
PEEPHOLES = _own("w_f_diag", "w_i_diag", "w_o_diag")
LSTM_NORMS = _norms("input", "transform", "forget", "output", "state")
COUPLED = _own("B") | {"W_#": "W_0"}
COUPLED_EXTRAS = (
    {"W_P_#": "W_P_0"} | _own("W_F_diag", "W_O_diag") | _norms("transform", "forget", "output", "state")
)  # the names of 0.11, which the cell kept
GATES = {"gates/kernel": "gates/kernel", "gates/bias": "gates/bias"}
GRU_BLOCK = {"w_ru": "gates/kernel", "b_ru": "gates/bias", "w_c": "candidate/kernel", "b_c": "candidate/bias"}
CUDNN_BIASES = ("bias_cudnn_0", "bias_cudnn_1")
CUDNN_GRU = _own(
    "candidate/input_projection/kernel", "candidate/input_projection/bias",
    "candidate/hidden_projection/kernel", "candidate/hidden_projection/bias",
)  # fmt: skip
NO_BLOCK = {"projection/kernel": ("LSTMBlockCell", "LSTMBlockFusedCell")}
PLAIN = {
    "projection/kernel": ("BasicLSTMCell", "LSTMBlockCell"),
    **dict.fromkeys(PEEPHOLES, ("BasicLSTMCell",)),
}  # what else a scope of a program's own rules out


def _gru(kernel: str, bias: str, gates: str = "gates", candidate: str = "candidate") -> Names:
    return {
        f"{scope}/{name}": f"{own}/{today}"
        for scope, own in ((gates, "gates"), (candidate, "candidate"))
        for name, today in ((kernel, "kernel"), (bias, "bias"))
    }


OLD_GRU = _gru("Linear/Matrix", "Linear/Bias", "Gates", "Candidate")

MOST_GROUPS = 64  # of a GLSTMCell

OTHERS: dict[str, tuple[str, tuple[str, ...], tuple[str, ...]]] = {  # class -> scope, variables, those it may have
    "UGRNNCell": ("ugrnn_cell", ("kernel", "bias"), ()),
    "IntersectionRNNCell": ("intersection_rnn_cell", ("kernel", "bias"),
                            ("in_projection/kernel", "in_projection/bias")),
    "NASCell": ("nas_cell", ("kernel", "recurrent_kernel"), ("bias", "projection_weights")),
    "SRUCell": ("sru_cell", ("kernel", "bias"), ()),
    "MinimalRNNCell": ("minimal_rnn_cell", ("kernel", "bias"), ()),
    "CFNCell": ("cfn_cell", ("kernel", "recurrent_kernel", "bias"), ()),
    "IndRNNCell": ("ind_rnn_cell", ("kernel_w", "kernel_u", "bias"), ()),
    "IndyGRUCell": ("indy_gru_cell", ("gates/kernel_w", "gates/kernel_u", "gates/bias", "candidate/kernel",
                                      "candidate/kernel_u", "candidate/bias"), ()),
    "IndyLSTMCell": ("indy_lstm_cell", ("kernel_w", "kernel_u", "bias"), ()),
    "GLSTMCell": ("glstm_cell", ("group0/kernel", *(f"bias_{gate}" for gate in "ijfo")),
                  ("projection/kernel", *(f"group{k}/kernel" for k in range(1, MOST_GROUPS)))),
}  # fmt: skip

NAMINGS = (
    # 0.6-0.12: scopes are the classes' names
    Naming(era=OLDEST, classes=("BasicRNNCell",), scope="BasicRNNCell", required=LINEAR),
    Naming(era=OLDEST, classes=("BasicLSTMCell",), scope="BasicLSTMCell", required=LINEAR),
    Naming(era=OLDEST, classes=("GRUCell",), scope="GRUCell", required=OLD_GRU),
    Naming(era=OLDEST, classes=LSTM, scope="LSTMCell", required=SHARDED,
           optional=DIAGONALS | {"W_P_#": "projection/kernel"}, ruled_out=NO_BLOCK),
    Naming(era="0.11-0.12", classes=("LayerNormBasicLSTMCell",), scope="LayerNormBasicLSTMCell",
           required={"linear/weights": "kernel"}, optional={"linear/b": "bias"} | LSTM_NORMS),
    Naming(era="0.11-0.12", classes=("CoupledInputForgetGateLSTMCell",), scope="CoupledInputForgetGateLSTMCell",
           required=COUPLED, optional=COUPLED_EXTRAS),
    Naming(era="0.10-1.1", classes=("LSTMBlockCell",), scope="LSTMFusedCell|LSTMBlockCell|lstm_block_cell",
           required=BLOCK, optional={"wci": "w_i_diag", "wcf": "w_f_diag", "wco": "w_o_diag"}),
    Naming(era="0.12", classes=("LSTMBlockFusedCell",), scope="LSTMBlockFusedCell", required=SHARDED,
           optional=DIAGONALS),
    Naming(era="0.11-1.4", classes=("GRUBlockCellV2",), scope="GRUBlockCell", required=GRU_BLOCK),
    # 1.0-1.1: scopes in lower case, weights and biases
    Naming(era=OLD, classes=("BasicRNNCell",), scope="basic_rnn_cell", required=WEIGHTS),
    Naming(era=OLD, classes=("BasicLSTMCell",), scope="basic_lstm_cell", required=WEIGHTS),
    Naming(era=OLD, classes=("GRUCell",), scope="gru_cell", required=_gru("weights", "biases")),
    Naming(era=OLD, classes=LSTM, scope="lstm_cell", required=WEIGHTS,
           optional=PEEPHOLES | {"projection/weights": "projection/kernel"}, ruled_out=NO_BLOCK),
    Naming(era=OLD, classes=("LayerNormBasicLSTMCell",), scope="layer_norm_basic_lstm_cell",
           required={"weights": "kernel"}, optional={"biases": "bias"} | LSTM_NORMS),
    Naming(era="1.0 and later", classes=("CoupledInputForgetGateLSTMCell",),
           scope="coupled_input_forget_gate_lstm_cell", required=COUPLED, optional=COUPLED_EXTRAS),
    Naming(era=OLD, classes=("LSTMBlockFusedCell",), scope="lstm_block_wrapper", required=WEIGHTS, optional=PEEPHOLES),
    # from 1.2: kernel and bias
    Naming(era=NOW, classes=("BasicRNNCell",), scope="basic_rnn_cell", required=KERNEL),
    Naming(era=NOW, classes=("BasicLSTMCell",), scope="basic_lstm_cell", required=KERNEL),
    Naming(era=NOW, classes=GRU, scope="gru_cell", required=_gru("kernel", "bias")),
    Naming(era=NOW, classes=(*LSTM, "LSTMBlockFusedCell"), scope="lstm_cell", required=KERNEL,
           optional=PEEPHOLES | _own("projection/kernel"), ruled_out=NO_BLOCK),
    Naming(era=NOW, classes=("LayerNormBasicLSTMCell",), scope="layer_norm_basic_lstm_cell",
           required=_own("kernel"), optional=_own("bias") | LSTM_NORMS),
    Naming(era=NOW, classes=("LayerNormLSTMCell",), scope="layer_norm_lstm_cell", required=KERNEL,
           optional=PEEPHOLES | _own("projection/kernel") | LSTM_NORMS),
    Naming(era="1.2-1.4", classes=("LSTMBlockFusedCell",), scope="lstm_block_wrapper", required=KERNEL,
           optional=PEEPHOLES),
    Naming(era="1.6 and later", classes=("LSTMBlockFusedCell",), scope="lstm_fused_cell", required=KERNEL,
           optional=PEEPHOLES),
    Naming(era="1.5 and later", classes=("GRUBlockCellV2",), scope="gru_cell", required=GRU_BLOCK),
    Naming(era="1.3 and later", classes=("CudnnCompatibleLSTMCell",), scope="cudnn_compatible_lstm_cell",
           required=KERNEL, aside=CUDNN_BIASES),
    Naming(era="1.4 and later", classes=("CudnnCompatibleGRUCell",), scope="cudnn_compatible_gru_cell",
           required=GATES | CUDNN_GRU),
    # contrib's other cells, as they are named since kernels are kernels
    *(Naming(era=NOW, classes=(name,), scope=scope, required=_own(*required), optional=_own(*optional))
      for name, (scope, required, optional) in OTHERS.items()),
    # scopes of a program's own, where the names below or a part of the scope tell the cell
    Naming(era=OLDEST, classes=("GRUCell",), scope="[^/]+", required=OLD_GRU, renamed=True),
    Naming(era=OLDEST, classes=("BasicLSTMCell",), scope="[^/]*lstm[^/]*", required=LINEAR, renamed=True),
    Naming(era=OLDEST, classes=LSTM, scope="[^/]*lstm[^/]*", required=SHARDED,
           optional=DIAGONALS | {"W_P_#": "projection/kernel"}, ruled_out=PLAIN, renamed=True),
    Naming(era=OLD, classes=("GRUCell",), scope="[^/]+", required=_gru("weights", "biases"), renamed=True),
    Naming(era=OLD, classes=("BasicLSTMCell", *LSTM), scope="[^/]*lstm[^/]*", required=WEIGHTS,
           optional=PEEPHOLES | {"projection/weights": "projection/kernel"},
           ruled_out=PLAIN, renamed=True),
    Naming(era=NOW, classes=GRU, scope="[^/]+", required=_gru("kernel", "bias"), renamed=True),
    Naming(era=NOW, classes=("BasicLSTMCell", *LSTM), scope="[^/]*lstm[^/]*", required=KERNEL,
           optional=PEEPHOLES | _own("projection/kernel"), ruled_out=PLAIN, renamed=True),
)  # fmt: skip
