"""CRCs that the standard library lacks, with numpy: a block is cut into lanes that advance side by side.

Notation: a CRC without its initial and final inversion is linear over GF(2), so that the one of a followed by b is
(a's moved on by len(b) zero bytes) xor b's. "Moving on" is a linear map, held as one table of 256 words for each byte.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

Words: TypeAlias = npt.NDArray[np.uint64]

_LANES, _LANE = 2048, 128  # bytes of a lane; a block is 256 KiB


@dataclass(frozen=True)
class Polynomial:
    """Which CRC: its width in bytes, and its polynomial with the bits reversed."""

    width: int
    reversed: int


CRC32C = Polynomial(4, 0x82F63B78)
"""Castagnoli's."""

CRC64NVME = Polynomial(8, 0x9A6C9329AC4BC9B5)
"""The one of the NVM Express specification."""


class WideCrc:
    """A CRC that grows with the content, as hashlib's digests do."""

    def __init__(self, polynomial: Polynomial) -> None:
        self._polynomial = polynomial
        self._inversion = 2 ** (8 * polynomial.width) - 1
        self._value = self._inversion
        self._waiting = bytearray()

    def update(self, data: bytes, /) -> None:
        """Take in the next bytes."""
        self._waiting += data
        block = _LANES * _LANE
        while len(self._waiting) >= block:
            self._value = self._whole_block(bytes(self._waiting[:block]))
            del self._waiting[:block]

    def digest(self) -> bytes:
        """Give the checksum of all bytes so far."""
        table: list[int] = _step_table(self._polynomial).tolist()
        value: int = self._value
        for byte in self._waiting:
            value = table[(value ^ byte) & 0xFF] ^ (value >> 8)
        return int(value ^ self._inversion).to_bytes(self._polynomial.width, "big")

    def _whole_block(self, block: bytes) -> int:
        columns = np.frombuffer(block, np.uint8).reshape(_LANES, _LANE).T.astype(np.uint64)
        lanes = np.zeros(_LANES, np.uint64)
        lanes[0] = self._value
        table = _step_table(self._polynomial)
        for column in columns:
            lanes = table[(lanes ^ column) & np.uint64(0xFF)] ^ (lanes >> np.uint64(8))
        length = _LANE
        while len(lanes) > 1:
            lanes = _apply(_moving_on(self._polynomial, length), lanes[0::2]) ^ lanes[1::2]
            length *= 2
        return int(lanes[0])


@cache
def _step_table(polynomial: Polynomial) -> Words:
    """What each value of the lowest byte becomes when it is shifted out."""
    table = np.arange(256, dtype=np.uint64)
    for _ in range(8):
        table = np.where(table & np.uint64(1), np.uint64(polynomial.reversed), np.uint64(0)) ^ (
            table >> np.uint64(1)
        )
    return table


@cache
def _moving_on(polynomial: Polynomial, length: int) -> Words:
    """Give the tables that move a CRC on by a number of zero bytes, a power of two."""
    if length > 1:
        half = _moving_on(polynomial, length // 2)
        return np.stack([_apply(half, table) for table in half])
    places = [np.arange(256, dtype=np.uint64) << np.uint64(8 * place) for place in range(polynomial.width)]
    table = _step_table(polynomial)
    return np.stack([table[words & np.uint64(0xFF)] ^ (words >> np.uint64(8)) for words in places])


def _apply(tables: Words, words: Words) -> Words:
    moved = np.zeros_like(words)
    for place, table in enumerate(tables):
        moved ^= table[(words >> np.uint64(8 * place)) & np.uint64(0xFF)]
    return moved
