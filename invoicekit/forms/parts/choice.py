"""A field that names another record: it is chosen by its first letters, and saved at once."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

from invoicekit.errors import InvoicekitError
from invoicekit.forms.parts.field import now
from invoicekit.forms.parts.picker import Picker, Search
from invoicekit.forms.parts.words import Words
from invoicekit.schema import Field as Declared

__all__ = ["Choice"]


class Choice:
    """A field like `Field`, which holds the id of another record.

    Parameters
    ----------
    search
        The best matches for a text, as pairs of what is shown and the record's id.
    called
        What a record is called, given its id.
    """

    undo_button: Any = None

    def __init__(
        self,
        declared: Declared,
        value: int | None,
        save: Callable[[Any], None],
        turn: Callable[[], AbstractContextManager[object]],
        words: Words,
        *,
        search: Search,
        called: Callable[[int], str],
        after: Callable[[], None] | None = None,
    ) -> None:
        self.declared, self.saved, self._is_refused = declared, value, False
        self._save, self._turn, self._words, self._called, self._after = save, turn, words, called, after
        self.label = declared.title(words.language)
        self.picker = Picker(
            self.label + (" *" if declared.required else ""), search, self._chosen, words,
            clear=None if declared.required else lambda: self._chosen(None), hint=declared.help,
        )  # fmt: skip
        self.box, self.input, self.message = self.picker.box, self.picker.text, self.picker.message
        self._fill()

    @property
    def is_pending(self) -> bool:
        """Whether something was typed and nothing was chosen."""
        return self.picker.is_open or self._is_refused

    @property
    def text(self) -> str:
        """What it says, as a person reads it."""
        return str(self.picker.text.value)

    def show(self, value: int | None) -> None:
        """Show what the book holds by now, unless somebody is choosing."""
        if value == self.saved and not (value is not None and self.text == ""):
            return
        self.saved = value
        if not self.is_pending:
            self._fill()

    def flush(self) -> None:
        """Nothing waits here: what is chosen is saved at once."""

    def retry(self) -> None:
        """Nothing is tried again by itself."""

    def stored(self) -> None:
        """Take what was chosen for saved: it was stored together with another field, which had been missing."""
        self.saved, self._is_refused = self.picker.chosen, False
        self.say(self._words("saved", time=now()), "saved")

    def drop(self) -> None:
        """Show what the book holds."""
        self._fill()

    def say(self, text: str, tone: str = "") -> None:
        """Show a word below the field."""
        self.picker.say(text, tone or "quiet")

    def _fill(self) -> None:
        self._is_refused = False
        self.picker.show(self._called(self.saved) if self.saved is not None else "", self.saved)

    def _chosen(self, value: int | None) -> None:
        with self._turn():
            try:
                self._save(value)
            except Exception as error:  # noqa: BLE001 - whatever it is, what was chosen must not be taken for saved
                self._is_refused = True
                why = error if isinstance(error, InvoicekitError) else f"{type(error).__name__}: {error}"
                self.say(self._words("not_saved", why=why), "refused")
                return
            self.saved, self._is_refused = value, False
        self.say(self._words("saved", time=now()), "saved")
        if self._after is not None:
            self._after()
