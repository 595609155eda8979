from datetime import UTC, datetime
from pathlib import Path

import pytest

from tunesmith.core.objective import Goal, Objective
from tunesmith.core.price import Price
from tunesmith.core.space import Categorical, Continuous, Integer
from tunesmith.core.training_job import Command, Resources, Script
from tunesmith.core.tuning_job import Completion, Limits, MetricPattern, ReportRange, Transfer, TuningJob
from tunesmith.jobfile.file import JobFileError, load

NOW = datetime(2026, 11, 25, 9, 30, tzinfo=UTC)

FULL = """\
name: churn
script: train.py
objective: {metric: accuracy, goal: Maximize}
metrics: {accuracy: 'accuracy=([0-9.]+)'}
parameters:
  lr: {type: continuous, low: 1e-5, high: 1, scale: Logarithmic}
  depth: {type: integer, low: 1, high: 12}
  booster: {type: categorical, choices: [gbtree, dart, off, 1]}
hyperparameters: {epochs: 10, warm: true}
channels: {train: ./data}
environment: {A: b, THREADS: 1, RATE: 1e-3}
resources: {cpus: 2, gpus: 1}
limits: {trials: 50, parallel: 2, seconds: 3600, job_seconds: 600, grace_seconds: 5}
strategy: Random
seed: 7
initial: [{lr: 0.1, depth: 6, booster: gbtree}]
isolation: none
"""

