"""A record on a screen: every field saves itself, and there is no Save button."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from html import escape
from typing import Any

import ipywidgets

from invoicekit.errors import InvoicekitError
from invoicekit.forms.parts.choice import Choice
from invoicekit.forms.parts.field import Field
from invoicekit.forms.parts.picker import Search
from invoicekit.forms.parts.question import Question
from invoicekit.forms.parts.screen import Screen
from invoicekit.forms.parts.tabs import Tabs
from invoicekit.schema import Field as Declared
from invoicekit.store import Hold

__all__ = ["Form"]


class Form(Screen):
    """The fields of one record, in sections, each saving itself.

    Parameters
    ----------
    load
        Returns the record's fields as they are now.
    save
        Writes one field.
    sections
        The fields by the title of the section they stand in, as declared.
    choices
        For fields that name other records: how those are found, and what one is called.
    folded
        Titles of sections that are closed at first.

    Attributes
    ----------
    fields
        The fields, by name.
    buttons
        What can be done with the record.
    tabs
        What shows other views of the record in place of its fields, if it has any.
    """

    tabs: Tabs | None = None

    def __init__(
        self,
        hold: Hold,
        load: Callable[[], Mapping[str, Any]],
        save: Callable[[str, Any], None],
        sections: Mapping[str, Sequence[Declared]],
        *,
        choices: Mapping[str, tuple[Search, Callable[[int], str]]] | None = None,
        language: str = "en",
        folded: Sequence[str] = (),
        closed: Callable[[], object] | None = None,
    ) -> None:
        super().__init__(hold, language=language, closed=closed)
        self._load, self._save, self._choices, self._folded = load, save, choices or {}, folded
        self._odd: Mapping[str, str] = {}
        held = load()
        self.fields: dict[str, Any] = {
            declared.name: self._field(declared, held.get(declared.name))
            for inside in sections.values()
            for declared in inside
        }
        self.buttons = self.bar(kind="ik-buttons")
        self.sections = {
            title: self._section(title, [self.fields[declared.name] for declared in inside])
            for title, inside in sections.items()
        }
        self.body = ipywidgets.VBox(list(self.sections.values()))
        self.body.add_class("ik-sections")
        self.box.add_class("ik-form")

    def compose_form(self, *above: Any) -> None:
        """Say what the form is made of: what stands above its fields, the fields, and what can be done."""
        self.compose(self.heading, *above, self.body, self.said, self.slot, self.buttons)

    def put(self, question: Question, *, look: bool = True) -> Question:
        """Show a question, below the fields."""
        asked = super().put(question, look=look)
        self._back()
        return asked

    def inner_closed(self) -> None:
        """Show the fields again."""
        super().inner_closed()
        self._back()

    def _back(self) -> None:
        if self.tabs is not None:
            self.tabs.back()

    def called(self, record: Mapping[str, Any]) -> str:
        """Return what stands above the form; a form may say more."""
        return str(record.get("display_name") or record.get("id") or "")

    def refused(self, name: str, error: InvoicekitError) -> None:
        """Do more about a refusal than showing it; a form may override this."""

    def odd(self, record: Mapping[str, Any]) -> Mapping[str, str]:  # noqa: ARG002 - for forms that know of any
        """Return by field what looks odd about a record, and was saved all the same; a form may override this."""
        return {}

    def refresh(self) -> None:
        """Show the record as it is now; what is being typed is left alone."""
        # In the writer's turn: what was read before somebody saved must not be shown after it.
        with self._store.turn():
            held = self._load()
            self._odd = self.odd(held)
            for name, field in self.fields.items():
                field.show(held.get(name))
            self.title(self.called(held))

    def flush(self) -> None:
        """Save now whatever was typed."""
        for field in self.fields.values():
            field.flush()
        super().flush()

    @property
    def unsaved(self) -> list[Field | Choice]:
        """The fields that hold something the book refuses."""
        self.flush()
        return [field for field in self.fields.values() if field.is_pending]

    def not_saved(self) -> str:
        """Name what was typed and is not saved, with what was typed; nothing where all is saved."""
        if not self.is_open:
            return ""
        told = [f'{field.label}: "{field.text}"' for field in self.unsaved]
        return ", ".join([*told, *filter(None, [super().not_saved()])])

    def leave(self) -> None:
        """Close, unless something typed would be lost without a word."""
        unsaved = self.not_saved()
        if not unsaved:
            self.close()
            return
        self.ask(
            self.words("close_all_the_same", what=unsaved),
            (self.words("go_on"), lambda: None),
            (self.words("close"), self.close),
        )

    def close(self) -> None:
        """Save what was typed and take the form off the screen."""
        if self.is_open:
            self.flush()
        super().close()

    def _field(self, declared: Declared, value: Any) -> Field | Choice:
        common = (declared, value, partial(self._save, declared.name), self._store.turn, self.words)
        if declared.name in self._choices:
            search, called = self._choices[declared.name]
            return Choice(*common, search=search, called=called, after=self._saved)
        return Field(
            *common,
            after=self._saved,
            refused=partial(self.refused, declared.name),
            remark=lambda: self._odd.get(declared.name),
        )

    def _section(self, title: str, inside: Sequence[Field | Choice]) -> Any:
        box = ipywidgets.VBox([field.box for field in inside])
        if title in self._folded:
            folded = ipywidgets.Accordion([box], titles=(title,), selected_index=None)
            folded.add_class("ik-section")
            return folded
        # A section without a title of its own is the whole form.
        heading = [ipywidgets.HTML(f"<h4>{escape(title[0].upper() + title[1:])}</h4>")] if title else []
        section = ipywidgets.VBox([*heading, box])
        section.add_class("ik-section")
        return section

    def _saved(self) -> None:
        self.refresh()
        for field in self.fields.values():
            field.retry()
