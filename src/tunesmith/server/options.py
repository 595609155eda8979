"""What `tunesmith serve` was told, as the server and its driver both need it."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Self

from tunesmith.server.folder import Folder


@dataclass(frozen=True, kw_only=True)
class ServerOptions:
    """Where a server works, and with what."""

    data: Path  # absolute
    host: str = "127.0.0.1"
    port: int = 8642
    settings: Path | None = None  # None: settings.yaml in the data folder, if it is there
    database: str | None = None  # the URL of a store elsewhere
    s3_endpoint: str | None = None  # a real S3 or a compatible store, instead of the embedded one
    cpus: int | None = None  # None: all of the machine
    gpus: tuple[str, ...] | None = None
    ui_open: bool = False  # whether the page is shown without a sign-in; only at a loopback address
    shows: str | None = None  # the tuning job whose page is all that it is for; somebody else drives it then

    @property
    def folder(self) -> Folder:
        """The data folder."""
        return Folder(self.data, self.database, self.s3_endpoint)

    def to_json(self) -> str:
        """These options as text, for another process."""
        return json.dumps(asdict(self), default=str)

    @classmethod
    def from_json(cls, text: str) -> Self:
        """The options of a text by `to_json`."""
        read = json.loads(text)
        read["data"] = Path(read["data"])
        read["settings"] = None if read["settings"] is None else Path(read["settings"])
        read["gpus"] = None if read["gpus"] is None else tuple(read["gpus"])
        return cls(**read)
