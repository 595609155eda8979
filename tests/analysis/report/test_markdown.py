from __future__ import annotations

from tunesmith.analysis.report.compose import compose
from tunesmith.analysis.report.contents import Report
from tunesmith.analysis.report.markdown import markdown


def test_it_has_sentences_and_tables(report: Report) -> None:
    text = markdown(compose(report))
    assert text.startswith("# Tuning job demo\n\nMaximizes accuracy.")
    assert "- Fine: A little more.\n" in text
    assert (
        "\n| Training job | accuracy | rate | kind | State | Run time |\n|--:|--:|---|---|---|---|\n" in text
    )
    assert "\n| 3 | 0.9 | 0.03 | a | Completed | 60 s |\n" in text


def test_names_of_unknown_origin_are_no_markup(report: Report) -> None:
    text = markdown(compose(report))
    assert r"- **Alarm**: At the end \<b\>\|\`x\` \*y\*\</script\>. Widen it." in text
    assert "<b>" not in text


def test_every_row_has_as_many_cells_as_its_heading(report: Report) -> None:
    lines = markdown(compose(report)).replace(r"\|", "").splitlines()
    tables = [line for line in lines if line.startswith("|")]
    widths = {i: line.count("|") for i, line in enumerate(tables)}
    heads = [i for i, line in enumerate(tables) if set(line) <= set("|-:")]
    assert len(heads) >= 8
    for head, following in zip(heads, [*heads[1:], len(tables) + 1], strict=True):
        assert {widths[i] for i in range(head - 1, following - 1)} == {widths[head]}
