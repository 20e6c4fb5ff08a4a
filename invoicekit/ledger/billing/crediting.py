"""Taking back what was issued: credit notes, in full or in part."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

import pyarrow as pa

from invoicekit import money
from invoicekit.dates import to_date
from invoicekit.errors import IllegalTransition, InvalidValue, MoreThanOpen, NotFound, PeriodLocked
from invoicekit.ledger.access import must_own
from invoicekit.ledger.billing import amounts, series
from invoicekit.ledger.billing.issuing import Issuing
from invoicekit.ledger.billing.settling import settle, still_open
from invoicekit.ledger.locks import must_leave_locked_days
from invoicekit.ledger.part import clean, statement
from invoicekit.ledger.settings import Settings
from invoicekit.ledger.work import wip
from invoicekit.store import Operation

__all__ = ["Crediting"]

_KEPT = ("customer", "billed_for", "recorded_for", "matter", "currency", "subject", "purchase_order", "tax_reason")


class Crediting(Issuing):
    """Crediting; the verb of `Invoices` that does so comes here."""

    def credit(
        self,
        op: Operation,
        invoice: dict[str, Any],
        day: date | str | None,
        lines: Iterable[int] | Mapping[int, Any] | None,
        amount: Decimal | int | str | None,
        reason: str | None,
        free_work: bool | None,
    ) -> int:
        """Issue a credit note; see `Invoices.credit`."""
        if invoice["kind"] != "invoice" or invoice["status"] == "draft":
            raise IllegalTransition(
                f"{invoice['number'] or 'A draft'} cannot be credited: only an invoice that was issued can. "
                "Delete a draft instead: book.invoices.delete_draft."
            )
        must_own(op, self.store.actor, [invoice["customer"]], "issue credit notes")
        issued = to_date(day) if day is not None else max(op.today, invoice["date"])
        if lines is not None and amount is not None:
            raise InvalidValue(
                "A credit note is over some lines, or over an amount. Give one of them, or neither for all of it."
            )
        notes = op.rows(statement("credit_notes_so_far"), invoice=invoice["id"])
        payable = invoice["total"] + (invoice["rounding"] or 0)
        left = payable + sum((note["payable"] for note in notes), Decimal(0))
        if notes and left <= 0:
            raise IllegalTransition(
                f"Invoice {invoice['number']} was credited already, by {', '.join(note['number'] for note in notes)}."
            )
        if amount is not None and left > 0 and free_work is not False and money.amount(amount) == left:
            amount = None
        if amount is not None and free_work:
            raise InvalidValue(
                f"A credit over an amount frees no work, unless it is all that is left, {money.show(left, invoice['currency'])}. "
                "Credit the lines of that work, or give free_work=False."
            )
        if issued < invoice["date"]:
            raise InvalidValue(
                f"Invoice {invoice['number']} of {invoice['date']} cannot be credited on {issued}, before it."
            )
        head = {
            **{name: invoice[name] for name in _KEPT}, "kind": "credit_note", "series": series.Series(self._hold).of_credit_notes(),
            "status": "draft", "date": issued, "due_date": issued, "corrects": invoice["id"],
            "reason": clean("invoices", {"reason": reason})["reason"], "row": 1,
        }  # fmt: skip
        if amount is not None:
            note = self._over_amount(op, invoice, head, money.amount(amount), left)
        elif lines is not None:
            note = self._over_lines(op, invoice, head, lines, left)
        elif notes:
            note = self._over_the_rest(op, invoice, head, left)
        else:
            note = self._over_all(op, invoice, head)
        freed = self._free(op, note, free_work, all_of_it=lines is None and amount is None)
        self._issue_note(op, note, freed)
        number = op.rows("select number from invoices where id = $id", id=note)[0]["number"]
        self.apply(op, invoice, note, issued)
        must_leave_locked_days(op, f"Credit note {number} cannot be issued", PeriodLocked)
        op.summary = (
            f"{number} cancels {invoice['number']}"
            if lines is None and amount is None
            else f"{number} credits {invoice['number']}"
        )
        op.summary += f", {len(freed):,} activities freed" if freed else ""
        return note

    def apply(self, op: Operation, invoice: dict[str, Any], note: int, day: date) -> None:
        """Apply a credit note to what is still open on the invoice it credits, not before money of that day was taken back."""
        still = still_open(op, invoice["id"])
        worth = -op.rows(
            "select (total + coalesce(rounding, 0))::decimal(18, 4) as payable from invoices where id = $id", id=note
        )[0]["payable"]
        if min(still, worth) > 0:
            least = op.rows(statement("least_open_since"), invoice=invoice["id"], day=day)[0]
            shared = {
                "invoice": invoice["id"],
                "date": day if min(still, worth) <= least["amount"] else max(day, least["ended"] or day),
                "amount": min(still, worth),
                "currency": invoice["currency"],
            }
            settle(op, [{**shared, "credit_note": note}])

    @staticmethod
    def _over_all(op: Operation, invoice: dict[str, Any], head: dict[str, Any]) -> int:
        """Write the mirror of an invoice: every amount of it with the other sign."""
        turned = {name: -(invoice[name] or 0) for name in ("net", "tax", "total", "rounding")}
        turned["rounding"] = turned["rounding"] or None
        [note] = op.insert("invoices", [{**{name: value for name, value in head.items() if name != "row"}, **turned}])
        for table, query in (
            ("invoice_lines", "credit_lines"), ("invoice_adjustments", "credit_adjustments"), ("invoice_taxes", "credit_taxes"),
        ):  # fmt: skip
            op.insert(table, op.arrow(statement(query), invoice=invoice["id"], note=note))
        return note

    def _over_lines(
        self,
        op: Operation,
        invoice: dict[str, Any],
        head: dict[str, Any],
        lines: Any,
        left: Decimal,
    ) -> int:
        """Write a credit note over some lines, or over some quantity of each."""
        held = {row["position"]: row for row in op.rows(statement("lines_to_credit"), invoice=invoice["id"])}
        if not hasattr(lines, "__iter__") or isinstance(lines, str):
            raise InvalidValue(f"{lines!r} are no lines. Give their positions, or a dict of position to quantity.")
        lines = lines if isinstance(lines, Mapping) else list(lines)
        wanted: dict[Any, Any] = (
            dict(lines) if isinstance(lines, Mapping) else {one: None for one in lines if _is_position(one)}
        )
        strange = [one for one in lines if not _is_position(one) or one not in held]
        if strange:
            raise NotFound(
                f"Invoice {invoice['number']} has no line {strange[0]!r}: it has {len(held):,}, counted from 1."
            )
        if not wanted:
            raise InvalidValue("Nothing says which lines are credited. Name their positions.")
        usual = self._groups(op, invoice)[0]
        credited = []
        for position, quantity in wanted.items():
            if held[position]["covered_by"]:
                raise InvalidValue(
                    f"Line {position} of invoice {invoice['number']} is work that a fee covers: credit the line of the fee, "
                    f"{held[position]['covered_by']}."
                )
            line = _credited(invoice, held[position], quantity)
            if line["tax_category"] is None:
                line |= {"tax_category": usual["tax_category"], "tax_rate": usual["tax_rate"]}
            credited.append(line)
        whole = {line["credits"] for line in credited if abs(line["quantity"]) == held[line["credits"]]["counted"]}
        credited += [_credited(invoice, row, None) for row in held.values() if row["covered_by"] in whole]
        documents = [{**head, "prices_include_tax": invoice["prices_include_tax"]}]
        places = {line["credits"]: nth for nth, line in enumerate(credited, 1)}
        numbered = [
            {**line, "row": 1, "place": places[line["credits"]], "covered_by": places.get(line["covered_by"])}
            for line in credited
        ]
        amounts.stage(op, documents, numbered, _adjusted(op, invoice, held, credited))
        note = amounts.write(op)[0]
        now = {line["credits"]: abs(line["quantity"]) for line in credited}
        if all(row["left_quantity"] == now.get(position, 0) for position, row in held.items() if not row["covered_by"]):
            self._take_what_is_left(op, invoice, note, left, len(held))
        self._must_be_left(op, invoice, note, left)
        return note

    @staticmethod
    def _take_what_is_left(op: Operation, invoice: dict[str, Any], note: int, left: Decimal, lines: int) -> None:
        """Let the note over the last lines come to what is left, where only rounding is between them: a cent a line, or a coin."""
        made = op.rows("select total, coalesce(rounding, 0) as rounding from invoices where id = $id", id=note)[0]
        most = (1 + lines) * Decimal(1).scaleb(-money.digits(invoice["currency"])) + (invoice["smallest_coin"] or 0)
        if abs(left + made["total"] + made["rounding"]) <= most:
            op.update("invoices", [{"id": note, "rounding": (-left - made["total"]) or None}])

    def _over_the_rest(self, op: Operation, invoice: dict[str, Any], head: dict[str, Any], left: Decimal) -> int:
        """Write a credit note over what earlier ones left: of each tax group the base, and of all of it the last unit."""
        groups = [one for one in self._groups(op, invoice) if one["base"]]
        lines = [
            {
                "row": 1, "place": nth, "description": f"{invoice['number']}, {invoice['date']}", "quantity": Decimal(-1),
                "unit_price": one["base"], "tax_category": one["tax_category"], "tax_rate": one["tax_rate"],
            }
            for nth, one in enumerate(groups, 1)
        ] or [{"row": 1, "place": 1, "description": f"{invoice['number']}, {invoice['date']}", "quantity": Decimal(-1),
               "unit_price": Decimal(0)}]  # fmt: skip
        work = op.rows(statement("work_still_billed"), invoice=invoice["id"])
        lines += [
            {
                "row": 1, "place": len(lines) + nth, "covered_by": 1, "quantity": Decimal(-1), "unit_price": Decimal(0),
                "description": one["description"], "activity": one["activity"], "recorded": one["recorded"],
                "realised": -one["worth"], "credits": one["position"],
            }
            for nth, one in enumerate(work, 1)
        ]  # fmt: skip
        amounts.stage(op, [head], lines)
        note = amounts.write(op)[0]
        made = op.rows("select total from invoices where id = $id", id=note)[0]["total"]
        op.update("invoices", [{"id": note, "rounding": (-left - made) or None}])
        return note

    @staticmethod
    def _groups(op: Operation, invoice: dict[str, Any]) -> list[dict[str, Any]]:
        """Return what is not credited yet of each tax group of an invoice; of one that came without groups, of all of it."""
        groups = op.rows(statement("groups_to_credit"), invoice=invoice["id"])
        if groups:
            return groups
        net, tax = invoice["net"], invoice["tax"] or Decimal(0)
        rate = money.round_to(100 * tax / net, 4) if net and tax else Decimal(0)
        kind = "standard" if rate else "zero_rated"
        credited = op.rows(
            "select coalesce(sum(net), 0)::decimal(18, 4) as net from invoices where corrects = $id and number is not null",
            id=invoice["id"],
        )[0]["net"]
        return [{"tax_category": kind, "tax_rate": rate, "base": net + credited, "tax": tax, "whole": net + tax}]

    def _over_amount(
        self, op: Operation, invoice: dict[str, Any], head: dict[str, Any], amount: Decimal, left: Decimal
    ) -> int:
        """Write a credit note over an amount with tax, shared among the tax groups of its invoice."""
        places = money.digits(invoice["currency"])
        if amount <= 0 or money.round_to(amount, places) != amount:
            raise InvalidValue(
                f"{money.show(amount, invoice['currency'])} cannot be credited: give a positive amount of whole units, with tax."
            )
        taxes = self._groups(op, invoice)
        shares = money.spread(amount, [max(tax["whole"], Decimal(0)) for tax in taxes], places)
        lines = [
            {
                "row": 1, "place": nth, "description": f"{invoice['number']}, {invoice['date']}", "quantity": Decimal(-1),
                "unit_price": share, "tax_category": tax["tax_category"], "tax_rate": tax["tax_rate"],
            }
            for nth, (tax, share) in enumerate(zip(taxes, shares, strict=True), 1) if share
        ]  # fmt: skip
        amounts.stage(op, [{**head, "prices_include_tax": True}], lines)
        note = amounts.write(op)[0]
        self._must_be_left(op, invoice, note, left)
        return note

    @staticmethod
    def _must_be_left(op: Operation, invoice: dict[str, Any], note: int, left: Decimal) -> None:
        """Refuse a credit note over more than its invoice has left, or over nothing."""
        made = op.rows("select total, coalesce(rounding, 0) as rounding from invoices where id = $id", id=note)[0]
        worth = -(made["total"] + made["rounding"])
        if worth <= 0:
            raise InvalidValue(
                f"This would credit {money.show(worth, invoice['currency'])} of invoice {invoice['number']}: a credit note "
                "lowers what is owed. Credit lines that come to something together."
            )
        if worth > left:
            raise MoreThanOpen(
                f"{money.show(worth, invoice['currency'])} cannot be credited: of invoice {invoice['number']} "
                f"{money.show(left, invoice['currency'])} is not credited yet. Credit that or less."
            )

    @staticmethod
    def _free(op: Operation, note: int, free_work: bool | None, *, all_of_it: bool) -> list[int]:
        """Say of which work a note frees it, and return that: what is credited whole by now, unless it is to stay billed."""
        if free_work is not None and not isinstance(free_work, bool):
            raise InvalidValue(f"free_work is True or False, not {free_work!r}.")
        work = op.rows(statement("work_credited"), note=note)
        parts = [] if all_of_it else [row for row in work if not row["whole"]]
        if free_work and parts:
            raise InvalidValue(
                f"{parts[0]['name']} is credited in part: it cannot be billed again as a whole. Credit all of its line, or give "
                "free_work=False."
            )
        freed = [row for row in work if row not in parts] if free_work is not False else []
        free = {row["line"] for row in freed}
        op.update("invoice_lines", [{"id": row["line"], "frees_work": row["line"] in free} for row in work])
        return [row["activity"] for row in freed]

    def _issue_note(self, op: Operation, note: int, freed: Sequence[int]) -> None:
        """Give a credit note its number, post and freeze it, and free its work."""
        made = op.rows("select date from invoices where id = $id", id=note)[0]["date"]
        op.stage("to_issue", pa.table({"id": pa.array([note], pa.int64()), "date": pa.array([made], pa.date32())}))
        self.number(op)
        op.update("invoices", op.arrow("select id, number, sequence, 'final' as status from numbered"))
        self.post(op)
        if freed:
            op.update("activities", [{"id": id_, "invoice": None} for id_ in freed])
            wip.post(op, "freed", freed, Settings(self._hold).currency, day=made, invoice=note)


def _is_position(given: object) -> bool:
    return isinstance(given, int) and not isinstance(given, bool)


def _credited(invoice: dict[str, Any], line: dict[str, Any], quantity: Any) -> dict[str, Any]:
    """Return the line of a credit note: what is left of a line, or a quantity of it."""
    left = line["left_quantity"]
    wanted = left if quantity is None else money.amount(quantity)
    if wanted <= 0 or wanted > left:
        raise MoreThanOpen(
            f"Of line {line['position']} of invoice {invoice['number']} {left.normalize():f} can be credited, not "
            f"{wanted.normalize():f}. Give that or less."
        )
    kept = ("item", "description", "unit_price", "price_per", "tax_category", "tax_rate", "activity", "recorded")
    whole = wanted == line["counted"]
    share = wanted / line["counted"]
    places = money.digits(invoice["currency"])
    discount = -money.round_to(line["discount"] * share, places) if line["discount"] else None
    priced = line["unit_price"] is not None
    return {
        **{name: line[name] for name in kept}, "quantity": -wanted * line["sign"], "discount": discount,
        "net": None if priced else -money.round_to((line["gross"] or line["net"]) * share, places),
        "realised": -line["realised"] if line["realised"] is not None and whole else None, "covered_by": line["covered_by"],
        "credits": line["position"],
    }  # fmt: skip


def _adjusted(
    op: Operation, invoice: dict[str, Any], held: Mapping[int, dict[str, Any]], credited: Sequence[dict[str, Any]]
) -> list[dict[str, Any]]:
    """Return the discounts and charges of an invoice that go with some of its lines: the same percentage, or a share."""
    whole: dict[tuple[Any, Any], Decimal] = {}
    part: dict[tuple[Any, Any], Decimal] = {}
    for line in held.values():
        key = (line["tax_category"], line["tax_rate"])
        whole[key] = whole.get(key, Decimal(0)) + (line["gross"] or line["net"])
    for line in credited:
        source, key = held[line["credits"]], (line["tax_category"], line["tax_rate"])
        worth = (source["gross"] or source["net"]) * (abs(line["quantity"] or 0) / source["counted"])
        part[key] = part.get(key, Decimal(0)) + worth
    found = []
    for one in op.rows("select * from invoice_adjustments where invoice = $id order by position", id=invoice["id"]):
        key = (one["tax_category"], one["tax_rate"])
        given = {name: one[name] for name in ("kind", "reason", "tax_category", "tax_rate")}
        if one["percent"] is not None and part.get(key):
            found.append({**given, "percent": one["percent"]})
        elif one["percent"] is None and whole.get(key) and part.get(key):
            share = (one["gross"] or one["amount"]) * part[key] / whole[key]
            found.append({**given, "amount": -money.round_to(share, money.digits(invoice["currency"]))})
    return [{**one, "row": 1, "place": nth} for nth, one in enumerate(found, 1)]
