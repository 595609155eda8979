"""Shows the page of a data folder whose jobs somebody else drives: `python -m tunesmith.server.show`.

Started by `tunesmith tune --ui`. The first line of standard input is the server's options; the end of it is the order to
end, which also comes when the command is killed. What the server says goes to standard output, one line after another.
"""

from __future__ import annotations

import os
import signal
import sys
import threading

from tunesmith.server.options import ServerOptions
from tunesmith.server.serve import ServeError, serve


def main() -> None:
    """Serve until standard input ends."""
    options = ServerOptions.from_json(sys.stdin.readline())
    threading.Thread(target=_end_with_input, name="command", daemon=True).start()
    try:
        serve(options, say=lambda line: print(line, flush=True))  # noqa: T201 - the command reads it
    except ServeError as error:
        sys.exit(str(error))


def _end_with_input() -> None:
    for _ in sys.stdin:
        pass
    os.kill(os.getpid(), signal.SIGTERM)


if __name__ == "__main__":
    main()
