from __future__ import annotations

import io
import json
import os
import shutil
import subprocess
import sys
import tarfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tunesmith.core.training_job import Channel, Command, Function, Resources, Script, TrainingJob
from tunesmith.storage.objects import ObjectStore
from tunesmith.storage.transfer import Places
from tunesmith.training.launch import Launch, failure_reason, prepare, trouble

DUMP = """
import json, os, sys
base = os.environ["SAGEMAKER_BASE_DIR"]
config = {name: json.load(open(f"{base}/input/config/{name}")) for name in os.listdir(f"{base}/input/config")}
channels = {name: sorted(os.listdir(f"{base}/input/data/{name}")) for name in os.listdir(f"{base}/input/data")}
open(os.environ["SM_MODEL_DIR"] + "/model.bin", "w").write("weights")
open(os.path.join(os.getcwd(), "written"), "w").close()
print(json.dumps({"argv": sys.argv, "environment": dict(os.environ), "config": config, "channels": channels,
                  "directory": os.getcwd(), "path": sys.path[:2]}))
"""


@pytest.fixture
def base(tmp_path: Path) -> Path:
    return tmp_path / "jobs" / "j-1" / "ml"


@pytest.fixture
def cache(tmp_path: Path) -> Path:
    return tmp_path / "cache"


@pytest.fixture
def job(tmp_path: Path) -> TrainingJob:
    source, train, test = (tmp_path / name for name in ("src", "train", "test.csv"))
    source.mkdir()
    train.mkdir()
    (source / "dump.py").write_text(DUMP)
    (train / "part-0").write_text("0")
    test.write_text("1")
    return TrainingJob(
        name="j-1",
        work=Script(str(source), "dump.py"),
        hyperparameters={
            "lr": 0.1,
            "n": 3,
            "nesterov": True,
            "opt": "adam",
            "quoted": '"sgd"',
            "empty": "null",
            "_tuning_objective_metric": "accuracy",
            "sagemaker_program": '"dump.py"',
        },
        channels={"train": str(train), "test": str(test)},
        environment={"MINE": "yes", "TRAINING_JOB_ARN": "arn:aws:sagemaker:::training-job/j-1"},
        resources=Resources(cpus=2, gpus=1),
    )


