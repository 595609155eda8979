"""The `tunesmith` command: its commands, and what the user sees when something goes wrong."""

from __future__ import annotations

import errno
import sys
import tempfile
import traceback
from pathlib import Path
from typing import Any

import click

from tunesmith.cli.commands import (
    describe,
    env,
    export,
    init,
    interrupt,
    jobs,
    keys,
    logs,
    pause,
    report,
    resume,
    serve,
    stop,
    suggest,
    trials,
    tune,
    ui,
)
from tunesmith.store.errors import StoreError
from tunesmith.version import __version__

BUG_EXIT_CODE = 70  # EX_SOFTWARE of sysexits.h

_FAULTS_OF_THE_MACHINE = {
    errno.EACCES,
    errno.EDQUOT,
    errno.EIO,
    errno.EMFILE,
    errno.ENFILE,
    errno.ENOSPC,
    errno.ENOTDIR,
    errno.EPERM,
    errno.EROFS,
}


class _Commands(click.Group):
    """Commands in the order in which they were added; what the store and the disk complain of is shown."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The names of the commands, the most important first."""
        del ctx
        return list(self.commands)

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command that was asked for."""
        try:
            return super().invoke(ctx)
        except StoreError as error:
            raise click.ClickException(str(error)) from error
        except OSError as error:
            if error.errno not in _FAULTS_OF_THE_MACHINE:
                raise
            where = "" if error.filename is None else f"{error.filename}: "
            msg = f"{where}{error.strerror}"
            raise click.ClickException(msg) from error


@click.group(
    cls=_Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100}
)
@click.version_option(__version__, prog_name="tunesmith")
def tunesmith() -> None:
    """Find good hyperparameters for a training script, on this machine.

    \b
    Start:     tunesmith init SCRIPT.py, tunesmith tune FILE.yaml
    Look:      tunesmith jobs | describe | trials | logs | report
    Step in:   tunesmith pause | suggest | stop
    Go on:     tunesmith resume
    """  # noqa: D301 - click's mark for a paragraph that keeps its lines


for _module in (
    init,
    tune,
    jobs,
    describe,
    trials,
    logs,
    stop,
    pause,
    suggest,
    interrupt,
    resume,
    report,
    export,
    serve,
    ui,
    env,
    keys,
):
    tunesmith.add_command(_module.command)


def main() -> None:
    """Run the command line and exit with its code."""
    try:
        code = tunesmith.main(standalone_mode=False)
    except click.ClickException as error:
        error.show()
        code = error.exit_code
    except (click.Abort, KeyboardInterrupt):
        click.echo("Interrupted.", err=True)
        code = 130
    except Exception as error:  # noqa: BLE001 - the last line of defence: say what to report
        code = _report_bug(error)
    sys.exit(code)


def _report_bug(error: Exception) -> int:
    """Keep the traceback in a file and tell the user what to do with it."""
    with tempfile.NamedTemporaryFile("w", prefix="tunesmith-", suffix=".txt", delete=False) as file:
        file.write(f"tunesmith {__version__}, Python {sys.version}\n{sys.argv}\n\n")
        traceback.print_exception(error, file=file)
    click.echo(f"Error: this is a bug in Tunesmith: {type(error).__name__}: {error}", err=True)
    click.echo(f"Please report it with the file {Path(file.name)}. Training jobs that run go on;", err=True)
    click.echo("`tunesmith resume` takes the tuning job up again.", err=True)
    return BUG_EXIT_CODE
