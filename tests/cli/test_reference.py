"""The reference pages know every key of a job file, and every command and option."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import click
import msgspec.inspect as mi
import pytest

from tunesmith.cli.main import tunesmith
from tunesmith.jobfile.file import load
from tunesmith.jobfile.schema import JobFile

REFERENCE = Path(__file__).parents[2] / "docs" / "reference"


def keys(kind: mi.Type, section: str = "the keys at the top") -> Iterator[tuple[str, str]]:
    """Every key of a type and those inside of it, each with the section that it belongs to."""
    match kind:
        case mi.StructType(fields=fields, tag_field=tag):
            yield from [(section, tag)] if tag else []
            for field in fields:
                yield section, field.name
                yield from keys(field.type, field.name)
        case mi.UnionType(types=types):
            for member in types:
                yield from keys(member, section)
        case mi.DictType(value_type=inner) | mi.ListType(item_type=inner):
            yield from keys(inner, section)


def sections(page: str) -> dict[str, str]:
    """The sections of a page by their headings, lower case."""
    text = (REFERENCE / page).read_text(encoding="utf-8")
    parts = re.split(r"^## (.*)$", text, flags=re.MULTILINE)[1:]
    return {heading.lower(): body for heading, body in zip(parts[::2], parts[1::2], strict=True)}


def documented(section: str) -> set[str]:
    """What the tables of a section have in their first column."""
    cells = re.findall(r"^\| (`[^|]*`) \|", section.replace(r"\|", "/"), flags=re.MULTILINE)
    return {name for cell in cells for name in re.findall(r"`([^` ]+)", cell)}


def test_the_page_has_the_keys_of_job_files_and_no_others() -> None:
    expected: dict[str, set[str]] = {}
    for section, key in keys(mi.type_info(JobFile)):
        expected.setdefault(section, set()).add(key)

    assert {name: documented(body) for name, body in sections("job-file.md").items()} == expected


def test_the_example_of_the_page_is_a_job_file(tmp_path: Path) -> None:
    page = (REFERENCE / "job-file.md").read_text(encoding="utf-8")
    (tmp_path / "train.py").touch()
    (tmp_path / "data").mkdir()
    file = tmp_path / "job.yaml"
    file.write_text(page.split("```yaml\n")[1].split("```")[0])

    assert load(file, created_at=datetime.now(UTC), cpus=2).name == "churn"


@pytest.mark.parametrize("name", list(tunesmith.commands))
def test_the_page_has_the_options_of_each_command_and_no_others(name: str) -> None:
    options = (p for p in tunesmith.commands[name].params if isinstance(p, click.Option))
    (section,) = (body for heading, body in sections("command-line.md").items() if heading.split()[1] == name)
    found = {option for option in documented(section) if option.startswith("-")}

    assert found == {flag for option in options for flag in option.opts}


def test_the_page_has_no_other_commands() -> None:
    assert [heading.split()[1] for heading in sections("command-line.md")] == list(tunesmith.commands)
