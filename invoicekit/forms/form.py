"""A record on a screen: every field saves itself, and there is no Save button."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from functools import partial
from html import escape
from typing import Any

import ipywidgets

from invoicekit.errors import InvoicekitError
from invoicekit.forms.field import Field
from invoicekit.forms.frame import Frame
from invoicekit.schema import LANGUAGES, SECTIONS
from invoicekit.schema import Field as Declared

__all__ = ["Form"]


class Form:
    """The fields of one record, in sections, each saving itself.

    Parameters
    ----------
    load
        Returns the record's fields as they are now.
    save
        Writes one field.
    watch
        Called with what shows the record anew; calls that after every change of the book, and
        returns what ends it.
    turn
        Gives the turn in which a field is saved, one at a time.
    fields
        Which fields, as declared; their ``section`` says where each stands.
    folded
        Sections that are closed at first.

    Attributes
    ----------
    box
        The widget to show.
    fields
        The fields, by name.
    """

    def __init__(
        self,
        load: Callable[[], Mapping[str, Any]],
        save: Callable[[str, Any], None],
        watch: Callable[[Callable[[], None]], Callable[[], None]],
        turn: Callable[[], AbstractContextManager[object]],
        fields: Sequence[Declared],
        *,
        language: str = "en",
        folded: Sequence[str] = (),
    ) -> None:
        self._load, self._turn = load, turn
        self._language, self._folded = language, folded
        self._timer: threading.Timer | None = None
        self.is_open = True
        held = load()
        self.fields = {
            declared.name: Field(
                declared,
                held[declared.name],
                partial(save, declared.name),
                turn,
                language=language,
                after=self._saved,
                refused=partial(self.refused, declared.name),
            )
            for declared in fields
        }
        self.heading = ipywidgets.HTML()
        self.slot = ipywidgets.VBox()
        self.buttons = ipywidgets.HBox()
        self.buttons.add_class("ik-buttons")
        self.body = ipywidgets.VBox([self.section(name) for name in SECTIONS if self._of(name)])
        self.body.add_class("ik-sections")
        self.slot.add_class("ik-slot")
        self.frame = Frame()
        self.box = ipywidgets.VBox([self.frame, self.heading, self.body, self.slot, self.buttons])
        self.box.add_class("ik")
        self.box.add_class("ik-form")
        self._end_watch = watch(self._soon)
        self.refresh()

    def section(self, name: str) -> Any:
        """Return the widget of one section; a form adds to it by overriding this."""
        title = SECTIONS[name][LANGUAGES.index(self._language)]
        inside = ipywidgets.VBox([field.box for field in self._of(name)])
        if name in self._folded:
            folded = ipywidgets.Accordion([inside], titles=(title,), selected_index=None)
            folded.add_class("ik-section")
            return folded
        box = ipywidgets.VBox([ipywidgets.HTML(f"<h4>{escape(title)}</h4>"), inside])
        box.add_class("ik-section")
        return box

    def title(self, record: Mapping[str, Any]) -> str:
        """Return what stands above the form; a form may say more."""
        return str(record.get("display_name") or record["id"])

    def refused(self, name: str, error: InvoicekitError) -> None:
        """Do more about a refusal than showing it; a form may override this."""

    def refresh(self) -> None:
        """Show the record as it is now; what is being typed is left alone."""
        # In the writer's turn: what was read before somebody saved must not be shown after it.
        with self._turn():
            held = self._load()
            for name, field in self.fields.items():
                field.show(held[name])
            self.heading.value = f'<h3 class="ik-title">{escape(self.title(held))}</h3>'

    def flush(self) -> None:
        """Save now whatever was typed."""
        for field in self.fields.values():
            field.flush()

    @property
    def unsaved(self) -> list[Field]:
        """The fields that hold something the book refuses."""
        self.flush()
        return [field for field in self.fields.values() if field.is_pending]

    def close(self) -> None:
        """Save what was typed and take the form off the screen."""
        self.flush()
        self.is_open = False
        self._end_watch()
        if self._timer is not None:
            self._timer.cancel()
        self.box.close()

    def _saved(self) -> None:
        self.refresh()
        for field in self.fields.values():
            field.retry()

    def _of(self, section: str) -> list[Field]:
        return [field for field in self.fields.values() if field.declared.section == section]

    def _soon(self) -> None:
        # Many changes in a row are shown once; the thread that writes does not wait for the screen.
        if self._timer is None and self.is_open:
            self._timer = threading.Timer(0.1, self._show_change)
            self._timer.daemon = True
            self._timer.start()

    def _show_change(self) -> None:
        self._timer = None
        # The record, or the book, may be gone by now: the form then shows what it last knew.
        with contextlib.suppress(InvoicekitError):
            if self.is_open:
                self.refresh()

    def _repr_mimebundle_(self, **kwargs: Any) -> Any:
        return self.box._repr_mimebundle_(**kwargs)
