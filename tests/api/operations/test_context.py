from __future__ import annotations

from datetime import UTC, datetime

from tunesmith.api.call import Call
from tunesmith.api.operations.context import Context
from tunesmith.api.settings import Settings
from tunesmith.control.service import Service
from tunesmith.core.training_job import Resources
from tunesmith.store.store import Store


def test_a_request_is_judged_against_this_machine_at_this_moment() -> None:
    call = Call(operation="CreateTrainingJob", request={}, region="eu-west-1")
    moments = iter([datetime(2026, 3, 1, hour, tzinfo=UTC) for hour in (1, 2)])
    with Store("sqlite://") as store:
        context = Context(
            service=Service(store),
            settings=Settings(account="123456789012"),
            now=lambda: next(moments),
            cpus=4,
            gpus=1,
            inputs=lambda location: location == "s3://data",
        )
        assert context.store is store
        first, second = (context.for_request(call) for _ in range(2))
    assert (first.now.hour, second.now.hour) == (1, 2)
    assert first.machine == Resources(4, 1)
    assert first.settings.account == "123456789012"
    assert first.inputs("s3://data")
    assert first.region == "eu-west-1"
