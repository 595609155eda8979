"""A server of the page whose tuning jobs nobody drives but a test: python undriven.py PORT FOLDER [PAGE.py ...]."""

from __future__ import annotations

import runpy
import sys
from datetime import UTC, datetime
from pathlib import Path

import uvicorn

from tunesmith.api.keys import Keys
from tunesmith.control.service import Service
from tunesmith.storage.transfer import Places
from tunesmith.store.store import Store
from tunesmith.web import site


def main() -> None:
    port, folder = int(sys.argv[1]), Path(sys.argv[2])
    for more in sys.argv[3:]:
        runpy.run_path(more)
    page = site.create(
        Service(Store(f"sqlite:///{folder / 'tunesmith.db'}")),
        Keys(folder / "keys.json"),
        now=lambda: datetime.now(UTC),
        cpus=2,
        gpus=1,
        data=folder,
        places=Places(objects=folder / "s3"),
        port=port,
        is_open=True,
    )
    uvicorn.run(page, port=port, log_level="warning", ws="websockets-sansio", access_log=False)


if __name__ == "__main__":
    main()