def run(launch: Launch) -> dict[str, Any]:
    done = subprocess.run(
        launch.arguments,
        env=launch.environment,
        cwd=launch.directory,
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    dumped: dict[str, Any] = json.loads(done.stdout)
    return dumped


def test_a_script_sees_the_whole_contract(job: TrainingJob, base: Path, cache: Path) -> None:
    launch = prepare(job, base, cache)
    seen = run(launch)
    assert seen["argv"] == [
        "dump.py", "--empty", "", "--lr", "0.1", "-n", "3", "--nesterov", "True", "--opt", "adam", "--quoted", "sgd",
    ]  # fmt: skip
    assert seen["directory"] == str(base / "code")
    assert seen["path"][0] == str(base / "code")
    assert seen["config"]["hyperparameters.json"] == {
        "lr": "0.1",
        "n": "3",
        "nesterov": "true",
        "opt": "adam",
        "quoted": '"sgd"',
        "empty": "null",
        "_tuning_objective_metric": "accuracy",
        "sagemaker_program": '"dump.py"',
    }
    assert sorted(seen["config"]["inputdataconfig.json"]) == ["test", "train"]
    assert seen["config"]["resourceconfig.json"]["hosts"] == ["localhost"]
    assert seen["channels"] == {"train": ["part-0"], "test": ["test.csv"]}
    environment = seen["environment"]
    assert environment["SAGEMAKER_BASE_DIR"] == str(base)
    assert environment["TRAINING_JOB_NAME"] == "j-1"
    assert environment["MINE"] == "yes"
    assert environment["TRAINING_JOB_ARN"] == "arn:aws:sagemaker:::training-job/j-1"
    assert environment["SM_CHANNEL_TRAIN"] == str(base / "input" / "data" / "train")
    assert environment["SM_NUM_CPUS"] == "2"
    assert environment["SM_NUM_GPUS"] == "1"
    assert json.loads(environment["SM_USER_ARGS"]) == seen["argv"][1:]
    assert environment["SM_USER_ENTRY_POINT"] == "dump.py"
    assert environment["PYTHONUNBUFFERED"] == "1"
    assert not [name for name in environment if "TUNING_OBJECTIVE" in name]
    assert (base / "model" / "model.bin").read_text() == "weights"


def test_what_is_packed(job: TrainingJob, base: Path, cache: Path) -> None:
    launch = prepare(job, base, cache)
    assert launch.archives == (
        (base / "model", base / "artifacts" / "model.tar.gz"),
        (base / "output" / "data", base / "artifacts" / "output.tar.gz"),
    )
    assert all(folder.is_dir() and archive.parent.is_dir() for folder, archive in launch.archives)
    assert (base / "checkpoints").is_dir()
    assert launch.finish == ()


def test_preparing_again_changes_nothing(job: TrainingJob, base: Path, cache: Path) -> None:
    first = prepare(job, base, cache)
    assert prepare(job, base, cache) == first
    run(first)
    assert prepare(job, base, cache) == first
    assert (base / "code" / "written").exists()
    assert (base / "model" / "model.bin").exists()
    run(first)


KILLED_ANYWHERE = """
import os, sys
from pathlib import Path
from tunesmith.core.training_job import Script, TrainingJob
from tunesmith.training.launch import prepare

root = Path(sys.argv[1])
job = TrainingJob(name="j", work=Script(str(root / "src"), "dump.py"), channels={"train": str(root / "train")})
CHANGES = {"open", "os.mkdir", "os.rename", "os.remove", "os.rmdir", "os.symlink", "os.chmod", "shutil.copyfile"}

def content(folder):
    return {str(p.relative_to(folder)): p.read_text() if p.is_file() else "" for p in sorted(folder.rglob("*"))}

def die_at(count):
    def hook(event, args):
        nonlocal count
        count -= event in CHANGES
        if count < 0:
            os._exit(9)
    sys.addaudithook(hook)

prepare(job, root / "warm" / "ml", root / "warm-cache")  # so that what follows opens no modules
for instant in range(1000):
    base, cache = root / "runs" / str(instant) / "ml", root / "caches" / str(instant)
    if not (child := os.fork()):
        die_at(instant)
        prepare(job, base, cache)
        os._exit(0)
    killed = os.waitpid(child, 0)[1] != 0
    launch = prepare(job, base, cache)
    assert content(base) == content(root / "warm" / "ml"), (instant, content(base))
    assert launch.directory == base / "code"
    if not killed:
        print(instant)
        break
"""


@pytest.mark.usefixtures("job")  # for its files
def test_a_preparation_that_was_killed_anywhere_is_completed(tmp_path: Path) -> None:
    command = [sys.executable, "-B", "-c", KILLED_ANYWHERE, str(tmp_path)]
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert int(done.stdout) > 20  # instants


def test_every_job_runs_the_source_that_was_frozen(job: TrainingJob, base: Path, cache: Path) -> None:
    run(prepare(job, base, cache))
    assert isinstance(job.work, Script)
    assert not (Path(job.work.source) / "written").exists()
    again = prepare(job, base.parent / "other", cache)
    assert not (again.directory / "written").exists()
    assert len(list((cache / "sources").iterdir())) == 1


def test_a_tarball_is_as_good_as_a_folder(job: TrainingJob, base: Path, cache: Path, tmp_path: Path) -> None:
    with tarfile.open(tmp_path / "sourcedir.tar.gz", "w:gz") as tar:
        tar.add(tmp_path / "src" / "dump.py", arcname="dump.py")
    job = replace(job, work=Script(str(tmp_path / "sourcedir.tar.gz"), "dump.py"))
    assert run(prepare(job, base, cache))["argv"][0] == "dump.py"


@pytest.fixture
def places(tmp_path: Path) -> Places:
    """Give an object store with a bucket that holds data and code."""
    store = ObjectStore(tmp_path / "objects")
    store.create_bucket("bucket")
    store.put("bucket", "data/part-0", [b"0"])
    store.put("bucket", "list", [b'[{"prefix": "s3://bucket/data/"}, "part-0"]'])
    code = io.BytesIO()
    with tarfile.open(fileobj=code, mode="w:gz") as tar:
        tar.add(tmp_path / "src", arcname=".")
    store.put("bucket", "sourcedir.tar.gz", [code.getvalue()])
    return Places(tmp_path / "objects")


def in_s3(job: TrainingJob) -> TrainingJob:
    channels = {
        **job.channels,
        "there": Channel("s3://bucket/data", content_type="text/csv"),
        "listed": Channel("s3://bucket/list", data_type="ManifestFile"),
    }
    return replace(job, work=Script("s3://bucket/sourcedir.tar.gz", "dump.py"), channels=channels)


def test_what_is_in_s3_is_there_when_the_script_starts(
    job: TrainingJob, places: Places, base: Path, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_REGION", "of-the-server")
    own = {"AWS_REGION": "of-the-job", "PYTHONPATH": "/nowhere", "HOME": "/nowhere"}
    job = replace(in_s3(job), environment=own, output="s3://bucket/out")
    for _ in range(2):
        launch = prepare(job, base, cache, places)
        assert not (base / "input" / "data" / "there").exists()
    assert (base.parent / "staging.json").stat().st_mode & 0o077 == 0
    assert (base.parent / "delivery.json").stat().st_mode & 0o077 == 0
    seen = run(launch)
    assert seen["channels"] == {
        "train": ["part-0"],
        "test": ["test.csv"],
        "there": ["part-0"],
        "listed": ["part-0"],
    }
    assert seen["config"]["inputdataconfig.json"]["there"]["ContentType"] == "text/csv"
    assert seen["environment"]["SM_CHANNEL_THERE"] == str(base / "input" / "data" / "there")
    assert seen["environment"]["AWS_REGION"] == "of-the-job"
    assert seen["environment"]["HOME"] == "/nowhere"
    assert not (base.parent / "staging.json").exists()
    launch.archives[0][1].write_text("packed")
    subprocess.run(launch.finish, check=True)
    assert not (base / "input" / "data" / "there").exists()
    assert (base / "input" / "data" / "train" / "part-0").exists()
    assert places.exists("s3://bucket/out/j-1/output/model.tar.gz")


def test_a_command_gets_the_same_surroundings(job: TrainingJob, base: Path, cache: Path) -> None:
    words = (sys.executable, "-c", DUMP, "--rate={lr}", "{nesterov}", "{}")
    seen = run(prepare(replace(job, work=Command(words)), base, cache))
    assert seen["argv"] == ["-c", "--rate=0.1", "true", "{}"]
    assert seen["directory"] == str(base)
    assert seen["environment"]["SM_HP_LR"] == "0.1"
    assert seen["environment"]["SM_USER_ENTRY_POINT"] == ""
    assert str(base / "code") not in seen["environment"].get("PYTHONPATH", "")


def test_the_jobs_own_variables_win(
    job: TrainingJob, base: Path, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SM_HP_STALE", "of another job")
    monkeypatch.setenv("INHERITED", "yes")
    own = {"SM_NUM_CPUS": "99", "PYTHONUNBUFFERED": "", "PYTHONPATH": "/mine"}
    environment = prepare(replace(job, environment=own), base, cache).environment
    assert environment["SM_NUM_CPUS"] == "99"
    assert environment["PYTHONUNBUFFERED"] == ""
    assert environment["PYTHONPATH"] == f"{base / 'code'}{os.pathsep}/mine"
    assert environment["INHERITED"] == "yes"
    assert "SM_HP_STALE" not in environment


def test_an_arn_without_a_name_gets_the_jobs(job: TrainingJob, base: Path, cache: Path) -> None:
    own = {"TRAINING_JOB_ARN": "arn:aws:sagemaker:us-east-1:000000000000:training-job/"}
    environment = prepare(replace(job, name="Tune-001", environment=own), base, cache).environment
    assert environment["TRAINING_JOB_ARN"] == f"{own['TRAINING_JOB_ARN']}tune-001"


def test_requirements_put_their_environment_first(job: TrainingJob, base: Path, cache: Path) -> None:
    assert isinstance(job.work, Script)
    (Path(job.work.source) / "requirements.txt").write_text("numpy\n")
    launch = prepare(job, base, cache)
    folder = launch.environment["VIRTUAL_ENV"]
    assert Path(folder).parent == cache / "environments"
    assert launch.environment["PATH"].startswith(f"{folder}/bin{os.pathsep}")
    assert launch.arguments[0] == sys.executable
    assert f"{folder}/bin/python" in launch.arguments
    assert str(base / "output" / "failure") in launch.arguments


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"work": Function(len)}, "work: a Python function is no program"),
        ({"work": Script("/nowhere", "x.py")}, "source: '/nowhere' does not exist"),
        ({"channels": {"train": "/nowhere"}}, "channels: train: '/nowhere' does not exist"),
        ({"channels": {"train": "s3:///x"}}, "channels: train: 's3:///x' is no address in S3"),
        ({"output": "https://host/x"}, "output: 'https://host/x' is not on this machine"),
        ({"channels": {"a/b": "/"}}, "channels: 'a/b' is no channel name"),
        ({"isolation": "docker"}, "isolation: 'docker' is unknown; choose 'none' or 'bubblewrap'"),
        ({"hyperparameters": {"a=b": 1}}, "hyperparameters: the name 'a=b' must not"),
        ({"hyperparameters": {"a": "x\0"}}, "hyperparameters: 'a' must not hold a NUL"),
        ({"environment": {"": "x"}}, "environment: the name '' must not be empty"),
        ({"hyperparameters": {"a": "x" * 70_000, "b": "y" * 70_000}}, "SM_HPS.* has 14.* bytes"),
    ],
)
def test_a_job_that_cannot_run_is_refused(
    change: dict[str, Any], why: str, job: TrainingJob, base: Path, cache: Path
) -> None:
    with pytest.raises(ValueError, match=why):
        prepare(replace(job, **change), base, cache)


