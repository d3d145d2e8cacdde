"""What a candidate gets and gives: a `Case` in, a `Result` out, or `Unsupported` with the reason.

    def run(case: Case) -> Result: ...

is the whole contract. A candidate is named by a built-in name, `package.module:function` or `path/file.py:function`.
"""

from __future__ import annotations

import importlib
import importlib.util
import sys
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import ModuleType
from typing import TypeAlias

from rnn_parity.errors import CandidateLoadError, ExpectationMissingError, nearest
from rnn_parity.fixture_file import Fixture
from rnn_parity.spec import CaseSpec, Directions
from rnn_parity.store import Fixtures, default_fixtures
from rnn_parity.structure import Array, Tree, case_state_size, flatten, input_size, join, result_shapes, unflatten
from rnn_parity.weights import layer_weights, wrapper_weights

EXTRAS = {  # built-in name -> what it needs of pyproject.toml
    "numpy_impl": "",
    "numpy_impl.fast": "",
    "torch": "torch",
    "keras": "keras",
    "onnxruntime": "onnx",
    "jax": "jax",
    "tensorflow": "reference",
}
BUILT_IN = tuple(EXTRAS)
PROGRAMS = ("cmd:", "cmd+safetensors:", "cmd+npz:", "cmd+json:")  # what reads and writes files of which format
ANSWERS = "answers:"  # a folder of them


@dataclass(frozen=True, kw_only=True)
class Expected:
    """What TensorFlow answered: arrays by name (`outputs[/fw|/bw]`, `final_state[/path]`, `trace/...`).

    `arrays` are in the case's dtype, `oracle64` the same graph's answer in float64, `noise` TensorFlow's own rounding
    error of each, the unit in which differences are measured.
    """

    arrays: Mapping[str, Array]
    oracle64: Mapping[str, Array]
    noise: Mapping[str, float]
    trace: Mapping[str, Array]


@dataclass(frozen=True, kw_only=True)
class Case:
    """A spec with its arrays: what an implementation is asked to compute.

    Attributes:
        spec: the cell, the run, sizes and dtype.
        weights: TensorFlow's variable names, without ":0" -> array.
        inputs: (B, T, D); (T, B, D) where the run is time_major, as RawRNN and FusedRNN are; (B, D) for one Step; a
            tuple of such arrays where the cell reads one, like (times, features) of a PhasedLSTMCell; int32 ids, D = 1,
            where the cell reads ids, like an EmbeddingWrapper.
        sequence_length: (B,) int32, or None.
        initial_state: TensorFlow's structure: `LSTMStateTuple(c, h)`, tuples of them, `Directions(fw, bw)` around
            them, or one array; None means zeros.
        dropout: name of a mask (`rnn_parity.masks`) -> (T, B, width) bool, what TensorFlow kept; empty without dropout.
        expected: TensorFlow's answer, in cases from `load_cases`; a candidate does not get it.
    """

    spec: CaseSpec
    weights: Mapping[str, Array]
    inputs: Tree
    sequence_length: Array | None = None
    initial_state: Tree = None
    dropout: Mapping[str, Array] = field(default_factory=dict)
    expected: Expected | None = field(default=None, repr=False)

    @property
    def id(self) -> str:
        """The name of the case."""
        return self.spec.id

    @property
    def layer_weights(self) -> list[dict[str, Array]] | Directions:
        """Each layer's weights under the cell's own names, from the input up; `Directions` of lists for two ways."""
        return layer_weights(self.spec, self.weights)

    @property
    def wrapper_weights(self) -> list[dict[str, Array]] | Directions:
        """The weights of the wrappers that have some, from the input up, outer ones first; as `layer_weights`."""
        return wrapper_weights(self.spec, self.weights)

    @property
    def expectation(self) -> Expected:
        """TensorFlow's answer.

        Raises:
            ExpectationMissingError: the case was built by hand or handed to a candidate.
        """
        if self.expected is None:
            raise ExpectationMissingError(self.spec.id)
        return self.expected

    def question(self) -> Case:
        """Return the case without TensorFlow's answer, as a candidate gets it."""
        return replace(self, expected=None)


@dataclass(frozen=True)
class Result:
    """What a candidate answers.

    Attributes:
        outputs: one array shaped like TensorFlow's outputs; (fw, bw) for BidirectionalDynamicRNN.
        final_state: nested like TensorFlow's; plain tuples may stand for LSTMStateTuple and Directions.
        trace: optional: array names of `rnn_parity.weights.trace_names` with their layer -> (T, B, H), like
            {"0/i": ..., "0/c": ...} or {"fw/0/i": ...}; they sharpen where a difference began.
    """

    outputs: Tree
    final_state: Tree
    trace: Mapping[str, Array] | None = None


class Unsupported(Exception):  # noqa: N818  it is an answer, not an error
    """Raised by a candidate: it does not offer this cell or option. The text says why."""


Candidate: TypeAlias = Callable[[Case], Result]


def case_of(fixture: Fixture) -> Case:
    """Return a fixture as a case with TensorFlow's answer."""
    spec, arrays = fixture.spec, fixture.arrays
    results = {name: arrays[name] for name in result_shapes(spec)}
    parts = _parted(arrays)
    expected = Expected(
        arrays=results,
        oracle64={name: arrays.get(f"oracle64/{name}", array) for name, array in results.items()},
        noise={name: float(arrays[f"noise/{name}"]) for name in results},
        trace=parts["trace"],
    )
    return _case(spec, parts, expected)


