from __future__ import annotations

import json
import math
import subprocess
import sys
import threading
import time
from decimal import Decimal
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tunesmith.training.report import encode, report, reporting_to


@pytest.fixture
def reports(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = tmp_path / "reports.jsonl"
    monkeypatch.setenv("TUNESMITH_REPORTS", str(path))
    return path


def test_every_report_is_a_line_with_its_time(reports: Path) -> None:
    before = time.time()
    report(accuracy=0.93, epoch=3)
    report(accuracy=0.94)
    first, second = map(json.loads, reports.read_text().splitlines())
    assert first["metrics"] == {"accuracy": 0.93, "epoch": 3.0}
    assert second["metrics"] == {"accuracy": 0.94}
    assert before <= first["time"] <= second["time"] <= time.time()


@pytest.mark.parametrize("value", [np.float32(0.5), np.int64(2), np.array(1.5), Decimal("0.25"), 7])
def test_whatever_is_a_number_is_accepted(reports: Path, value: float) -> None:
    report(metric=value)
    assert json.loads(reports.read_text())["metrics"] == {"metric": float(value)}


@pytest.mark.parametrize("value", [True, np.True_, "0.9", b"1", None, [0.5], np.ones(2), 1j, 10**400])
def test_what_is_not_a_number_is_refused_by_name(reports: Path, value: float) -> None:
    with pytest.raises(TypeError, match="metric"):
        report(good=1.0, metric=value)
    assert not reports.exists()


def test_a_report_of_nothing_is_refused() -> None:
    with pytest.raises(TypeError, match="at least one metric"):
        report()


@given(st.dictionaries(st.text(), st.floats(), min_size=1))
def test_an_encoded_line_reads_back_exactly(metrics: dict[str, float]) -> None:
    line = encode(metrics)
    assert line.endswith(b"\n")
    assert line.count(b"\n") == 1
    back = json.loads(line)["metrics"]
    assert back.keys() == metrics.keys()
    assert all(back[n] == v or (math.isnan(v) and math.isnan(back[n])) for n, v in metrics.items())


def test_lines_of_many_threads_and_processes_stay_whole(reports: Path) -> None:
    script = "from tunesmith.training.report import report\nfor i in range(200): report(a=i, b=-i)"
    processes = [subprocess.Popen([sys.executable, "-c", script]) for _ in range(2)]

    def work() -> None:
        for i in range(200):
            report(a=i, b=-i)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [process.wait() for process in processes] == [0, 0]
    lines = reports.read_text().splitlines()
    assert len(lines) == 6 * 200
    assert all(m["a"] == -m["b"] for m in (json.loads(line)["metrics"] for line in lines))


def test_a_script_alone_prints(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.delenv("TUNESMITH_REPORTS", raising=False)
    report(accuracy=0.93, epoch=3)
    assert capsys.readouterr().out == "accuracy=0.93 epoch=3\n"


def test_a_function_in_process_reports_to_its_sink(reports: Path) -> None:
    lines: list[bytes] = []
    with reporting_to(lines.append):
        report(loss=0.5)
    assert json.loads(lines[0])["metrics"] == {"loss": 0.5}
    assert not reports.exists()
    report(loss=0.25)
    assert len(lines) == 1
    assert reports.exists()


def test_a_thread_of_the_only_function_reports_for_it(reports: Path) -> None:
    mine: list[bytes] = []
    others: list[bytes] = []

    def report_in_a_thread() -> None:
        thread = threading.Thread(target=report, kwargs={"loss": 0.5})
        thread.start()
        thread.join()

    with reporting_to(mine.append):
        report_in_a_thread()
        assert len(mine) == 1
        with reporting_to(others.append):
            report_in_a_thread()  # whose it is cannot be told
    assert (len(mine), others) == (1, [])
    assert len(reports.read_text().splitlines()) == 1


def test_importing_it_loads_nothing_heavy() -> None:
    script = (
        "import sys; from tunesmith.training.report import report; "
        "print([m for m in ('numpy', 'subprocess', 'asyncio', 'sqlalchemy') if m in sys.modules])"
    )
    loaded = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert loaded.stdout == "[]\n"
