"""A recording -> the case of it: first what its cell says of itself, then what its graph shows.

Variables are named as TensorFlow names them. Those of a cell lie within the scope of its run, like all that a case of
the catalogue owns; what lies elsewhere is refused, since a graph of one's own can hold it.
"""

from __future__ import annotations

from collections.abc import Mapping
from itertools import takewhile
from typing import Any

import msgspec

from rnn_parity.errors import RecordingError
from rnn_parity.spec import CaseSpec, Directions, OwnCell, OwnGraph, OwnState, OwnValue, OwnVariable, Shape
from rnn_parity.structure import Array, cells_of, flatten, is_one_object, is_time_major, join
from rnn_parity.weights import run_scope
from tf_reference.environment import tensorflow
from tf_reference.own.graphs import OwnRecording, new_cell
from tf_reference.own.recordings import CellRecording
from tf_reference.own.sizes import own_state, role_of, width_of


def asked_spec(recording: OwnRecording) -> CaseSpec:
    """Return the case as far as it is known before its graph is built: without variables.

    Raises:
        RecordingError, UnsupportedOptionError: the recording is none that can be made.
    """
    if recording.dtype == "float64" and not recording.float64:
        raise RecordingError(recording.id, "it is of dtype float64, with float64=False. Leave one of them out")
    cell = _asked_cell(recording) if isinstance(recording, CellRecording) else _asked_graph(recording)
    return CaseSpec(
        id=recording.id,
        why=recording.why,
        cell=cell,
        run=recording.run,
        sizes=recording.sizes,
        seed=recording.drawn_from,
        dtype=recording.dtype,
        gain=recording.gain,
    )


def complete_spec(
    spec: CaseSpec,
    variables: Mapping[str, Any],
    answer: Mapping[str, Array],
    final_size: Any,  # noqa: ANN401
) -> CaseSpec:
    """Return the case with what its graph shows: variables and, of a function, the form of its answer.

    Args:
        spec: from `asked_spec`.
        variables: TensorFlow's name -> variable, in order of creation.
        answer: outputs and final state by name.
        final_size: the size of a function's final state, nested as it nests it.

    Raises:
        RecordingError: a variable lies outside the run's scope, or the answer has a form that cannot be recorded.
    """
    shapes = {name: tuple(int(size) for size in one.shape) for name, one in variables.items()}
    if isinstance(spec.run, OwnGraph):
        _require_rows(spec, answer)
        return _with_variables(_of_answer(spec, answer["outputs"].shape, final_size), "", shapes)
    relative = _below_run(spec, shapes)
    scope = _common_scope(relative)
    return _with_variables(spec, scope, {name.removeprefix(f"{scope}/"): shape for name, shape in relative.items()})


def _asked_cell(recording: CellRecording) -> OwnCell:
    with tensorflow().Graph().as_default():  # a constructor may make tensors
        cell = new_cell(recording, recording.dtype)
        state, width = own_state(recording.id, cell.state_size), width_of(cell.output_size)
    if width is None:
        raise RecordingError(
            recording.id, f"its output_size is {cell.output_size!r}, should be one width. Join outputs, or record a "
            "GraphRecording"
        )  # fmt: skip
    paths = flatten(state.size if isinstance(state, OwnState) else state)
    return OwnCell(
        num_units=width,
        class_name=type(cell).__name__,
        state=state,
        traced=tuple(path or "state" for path in paths),
        **_options(recording),
    )


def _asked_graph(recording: OwnRecording) -> OwnCell:
    size = getattr(recording, "state_size", None)
    state = OwnState(parts=()) if size is None else own_state(recording.id, size)
    return OwnCell(num_units=1, class_name=recording.name, state=state, **_options(recording))


def _options(recording: OwnRecording) -> dict[str, Any]:
    weights = recording.weights if isinstance(recording.weights, str) else "given"
    own = tuple((name, _value(recording, name, value)) for name, value in recording.options.items())
    return {"ids": recording.ids, "weights": weights, "has_float64": recording.float64, "own_options": own}


def _value(recording: OwnRecording, name: str, value: object) -> OwnValue:
    """Return an option as a fixture holds it."""
    values = tuple(value) if isinstance(value, list | tuple) else (value,)
    for one in values:
        finite = not isinstance(one, float) or abs(one) < float("inf")
        if not (one is None or isinstance(one, str | int | float)) or not finite:
            raise RecordingError(
                recording.id,
                f"its option {name} is {one!r}, should be a number, a string, None or a list of these, which a fixture "
                "can hold. Let `cell=` be a function that makes the rest",
            )
    return values if isinstance(value, list | tuple) else values[0]


