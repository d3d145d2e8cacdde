"""An opened file of TensorFlow 1's: which variables it has, their values one by one, and its graph."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rnn_parity.structure import Array
from tf_reference.legacy.errors import LegacyVariableUnknownError
from tf_reference.legacy.found import SavedVariable


@dataclass(frozen=True, kw_only=True)
class Source:
    """What `open_source` returns. No value is read before it is asked for, none is held afterwards.

    `notes` say what was decided on the way to the file: which checkpoint of a folder, which graph of several.
    """

    path: Path
    kind: str  # "V2 checkpoint", "V1 checkpoint", "MetaGraph", "frozen graph", "SavedModel", "HDF5", "npz"
    variables: Mapping[str, SavedVariable]  # by the name in the file to the letter
    values: Callable[[str], Array]  # what `read` asks for variables that there are
    graph: Any = None  # the GraphDef, or None where there is no graph
    graph_path: Path | None = None  # the file the graph comes from
    notes: tuple[str, ...] = ()

    def read(self, name: str) -> Array:
        """Return the values of the variable of this name, in its shape and dtype.

        Raises:
            LegacyVariableUnknownError: the file has none.
            LegacyValuesMissingError: the file has the graph alone.
            LegacyFileDamagedError: the bytes are not those that were written.
        """
        if name not in self.variables:
            raise LegacyVariableUnknownError(self.path, name, self.variables)
        return self.values(name)
