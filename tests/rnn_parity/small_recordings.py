"""Small recordings to run the harness on: drawn data, and what numpy_impl answers in TensorFlow's place."""

from __future__ import annotations

import numpy as np

from rnn_parity.candidate import Case
from rnn_parity.candidates.numpy_impl import run as numpy_run
from rnn_parity.draws import draw
from rnn_parity.fixture_file import FORMAT_VERSION, Fixture, content_hash, write_fixture
from rnn_parity.spec import (
    BasicLSTMCell,
    BasicRNNCell,
    BidirectionalDynamicRNN,
    CaseSpec,
    DynamicRNN,
    GRUCell,
    LSTMCell,
    MultiRNNCell,
    Sizes,
    Step,
)
from rnn_parity.store import Manifest, write_manifest
from rnn_parity.structure import case_state_size, flatten, input_size, result_shapes, unflatten

SIZES = Sizes(batch_size=3, max_time=5, depth=2)
RAGGED = (5, 2, 0)


def make_spec(case_id="lstm/plain", *, cell=None, run=None, sizes=SIZES, **rest):
    cell = cell or LSTMCell(num_units=4)
    run = run or DynamicRNN(initial_state=True)
    if isinstance(run, Step):
        sizes = Sizes(batch_size=sizes.batch_size, max_time=1, depth=sizes.depth)
    return CaseSpec(id=case_id, why=f"to catch a wrong {case_id}", cell=cell, run=run, sizes=sizes, seed=7, **rest)


def asked(spec, dtype):
    """Return a case without an answer, its data in `dtype`."""
    arrays = {name: array.astype(dtype) if array.dtype.kind == "f" else array for name, array in draw(spec).items()}
    state = _below("initial_state", arrays)
    return Case(
        spec=spec,
        weights={name[8:]: array for name, array in arrays.items() if name.startswith("weights/")},
        inputs=unflatten(input_size(spec), _below("inputs", arrays)),
        sequence_length=arrays.get("sequence_length"),
        initial_state=unflatten(case_state_size(spec), state) if state else None,
    )


def _below(prefix, arrays):
    return {name.removeprefix(prefix).lstrip("/"): array for name, array in arrays.items() if name.startswith(prefix)}


def named(spec, result):
    outputs = flatten(result.outputs)
    answers = {f"outputs/{path}".rstrip("/") if len(outputs) == 1 else path: a for path, a in outputs.items()}
    if len(outputs) > 1:
        answers = dict(zip(("outputs/fw", "outputs/bw"), outputs.values(), strict=True))
    states = [name for name in result_shapes(spec) if name.startswith("final_state")]
    return answers | dict(zip(states, flatten(result.final_state).values(), strict=True))


def make_fixture(spec):
    """Return a fixture as tf_reference records one, with numpy_impl in TensorFlow's place."""
    answer = numpy_run(asked(spec, spec.dtype))
    own, double = named(spec, answer), named(spec, numpy_run(asked(spec, "float64")))
    roundoff = float(np.finfo(spec.dtype).eps) / 2
    arrays = dict(draw(spec)) | own
    for name, oracle in double.items():
        lost = np.abs(own[name].astype(np.float64) - oracle).max(initial=0.0)
        arrays[f"oracle64/{name}"] = oracle
        arrays[f"noise/{name}"] = np.asarray(max(lost, roundoff * max(1.0, np.abs(oracle).max(initial=0.0))))
    arrays |= {f"trace/{name}": array for name, array in answer.trace.items()}
    return Fixture(spec, arrays)


def record(folder, *specs):
    """Write fixtures and manifest; return the folder."""
    folder.mkdir(parents=True, exist_ok=True)
    fixtures = [make_fixture(spec) for spec in specs]
    for fixture in fixtures:
        write_fixture(folder, fixture)
    cases = {fixture.spec.id: content_hash(fixture) for fixture in fixtures}
    write_manifest(
        folder, Manifest(format=FORMAT_VERSION, cases=cases, reference={"tensorflow": "2.21.0"}, recording={})
    )
    return folder


FIVE = (
    make_spec("lstm/plain"),
    make_spec("lstm/ragged", run=DynamicRNN(sequence_length=RAGGED, initial_state=True)),
    make_spec("gru/plain", cell=GRUCell(num_units=4)),
    make_spec("basic-rnn/step", cell=BasicRNNCell(num_units=4), run=Step()),
    make_spec(
        "stacked/bidirectional",
        cell=MultiRNNCell(cells=(BasicLSTMCell(num_units=4), LSTMCell(num_units=3, num_proj=2))),
        run=BidirectionalDynamicRNN(sequence_length=RAGGED, initial_state=True),
    ),
)
