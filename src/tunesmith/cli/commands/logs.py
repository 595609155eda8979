"""`tunesmith logs`: the output of a training job."""

from __future__ import annotations

import io
import shutil
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

import click

from tunesmith.cli import options
from tunesmith.cli.session import Session

if TYPE_CHECKING:
    from tunesmith.store.records import TrialRecord

_POLL_SECONDS = 0.3


@click.command("logs", short_help="Print the output of a training job.")
@click.argument("job_and_number", nargs=-1, metavar="[NAME] [NUMBER]")
@click.option("--follow", is_flag=True, help="Go on as long as the training job writes.")
@options.data_option
def command(job_and_number: tuple[str, ...], follow: bool, data: Path) -> None:
    """Print the output of training job NUMBER of the tuning job NAME.

    By default, NAME is the newest tuning job and NUMBER its newest training job; a single word of digits is
    the NUMBER.
    """
    session = Session(data)
    name, number = _parse(job_and_number)
    job = session.existing(name).job.name
    trial = session.store.trial(job, number if number is not None else _newest(session, job))
    output = sys.stdout.buffer
    with _open(session, trial) as log:
        shutil.copyfileobj(log, output)
        while follow and not trial.state.is_final:
            output.flush()
            time.sleep(_POLL_SECONDS)
            trial = session.store.trial(job, trial.number)  # asked first: at its end, all is written
            shutil.copyfileobj(log, output)


def _open(session: Session, trial: TrialRecord) -> BinaryIO:
    try:
        return session.run_folder(trial).log.open("rb")
    except FileNotFoundError:
        return io.BytesIO()


def _parse(words: tuple[str, ...]) -> tuple[str | None, int | None]:
    match words:
        case ():
            return None, None
        case (word,):
            return (None, int(word)) if word.isdecimal() else (word, None)
        case (name, number) if number.isdecimal():
            return name, int(number)
        case _:
            msg = "give the NAME of a tuning job and the NUMBER of a training job"
            raise click.UsageError(msg)


def _newest(session: Session, name: str) -> int:
    count = sum(session.store.counts(name).values())
    if not count:
        msg = f"the tuning job {name!r} has no training jobs yet"
        raise click.ClickException(msg)
    return count
