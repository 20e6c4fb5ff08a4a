"""A workbench on which customers that look alike are merged, or told apart, one group after the other."""

from __future__ import annotations

import ipywidgets

from invoicekit.forms.merging import merge_question
from invoicekit.forms.parts.screen import Screen, replace
from invoicekit.forms.parts.table import table
from invoicekit.ledger import Customers
from invoicekit.store import Hold

__all__ = ["DuplicatesScreen"]

_SHOWN = ("customer_id", "customer", "reasons", "address", "city", "email", "phone", "tax_id", "entries")


class DuplicatesScreen(Screen):
    """Walks through groups of customers that may be one; nothing is merged unless it is confirmed.

    Attributes
    ----------
    group
        The customers of the group that is shown: the proposals' rows of it.
    keep, others
        Which of them stays, and which are merged into it.
    """

    def __init__(self, hold: Hold, *, language: str = "en") -> None:
        super().__init__(hold, language=language)
        self._customers = Customers(hold)
        self._proposals = self._customers.duplicates()
        self._groups = self._proposals["group"].unique().tolist()
        self._place = 0
        self.shown = ipywidgets.VBox()
        wide = {"layout": ipywidgets.Layout(width="auto"), "style": {"description_width": "10em"}}
        self.keep = ipywidgets.Dropdown(description=self.words("keep"), **wide)
        self.others = ipywidgets.SelectMultiple(description=self.words("merge_into_it"), rows=3, **wide)
        acts = {"show_moves": self.preview, "they_differ": self.tell_apart, "skip": self.next, "back": self.back}
        self._buttons = {name: self.button(self.words(name), act) for name, act in acts.items()}
        bar = self.bar(*self._buttons.values(), kind="ik-buttons")
        self.compose(self.heading, self.shown, self.keep, self.others, bar, self.said, self.slot)
        self.keep.observe(lambda _: self._offer_others(), "value")
        self._show_group()

    def preview(self) -> None:
        """Show what would move and what would be lost, and merge once that is confirmed."""
        if not self.others.value:
            self.say(self.words("choose_who_is_merged"), "refused")
            return
        with self.told():
            merge = self._customers.merge(list(self.others.value), into=self.keep.value)

            def confirm() -> None:
                with self.told():
                    done = merge.confirm()
                    del self._groups[self._place]
                    self._show_group()
                    names = ", ".join(other["display_name"] for other in merge.duplicates)
                    kept = merge.kept["display_name"]
                    self.say(self.words("merged", names=names, kept=kept, operation=done))

            self.put(merge_question(merge, self.words, confirm, lambda: None))

    def tell_apart(self) -> None:
        """Say that the chosen ones are not the kept one; they are not proposed again."""
        chosen = list(self.others.value)
        if not chosen:
            self.say(self.words("choose_who_differs"), "refused")
            return
        with self.told():
            for other in chosen:
                self._customers.tell_apart(self.keep.value, other)
            del self._groups[self._place]
            self._show_group()
            self.say(self.words.count("told_apart", len(chosen)))

    def next(self) -> None:
        """Go on to the next group."""
        self._place = min(self._place + 1, len(self._groups))
        self._show_group()

    def back(self) -> None:
        """Go back to the group before."""
        self._place = max(self._place - 1, 0)
        self._show_group()

    def _show_group(self) -> None:
        self.close_inner()
        count = len(self._groups)
        if self._place >= count:
            self.title(self.words.count("last_group", count) if count else self.words("none_alike"))
            replace(self.shown)
            for widget in (self.keep, self.others, *self._buttons.values()):
                widget.layout.display = "none"
            self._buttons["back"].layout.display = "" if count else "none"
            return
        for widget in (self.keep, self.others, *self._buttons.values()):
            widget.layout.display = ""
        self.group = self._proposals[self._proposals["group"] == self._groups[self._place]]
        score = f"{self.group['score'].iloc[0]:.0%}"
        self.title(self.words("group_of", place=f"{self._place + 1:,}", count=f"{count:,}", score=score))
        replace(self.shown, table(self.group, _SHOWN, words=self.words))
        names = zip(self.group["customer"], self.group["customer_id"], strict=True)
        options = [(f"{name} ({id_})", int(id_)) for name, id_ in names]
        self.keep.options = options
        self.keep.value = options[0][1]
        self._offer_others()

    def _offer_others(self) -> None:
        rest = [(label, id_) for label, id_ in self.keep.options if id_ != self.keep.value]
        self.others.options = rest
        self.others.value = tuple(id_ for _, id_ in rest)
