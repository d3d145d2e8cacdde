"""ONNX Runtime on a CPU: the model that `rnn-parity convert --to onnx` writes of the case."""

from __future__ import annotations

from typing import Any

import numpy as np
import onnxruntime

from benchmarks.speed.contenders import LeftOut, Run
from rnn_parity.candidate import Case
from rnn_parity.errors import LayoutInexpressibleError
from rnn_parity.layouts.onnx_model import to_model
from rnn_parity.weights import layers


def session(case: Case, threads: int) -> Run:
    """Return the run of a session of the model."""
    try:
        model = to_model(case.spec, case.weights)
    except LayoutInexpressibleError as error:
        raise LeftOut(error.reason) from error
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads, options.inter_op_num_threads = threads, 1
    options.log_severity_level = 3
    made = onnxruntime.InferenceSession(model.SerializeToString(), options, providers=["CPUExecutionProvider"])
    names = sorted((one.name for one in made.get_outputs()), key=lambda name: not name.startswith("Y"))
    feeds = {"X": case.inputs, **_states(case, made)}
    if case.sequence_length is not None:
        feeds["sequence_lens"] = case.sequence_length
    directions = len({layer.direction for layer in layers(case.spec)})

    def run() -> tuple[Any, Any]:
        answer = made.run(names, feeds)
        return answer[0] if directions == 1 else tuple(answer[:directions]), answer[directions:]

    return run


def _states(case: Case, made: Any) -> dict[str, Any]:  # noqa: ANN401  a session
    """Return the initial states of zeros."""
    given = [one for one in made.get_inputs() if one.name.startswith("initial")]
    return {one.name: np.zeros((case.spec.sizes.batch_size, one.shape[-1]), np.float32) for one in given}
