"""PyTorch: the `state_dict` of torch.nn.RNN, GRU and LSTM, which `load_state_dict` takes as it is.

    weight_ih_l{k}[_reverse]   (gates * H, D)    rows i f g o, g being TensorFlow's j; r z n, its r u c
    weight_hh_l{k}[_reverse]   (gates * H, P)
    bias_ih_l{k}[_reverse]     (gates * H,)
    bias_hh_l{k}[_reverse]     (gates * H,)      forget_bias in f, zero elsewhere
    weight_hr_l{k}[_reverse]   (P, H)            with proj_size

of each module (`rnn_parity.layouts.modules`), its name in front where there are several: `fw.0.weight_ih_l0`.
nn.RNNCell, GRUCell and LSTMCell have the same arrays without `_l0`. What a wrapper owns is an nn.Linear or nn.Embedding

    rnn/input_projection_wrapper.weight   (out, in), of an embedding (classes, width)
    rnn/input_projection_wrapper.bias     (out,)

under TensorFlow's scope; a HighwayWrapper's gates are `rnn/carry.weight` and `rnn/transform.weight`. An UGRNNCell is a
GRU whose reset gate is held open.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from rnn_parity.errors import LayoutInexpressibleError
from rnn_parity.layouts.arrays import checked_weights, packed_shapes, require_arrays
from rnn_parity.layouts.blocks import by_gate, joined, transposed
from rnn_parity.layouts.form import Form, Kind
from rnn_parity.layouts.modules import Module, modules, require_plain
from rnn_parity.layouts.parts import PROJECTION, Parts
from rnn_parity.layouts.plain import join_plain, of_paired, paired, split_plain
from rnn_parity.layouts.wrapped import kept_variables, own_variables, require_no_attention, wrapper_variables
from rnn_parity.spec import CaseSpec
from rnn_parity.structure import Array
from rnn_parity.weights import Layer, own_weights

ORDER: dict[Kind, tuple[str, ...]] = {"rnn": ("z",), "gru": ("r", "u", "c"), "lstm": ("i", "f", "j", "o")}
ACTIVATIONS: dict[Kind, tuple[str, ...]] = {"rnn": ("tanh", "relu"), "gru": ("tanh",), "lstm": ("tanh",)}
CLASS: dict[Kind, str] = {"rnn": "torch.nn.RNN", "gru": "torch.nn.GRU", "lstm": "torch.nn.LSTM"}
RECTIFIERS = ("relu", "ReLU")  # TensorFlow's two names of one function
EMBEDDING = "/embedding"
LINEAR = {  # how names of what wrappers own end -> what nn.Linear and nn.Embedding call it
    "/kernel": ".weight", "/bias": ".bias", EMBEDDING: ".weight", "_w": ".weight", "_b": ".bias"
}  # fmt: skip
ATTENTION = "torch.nn's RNN, GRU and LSTM take no attention between two steps"


def torch_modules(spec: CaseSpec) -> tuple[Module, ...]:
    """Return the modules that compute a case.

    Raises:
        LayoutInexpressibleError: torch has no module that computes one of its cells.
    """
    require_no_attention(spec, "torch", ATTENTION)
    found = modules(spec, "torch")
    for module in found:
        require_expressible(module.form)
    return found


def require_expressible(form: Form) -> None:
    """Return if torch has a module of this form, LayoutInexpressibleError with the reason otherwise."""
    reason = _reason(form)
    if reason is not None:
        raise LayoutInexpressibleError("torch", f"{CLASS[form.kind]} {reason}")


def pack(spec: CaseSpec, weights: Mapping[str, Array]) -> dict[str, Array]:
    """Return the state_dict that holds TensorFlow's variables, bit for bit.

    Raises:
        LayoutInexpressibleError: torch has no module that computes one of the case's cells.
        LayoutArraysError: the variables are not the case's.
    """
    checked_weights(spec, weights)
    found: dict[str, Array] = {}
    for names, layer in _places(spec):
        plain = require_plain(layer.cell, "torch")
        parts = paired(split_plain(layer, own_weights(layer, weights)), plain)
        order = ORDER[plain.form.kind]
        found[names("weight_ih")] = transposed(joined(parts.input, order))
        found[names("weight_hh")] = transposed(joined(parts.hidden, order))
        found[names("bias_ih")] = joined(parts.bias, order)
        found[names("bias_hh")] = joined(parts.hidden_bias, order)
        if parts.projection:
            found[names("weight_hr")] = transposed(joined(parts.projection, PROJECTION))
    owned = own_variables(spec, weights)
    return found | {linear_name(name): _turned(name, array) for name, array in owned.items()}


def unpack(spec: CaseSpec, arrays: Mapping[str, Array]) -> dict[str, Array]:
    """Return TensorFlow's variables: those of `pack` bit for bit, a trained pair of biases as its rounded sum.

    Raises:
        LayoutInexpressibleError: torch has no module that computes one of the case's cells, or the numbers are none
            that TensorFlow's cell can hold.
        LayoutArraysError: the arrays are not the case's.
    """
    require_arrays("torch", packed_shapes(pack, spec), arrays)
    names_of = {layer: names for names, layer in _places(spec)}

    def own(layer: Layer) -> dict[str, Array]:
        names, plain = names_of[layer], require_plain(layer.cell, "torch")
        order = ORDER[plain.form.kind]
        parts = Parts(
            input=by_gate(arrays[names("weight_ih")].T, order),
            hidden=by_gate(arrays[names("weight_hh")].T, order),
            bias=by_gate(arrays[names("bias_ih")], order),
            hidden_bias=by_gate(arrays[names("bias_hh")], order),
            projection={"": arrays[names("weight_hr")].T} if plain.form.num_proj else {},
        )
        return join_plain(layer, of_paired(parts, plain))

    owned = {name: _turned(name, arrays[linear_name(name)]) for name in wrapper_variables(spec)}
    return kept_variables(spec, owned, own)


def linear_name(variable: str) -> str:
    """Return the name of what a wrapper owns: rnn/carry_w is rnn/carry.weight."""
    end = next(end for end in LINEAR if variable.endswith(end))
    return variable.removesuffix(end) + LINEAR[end]


def _turned(variable: str, array: Array) -> Array:
    """Return a kernel (in, out) as nn.Linear's weight (out, in), or the other way round; all else as it is."""
    return array if array.ndim == 1 or variable.endswith(EMBEDDING) else transposed(array)


