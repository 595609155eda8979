from __future__ import annotations

from tunesmith.analysis.finding import Finding, Kind, Severity, by_severity


def finding(kind: Kind, severity: Severity, advice: str | None = None) -> Finding:
    return Finding(kind=kind, severity=severity, sentence=f"About {kind}.", facts=None, advice=advice)


def test_the_most_pressing_come_first() -> None:
    fine, alarm, note = (
        finding(Kind.FAILURES, Severity.FINE),
        finding(Kind.OUTLOOK, Severity.ALARM),
        finding(Kind.NOISE, Severity.NOTE),
    )
    earlier = finding(Kind.BOUNDARY, Severity.ALARM)
    assert by_severity([fine, alarm, note, earlier]) == [earlier, alarm, note, fine]


def test_it_reads_as_a_line() -> None:
    assert str(finding(Kind.NOISE, Severity.NOTE, "Repeat it.")) == "note: About noise. Repeat it."
    assert str(finding(Kind.NOISE, Severity.FINE)) == "fine: About noise."
