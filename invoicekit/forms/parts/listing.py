"""A list of records, searched and sorted, with what can be done with those that are chosen."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

import ipywidgets

from invoicekit import money
from invoicekit.forms.parts.grid import Column, Grid
from invoicekit.forms.parts.later import Later
from invoicekit.forms.parts.screen import Screen
from invoicekit.forms.parts.words import Words
from invoicekit.store import Hold, Pages

__all__ = ["Action", "Listing", "cell"]


@dataclass(frozen=True)
class Action:
    """Something that can be done with the records that are chosen.

    Attributes
    ----------
    text
        What its button says.
    act
        Does it, given the ids of the records.
    single
        Whether it is done with one record only.
    when
        Whether it can be done with records of these states; with any unless given.
    style
        Of its button.
    """

    text: str
    act: Callable[[list[int]], object]
    single: bool = False
    when: frozenset[str] | None = None
    style: str = ""


class Listing(Screen):
    """A list with a search above it, and actions that appear once something is chosen.

    Parameters
    ----------
    columns
        Of the grid.
    pages
        Returns the query behind it, as its filters stand.
    title
        What is listed.
    actions
        What can be done with what is chosen.
    state
        The column whose value decides which actions there are.
    sums
        Columns that are added up below, by currency.
    filters
        Controls above the list; a change of one asks anew.
    more
        What else can be done above the list: texts of buttons, and what they do.
    opens
        Opens one record.

    Attributes
    ----------
    text
        What is searched.
    grid
        The list.
    """

    def __init__(
        self,
        hold: Hold,
        columns: Sequence[Column],
        pages: Callable[[], Pages],
        title: str,
        *,
        actions: Sequence[Action] = (),
        state: str | None = None,
        sums: Sequence[str] = (),
        filters: Sequence[Any] = (),
        more: Sequence[tuple[str, Callable[[], object]]] = (),
        opens: Callable[[int], object] | None = None,
        key: str = "id",
        height_px: int = 426,
        language: str = "en",
        closed: Callable[[], object] | None = None,
    ) -> None:
        super().__init__(hold, language=language, closed=closed)
        self._pages, self._actions, self._state, self._sums, self._key = pages, actions, state, sums, key
        self._states: dict[str, str] = {}
        self._columns = columns
        # Whether the sums below are of what is listed now.
        self._is_added_up = False
        self.text = ipywidgets.Text(
            description=self.words("search"), description_allow_html=False, continuous_update=True,
            layout=ipywidgets.Layout(width="20em"), style={"description_width": "initial"},
        )  # fmt: skip
        self.grid = Grid(
            columns, self._rows, label=title, key=key, height_px=height_px, every=self._every if actions else None, sort="",
            texts=grid_texts(self.words),
        )  # fmt: skip
        self._chosen = ipywidgets.HTML()
        self.buttons = {action.text: self._button_of(action) for action in actions}
        self.actions = self.bar(self._chosen, *self.buttons.values(), kind="ik-actions")
        self._search_soon = Later(self._ask_anew, 0.15, restarts=True)
        self.text.observe(lambda _: self._search_soon(), "value")
        for control in filters:
            control.observe(lambda _: self._ask_anew(), "value")
        if actions:
            self.grid.on_tick(self.offer)
        if opens is not None:
            self.grid.on_open(lambda found: self.do(lambda: opens(int(found))))
        self.title(title)
        parts = [
            self.heading,
            self.bar(self.text, *filters, *(self.button(text, act) for text, act in more)),
            self.actions,
            self.grid,
            self.said,
            self.slot,
        ]
        self.compose(*parts)
        self.offer()

    @property
    def chosen(self) -> list[int]:
        """The ids of the records that are chosen, in no order."""
        return [int(key) for key in self.grid.ticked]

    def refresh(self) -> None:
        """Show the records as they are now; what is gone is chosen no more."""
        self._is_added_up = False
        if self.grid.ticked:
            held = self._pages().several(self.chosen)
            self._states = {str(row[self._key]): str(row.get(self._state or "") or "") for row in held}
            gone = self.grid.ticked - self._states.keys()
            if gone:
                self.grid.tick(self.grid.ticked - gone)
        self.grid.refresh()
        self.offer()

    def done_with_chosen(self) -> None:
        """Choose nothing any more: it was done."""
        self.grid.tick(())

    def offer(self) -> None:
        """Show what can be done with what is chosen: nothing where nothing is."""
        chosen = self.chosen
        self.actions.layout.display = "" if chosen else "none"
        if not chosen:
            return
        text = self.words.count("chosen", len(chosen))
        self._chosen.value = f'<span role="status">{text}</span>'
        states = self._states_of(chosen)
        for action in self._actions:
            fits = (len(chosen) == 1 or not action.single) and (action.when is None or states <= action.when)
            self.buttons[action.text].layout.display = "" if fits else "none"

    def click(self, text: str) -> None:
        """Do something with what is chosen, as a click on the button of that text does."""
        self.buttons[text].click()

    def rows(self, first: int = 0, count: int = 50) -> list[Mapping[str, Any]]:
        """Return some rows as the list shows them."""
        return list(self._rows(first, count, "", False)[1])

    def tick_all(self) -> None:
        """Choose every record that is found."""
        self.grid.tick(self._every())

    def _every(self) -> list[str]:
        return [str(key) for key in self._pages().keys(self.text.value)]

    def _states_of(self, chosen: Sequence[int]) -> frozenset[str]:
        if self._state is None:
            return frozenset()
        unseen = [key for key in chosen if str(key) not in self._states]
        if unseen:
            self._states |= {str(row[self._key]): row[self._state] for row in self._pages().several(unseen)}
        return frozenset(self._states.get(str(key), "") for key in chosen)

    def _button_of(self, action: Action) -> Any:
        return self.button(action.text, lambda: self._act(action), style=action.style)

    def _act(self, action: Action) -> None:
        chosen = sorted(self.chosen)
        if chosen:
            action.act(chosen)

    def _ask_anew(self) -> None:
        self._is_added_up = False
        self.grid.refresh(to_top=True)

    def _rows(self, first: int, count: int, sort: str, descending: bool) -> tuple[int, Sequence[Mapping[str, Any]]]:
        pages = self._pages()
        # Before anybody chose an order, that of the query: the newest first.
        total, rows = pages.window(self.text.value, first=first, count=count, sort=sort or None, descending=descending)
        if self._state is not None:
            self._states |= {str(row[self._key]): row[self._state] for row in rows}
        if self._sums and not self._is_added_up:
            self._is_added_up = True
            self.grid.totals = self._totals(pages)
        return total, [{**row, **{column.name: cell(row, column.name, self.words) for column in self._columns},
                        "_class": self.look(row)} for row in rows]  # fmt: skip

    def look(self, row: Mapping[str, Any]) -> str | None:
        """Return the class a row is shown by: ``inactive`` is muted."""
        return "inactive" if row.get(self._state or "") == "closed" else None

    def _totals(self, pages: Pages) -> dict[str, str]:
        found = [row for row in pages.sums(self._sums, self.text.value) if row["currency"] is not None]
        told = {
            name: "\n".join(money.show(row[name], str(row["currency"])) for row in found)  # type: ignore[arg-type]
            for name in self._sums
        }
        return {self._columns[0].name: self.words("total"), **told} if found else {}


def cell(row: Mapping[str, Any], name: str, words: Words) -> str | None:
    """Return a value as a list shows it: amounts in their currency, choices in words."""
    value = row.get(name)
    if isinstance(value, Decimal):
        return _number(value, name, row.get("currency"))
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%d %H:%M}"
    if isinstance(value, bool):
        return words("yes" if value else "no")
    if isinstance(value, str) and name in _CHOICES:
        return words.value(value)
    return None if value is None else str(value)


def _number(value: Decimal, name: str, currency: object) -> str:
    if currency and name in _AMOUNTS:
        return money.show(value, str(currency))
    if name.startswith("hours"):
        return f"{value:,.2f}"
    return f"{value:,.4f}".rstrip("0").rstrip(".")


# Which columns of lists hold money, and which hold words of the registry.
_AMOUNTS = frozenset({"net", "tax", "total", "amount_due", "amount", "unapplied", "unbilled", "budget", "rate", "unit_price",
                      "balance", "recorded", "paid"})  # fmt: skip
_CHOICES = frozenset({"status", "payment_status", "kind", "state", "means", "outcome"})


def grid_texts(words: Words) -> dict[str, str]:
    """Return what a grid itself says."""
    return {name: words(f"grid_{name}") for name in ("loading", "empty", "reload", "tick", "tick_all")}
