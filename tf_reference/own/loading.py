"""`module:build` or `path/file.py:build` -> the recordings that `build()` returns."""

from __future__ import annotations

import importlib
import importlib.util
import inspect
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

from rnn_parity.errors import BuildLoadError, RnnParityError, nearest
from tf_reference.environment import tensorflow
from tf_reference.own.recordings import CellRecording, GraphRecording

MOST = 400  # letters of an exception's text
_PLACES = ("Graph execution error", "Detected at node", 'File "', "Node:", "(most recent", "[[{{node", "Original stack")
_KINDS = "a CellRecording, a GraphRecording or a list of them"


def load_recordings(reference: str) -> tuple[CellRecording | GraphRecording, ...]:
    """Return what the function that `reference` names wants recorded.

    TensorFlow is imported first, with the legacy Keras that a user's module needs before it imports TensorFlow itself.

    Raises:
        BuildLoadError: no such module, file or function, it raised, or it does not return recordings.
        ReferenceEnvironmentError: TensorFlow cannot be had.
    """
    tensorflow()
    place, _, name = reference.rpartition(":")
    if not place or not name:
        raise BuildLoadError(reference, "write it as module:function or path/file.py:function")
    module = _file(reference, Path(place)) if place.endswith(".py") else _module(reference, place)
    return _recordings(reference, _called(reference, _function(reference, module, name)))


def own_words(error: BaseException) -> str:
    """Return an exception as one line: class, text, and the last place that is the user's and no library's."""
    frames, trace = [], error.__traceback__
    while trace is not None:
        frames.append((trace.tb_frame.f_code.co_filename, trace.tb_lineno))
        trace = trace.tb_next
    here = Path(__file__).parents[1]
    own = [(file, line) for file, line in frames if "site-packages" not in file and here not in Path(file).parents]
    own = [(file, line) for file, line in own if not (file.startswith("<") or "__autograph_generated" in file)]
    place = f" [{own[-1][0]}:{own[-1][1]}]" if own else ""
    return f"{type(error).__name__}: {_text(error)[:MOST]}{place}"


def _text(error: BaseException) -> str:
    """Return an exception's text on one line; of TensorFlow's, without the places that it lists."""
    lines = [line.strip() for line in str(error).splitlines()]
    said = [line for line in lines if line and not line.startswith(_PLACES)]
    return " ".join(said or lines)


def _module(reference: str, name: str) -> ModuleType:
    here = str(Path.cwd())
    if here not in sys.path:
        sys.path.insert(0, here)
    try:
        return importlib.import_module(name)
    except (Exception, SystemExit) as error:
        raise BuildLoadError(reference, f"importing {name} raised {own_words(error)}") from error


def _file(reference: str, path: Path) -> ModuleType:
    if not path.is_file():
        raise BuildLoadError(reference, f"there is no file {path}")
    spec = importlib.util.spec_from_file_location(path.stem, path)
    if spec is None or spec.loader is None:
        raise BuildLoadError(reference, f"{path} is no Python file")
    module = importlib.util.module_from_spec(spec)
    sys.modules[path.stem] = module  # dataclasses look their module up there
    sys.path.insert(0, str(path.parent.resolve()))
    try:
        spec.loader.exec_module(module)
    except (Exception, SystemExit) as error:
        raise BuildLoadError(reference, f"running {path} raised {own_words(error)}") from error
    return module


def _function(reference: str, module: ModuleType, name: str) -> Callable[[], Any]:
    found: Callable[[], Any] | None = getattr(module, name, None)
    if found is None:
        near = nearest(name, (public for public in vars(module) if not public.startswith("_")))
        hint = f"; did you mean {near!r}?" if near else ""
        raise BuildLoadError(reference, f"{module.__name__} has no {name!r}{hint}")
    if not callable(found):
        raise BuildLoadError(reference, f"{name!r} is a {type(found).__name__}, should be a function without arguments")
    needed = [
        parameter.name
        for parameter in inspect.signature(found).parameters.values()
        if parameter.default is parameter.empty
        and parameter.kind not in (parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD)
    ]
    if needed:
        raise BuildLoadError(
            reference,
            f"{name!r} wants {', '.join(needed)}, should be a function without arguments that returns {_KINDS}; "
            "put a function that builds a graph into a GraphRecording",
        )
    return found


def _called(reference: str, build: Callable[[], Any]) -> Any:  # noqa: ANN401  it is examined
    try:
        return build()
    except RnnParityError as error:
        raise BuildLoadError(reference, f"it raised {str(error).rstrip('.')}") from error
    except (Exception, SystemExit) as error:
        raise BuildLoadError(reference, f"it raised {own_words(error)}") from error


def _recordings(reference: str, returned: object) -> tuple[CellRecording | GraphRecording, ...]:
    found = tuple(returned) if isinstance(returned, list | tuple) else (returned,)
    for one in found:
        if not isinstance(one, CellRecording | GraphRecording):
            raise BuildLoadError(reference, f"it returned a {type(one).__name__}, should be {_KINDS}")
    if not found:
        raise BuildLoadError(reference, f"it returned nothing to record, should be {_KINDS}")
    ids = [one.id for one in found]
    twice = next((case_id for case_id in ids if ids.count(case_id) > 1), None)
    if twice is not None:
        raise BuildLoadError(reference, f"two recordings have the id {twice!r}; give each its own")
    return found
