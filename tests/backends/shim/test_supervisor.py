from __future__ import annotations

import errno
import shutil
import signal
import sys
import tarfile
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import psutil
import pytest

from tunesmith.backends.local_process import LocalProcess
from tunesmith.backends.run_folder import RunFolder
from tunesmith.backends.shim import supervisor as supervisor_module
from tunesmith.backends.shim.record import write_record
from tunesmith.backends.shim.supervisor import Supervisor
from tunesmith.core.training_job import Command, Ending, JobStatus, TrainingJob
from tunesmith.testing.backends import Story, follow, wait_until

if TYPE_CHECKING:
    from tunesmith.backends.shim.record import Record

Processes = Callable[[], list[psutil.Process]]


def shell(script: str, name: str = "job", **fields: object) -> TrainingJob:
    fields = {"grace_seconds": 5.0, **fields}
    return TrainingJob(name=name, work=Command(("sh", "-c", script)), **fields)  # type: ignore[arg-type] # as given


def run(backend: LocalProcess, script: str, name: str = "job", **fields: object) -> Story:
    handle = backend.start(shell(script, name, **fields))
    return follow(backend, [handle])[handle]


def has_printed(word: str) -> Callable[..., bool]:
    return lambda update: word.encode() in update.log


def supervisor(root: Path, handle: str) -> psutil.Process:
    process = RunFolder(root / "jobs" / handle).shim()
    assert process is not None
    return psutil.Process(process)


def test_a_job_killed_by_a_signal_says_which(backend: LocalProcess) -> None:
    story = run(backend, "kill -SEGV $$")
    assert story.last.status is JobStatus.FAILED
    assert story.last.exit_code == -signal.SIGSEGV
    assert "SIGSEGV" in (story.last.reason or "")


def test_a_program_that_cannot_run_says_so(backend: LocalProcess, tmp_path: Path) -> None:
    program = tmp_path / "program"
    program.write_text("#!/no/such/interpreter\n")
    program.chmod(0o755)
    handle = backend.start(TrainingJob(name="job", work=Command((str(program),))))
    last = follow(backend, [handle])[handle].last
    assert (last.status, last.ending) == (JobStatus.FAILED, Ending.REFUSED)
    assert f"cannot run '{program}'" in (last.reason or "")


GRANDCHILDREN = """
sleep 600 & setsid sleep 600 & sh -c 'setsid sh -c "trap : TERM; while :; do sleep 600; done" &'
sleep 0.2; echo up
"""


def test_what_a_job_leaves_behind_is_killed(backend: LocalProcess, processes: Processes) -> None:
    story = run(backend, GRANDCHILDREN + "exit 0")
    assert story.last.status is JobStatus.COMPLETED
    assert processes() == []


def test_a_stop_reaches_every_descendant(backend: LocalProcess, processes: Processes) -> None:
    handle = backend.start(
        shell(GRANDCHILDREN + "trap '' TERM; echo deaf; while :; do sleep 1; done", grace_seconds=0.3)
    )
    wait_until(backend, handle, has_printed("deaf"))
    wait_until(backend, handle, lambda _: len(processes()) >= 5)
    backend.stop(handle)
    last = follow(backend, [handle])[handle].last
    assert (last.status, last.exit_code) == (JobStatus.STOPPED, -signal.SIGKILL)
    assert processes() == []


def test_a_script_can_save_its_model_although_its_shell_has_gone(backend: LocalProcess) -> None:
    inner = "trap 'sleep 0.3; echo saved; exit 0' TERM; echo up; while :; do sleep 0.1; done"
    handle = backend.start(shell(f'sh -c "{inner}"; :', grace_seconds=60.0))
    wait_until(backend, handle, has_printed("up"))
    backend.stop(handle)
    story = follow(backend, [handle])[handle]
    assert story.log == b"up\nsaved\n"
    assert story.last.status is JobStatus.STOPPED


def test_workers_are_not_asked_to_end_before_their_parent(backend: LocalProcess) -> None:
    worker = "trap 'echo worker told; exit' TERM; while :; do sleep 0.1; done"
    parent = "trap 'sleep 0.3; echo parent ends; exit 0' TERM; echo up; while :; do sleep 0.1; done"
    handle = backend.start(shell(f'sh -c "{worker}" & {parent}', grace_seconds=60.0))
    wait_until(backend, handle, has_printed("up"))
    backend.stop(handle)
    story = follow(backend, [handle])[handle]
    assert story.log == b"up\nparent ends\nworker told\n"
    assert story.last.exit_code == 0


