from __future__ import annotations

from typing import Any

from tunesmith.api.model import service_model


def test_every_operation_is_one_of_sagemaker(api: Any) -> None:
    table = api.operations().table()
    assert set(table) <= set(service_model("sagemaker").operation_names)
    assert len(table) == 17


def test_tags_and_search_are_wired(api: Any) -> None:
    arn = api.tune("job", Tags=[{"Key": "team", "Value": "a"}])["HyperParameterTuningJobArn"]
    name = api.trial("job", 1, value=0.5)
    added = api.ask("AddTags", ResourceArn=arn, Tags=[{"Key": "x", "Value": ""}])
    assert added["Tags"] == [{"Key": "team", "Value": "a"}, {"Key": "x", "Value": ""}]
    assert api.ask("DeleteTags", ResourceArn=arn, TagKeys=["team"]) == {}
    assert api.ask("ListTags", ResourceArn=arn)["Tags"] == [{"Key": "x", "Value": ""}]
    condition = {"Name": "Tags.team", "Value": "a"}
    found = api.ask("Search", Resource="TrainingJob", SearchExpression={"Filters": [condition]})
    assert [each["TrainingJob"]["TrainingJobName"] for each in found["Results"]] == [name]
    suggested = api.ask("GetSearchSuggestions", Resource="TrainingJob")
    assert {"PropertyName": "tags.team"} in suggested["PropertyNameSuggestions"]
