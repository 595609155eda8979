import stat
import tarfile
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tunesmith.core.objective import Objective
from tunesmith.core.space import Continuous, Space
from tunesmith.core.training_job import Command, Script, Work
from tunesmith.core.tuning_job import Limits, TuningJob
from tunesmith.server.folder import Folder


def job(work: Work) -> TuningJob:
    space = Space([Continuous("x", 0.0, 1.0)])
    return TuningJob(
        name="job",
        work=work,
        space=space,
        objective=Objective("loss"),
        limits=Limits(trials=1),
        created_at=datetime(2026, 1, 1, tzinfo=UTC),
    )


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    made = Folder(tmp_path / "some" / "data")
    made.create()
    return made


def test_it_is_for_its_owner_alone(folder: Folder) -> None:
    assert stat.S_IMODE(folder.path.stat().st_mode) == 0o700
    folder.create()


def test_everything_is_in_it(folder: Folder) -> None:
    for path in (folder.objects, folder.keys, folder.settings):
        assert path.parent == folder.path
    assert folder.places.objects == folder.objects
    with folder.store() as store:
        assert store.open_jobs() == []
    assert (folder.path / "tunesmith.db").is_file()


def test_a_script_is_frozen_and_a_command_needs_no_freezing(folder: Folder, tmp_path: Path) -> None:
    command = job(Command(("train",)))
    assert folder.freeze(command) == command
    (tmp_path / "train.py").write_text("print('before')")
    archive = tmp_path / "source.tar.gz"
    with tarfile.open(archive, "w:gz") as tar:
        tar.add(tmp_path / "train.py", "train.py")
    frozen = folder.freeze(job(Script(str(archive), "train.py"))).work
    assert isinstance(frozen, Script)
    assert Path(frozen.source, "train.py").read_text() == "print('before')"
    assert Path(frozen.source).is_relative_to(folder.path)
    with pytest.raises(ValueError, match=r"source: .*absent"):
        folder.freeze(job(Script(str(tmp_path / "absent"), "train.py")))


def test_what_is_discarded_is_gone_and_may_be_gone_already(folder: Folder) -> None:
    run = folder.path / "jobs" / "job"
    run.mkdir(parents=True)
    (run / "output.log").write_text("x")
    folder.discard("job")
    assert not run.exists()
    folder.discard("job")