def test_who_ignores_the_signal_has_its_children_told(backend: LocalProcess) -> None:
    child = "import signal, sys; signal.signal(15, lambda *_: sys.exit('told')); print('up'); signal.pause()"
    handle = backend.start(
        shell(f"trap '' TERM; {sys.executable} -Sc \"{child}\"; echo over", grace_seconds=60.0)
    )
    wait_until(backend, handle, has_printed("up"))
    backend.stop(handle)
    assert follow(backend, [handle])[handle].log == b"up\ntold\nover\n"


def test_a_job_that_ignores_its_time_limit_is_killed(backend: LocalProcess) -> None:
    story = run(backend, "trap '' TERM; while :; do sleep 0.1; done", max_seconds=0.2, grace_seconds=0.2)
    assert story.last.status is JobStatus.STOPPED
    assert story.last.reason == "ran longer than max_seconds = 0.2"
    assert story.last.exit_code == -signal.SIGKILL


def test_a_job_without_its_supervisor_is_lost_and_cleared_up(
    backend: LocalProcess, root: Path, processes: Processes
) -> None:
    handle = backend.start(shell(GRANDCHILDREN + "echo w > model/weights; exec sleep 600"))
    wait_until(backend, handle, lambda _: (root / "jobs/job/ml/model/weights").exists())
    supervisor(root, handle).kill()
    last = follow(LocalProcess(root, cpus=2), [handle])[handle].last
    assert (last.status, last.ending) == (JobStatus.FAILED, Ending.LOST)
    assert last.reason == "lost: its supervisor vanished (machine restarted or killed)"
    assert processes() == []
    assert (root / "jobs/job/ml/artifacts/model.tar.gz").exists()
    assert backend.start(shell("true")) == handle
    assert follow(backend, [handle])[handle].last.status is JobStatus.FAILED


def test_a_supervisor_that_is_told_to_end_takes_its_job_down(backend: LocalProcess, root: Path) -> None:
    handle = backend.start(shell("echo up; exec sleep 600"))
    wait_until(backend, handle, has_printed("up"))
    supervisor(root, handle).terminate()
    last = follow(backend, [handle])[handle].last
    assert (last.status, last.ending) == (JobStatus.FAILED, Ending.INTERRUPTED)
    assert "ended from outside" in (last.reason or "")


def test_a_full_disk_is_waited_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The job itself may have filled it; its end must not be lost for that."""
    faults = [OSError(errno.ENOSPC, "full"), OSError(errno.EDQUOT, "full"), None]

    def write(path: str, record: Record) -> None:
        if fault := faults.pop(0):
            raise fault
        write_record(path, record)

    monkeypatch.setattr(supervisor_module, "write_record", write)
    monkeypatch.setattr(supervisor_module, "_ROOM_SECONDS", 0.0)
    spec = {"grace_seconds": ["1"], "max_seconds": ["1"]}
    Supervisor(str(tmp_path), spec, "", ())._record_exit(7.0)
    end = RunFolder(tmp_path).exit()
    assert end is not None
    assert end.at.timestamp() == 7.0


def test_results_are_packed_however_the_job_ended(backend: LocalProcess, root: Path) -> None:
    script = 'mkdir model/sub; echo w > model/sub/weights; echo up; [ "$0" = ok ] || exec sleep 600'
    handle = backend.start(shell(script))
    wait_until(backend, handle, has_printed("up"))
    backend.stop(handle)
    assert follow(backend, [handle])[handle].last.status is JobStatus.STOPPED
    artifacts = RunFolder(root / "jobs" / handle).base / "artifacts"
    assert [path.name for path in artifacts.iterdir()] == ["model.tar.gz"]
    with tarfile.open(artifacts / "model.tar.gz") as archive:
        assert archive.getnames() == ["sub", "sub/weights"]


def test_a_problem_with_packing_is_told_and_no_failure(backend: LocalProcess) -> None:
    story = run(backend, "rmdir artifacts; echo w > model/weights")
    assert story.last.status is JobStatus.COMPLETED
    assert "cannot pack" in (story.last.reason or "")


@pytest.mark.skipif(shutil.which("bwrap") is None, reason="bubblewrap is not installed")
def test_an_isolated_job_is_stopped_with_its_grace_period(backend: LocalProcess) -> None:
    script = "trap 'echo saved; exit 0' TERM; echo up $SAGEMAKER_BASE_DIR; while :; do sleep 0.1; done"
    handle = backend.start(shell(script, isolation="bubblewrap", grace_seconds=30.0))
    wait_until(backend, handle, has_printed("up /opt/ml"))
    backend.stop(handle)
    story = follow(backend, [handle])[handle]
    assert story.last.status is JobStatus.STOPPED
    assert story.log == b"up /opt/ml\nsaved\n"
