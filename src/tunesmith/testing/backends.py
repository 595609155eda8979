"""The contract of backends, as a test suite. Needs pytest.

Whoever writes a backend runs it over theirs:

    class TestMine(BackendContract):
        @pytest.fixture
        def make(self, tmp_path: Path) -> Callable[[], Backend]:
            return lambda: Mine(tmp_path)

The jobs of the suite are shell commands. A backend that runs something else overrides the methods that give works.
"""

from __future__ import annotations

import json
import shlex
import time
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tunesmith.backends.protocol import Backend
from tunesmith.core.training_job import (
    Command,
    Cursor,
    Ending,
    Function,
    Handle,
    JobStatus,
    JobUpdate,
    Resources,
    TrainingJob,
    Work,
)

PATIENCE = 60.0
"""Seconds after which the suite gives up waiting; no test needs them unless it fails."""


@dataclass(frozen=True)
class Story:
    """Everything that a backend has told of a job, up to its end."""

    last: JobUpdate  # with the final status
    log: bytes
    reports: bytes
    readings: int  # calls of `poll` that brought output
    statuses: tuple[JobStatus, ...]  # each once, in order


def follow(
    backend: Backend, handles: Iterable[Handle], cursors: Mapping[Handle, Cursor] | None = None
) -> dict[Handle, Story]:
    """Poll these jobs until all have ended; give what was told of each."""
    stories: dict[Handle, Story] = {}
    started = cursors or {}
    waiting = {handle: started.get(handle, Cursor()) for handle in handles}
    deadline = time.monotonic() + PATIENCE
    while waiting:
        assert time.monotonic() < deadline, f"still not ended: {sorted(waiting)}"
        updates = backend.poll(waiting)
        assert [update.handle for update in updates] == list(waiting), (
            "one update a handle, in the order given"
        )
        for update in updates:
            stories[update.handle] = _continued(stories.get(update.handle), update)
            waiting[update.handle] = update.cursor
            if update.status.is_final:
                del waiting[update.handle]
        if waiting:
            backend.wait(1.0)
    return stories


def wait_until(backend: Backend, handle: Handle, is_so: Callable[[JobUpdate], bool]) -> JobUpdate:
    """Poll a job, always from its beginning, until something is so of it."""
    deadline = time.monotonic() + PATIENCE
    while True:
        (update,) = backend.poll({handle: Cursor()})
        if is_so(update):
            return update
        assert not update.status.is_final, f"ended before: {update}"
        assert time.monotonic() < deadline, f"not yet: {update}"
        backend.wait(1.0)


def _continued(story: Story | None, update: JobUpdate) -> Story:
    before = story or Story(update, b"", b"", 0, ())
    is_new = update.status not in before.statuses
    return Story(
        last=update,
        log=before.log + update.log,
        reports=before.reports + update.reports,
        readings=before.readings + bool(update.log or update.reports),
        statuses=(*before.statuses, update.status) if is_new else before.statuses,
    )


