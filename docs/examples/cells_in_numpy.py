"""TensorFlow's cells without TensorFlow: what variables they have, weights into them, state out of them."""

import numpy as np

from numpy_impl import GRUCell, LSTMCell, MultiRNNCell, dynamic_rnn

cell = MultiRNNCell([LSTMCell(4, num_proj=2, num_unit_shards=2), GRUCell(3, name="reader")])

print("variables for inputs of depth 5, below dynamic_rnn's scope")
shapes = cell.variable_shapes(5, "rnn")
for name, shape in shapes.items():
    print(f"  {name:54} {shape}")

rng = np.random.default_rng(1)
checkpoint = {f"{name}:0": rng.normal(size=shape) for name, shape in shapes.items()}  # yours: from a session
cell = cell.with_variables(checkpoint, "rnn")

inputs = rng.normal(size=(2, 6, 5))
outputs, state = dynamic_rnn(cell, inputs, sequence_length=[6, 3], dtype=inputs.dtype)
print("\noutputs", outputs.shape, "zero past each length:", not outputs[1, 3:].any())
print("state sizes", cell.state_size)

first, between = dynamic_rnn(cell, inputs[:, :4], dtype=inputs.dtype)
second, _ = dynamic_rnn(cell, inputs[:, 4:], initial_state=between)
print("row 0 in two calls, state carried: the same", np.array_equal(outputs[0], np.concatenate([first, second], 1)[0]))

again = MultiRNNCell.from_config(cell.get_config())
print("from its configuration: the same variables", again.variable_shapes(5, "rnn") == shapes)

try:
    cell.get_initial_state(inputs, batch_size=3)
except ValueError as error:
    print("\nValueError:", error)