def is_isolation_usable() -> bool:
    probe = ["bwrap", "--ro-bind", "/", "/", "--unshare-pid", "/bin/true"]
    return shutil.which("bwrap") is not None and subprocess.run(probe, check=False).returncode == 0


@pytest.mark.skipif(not is_isolation_usable(), reason="bubblewrap is missing or may not be used")
def test_an_isolated_script_sees_sagemakers_own_paths(job: TrainingJob, base: Path, cache: Path) -> None:
    job = replace(job, isolation="bubblewrap")
    first = prepare(job, base, cache)
    assert prepare(job, base, cache) == first
    seen = run(first)
    assert seen["directory"] == "/opt/ml/code"
    assert seen["channels"] == {"train": ["part-0"], "test": ["test.csv"]}
    assert seen["config"]["resourceconfig.json"]["hosts"] == ["algo-1"]
    environment = seen["environment"]
    assert environment["SAGEMAKER_BASE_DIR"] == "/opt/ml"
    assert environment["SM_MODEL_DIR"] == "/opt/ml/model"
    assert environment["SM_CURRENT_HOST"] == "algo-1"
    assert environment["TMPDIR"] == "/tmp"  # noqa: S108 - its own
    assert (base / "model" / "model.bin").read_text() == "weights"
    assert first.archives[0][0] == base / "model"


