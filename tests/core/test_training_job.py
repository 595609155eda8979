import pytest

from tunesmith.core.training_job import Command, Cursor, JobStatus, JobUpdate, Resources, TrainingJob


@pytest.mark.parametrize(("cpus", "gpus"), [(0, 0), (-1, 0), (1, -1)])
def test_impossible_resources_are_refused(cpus: int, gpus: int) -> None:
    with pytest.raises(ValueError, match=f"resources: .*cpus={cpus}, gpus={gpus}"):
        Resources(cpus, gpus)


def test_three_statuses_are_final() -> None:
    final = {status for status in JobStatus if status.is_final}
    assert final == {JobStatus.COMPLETED, JobStatus.STOPPED, JobStatus.FAILED}


def test_jobs_do_not_share_their_defaults() -> None:
    first, second = (TrainingJob(name=name, work=Command(("true",))) for name in "ab")
    assert first.hyperparameters == {}
    assert first.hyperparameters is not second.hyperparameters
    assert first.resources == Resources(cpus=1, gpus=0)


def test_an_update_begins_at_the_beginning() -> None:
    assert JobUpdate(handle="h", status=JobStatus.STARTING).cursor == Cursor(log=0, reports=0)
