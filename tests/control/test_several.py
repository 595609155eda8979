"""A tuning job with two definitions: histories, ledger, plan and controller."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest

from tunesmith.control.controller import Controller
from tunesmith.control.histories import DEFINITION, Histories
from tunesmith.control.ledger import Ledger
from tunesmith.control.objective_points import objective_points
from tunesmith.control.plan import MAX_FAILURES, Finish, Start, Stop, max_failures, plan
from tunesmith.control.recommendation import recommended
from tunesmith.core.objective import Objective
from tunesmith.core.space import Categorical, Continuous, Space
from tunesmith.core.training_job import (
    Command,
    Cursor,
    Ending,
    Handle,
    JobStatus,
    JobUpdate,
    Resources,
    TrainingJob,
)
from tunesmith.core.trial import TrialState
from tunesmith.core.tuning_job import Completion, Definition, Limits, MetricPattern, TuningJob, TuningStatus
from tunesmith.store.records import Change, MetricPoint, TrialRecord
from tunesmith.store.store import Store

NOW = datetime(2026, 1, 1, tzinfo=UTC)


def definition(name: str, **changes: Any) -> Definition:
    """One that tunes a hyperparameter of its name, for a metric of its own."""
    fields: dict[str, Any] = {
        "work": Command((name,)),
        "space": Space([Continuous(name, 0.0, 1.0)]),
        "objective": Objective(f"loss-{name}"),
        "metrics": (MetricPattern(f"loss-{name}", r"loss=(\S+)"), MetricPattern("loss-both", r"both=(\S+)")),
        "hyperparameters": {"of": name},
    }
    return Definition(name=name, **fields | changes)


def comparing(*definitions: Definition, **changes: Any) -> TuningJob:
    fields: dict[str, Any] = {
        "name": "job",
        "limits": Limits(trials=8, parallel=2),
        "strategy": "Random",
        "created_at": NOW,
    }
    return TuningJob.comparing(definitions, **fields | changes)


JOB = comparing(definition("a"), definition("b", output="/out", max_seconds=9.0))


def ended(number: int, value: float | None, name: str) -> TrialRecord:
    return TrialRecord(
        number=number,
        name=f"job-{number}",
        config={name: 0.5},
        definition=name,
        state=TrialState.FAILED if value is None else TrialState.COMPLETED,
        value=value,
        rank=number,
        created_at=NOW,
        started_at=NOW,
        ended_at=NOW + timedelta(seconds=1),
    )


def histories(*trials: tuple[str, float | None], job: TuningJob = JOB) -> Histories:
    found = Histories.before(job)
    for number, (name, value) in enumerate(trials, 1):
        found = found.add(ended(number, value, name), () if value is None else (value,))
    return found


def planned(job: TuningJob, known: Histories, **options: Any) -> list[Any]:
    return plan(job, known.whole, NOW, parts=known.parts, **options)


def test_each_definition_has_its_own_history_and_all_have_one() -> None:
    known = histories(("a", 0.5), ("b", 0.3), ("a", 0.4))
    assert [trial.number for trial in known.parts["a"].finished] == [1, 3]
    assert known.parts["b"].points.shape == (1, 1)
    assert [trial.config for trial in known.whole.finished] == [{DEFINITION: name} for name in "aba"]
    assert known.whole.best is not None
    assert known.whole.best.number == 2

    opened = known.with_open(
        [(TrialRecord(number=4, name="x", config={"b": 1.0}, definition="b", created_at=NOW), ())]
    )
    assert (len(opened.parts["a"].open), len(opened.parts["b"].open), len(opened.whole.open)) == (0, 1, 1)


def test_a_training_job_is_that_of_its_definition() -> None:
    ledger = Ledger(JOB, [], [])
    record = ledger.start({"b": 0.5}, NOW, "b")
    job = ledger.training_job(record)
    assert (job.work, job.output, job.max_seconds) == (Command(("b",)), "/out", 9.0)
    assert job.hyperparameters == {"of": "b", "b": 0.5}


def test_output_is_read_by_the_patterns_of_the_definition() -> None:
    ledger = Ledger(JOB, [], [])
    for name in "ab":
        ledger.start({name: 0.5}, NOW, name)
    update = JobUpdate(handle="h", status=JobStatus.RUNNING, log=b"loss=0.25\nboth=1\n", cursor=Cursor(17))
    ledger.update(2, update, NOW)
    assert {point.metric for point in ledger.take_changes()[1]} == {"loss-b", "loss-both"}
    assert ledger.histories.parts["b"].open[0].reports == (0.25,)
    assert ledger.histories.parts["a"].open[0].reports == ()
    assert ledger.open[1].value == 0.25


def test_only_what_a_trials_own_objective_emits_counts() -> None:
    job = comparing(definition("a"), definition("b", objective=Objective("loss-both")))
    with Store() as store:
        store.create_tuning_job(job, trials=[ended(1, 0.5, "a"), ended(2, 1.0, "b")])
        points = [MetricPoint(n, metric, 1.0, NOW) for n in (1, 2) for metric in ("loss-a", "loss-both")]
        store.record("job", Change(metrics=tuple(points), at=NOW))
        found = list(objective_points(store, job, store.trials("job")))
    assert {(point.trial, point.metric) for point in found} == {(1, "loss-a"), (2, "loss-both")}


def test_slots_go_to_the_definitions_in_turn_at_first() -> None:
    wide = replace(JOB, limits=Limits(trials=8, parallel=4))
    actions = planned(wide, histories(job=wide))
    assert [action.definition for action in actions] == ["a", "b", "a", "b"]
    assert [[*action.config] for action in actions] == [["a"], ["b"], ["a"], ["b"]]
    assert len({tuple(action.config.values()) for action in actions}) == 4
    assert planned(wide, histories(job=wide)) == actions


def test_initial_configurations_are_those_of_the_definition() -> None:
    job = comparing(definition("a"), definition("b", initial=({"b": 0.125},)))
    assert planned(job, histories(job=job))[1] == Start({"b": 0.125}, "b")


def test_a_definition_with_nothing_left_to_try_leaves_its_slots_to_the_others() -> None:
    spaces = {"a": ("x",), "b": ("x", "y", "z")}
    grids = [definition(n, space=Space([Categorical(n, choices)])) for n, choices in spaces.items()]
    job = comparing(*grids, strategy="Grid", limits=Limits(trials=9, parallel=9))
    actions = planned(job, histories(job=job))
    assert sorted(action.definition for action in actions) == ["a", "b", "b", "b"]
    first = replace(ended(1, 1.0, "a"), config={"a": "x"})
    done = Histories.before(job).add(first, (1.0,))
    assert [action.definition for action in planned(job, done)] == ["b", "b", "b"]


def test_limits_and_failures_count_over_all_definitions() -> None:
    (finish,) = planned(JOB, histories(*[("a", 0.5), ("b", 0.25)] * 4))
    assert finish == Finish(TuningStatus.COMPLETED, "the limit of 8 training jobs was reached")
    (failed,) = planned(JOB, histories(*[("a", None), ("b", None)] * 3))
    assert isinstance(failed, Finish)
    assert failed.status is TuningStatus.FAILED


def test_each_of_many_definitions_is_tried_before_all_count_as_failed() -> None:
    assert max_failures(JOB) == MAX_FAILURES
    many = comparing(*(definition(name) for name in "abcdefgh"), limits=Limits(trials=99))
    assert max_failures(many) == 16


def test_the_best_of_all_ends_it_at_the_target() -> None:
    job = replace(JOB, completion=Completion(target=0.3))
    (finish,) = planned(job, histories(("a", 0.5), ("b", 0.25), job=job))
    assert finish.reason == "training job 2 reached the target: 0.25, where 0.3 was wanted"


def test_the_models_of_all_end_it_when_little_is_left() -> None:
    job = replace(JOB, strategy="Bayesian", limits=Limits(trials=300), completion=Completion(converged=True))
    known = Histories.before(job)
    for number in range(1, 31):
        name, lowest = ("a", 1.0) if number % 2 else ("b", 1.2)
        x = 0.5 if number <= 2 else (number * 0.618) % 1.0
        loss = lowest + (x - 0.5) ** 2
        known = known.add(replace(ended(number, loss, name), config={name: x}), (loss,))
    (finish,) = planned(job, known)
    assert finish.reason.startswith("it has converged: the best can be improved by")
    alone = replace(known, parts={"a": known.parts["a"], "b": known.parts["b"].prefix(2)})
    assert all(isinstance(action, Start) for action in planned(job, alone))  # b may hold anything


def test_curves_are_compared_with_those_of_the_same_definition() -> None:
    job = replace(JOB, stopping="median", limits=Limits(trials=90, parallel=1))
    known = Histories.before(job)
    for number in range(1, 23):
        name, loss = ("a", 0.1) if number % 2 else ("b", 0.9)
        known = known.add(ended(number, loss, name), [loss] * 9)
    open_trial = replace(ended(23, None, "b"), state=TrialState.RUNNING, rank=None)
    for loss, stops in ((0.8, 0), (0.95, 1)):
        opened = known.with_open([(open_trial, [loss] * 5)])
        actions = planned(job, opened, news={23: 0})
        assert [type(action) for action in actions] == [Stop] * stops, loss


def test_the_recommendation_is_of_the_algorithm_with_the_best() -> None:
    found = recommended(JOB, [ended(1, 0.5, "a"), ended(2, 0.2, "b"), ended(3, 0.3, "b")])
    assert found is not None
    assert [*found.config] == ["b"]


class Ended:
    """A backend outside of us: a job shows as running when it is first looked at, then as ended."""

    def __init__(self) -> None:
        self.jobs: dict[Handle, TrainingJob] = {}
        self.starts: Counter[str] = Counter()
        self.looks: Counter[Handle] = Counter()
        self.asked: list[Resources] = []

    def start(self, job: TrainingJob) -> Handle:
        if job.name not in self.jobs:
            self.jobs[job.name] = job
            self.starts[job.name] += 1
        return job.name

    def poll(self, cursors: Mapping[Handle, Cursor]) -> list[JobUpdate]:
        return [self._update(handle, cursor) for handle, cursor in cursors.items()]

    def _update(self, handle: Handle, cursor: Cursor) -> JobUpdate:
        self.looks[handle] += 1
        values = self.jobs[handle].hyperparameters
        name = str(values["of"])
        log = f"loss={float(values[name]) + (name == 'b')}\nboth=1\n".encode()
        is_over = self.looks[handle] > 1
        return JobUpdate(
            handle=handle,
            status=JobStatus.COMPLETED if is_over else JobStatus.RUNNING,
            log=log[cursor.log :],
            cursor=Cursor(len(log)),
            ending=Ending.EXITED if is_over else None,
            started_at=NOW,
        )

    def stop(self, handle: Handle) -> None:
        raise NotImplementedError

    def logs(self, handle: Handle, after: int = 0) -> Iterator[str]:
        raise NotImplementedError

    def room(self, resources: Resources) -> int:
        self.asked.append(resources)
        return 4 // resources.cpus

    def wait(self, seconds: float) -> None:
        pass


class Killed(BaseException):
    """The end of the controller's process."""


