"""`tunesmith serve`: the SageMaker-compatible API for this machine."""

from __future__ import annotations

from pathlib import Path

import click

from tunesmith.cli import options

_MISSING = "the server needs more packages: pip install 'tunesmith[server]'"


@click.command("serve", short_help="Serve the SageMaker API.")
@options.data_option
@click.option("--host", default="127.0.0.1", show_default=True, help="The address to listen at.")
@click.option(
    "--port", type=click.IntRange(0, 65535), default=8642, show_default=True, help="The port to listen at."
)
@click.option(
    "--settings",
    type=click.Path(dir_okay=False, exists=True, path_type=Path),
    help="The file of settings.  [default: settings.yaml in the data folder, if there is one]",
)
@click.option("--database", metavar="URL", help="A store elsewhere, as postgresql://USER@HOST/DATABASE.")
@click.option(
    "--s3-endpoint",
    metavar="URL",
    envvar="AWS_ENDPOINT_URL_S3",
    show_envvar=True,
    help="A real S3 or a compatible store, instead of the one that is served here.",
)
@options.cpus_option
@options.gpus_option
@click.option(
    "--ui-open",
    is_flag=True,
    help="Show the page in the browser without a sign-in; only at a loopback address.",
)
def command(
    data: Path,
    host: str,
    port: int,
    settings: Path | None,
    database: str | None,
    s3_endpoint: str | None,
    cpus: int | None,
    gpus: tuple[str, ...] | None,
    ui_open: bool,
) -> None:
    """Serve the SageMaker API for tuning and training, with S3 and logs beside it, and a page at /ui, on one port.

    `eval "$(tunesmith env)"` points boto3, the aws CLI and the SageMaker SDK at it. The link that is printed signs
    a browser in; `tunesmith ui` prints another.
    """
    try:
        from tunesmith.server.options import ServerOptions  # noqa: PLC0415 - an extra
        from tunesmith.server.serve import ServeError, serve  # noqa: PLC0415 - as above
    except ImportError as error:
        msg = f"{_MISSING} ({error})"
        raise click.ClickException(msg) from error
    wanted = ServerOptions(
        data=data.absolute(),
        host=host,
        port=port,
        settings=None if settings is None else settings.absolute(),
        database=database,
        s3_endpoint=s3_endpoint,
        cpus=cpus,
        gpus=gpus,
        ui_open=ui_open,
    )
    try:
        serve(wanted, say=click.echo)
    except ServeError as error:
        raise click.ClickException(str(error)) from error
