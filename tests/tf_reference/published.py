"""One step with weights and data of one's own: what TensorFlow's formula and the NumPy twin answer."""

from __future__ import annotations

from contextlib import closing

import numpy as np

from rnn_parity.candidate import Case
from rnn_parity.candidates import numpy_impl
from rnn_parity.spec import CaseSpec, Sizes, Step
from rnn_parity.structure import case_state_size, flatten, flatten_like, input_size, join, unflatten
from rnn_parity.weights import variables
from tf_reference.graphs import build_graph
from tf_reference.sessions import Session


def step_spec(cell, batch_size, depth):
    """Return the spec of one step of `cell` from a given state."""
    sizes = Sizes(batch_size=batch_size, max_time=1, depth=depth)
    return CaseSpec(id="test/step", why="a test", cell=cell, run=Step(initial_state=True), sizes=sizes, seed=0)


def both_answers(cell, inputs, state, weight_of):
    """Return (output, final state by path) of TensorFlow's formula and of the twin.

    `weight_of` is a variable's own name and shape -> its array.
    """
    batch, depth = list(flatten(inputs).values())[-1].shape
    spec = step_spec(cell, batch, depth)
    weights = {name: weight_of(name.partition("/")[2], shape) for name, shape in variables(spec).items()}
    given = {"inputs": flatten(inputs), "initial_state": flatten(state), "weights": weights}
    arrays = {
        join(prefix, path): np.asarray(array, np.float32) for prefix, of in given.items() for path, array in of.items()
    }
    with closing(Session(build_graph(spec, "float32", with_twin=False))) as session:
        found = session.results(arrays)
    sizes = (input_size(spec), case_state_size(spec))
    under = [{path: arrays[join(prefix, path)] for path in of} for prefix, of in given.items() if prefix != "weights"]
    result = numpy_impl.run(
        Case(
            spec=spec,
            weights={name: arrays[join("weights", name)] for name in weights},
            inputs=unflatten(sizes[0], under[0]),
            initial_state=unflatten(sizes[1], under[1]),
        )
    )
    final = {path: found[join("final_state", path)] for path in flatten(sizes[1])}
    return (found["outputs"], final), (result.outputs, flatten_like(sizes[1], result.final_state, "final_state"))
