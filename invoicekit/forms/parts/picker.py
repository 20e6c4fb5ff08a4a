"""Choosing one of many records by its first letters."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from html import escape
from threading import get_ident
from typing import Any

import ipywidgets

from invoicekit.forms.parts.words import Words

__all__ = ["MOST", "Picker", "Search"]

Search = Callable[[str], Sequence[tuple[str, int]]]

# Matches shown below a picker.
MOST = 20


class Picker:
    """A search box with what it finds below it; a click on one of them chooses it, and Enter the first.

    Only what a text finds is sent to the screen, so that there may be any number of records.

    Parameters
    ----------
    label
        What is chosen.
    search
        Given a text, the best matches as pairs of what is shown and the record's id.
    choose
        Called with the id that was chosen.
    clear
        Called when the text is emptied; where nothing is given, something has to be chosen.
    current
        What is chosen already, as it is shown.

    Attributes
    ----------
    box
        The widget to show.
    chosen
        The id that was chosen last, if any.
    """

    def __init__(
        self,
        label: str,
        search: Search,
        choose: Callable[[int], object],
        words: Words,
        *,
        clear: Callable[[], object] | None = None,
        current: str = "",
        hint: str = "",
    ) -> None:
        self._search, self._choose, self._clear, self._words = search, choose, clear, words
        self._turn = threading.RLock()
        self.chosen: int | None = None
        self.text = ipywidgets.Text(
            description=label,
            description_allow_html=False,
            placeholder=words("first_letters"),
            tooltip=hint,
            layout=ipywidgets.Layout(width="auto"),
            style={"description_width": "13em"},
        )
        self.found = ipywidgets.Select(
            description="", options=[], value=None, rows=5, tooltip=label, layout=ipywidgets.Layout(width="auto")
        )
        self.found.add_class("ik-found")
        self.found.layout.display = "none"
        self.message = ipywidgets.HTML()
        self.message.add_class("ik-message")
        self.box = ipywidgets.VBox([self.text, self.found, self.message])
        self.box.add_class("ik-picker")
        self._filler: int | None = None
        self._shown = current
        self.show(current)
        self.text.observe(self._typed, "value")
        self.text.on_msg(self._entered)
        self.found.observe(self._picked, "value")

    @property
    def is_open(self) -> bool:
        """Whether something was typed and nothing chosen."""
        return bool(self.text.value.strip() != self._shown.strip())

    def show(self, current: str, chosen: int | None = None) -> None:
        """Show what is chosen, and close the list."""
        with self._turn:
            self._filler = get_ident()
            try:
                self._shown, self.chosen = current, chosen
                self.text.value = current
                self.found.options = []
                self.found.layout.display = "none"
            finally:
                self._filler = None

    def say(self, text: str, tone: str = "quiet") -> None:
        """Show a word below."""
        self.message.value = f'<span role="status" class="ik-{tone}">{escape(text)}</span>' if text else ""

    def take_best(self) -> None:
        """Choose what matches best."""
        if self.found.options:
            self.found.value = self.found.options[0][1]

    def _entered(self, _widget: object, content: Any, _buffers: object) -> None:
        if isinstance(content, dict) and content.get("event") == "submit":
            self.take_best()

    def _typed(self, _: object) -> None:
        if self._filler == get_ident():
            return
        # What was chosen before is not what stands here now.
        self.chosen = None
        text = self.text.value
        # Nothing is called from here while the list is held: what is called may wait for whoever shows a choice.
        if self._clear is not None and not text.strip():
            self.show("")
            self.say("")
            self._clear()
            return
        matches = list(self._search(text))[:MOST]
        with self._turn:
            # Keys that came meanwhile have questions of their own.
            if text != self.text.value:
                return
            self._filler = get_ident()
            try:
                self.found.options = matches
                self.found.value = None
                self.found.layout.display = "" if matches else "none"
            finally:
                self._filler = None
        if matches:
            self.say(self._words.count("matches", len(matches)))
        else:
            self.say(self._words("nobody_so_called"), "refused")

    def _picked(self, change: dict[str, Any]) -> None:
        chosen = change["new"]
        if self._filler == get_ident() or not isinstance(chosen, int):
            return
        shown = next(label for label, value in self.found.options if value == chosen)
        self.show(shown, chosen)
        self.say("")
        self._choose(chosen)
