"""Operations made once by Python, and again for other inputs by TensorFlow's own import of graphs.

A step's graph differs from the next one's in nothing but what goes in. To call a cell anew costs Python time for every
operation; to import what the first call made costs a fraction of that.
Source: tensorflow/python/framework/importer.py (import_graph_def).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, TypeAlias

from tf_reference.environment import tensorflow

Tensor: TypeAlias = Any  # TensorFlow ships no types
Nested: TypeAlias = Any  # tensors in tuples, lists and dicts

COLOCATED = "_class"  # the attribute that names the nodes beside which an operation has to run


@dataclass(frozen=True)
class Made:
    """What one call made: the operations, its own inputs, and its answer."""

    operations: Sequence[Any]
    inputs: Nested
    answer: Nested

    @property
    def can_be_repeated(self) -> bool:
        """Whether each input can be told from the others, so that it is known what is to stand where it stood."""
        names = [tensor.name for tensor in _tensors(self.inputs)]
        return len(set(names)) == len(names)

    @cached_property
    def own(self) -> dict[str, Tensor]:
        """What the operations answer, by name."""
        return {tensor.name: tensor for op in self.operations for tensor in op.outputs}

    @cached_property
    def read(self) -> dict[str, Tensor]:
        """What they read of others, by name."""
        return {tensor.name: tensor for op in self.operations for tensor in op.inputs if tensor.name not in self.own}

    @cached_property
    def graph_def(self) -> Any:  # noqa: ANN401  TensorFlow ships no types
        """The operations as TensorFlow imports them, free to run anywhere.

        Where an operation asks to run beside a variable (a lookup in an embedding does), the variable is not imported
        with it, and TensorFlow refuses to place it beside a node that it does not know.
        """
        v1 = tensorflow().compat.v1
        versions = v1.get_default_graph().graph_def_versions
        graph_def = v1.GraphDef(node=[op.node_def for op in self.operations], versions=versions)
        for node in graph_def.node:
            node.attr.pop(COLOCATED, None)
        return graph_def


def repeat(made: Made, inputs: Nested) -> Nested:
    """Return the answer for other inputs, nested as the first ones; all else that the operations read stays."""
    tf = tensorflow()
    replaced = dict(zip((tensor.name for tensor in _tensors(made.inputs)), _tensors(inputs), strict=True))
    wanted = list(dict.fromkeys(tensor.name for tensor in _tensors(made.answer) if tensor.name in made.own))
    mapped = {name: replaced.get(name, tensor) for name, tensor in made.read.items()}
    imported = tf.import_graph_def(made.graph_def, input_map=mapped, return_elements=wanted, name="again")
    fresh = replaced | dict(zip(wanted, imported, strict=True))
    return tf.nest.map_structure(lambda tensor: fresh.get(tensor.name, tensor), made.answer)


def _tensors(nested: Nested) -> list[Tensor]:
    return [tensor for tensor in tensorflow().nest.flatten(nested) if tensor is not None]
