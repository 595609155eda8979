from __future__ import annotations

from tunesmith.web.charts import base


def test_a_chart_names_its_series_only_if_there_are_several() -> None:
    x, y = base.axis("trial"), base.axis("loss", "log")
    one = base.chart(x, y, [{"id": "a", "name": "a"}])
    two = base.chart(x, y, [{"id": "a", "name": "a"}, {"id": "b", "name": "b"}])
    assert not one["legend"]["show"]
    assert two["legend"]["show"]
    assert two["grid"]["top"] > one["grid"]["top"]


def test_what_is_given_goes_before_what_is_common() -> None:
    assert base.axis("x", "value", scale=False)["scale"] is False
    assert "scale" not in base.axis("x", "log")
    assert base.chart({}, {}, [], tooltip=None)["tooltip"] is None
