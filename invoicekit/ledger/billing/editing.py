"""Changing a draft: what it says, its lines, its discounts and charges, the work on it and what that is billed at."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from invoicekit import money
from invoicekit.errors import IllegalTransition, InvalidValue, NotFound
from invoicekit.ledger.billing import amounts
from invoicekit.ledger.billing.drafting import Drafting
from invoicekit.ledger.part import clean, statement
from invoicekit.store import Operation

if TYPE_CHECKING:
    from invoicekit.ledger.work.worklist import Some

__all__ = ["SAID", "Editing", "billing", "must_be_draft"]

# What a draft says beside its lines.
SAID = (
    "date", "due_date", "subject", "purchase_order", "note", "prices_include_tax", "smallest_coin", "tax_reason",
)  # fmt: skip


class Editing(Drafting):
    """Changing drafts; the verbs of `Invoices` that do so come here."""

    def change(self, op: Operation, draft: dict[str, Any], fields: Mapping[str, Any]) -> None:
        """Change what a draft says beside its lines."""
        unknown = sorted(set(fields) - {*SAID, "billing"})
        if unknown:
            raise InvalidValue(
                f"Of a draft {', '.join(unknown)} cannot be changed. What can: {', '.join(SAID)}, billing; "
                "lines, discounts, charges and work have calls of their own."
            )
        given = clean("invoices", {name: value for name, value in fields.items() if name != "billing"})
        if "billing" in fields:
            given["billing"] = billing(fields["billing"])
        if "date" in given and given["date"] is None:
            raise InvalidValue("A draft cannot be without a date. Give the day it is to be issued on.")
        lines, adjustments = self.parts(op, draft)
        if given.get("prices_include_tax") and any(line["activity"] for line in lines):
            raise InvalidValue("Work is priced before tax: a draft that bills it cannot have prices that include tax.")
        self.rewrite(op, {**draft, **given}, lines, adjustments)
        op.summary = f"draft {draft['id']}: {', '.join(fields)}"

    def add_lines(self, op: Operation, draft: dict[str, Any], lines: Iterable[Mapping[str, Any]]) -> None:
        """Put lines under those of a draft."""
        held, adjustments = self.parts(op, draft)
        new = amounts.lines_given(lines)
        self.rewrite(op, draft, [*held, *_after(held, new)], adjustments)
        op.summary = f"draft {draft['id']}: {len(new):,} lines"

    def change_line(self, op: Operation, draft: dict[str, Any], position: int, fields: Mapping[str, Any]) -> None:
        """Change a line of a draft; what its work is billed at is changed by writing it up or down."""
        lines, adjustments = self.parts(op, draft)
        line = _at(lines, position)
        [given] = amounts.lines_given([fields])
        said = {name: given[name] for name in given if name not in ("row", "place")}
        if line["activity"] and set(said) - {"description", "item", "tax_category", "tax_rate"}:
            raise InvalidValue(
                f"Line {position} bills work: what that is billed at is changed by book.invoices.write_work, with a reason."
            )
        if "unit_price" in said and "net" not in said:
            said["net"] = None
        if {"tax_rate", "tax_category"} & set(said):
            said = {"tax_category": None, "tax_rate": None, **said}
        self.rewrite(op, draft, [{**one, **said} if one is line else one for one in lines], adjustments)
        op.summary = f"draft {draft['id']}, line {position}: {', '.join(fields)}"

    def remove_lines(self, op: Operation, draft: dict[str, Any], positions: int | Iterable[int]) -> None:
        """Take lines off a draft; work leaves it otherwise."""
        lines, adjustments = self.parts(op, draft)
        going = [_at(lines, position) for position in (positions if isinstance(positions, Iterable) else [positions])]
        for line in going:
            if line["activity"]:
                raise InvalidValue(
                    f"Line {line['place']} bills work: take that off by book.invoices.leave_work, and it is unbilled again."
                )
            if any(one["covered_by"] == line["place"] for one in lines):
                raise InvalidValue(
                    f"Line {line['place']} is the fee that covers work. Take that off first: book.invoices.leave_work."
                )
        self.rewrite(op, draft, [line for line in lines if line not in going], adjustments)
        op.summary = f"draft {draft['id']}: {len(going):,} lines less"

    def adjust(self, op: Operation, draft: dict[str, Any], adjustments: Sequence[dict[str, Any]]) -> None:
        """Say which discounts and charges a draft has, in place of those it had."""
        lines, _ = self.parts(op, draft)
        self.rewrite(op, draft, lines, adjustments)
        op.summary = f"draft {draft['id']}: {len(adjustments):,} discounts and charges"

    def add_work(self, op: Operation, draft: dict[str, Any], activities: Some) -> int:
        """Put unbilled work on a draft, and return how many activities."""
        if activities is None:
            raise InvalidValue("Nothing says which work to add. Give rows of book.invoices.work_since(), or ids.")
        if draft["prices_include_tax"]:
            raise InvalidValue("Work is priced before tax: a draft whose prices include tax cannot bill it.")
        self.choose(op, draft["date"], activities=activities)
        self.group(op, "debtor", draft["billed_for"] if draft["billed_for"] and draft["matter"] else None)
        for bill in op.rows("select customer, currency from bills"):
            if bill["customer"] not in (draft["customer"], None) or bill["currency"] != draft["currency"]:
                raise InvalidValue(
                    "Some of this work is billed to somebody else, or in another currency: draft it by itself."
                )
        lines, adjustments = self.parts(op, draft)
        op.stage("drafted", amounts.head_table([draft]))
        fee = _fee(lines)
        op.derive("billed_work", "select 1::bigint as row, id as activity from chosen_activities")
        self.stage_fees(op, [{**fee, "row": 1}] if fee else [])
        new = op.rows(f"select * from ({statement('draft_lines')}) order by place")
        ids = op.arrow("select id from chosen_activities")
        op.update(
            "activities", ids.append_column("invoice", pa.repeat(pa.scalar(draft["id"], pa.int64()), ids.num_rows))
        )
        self.rewrite(op, draft, [*lines, *_after(lines, new)], adjustments)
        op.summary = f"draft {draft['id']}: {len(new):,} activities more"
        return len(new)

    def leave_work(self, op: Operation, draft: dict[str, Any], activities: Some) -> int:
        """Take work off a draft - it is unbilled again - and return how many activities."""
        wanted = set(self.ids(op, activities))
        lines, adjustments = self.parts(op, draft)
        strange = wanted - {line["activity"] for line in lines}
        if strange:
            raise NotFound(f"Activity {min(strange)} is not on draft {draft['id']}. book.invoices.lines shows what is.")
        op.update("activities", [{"id": id_, "invoice": None} for id_ in sorted(wanted)])
        self.rewrite(op, draft, [line for line in lines if line["activity"] not in wanted], adjustments)
        op.summary = f"draft {draft['id']}: {len(wanted):,} activities less"
        return len(wanted)

    def write_work(
        self, op: Operation, draft: dict[str, Any], activities: Some | None, to: Decimal | int | str | None,
        percent: Decimal | int | str | None, reason: str,
    ) -> Decimal:  # fmt: skip
        """Bill work of a draft at more or less than it was noted at, and return by how much; see `Invoices.write_work`."""
        why = clean("invoice_lines", {"description": reason})["description"]
        if why is None:
            raise InvalidValue("Writing work up, down or off needs a reason. Say why.")
        if (to is None) == (percent is None):
            raise InvalidValue("Say what the work is billed at: to= an amount, or percent= more (10) or less (-10).")
        lines, adjustments = self.parts(op, draft)
        wanted = set(self.ids(op, activities)) if activities is not None else None
        written = [line for line in lines if line["activity"] and (wanted is None or line["activity"] in wanted)]
        if any(line["covered_by"] for line in written):
            raise InvalidValue(
                "A fee covers this work: change the line of the fee instead (book.invoices.change_line)."
            )
        missing = (wanted or set()) - {line["activity"] for line in written}
        if missing or not written:
            raise NotFound(
                f"Activity {min(missing, default='')} is not on draft {draft['id']}. book.invoices.lines shows what is."
            )
        places, recorded = money.digits(draft["currency"]), [line["recorded"] for line in written]
        whole = sum(recorded, Decimal(0))
        if percent is not None:
            share = clean("invoice_adjustments", {"kind": "charge", "percent": str(abs(money.amount(percent)))})[
                "percent"
            ]
            target = money.round_to(whole * (1 + (share if money.amount(percent) >= 0 else -share) / 100), places)
        else:
            target = money.amount(to if to is not None else 0)
        if target < 0 or money.round_to(target, places) != target:
            raise InvalidValue(
                f"Work cannot be billed at {money.show(target, draft['currency'])}: give an amount of whole units, or 0."
            )
        for line, worth in zip(written, money.spread(target, recorded, places), strict=True):
            same = worth == line["recorded"]
            line |= {"quantity": Decimal(1), "unit_price": worth, "net": None, "write_reason": None if same else why}
        self.rewrite(op, draft, lines, adjustments)
        op.summary = (
            f"draft {draft['id']}: {money.show(whole, draft['currency'])} billed at "
            f"{money.show(target, draft['currency'])}: {why}"
        )
        return target - whole

    def parts(self, op: Operation, draft: dict[str, Any]) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
        """Return the lines and the discounts and charges of a draft, as they were given."""
        lines = op.rows(
            "select lines.*, position as place, 1::bigint as row, coalesce(activities.taxable, true) as taxable, "
            "activities.tax_rate as work_rate from invoice_lines as lines left join activities on activities.id = lines.activity "
            "where lines.invoice = $id order by position",
            id=draft["id"],
        )
        for line in lines:
            line["net"] = (line["gross"] or line["net"]) if line["unit_price"] is None else None
            if line["tax_said"] is False:
                line |= {"tax_category": None, "tax_rate": line["work_rate"]}
        held = op.rows(
            "select kind, reason, percent, coalesce(gross, amount) as amount, tax_category, tax_rate, given, given_amount, of_all, "
            "1::bigint as row from invoice_adjustments where invoice = $id order by position",
            id=draft["id"],
        )
        return lines, _as_given(held)

    def rewrite(
        self,
        op: Operation,
        draft: dict[str, Any],
        lines: Sequence[dict[str, Any]],
        adjustments: Sequence[dict[str, Any]],
    ) -> None:
        """Work a draft out anew and write it, its parts in place of those it had."""
        must_be_draft(draft, "changed")
        for table in ("invoice_lines", "invoice_adjustments", "invoice_taxes"):
            op.delete(
                table, [row["id"] for row in op.rows(f"select id from {table} where invoice = $id", id=draft["id"])]
            )
        places = {line.get("place"): nth for nth, line in enumerate(lines, 1)}
        renumbered = [
            {
                **line, "row": 1, "place": nth, "position": nth,
                "covered_by": places[line["covered_by"]] if line.get("covered_by") else None,
            }
            for nth, line in enumerate(_shared(lines, draft["currency"]), 1)
        ]  # fmt: skip
        amounts.stage(op, [{**draft, "row": 1}], renumbered, [{**one, "row": 1} for one in adjustments])
        amounts.work_out(op)
        op.stage("written", pa.table({"row": pa.array([1], pa.int64()), "id": pa.array([draft["id"]], pa.int64())}))
        names = ", ".join(("id", *SAID, "billing", "net", "tax", "total", "rounding"))
        op.update("invoices", op.arrow(f"select {names} from worked_documents"))
        amounts.write_parts(op)

    def ids(self, op: Operation, activities: Some) -> list[int]:
        """Return the ids of some activities."""
        self.stage_ids(op, activities)
        return [row["id"] for row in op.rows("select distinct id from chosen_ids order by id")]


def _after(held: Sequence[dict[str, Any]], new: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return new lines with places after those that are there."""
    last = max((line["place"] for line in held), default=0)
    return [{**line, "place": last + nth} for nth, line in enumerate(new, 1)]


