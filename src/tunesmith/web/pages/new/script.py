"""A Python script: where it is, and what was found in it without running it."""

from __future__ import annotations

from html import escape
from pathlib import Path

from anyio import to_thread
from nicegui import ui

from tunesmith.web.pages.new.editor import Editor
from tunesmith.web.pages.new.source_path import server_path, source_path
from tunesmith.web.parts import states
from tunesmith.web.parts.ask import Ask
from tunesmith.web.views import words
from tunesmith.web.wizard import beginnings
from tunesmith.web.wizard.draft import Draft, ScriptWork
from tunesmith.web.wizard.sheet import with_work_of
from tunesmith.web.wizard.uploads import Uploads


class ScriptPart:
    """The fields as one visitor sees them."""

    def __init__(self, editor: Editor) -> None:
        self._editor = editor

    async def show(self) -> None:
        """Build them, with what is known of the script."""
        self._field = source_path(
            "source",
            "Script, folder or .tar.gz",
            self._work.source,
            self._open,
            accept=".py,.gz,.tgz",
            hint="A path on the server, or a file that was uploaded. It is copied when the job starts.",
        )
        self._box = ui.element("div").classes("form")
        if self._work.source:
            await self._list()

    @property
    def _work(self) -> ScriptWork:
        work = self._editor.draft.work
        return work if isinstance(work, ScriptWork) else ScriptWork()

    async def _open(self, path: str) -> None:
        """Another path was given: look for scripts in it, and read the most likely one."""
        self._box.clear()
        with self._box:
            states.loading("Reading …")
        try:
            folder, entry = await to_thread.run_sync(_opened, self._editor.uploads, path)
            await self._begin(folder, entry)
        except (ValueError, OSError) as error:
            if not self._box.is_deleted:
                self._box.clear()
                self._field.judge(str(error), "")
            return
        if self._box.is_deleted:
            return
        self._field.put(self._work.source)
        self._field.judge("", "")
        await self._list()

    async def _begin(self, folder: Path, entry: str) -> None:
        """Fill in what follows from a script. Raises ValueError."""
        begun = await to_thread.run_sync(beginnings.from_script, folder, entry)
        self._editor.change(draft=with_work_of(self._editor.draft, begun))

    async def _list(self) -> None:
        """Show the scripts of the folder, and what was found in the one that is chosen."""
        work = self._work
        scripts, found = await to_thread.run_sync(_listed, self._editor.draft, work)
        if self._box.is_deleted:
            return
        self._box.clear()
        with self._box:
            if scripts:
                options = {name: name for name in dict.fromkeys([*scripts, work.entry])}
                Ask(
                    "entry",
                    "Entry script",
                    work.entry,
                    self._choose,
                    self._choose,
                    form="select",
                    options=options,
                )
            else:
                self._editor.ask(("work", "entry"), "Entry script", mono=True)
            ui.html(found, sanitize=False)
            with ui.element("details"):
                ui.html("Interpreter", tag="summary")
                self._editor.ask(
                    ("work", "python"),
                    "Python interpreter",
                    mono=True,
                    example="/path/to/env/bin/python",
                    hint="Empty: the one that runs the server.",
                )

    async def _choose(self, entry: str) -> None:
        try:
            await self._begin(Path(self._work.source), entry)
        except ValueError as error:
            self._field.judge(str(error), "")
        else:
            self._field.judge("", "")
        await self._list()
        self._editor.focus_id("entry")


def _opened(uploads: Uploads, path: str) -> tuple[Path, str]:
    """The folder of a source and its most likely script. Raises ValueError."""
    given = server_path(path)
    if not given.exists():
        msg = f"there is no file or folder {given}"
        raise ValueError(msg)
    folder = uploads.unpacked(given)
    scripts = [given.name] if given.suffix == ".py" else beginnings.scripts_in(folder)
    if not scripts:
        msg = f"there is no Python script in {given}"
        raise ValueError(msg)
    return folder, scripts[0]


def _listed(draft: Draft, work: ScriptWork) -> tuple[list[str], str]:
    """The scripts of a source, and what was found in the one that is chosen."""
    source = Path(work.source)
    scripts = beginnings.scripts_in(source) if source.is_dir() else []
    return scripts, _found(draft, source, work.entry)


def _found(draft: Draft, source: Path, entry: str) -> str:
    """What was found in the script, in words."""
    said = [f"{words.count(len(draft.parameters), 'argument')} to tune: {_named(draft.parameters)}."]
    if draft.fixed:
        said.append(f"{words.count(len(draft.fixed), 'argument')} with a fixed value: {_named(draft.fixed)}.")
    try:
        said += [f"{name} is left out: {why}." for name, why in beginnings.left_out(source, entry)]
    except ValueError:
        return ""
    if draft.metric:
        said.append(f"It prints or reports {draft.metric}, which is proposed as the objective metric.")
    else:
        said.append("No metric was found in what it prints; name one at the third step.")
    items = "".join(f"<li>{escape(each)}</li>" for each in said)
    return f'<h3>Found by reading the script; it was not run</h3><ul class="quiet plain">{items}</ul>'


def _named(rows: object) -> str:
    names = [row.name for row in rows] if isinstance(rows, tuple) else []
    return ", ".join(names) or "none"