class _Names:
    """Names of one layer's arrays."""

    def __init__(self, module: Module, level: int, direction: int) -> None:
        self.prefix = f"{module.name}." if module.name else ""
        self.suffix = f"_l{level}{'_reverse' if direction else ''}"

    def __call__(self, name: str) -> str:
        return f"{self.prefix}{name}{self.suffix}"


def _places(spec: CaseSpec) -> Iterator[tuple[_Names, Layer]]:
    for module in torch_modules(spec):
        for level, directions in enumerate(module.levels):
            for direction, layer in enumerate(directions):
                yield _Names(module, level, direction), layer


def _reason(form: Form) -> str | None:  # noqa: PLR0911  one a reason
    """Return what torch's module does not do, after its name; None where it does all."""
    if form.kind == "gru" and form.reset == "before":
        return "applies the reset gate after the matmul; TensorFlow's GRUCell before"
    if form.activation not in (*ACTIVATIONS[form.kind], *(RECTIFIERS if form.kind == "rnn" else ())):
        return f"computes {' or '.join(ACTIVATIONS[form.kind])}, no other activation"
    if form.use_peepholes:
        return "has no peepholes"
    if form.cell_clip is not None:
        return "does not clip the cell state"
    if form.proj_clip is not None:
        return "does not clip the projection"
    if form.num_proj is not None and form.num_proj >= form.num_units:
        return "takes a proj_size below hidden_size alone"
    return None
