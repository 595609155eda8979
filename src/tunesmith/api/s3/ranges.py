"""Parts of objects."""

from __future__ import annotations

import re
from dataclasses import dataclass

from tunesmith.api.s3.errors import Code, S3Error, invalid_argument
from tunesmith.storage.records import ObjectInfo

_RANGE = re.compile(r"bytes=([0-9]{0,19})-([0-9]{0,19})")


@dataclass(frozen=True)
class Range:
    """Some bytes of an object that has `size`."""

    start: int
    length: int
    size: int

    @property
    def headers(self) -> dict[str, str]:
        """Say which bytes these are."""
        return {"content-range": f"bytes {self.start}-{self.start + self.length - 1}/{self.size}"}


def read_range(text: str | None, size: int) -> Range | None:
    """Give the range that a Range header asks for; None: everything, also for what is no single range of bytes.

    Raises S3Error if the object has none of these bytes.
    """
    found = _RANGE.fullmatch(text.replace(" ", "")) if text else None
    if found is None or found[0] == "bytes=-":
        return None
    first, last = found[1], found[2]
    if first and last and int(last) < int(first):
        return None
    start = int(first) if first else max(0, size - int(last))
    end = min(size, int(last) + 1) if first and last else size
    if start >= end:
        raise S3Error(
            Code.INVALID_RANGE,
            "The requested range is not satisfiable.",
            {"content-range": f"bytes */{size}"},
        )
    return Range(start, end - start, size)


def part_range(info: ObjectInfo, number: int) -> Range | None:
    """Give the bytes that were a part of a multipart upload; another object has one part, itself.

    None: it is empty.
    """
    sizes = info.parts or (info.size,)
    if number > len(sizes):
        raise S3Error(Code.INVALID_RANGE, f"The object has {len(sizes)} parts; there is no part {number}.")
    if not info.size:
        return None
    return Range(sum(sizes[: number - 1]), sizes[number - 1], info.size)


def source_range(text: str | None, size: int) -> Range:
    """Give the range of an object that is to be copied; raises S3Error for anything but bytes=FIRST-LAST."""
    if text is None:
        return Range(0, size, size)
    found = _RANGE.fullmatch(text)
    if found is None or not found[1] or not found[2] or not int(found[1]) <= int(found[2]) < size:
        allowed = f"bytes=FIRST-LAST, within the {size} bytes of the source"
        raise invalid_argument(name="x-amz-copy-source-range", value=text, allowed=allowed)
    return Range(int(found[1]), int(found[2]) + 1 - int(found[1]), size)
