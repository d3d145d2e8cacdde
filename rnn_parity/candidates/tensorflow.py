"""TensorFlow's own classes, live: the control. The recorded graph is built again and run on the case's arrays.

What it shows is that fixtures are what TensorFlow answers here and now, and how far two runs of TensorFlow are apart.
With dropout the case's masks are replayed in the unrolled twin, which is made of the same cell objects: TensorFlow's
own function would draw others. It is the one module here that imports `tf_reference`
(docs/decisions/tensorflow-as-a-candidate.md).
"""

from __future__ import annotations

from contextlib import closing

from rnn_parity.candidate import Case, Result, Unsupported
from rnn_parity.masks import mask_shapes
from rnn_parity.spec import Directions, class_name, is_own
from rnn_parity.structure import Array, case_state_size, flatten, join, output_shapes, unflatten
from tf_reference.environment import tensorflow
from tf_reference.graphs import build_graph
from tf_reference.sessions import Session

tensorflow()  # where it is missing the error says what to install

NO_MASKS = "something is dropped, and the case does not say what: TensorFlow would draw masks of its own"


def run(case: Case) -> Result:
    """Return what TensorFlow's own classes answer in a session on one thread."""
    spec = case.spec
    if is_own(spec):
        raise Unsupported(f"{class_name(spec.cell)} is none of TensorFlow's own cells")
    with_masks = bool(mask_shapes(spec))
    if with_masks and not case.dropout:
        raise Unsupported(NO_MASKS)
    with closing(Session(build_graph(spec, spec.dtype, with_twin=with_masks))) as session:
        answer = session.results(_arrays(case))
    outputs = {path: answer[join("outputs", path)] for path in output_shapes(spec)}
    state = {path: answer[join("final_state", path)] for path in flatten(case_state_size(spec))}
    nested = Directions(outputs["fw"], outputs["bw"]) if len(outputs) > 1 else outputs[""]
    return Result(nested, unflatten(case_state_size(spec), state))


def _arrays(case: Case) -> dict[str, Array]:
    """Return the case's arrays under their names in a fixture."""
    arrays = {join("weights", name): array for name, array in case.weights.items()}
    arrays |= {join("inputs", path): array for path, array in flatten(case.inputs).items()}
    arrays |= {join("dropout", name): mask for name, mask in case.dropout.items()}
    if case.sequence_length is not None:
        arrays["sequence_length"] = case.sequence_length
    if case.initial_state is not None:
        arrays |= {join("initial_state", path): array for path, array in flatten(case.initial_state).items()}
    return arrays
