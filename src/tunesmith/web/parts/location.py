"""The address of a page, which says what is shown: whoever opens it again or is sent it sees the same."""

from __future__ import annotations

import json

from nicegui import ui


def keep_in_address(address: str) -> None:
    """Have the browser show another address, of this page, without going there."""
    ui.run_javascript(f"history.replaceState(history.state, '', {json.dumps(address)})")