def facts(store: Store, backend: Ended) -> list[object]:
    trials = store.trials("job")
    points = Counter((p.trial, p.metric, p.value) for p in store.metric_points("job"))
    rows = [(t.name, t.definition, t.config, t.value, t.state, t.rank) for t in trials]
    return [store.status("job"), rows, points, backend.starts]


def run(job: TuningJob, killed_at: int | None = None, *, before: bool = False) -> tuple[list[object], bool]:
    """The facts in the end, of a tuning job whose first controller is killed around a call; whether it was."""
    store, backend, calls, was_killed = Store(), Ended(), 0, False
    Controller(store, backend).create(job)

    def killing(function: Callable[..., Any]) -> Callable[..., Any]:
        def wrapped(*arguments: Any) -> Any:
            nonlocal calls
            calls += 1
            if before and calls == killed_at:
                raise Killed
            result = function(*arguments)
            if calls == killed_at:
                raise Killed
            return result

        return wrapped

    with pytest.MonkeyPatch.context() as patch:
        for owner, method in ((store, "record"), (backend, "start"), (backend, "poll")):
            patch.setattr(owner, method, killing(getattr(owner, method)))
        try:
            Controller(store, backend).run("job")
        except Killed:
            was_killed = True
    Controller(store, backend).run("job")
    return facts(store, backend), was_killed


