"""A workbench on which customers that look alike are merged, or told apart, one group after the other."""

from __future__ import annotations

from collections.abc import Callable
from html import escape
from typing import Any

import ipywidgets

from invoicekit.errors import InvoicekitError
from invoicekit.forms.frame import Frame
from invoicekit.forms.merging import merge_question
from invoicekit.forms.question import Question
from invoicekit.forms.table import table
from invoicekit.ledger import Customers
from invoicekit.store import Hold

__all__ = ["DuplicatesScreen"]

_SHOWN = ("customer_id", "customer", "reasons", "address", "city", "email", "phone", "tax_id", "entries")


class DuplicatesScreen:
    """Walks through groups of customers that may be one; nothing is merged unless it is confirmed.

    Attributes
    ----------
    box
        The widget to show.
    group
        The customers of the group that is shown: the proposals' rows of it.
    keep, others
        Which of them stays, and which are merged into it.
    """

    def __init__(self, hold: Hold) -> None:
        self._customers = Customers(hold)
        self._proposals = self._customers.duplicates()
        self._groups = self._proposals["group"].unique().tolist()
        self._place = 0
        self.question: Question | None = None
        self.heading = ipywidgets.HTML()
        self.shown = ipywidgets.VBox()
        wide = {"layout": ipywidgets.Layout(width="auto"), "style": {"description_width": "10em"}}
        self.keep = ipywidgets.Dropdown(description="Keep", **wide)
        self.others = ipywidgets.SelectMultiple(description="Merge into it", rows=3, **wide)
        self.slot = ipywidgets.VBox()
        self.slot.add_class("ik-slot")
        self.frame = Frame()
        self._buttons = {
            label: self._button(label, act)
            for label, act in (
                ("Show what would move", self.preview),
                ("They are different", self.tell_apart),
                ("Skip", self.next),
                ("Back", self.back),
            )
        }
        bar = ipywidgets.HBox(list(self._buttons.values()))
        bar.add_class("ik-buttons")
        self.box = ipywidgets.VBox([self.frame, self.heading, self.shown, self.keep, self.others, bar, self.slot])
        self.box.add_class("ik")
        self.keep.observe(lambda _: self._offer_others(), "value")
        self._show()

    def preview(self) -> None:
        """Show what would move and what would be lost, and merge once that is confirmed."""
        if not self.others.value:
            self._say("Choose who is merged.", "refused")
            return
        try:
            merge = self._customers.merge(list(self.others.value), into=self.keep.value)
        except InvoicekitError as error:
            self._say(str(error), "refused")
            return

        def confirm() -> None:
            try:
                done = merge.confirm()
            except InvoicekitError as error:
                self._say(str(error), "refused")
                return
            del self._groups[self._place]
            self._show()
            names = ", ".join(other["display_name"] for other in merge.duplicates)
            self._say(f"Merged {names} into {merge.kept['display_name']}; to take it back: book.undo({done}).", "saved")

        self.question = merge_question(merge, confirm, lambda: None)
        self.frame.look_at(".ik-slot")
        self.slot.children = (self.question.box,)

    def tell_apart(self) -> None:
        """Say that the chosen ones are not the kept one; they are not proposed again."""
        chosen = list(self.others.value)
        if not chosen:
            self._say("Choose who is different.", "refused")
            return
        try:
            for other in chosen:
                self._customers.tell_apart(self.keep.value, other)
        except InvoicekitError as error:
            self._say(str(error), "refused")
            return
        del self._groups[self._place]
        self._show()
        self._say(f"Told apart: {len(chosen)}. They are not proposed again.", "saved")

    def next(self) -> None:
        """Go on to the next group."""
        self._place = min(self._place + 1, len(self._groups))
        self._show()

    def back(self) -> None:
        """Go back to the group before."""
        self._place = max(self._place - 1, 0)
        self._show()

    def flush(self) -> None:
        """Nothing is typed here."""

    def not_saved(self) -> str:
        """Nothing is typed here."""
        return ""

    def _button(self, label: str, act: Callable[[], None]) -> Any:
        button = ipywidgets.Button(description=label, layout=ipywidgets.Layout(width="auto"))
        button.on_click(lambda _: act())
        return button

    def _say(self, text: str, tone: str) -> None:
        self.slot.children = (ipywidgets.HTML(f'<p role="status" class="ik-{tone}">{escape(text)}</p>'),)

    def _show(self) -> None:
        self.slot.children = ()
        count = len(self._groups)
        if self._place >= count:
            said = "No customers look alike." if not count else f"That was the last; {count:,} skipped."
            self.heading.value = f'<h3 class="ik-title">{said}</h3>'
            self.shown.children = ()
            for widget in (self.keep, self.others, *self._buttons.values()):
                widget.layout.display = "none"
            self._buttons["Back"].layout.display = "" if count else "none"
            return
        for widget in (self.keep, self.others, *self._buttons.values()):
            widget.layout.display = ""
        self.group = self._proposals[self._proposals["group"] == self._groups[self._place]]
        score = self.group["score"].iloc[0]
        self.heading.value = f'<h3 class="ik-title">Group {self._place + 1:,} of {count:,}: alike by {score:.0%}</h3>'
        self.shown.children = (table(self.group, _SHOWN),)
        names = zip(self.group["customer"], self.group["customer_id"], strict=True)
        options = [(f"{name} ({id_})", int(id_)) for name, id_ in names]
        self.keep.options = options
        self.keep.value = options[0][1]
        self._offer_others()

    def _offer_others(self) -> None:
        rest = [(label, id_) for label, id_ in self.keep.options if id_ != self.keep.value]
        self.others.options = rest
        self.others.value = tuple(id_ for _, id_ in rest)

    def _repr_mimebundle_(self, **kwargs: Any) -> Any:
        return self.box._repr_mimebundle_(**kwargs)
