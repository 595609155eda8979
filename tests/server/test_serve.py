"""Why a server does not start; how it works when it has is tested in tests/compat."""

from __future__ import annotations

import importlib.util
import socket
from pathlib import Path

import pytest

from tunesmith.api.keys import FILE_NAME, Keys
from tunesmith.server import serve as module
from tunesmith.server.app import App
from tunesmith.server.options import ServerOptions
from tunesmith.server.serve import ServeError, serve


def refused(options: ServerOptions) -> str:
    """The reason for which a server does not start."""
    said: list[str] = []
    with pytest.raises(ServeError) as reason:
        serve(options, said.append)
    assert said == []
    return str(reason.value)


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.1", "some-host"])  # noqa: S104 - it is refused
def test_others_may_reach_it_only_if_there_are_keys(tmp_path: Path, host: str) -> None:
    reason = refused(ServerOptions(data=tmp_path, host=host, port=0))
    assert reason.startswith(f"at the address {host} others can reach the server")
    assert "tunesmith keys create" in reason
    assert sorted(path.name for path in tmp_path.iterdir()) == []


@pytest.mark.parametrize("host", ["127.0.0.1", "::1", "localhost", "127.1.2.3"])
def test_this_machine_may(tmp_path: Path, host: str) -> None:
    module._check_address(host, Keys(tmp_path / FILE_NAME))


def test_with_keys_others_may_reach_it(tmp_path: Path) -> None:
    keys = Keys(tmp_path / FILE_NAME)
    keys.create("laptop")
    module._check_address("0.0.0.0", keys)  # noqa: S104 - nobody listens


def test_a_port_that_is_in_use(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        reason = refused(ServerOptions(data=tmp_path, port=port))
    assert reason.startswith(f"cannot listen at 127.0.0.1:{port}: Address already in use")
    assert reason.endswith("; --port chooses another")


def test_an_address_that_is_not_this_machines(tmp_path: Path) -> None:
    Keys(tmp_path / FILE_NAME).create("laptop")
    reason = refused(ServerOptions(data=tmp_path, host="192.0.2.1", port=0))
    assert reason.startswith("cannot listen at 192.0.2.1:0: ")


def test_a_mistake_in_the_settings(tmp_path: Path) -> None:
    (tmp_path / "settings.yaml").write_text("acount: x")
    assert "'acount' is no key" in refused(ServerOptions(data=tmp_path, port=0))
    other = tmp_path / "other.yaml"
    other.write_text("isolation: odd")
    assert refused(ServerOptions(data=tmp_path, port=0, settings=other)).startswith(f"{other}: ")


def test_a_database_that_cannot_be_opened(tmp_path: Path) -> None:
    (tmp_path / "tunesmith.db").write_bytes(b"no database" * 1000)
    assert "tunesmith.db" in refused(ServerOptions(data=tmp_path, port=0))


def test_answers_do_not_wait_for_acknowledgements() -> None:
    with (
        module._listen("127.0.0.1", 0) as listener,
        socket.create_connection(listener.getsockname()) as client,
    ):
        accepted, _ = listener.accept()
        with accepted, client:
            assert accepted.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)


def test_the_page_is_open_to_this_machine_only(tmp_path: Path) -> None:
    Keys(tmp_path / FILE_NAME).create("laptop")
    reason = refused(ServerOptions(data=tmp_path, host="0.0.0.0", port=0, ui_open=True))  # noqa: S104 - it is refused
    assert reason.startswith("--ui-open: everybody who reaches 0.0.0.0 could use the page")
    module._check_open(ServerOptions(data=tmp_path, host="127.0.0.1", port=0, ui_open=True))
    module._check_open(ServerOptions(data=tmp_path, host="0.0.0.0", port=0))  # noqa: S104 - nobody listens


def test_without_nicegui_there_is_no_page_and_a_line_that_says_how_to_get_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda _: None)
    served: list[App] = []
    monkeypatch.setattr(module, "_run", lambda app, _: served.append(app))
    said: list[str] = []
    serve(ServerOptions(data=tmp_path, port=0), said.append)
    assert served[0].page is None
    assert said[-1] == "For the page in the browser: pip install 'tunesmith[ui]'"