def question_of(fixture: Fixture) -> Case:
    """Return a fixture, which may hold no answer, as a case without TensorFlow's."""
    return _case(fixture.spec, _parted(fixture.arrays), None)


def as_fixture(case: Case) -> Fixture:
    """Return a case as a fixture without an answer: what `question_of` reads."""
    given = {"inputs": case.inputs, "sequence_length": case.sequence_length, "initial_state": case.initial_state}
    arrays = {join("weights", name): array for name, array in case.weights.items()}
    for prefix, tree in given.items():
        if tree is not None:
            arrays |= {join(prefix, path): array for path, array in flatten(tree).items()}
    return Fixture(case.spec, arrays | {join("dropout", name): mask for name, mask in case.dropout.items()})


def load_cases(patterns: Iterable[str] = (), fixtures: Path | None = None) -> Iterator[Case]:
    """Yield the recorded cases whose names match any of the globs, one at a time; all where there is no glob.

    Raises:
        CaseUnknownError: a glob matches nothing.
        FixtureError: the fixtures are missing or damaged.
    """
    recorded = Fixtures(fixtures or default_fixtures())
    globs = (patterns,) if isinstance(patterns, str) else patterns
    return (case_of(recorded.read(case_id)) for case_id in recorded.select(globs))


def load_candidate(reference: str) -> Candidate:
    """Return the callable that `reference` names.

    Raises:
        CandidateLoadError: there is no such module, file or function, importing it failed, or it is not callable.
    """
    if reference.startswith((*PROGRAMS, ANSWERS)):
        raise CandidateLoadError(reference, "only `rnn-parity check` takes that; here it has to be a function")
    if ":" not in reference:
        return _attribute(reference, _built_in(reference), "run")
    place, _, name = reference.rpartition(":")
    if not place or not name:
        raise CandidateLoadError(reference, "write it as module:function or path/file.py:function")
    module = _file(reference, Path(place)) if place.endswith(".py") else _module(reference, place)
    return _attribute(reference, module, name)


def _parted(arrays: Mapping[str, Array]) -> Mapping[str, dict[str, Array]]:
    """Return what stands before an array name's first slash -> the rest of the name, '' where there is none -> array.

    Where an array is named like a part, it is that part alone.
    """
    parts: dict[str, dict[str, Array]] = defaultdict(dict)
    for name, array in arrays.items():
        part, _, rest = name.partition("/")
        parts[part][rest] = array
    for part in parts.keys() & arrays.keys():
        parts[part] = {"": arrays[part]}
    return parts


def _case(spec: CaseSpec, parts: Mapping[str, dict[str, Array]], expected: Expected | None) -> Case:
    state = parts["initial_state"]
    return Case(
        spec=spec,
        weights=parts["weights"],
        inputs=unflatten(input_size(spec), parts["inputs"]),
        sequence_length=parts["sequence_length"].get(""),
        initial_state=unflatten(case_state_size(spec), state) if state else None,
        dropout=parts["dropout"],
        expected=expected,
    )


def _built_in(reference: str) -> ModuleType:
    if reference not in BUILT_IN:
        near = nearest(reference, BUILT_IN)
        hint = f"did you mean {near!r}?" if near else f"built-in are {', '.join(BUILT_IN)}."
        raise CandidateLoadError(reference, f"{hint} Your own is named module:function or path/file.py:function")
    try:
        return _module(reference, f"rnn_parity.candidates.{reference.replace('.', '_')}")
    except CandidateLoadError as error:
        missing = error.__cause__
        if not isinstance(missing, ModuleNotFoundError):
            raise
        install = f"pip install 'rnn-parity[{EXTRAS[reference]}]'"
        raise CandidateLoadError(reference, f"it needs {missing.name}, which is not installed: {install}") from missing


def _module(reference: str, name: str) -> ModuleType:
    here = str(Path.cwd())
    if here not in sys.path:
        sys.path.insert(0, here)  # a console script does not look into the current folder
    try:
        return importlib.import_module(name)
    except (Exception, SystemExit) as error:  # a module that exits must not end the check, with a 0 at worst
        raise CandidateLoadError(reference, f"importing {name} raised {type(error).__name__}: {error}") from error


def _file(reference: str, path: Path) -> ModuleType:
    if not path.is_file():
        raise CandidateLoadError(reference, f"there is no file {path}")
    spec = importlib.util.spec_from_file_location(path.stem, path)
    if spec is None or spec.loader is None:
        raise CandidateLoadError(reference, f"{path} is no Python file")
    module = importlib.util.module_from_spec(spec)
    sys.modules[path.stem] = module  # dataclasses and pickling look the module up there
    sys.path.insert(0, str(path.parent.resolve()))
    try:
        spec.loader.exec_module(module)
    except (Exception, SystemExit) as error:
        raise CandidateLoadError(reference, f"running {path} raised {type(error).__name__}: {error}") from error
    return module


def _attribute(reference: str, module: ModuleType, name: str) -> Candidate:
    found: Candidate | None = getattr(module, name, None)  # its answers are examined
    if found is None:
        near = nearest(name, (public for public, value in vars(module).items() if public[0] != "_" and callable(value)))
        hint = f"; did you mean {near!r}?" if near else ""
        if module.__name__ in BUILT_IN:
            hint = f"; the candidate that is built in is named {module.__name__!r}"
        raise CandidateLoadError(reference, f"{module.__name__} has no {name!r}{hint}")
    if not callable(found):
        raise CandidateLoadError(reference, f"{name!r} is a {type(found).__name__}, not a function of one Case")
    return found
