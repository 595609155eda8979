"""The sign-in: the one thing that is shown to those who have not signed in, with nothing fetched from anywhere."""

from __future__ import annotations

from functools import cache
from html import escape
from pathlib import Path

from tunesmith.web import addresses

LINK_FAILED = (
    "This link does not sign in any more: each works once, for 15 minutes. "
    "Run <code>tunesmith ui</code> where the server runs for a new one, or use an access key."
)
KEY_FAILED = "There is no access key with this id and secret. <code>tunesmith keys list</code> shows the ids."

_PAGE = """\
<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Sign in · Tunesmith</title>
<link rel="icon" href="data:,">
<style>{css}</style>
<script>{script}</script>
</head>
<body class="sign-in">
<main>
<form method="post" action="{action}" class="card">
<h1><span class="logo" aria-hidden="true"></span>Tunesmith</h1>
{problem}
<label for="access-key">Access key id</label>
<input id="access-key" name="access-key" required autofocus autocomplete="username" spellcheck="false"
 autocapitalize="off">
<label for="secret">Secret access key</label>
<input id="secret" name="secret" type="password" required autocomplete="current-password">
<button class="primary" type="submit">Sign in</button>
<p class="quiet"><code>tunesmith keys create LABEL</code> makes an access key;
<code>tunesmith ui</code> prints a link that signs you in without one.</p>
</form>
</main>
</body>
</html>
"""


def form(problem: str | None, wanted: str | None) -> str:
    """The page that asks for an access key; `problem` is HTML, `wanted` the address to go to then."""
    shown = "" if problem is None else f'<p class="notice bad" role="alert">{problem}</p>'
    action = escape(addresses.with_query(addresses.SIGN_IN, next=wanted))
    return _PAGE.format(css=_file("tunesmith.css"), script=_file("theme.js"), action=action, problem=shown)


@cache
def _file(name: str) -> str:
    return (Path(__file__).parent / "static" / name).read_text(encoding="utf-8")
