"""A graph, run: weights assigned by name, arrays fed by name, results fetched by name."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from rnn_parity.structure import Array, join
from tf_reference.dropout import fed_numbers
from tf_reference.environment import tensorflow
from tf_reference.graphs import Graph

# Rewritings that move, copy or drop operations and compute none of them otherwise. Constant folding, arithmetic and
# remapping stay: they decide the last bits of what TensorFlow answers.
LEFT_OUT = ("layout_optimizer", "function_optimization", "loop_optimization", "shape_optimization")


class Session:
    """A `tf.compat.v1.Session` of one graph: one thread, on the CPU, so that the same data give the same bits.

    `optimized=False` leaves out TensorFlow's graph rewriting, for graphs whose last bits do not matter (the oracle).
    """

    def __init__(self, graph: Graph, *, optimized: bool = True) -> None:
        tf = tensorflow().compat.v1
        config = tf.ConfigProto(intra_op_parallelism_threads=1, inter_op_parallelism_threads=1, device_count={"GPU": 0})
        _rewrite(config.graph_options.rewrite_options, optimized=optimized)
        self._graph = graph
        self._session = tf.Session(graph=graph.graph, config=config)

    def close(self) -> None:
        """Free what TensorFlow holds."""
        self._session.close()

    def run(self, arrays: Mapping[str, Array], fetches: Any) -> Any:  # noqa: ANN401  nested as `fetches`
        """Return the arrays of `fetches` (nested dicts of tensors) for the weights, data and masks in `arrays`.

        TensorFlow's own function draws masks of its own, whatever they are; the twin draws where there are none.
        """
        self._assign(arrays)
        feeds = {tensor: arrays[name] for name, tensor in self._graph.feeds.items()}
        numbers = fed_numbers(self._graph.spec, self._graph.numbers, arrays)
        return self._session.run(fetches, {**feeds, **numbers})

    def results(self, arrays: Mapping[str, Array]) -> dict[str, Array]:
        """Return name -> array of outputs and final state: the twin's where `arrays` hold masks."""
        graph = self._graph
        if graph.calls:
            fetched = self._call_by_call(arrays)
        else:
            fetched = self.run(arrays, graph.twin if graph.numbers else graph.results)
        return {name: np.asarray(array) for name, array in fetched.items()}

    def everything(self, arrays: Mapping[str, Array]) -> tuple[dict[str, Array], ...]:
        """Return name -> array of the results, of the twin's results and of the traces."""
        graph = self._graph
        if graph.calls:
            return (self.results(arrays), *self.run(arrays, (graph.twin, graph.traces)))
        return self.run(arrays, (graph.results, graph.twin, graph.traces))

    def initial_weights(self) -> dict[str, Array]:
        """Return weights/<name> -> what each variable's own initializer makes it."""
        variables = self._graph.variables
        self._session.run([variable.initializer for variable in variables.values()])
        return {join("weights", name): array for name, array in self._session.run(variables).items()}

    def _call_by_call(self, arrays: Mapping[str, Array]) -> dict[str, Array]:
        """Return the outputs of all calls joined along time, and the last one's final state."""
        self._assign(arrays)
        given = {tensor: arrays[name] for name, tensor in self._graph.feeds.items()}
        answers: list[dict[str, Array]] = []
        for call in self._graph.calls:
            if call.reset is not None:
                self._session.run(call.reset, given)
            fed = {tensor: answers[-1][name] for name, tensor in call.fed.items()}
            answers.append(self._session.run(call.results, given | fed))
        return answers[-1] | {"outputs": np.concatenate([answer["outputs"] for answer in answers], axis=1)}

    def _assign(self, arrays: Mapping[str, Array]) -> None:
        """Run every variable's own initializer, its initial value replaced by ours."""
        initializers = {name: variable.initializer for name, variable in self._graph.variables.items()}
        values = {one.inputs[1]: arrays[join("weights", name)] for name, one in initializers.items()}
        if len(values) == len(initializers):
            self._session.run(list(initializers.values()), values)
            return
        for name, one in initializers.items():  # some begin with the same tensor, which can be replaced by one array
            self._session.run(one, {one.inputs[1]: arrays[join("weights", name)]})


def _rewrite(options: Any, *, optimized: bool) -> None:  # noqa: ANN401  TensorFlow's RewriterConfig
    """Say how a graph is rewritten before its first run: once, where TensorFlow would go over it twice."""
    options.disable_meta_optimizer = not optimized
    options.meta_optimizer_iterations = options.ONE
    options.memory_optimization = options.NO_MEM_OPT
    for name in LEFT_OUT:
        setattr(options, name, options.OFF)
