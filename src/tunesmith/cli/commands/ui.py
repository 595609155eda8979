"""`tunesmith ui`: a link that signs a browser in to the page of the server."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import click

from tunesmith.cli import options
from tunesmith.cli.commands.keys import opened


@click.command("ui", short_help="Print a link to the page of the server.")
@options.data_option
@click.option("--host", default="127.0.0.1", show_default=True, help="The server's name or address.")
@click.option("--port", type=click.IntRange(1, 65535), default=8642, show_default=True)
def command(data: Path, host: str, port: int) -> None:
    """Print a link to the page of the server `tunesmith serve` that runs; it signs a browser in once, within 15 minutes.

    The link stands for the access key with the label `ui`, which is made when there is none. Revoking the key ends
    what the link has begun.
    """
    from tunesmith.web.links import PAGE_LABEL, sign_in_link  # noqa: PLC0415 - only this command needs it

    address = f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
    with opened(data) as keys:
        key = keys.labelled(PAGE_LABEL)
    click.echo(sign_in_link(address, key, datetime.now(UTC)))
