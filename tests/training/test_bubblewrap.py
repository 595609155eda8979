from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tunesmith.training.bubblewrap import Sandbox, check, wrap, write_hosts


def is_usable() -> bool:
    """Not every machine lets us make namespaces."""
    probe = ["bwrap", "--ro-bind", "/", "/", "--unshare-pid", "/bin/true"]
    return (
        shutil.which("bwrap") is not None
        and not subprocess.run(probe, check=False, capture_output=True).returncode
    )


needs_bubblewrap = pytest.mark.skipif(not is_usable(), reason="bubblewrap is missing or may not be used")


@pytest.fixture
def sandbox(tmp_path: Path) -> Sandbox:
    base, data = tmp_path / "run" / "ml", tmp_path / "data"
    (base / "input" / "data" / "train").mkdir(parents=True)
    data.mkdir()
    (data / "x.csv").write_text("1,2")
    write_hosts(base / "hosts")
    return Sandbox(
        base=base,
        directory=Path("/opt/ml"),
        writable=base.parent,
        hosts=base / "hosts",
        mounts=((data, Path("/opt/ml/input/data/train")),),
        visible=(Path(sys.prefix), Path(sys.base_prefix)),
    )


def run(sandbox: Sandbox, script: str) -> str:
    command = wrap(["/bin/sh", "-c", script], sandbox)
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


@needs_bubblewrap
def test_the_job_is_at_home_in_opt_ml(sandbox: Sandbox) -> None:
    script = "pwd; hostname; cat input/data/train/x.csv; getent hosts algo-1; echo done > result"
    lines = run(sandbox, script).split("\n")
    assert lines[:2] == ["/opt/ml", "algo-1"]
    assert lines[2].split() == ["1,2127.0.0.1", "algo-1"]
    assert (sandbox.base / "result").read_text() == "done\n"


@needs_bubblewrap
def test_the_job_writes_nowhere_else(sandbox: Sandbox, tmp_path: Path) -> None:
    script = f"""
        for place in /etc /opt /usr "$HOME" /opt/ml/input/data/train; do
            touch "$place/evil" 2>/dev/null && echo "wrote to $place"
        done
        touch /tmp/mine "{sandbox.writable}/reports.jsonl" && echo fine
        ls /tmp
    """
    lines = run(sandbox, script).split()
    assert lines[0] == "fine"
    assert "mine" in lines
    assert (sandbox.writable / "reports.jsonl").exists()
    assert not (tmp_path / "data" / "evil").exists()


@needs_bubblewrap
def test_the_job_sees_its_own_processes_only(sandbox: Sandbox) -> None:
    pids = [int(pid) for pid in run(sandbox, "ls /proc | grep -E '^[0-9]+$'").split()]
    assert max(pids) < 100
    assert os.getpid() not in pids


@needs_bubblewrap
def test_exit_codes_come_through(sandbox: Sandbox) -> None:
    for script, code in (("exit 7", 7), ("kill -9 $$", 137)):
        command = wrap(["/bin/sh", "-c", script], sandbox)
        assert subprocess.run(command, check=False).returncode == code


@needs_bubblewrap
def test_a_sigterm_to_the_group_lets_the_job_end_in_its_own_way(sandbox: Sandbox) -> None:
    script = "trap 'echo saved > checkpoint; exit 3' TERM; echo ready; while :; do sleep 0.01; done"
    command = wrap(["/bin/sh", "-c", script], sandbox)
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, start_new_session=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        os.killpg(process.pid, signal.SIGTERM)
        assert process.wait(timeout=20) == 3
    assert (sandbox.base / "checkpoint").read_text() == "saved\n"


@needs_bubblewrap
def test_a_job_without_a_trap_dies_of_sigterm(sandbox: Sandbox) -> None:
    command = wrap(["/bin/sh", "-c", "echo ready; exec sleep 100"], sandbox)
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, start_new_session=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        os.killpg(process.pid, signal.SIGTERM)
        assert process.wait(timeout=20) == 128 + signal.SIGTERM


def test_a_missing_bubblewrap_is_named_with_its_cure(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(ValueError, match=r"isolation: 'bubblewrap' needs .*apt-get install bubblewrap"):
        check()


def test_the_hosts_file_keeps_what_the_machine_knows(tmp_path: Path) -> None:
    write_hosts(tmp_path / "hosts")
    written = (tmp_path / "hosts").read_text()
    assert written.startswith("127.0.0.1 algo-1\n")
    assert written.endswith(Path("/etc/hosts").read_text())
