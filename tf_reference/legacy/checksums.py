"""The checksum of a table's blocks, for the values that TensorFlow's own reader does not read.

    crc32c         the cyclic redundancy check by Castagnoli's polynomial, least bit first
    masked(crc)    (crc turned right by 15 bits) + MASK, so that a sum of sums is no fixed point

Source: tensorflow/core/lib/hash/crc32c.h; RFC 3720, appendix B.4.
"""

from __future__ import annotations

from functools import cache

POLYNOMIAL = 0x82F63B78
MASK = 0xA282EAD8
ALL = 0xFFFFFFFF


def crc32c(data: bytes | memoryview) -> int:
    """Return the checksum of these bytes."""
    table, crc = _table(), ALL
    for byte in data:
        crc = table[(crc ^ byte) & 255] ^ (crc >> 8)
    return crc ^ ALL


def masked(crc: int) -> int:
    """Return a checksum as it is written beside what it is of."""
    return ((crc >> 15 | crc << 17) + MASK) & ALL


@cache
def _table() -> tuple[int, ...]:
    return tuple(_shifted(byte) for byte in range(256))


def _shifted(crc: int) -> int:
    for _ in range(8):
        crc = (crc >> 1) ^ (POLYNOMIAL if crc & 1 else 0)
    return crc