@pytest.mark.skipif(not is_isolation_usable(), reason="bubblewrap is missing or may not be used")
def test_what_is_in_s3_is_fetched_outside_of_the_sandbox(
    job: TrainingJob, places: Places, base: Path, cache: Path
) -> None:
    seen = run(prepare(replace(in_s3(job), isolation="bubblewrap"), base, cache, places))
    assert seen["channels"]["there"] == ["part-0"]
    assert seen["environment"]["SM_CHANNEL_THERE"] == "/opt/ml/input/data/there"


@pytest.mark.skipif(not is_isolation_usable(), reason="bubblewrap is missing or may not be used")
def test_an_isolated_script_can_report(job: TrainingJob, base: Path, cache: Path) -> None:
    assert isinstance(job.work, Script)
    script = "from tunesmith.training.report import report\nreport(loss=0.5)\n"
    (Path(job.work.source) / "dump.py").write_text(script)
    launch = prepare(replace(job, isolation="bubblewrap"), base, cache)
    reports = base.parent / "reports.jsonl"
    environment = {**launch.environment, "TUNESMITH_REPORTS": str(reports)}
    subprocess.run(launch.arguments, env=environment, cwd=launch.directory, check=True)
    assert json.loads(reports.read_text())["metrics"] == {"loss": 0.5}


@pytest.mark.parametrize(
    ("exit_code", "reason"),
    [
        (None, "The training job vanished: it left no exit code."),
        (1, "The training job ended with exit code 1."),
        (-15, "The training job was ended by SIGTERM."),
        (-9, "The training job was ended by SIGKILL, as the system does when memory runs out."),
        (139, "The training job ended with exit code 139, which stands for SIGSEGV."),
        (255, "The training job ended with exit code 255."),
    ],
)
def test_exit_codes_in_words(exit_code: int | None, reason: str, tmp_path: Path) -> None:
    assert failure_reason(tmp_path, exit_code) == reason


def test_the_last_line_of_output_goes_with_the_exit_code(tmp_path: Path) -> None:
    reason = failure_reason(tmp_path, 1, "ValueError: no data\n")
    assert reason == "The training job ended with exit code 1. Its last line of output: ValueError: no data"


def test_the_failure_file_speaks_first(tmp_path: Path) -> None:
    failure = tmp_path / "output" / "failure"
    failure.parent.mkdir()
    failure.write_text("  \n")
    assert failure_reason(tmp_path, 1).startswith("The training job ended")
    failure.write_bytes(b"bad \xff byte, " + "ä".encode() * 5000)
    reason = failure_reason(tmp_path, 1)
    assert reason.startswith("bad \ufffd byte, ä")
    assert len(reason) == 1024
    failure.unlink()
    failure.symlink_to("/dev/zero")
    assert failure_reason(tmp_path, 1).startswith("The training job ended")


def test_the_trouble_of_a_job_is_no_failure_of_its_own(tmp_path: Path) -> None:
    base = tmp_path / "ml"
    assert trouble(base) is None
    (tmp_path / "trouble").write_text("Data download failed: no network\n")
    assert trouble(base) == "Data download failed: no network"