def billing(said: str | None) -> str | None:
    """Return how work is billed, once it is one of the three ways.

    Raises
    ------
    InvalidValue
        Naming them.
    """
    if said not in (None, "interim", "final", "fixed_fee"):
        raise InvalidValue(f'billing is interim, final or fixed_fee, not "{said}".')
    return said


def must_be_draft(invoice: dict[str, Any], what: str) -> None:
    """Refuse to change what is no draft.

    Raises
    ------
    IllegalTransition
        Saying what it is, and how it is corrected.
    """
    if invoice["status"] == "closed":
        raise IllegalTransition(
            f"Invoice {invoice['number']} is closed and cannot be {what}: only a draft can. Take it back to final first "
            "(book.invoices.reopen), and correct what was issued by a credit note: book.invoices.credit."
        )
    if invoice["status"] != "draft":
        raise IllegalTransition(
            f"Invoice {invoice['number'] or invoice['id']} is {invoice['status']} and cannot be {what}: only a draft can. "
            "What was issued is cancelled by a credit note: book.invoices.credit."
        )


def _at(lines: Sequence[dict[str, Any]], position: int) -> dict[str, Any]:
    for line in lines:
        if line["place"] == position and not isinstance(position, bool):
            return line
    raise NotFound(f"There is no line {position!r}: it has {len(lines):,}, counted from 1.")


