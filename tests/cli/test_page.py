"""`tunesmith tune --ui`: the page of the tuning job, for as long as the command runs."""

from __future__ import annotations

import urllib.request
from http.cookiejar import CookieJar
from typing import TYPE_CHECKING

import click
import pytest

from tunesmith.cli import page

if TYPE_CHECKING:
    from tests.cli.conftest import Shell


def test_the_link_shows_the_tuning_job_while_it_runs_and_no_longer(shell: Shell) -> None:
    shell.write_job(gated=True)
    process = shell.start("tune", shell.job, "--ui")
    link = shell.read_until(process, "The page: ").splitlines()[-1].split()[-1]

    opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(CookieJar()))
    with opener.open(link, timeout=60) as answer:
        assert answer.url.endswith("/ui/jobs/job")
        text = answer.read()
        assert b"Tunesmith" in text
        assert b"/ui/search" in text
        assert b"/ui/new" not in text  # nobody would run it

    shell.gate.touch()
    code, output = shell.finish(process)
    assert code == 0
    assert "Completed: the limit of 3 training jobs was reached" in output
    with pytest.raises(OSError, match="refused"):
        opener.open(link, timeout=60)


def test_without_the_packages_nothing_is_begun(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(page, "find_spec", lambda _: None)

    result = shell.run("tune", shell.job, "--ui")

    assert result.exit_code == 1
    assert "pip install 'tunesmith[ui]'" in result.output
    assert not shell.data.exists()


def test_with_them_it_goes_on() -> None:
    try:
        page.require()
    except click.ClickException:  # pragma: no cover
        pytest.fail("the packages are there")
