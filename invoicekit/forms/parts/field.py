"""One field on a screen: its label, its control, and what became of what was typed."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from datetime import datetime
from decimal import Decimal
from html import escape
from threading import get_ident
from typing import Any

import ipywidgets

from invoicekit import durations
from invoicekit.errors import InvalidValue, InvoicekitError
from invoicekit.forms.parts.later import Later
from invoicekit.forms.parts.words import Words
from invoicekit.schema import KINDS
from invoicekit.schema import Field as Declared

__all__ = ["DELAY", "Field", "now"]

# How long a person must pause before what was typed is saved, in seconds.
DELAY = 0.4

_SUGGESTED = {
    "terms": ("DUE_ON_RECEIPT", "NET_7", "NET_15", "NET_30", "NET_60", "END_OF_MONTH_0", "END_OF_MONTH_15"),
    "currency": ("EUR", "USD", "GBP", "MXN", "CHF", "CAD", "JPY"),
}


class Field:
    """A field of a record that saves itself a moment after it was changed.

    Nothing typed is dropped: what cannot be saved stays in the field, with the reason below it,
    and what is being typed is never written over by what was saved. What was saved here can be taken back here, step by step.

    Parameters
    ----------
    declared
        The field of the registry: its label, help and kind decide how it looks.
    value
        What it holds at first.
    save
        Called with the new value; what it refuses is shown.
    turn
        Gives the turn in which something is saved, one at a time.
    after
        Called once something was saved.
    refused
        Called with an error that `save` raised, after it was shown.
    remark
        Returns what is to be said about what was saved, if anything; asked after `after`.

    Attributes
    ----------
    box
        The widget to show.
    input
        The control inside it.
    saved
        What the book holds, as far as this field knows.
    """

    def __init__(
        self,
        declared: Declared,
        value: Any,
        save: Callable[[Any], None],
        turn: Callable[[], AbstractContextManager[object]],
        words: Words,
        *,
        after: Callable[[], None] | None = None,
        refused: Callable[[InvoicekitError], None] | None = None,
        remark: Callable[[], str | None] = lambda: None,
    ) -> None:
        self.declared = declared
        self.saved = _held(value)
        self._save, self._turn, self._after, self._refused, self._remark = save, turn, after, refused, remark
        # Held for an instant only, never while something is saved: keys go on coming meanwhile.
        self._state = threading.Lock()
        self._words = words
        self._later = Later(self.flush, DELAY, restarts=True)
        self._is_refused = self._is_saving = self._settling = False
        # The thread that shows a value: what it hears then, nobody typed.
        self._filler: int | None = None
        self._meanwhile: Any = _NOTHING
        # What it held before and after each saving here, the latest last.
        self._before: list[tuple[Any, Any]] = []
        self.input = _control(declared, declared.title(words.language), value, words)
        self.message = ipywidgets.HTML()
        self.message.add_class("ik-message")
        self.undo_button: Any = None
        self.box = ipywidgets.VBox([self.input, self.message])
        self.box.add_class("ik-field")
        self._fill(value)
        self.input.observe(self._changed, "value")

    @property
    def is_pending(self) -> bool:
        """Whether something was typed that is not saved."""
        return self._later.is_due or self._is_refused

    @property
    def label(self) -> str:
        """What stands before the control."""
        return str(self.input.description).removesuffix(" *")

    @property
    def text(self) -> str:
        """What the control holds, as a person reads it."""
        return str(self.input.value)

    def show(self, value: Any) -> None:
        """Show what the book holds by now, unless the field says so already or is being typed in."""
        value = _held(value)
        with self._state:
            if self._is_saving:
                return
            if self._settling:
                # This is what was typed here, as the book keeps it: the text stays as it was typed.
                self.saved, self._settling = value, False
                if self._before:
                    self._before[-1] = (self._before[-1][0], value)
                return
            if value == self.saved:
                return
            self.saved = value
            if self.is_pending:
                self._meanwhile = value
                return
            self._fill(value)

    def flush(self) -> None:
        """Save now what was typed, without waiting for a pause."""
        with self._turn():
            if self._later.is_due:
                self._keep(again=False)

    def retry(self) -> None:
        """Try once more to save what was refused: another field may have cleared the way."""
        with self._turn():
            if self._is_refused:
                self._keep(again=True)

    def stored(self) -> None:
        """Take what the field holds for saved: it was stored together with another one, which had been missing."""
        with self._state:
            self._later.cancel()
            self._is_refused = False
            self._meanwhile = _NOTHING
            self.saved, self._settling = _read(self.declared, self.input.value), True
        self.say(self._words("saved", time=now()), "saved")

    def drop(self) -> None:
        """Forget what was typed and not saved: the record it was meant for is no more."""
        with self._state:
            self._later.cancel()
            self._is_refused = self._settling = False
            self._meanwhile = _NOTHING
        self._fill(self.saved)
        self.say("")

    def undo(self) -> None:
        """Take back what was saved here last, unless somebody else has changed it since."""
        with self._turn():
            self.flush()
            if not self._before or self._is_refused:
                return
            before, after = self._before[-1]
            if self.saved != after:
                self._before.clear()
                self._offer_undo()
                was = _shown(self.declared, self.saved) or self._words("nothing")
                self.say(self._words("changed_elsewhere", value=was), "refused")
                return
            self._fill(before)
            self._keep(again=False, back=True)

    def say(self, text: str, tone: str = "") -> None:
        """Show a word below the field; the tone is ``saved``, ``refused`` or nothing."""
        self.message.value = f'<span role="status" class="ik-{tone or "quiet"}">{escape(text)}</span>' if text else ""

    def _changed(self, _: object) -> None:
        if self._filler == get_ident():
            return
        with self._state:
            self._later()
        self.say("…")

    def _fill(self, value: Any) -> None:
        self._filler = get_ident()
        try:
            shown = _shown(self.declared, value)
            if self.declared.choices and shown not in {one for _, one in self.input.options}:
                # It is empty by now, or says what is no choice any more: it is shown as it is.
                self.input.options = [*self.input.options, (self._words.value(shown) if shown else "", shown)]
            self.input.value = shown
        finally:
            self._filler = None

    def _keep(self, *, again: bool, back: bool = False) -> None:
        with self._state:
            self._later.cancel()
            self._is_refused = False
            typed, meanwhile = self.input.value, self._meanwhile
            self._meanwhile = _NOTHING
            self._is_saving = True
        before = self.saved
        try:
            value = _read(self.declared, typed)
            if value == self.saved:
                self._is_saving = False
                self.say("")
                return
            self._save(value)
        except Exception as error:  # noqa: BLE001 - whatever it is, what was typed must not be taken for saved
            self._is_refused, self._is_saving = True, False
            why = error if isinstance(error, InvoicekitError) else f"{type(error).__name__}: {error}"
            self.say(self._words("not_saved", why=why), "refused")
            if isinstance(error, InvoicekitError) and self._refused is not None and not again:
                self._refused(error)
            return
        with self._state:
            self.saved, self._settling, self._is_saving = value, True, False
            if back:
                self._before.pop()
            else:
                self._before.append((before, value))
        self._offer_undo()
        said = self._words("saved", time=now())
        if meanwhile is not _NOTHING:
            was = _shown(self.declared, meanwhile) or self._words("nothing")
            said = f"{said}; {self._words('meanwhile', value=was)}"
        self.say(said, "saved")
        if self._after is not None:
            self._after()
        if remark := self._remark():
            self.say(f"{said}: {remark}", "warning")

    def _offer_undo(self) -> None:
        """Show the button that takes back what was saved here, where there is something to take back."""
        if self.undo_button is None and self._before:
            self.undo_button = ipywidgets.Button(
                description="↶",
                tooltip=self._words("undo_field", field=self.label),
                layout=ipywidgets.Layout(width="auto"),
            )
            self.undo_button.add_class("ik-undo")
            self.undo_button.on_click(lambda _: self.undo())
            below = ipywidgets.HBox([self.message, self.undo_button])
            below.add_class("ik-below")
            self.box.children = (self.input, below)
        if self.undo_button is not None:
            self.undo_button.layout.display = "" if self._before else "none"


_NOTHING = object()


def _held(value: Any) -> Any:
    """Return a stored value, and None where there is none: nought is a value."""
    return None if value is None or value in ("", [], {}) else value


def now() -> str:
    """Return the time as the clock on the wall says it."""
    return f"{datetime.now():%H:%M:%S}"  # noqa: DTZ005 - of this place


def _control(declared: Declared, label: str, value: Any, words: Words) -> Any:
    """Return the widget that suits a kind of value."""
    common = {
        "description": label + (" *" if declared.required else ""),
        "description_allow_html": False,
        "tooltip": declared.help,
        "layout": ipywidgets.Layout(width="auto"),
        "style": {"description_width": "13em"},
    }
    if declared.choices:
        options = [(words.value(choice), choice) for choice in declared.choices]
        # Nothing is chosen only where nothing was.
        options = options if value else [("", ""), *options]
        return ipywidgets.Dropdown(options=options, value=options[0][1], **common)
    if declared.kind in ("date", "since"):
        return ipywidgets.DatePicker(**common)
    if declared.kind == "boolean":
        return ipywidgets.Checkbox(**common)
    if declared.kind == "pairs" or declared.name == "notes":
        return ipywidgets.Textarea(placeholder=words("pairs_hint") if declared.kind == "pairs" else "", **common)
    if declared.kind in _SUGGESTED:
        return ipywidgets.Combobox(
            options=_SUGGESTED[declared.kind], ensure_option=False, continuous_update=True, **common
        )
    placeholder = {"tags": words("tags_hint"), "duration": "1:30"}.get(declared.kind, "")
    return ipywidgets.Text(placeholder=placeholder, **common)


def _shown(declared: Declared, value: Any) -> Any:
    """Return a stored value as its control holds it."""
    if declared.kind == "tags":
        return ", ".join(value or [])
    if declared.kind == "pairs":
        return "\n".join(f"{name}: {text}" for name, text in (value or {}).items())
    if declared.kind in ("date", "since"):
        return value
    if declared.kind == "boolean":
        return bool(value)
    if isinstance(value, Decimal):
        return durations.show(value) if declared.kind == "duration" else _plain(value)
    return "" if value is None else str(value)


def _plain(value: Decimal) -> str:
    """Return a number as a person writes it: without zeros that say nothing, but for cents."""
    whole, _, after = f"{value:f}".partition(".")
    after = after.rstrip("0")
    return f"{whole}.{after:0<2}" if after else whole


def _read(declared: Declared, value: Any) -> Any:
    """Return what a control holds as the ledger takes it."""
    if declared.kind == "pairs":
        return _pairs(value) or None
    if declared.kind == "tags":
        return [word for part in value.split(",") if (word := " ".join(part.split()))] or None
    if isinstance(value, str):
        text = value.strip() or None
        return (
            int(text) if text and KINDS[declared.kind].sql == "BIGINT" and text.removeprefix("-").isdecimal() else text
        )
    return value


def _pairs(text: str) -> Mapping[str, str]:
    """Read lines of "Name: text"; a line without a colon is kept under its own number.

    Raises
    ------
    InvalidValue
        If two lines bear one name: one of them would be lost.
    """
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    held: dict[str, str] = {}
    for place, (name, colon, said) in enumerate((line.partition(":") for line in lines), 1):
        called = name.strip() if colon else f"Note {place}"
        if called in held:
            raise InvalidValue(f'Two lines are called "{called}", and one would be lost. Call one of them otherwise.')
        held[called] = said.strip() if colon else name.strip()
    return held
