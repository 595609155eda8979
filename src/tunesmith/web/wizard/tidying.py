"""Taking away what people have begun and left: sheets that nobody came back to, and files that nothing needs any more."""

from __future__ import annotations

from tunesmith.store.store import Store
from tunesmith.web.wizard.drafts import Drafts
from tunesmith.web.wizard.uploads import MENTION, Uploads

SECONDS = 24 * 3600.0
"""The time from one look to the next."""


def tidy(drafts: Drafts, uploads: Uploads, store: Store) -> None:
    """Remove old sheets, and the old uploads that neither a sheet nor a tuning job mentions.

    A tuning job names its files by their paths, which have a random part: that is looked for in all that the store
    knows of all tuning jobs, whatever became of them. The sheets are looked at first, because a sheet goes when its
    tuning job is there. Nothing is removed if the data folder was ever used with another database: its tuning jobs
    cannot be asked.
    """
    drafts.remove_old()
    is_known = uploads.note_database(store.url)
    old = uploads.old() if is_known else set()
    if old:
        needed = drafts.mentioned(MENTION)
        needed |= store.mentioned(MENTION)
        uploads.remove(old - needed)
