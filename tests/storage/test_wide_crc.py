from __future__ import annotations

import random
import zlib

import pytest

from tunesmith.storage.wide_crc import CRC32C, CRC64NVME, Polynomial, WideCrc

CRC32 = Polynomial(4, 0xEDB88320)  # zlib's


def crc(polynomial: Polynomial, *pieces: bytes) -> bytes:
    digest = WideCrc(polynomial)
    for piece in pieces:
        digest.update(piece)
    return digest.digest()


@pytest.mark.parametrize(("polynomial", "check"), [(CRC32C, "e3069283"), (CRC64NVME, "ae8b14860a799888")])
def test_published_check_values(polynomial: Polynomial, check: str) -> None:
    assert crc(polynomial, b"123456789").hex() == check


@pytest.mark.parametrize("length", [0, 1, 2**18 - 1, 2**18, 2**18 + 1, 3 * 2**18 + 77])
def test_agrees_with_zlib(length: int) -> None:
    data = random.Random(length).randbytes(length)
    assert crc(CRC32, data) == zlib.crc32(data).to_bytes(4, "big")
    assert crc(CRC32, data[:100], data[100:]) == zlib.crc32(data).to_bytes(4, "big")


def test_pieces_do_not_matter() -> None:
    data = random.Random(1).randbytes(2**19 + 5)
    assert crc(CRC64NVME, data) == crc(CRC64NVME, data[: 2**18 + 3], data[2**18 + 3 :])
