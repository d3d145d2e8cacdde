r"""One step of an LSTM, read from a graph's operations, whatever the order of its gates.

    blocks = Split([x h] kernel + bias)
    c' = c * sigmoid(f + forget_bias) + sigmoid(i) * tanh(j)      the product of two blocks is that of i and j,
    h' = tanh(c') * sigmoid(o)                                    the block beside c is f, the one beside c' is o

Around it peepholes, clips, a projection and layer norms, each where its operations stand.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from tf_reference.legacy.found import Fact
from tf_reference.legacy.graph_nodes import Tensor
from tf_reference.legacy.graph_step import Linear, Step, linears, read
from tf_reference.legacy.graph_terms import (
    ACTIVATIONS,
    CLIPS,
    DROPS,
    NORMS,
    QUOTIENTS,
    Clip,
    Gate,
    Norm,
    Terms,
    both_ways,
)
from tf_reference.legacy.graph_variables import attribute

BLOCKS = 4
ON_THE_WAY = (*ACTIVATIONS, *NORMS, *CLIPS, *QUOTIENTS, *DROPS)
NORM_SCOPES = ("input", "transform", "forget", "output", "state")  # of i, j, f, o and c


@dataclass(frozen=True)
class _Carried:
    """The new c: from the sum to what is squashed and carried on."""

    value: Tensor
    clip: Clip | None = None
    norm: Norm | None = None


@dataclass(frozen=True)
class _Gates:
    i: Gate
    j: Gate
    f: Gate
    c: Tensor  # the old one
    total: Tensor  # the new one, before clip and norm


@dataclass(frozen=True)
class _Output:
    o: Gate
    carried: _Carried
    squash: str
    node: str
    m: Tensor  # before the projection


def lstm_steps(terms: Terms) -> Iterator[Step]:
    """Give the steps of an LSTM's cell that are recognised from end to end."""
    for linear in linears(terms, "kernel", "bias"):
        args = terms.joined(linear.args)
        blocks = _blocks(terms, linear)
        gates = blocks and _gates(terms, blocks)
        output = gates and _output(terms, gates)
        if args and len(args) == 2 and gates and output and _fits(gates, output):  # noqa: PLR2004  x and h
            yield _step(terms, linear, args, gates, output)


def _blocks(terms: Terms, linear: Linear) -> tuple[Tensor, ...] | None:
    """Return the kernel's four blocks, left to right."""
    for reader in terms.view.readers(linear.value):
        where, value = (0, 1) if reader.op == "Split" else (2, 0)
        if reader.op not in ("Split", "SplitV") or attribute(reader, "num_split").i != BLOCKS:
            continue
        if terms.view.number(reader.inputs[where]) in (1, -1) and terms.view.resolve(
            reader.inputs[value]
        ) == terms.view.resolve(linear.value):
            return tuple(f"{reader.name}:{k}" for k in range(BLOCKS))
    return None


def _gates(terms: Terms, blocks: tuple[Tensor, ...]) -> _Gates | None:
    """Return i, j and f: the product of two blocks, and the block in what it is added to."""
    for node in terms.view.ahead(blocks, ON_THE_WAY):
        if node.op != "Mul":
            continue
        pair = tuple(map(terms.gate, node.inputs))
        if len(pair) != 2 or None in pair:  # noqa: PLR2004  a product
            continue
        admitted = _input_and_candidate(*(gate for gate in pair if gate is not None))
        found = admitted and _forget(terms, f"{node.name}:0", *admitted)
        if found:
            return found
    return None


def _input_and_candidate(first: Gate, second: Gate) -> tuple[Gate, Gate] | None:
    """Return i and j: i is the sigmoid; of two sigmoids, a product either way, what has a peephole, or the left."""
    if first.split != second.split or first.index == second.index:
        return None
    if (first.squash == "sigmoid") == (second.squash == "sigmoid"):
        if first.squash != "sigmoid":
            return None
        i, j = sorted((first, second), key=lambda gate: (not gate.peephole, gate.index))
        return i, j
    return (first, second) if first.squash == "sigmoid" else (second, first)


def _forget(terms: Terms, admitted: Tensor, i: Gate, j: Gate) -> _Gates | None:
    for reader in terms.view.readers(admitted):
        total = f"{reader.name}:0"
        for kept, other in both_ways(terms.total(total)):
            if other != terms.view.resolve(admitted):
                continue
            for factor, c in both_ways(terms.product(kept)):
                f = terms.gate(factor)
                if f and f.squash == "sigmoid" and f.split == i.split and f.index not in (i.index, j.index):
                    return _Gates(i, j, f, c, total)
    return None


