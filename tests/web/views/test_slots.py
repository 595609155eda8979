from __future__ import annotations

from tunesmith.core.training_job import Resources
from tunesmith.store.live import Occupation
from tunesmith.web.views.slots import Slots, slots


def test_slots_in_use_are_added_up_over_jobs() -> None:
    found = slots([Occupation(Resources(cpus=2, gpus=1), 3), Occupation(Resources(), 1)], cpus=8, gpus=4)
    assert found == (Slots("CPU", 7, 8), Slots("GPU", 3, 4))
    assert found[1].share == 0.75


def test_a_machine_without_gpus_shows_none() -> None:
    assert slots([], cpus=2, gpus=0) == (Slots("CPU", 0, 2),)


def test_more_in_use_than_there_are_is_full() -> None:
    assert Slots("CPU", 5, 4).share == 1.0
    assert Slots("CPU", 0, 0).share == 0.0
