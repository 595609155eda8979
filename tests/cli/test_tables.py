from tunesmith.cli.tables import pairs, table


def test_columns_are_aligned_and_nothing_is_cut() -> None:
    rows = [("NAME", "N", "X"), ("a", "1", ""), ("long name", "100", "y")]

    assert table(rows, numeric=[1]).splitlines() == [
        "NAME         N  X",
        "a            1",
        "long name  100  y",
    ]


def test_a_table_may_have_a_heading_only() -> None:
    assert table([("A", "B")]) == "A  B"


def test_pairs_are_aligned() -> None:
    assert pairs([("a", "1"), ("long", "")], "  ").splitlines() == ["  a     1", "  long"]
