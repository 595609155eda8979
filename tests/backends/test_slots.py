from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tunesmith.backends.slots import Slots
from tunesmith.core.training_job import Resources


def test_room_counts_the_scarcer_kind(tmp_path: Path) -> None:
    slots = Slots(tmp_path, cpus=8, gpus=["0", "1", "2"])
    assert slots.room(Resources(cpus=1)) == 8
    assert slots.room(Resources(cpus=3)) == 2
    assert slots.room(Resources(cpus=1, gpus=1)) == 3
    assert slots.room(Resources(cpus=1, gpus=2)) == 1
    assert slots.room(Resources(cpus=5, gpus=1)) == 1


def test_what_is_taken_is_not_given_twice(tmp_path: Path) -> None:
    ours, others = (Slots(tmp_path, cpus=4, gpus=["0", "1"]) for _ in range(2))
    with ours.take(Resources(gpus=1)) as first, others.take(Resources(gpus=1)) as second:
        assert first is not None
        assert second is not None
        assert {*first.gpus, *second.gpus} == {"0", "1"}
        assert ours.room(Resources(gpus=1)) == 0
        assert ours.room(Resources()) == 2
        with ours.take(Resources(gpus=1)) as third:
            assert third is None
            assert ours.room(Resources()) == 2  # it has not kept the CPU
    assert ours.room(Resources(gpus=1)) == 2


def test_a_process_that_inherits_slots_keeps_them_until_it_ends(tmp_path: Path) -> None:
    slots = Slots(tmp_path, cpus=2, gpus=[])
    with slots.take(Resources(cpus=2)) as grant:
        assert grant is not None
        keeper = subprocess.Popen(
            [sys.executable, "-S", "-c", "input()"], stdin=subprocess.PIPE, pass_fds=grant.files
        )
    with keeper:
        assert slots.room(Resources()) == 0
        keeper.kill()
    assert slots.room(Resources()) == 2


def test_a_smaller_allowance_of_the_same_folder_counts_its_own_slots(tmp_path: Path) -> None:
    large, small = Slots(tmp_path, cpus=4, gpus=[]), Slots(tmp_path, cpus=2, gpus=[])
    with large.take(Resources()):
        assert small.room(Resources()) == 1
        assert large.room(Resources()) == 3


@pytest.mark.parametrize(
    ("need", "words"),
    [
        (Resources(cpus=3), "3 cpus, and there are 2"),
        (Resources(cpus=1, gpus=2), "2 gpus, and there are 1"),
    ],
)
def test_what_can_never_be_had_is_refused(tmp_path: Path, need: Resources, words: str) -> None:
    slots = Slots(tmp_path, cpus=2, gpus=["0"])
    with pytest.raises(ValueError, match=f"^resources: a job needs {words}"):
        slots.check(need)
    slots.check(Resources(cpus=2, gpus=1))


@pytest.mark.parametrize("devices", [["MIG-GPU-1/2/0", "MIG-GPU-1/3/0"], ["..", "."], ["GPU-é", "GPU e"]])
def test_any_name_of_a_device_works(tmp_path: Path, devices: list[str]) -> None:
    slots = Slots(tmp_path, cpus=2, gpus=devices)
    with slots.take(Resources(gpus=2)) as grant:
        assert grant is not None
        assert list(grant.gpus) == devices
        assert slots.room(Resources(gpus=1)) == 0


@pytest.mark.parametrize(
    ("visible", "count"), [("0,1,2", 3), ("", 0), ("-1", 0), ("GPU-aa, GPU-bb", 2), ("NoDevFiles", 0)]
)
def test_the_visible_devices_are_the_gpus(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, visible: str, count: int
) -> None:
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", visible)
    slots = Slots(tmp_path, cpus=4)
    assert slots.room(Resources(gpus=1)) == max(count, 0)


@pytest.mark.parametrize(
    ("script", "count"),
    [
        ("echo 'GPU 0: A100 (UUID: GPU-a)'; echo '  MIG 1g.5gb: x'; echo 'GPU 1: A100 (UUID: GPU-b)'", 2),
        ("echo 'No devices found.'; exit 6", 0),
    ],
)
def test_nvidia_smi_is_asked_where_there_is_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, script: str, count: int
) -> None:
    program = tmp_path / "nvidia-smi"
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(0o755)
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    assert Slots(tmp_path / "slots", cpus=4).room(Resources(gpus=1)) == count


def test_the_cpus_are_those_that_this_process_may_use(tmp_path: Path) -> None:
    assert Slots(tmp_path, gpus=[]).room(Resources()) >= 1