SHORT = """\
script: train.py
objective: {metric: loss, goal: Minimize}
parameters:
  x: {type: continuous, low: 0, high: 1}
limits: {trials: 3}
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "train.py").touch()
    (tmp_path / "data").mkdir()
    return tmp_path


def read(
    folder: Path, text: str, *, cpus: int = 4, trials: int | None = None, parallel: int | None = None
) -> TuningJob:
    file = folder / "my job_1.yaml"
    file.write_text(text, encoding="utf-8")
    return load(file, created_at=NOW, cpus=cpus, trials=trials, parallel=parallel)


def faults(folder: Path, text: str) -> list[str]:
    """The faults of a job file, as LINE:COLUMN: field: message."""
    with pytest.raises(JobFileError) as caught:
        read(folder, text)
    found = [line for line in str(caught.value).splitlines() if line.startswith(str(caught.value.file))]
    return [line.removeprefix(f"{caught.value.file}:") for line in found]


def test_every_key_finds_its_place(folder: Path) -> None:
    assert read(folder, FULL) == TuningJob(
        name="churn",
        work=Script(str(folder), "train.py"),
        objective=Objective("accuracy", Goal.MAXIMIZE),
        metrics=(MetricPattern("accuracy", "accuracy=([0-9.]+)"),),
        space=read(folder, FULL).space,
        hyperparameters={"epochs": 10, "warm": True},
        channels={"train": str(folder / "data")},
        environment={"A": "b", "THREADS": "1", "RATE": "1e-3"},
        resources=Resources(2, 1),
        limits=Limits(50, 2, 3600.0),
        max_seconds=600.0,
        grace_seconds=5.0,
        strategy="Random",
        seed=7,
        initial=({"lr": 0.1, "depth": 6, "booster": "gbtree"},),
        isolation="none",
        created_at=NOW,
    )


@pytest.mark.parametrize(
    ("written", "meant"),
    [("./kept", "{folder}/kept"), ("s3://bucket/kept", "s3://bucket/kept"), ("file:///kept", "file:///kept")],
)
def test_checkpoints_and_retries(folder: Path, written: str, meant: str) -> None:
    text = SHORT.replace("limits: {", "limits: {retries: 2, ")
    job = read(folder, f"{text}checkpoints: {written}\n")
    assert (job.retries, job.checkpoints) == (2, meant.format(folder=folder))
    assert (read(folder, SHORT).retries, read(folder, SHORT).checkpoints) == (0, None)


def test_checkpoints_at_no_place_are_a_fault(folder: Path) -> None:
    (fault,) = faults(folder, f"{SHORT}checkpoints: ftp://host/x\n")
    assert "checkpoints: 'ftp://host/x' is not on this machine" in fault


def test_parameters_become_a_space(folder: Path) -> None:
    assert read(folder, FULL).space.parameters == (
        Continuous("lr", 1e-5, 1, "Logarithmic"),
        Integer("depth", 1, 12),
        Categorical("booster", ("gbtree", "dart", "off", 1)),
    )


def test_what_is_left_out_has_defaults(folder: Path) -> None:
    job = read(folder, SHORT)

    assert job.name == "my-job-1-261125-093000"
    assert job.strategy == "Bayesian"
    assert job.limits == Limits(3, 1, None)
    assert (job.max_seconds, job.grace_seconds) == (None, 120.0)
    assert job.resources == Resources(4, 0)


def test_what_ends_it_early_is_read(folder: Path) -> None:
    text = f"{SHORT}stopping: median\ncompletion: {{target: 0.5, not_improving: 9, converged: true}}\n"
    job = read(folder, text)
    assert (job.stopping, job.completion) == ("median", Completion(0.5, 9, converged=True))
    staged = read(folder, f"{SHORT}strategy: Hyperband\nresource: {{least: 2, most: 9}}\n")
    assert staged.resource == ReportRange(least=2, most=9)
    lines = "strategy: Hyperband\nresource: {most: 9, pause: true}\ncheckpoints: kept\n"
    pausing = read(folder, f"{SHORT}{lines}")
    assert pausing.resource == ReportRange(least=1, most=9, pause=True)
    assert pausing.checkpoints == str(folder / "kept")


@pytest.mark.parametrize(
    ("lines", "fault"),
    [
        ("stopping: medium", "6:11: stopping: 'medium' is not one of gain, median"),
        ("completion: {not_improving: 2}", "6:29: completion.not_improving: "),
        ("completion: {target: .inf}", "6:22: completion.target: .inf is not a finite number"),
        ("completion: {patience: 3}", "6:14: completion.patience: "),
        ("resource: {least: 9, most: 3}\nstrategy: Hyperband", "6:19: resource.least: must be whole numbers"),
        ("resource: {most: 3}", "6:11: resource: the strategy Bayesian hands out no reports"),
        ("strategy: Hyperband", "6:11: strategy: "),
        (
            "strategy: Hyperband\nresource: {most: 9, pause: true}",
            "checkpoints: must say where they are kept",
        ),
        (
            "strategy: Hyperband\nresource: {most: 3}\nstopping: gain",
            "8:11: stopping: 'gain' does not go with",
        ),
    ],
)
def test_a_fault_of_what_ends_it_early_is_shown(folder: Path, lines: str, fault: str) -> None:
    (found,) = faults(folder, f"{SHORT}{lines}\n")
    assert fault in found


def test_a_warm_start_is_read(folder: Path) -> None:
    job = read(folder, f"{SHORT}warm_start: {{parents: [may, june]}}\n")
    assert (job.parents, job.transfer) == (("may", "june"), Transfer.RELATED)
    same = read(folder, f"{SHORT}warm_start: {{parents: [may], type: IdenticalDataAndAlgorithm}}\n")
    assert same.transfer is Transfer.IDENTICAL


def test_a_warm_start_without_parents_is_a_fault(folder: Path) -> None:
    (found,) = faults(folder, f"{SHORT}warm_start: {{parents: []}}\n")
    assert "6:23: warm_start.parents: is empty; name the earlier tuning jobs" in found


def test_the_seed_is_drawn_anew(folder: Path) -> None:
    assert len({read(folder, SHORT).seed for _ in range(4)}) > 1


def test_a_long_name_of_a_file_is_cut_to_fit(folder: Path) -> None:
    file = folder / f"{'a' * 60}.yaml"
    file.write_text(SHORT)

    assert load(file, created_at=NOW, cpus=1).name == f"{'a' * 18}-261125-093000"


def test_the_command_line_has_the_last_word(folder: Path) -> None:
    unlimited = SHORT.replace("limits: {trials: 3}", "")

    assert read(folder, unlimited, trials=9, parallel=2).limits == Limits(9, 2)


@pytest.mark.parametrize(("cpus", "parallel", "each"), [(8, 2, 4), (2, 4, 1), (7, 3, 2)])
def test_the_cpus_are_shared_among_parallel_jobs(folder: Path, cpus: int, parallel: int, each: int) -> None:
    assert read(folder, SHORT, cpus=cpus, parallel=parallel).resources.cpus == each


def test_a_command_runs_in_the_folder_of_the_file(folder: Path) -> None:
    for text in ("'cat --x {x} \"a b\"'", "[cat, --x, '{x}', a b]", "{arguments: [cat, --x, '{x}', a b]}"):
        work = read(folder, SHORT.replace("script: train.py", f"command: {text}")).work

        assert work == Command(("cat", "--x", "{x}", "a b"), str(folder))


def test_a_command_may_run_elsewhere(folder: Path) -> None:
    keys = "command: {arguments: cat, directory: data}"

    assert read(folder, SHORT.replace("script: train.py", keys)).work == Command(
        ("cat",), str(folder / "data")
    )


def test_a_script_may_lie_in_a_folder(folder: Path) -> None:
    (folder / "data" / "go.py").touch()
    work = read(folder, SHORT.replace("train.py", "{source: data, entry: go.py}")).work

    assert work == Script(str(folder / "data"), "go.py")


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        ("seed: 7", "sed: 7", "15:1: sed: there is no key 'sed' here; the keys are name, script"),
        ("trials: 50", "max_trials: 50", "did you mean 'trials'?"),
        ("low: 1, high: 12", "min: 1, high: 12", "7:26: parameters.depth.min: there is no key 'min' here"),
        (
            "low: 1, high: 12",
            "high: 12",
            "7:3: parameters.depth.low: the key 'low' is missing; it must be a whole number",
        ),
        (
            "goal: Maximize",
            "goal: max",
            "3:37: objective.goal: 'max' is not one of Maximize, Minimize; did you mean 'Maximize'?",
        ),
        (", goal: Maximize", "", "3:1: objective.goal: the key 'goal' is missing; it must be one of"),
        (
            "type: integer",
            "type: int",
            "7:17: parameters.depth.type: 'int' is not one of continuous, integer, categorical, auto; did",
        ),
        ("type: integer, ", "", "7:3: parameters.depth.type: the key 'type' is missing; it must be one of"),
        (
            "{type: integer, low: 1, high: 12}",
            "5",
            "7:10: parameters.depth: 5 is not a mapping such as {type:",
        ),
        ("high: 12", "high: 1.5", "7:40: parameters.depth.high: 1.5 is not a whole number"),
        (
            "high: 12",
            "high: 1e2",
            "7:40: parameters.depth.high: 1e2 is not a whole number in digits; write 100",
        ),
        ("high: 1,", "high: .inf,", "6:43: parameters.lr.high: .inf is not a finite number"),
        ("high: 1,", "high: yes,", "6:43: parameters.lr.high: 'yes' is not a number"),
        ("high: 1,", f"high: {'9' * 400},", "6:43: parameters.lr.high: 999"),
        ("low: 1e-5", "low: 0", "6:31: parameters.lr.low: Logarithmic needs low > 0, got 0"),
        ("low: 1e-5", "low: 2", "6:31: parameters.lr.low: low must not exceed high, got [2, 1]"),
        ("off, 1]", "off, off]", "8:41: parameters.booster.choices: choices must be distinct"),
        (
            "off, 1]",
            "off, {a: 1}]",
            "8:61: parameters.booster.choices[3]: a mapping is not a text, a number or true or",
        ),
        (
            "trials: 50, parallel: 2, seconds: 3600,",
            "parallel: 2,",
            "13:9: limits: give trials, seconds or both",
        ),
        ("trials: 50", "trials: 0", "13:18: limits.trials: 0 is not a whole number >= 1"),
        ("trials: 50", "trials: true", "13:18: limits.trials: true is not a whole number >= 1"),
        ("seconds: 3600", "seconds: 0", "13:44: limits.seconds: 0 is not a number > 0"),
        ("seed: 7", "seed: -1", "15:7: seed: -1 is not a whole number >= 0"),
        ("seed: 7", "seed: 7\nseed: 8", "16:1: seed: 'seed' is given twice; it was given first in line 15"),
        ("name: churn", "name: my churn", "1:7: name: 'my churn' must be 1 to 32 letters"),
        ("name: churn", "name: 5", "1:7: name: 5 is not a text"),
        ("train.py", "trian.py", "2:9: script: there is no file or folder"),
        ("script: train.py", "", "1:1: give a script or a command to run"),
        (
            "script: train.py",
            "script: train.py\ncommand: cat",
            "3:10: command: give either script or command, not both",
        ),
        ("script: train.py", "command: 'cat \"a'", "2:10: command: this cannot be split into words"),
        ("script: train.py", "command: ''", "2:10: command: the command is empty"),
        (
            "script: train.py",
            "command: no-such-program",
            "2:10: command: there is no program 'no-such-program'",
        ),
        (
            "script: train.py",
            "command: 'cat {deptj}'",
            "2:10: command: there is no hyperparameter 'deptj' to replace",
        ),
        (
            "script: train.py",
            "script: {source: data, entry: x.py}",
            "2:31: script.entry: there is no file 'x.py' in",
        ),
        ("script: train.py", "script: {source: train.py, entry: x.py}", "2:18: script.source: "),
        ("script: train.py", "script: data", "2:9: script: "),
        ("./data", "./dat", "10:19: channels.train: "),
        ("{train: ./data}", "{'a/b': ./data}", "10:19: channels.a/b: 'a/b' is no channel name"),
        ("([0-9.]+)'", "([0-9.]+'", "4:21: metrics.accuracy: "),
        ("([0-9.]+)'", "'", "4:21: metrics.accuracy: "),
        (
            "metric: accuracy",
            "metric: acuracy",
            "3:21: objective.metric: no pattern of this name is among the metrics; did",
        ),
        ("strategy: Random", "strategy: Bayes", "14:11: strategy: 'Bayes' is not one of"),
        ("strategy: Random", "strategy: Grid", "14:11: strategy: "),
        ("depth: 6", "depth: 60", "16:28: initial[0].depth: 60 is not a whole number in [1, 12]"),
        (", depth: 6", "", "16:11: initial[0]: no value for 'depth'"),
        ("epochs: 10", "depth: 10", "9:26: hyperparameters.depth: depth cannot be both tuned and fixed"),
        (
            "epochs: 10",
            "epochs: [10]",
            "9:27: hyperparameters.epochs: a list is not a text, a number or true or false",
        ),
        ("cpus: 2", "cpus: 99", "12:19: resources.cpus: 99 are more than the 4 that there are to use"),
        ("resources: {cpus: 2, gpus: 1}", "resources:", "12:11: resources: an empty value is not a mapping"),
        ("isolation: none", "isolation: docker", "17:12: isolation: 'docker' is not one of bubblewrap, none"),
    ],
)
def test_a_fault_is_shown_with_its_line_and_what_is_allowed(
    folder: Path, old: str, new: str, fault: str
) -> None:
    assert old in FULL
    (found,) = faults(folder, FULL.replace(old, new, 1))

    assert fault in found


def test_all_faults_are_shown_in_the_order_of_the_file(folder: Path) -> None:
    text = (
        FULL.replace("goal: Maximize", "goal: Up")
        .replace("trials: 50", "trials: x")
        .replace("seed: 7", "sede: 7")
    )

    assert [fault.split(" ")[0] for fault in faults(folder, text)] == ["3:37:", "13:18:", "15:1:"]


def test_faults_of_meaning_are_all_shown_too(folder: Path) -> None:
    text = (
        FULL.replace("low: 1e-5", "low: 0")
        .replace("strategy: Random", "strategy: X")
        .replace("./data", "./no")
    )

    assert [fault.split(" ")[1] for fault in faults(folder, text)] == [
        "parameters.lr.low:",
        "channels.train:",
        "strategy:",
    ]


def test_a_mark_points_at_the_fault(folder: Path) -> None:
    with pytest.raises(JobFileError) as caught:
        read(folder, SHORT.replace("trials: 3", "trials: none"))

    shown = str(caught.value).splitlines()[1:]
    assert shown == ["     5 | limits: {trials: none}", "       |                  ^"]


def test_a_mark_points_at_the_fault_in_a_long_line_too(folder: Path) -> None:
    choices = ", ".join(f"choice{i}" for i in range(50))
    line = f"  y: {{type: categorical, choices: [{choices}, [] ]}}"
    with pytest.raises(JobFileError) as caught:
        read(folder, SHORT.replace("limits", f"{line}\nlimits"))

    _, shown, mark = str(caught.value).splitlines()
    assert shown[mark.index("^")] == "["
    assert len(shown) < 120


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "the file is empty"),
        (b"# nothing\n", "the file is empty"),
        (b"- a\n", "a list is not a mapping with the keys name, script"),
        (b"\xff\xfe", "it is not a text in UTF-8"),
    ],
)
def test_a_file_that_is_no_job_file_says_so(tmp_path: Path, content: bytes, message: str) -> None:
    file = tmp_path / "job.yaml"
    file.write_bytes(content)

    with pytest.raises(JobFileError, match=message):
        load(file, created_at=NOW, cpus=1)


@pytest.mark.parametrize("name", ["missing.yaml", "."])
def test_a_file_that_cannot_be_read_says_so(tmp_path: Path, name: str) -> None:
    with pytest.raises(JobFileError, match="cannot be read"):
        load(tmp_path / name, created_at=NOW, cpus=1)


AUTO = """\
script: train.py
objective: {metric: loss, goal: Minimize}
parameters:
  lr: {type: auto, example: 1e-3}
  hidden: {type: auto, example: 64}
  mine: {type: auto, example: 2}
