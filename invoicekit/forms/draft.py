"""A draft on a screen: what it says, its lines, the work on it, what it comes to, and how it will look."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from html import escape
from typing import Any

import ipywidgets

from invoicekit import money
from invoicekit.documents import Documents, Invoices
from invoicekit.errors import IllegalTransition, InvalidValue
from invoicekit.forms.finalising import ask_to_finalise
from invoicekit.forms.parts.dialog import ask_for, control
from invoicekit.forms.parts.download import page
from invoicekit.forms.parts.form import Form
from invoicekit.forms.parts.grid import Column, Grid
from invoicekit.forms.parts.listing import cell, grid_texts
from invoicekit.forms.parts.screen import replace
from invoicekit.forms.parts.words import Words
from invoicekit.ledger import Customers
from invoicekit.schema import TABLES
from invoicekit.store import Hold

__all__ = ["DraftForm", "LineForm"]

_HEAD = ("date", "due_date", "subject", "purchase_order", "note", "billing")
_LINE = ("description", "quantity", "unit_price", "discount", "tax_category", "tax_rate")
_LINE_OF_WORK = ("description", "tax_category", "tax_rate")


class DraftForm(Form):
    """The form of a draft: its head saves itself, and so does each line; totals and preview follow.

    Attributes
    ----------
    id
        Whose form it is.
    lines
        The list of its lines.
    totals
        What it comes to.
    finalise
        What its button does; asks for template and day where the list of invoices opened it.
    """

    def __init__(
        self, hold: Hold, invoice: int, *, language: str = "en", closed: Callable[[], object] | None = None
    ) -> None:
        self._invoices, self.id = Invoices(hold), invoice
        if self._invoices.get(invoice)["status"] != "draft":
            raise IllegalTransition(
                f"Invoice {self._invoices.get(invoice)['number']} was issued, and is edited no more. See book.invoices."
            )
        self.finalise: Callable[[], object] | None = None
        w, declared = Words(language), TABLES["invoices"]
        super().__init__(
            hold, lambda: self._invoices.get(self.id), self._keep, {w("draft"): [declared.field(name) for name in _HEAD]},
            language=language, closed=closed,
        )  # fmt: skip
        line = TABLES["invoice_lines"]
        columns = (
            Column("position", "#", "right", "48px", sorts=False),
            Column("description", line.field("description").title(language), width="3fr"),
            *(Column(name, line.field(name).title(language), "right", "120px", sorts=False)
              for name in ("quantity", "unit_price", "discount", "net", "tax_rate", "recorded")),
        )  # fmt: skip
        self.lines = Grid(
            columns, self._rows, key="position", label=w("lines"), height_px=260, sort="", texts=grid_texts(w),
            every=lambda: [str(row["position"]) for row in self._held_lines()],
        )  # fmt: skip
        self.lines.on_open(lambda position: self.do(lambda: self.open_line(int(position))))
        self.lines.on_tick(self._offer)
        self.totals, self._hint = ipywidgets.HTML(), ipywidgets.HTML()
        self._ticked: dict[str, tuple[Any, ...]] = {}
        self.preview = ipywidgets.Checkbox(
            description=w("preview"), indent=False, layout=ipywidgets.Layout(width="auto")
        )
        self.preview.observe(lambda _: self._show_preview(), "value")
        self._page = ipywidgets.VBox()
        self._take_off = self.button(w("take_off"), self._take_off_lines)
        self._write = self.button(w("write_work"), self._write_work)
        over = self.bar(
            self.button(w("add_line"), self.add_line, style="primary"), self.button(w("add_work"), self._add_work),
            self.button(w("discount_or_charge"), self._adjust), self._take_off, self._write,
        )  # fmt: skip
        self.buttons.children = (
            self.button(w("finalise"), self._finalise, style="primary"),
            self.preview,
            self.button(w("close"), self.leave),
        )
        self._offer()
        self.refresh()
        self.compose(
            self.heading, self.body, over, self.lines, self.totals, self._hint, self.said, self.slot, self._page, self.buttons
        )  # fmt: skip

    def called(self, record: Mapping[str, Any]) -> str:
        """Return whom it is for."""
        buyer = Customers(self._hold).get(record["customer"])["display_name"] if record["customer"] is not None else ""
        return self.words("draft_for", name=buyer)

    def refresh(self) -> None:
        """Show the draft as it is now; once it is issued it is no draft any more, and its form closes."""
        held = self._invoices.get(self.id)
        if held["status"] != "draft":
            self.gone(self.words("issued_meanwhile", number=held["number"]))
            return
        super().refresh()
        self.lines.refresh()
        sums = self._invoices.totals(self.id)
        shown = [(name, sums[name]) for name in ("discounts", "charges", "net", "tax", "total", "rounding")]
        told = "".join(
            f"<dt>{escape(self.words(f'total_{name}'))}</dt><dd>{escape(money.show(amount, held['currency']))}</dd>"
            for name, amount in shown
            if amount or name in ("net", "tax", "total")
        )
        self.totals.value = f'<div role="status"><dl class="ik-totals">{told}</dl></div>'
        new = len(self._invoices.work_since(self.id)) if held["matter"] is not None else 0
        offered = escape(self.words.count("work_offered", new))
        self._hint.value = f'<p role="status" class="ik-warning">{offered}</p>' if new else ""
        self._show_preview()

    def open_line(self, position: int) -> LineForm:
        """Open a line below the list."""
        form = LineForm(self._hold, self.id, position, language=self.language, closed=self.inner_closed)
        self.enter(form)
        return form

    def add_line(self) -> LineForm:
        """Put a new line under the others, and open it."""
        self._invoices.add_lines(self.id, [{"description": self.words("new_line"), "quantity": "1", "unit_price": "0"}])
        self.refresh()
        return self.open_line(max(row["position"] for row in self._held_lines()))

    def _keep(self, name: str, value: Any) -> None:
        self._invoices.change(self.id, **{name: value})

    def _held_lines(self) -> list[dict[str, Any]]:
        return [line for line in self._invoices.each_line(self.id) if line["covered_by"] is None]

    def _rows(self, first: int, count: int, sort: str, descending: bool) -> tuple[int, list[dict[str, Any]]]:
        lines = self._held_lines()
        if sort:
            lines.sort(key=lambda line: str(line[sort] or "").casefold(), reverse=descending)
        currency = self._invoices.get(self.id)["currency"]
        names = ("position", "description", "quantity", "unit_price", "discount", "net", "tax_rate", "recorded")
        return len(lines), [
            {name: cell({**line, "currency": currency}, name, self.words) for name in names}
            for line in lines[first : first + count]
        ]

    def _offer(self) -> None:
        for button in (self._take_off, self._write):
            button.layout.display = "" if self.lines.ticked else "none"
        known = {str(line["position"]): _what(line) for line in self._held_lines()}
        self._ticked = {key: self._ticked.get(key, known.get(key, ())) for key in self.lines.ticked}

    def _chosen(self) -> list[dict[str, Any]]:
        """Return the lines that are ticked, unless others stand in their places by now."""
        chosen = [line for line in self._held_lines() if str(line["position"]) in self.lines.ticked]
        if any(_what(line) != self._ticked.get(str(line["position"])) for line in chosen) or len(chosen) < len(
            self._ticked
        ):
            self._ticked = {}
            self.lines.tick(())
            raise InvalidValue(self.words("lines_changed"))
        return chosen

    def _take_off_lines(self) -> None:
        chosen = self._chosen()
        work = [line["activity"] for line in chosen if line["activity"] is not None]
        with self._store.operation("take lines off"):
            own = [line["position"] for line in chosen if line["activity"] is None]
            if own:
                self._invoices.remove_lines(self.id, own)
            if work:
                self._invoices.leave_work(self.id, work)
        self.lines.tick(())
        self.say(self.words.count("lines_off", len(chosen)))

    def _write_work(self) -> None:
        work = [line["activity"] for line in self._chosen() if line["activity"] is not None]
        if not work:
            raise InvalidValue(self.words("no_work_chosen"))
        w = self.words
        controls = {
            "to": control("text", w("billed_at")),
            "percent": control("text", w("percent_more_or_less")),
            "reason": control("text", w("reason") + " *"),
        }

        def write(given: dict[str, Any]) -> None:
            reason = given.pop("reason") or ""
            by = self._invoices.write_work(
                self.id, work, reason=reason, **{k: v for k, v in given.items() if v is not None}
            )
            currency = self._invoices.get(self.id)["currency"]
            self.lines.tick(())
            self.say(w("written", amount=money.show(by, currency)))

        ask_for(self, w.count("write_question", len(work)), controls, {w("write_work"): write})

    def _add_work(self) -> None:
        found = self._invoices.work_since(self.id)
        if not len(found):
            self.say(self.words("no_work_left"))
            return
        options = [
            (f"{row['date']} · {row['description'] or row['kind']} · {row['amount']:,.2f}", int(row["id"]))
            for row in found.to_dict("records")
        ]
        offered = ipywidgets.SelectMultiple(
            options=options, value=tuple(id_ for _, id_ in options), rows=min(10, max(2, len(options))),
            description=self.words("work"), layout=ipywidgets.Layout(width="auto"), style={"description_width": "13em"},
        )  # fmt: skip

        def add(given: dict[str, Any]) -> None:
            added = self._invoices.add_work(self.id, [*given["work"]])
            self.say(self.words.count("work_added", added))

        ask_for(self, self.words("add_work_question"), {"work": offered}, {self.words("add_work"): add})

    def _adjust(self) -> None:
        w = self.words
        kinds = [(w("discount"), "discounts"), (w("charge"), "charges")]
        controls = {
            "kind": control("choice", w("kind"), "discounts", options=kinds),
            "percent": control("text", w("percent")),
            "amount": control("text", w("amount")),
            "reason": control("text", w("reason") + " *"),
        }

        def adjust(given: dict[str, Any]) -> None:
            kind = given.pop("kind")
            self._invoices.adjust(self.id, **{kind: [{name: one for name, one in given.items() if one is not None}]})
            self.say(w("adjusted"))

        def without(_: dict[str, Any]) -> None:
            self._invoices.adjust(self.id)
            self.say(w("adjusted"))

        ask_for(self, w("adjust_question"), controls, {w("apply"): adjust, w("without_any"): without})

    def _finalise(self) -> None:
        self.flush()
        if self.finalise is not None:
            self.finalise()
        else:
            ask_to_finalise(self, self._hold, [self.id])

    def _show_preview(self) -> None:
        shown: tuple[Any, ...] = ()
        if self.preview.value:
            document = Documents(self._hold).invoice(self.id)
            shown = (page(document.name, document.html),)
        replace(self._page, *shown)


class LineForm(Form):
    """One line of a draft; what work is billed at is changed by writing it up or down."""

    def __init__(
        self,
        hold: Hold,
        invoice: int,
        position: int,
        *,
        language: str = "en",
        closed: Callable[[], object] | None = None,
    ) -> None:
        self._invoices, self.invoice, self.position = Invoices(hold), invoice, position
        self._lines: list[tuple[Any, ...]] = []
        declared, w = TABLES["invoice_lines"], Words(language)
        names = _LINE if self._line_of(hold)["activity"] is None else _LINE_OF_WORK
        super().__init__(
            hold, lambda: self._line_of(hold), self._keep, {w("line", position=position): [declared.field(name) for name in names]},
            language=language, closed=closed,
        )  # fmt: skip
        self.buttons.children = (self.button(w("close"), self.leave),)
        self.refresh()
        self.compose_form()

    def called(self, record: Mapping[str, Any]) -> str:
        """Return what it is about."""
        return str(record["description"] or "")

    def refresh(self) -> None:
        """Show the line as it is now, wherever it stands; once it was taken off, its form closes."""
        try:
            super().refresh()
        except InvalidValue as error:
            self.gone(str(error))

    def _line_of(self, hold: Hold) -> dict[str, Any]:
        """Return the line, which may have moved: lines are known by their places, and these change when one is taken off."""
        held = Invoices(hold).each_line(self.invoice)
        now = [_what(line) for line in held]
        mine = self._lines[self.position - 1] if self._lines else now[self.position - 1]
        at = self.position - 1
        others = [one for place, one in enumerate(self._lines) if place != at]
        if at >= len(now) or now[at] != mine:
            if now.count(mine) == 1:
                self.position = now.index(mine) + 1
            elif len(now) != len(self._lines) or [one for place, one in enumerate(now) if place != at] != others:
                # Not only this line says something else.
                raise InvalidValue(Words(self.language)("line_gone"))
        self._lines = now
        return held[self.position - 1]

    def _keep(self, name: str, value: Any) -> None:
        self._line_of(self._hold)
        self._invoices.change_line(self.invoice, self.position, **{name: value})


def _what(line: Mapping[str, Any]) -> tuple[Any, ...]:
    """Return what a line says, by which it is known again where it has moved."""
    return tuple(
        line[name] for name in ("activity", "description", "quantity", "unit_price", "discount", "net", "tax_rate")
    )
