"""Training jobs that are paused at a rung and go on when they turn out to be worth it, with the real controller."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest

from tunesmith.control import early_stop
from tunesmith.control.controller import Controller
from tunesmith.control.early_stop import EARLY
from tunesmith.control.plan import Finish, Pause, PauseTrial, ResumeTrial, Start, Stop, plan
from tunesmith.control.progress import Progress
from tunesmith.control.reading import counting
from tunesmith.core.history import History
from tunesmith.core.objective import Objective
from tunesmith.core.space import Config, Continuous, Space
from tunesmith.core.training_job import Command, Ending
from tunesmith.core.trial import Trial, TrialState
from tunesmith.core.tuning_job import Completion, Definition, Limits, ReportRange, TuningJob, TuningStatus
from tunesmith.store.records import TrialRecord
from tunesmith.store.store import Store
from tunesmith.testing.simulated import START, Epoch, Simulated

SPACE = Space([Continuous("x", 0.0, 1.0)])
MOST = 27
JOB = TuningJob(
    name="job",
    work=Command(("true",)),
    space=SPACE,
    objective=Objective("loss"),
    limits=Limits(trials=30, parallel=3),
    strategy="Hyperband",
    seed=1,
    resource=ReportRange(least=1, most=MOST, pause=True),
    checkpoints="/checkpoints",
    created_at=START,
)


def curve(config: Config) -> Iterator[Epoch]:
    """The better the nearer to 0.3, and slower the larger."""
    x = float(config["x"])
    for epoch in range(1, 2 * MOST):
        yield Epoch(60.0 + x, {"loss": abs(x - 0.3) + (0.1 + x) / epoch})


@dataclass
class Simulation:
    """A tuning job on simulated workers, and what was seen of it."""

    job: TuningJob = JOB
    store: Store = field(default_factory=Store)
    backend: Simulated = field(default_factory=lambda: Simulated(curve, workers=3))
    most_open: int = 0
    ticks: int = 0

    def create(self) -> Simulation:
        Controller(self.store, self.backend, self.backend.clock).create(self.job)
        return self

    def run(self, ticks: int | None = None) -> Progress:
        """Drive it to its end, or for so many ticks by a controller that is gone then."""
        left = iter(range(ticks)) if ticks is not None else None
        return Controller(self.store, self.backend, self.backend.clock).run(
            self.job.name,
            self._watch,
            pause=lambda: Pause.LEAVE if left is not None and next(left, None) is None else Pause.GO,
        )

    def _watch(self, progress: Progress) -> None:
        self.ticks += 1
        assert all(trial.state is not TrialState.PAUSED for trial in progress.open)
        self.most_open = max(self.most_open, len(progress.open))

    @property
    def trials(self) -> list[TrialRecord]:
        return self.store.trials(self.job.name)

    def reports(self) -> Counter[int]:
        return Counter(point.trial for point in self.store.metric_points(self.job.name))

    def paused(self) -> list[TrialRecord]:
        return [trial for trial in self.trials if trial.state is TrialState.PAUSED]

    def is_measure(self, number: int) -> bool:
        """Whether others are compared with a trial: with a model, they are with the first and every third one."""
        return self.job.strategy != "HyperbandBayesian" or number <= 6 or number % 3 == 0

    def until_paused(self) -> TrialRecord:
        while not self.paused():
            self.run(ticks=1)
        return self.paused()[0]


@pytest.fixture(scope="module", params=["Hyperband", "HyperbandBayesian"])
def ended(request: pytest.FixtureRequest) -> Simulation:
    simulation = Simulation(replace(JOB, strategy=request.param)).create()
    simulation.run()
    return simulation


def test_no_epoch_is_trained_twice_and_none_is_lost(ended: Simulation) -> None:
    assert any(trial.attempt > 1 for trial in ended.trials)
    assert ended.backend.epochs == sum(ended.reports().values())
    assert max(ended.reports().values()) == MOST
    assert ended.most_open == 3


def test_at_the_end_the_paused_ones_have_stopped_and_say_why(ended: Simulation) -> None:
    reports = ended.reports()
    for trial in ended.trials:
        assert trial.state is TrialState.STOPPED
        assert trial.reason is not None
        if reports[trial.number] < MOST:
            assert trial.reason.startswith(f"{EARLY}report {reports[trial.number]} was ")
            assert trial.ending is Ending.STOPPED
        else:
            assert trial.reason == f"it has made the {MOST} reports that a training job may make"
        assert [attempt.ending for attempt in trial.earlier] == [Ending.PAUSED] * len(trial.earlier)
        assert trial.run_seconds == pytest.approx(reports[trial.number] * (60 + float(trial.config["x"])))


def test_a_third_of_those_at_a_rung_went_on(ended: Simulation) -> None:
    reports = ended.reports()
    assert set(reports.values()) <= {1, 3, 9, MOST}
    lengths = [n for number, n in reports.items() if ended.is_measure(number)]
    at_rung = [sum(length >= rung for length in lengths) for rung in (1, 3, 9, MOST)]
    assert at_rung[0] >= 6
    for here, beyond in pairwise(at_rung):
        assert here // 3 <= beyond


def test_it_trains_less_than_where_they_are_stopped() -> None:
    stopping = Simulation(replace(JOB, resource=ReportRange(least=1, most=MOST))).create()
    stopping.run()
    pausing = Simulation().create()
    pausing.run()
    assert pausing.backend.epochs < stopping.backend.epochs
    best = [simulation.store.best_trial("job") for simulation in (pausing, stopping)]
    assert all(trial is not None and trial.value is not None for trial in best)


def test_controllers_that_die_after_every_tick_change_nothing() -> None:
    undisturbed, disturbed = Simulation().create(), Simulation().create()
    undisturbed.run()
    while not disturbed.run(ticks=1).record.status.is_final:
        pass
    assert disturbed.trials == undisturbed.trials
    assert disturbed.backend.epochs == undisturbed.backend.epochs
    assert disturbed.store.metric_points("job") == undisturbed.store.metric_points("job")


def test_a_paused_trial_counts_for_the_best_so_far() -> None:
    simulation = Simulation().create()
    trial = simulation.until_paused()
    best = simulation.store.best_trial("job")
    assert best is not None
    assert best.value is not None
    assert trial.value is not None
    assert best.value <= trial.value
    shown = simulation.run(ticks=1).best
    assert shown is not None
    assert shown.number == best.number


def numbered(config: Config) -> Iterator[Epoch]:
    """The same, and each report says of which epoch it is."""
    for number, epoch in enumerate(curve(config), 1):
        yield replace(epoch, metrics={**epoch.metrics, "epoch": number})


@pytest.mark.parametrize("dies", [False, True])
def test_epochs_that_are_trained_again_count_once(*, dies: bool) -> None:
    simulation = Simulation(backend=Simulated(numbered, workers=3, from_zero=True)).create()
    while not simulation.run(ticks=1 if dies else None).record.status.is_final:
        pass
    epochs = simulation.store.metric_points("job", metric="epoch")
    assert len(epochs) == simulation.backend.epochs
    lengths = []
    for trial in simulation.trials:
        made = [point.value for point in epochs if point.trial == trial.number]
        counted, *_ = counting(made, trial.earlier)
        assert counted == list(range(1, len(counted) + 1))
        assert len(made) == len(counted) + sum(attempt.forgotten for attempt in trial.earlier)
        lengths.append(len(counted))
    assert sum(lengths) < len(epochs)
    assert set(lengths) <= {1, 3, 9, MOST}


def test_who_trains_epochs_again_is_told() -> None:
    simulation = Simulation(backend=Simulated(numbered, workers=3, from_zero=True)).create()
    warnings: list[str] = []
    controller = Controller(simulation.store, simulation.backend, simulation.backend.clock)
    controller.run("job", lambda progress: warnings.extend(progress.warnings))
    assert any(
        "it trains again from epoch 1 on, though it had reported 3 epochs" in each for each in warnings
    )


def test_who_asks_a_paused_trial_to_stop_ends_it_for_good() -> None:
    simulation = Simulation().create()
    trial = simulation.until_paused()
    assert simulation.store.ask_to_stop_training_job(trial.name, START) is TrialState.PAUSED
    assert simulation.store.standing("job").asked_to_stop == {trial.number}
    simulation.run(ticks=1)
    stopped = simulation.store.trial("job", trial.number)
    assert (stopped.state, stopped.reason) == (TrialState.STOPPED, "stopped by the user")
    assert stopped.rank is not None
    assert stopped.ended_at == trial.ended_at  # when it trained last
    simulation.run()
    assert simulation.store.trial("job", trial.number) == stopped


def test_a_tuning_job_that_is_stopped_stops_the_paused_ones() -> None:
    simulation = Simulation().create()
    trial = simulation.until_paused()
    simulation.store.request_stop("job", START)
    progress = simulation.run()
    assert progress.record.status is TuningStatus.STOPPED
    assert simulation.store.trial("job", trial.number).state is TrialState.STOPPED
    assert all(trial.state.is_final for trial in simulation.trials)


def test_ctrl_c_leaves_the_paused_ones_to_the_next_run() -> None:
    simulation = Simulation().create()
    trial = simulation.until_paused()
    controller = Controller(simulation.store, simulation.backend, simulation.backend.clock)
    progress = controller.run("job", pause=lambda: Pause.STOP)
    assert progress.open == ()
    assert simulation.store.trial("job", trial.number).state is TrialState.PAUSED
    assert simulation.run().record.status is TuningStatus.COMPLETED


def test_the_run_time_of_a_job_is_that_of_all_its_attempts() -> None:
    simulation = Simulation(replace(JOB, max_seconds=5 * 61.0)).create()
    simulation.run()
    assert max(simulation.reports().values()) <= 5
    ends = {trial.ending for trial in simulation.trials}
    assert Ending.MAX_SECONDS in ends
    assert all(trial.run_seconds <= 5 * 61.0 for trial in simulation.trials)


def test_each_definition_is_compared_with_its_own() -> None:
    one = Definition(
        name="one",
        work=JOB.work,
        space=SPACE,
        objective=JOB.objective,
        resource=JOB.resource,
        checkpoints=JOB.checkpoints,
    )
    job = TuningJob.comparing(
        (one, replace(one, name="two")),
        name="job",
        limits=Limits(trials=20, parallel=3),
        strategy="Hyperband",
        created_at=START,
    )
    simulation = Simulation(job).create()
    simulation.run()
    reports = simulation.reports()
    for name in ("one", "two"):
        assert max(reports[t.number] for t in simulation.trials if t.definition == name) == MOST
    assert simulation.backend.epochs == sum(reports.values())


# The decision

NOW = datetime(2026, 1, 1, tzinfo=UTC)


def trial(number: int, *reports: float, state: TrialState = TrialState.PAUSED) -> Trial:
    return Trial(number, {"x": 0.5}, state, reports)


def running(number: int, *reports: float) -> Trial:
    return trial(number, *reports, state=TrialState.RUNNING)


def test_paused_trials_leave_their_places_to_others_and_go_on_before_new_ones_start() -> None:
    history = History.of(SPACE, [trial(1, 1.0), trial(2, 2.0), trial(3, 3.0)])
    first, *others = plan(JOB, history, NOW)
    assert first == ResumeTrial(1)
    assert [type(action) for action in others] == [Start, Start]
    assert plan(JOB, history, NOW, room=1) == [ResumeTrial(1)]
    assert plan(JOB, history, NOW, room=0) == []
    assert plan(JOB, history, NOW, pause=Pause.DRAIN) == []


def test_what_is_being_paused_still_has_its_place() -> None:
    history = History.of(SPACE, [trial(n, float(n), state=TrialState.PAUSING) for n in (1, 2, 3)])
    assert plan(JOB, history, NOW) == []
    assert plan(JOB, history, NOW, pause=Pause.STOP) == []


def test_who_falls_behind_is_paused_once() -> None:
    history = History.of(SPACE, [running(1, 1.0), running(2, 2.0), running(3, 3.0)])
    actions = plan(JOB, history, NOW, news={1: 0, 2: 0, 3: 0})
    assert actions == [
        PauseTrial(
            n,
            f"paused: report 1 was {n}, which is not among the best third of the 3 training jobs that came so far",
        )
        for n in (2, 3)
    ]
    pausing = replace(history.open[1], state=TrialState.PAUSING)
    history = history.with_open([history.open[0], pausing, history.open[2]])
    assert [type(each) for each in plan(JOB, history, NOW, news={2: 0})] == []


def test_one_that_has_reported_all_it_may_is_stopped_even_if_it_was_to_be_paused() -> None:
    done = trial(1, *[1.0] * MOST)
    assert plan(JOB, History.of(SPACE, [done]), NOW, news={1: 1})[0] == Stop(
        1, f"it has made the {MOST} reports that a training job may make"
    )


def test_the_last_ones_go_on_until_none_is_worth_it() -> None:
    job = replace(JOB, limits=Limits(trials=2, parallel=2))
    assert plan(job, History.of(SPACE, [trial(1, 1.0), trial(2, 2.0)]), NOW) == [ResumeTrial(1)]
    assert plan(job, History.of(SPACE, [running(1, 1.0), trial(2, 2.0)]), NOW) == []
    done = trial(1, 1.0, state=TrialState.COMPLETED)
    (stop,) = plan(job, History.of(SPACE, [done, trial(2, 2.0)]), NOW)
    assert stop == Stop(
        2, f"{EARLY}report 1 was 2, and of the 2 training jobs that came so far none is to go on yet"
    )
    (finish,) = plan(job, History.of(SPACE, [done, trial(2, 2.0, state=TrialState.STOPPED)]), NOW)
    assert finish == Finish(TuningStatus.COMPLETED, "the limit of 2 training jobs was reached")


def test_when_the_time_is_up_each_paused_one_says_why_it_did_not_go_on() -> None:
    job = replace(JOB, limits=Limits(seconds=60))
    history = History.of(SPACE, [trial(1, 1.0), trial(2, 2.0), trial(3, 3.0), running(4)])
    stops = plan(job, history, NOW + timedelta(seconds=60))
    assert [stop.reason.partition(" was")[0] for stop in stops if isinstance(stop, Stop)] == [
        "the limit of 60 seconds",
        f"{EARLY}report 1",
        f"{EARLY}report 1",
        "the limit of 60 seconds",
    ]


def test_failures_do_not_end_a_job_of_which_a_trial_is_paused() -> None:
    failed = [trial(n, state=TrialState.FAILED) for n in range(1, 6)]
    assert isinstance(plan(JOB, History.of(SPACE, failed), NOW)[0], Finish)
    assert isinstance(plan(JOB, History.of(SPACE, [*failed, trial(6, 1.0)]), NOW)[0], Start)


def test_criteria_take_the_judged_ones_as_ended() -> None:
    target = replace(JOB, completion=Completion(target=1.0))
    waiting = History.of(SPACE, [trial(1, 1.0), trial(2, 2.0)])
    assert all(isinstance(action, Stop) for action in plan(target, waiting, NOW))
    still = replace(JOB, completion=Completion(not_improving=3))
    history = History.of(SPACE, [running(1, 1.0, 1.0), *(trial(n, 2.0) for n in (2, 3, 4))])
    assert isinstance(plan(still, history, NOW)[0], Stop)
    better = History.of(SPACE, [*history.open[:3], trial(4, 0.5)])
    assert not any(isinstance(action, Stop) for action in plan(still, better, NOW))


def test_it_needs_checkpoints() -> None:
    with pytest.raises(ValueError, match=r"^checkpoints: must say where they are kept"):
        early_stop.check(replace(JOB, checkpoints=None))
    early_stop.check(JOB)
    early_stop.check(replace(JOB, checkpoints=None, resource=ReportRange(9)))