class BackendContract:
    """What every backend must hold, wherever it runs jobs. Subclass it and override the fixture `make`.

    The backend must have room for two jobs at a time.
    """

    @pytest.fixture
    def make(self) -> Callable[[], Backend]:
        """Give a function that makes the backend; made twice, the second is as after a restart of the first."""
        raise NotImplementedError

    @pytest.fixture
    def backend(self, make: Callable[[], Backend]) -> Backend:
        """Give the backend under test."""
        return make()

    def printing(self, *lines: str) -> Work:
        """Give work that prints these lines and ends well."""
        return Command(("sh", "-c", "printf '%s\\n' \"$@\"", "sh", *lines))

    def failing(self) -> Work:
        """Give work that prints `oops` and fails with exit code 3."""
        return Command(("sh", "-c", "echo oops; exit 3"))

    def endless(self) -> Work:
        """Give work that prints `up` and goes on until it is stopped."""
        return Command(("sh", "-c", "echo up; exec sleep 600"))

    def marking(self, path: Path) -> Work:
        """Give work that adds a line to a file each time that it runs."""
        return Command(("sh", "-c", f"echo run >> {shlex.quote(str(path))}"))

    def reporting(self, *lines: str) -> Work:
        """Give work that adds these lines to the file that TUNESMITH_REPORTS names."""
        return Command(("sh", "-c", 'printf "%s\\n" "$@" >> "$TUNESMITH_REPORTS"', "sh", *lines))

    def impossible(self) -> Work:
        """Give work that the backend can never run."""
        return Function(len)

    def job(self, work: Work, name: str = "job-1") -> TrainingJob:
        """Give a training job for some work."""
        return TrainingJob(name=name, work=work, grace_seconds=5.0)

    def test_a_job_that_ends_well_is_completed(self, backend: Backend) -> None:
        """Completed, by itself, with all its output, exit code 0 and times."""
        before = datetime.now(UTC) - timedelta(seconds=1)
        handle = backend.start(self.job(self.printing("one", "zwei ä")))
        story = follow(backend, [handle])[handle]
        assert story.last.status is JobStatus.COMPLETED
        assert story.last.ending is Ending.EXITED
        assert story.last.exit_code == 0
        assert story.last.reason is None
        assert story.log.decode() == "one\nzwei ä\n"
        assert story.last.started_at is not None
        assert story.last.ended_at is not None
        assert before <= story.last.started_at <= story.last.ended_at <= datetime.now(UTC)

    def test_a_job_that_fails_says_why(self, backend: Backend) -> None:
        """Failed, with a reason, the exit code and all its output."""
        handle = backend.start(self.job(self.failing()))
        story = follow(backend, [handle])[handle]
        assert story.last.status is JobStatus.FAILED
        assert story.last.ending is Ending.EXITED
        assert story.last.exit_code == 3
        assert story.last.reason
        assert story.log == b"oops\n"

    def test_a_job_is_started_once(self, make: Callable[[], Backend], tmp_path: Path) -> None:
        """Whoever starts it again, before or after its end, gets the same handle and no second run."""
        job = self.job(self.marking(tmp_path / "runs"))
        backend = make()
        handle = backend.start(job)
        assert backend.start(job) == handle
        follow(backend, [handle])
        assert backend.start(job) == handle
        assert make().start(job) == handle
        assert follow(backend, [handle])[handle].last.status is JobStatus.COMPLETED
        assert (tmp_path / "runs").read_text() == "run\n"

    def test_a_later_attempt_runs_again(self, make: Callable[[], Backend], tmp_path: Path) -> None:
        """Each attempt of a job is started once, has a handle of its own, and leaves the others' ends known."""
        backend, first = make(), self.job(self.marking(tmp_path / "runs"))
        second = replace(first, attempt=2)
        handle = backend.start(first)
        follow(backend, [handle])
        again = backend.start(second)
        assert again != handle
        assert backend.start(second) == again
        follow(backend, [again])
        assert make().start(second) == again
        assert (tmp_path / "runs").read_text() == "run\n" * 2
        assert follow(backend, [handle])[handle].last.status is JobStatus.COMPLETED

    def test_concurrent_starts_start_once(self, make: Callable[[], Backend], tmp_path: Path) -> None:
        """Two who start the same jobs at the same time run each of them once."""
        jobs = [self.job(self.marking(tmp_path / "runs"), f"job-{number}") for number in range(6)]
        backends = [make(), make()]
        with ThreadPoolExecutor(2) as pool:
            started = list(pool.map(lambda backend: [backend.start(job) for job in jobs], backends))
        assert started[0] == started[1]
        follow(backends[0], started[0])
        follow(backends[1], started[1])
        assert (tmp_path / "runs").read_text() == "run\n" * len(jobs)

    def test_jobs_are_found_after_a_restart(self, make: Callable[[], Backend]) -> None:
        """Another backend of the same place knows ended and running jobs by their handles."""
        first = make()
        ended = first.start(self.job(self.printing("done"), "job-1"))
        follow(first, [ended])
        running = first.start(self.job(self.endless(), "job-2"))
        wait_until(first, running, lambda update: update.log == b"up\n")
        second = make()
        assert follow(second, [ended])[ended].log == b"done\n"
        update = wait_until(second, running, lambda _: True)
        assert (update.status, update.ending) == (JobStatus.RUNNING, None)
        second.stop(running)
        assert follow(second, [running])[running].last.status is JobStatus.STOPPED

    def test_a_stopped_job_is_stopped(self, backend: Backend) -> None:
        """Stopped, with a reason; asking again does no harm, then and later."""
        handle = backend.start(self.job(self.endless()))
        wait_until(backend, handle, lambda update: update.log == b"up\n")
        backend.stop(handle)
        backend.stop(handle)
        story = follow(backend, [handle])[handle]
        assert (story.last.status, story.last.ending) == (JobStatus.STOPPED, Ending.STOPPED)
        assert story.last.reason
        backend.stop(handle)
        assert follow(backend, [handle])[handle].last == replace(story.last, log=b"up\n")

    def test_a_job_can_be_stopped_at_once(self, backend: Backend) -> None:
        """A stop that comes before the job is up is not lost."""
        handle = backend.start(self.job(self.endless()))
        backend.stop(handle)
        last = follow(backend, [handle])[handle].last
        assert (last.status, last.ending) == (JobStatus.STOPPED, Ending.STOPPED)

    def test_stopping_an_ended_or_unknown_job_is_harmless(self, backend: Backend) -> None:
        """What has completed stays so."""
        handle = backend.start(self.job(self.printing("done")))
        follow(backend, [handle])
        backend.stop(handle)
        backend.stop("never-started")
        assert follow(backend, [handle])[handle].last.status is JobStatus.COMPLETED

    def test_a_job_that_runs_too_long_is_stopped(self, backend: Backend) -> None:
        """Stopped, with a reason that says so."""
        handle = backend.start(replace(self.job(self.endless()), max_seconds=0.3))
        story = follow(backend, [handle])[handle]
        assert (story.last.status, story.last.ending) == (JobStatus.STOPPED, Ending.MAX_SECONDS)
        assert "0.3" in (story.last.reason or "")

    def test_an_unknown_job_has_failed(self, backend: Backend) -> None:
        """A job that vanished is Failed, lost, with a reason, and the others are told of as ever."""
        known = backend.start(self.job(self.printing("done")))
        stories = follow(backend, ["never-started", known])
        assert stories["never-started"].last.status is JobStatus.FAILED
        assert stories["never-started"].last.ending is Ending.LOST
        assert stories["never-started"].last.reason
        assert stories[known].last.status is JobStatus.COMPLETED

    def test_output_goes_on_at_the_cursor(self, backend: Backend) -> None:
        """From each cursor on, a job's output is told once, whatever has been read before."""
        handle = backend.start(self.job(self.printing("one", "two", "three")))
        follow(backend, [handle])
        story = follow(backend, [handle], {handle: Cursor(log=4)})[handle]
        assert story.log == b"two\nthree\n"
        assert story.last.cursor.log == 14
        assert follow(backend, [handle], {handle: story.last.cursor})[handle].log == b""

    def test_reports_are_told(self, backend: Backend) -> None:
        """What a job reports comes as it was written, apart from its log."""
        lines = [json.dumps({"time": number, "metrics": {"loss": number}}) for number in range(3)]
        handle = backend.start(self.job(self.reporting(*lines)))
        story = follow(backend, [handle])[handle]
        assert story.reports.decode().splitlines() == lines
        assert story.log == b""
        assert story.last.cursor.reports == len(story.reports)

    def test_logs_can_be_read_again(self, backend: Backend) -> None:
        """The lines of a job's output, from any byte on, while it runs and later."""
        handle = backend.start(self.job(self.printing("one", "two", "three")))
        follow(backend, [handle])
        assert list(backend.logs(handle)) == ["one", "two", "three"]
        assert list(backend.logs(handle, after=4)) == ["two", "three"]
        assert list(backend.logs("never-started")) == []

    def test_room_is_what_is_free(self, backend: Backend) -> None:
        """A running job takes room, an ended one gives it back."""
        need = Resources()
        before = backend.room(need)
        assert before >= 2
        handle = backend.start(self.job(self.endless()))
        assert backend.room(need) == before - 1
        backend.stop(handle)
        follow(backend, [handle])
        assert backend.room(need) == before

    def test_impossible_work_is_refused(self, backend: Backend) -> None:
        """ValueError, and the job's name stays free for work that is possible."""
        with pytest.raises(ValueError, match="work"):
            backend.start(self.job(self.impossible()))
        handle = backend.start(self.job(self.printing("done")))
        assert follow(backend, [handle])[handle].last.status is JobStatus.COMPLETED
