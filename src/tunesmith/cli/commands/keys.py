"""`tunesmith keys`: who may use the server."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from tunesmith.cli import options

if TYPE_CHECKING:
    from tunesmith.api.keys import AccessKey, Keys


@click.group("keys", short_help="Make, list and revoke access keys.")
def command() -> None:
    """Manage the access keys that clients of `tunesmith serve` sign their requests with.

    Changes hold at once, also for a server that runs.
    """


@command.command("create", short_help="Make an access key.")
@click.argument("label")
@options.data_option
@options.json_option
def create(label: str, data: Path, as_json: bool) -> None:
    """Make an access key; LABEL says for whom or for what, such as `laptop`."""
    from tunesmith.cli import tables  # noqa: PLC0415 - only some commands need it

    with opened(data) as keys:
        key = keys.create(label)
    if as_json:
        click.echo(json.dumps({**_facts(key), "secret": key.secret}, indent=2))
    else:
        click.echo(tables.pairs([("access key id", key.id), ("secret access key", key.secret)]))


@command.command("list", short_help="List the access keys.")
@options.data_option
@options.json_option
def list_keys(data: Path, as_json: bool) -> None:
    """List the access keys, the oldest first, without their secrets."""
    from tunesmith.cli import tables, wording  # noqa: PLC0415 - only some commands need it

    with opened(data) as keys:
        found = keys.list()
    if as_json:
        click.echo(json.dumps([_facts(key) for key in found], indent=2))
    elif found:
        rows = [(key.id, wording.printable(key.label), wording.moment(key.created_at)) for key in found]
        click.echo(tables.table([("ACCESS KEY ID", "LABEL", "CREATED"), *rows]))
    else:
        where = data.absolute()
        click.echo(f"there are no access keys in {where}; `tunesmith keys create LABEL` makes one", err=True)


@command.command("revoke", short_help="Remove an access key.")
@click.argument("access_key", metavar="ID")
@options.data_option
@options.json_option
def revoke(access_key: str, data: Path, as_json: bool) -> None:
    """Remove the access key ID: requests that are signed with it are refused from now on."""
    with opened(data) as keys:
        key = keys.revoke(access_key)
    if as_json:
        click.echo(json.dumps(_facts(key), indent=2))
    else:
        click.echo(f"Revoked {key.id} ({key.label}).", err=True)


@contextmanager
def opened(data: Path) -> Iterator[Keys]:
    """The access keys of a data folder; what is wrong with them becomes a message for the user."""
    from tunesmith.api.keys import FILE_NAME, Keys, KeysError  # noqa: PLC0415 - only some commands need it

    try:
        yield Keys(data.absolute() / FILE_NAME)
    except KeysError as error:
        raise click.ClickException(str(error)) from error


def _facts(key: AccessKey) -> dict[str, str]:
    return {"id": key.id, "label": key.label, "created_at": key.created_at.isoformat()}
