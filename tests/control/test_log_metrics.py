from __future__ import annotations

from datetime import UTC, datetime

import pytest
import regex
from hypothesis import given
from hypothesis import strategies as st

from tunesmith.control import log_metrics
from tunesmith.control.log_metrics import LONGEST_LINE, LogMetrics
from tunesmith.core.tuning_job import MetricPattern
from tunesmith.training.report import encode

NOW = datetime(2026, 1, 1, tzinfo=UTC)
CATASTROPHE = r"x=((a|a)*)\1b"  # a back-reference defeats every shortcut of the engine
UNLUCKY = b"x=" + b"a" * 400 + b"\n"


def values(patterns: dict[str, str], log: bytes) -> list[tuple[str, float]]:
    scan = LogMetrics([MetricPattern(*item) for item in patterns.items()]).scan(log, NOW)
    assert all(emission.at == NOW for emission in scan.emissions)
    return [(emission.metric, emission.value) for emission in scan.emissions]


def accuracy(log: bytes, pattern: str = r"accuracy=(\S+)") -> list[float]:
    return [value for _, value in values({"accuracy": pattern}, log)]


def test_every_line_is_searched_and_the_first_group_is_the_value() -> None:
    assert accuracy(b"epoch 1 accuracy=0.9\nnoise\nepoch 2 accuracy=0.5\n") == [0.9, 0.5]


def test_the_first_match_of_a_line_counts() -> None:
    assert accuracy(b"accuracy=0.1 accuracy=0.2\n") == [0.1]


@pytest.mark.parametrize(
    ("text", "value"),
    [(b"1e-3", 0.001), (b"-2", -2.0), (b"+.5", 0.5), (b"1E5", 1e5), (b"12.", 12.0)],
)
def test_numbers_of_all_forms(text: bytes, value: float) -> None:
    assert accuracy(b"accuracy=" + text + b"\n") == [value]


@pytest.mark.parametrize("text", [b"abc", b"1,234", b"0.5%", b"", b"--1"])
def test_captures_that_are_no_number_are_ignored(text: bytes) -> None:
    assert accuracy(b"accuracy=" + text + b"\n", r"accuracy=(\S*)") == []


def test_a_group_that_takes_no_part_is_ignored() -> None:
    assert accuracy(b"accuracy\n", r"accuracy(=\d+)?") == []


def test_what_is_not_finite_is_ignored_and_said_once() -> None:
    reader = LogMetrics([MetricPattern("accuracy", r"accuracy=(\S+)")])
    first, second = (reader.scan(b"accuracy=nan\naccuracy=nan\n", NOW) for _ in range(2))
    assert first.emissions == []
    assert first.warnings == ["metric 'accuracy' was nan; such values are ignored"]
    assert second.warnings == []


def test_several_metrics_come_in_the_order_of_lines() -> None:
    patterns = {"b": r"b=(\d+)", "a": r"a=(\d+)"}
    assert values(patterns, b"a=1\nb=2\na=3 b=4\n") == [("a", 1), ("b", 2), ("b", 4), ("a", 3)]


def test_a_carriage_return_ends_a_line() -> None:
    assert accuracy(b"accuracy=0.1\raccuracy=0.2\r\naccuracy=0.3\n") == [0.1, 0.2, 0.3]


def test_a_match_never_spans_lines() -> None:
    assert accuracy(b"accuracy\n0.5\n", r"accuracy\s(\S+)") == []


def test_the_last_line_may_lack_its_end() -> None:
    assert accuracy(b"accuracy=0.5") == [0.5]


def test_binary_junk_does_no_harm() -> None:
    assert accuracy(bytes(range(256)) * 50 + b"\naccuracy=0.5 \xff\xfe\n") == [0.5]


def test_an_overlong_line_is_searched_in_pieces() -> None:
    assert accuracy(b"x" * (3 * LONGEST_LINE) + b" accuracy=0.5\n") == [0.5]


@pytest.mark.parametrize(
    ("pattern", "fault"),
    [
        ("accuracy=(", "is wrong.*position 9"),
        ("(" * 5000 + ")" * 5000, "is wrong"),
        (r"\p{L}=(.)", "is wrong"),  # `regex` has it, Python's `re` has not
        ("accuracy=.*", "needs a group"),
        ("accuracy=(?:.*)", "needs a group"),
    ],
)
def test_a_bad_pattern_is_named(pattern: str, fault: str) -> None:
    with pytest.raises(ValueError, match=fault) as error:
        LogMetrics([MetricPattern("accuracy", pattern)])
    assert "accuracy" in str(error.value)


def test_two_patterns_of_one_metric_are_refused() -> None:
    with pytest.raises(ValueError, match="repeated: a"):
        LogMetrics([MetricPattern("a", "(x)"), MetricPattern("a", "(y)")])