def _fee(lines: Sequence[dict[str, Any]]) -> dict[str, Any] | None:
    """Return the line of the fee that covers work, if one does."""
    covering = {line.get("covered_by") for line in lines} - {None}
    return next((line for line in lines if line["place"] in covering), None)


def _shared(lines: Sequence[dict[str, Any]], currency: str) -> list[dict[str, Any]]:
    """Share a fee among the work it covers."""
    fee = _fee(lines)
    if fee is None:
        return [*lines]
    covered = [line for line in lines if line.get("covered_by")]
    counted = fee["quantity"] if fee["quantity"] is not None else Decimal(1)
    worth = (fee["unit_price"] or Decimal(0)) * counted - (fee["discount"] or 0)
    shares = iter(money.spread(worth, [line["recorded"] for line in covered], money.digits(currency)))
    return [{**line, "realised": next(shares)} if line.get("covered_by") else line for line in lines]


def _as_given(held: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return discounts and charges as somebody gave them: one of the whole is one, however many tax groups it touches."""
    found: dict[int, dict[str, Any]] = {}
    for one in held:
        said = {name: one[name] for name in ("kind", "reason", "percent", "row")}
        if one["of_all"]:
            found.setdefault(
                one["given"], {**said, "amount": one["given_amount"], "tax_category": None, "tax_rate": None}
            )
        else:
            amount = None if one["percent"] is not None else one["given_amount"]
            found[one["given"]] = {
                **said,
                "amount": amount,
                "tax_category": one["tax_category"],
                "tax_rate": one["tax_rate"],
            }
    return [{**one, "place": nth} for nth, one in enumerate(found.values(), 1)]
