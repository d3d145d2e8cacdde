"""What can be wrong with a file of TensorFlow 1's, one class a situation, each with what to do about it."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from rnn_parity.errors import RnnParityError, nearest

AGAIN = "Copy or download it again, as binary, and compare its size with that of the original."


class LegacyFileError(RnnParityError):
    """Parent of everything wrong with a legacy file."""

    def __init__(self, path: Path, problem: str, advice: str) -> None:
        super().__init__(f"{path}: {problem}. {advice}")
        self.path, self.problem, self.advice = path, problem, advice


class LegacyFileMissingError(LegacyFileError):
    """Nothing lies at the path, or nothing that can be read: name another one."""


class LegacyKindUnknownError(LegacyFileError):
    """The file is none of the kinds that are read: name one that is."""

    KINDS = "a V1 or V2 checkpoint, a .meta, a frozen .pb, a SavedModel folder, .h5 or .npz"

    def __init__(self, path: Path, problem: str) -> None:
        super().__init__(path, problem, f"Name {self.KINDS}.")


class LegacyFileDamagedError(LegacyFileError):
    """The file's bytes are not what they should be: fetch or write it again."""

    def __init__(self, path: Path, problem: str, advice: str = AGAIN) -> None:
        super().__init__(path, problem, advice)


class LegacyShardMissingError(LegacyFileError):
    """A checkpoint's index or data is not beside its other file: put both into one folder."""

    def __init__(self, path: Path, missing: Path) -> None:
        super().__init__(path, f"{missing.name} is not beside it", "A V2 checkpoint is both files: put them together.")
        self.missing = missing


class LegacySizeError(LegacyFileError):
    """A variable is declared to be larger than its file can hold: it is not read."""

    def __init__(self, path: Path, name: str, shape: Iterable[int], declared: int, room: int) -> None:
        super().__init__(
            path,
            f"variable {name!r} of shape {tuple(shape)} is declared to have {declared:,} bytes, "
            f"should be at most the {room:,} that the file can hold",
            "The file is damaged or made to harm: nothing was read. Fetch it again from a source that you trust.",
        )
        self.name, self.declared, self.room = name, declared, room


class LegacyObjectsError(LegacyFileError):
    """An array of the file is pickled Python objects, which are not read: write it again as numbers."""

    def __init__(self, path: Path, name: str) -> None:
        advice = "Reading it would run code: write the file again with arrays of numbers alone."
        super().__init__(path, f"array {name!r} holds pickled objects, should be numbers", advice)
        self.name = name


class LegacyVariableUnknownError(LegacyFileError):
    """The file has no variable of this name: take one that `inspect` lists."""

    def __init__(self, path: Path, name: str, known: Iterable[str]) -> None:
        near = nearest(name, known)
        advice = f"Did you mean {near!r}?" if near else "`python -m tf_reference inspect` lists those it has."
        super().__init__(path, f"no variable {name!r}", advice)
        self.name, self.near = name, near


class LegacyValuesMissingError(LegacyFileError):
    """The file says which variables there are but not their values: put the checkpoint's data beside it."""

    def __init__(self, path: Path, name: str) -> None:
        advice = "A .meta is the graph alone: put the checkpoint's .index and .data beside it."
        super().__init__(path, f"holds no values of variable {name!r}", advice)
        self.name = name