@pytest.mark.parametrize("strategy", ["Random", "Bayesian"])
def test_killed_around_any_call_it_ends_with_the_same_facts(strategy: str) -> None:
    job = replace(JOB, strategy=strategy)
    expected, _ = run(job)
    kills = 0
    for call in range(1, 40):
        for before in (True, False):
            found, was_killed = run(job, call, before=before)
            assert found == expected
            kills += was_killed
    assert kills >= 20


def test_the_better_definition_gets_more_of_the_budget() -> None:
    found, _ = run(replace(JOB, limits=Limits(trials=40, parallel=2)))
    rows: Any = found[1]
    counts = Counter(row[1] for row in rows)
    assert counts["a"] > 2 * counts["b"] > 0


def test_convergence_of_all_is_stored() -> None:
    store = Store()
    definitions = (definition(name, space=Space([Continuous(name, 10.0, 11.0)])) for name in "ab")
    job = comparing(
        *definitions, strategy="Bayesian", limits=Limits(trials=60), completion=Completion(converged=True)
    )
    Controller(store, Ended()).create(job)
    last = Controller(store, Ended()).run("job")
    assert (last.record.reason or "").startswith("it has converged: the best can be improved by")
    assert store.summary("job").converged_at is not None
    assert {trial.definition for trial in store.trials("job")} == {"a", "b"}


def test_no_more_start_than_there_is_room_for_the_largest() -> None:
    large = comparing(definition("a"), definition("b", resources=Resources(cpus=4)), limits=Limits(9, 9))
    store, backend = Store(), Ended()
    Controller(store, backend).create(large)
    started: list[int] = []
    Controller(store, backend).run("job", watch=lambda _: started.append(backend.starts.total()))
    assert {new - old for old, new in pairwise([0, *started])} == {
        0,
        1,
    }  # the backend has room for one of 4 CPUs
    assert set(backend.asked) == {Resources(), Resources(cpus=4)}


def test_a_definition_that_cannot_work_is_refused() -> None:
    broken = comparing(definition("a"), definition("b", metrics=(MetricPattern("loss-b", "("),)))
    with pytest.raises(ValueError, match="loss-b"):
        Controller(Store(), Ended()).create(broken)
