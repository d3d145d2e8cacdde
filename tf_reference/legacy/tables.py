"""The sorted table of keys and values that V1 checkpoints and the indices of V2 checkpoints are, read by its bytes.

    table  = block* index_block footer          each block is followed by a type byte and a checksum of 4 bytes
    block  = entry* restart_offset* count       the last two little-endian, 4 bytes each
    entry  = shared unshared length key value   three varints; `shared` bytes of the key are the last key's first
    footer = varints of two handles, filled up to 40 bytes, and MAGIC

Here and not by TensorFlow's reader, which takes a file's word for its sizes; that one reads what was found sound.
Source: tensorflow/core/lib/io/format.cc, block.cc.
"""

from __future__ import annotations

import mmap
from collections.abc import Iterator
from pathlib import Path

from tf_reference.legacy.checksums import crc32c, masked
from tf_reference.legacy.errors import LegacyFileDamagedError

MAGIC = bytes.fromhex("57fb808b247547db")
FOOTER = 48  # bytes
TRAILER = 5  # bytes after each block
PLAIN = 0  # the type byte of a block that is not compressed
BEGINS = b"\0\0"  # nothing shared, nothing of its own: the key of the header
_END_OF_VARINT = 128


def is_table(path: Path) -> bool:
    """Return whether the file ends as a table does."""
    with path.open("rb") as file:
        size = file.seek(0, 2)
        file.seek(max(0, size - len(MAGIC)))
        return size >= FOOTER and file.read() == MAGIC


def begins_as_table(path: Path) -> bool:
    """Return whether the file begins as a checkpoint's table does: with an entry of no key."""
    with path.open("rb") as file:
        return file.read(len(BEGINS)) == BEGINS


def require_whole(path: Path) -> None:
    """Return if the file ends as a table does, LegacyFileDamagedError otherwise, which says whether it is cut off."""
    if is_table(path):
        return
    size = path.stat().st_size
    if begins_as_table(path):
        problem = f"begins as a checkpoint's table does and is cut off: the footer is missing after its {size:,} bytes"
        raise LegacyFileDamagedError(path, problem)
    problem = f"neither begins nor ends as a table of TensorFlow's does ({size:,} bytes), so it is no checkpoint"
    raise LegacyFileDamagedError(path, problem, "Name another file, or write the checkpoint again.")


def read_table(path: Path) -> dict[bytes, memoryview]:
    """Return key -> value of a table; the values stay in the file until they are looked at.

    Raises:
        LegacyFileDamagedError: it is none, or an offset in it leads out of it.
    """
    require_whole(path)
    with path.open("rb") as file:
        data = memoryview(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ))
    try:
        return dict(_entries(data))
    except (IndexError, ValueError, OverflowError) as error:
        raise LegacyFileDamagedError(path, f"is damaged: an offset in it leads out of it ({error})") from error


def _entries(data: memoryview) -> Iterator[tuple[bytes, memoryview]]:
    footer = data[-FOOTER:]
    at = _handle(footer, 0)[1]  # that of the meta index, which is empty
    (start, size), _ = _handle(footer, at)
    for _, handle in _block(data, start, size):
        (start, size), _ = _handle(handle, 0)
        yield from _block(data, start, size)


def _block(data: memoryview, start: int, size: int) -> Iterator[tuple[bytes, memoryview]]:
    if start + size + TRAILER > len(data) - FOOTER:
        raise ValueError(f"block of {size} bytes at {start} in {len(data)}")
    if data[start + size] != PLAIN:
        raise ValueError("a block is compressed, which TensorFlow's checkpoints are not")
    block = data[start : start + size]
    end = size - 4 - 4 * int.from_bytes(block[-4:], "little")
    at, key = 0, b""
    while at < end:
        shared, at = _varint(block, at)
        unshared, at = _varint(block, at)
        length, at = _varint(block, at)
        if shared > len(key) or at + unshared + length > end:
            raise ValueError(f"entry of {length} bytes in a block of {size}")
        key = key[:shared] + bytes(block[at : at + unshared])
        at += unshared
        yield key, block[at : at + length]
        at += length


def require_sound(path: Path) -> None:
    """Return if the checksum of every block is right, LegacyFileDamagedError otherwise."""
    data = memoryview(path.read_bytes())
    (start, size), _ = _handle(data[-FOOTER:], _handle(data[-FOOTER:], 0)[1])
    blocks = [(start, size), *(_handle(handle, 0)[0] for _, handle in _block(data, start, size))]
    for start, size in blocks:
        end = start + size + 1  # the type is summed as well
        if masked(crc32c(data[start:end])) != int.from_bytes(data[end : end + 4], "little"):
            raise LegacyFileDamagedError(path, f"is damaged: the checksum of its block at byte {start:,} is wrong")


def _handle(data: memoryview, at: int) -> tuple[tuple[int, int], int]:
    """Return a block's offset and size, and where the next varint begins."""
    start, at = _varint(data, at)
    size, at = _varint(data, at)
    return (start, size), at


def _varint(data: memoryview, at: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        byte = data[at]
        value |= (byte & 127) << shift
        at, shift = at + 1, shift + 7
        if byte < _END_OF_VARINT:
            return value, at
        if shift > 63:  # noqa: PLR2004  bits of the largest number there may be
            raise ValueError("a number of more than 64 bits")