def test_a_catastrophic_pattern_is_given_up_and_the_others_go_on() -> None:
    reader = LogMetrics([MetricPattern("bad", CATASTROPHE), MetricPattern("good", r"good=(\d+)")])
    scan = reader.scan(UNLUCKY * 20 + b"good=1\n", NOW)
    assert [(e.metric, e.value) for e in scan.emissions] == [("good", 1.0)]
    assert len(scan.warnings) == 3
    assert "'bad'" in scan.warnings[-1]
    assert "not searched for" in scan.warnings[-1]
    assert reader.scan(UNLUCKY, NOW).warnings == []
    assert (
        LogMetrics([MetricPattern("bad", CATASTROPHE)]).scan(UNLUCKY, NOW).warnings
    )  # a new job tries again


def test_braces_mean_what_they_mean_in_re() -> None:
    assert accuracy(b'{"e": 1, "accuracy": 0.5}\n', r'{"e": 1, "accuracy": ([0-9.]+)}') == [0.5]
    assert accuracy(b"lose=1\nloss{e}=2\nloss=3\n", r"loss{e}=(\d)") == [2]
    assert accuracy(b"a=12 b=3\n", r"b\{?=(\d{1,2})") == [3]
    assert accuracy(b"1=2\n", r"\N{DIGIT ONE}=(\d)") == [2]


def test_a_pattern_that_is_slow_on_much_output_does_not_hold_up_the_rest(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(log_metrics, "_SCAN_SECONDS", 0.001)
    reader = LogMetrics([MetricPattern("a", r"a=(\d)")])
    scans = [reader.scan(b"a=1\n" * 10_000, NOW) for _ in range(4)]
    assert all(0 < len(scan.emissions) < 10_000 for scan in scans[:3])
    assert [len(scan.warnings) for scan in scans] == [1, 1, 1, 0]
    assert "on " in scans[0].warnings[0]
    assert "not searched for" in scans[2].warnings[0]


def test_a_pattern_that_is_slow_across_lines_is_searched_for_line_by_line(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(log_metrics, "_TEXT_SECONDS", 0.01)
    reader = LogMetrics([MetricPattern("a", r"[^=;]*[=;](\d);")])
    scan = reader.scan(b"word word=\n" * 20_000 + b"a=1;\n", NOW)
    assert [emission.value for emission in scan.emissions] == [1]
    assert scan.warnings == []


def test_reports_carry_their_own_time() -> None:
    line = encode({"accuracy": 0.5, "epoch": 3})
    scan = LogMetrics([]).read_reports(line)
    assert [(e.metric, e.value) for e in scan.emissions] == [("accuracy", 0.5), ("epoch", 3.0)]
    assert all(e.at > NOW.replace(year=2025) for e in scan.emissions)
    assert scan.warnings == []


@pytest.mark.parametrize(
    "line",
    [
        b"{",
        b"[]",
        b"3",
        b'{"time": 1}',
        b'{"metrics": {"a": 1}}',
        b'{"time": "x", "metrics": {"a": 1}}',
        b'{"time": 1e300, "metrics": {"a": 1}}',
        b'{"time": 1, "metrics": {"a": "x"}}',
        b'{"time": 1, "metrics": {"a": null}}',
        b'{"time": 1, "metrics": [1]}',
        b"\xff\xfe",
        b"[" * 100_000,
        b"{\n{{\n{{{",
    ],
)
def test_a_malformed_report_is_a_warning(line: bytes) -> None:
    scan = LogMetrics([]).read_reports(line + b"\n" + encode({"a": 1}))
    assert [e.value for e in scan.emissions] == [1.0]
    assert len(scan.warnings) == 1


def test_a_report_of_nan_is_ignored_and_said() -> None:
    scan = LogMetrics([]).read_reports(encode({"a": float("nan"), "b": 1}))
    assert [e.metric for e in scan.emissions] == ["b"]
    assert len(scan.warnings) == 1


PATTERNS = [
    r"(\d+)",
    r"^(\d+)$",
    r"^a.*?(\d+)",
    r"(\d+)$",
    r"\s*(\d)\s*a",
    r"(?<=a)(\d+)",
    r"(?!a)(\d)b",
    r"[^b](\d)",
    r"(?s)a.*(\d)",
    r"(\d)\Z",
    r"\A(\d)",
    r"\b(\d++)b?",
    r"(a?)(\d)",
    r"(?P<v>\d)\s+(?P=v)",
    r"(a|b|1)*",
]


@given(st.text(alphabet="ab12 \n\r", max_size=60), st.sampled_from(PATTERNS))
def test_the_shortcut_finds_what_a_search_of_each_line_finds(text: str, pattern: str) -> None:
    plain = regex.compile(pattern)
    expected = []
    for line in text.replace("\r", "\n").split("\n"):
        match = plain.search(line)
        if match is not None and (match.group(1) or "").strip().isdigit():
            expected.append(float(match.group(1)))
    assert accuracy(text.encode(), pattern) == expected