def _output(terms: Terms, gates: _Gates) -> _Output | None:
    """Return the output gate and the product it stands in: its other factor is the new c, squashed."""
    for node in terms.view.ahead([gates.total], ON_THE_WAY):
        if node.op != "Mul" or len(node.inputs) != 2:  # noqa: PLR2004  a product
            continue
        for factor, squashed in both_ways((node.inputs[0], node.inputs[1])):
            o = terms.gate(factor)
            if o is None or o.squash != "sigmoid" or o.split != gates.i.split:
                continue
            resolved = terms.view.resolve(squashed)
            op = terms.view.op(resolved)
            inner = terms.view.inputs(resolved)[0] if op in ACTIVATIONS else resolved
            carried = _carried(terms, inner, gates.total)
            if carried is not None:
                squash = ACTIVATIONS.get(op, "linear")
                return _Output(o, carried, squash, terms.view.node(resolved).name, f"{node.name}:0")
    return None


def _carried(terms: Terms, tensor: Tensor, total: Tensor) -> _Carried | None:
    """Return how the new c comes from the sum: as it is, clipped, normalised, or normalised and then clipped."""
    value = terms.view.resolve(tensor)
    if value == total:
        return _Carried(value)
    clip = terms.clip(value)
    inner = terms.view.resolve(clip.value) if clip is not None else value
    if inner == total:
        return _Carried(value, clip)
    norm = terms.norm(inner, frozenset((total,)))
    if norm is not None and norm.value == total:
        return _Carried(value, clip, norm)
    return None


def _fits(gates: _Gates, output: _Output) -> bool:
    """Return if the pieces make an LSTM: four different blocks, peepholes of the right c, a bias in f alone."""
    four = (gates.i, gates.j, gates.f, output.o)
    if sorted(gate.index for gate in four) != list(range(BLOCKS)):
        return False
    if gates.i.bias_from or gates.j.bias_from or output.o.bias_from or gates.j.peephole:
        return False
    views = {"i": gates.i, "f": gates.f, "o": output.o}
    if any(gate.peephole not in ("", f"w_{letter}_diag") for letter, gate in views.items()):
        return False
    norms = [gate.norm for gate in four] + [output.carried.norm]
    if any(norms) and tuple(norm.scope if norm else "" for norm in norms) != NORM_SCOPES:
        return False
    seen = [(gates.i, gates.c), (gates.f, gates.c), (output.o, output.carried.value)]
    return all(not gate.peephole or gate.peephole_of == c for gate, c in seen)


def _step(terms: Terms, linear: Linear, args: tuple[Tensor, ...], gates: _Gates, output: _Output) -> Step:
    new_h, projected = _projected(terms, output.m)
    return Step(
        cell=terms.cell,
        anchor=linear.anchor,
        x=args[0],
        h=args[1],
        c=gates.c,
        new_h=new_h,
        new_c=output.carried.value,
        facts=(*_facts(gates, output), *projected),
        dropouts=tuple(gate.dropout for gate in (gates.i, gates.j, gates.f, output.o) if gate.dropout is not None),
    )


def _projected(terms: Terms, m: Tensor) -> tuple[Tensor, tuple[Fact, ...]]:
    """Return the output after the projection and its clip, and what they say."""
    for node in terms.view.readers(m):
        if node.op != "MatMul" or terms.part(node.inputs[1]) != "projection/kernel":
            continue
        h = f"{node.name}:0"
        for reader in terms.view.ahead([h], CLIPS, limit=8):
            clip = terms.clip(f"{reader.name}:0")
            if clip is not None and clip.value == h:
                return f"{reader.name}:0", (read("proj_clip", clip.limit, clip.evidence),)
        return h, (read("proj_clip", None, node.name),)
    return terms.view.resolve(m), ()


def _facts(gates: _Gates, output: _Output) -> Iterator[Fact]:
    i, j, f, o = four = (gates.i, gates.j, gates.f, output.o)
    letters = {gate.index: letter for letter, gate in zip("ijfo", four, strict=True)}
    yield read("gate_order", ",".join(letters[k] for k in range(BLOCKS)), i.split)
    yield read("forget_bias", f.bias, f.bias_from or f"{f.node}, with nothing added before it")
    if j.squash == output.squash:
        yield read("activation", j.squash, f"{j.node or i.split} and {output.node}")
    clip, norm = output.carried.clip, output.carried.norm
    yield read("cell_clip", clip.limit if clip else None, clip.evidence if clip else output.node)
    peepholes = [gate for gate in (i, f, o) if gate.peephole]
    yield read("use_peepholes", bool(peepholes), ", ".join(gate.node for gate in peepholes) or f.node)
    normed = [gate.norm for gate in four if gate.norm] + [norm] * (norm is not None)
    yield read("layer_norm", bool(normed), ", ".join(each.evidence for each in normed if each) or i.split)
    epsilons = {each.epsilon for each in normed if each}
    if len(epsilons) == 1:
        yield read("layer_norm_epsilon", epsilons.pop(), ", ".join(each.evidence for each in normed if each))
    if j.dropout is not None:
        yield read("dropout_keep_prob", j.dropout.keep_prob, j.dropout.evidence)
