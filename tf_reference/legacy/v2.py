"""V2 checkpoints: the index checked here, values read by TensorFlow's own reader, which verifies their checksums.

Source: tensorflow/core/util/tensor_bundle/tensor_bundle.cc, core/protobuf/tensor_bundle.proto.
"""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Any

from rnn_parity.structure import Array
from tf_reference.environment import tensorflow
from tf_reference.legacy.errors import LegacyFileDamagedError, LegacyShardMissingError
from tf_reference.legacy.shapes import declared, declared_bytes, require_room
from tf_reference.legacy.source import Source
from tf_reference.legacy.tables import read_table

HEADER = b""  # the key of what an index says of all
SLICE = b"\x00"  # what keys of a variable's pieces begin with; no name does
MOST_SHARDS = 100_000  # as many as five digits number
KIND = "V2 checkpoint"


def open_v2(prefix: Path) -> Source:
    """Return the checkpoint of `prefix`.index and `prefix`.data-*.

    Raises:
        LegacyShardMissingError: one of the files is not there.
        LegacyFileDamagedError: what they hold is no checkpoint, or parts of it are missing.
        LegacySizeError: a variable is declared larger than the data is.
    """
    index = prefix.with_name(prefix.name + ".index")
    if not index.is_file():
        data = next(iter(sorted(prefix.parent.glob("*.data-?????-of-?????"))), prefix)
        raise LegacyShardMissingError(data, index)
    header, entries = _bundle(index)
    sizes = _data_sizes(index, prefix, header.num_shards)
    variables = {}
    for key, entry in entries.items():
        name = key.decode("utf-8", "replace")
        if not entry.slices:
            _require_inside(index, name, entry, sizes)
        if not key.startswith(SLICE):
            variables[name] = variable = declared(index, name, entry.shape, entry.dtype)
            room = sum(sizes) if entry.slices else entry.size
            require_room(index, variable, declared_bytes(variable), room)
    return Source(path=prefix, kind=KIND, variables=variables, values=partial(tensorflow_value, str(prefix)))


def tensorflow_value(prefix: str, name: str) -> Array:
    """Return a variable's values as TensorFlow's reader has them, V1 or V2.

    Raises:
        LegacyFileDamagedError: TensorFlow refuses them; most often a checksum is wrong.
    """
    tf = tensorflow()
    try:
        return tf.train.load_checkpoint(prefix).get_tensor(name)
    except (tf.errors.OpError, ValueError, RuntimeError, TypeError, LookupError) as error:
        why = str(error).splitlines()[0][:300]
        raise LegacyFileDamagedError(Path(prefix), f"variable {name!r} cannot be read ({why})") from None


def _bundle(index: Path) -> tuple[Any, dict[bytes, Any]]:
    """Return the index's header and its entries by key."""
    tensorflow()
    from google.protobuf.message import DecodeError  # noqa: PLC0415  comes with TensorFlow
    from tensorflow.core.protobuf import tensor_bundle_pb2 as protos  # noqa: PLC0415  set up by now

    table = read_table(index)
    if HEADER not in table:
        raise LegacyFileDamagedError(index, "has no header, so it is no index of a checkpoint")
    try:
        header = protos.BundleHeaderProto.FromString(bytes(table.pop(HEADER)))
        return header, {key: protos.BundleEntryProto.FromString(bytes(value)) for key, value in table.items()}
    except DecodeError as error:
        raise LegacyFileDamagedError(index, "holds an entry that is no entry of a checkpoint") from error


def _data_sizes(index: Path, prefix: Path, shards: int) -> list[int]:
    """Return the bytes of each data file, all of which have to be there."""
    if not 0 < shards <= MOST_SHARDS:
        raise LegacyFileDamagedError(index, f"says that there are {shards} data files")
    files = [prefix.with_name(f"{prefix.name}.data-{k:05}-of-{shards:05}") for k in range(shards)]
    for file in files:
        if not file.is_file():
            raise LegacyShardMissingError(index, file)
    return [file.stat().st_size for file in files]


def _require_inside(index: Path, name: str, entry: Any, sizes: list[int]) -> None:  # noqa: ANN401  a BundleEntryProto
    if not 0 <= entry.shard_id < len(sizes) or entry.offset < 0 or entry.size < 0:
        raise LegacyFileDamagedError(
            index, f"says that {name!r} lies in data file {entry.shard_id}, byte {entry.offset}"
        )
    end, there = entry.offset + entry.size, sizes[entry.shard_id]
    if end > there:
        problem = f"says that {name!r} ends at byte {end:,} of data file {entry.shard_id}, which has {there:,}"
        raise LegacyFileDamagedError(index, problem, "The data file is cut off: fetch or copy it again.")
