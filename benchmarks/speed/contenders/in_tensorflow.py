"""TensorFlow 1's own functions and kernels, each graph behind a `Session.make_callable`, weights in variables.

dynamic     dynamic_rnn or bidirectional_dynamic_rnn, with TensorFlow 1's control flow
static      static_rnn or static_bidirectional_rnn over the list of steps
block       the kernel BlockLSTM, a layer after the other; backwards between two reverse_sequence, as
            contrib's TimeReversedFusedRNN has it
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from functools import partial
from typing import Any

from benchmarks.speed.contenders import LeftOut, Run
from rnn_parity.candidate import Case
from rnn_parity.spec import Directions, LSTMCell
from rnn_parity.structure import cells_of, join
from rnn_parity.weights import Layer, layers, own_weights
from tf_reference.cells import build_cell
from tf_reference.environment import control_flow_v1, tensorflow

NO_CLIP = -1.0  # what contrib's LSTMBlockFusedCell hands to the kernel; the op's own default clips at 3


def dynamic(case: Case, threads: int) -> Run:
    """Return dynamic_rnn's run."""

    def built(cells: list[Any], x: Any, lengths: Any) -> Any:  # noqa: ANN401  TensorFlow ships no types
        nn = tensorflow().compat.v1.nn
        runner = nn.dynamic_rnn if len(cells) == 1 else nn.bidirectional_dynamic_rnn
        return runner(*cells, x, sequence_length=lengths, dtype=x.dtype, time_major=True)

    return _of_cells(case, threads, built)


def static(case: Case, threads: int) -> Run:
    """Return static_rnn's run."""

    def built(cells: list[Any], x: Any, lengths: Any) -> Any:  # noqa: ANN401  as above
        tf = tensorflow()
        nn, steps = tf.compat.v1.nn, tf.unstack(x)
        if len(cells) == 1:
            outputs, state = nn.static_rnn(*cells, steps, dtype=x.dtype, sequence_length=lengths)
            return tf.stack(outputs), state
        outputs, *states = nn.static_bidirectional_rnn(*cells, steps, dtype=x.dtype, sequence_length=lengths)
        return tf.split(tf.stack(outputs), 2, axis=2), states

    return _of_cells(case, threads, built)


def block(case: Case, threads: int) -> Run:
    """Return BlockLSTM's run."""
    found = layers(case.spec)
    for layer in found:
        if not isinstance(layer.cell, LSTMCell):
            raise LeftOut("it is an LSTM")
        if layer.cell.num_proj is not None:
            raise LeftOut("it has no projection")

    def graph(x: Any, lengths: Any) -> Any:  # noqa: ANN401  as above
        tf, state, outputs = tensorflow(), [], {}
        for layer in found:
            given = x if layer.direction else outputs.get("", x)
            turned = partial(tf.reverse_sequence, seq_lengths=lengths, seq_axis=0, batch_axis=1)
            back = layer.direction == "bw"
            h, final = _block(case, layer, turned(given) if back else given, lengths)
            outputs[layer.direction] = turned(h) if back else h
            state.append(final)
        return (outputs[""] if "" in outputs else tuple(outputs.values())), state

    return _called(case, threads, graph)


def _block(case: Case, layer: Layer, x: Any, lengths: Any) -> tuple[Any, Any]:  # noqa: ANN401  as above
    """Return the outputs (T, B, H) of one layer and its final c and h."""
    tf, own = tensorflow(), own_weights(layer, case.weights)
    held = {name: tf.compat.v1.get_variable(join(layer.scope, name), initializer=own[name]) for name in own}
    units, steps, rows = layer.cell.num_units, int(x.shape[0]), int(x.shape[1])
    start, none = tf.zeros((rows, units)), tf.zeros((units,))
    ran = tf.raw_ops.BlockLSTM(
        seq_len_max=tf.cast(steps if lengths is None else tf.reduce_max(lengths), "int64"),
        x=x, cs_prev=start, h_prev=start, w=held["kernel"], wci=none, wcf=none, wco=none, b=held["bias"],
        forget_bias=layer.cell.forget_bias, cell_clip=NO_CLIP, use_peephole=False,
    )  # fmt: skip
    if lengths is None:
        return ran.h, (ran.cs[-1], ran.h[-1])
    running = tf.transpose(tf.sequence_mask(lengths, steps, dtype=x.dtype))[..., tf.newaxis]
    last = tf.stack([lengths - 1, tf.range(rows)], axis=1)
    return ran.h * running, (tf.gather_nd(ran.cs, last), tf.gather_nd(ran.h, last))


def _of_cells(case: Case, threads: int, built: Callable[..., Any]) -> Run:
    def graph(x: Any, lengths: Any) -> Any:  # noqa: ANN401  as above
        described = cells_of(case.spec)
        return built([build_cell(cell, "float32", case.spec.sizes.depth) for cell in described], x, lengths)

    return _called(case, threads, graph)


def _called(case: Case, threads: int, graph: Callable[[Any, Any], Any]) -> Run:
    """Return the call of the graph that `graph` builds of inputs and lengths, its variables loaded."""
    tf = tensorflow()
    v1, lengths = tf.compat.v1, case.sequence_length
    with tf.Graph().as_default(), control_flow_v1(), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        feeds = [v1.placeholder("float32", case.inputs.shape)]
        if lengths is not None:
            feeds.append(v1.placeholder("int32", lengths.shape))
        outputs, state = graph(feeds[0], feeds[1] if lengths is not None else None)
        session = v1.Session(
            config=v1.ConfigProto(
                intra_op_parallelism_threads=threads, inter_op_parallelism_threads=threads, device_count={"GPU": 0}
            )
        )
        for variable in v1.trainable_variables():
            value = case.weights[variable.name.removesuffix(":0")]
            session.run(variable.initializer, {variable.initializer.inputs[1]: value})
        fetched = tf.nest.flatten((outputs, state))
        call = session.make_callable(fetched, feeds)
    arrays = [case.inputs] if lengths is None else [case.inputs, lengths]
    two = isinstance(cells_of(case.spec), Directions)

    def run() -> tuple[Any, Any]:
        answer = call(*arrays)
        return (tuple(answer[:2]), answer[2:]) if two else (answer[0], answer[1:])

    return run
