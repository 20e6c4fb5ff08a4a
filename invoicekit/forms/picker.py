"""Choosing one of many records by its first letters."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from html import escape

import ipywidgets

__all__ = ["Picker"]


class Picker:
    """A search box with what it finds below it; a click on one of them chooses it.

    Only what a text finds is sent to the screen, so that there may be any number of records.

    Parameters
    ----------
    label
        What is chosen.
    search
        Given a text, the best matches as pairs of what is shown and the record's id.
    choose
        Called with the id that was chosen.
    current
        What is chosen already, as it is shown.

    Attributes
    ----------
    box
        The widget to show.
    """

    def __init__(
        self,
        label: str,
        search: Callable[[str], Sequence[tuple[str, int]]],
        choose: Callable[[int], None],
        *,
        current: str = "",
    ) -> None:
        self._search, self._choose = search, choose
        self._turn = threading.RLock()
        style = {"description_width": "13em"}
        self.text = ipywidgets.Text(
            description=label,
            description_allow_html=False,
            placeholder="first letters",
            layout=ipywidgets.Layout(width="auto"),
            style=style,
        )
        self.found = ipywidgets.Select(
            description="", options=[], value=None, rows=5, layout=ipywidgets.Layout(width="auto")
        )
        self.found.layout.display = "none"
        self.message = ipywidgets.HTML()
        self.message.add_class("ik-message")
        self.box = ipywidgets.VBox([self.text, self.found, self.message])
        self.box.add_class("ik-picker")
        self._filling = False
        self.show(current)
        self.text.observe(self._typed, "value")
        self.found.observe(self._chosen, "value")

    def show(self, current: str) -> None:
        """Show what is chosen, and close the list."""
        with self._turn:
            self._filling = True
            try:
                self.text.value = current
                self.found.options = []
                self.found.layout.display = "none"
            finally:
                self._filling = False

    def say(self, text: str, tone: str = "quiet") -> None:
        """Show a word below."""
        self.message.value = f'<span role="status" class="ik-{tone}">{escape(text)}</span>' if text else ""

    def _typed(self, _: object) -> None:
        if self._filling:
            return
        with self._turn:
            matches = list(self._search(self.text.value))
            self._filling = True
            try:
                self.found.options = matches
                self.found.value = None
                self.found.layout.display = "" if matches else "none"
            finally:
                self._filling = False
            self.say("" if matches else "Nobody is called so.", "refused")

    def _chosen(self, change: dict[str, object]) -> None:
        chosen = change["new"]
        if self._filling or not isinstance(chosen, int):
            return
        shown = next(label for label, value in self.found.options if value == chosen)
        self.show(shown)
        self._choose(chosen)
