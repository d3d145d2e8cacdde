"""Is the GRU in my .onnx file TensorFlow's GRUCell? The file's nodes and options, on the weights of each case."""

from pathlib import Path

import numpy as np
import onnx
import onnxruntime

from rnn_parity import Case, Result, Unsupported
from rnn_parity.layouts import pack
from rnn_parity.spec import DynamicRNN, GRUCell

FILE = Path(__file__).with_name("my_gru.onnx")


def run(case: Case) -> Result:
    return answer(onnx.load(FILE), case)


def run_repaired(case: Case) -> Result:
    model = onnx.load(FILE)
    (option,) = (one for one in model.graph.node[0].attribute if one.name == "linear_before_reset")
    option.i = 0
    return answer(model, case)


def answer(model: onnx.ModelProto, case: Case) -> Result:
    spec, dims = case.spec, [3, 5]  # what the file was made for: inputs and units
    if not isinstance(spec.cell, GRUCell) or [spec.sizes.depth, spec.cell.num_units] != dims:
        raise Unsupported("the file holds a GRU of 5 units over 3 inputs")
    if not isinstance(spec.run, DynamicRNN) or spec.dtype != "float32" or spec.cell.activation:
        raise Unsupported("the file runs whole sequences, in float32 and with tanh")
    weights = pack("onnx", spec, case.weights)  # W, R and B of this case, in ONNX's order
    for constant in model.graph.initializer:
        constant.CopyFrom(onnx.numpy_helper.from_array(weights[constant.name], constant.name))
    session = onnxruntime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])

    x = case.inputs if spec.run.time_major else case.inputs.swapaxes(0, 1)
    steps, rows, _ = x.shape
    lengths = np.full(rows, steps, np.int32) if case.sequence_length is None else case.sequence_length
    state = np.zeros((rows, dims[1]), np.float32) if case.initial_state is None else case.initial_state
    y, final = session.run(["Y", "Y_h"], {"X": x, "sequence_lens": lengths, "initial_h": state[np.newaxis]})
    final = np.where(lengths[:, np.newaxis] > 0, final[0], state)  # ONNX Runtime answers 0 for a row of length 0
    y = y[:, 0]
    return Result(outputs=y if spec.run.time_major else y.swapaxes(0, 1), final_state=final)
