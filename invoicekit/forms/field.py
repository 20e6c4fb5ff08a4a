"""One field on a screen: its label, its control, and what became of what was typed."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from datetime import datetime
from html import escape
from typing import Any

import ipywidgets

from invoicekit.errors import InvoicekitError
from invoicekit.schema import Field as Declared

__all__ = ["DELAY", "Field"]

# How long a person must pause before what was typed is saved, in seconds.
DELAY = 0.4

_SUGGESTED = {
    "terms": ("DUE_ON_RECEIPT", "NET_7", "NET_15", "NET_30", "NET_60", "END_OF_MONTH_0", "END_OF_MONTH_15"),
    "currency": ("EUR", "USD", "GBP", "MXN", "CHF", "CAD", "JPY"),
}


class Field:
    """A field of a record that saves itself a moment after it was changed.

    Nothing typed is dropped: what cannot be saved stays in the field, with the reason below it.

    Parameters
    ----------
    declared
        The field of the registry: its label, help and kind decide how it looks.
    value
        What it holds at first.
    save
        Called with the new value; what it refuses is shown.
    after
        Called once something was saved.
    refused
        Called with an error that `save` raised, after it was shown.

    Attributes
    ----------
    box
        The widget to show.
    input
        The control inside it.
    """

    def __init__(
        self,
        declared: Declared,
        value: Any,
        save: Callable[[Any], None],
        *,
        language: str = "en",
        after: Callable[[], None] | None = None,
        refused: Callable[[InvoicekitError], None] | None = None,
    ) -> None:
        self.declared = declared
        self._save, self._after, self._refused = save, after, refused
        self._turn = threading.RLock()
        self._timer: threading.Timer | None = None
        self._filling = self._is_refused = False
        self.input = _control(declared, declared.title(language))
        self.message = ipywidgets.HTML()
        self.message.add_class("ik-message")
        self.box = ipywidgets.VBox([self.input, self.message])
        self.box.add_class("ik-field")
        self.show(value)
        self.input.observe(self._changed, "value")

    @property
    def is_pending(self) -> bool:
        """Whether something was typed that is not saved yet."""
        return self._timer is not None or self._is_refused

    def show(self, value: Any) -> None:
        """Show a value that was saved elsewhere; what is being typed is left alone."""
        with self._turn:
            if self.is_pending:
                return
            text = _shown(self.declared, value)
            self.saved = value or None
            if self.input.value != text:
                self._filling = True
                try:
                    self.input.value = text
                finally:
                    self._filling = False

    def flush(self) -> None:
        """Save now what was typed, without waiting for a pause."""
        with self._turn:
            if self._timer is None:
                return
            self._timer.cancel()
            self._timer = None
            self._is_refused = False
            self._keep()

    def drop(self) -> None:
        """Forget what was typed and not saved: the record it was meant for is no more."""
        with self._turn:
            if self._timer is not None:
                self._timer.cancel()
                self._timer = None
            self._is_refused = False
            self.say("")

    def retry(self) -> None:
        """Try once more to save what was refused: another field may have cleared the way."""
        with self._turn:
            if self._is_refused:
                self._is_refused = False
                self._keep()

    def say(self, text: str, tone: str = "") -> None:
        """Show a word below the field; the tone is ``saved``, ``refused`` or nothing."""
        self.message.value = f'<span role="status" class="ik-{tone or "quiet"}">{escape(text)}</span>' if text else ""

    def _changed(self, _: object) -> None:
        if self._filling:
            return
        with self._turn:
            if self._timer is not None:
                self._timer.cancel()
            self._timer = threading.Timer(DELAY, self.flush)
            self._timer.daemon = True
            self._timer.start()
        self.say("…")

    def _keep(self) -> None:
        value = _read(self.declared, self.input.value)
        if value == self.saved:
            self.say("")
            return
        try:
            self._save(value)
        except InvoicekitError as error:
            self._is_refused = True
            self.say(f"Not saved: {error}", "refused")
            if self._refused is not None:
                self._refused(error)
            return
        self.saved = value
        self.say(f"Saved {datetime.now():%H:%M:%S}", "saved")  # noqa: DTZ005 - the clock on the wall
        if self._after is not None:
            self._after()


def _control(declared: Declared, label: str) -> Any:
    """Return the widget that suits a kind of value."""
    common = {
        "description": label + (" *" if declared.required else ""),
        "description_allow_html": False,
        "tooltip": declared.help,
        "layout": ipywidgets.Layout(width="auto"),
        "style": {"description_width": "10em"},
    }
    if declared.choices:
        options = [("", ""), *((choice.replace("_", " "), choice) for choice in declared.choices)]
        return ipywidgets.Dropdown(options=options, value="", **common)
    if declared.kind in ("date", "since"):
        return ipywidgets.DatePicker(**common)
    if declared.kind == "boolean":
        return ipywidgets.Checkbox(**common)
    if declared.kind == "pairs" or declared.name == "notes":
        return ipywidgets.Textarea(
            placeholder="One to a line, as Name: text" if declared.kind == "pairs" else "", **common
        )
    if declared.kind in _SUGGESTED:
        return ipywidgets.Combobox(
            options=_SUGGESTED[declared.kind], ensure_option=False, continuous_update=True, **common
        )
    placeholder = "words, separated by commas" if declared.kind == "tags" else ""
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
    return "" if value is None else str(value)


def _read(declared: Declared, value: Any) -> Any:
    """Return what a control holds as the ledger takes it."""
    if declared.kind == "pairs":
        return _pairs(value) or None
    if declared.kind == "tags":
        return [word for part in value.split(",") if (word := " ".join(part.split()))] or None
    if isinstance(value, str):
        return value.strip() or None
    return value


def _pairs(text: str) -> Mapping[str, str]:
    """Read lines of "Name: text"; a line without a colon is kept under its own number."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    split = [line.partition(":") for line in lines]
    return {
        (name.strip() if colon else f"Note {place}"): (said.strip() if colon else name.strip())
        for place, (name, colon, said) in enumerate(split, 1)
    }