"""


def test_ranges_and_the_number_of_training_jobs_can_be_chosen(folder: Path) -> None:
    job = read(folder, AUTO)
    assert job.space.parameters == (
        Continuous("lr", 1e-5, 0.1, "Logarithmic"),
        Integer("hidden", 16, 1024, "Logarithmic"),
        Integer("mine", 1, 20, "Logarithmic"),
    )
    assert job.limits.trials == 30
    assert read(folder, AUTO + "limits: {trials: 5}\n").limits.trials == 5
    assert read(folder, AUTO + "limits: {seconds: 5}\n").limits.trials is None


def test_strategy_and_early_stopping_can_be_chosen_too(folder: Path) -> None:
    chosen = read(folder, AUTO)
    assert (chosen.strategy, chosen.stopping) == ("Bayesian", "median")
    given = read(folder, AUTO + "strategy: Random\nstopping: none\n")
    assert (given.strategy, given.stopping) == ("Random", None)
    lines = AUTO.replace(
        "lr: {type: auto, example: 1e-3}", "shuffle: {type: auto, example: true}"
    ).splitlines()
    small = read(folder, "\n".join(lines[:4]))
    assert (small.limits.trials, small.strategy) == (2, "Grid")
    assert read(folder, SHORT).stopping is None


def test_money_and_waiting_have_keys(folder: Path) -> None:
    money = "limits: {budget: 25, wait_seconds: 60}\nprice: {cpu_hour: 0.05, gpu_hour: 1, currency: EUR}\n"
    job = read(folder, AUTO + money)
    assert (job.limits.budget, job.limits.trials, job.max_wait_seconds) == (25, None, 60)
    assert job.price == Price(0.05, 1, "EUR")


@pytest.mark.parametrize(
    ("money", "message"),
    [
        ("limits: {budget: 25}", "price: must be known to keep the budget of 25"),
        ("limits: {budget: 0}", "limits.budget"),
        ("limits: {wait_seconds: 0}", "limits.wait_seconds"),
        ("price: {cpu_hour: -1}", "price.cpu_hour"),
        ("price: {}", "price: give cpu_hour, gpu_hour or both, above 0"),
        ("limits: {budget: 1e-6}\nprice: {cpu_hour: 1}", "does not pay for one training job"),
    ],
)
def test_money_that_makes_no_sense_is_a_fault(folder: Path, money: str, message: str) -> None:
    (fault,) = faults(folder, f"{AUTO}{money}\n")
    assert message in fault


def test_an_example_without_a_range_is_a_fault(folder: Path) -> None:
    (fault,) = faults(folder, AUTO.replace("example: 2", "example: fast"))
    assert fault == (
        "6:31: parameters.mine.example: there is no range to choose for the example 'fast'; give it one, or a fixed value"
    )
