"""The dashboard: what is owed, what is late, what is not billed, what is on its way, and where to begin."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from decimal import Decimal
from functools import partial
from html import escape
from typing import Any

import ipywidgets

from invoicekit import money
from invoicekit.forms.parts.screen import Screen, replace
from invoicekit.forms.parts.table import table
from invoicekit.forms.stopwatch import StopwatchBar
from invoicekit.ledger import Invoices, done_last, undo
from invoicekit.ledger.work.wip import unbilled
from invoicekit.reports import Reports
from invoicekit.store import Hold, frame

__all__ = ["HomeScreen"]

# What "+ New" offers, by the screen that does it.
NEW = ("customer", "matter", "activity", "invoice", "payment", "import")

# How many of the last operations are shown.
LAST = 8


class HomeScreen(Screen):
    """The billing dashboard.

    Parameters
    ----------
    go
        Opens a screen by its name, and something new in it.

    Attributes
    ----------
    new
        The menu that begins something.
    cards
        The totals.
    late
        Who is late, the largest first.
    """

    def __init__(self, hold: Hold, go: Callable[..., object], *, language: str = "en") -> None:
        super().__init__(hold, language=language)
        w = self.words
        self._go = go
        self.new = ipywidgets.Dropdown(
            options=[("", ""), *((w(f"begin_{one}"), one) for one in NEW)], value="", description=w("new"),
            layout=ipywidgets.Layout(width="16em"), style={"description_width": "initial"},
        )  # fmt: skip
        self.new.observe(self._begin, "value")
        self.cards = ipywidgets.HTML()
        self.late = ipywidgets.HTML()
        self.last = ipywidgets.VBox()
        self._told_last: list[dict[str, Any]] | None = None
        self.stopwatches = StopwatchBar(hold, language=language)
        self.title(w("home"))
        self.refresh()
        self.compose(
            self.heading,
            self.bar(self.new, self.stopwatches.box),
            self.cards,
            self.late,
            self.last,
            self.said,
            self.slot,
        )

    def refresh(self) -> None:
        """Show the figures as they are now."""
        reports, w = Reports(self._hold), self.words
        owed, late = (defaultdict[str, Decimal](Decimal) for _ in range(2))
        balances = reports.run("balances").table.to_pylist()
        for row in balances:
            owed[row["currency"]] += row["balance"]
            late[row["currency"]] += row["overdue"]
        work, drafts = unbilled(self._store), Invoices(self._hold).drafted()
        cards = (("receivables", owed), ("overdue", late), ("wip", work), ("drafts", drafts))
        self.cards.value = f'<div class="ik-cards">{"".join(self._card(w(name), sums) for name, sums in cards)}</div>'
        latest = sorted((row for row in balances if row["overdue"] > 0), key=lambda row: -row["overdue"])[:10]
        self.late.value = (
            table(frame_of(latest), ("customer", "overdue", "balance", "currency"), w("who_is_late"), w).value
            if latest
            else f'<p class="ik-quiet">{escape(w("nobody_is_late"))}</p>'
        )
        self._show_last()

    def flush(self) -> None:
        """Nothing is typed here but in what is open inside."""
        self.stopwatches.flush()
        super().flush()

    def close(self) -> None:
        """Take the screen away."""
        self.stopwatches.close()
        super().close()

    def _card(self, label: str, sums: dict[str, Decimal]) -> str:
        told = [money.show(amount, currency) for currency, amount in sorted(sums.items()) if amount]
        shown = "".join(f"<dd>{escape(one)}</dd>" for one in told) or "<dd>0</dd>"
        return f'<dl class="ik-card"><dt>{escape(label)}</dt>{shown}</dl>'

    def _show_last(self) -> None:
        """Show what was done last, each with what takes it back."""
        held = done_last(self._store, LAST)
        w = self.words
        if held == self._told_last:
            return
        # Made anew only where there is something new: a button that somebody is about to press stays.
        self._told_last = held
        lines = [ipywidgets.HTML(f'<h4 class="ik-h4">{escape(w("done_last"))}</h4>')] if held else []
        for one in held:
            said = " · ".join(str(one[name]) for name in ("actor", "kind", "summary") if one[name])
            text = f'<span class="ik-quiet">{one["recorded_at"]:%Y-%m-%d %H:%M}</span> {escape(said[:160])}'
            back = self.button(w("undo"), partial(self._undo, one["id"]), tooltip=w("undo_operation", number=one["id"]))
            lines.append(self.bar(back, ipywidgets.HTML(text)))
        replace(self.last, *lines)

    def _undo(self, number: int) -> None:
        self.say(str(undo(self._store, number)))

    def _begin(self, change: dict[str, Any]) -> None:
        wanted = change["new"]
        if wanted:
            self.new.value = ""
            self.do(lambda: self._go(wanted))


def frame_of(rows: list[dict[str, Any]]) -> Any:
    """Return rows as an exact frame."""
    import pyarrow as pa

    return frame(pa.Table.from_pylist(rows))
