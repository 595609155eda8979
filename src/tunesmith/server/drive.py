"""Drives the tuning jobs of a server: `python -m tunesmith.server.drive`, started by `driver.Driver`.

The first line of standard input is the server's options; any other line is a wake-up, and its end is the order to
end, which also comes when the server is killed.
"""

from __future__ import annotations

import logging
import signal
import sys
import threading

from tunesmith.control.fleet import Fleet
from tunesmith.server.options import ServerOptions


def main() -> None:
    """Drive until standard input ends; training jobs go on."""
    logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the server says when to end
    options = ServerOptions.from_json(sys.stdin.readline())
    folder = options.folder
    with folder.store() as store:
        fleet = Fleet(store, lambda: folder.backend(options.cpus, options.gpus))
        threading.Thread(target=_listen, args=(fleet,), name="server", daemon=True).start()
        fleet.run()


def _listen(fleet: Fleet) -> None:
    for _ in sys.stdin:
        fleet.wake()
    fleet.stop()


if __name__ == "__main__":
    main()
