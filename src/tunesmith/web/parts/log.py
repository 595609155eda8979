"""The output of a training job: the browser fetches the parts of it that are looked at."""

from __future__ import annotations

from nicegui.element import Element


class Log(Element, component="log.js"):
    """Lines of a log that may be very large: follows its end, searches, and jumps to what was found."""

    def __init__(self, label: str, address: str, *, grows: bool) -> None:
        """Show the end of a log.

        Args:
            label: Whose log it is, for those who do not see it.
            address: Of the training job's page; see `downloads`.
            grows: Whether more of it may come.
        """
        super().__init__()
        with self._props.suspend_updates():
            self._props.update({"label": label, "address": address, "grows": grows})

    def grow(self, *, to_the_end: bool) -> None:
        """Have the browser fetch what is new; `to_the_end` if no more will come."""
        self.run_method("grow", to_the_end)