def _of_answer(spec: CaseSpec, shape: Shape, final_size: Any) -> CaseSpec:  # noqa: ANN401  nested sizes
    """Return the case of a function with the form of its outputs and final state."""
    sizes = spec.sizes
    lead = (sizes.max_time, sizes.batch_size) if is_time_major(spec) else (sizes.batch_size, sizes.max_time)
    if len(shape) not in (2, 3) or shape[:-1] not in (lead, (sizes.batch_size,)) or shape[-1] == 0:
        axes = "(T, B, width)" if is_time_major(spec) else "(B, T, width)"
        raise RecordingError(
            spec.id, f"its outputs have shape {shape}, should be {axes} = {(*lead, '...')} or (B, width)"
        )
    state = own_state(spec.id, final_size)
    given, final = _paths(_own(spec).state), _paths(state)
    if spec.run.initial_state and final != given:
        raise RecordingError(spec.id, f"its final state has the sizes {final}, should be those of state_size: {given}")
    cell = _replaced(_own(spec), num_units=int(shape[-1]), state=state)
    return _replaced(spec, cell=cell, run=_replaced(spec.run, per_step=len(shape) > 2))  # noqa: PLR2004  (B, width)


def _require_rows(spec: CaseSpec, answer: Mapping[str, Array]) -> None:
    """Return if every array of a function's final state is (B, width), RecordingError otherwise."""
    for name, array in answer.items():
        if name.startswith("final_state") and (array.ndim != 2 or len(array) != spec.sizes.batch_size):  # noqa: PLR2004
            should_be = f"should be ({spec.sizes.batch_size}, width)"
            raise RecordingError(spec.id, f"its {name} has shape {array.shape}, {should_be}. Reshape it")


def _below_run(spec: CaseSpec, shapes: Mapping[str, Shape]) -> dict[str, Shape]:
    """Return the variables of one cell, named within the scope of its run and direction."""
    directions: tuple[str, ...] = Directions._fields if isinstance(cells_of(spec), Directions) else ("",)
    if is_one_object(spec):
        directions = directions[:1]  # TensorFlow names what both share after the forward direction
    scopes = [join(run_scope(spec), way) for way in directions]
    starts = tuple(f"{scope}/" if scope else "" for scope in scopes)
    found = [
        {name.removeprefix(start): shape for name, shape in shapes.items() if name.startswith(start)}
        for start in starts
    ]
    elsewhere = [name for name in shapes if not name.startswith(starts)]
    if elsewhere:
        raise RecordingError(
            spec.id, f"variable {elsewhere[0]} lies outside {' and '.join(scopes)}, the scope that the run calls the "
            "cell in. Create it in the cell's build or call, or record the whole as a GraphRecording"
        )  # fmt: skip
    if len(found) > 1 and found[0] != found[1]:
        raise RecordingError(spec.id, f"its two cells have different variables: {found[0]} and {found[1]}")
    return found[0]


def _common_scope(names: Mapping[str, Shape]) -> str:
    """Return the scope that all variables share."""
    scopes = [name.split("/")[:-1] for name in names]
    shared = takewhile(lambda parts: len(set(parts)) == 1, zip(*scopes, strict=False))
    return "/".join(parts[0] for parts in shared)


def _with_variables(spec: CaseSpec, scope: str, shapes: Mapping[str, Shape]) -> CaseSpec:
    cell = _own(spec)
    widths = {cell.num_units, *_paths(cell.state).values()}
    own = tuple(
        OwnVariable(name=name, shape=shape, role=role_of(name, shape, spec.sizes.depth, widths))
        for name, shape in shapes.items()
    )
    return _replaced(spec, cell=_replaced(cell, scope_name=scope, own_variables=own))


def _paths(state: int | OwnState) -> dict[str, int]:
    return flatten(state.size if isinstance(state, OwnState) else state)


def _own(spec: CaseSpec) -> OwnCell:
    if not isinstance(spec.cell, OwnCell):
        raise TypeError(f"{spec.id}: got a cell of TensorFlow's, should be an OwnCell")
    return spec.cell


def _replaced(struct: Any, **options: Any) -> Any:  # noqa: ANN401  any spec
    return msgspec.structs.replace(struct, **options)
