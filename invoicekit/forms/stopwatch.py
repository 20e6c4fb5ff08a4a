"""Stopwatches on a screen: what is being measured, and what becomes of it."""

from __future__ import annotations

from decimal import Decimal
from html import escape
from typing import Any

import ipywidgets

from invoicekit import durations
from invoicekit.errors import NotFound
from invoicekit.forms.finding import matters_found
from invoicekit.forms.parts.dialog import ask_for, control
from invoicekit.forms.parts.picker import Picker
from invoicekit.forms.parts.screen import Screen, replace
from invoicekit.forms.parts.words import Words
from invoicekit.ledger import Stopwatches, Users
from invoicekit.store import Hold

__all__ = ["StopwatchBar", "start"]


def start(hold: Hold, words: Words, matter: int | None = None) -> str:
    """Start a stopwatch for whoever opened the book, and return what is to be said of it.

    Raises
    ------
    StopwatchRunning
        If another one of theirs runs.
    """
    users = Users(hold)
    try:
        users.get(hold.store.actor)
    except NotFound:
        # Who first measures time becomes a user of the book.
        users.add(hold.store.actor)
    Stopwatches(hold).start(matter, worked_by=hold.store.actor)
    return words("stopwatch_started")


class StopwatchBar(Screen):
    """The stopwatches of whoever opened the book: started here or elsewhere, measured in the book.

    Attributes
    ----------
    lines
        One for each stopwatch.
    """

    def __init__(self, hold: Hold, *, language: str = "en") -> None:
        super().__init__(hold, language=language)
        self._watches = Stopwatches(hold)
        self.lines = ipywidgets.VBox()
        self._shown_now: list[tuple[Any, ...]] | None = None
        self.begin = self.button(f"▶ {self.words('start_stopwatch')}", self._begin)
        self.box.add_class("ik-stopwatches")
        self.refresh()
        self.compose(self.bar(self.lines, self.begin), self.said, self.slot)

    def refresh(self) -> None:
        """Show the stopwatches as they stand."""
        held = self._watches.list().to_dict("records")
        mine = [watch for watch in held if watch["worked_by"] == self._store.actor]
        now = [(watch["id"], watch["is_running"], str(watch["matter"]), str(watch["description"])) for watch in mine]
        if now != self._shown_now:
            # Made anew only where something else is measured: a button that somebody is about to press stays.
            self._shown_now = now
            replace(self.lines, *(self._line(watch) for watch in mine))
        running = any(watch["is_running"] for watch in mine)
        self.begin.layout.display = "none" if running else ""

    def _begin(self) -> None:
        start(self._hold, self.words)
        self.refresh()

    def _line(self, watch: dict[Any, Any]) -> Any:
        number = int(watch["id"])
        about = " · ".join(str(watch[name]) for name in ("matter", "description") if isinstance(watch[name], str))
        counted = durations.show(Decimal(watch["seconds"]).to_integral_value())
        shown = f'<span class="ik-clock">{counted}</span> {escape(about or self.words("no_matter_yet"))}'
        turn = (
            self.button(f"⏸ {self.words('pause')}", lambda: self._watches.pause(number))
            if watch["is_running"]
            else self.button(f"▶ {self.words('resume')}", lambda: self._watches.resume(number))
        )
        stop = self.button(f"■ {self.words('stop')}", lambda: self._stop(number, watch))
        drop = self.button(self.words("discard"), lambda: self._discard(number))
        return self.bar(ipywidgets.HTML(shown), turn, stop, drop)

    def _stop(self, number: int, watch: dict[Any, Any]) -> None:
        has_matter = isinstance(watch["matter"], str)
        controls: dict[str, Any] = {
            "description": control("text", self.words.label("activities", "description"),
                                   watch["description"] if isinstance(watch["description"], str) else ""),
        }  # fmt: skip
        if not has_matter:
            matter = Picker(
                self.words.label("activities", "matter"), matters_found(self._hold)[0], lambda _: None, self.words
            )
            controls = {"matter": matter, **controls}

        def note(given: dict[str, Any]) -> None:
            self._watches.stop(number, given.pop("matter", None), **given)
            self.say(self.words("noted"))

        ask_for(self, self.words("stop_question"), controls, {self.words("note_it"): note})

    def _discard(self, number: int) -> None:
        self.ask(
            self.words("discard_question"),
            (self.words("yes"), lambda: self._watches.discard(number)),
            (self.words("no"), lambda: None),
        )
