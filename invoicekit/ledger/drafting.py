"""From work to an invoice: a draft reserves it, finalising bills it, a credit note may free it again."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from invoicekit.dates import due_date, to_date
from invoicekit.errors import IllegalTransition, InvalidValue, NotFound, PeriodLocked
from invoicekit.ledger import wip
from invoicekit.ledger.customers import Customers, Which
from invoicekit.ledger.locks import must_leave_locked_days
from invoicekit.ledger.matters import Matters
from invoicekit.ledger.part import staged, statement
from invoicekit.ledger.settings import Settings
from invoicekit.ledger.worklist import Worklist
from invoicekit.store import Operation

if TYPE_CHECKING:
    from invoicekit.ledger.worklist import Some

__all__ = ["Drafting"]

# The book's own numbering.
OWN = "own"


class Drafting(Worklist):
    """Making invoices of work; the verbs of `Invoices` that do so come here."""

    def draft(
        self,
        op: Operation,
        matter: Which | None,
        activities: Some | None,
        customer: Which | None,
        day: date | str | None,
    ) -> int:
        """Reserve work by a draft, and return the draft's id; see `Invoices.draft`."""
        usual = Settings(self._hold).currency
        issued = to_date(day) if day else op.today
        self._choose_work(op, matter, activities, customer, issued)
        groups = op.rows(statement("activities_to_bill"), currency=usual)
        client = self._one_client(op, groups, customer)
        currency = _one([row["currency"] for row in groups], "are in several currencies")
        matters = {row["matter"] for row in groups}
        debtor = Customers(self._hold).get(Customers(self._hold).billed(client))
        _must_be_in_use(debtor)
        op.derive("drafted_lines", statement("draft_lines"), currency=currency)
        lines = op.arrow("select * exclude (row) rename (place as position) from drafted_lines order by position")
        taxed = _amounts(op, currency)
        [invoice] = op.insert(
            "invoices",
            [
                {
                    "kind": "invoice", "series": OWN, "status": "draft", "currency": currency, "date": issued,
                    "customer": debtor["id"], "recorded_for": debtor["id"],
                    "billed_for": client if client != debtor["id"] else None,
                    "matter": matters.pop() if len(matters) == 1 else None,
                    "due_date": due_date(issued, debtor["terms"]), **taxed,
                }
            ],
        )  # fmt: skip
        op.insert("invoice_lines", lines.append_column("invoice", pa.repeat(pa.scalar(invoice), lines.num_rows)))
        held = op.arrow(f"select id, {invoice}::bigint as invoice from chosen_activities")
        op.update("activities", held)
        op.summary = f"{lines.num_rows:,} activities for {debtor['display_name']}"
        return invoice

    def delete_draft(self, op: Operation, invoice: dict[str, Any]) -> None:
        """Take a draft out; its work is unbilled again."""
        _must_be(invoice, "draft", "deleted")
        work = op.arrow("select id from activities where invoice = $invoice", invoice=invoice["id"])
        freed = work.append_column("invoice", pa.nulls(work.num_rows, pa.int64()))
        op.update("activities", freed)
        lines = op.rows("select id from invoice_lines where invoice = $invoice", invoice=invoice["id"])
        op.delete("invoice_lines", [line["id"] for line in lines])
        op.delete("invoices", [invoice["id"]])
        op.summary = f"{work.num_rows:,} activities are unbilled again"

    def finalize(self, op: Operation, invoice: dict[str, Any], day: date | str | None) -> str:
        """Give a draft its number and post it; its work is billed from that day on."""
        _must_be(invoice, "draft", "final")
        debtor = Customers(self._hold).get(invoice["customer"])
        _must_be_in_use(debtor)
        issued = to_date(day) if day else invoice["date"]
        number = _next_number(op)
        final = {"id": invoice["id"], "number": number, "status": "final", "date": issued}
        op.update("invoices", [{**final, "due_date": due_date(issued, debtor["terms"])}])
        self._post_entries(op, invoice["id"], f"Invoice {number}")
        work = op.rows("select id from activities where invoice = $invoice order by id", invoice=invoice["id"])
        ids = [row["id"] for row in work]
        wip.post(op, "billed", ids, Settings(self._hold).currency, day=issued, invoice=invoice["id"])
        op.summary = f"{number} for {debtor['display_name']}"
        return number

    def credit(self, op: Operation, invoice: dict[str, Any], day: date | str | None, *, free_work: bool) -> int:
        """Cancel a final invoice by a credit note over all of it; see `Invoices.credit`."""
        if invoice["kind"] != "invoice" or invoice["status"] == "draft":
            raise IllegalTransition(
                f"{invoice['number'] or 'A draft'} cannot be credited: only an invoice that was issued can. "
                "Delete a draft instead: book.invoices.delete_draft."
            )
        credited = op.rows("select number from invoices where corrects = $id", id=invoice["id"])
        if credited:
            raise IllegalTransition(f"Invoice {invoice['number']} was credited already, by {credited[0]['number']}.")
        issued = to_date(day) if day else op.today
        if issued < invoice["date"]:
            raise InvalidValue(
                f"Invoice {invoice['number']} of {invoice['date']} cannot be credited on {issued}, before it."
            )
        kept = ("customer", "billed_for", "recorded_for", "matter", "currency", "subject")
        turned = {name: -invoice[name] for name in ("net", "tax", "total")}
        number = _next_number(op)
        note = {
            "kind": "credit_note", "series": OWN, "number": number, "status": "final", "date": issued, "due_date": issued,
            "corrects": invoice["id"], "frees_work": free_work, **{name: invoice[name] for name in kept}, **turned,
        }  # fmt: skip
        [made] = op.insert("invoices", [note])
        lines = op.rows(
            "select position, item, description, -quantity as quantity, unit_price, -net as net, tax_rate, activity "
            "from invoice_lines where invoice = $id order by position",
            id=invoice["id"],
        )
        work = [row["id"] for row in op.rows("select id from activities where invoice = $id", id=invoice["id"])]
        op.insert("invoice_lines", [{**line, "invoice": made} for line in lines])
        self._post_entries(op, made, f"Credit note {number}")
        self._settle(op, invoice, made, issued)
        if free_work and work:
            op.update("activities", [{"id": id_, "invoice": None} for id_ in work])
            wip.post(op, "freed", work, Settings(self._hold).currency, day=issued, invoice=made)
        op.summary = f"{number} cancels {invoice['number']}" + (
            f", {len(work):,} activities freed" if free_work else ""
        )
        return made

    def _choose_work(
        self, op: Operation, matter: Which | None, activities: Some | None, customer: Which | None, issued: date
    ) -> None:
        """Stage the activities of a draft: those given, or all that are unbilled up to its day."""
        on = Matters(self._hold).get(matter) if matter is not None else None
        if activities is not None:
            refused = self._choose(op, activities)
            if refused.num_rows:
                raise InvalidValue(f"{refused.column('reason')[0].as_py()}: leave it out, and draft the rest.")
        elif on is None and customer is None:
            raise InvalidValue("Nothing says what to bill. Name a matter, a customer, or the activities themselves.")
        else:
            op.derive(
                "chosen_activities",
                statement("unbilled_work"),
                matter=on["id"] if on else None,
                customer=Customers(self._hold).get(customer)["id"] if customer is not None else None,
                issued=issued,
            )
            if not op.rows("select id from chosen_activities limit 1"):
                whose = on["title"] if on else customer
                raise NotFound(f"There is nothing to bill on {whose}: no work up to {issued} is billable and unbilled.")
        for row in op.rows(statement("activities_unfit"), matter=on["id"] if on else None, issued=issued):
            raise InvalidValue(f"{row['problem']} {row['hint']}")

    def _one_client(self, op: Operation, groups: Sequence[dict[str, Any]], customer: Which | None) -> int:
        if customer is not None:
            held = Customers(self._hold).get(customer)
            for other in op.rows(statement("matters_of_others"), customer=held["id"]):
                raise InvalidValue(
                    f"{held['display_name']} cannot be billed for {other['matter']}: {other['problem']}. "
                    "Name one of its clients, or leave that work out."
                )
            return int(held["id"])
        named = {row["customer"]: row["name"] for row in groups}
        if len(named) == 1 and None not in named:
            return int(next(iter(named)))
        titles = ", ".join(sorted({row["matter_title"] for row in groups}))
        known = ", ".join(sorted(name for name in named.values() if name))
        if not known:
            raise InvalidValue(f"Nothing says whom to bill for {titles}: name the client by customer=.")
        raise InvalidValue(
            f"The work on {titles} is for several clients ({known}), or for none in particular: say by customer= whom to bill, "
            "and draft each by itself."
        )

    @staticmethod
    def _settle(op: Operation, invoice: dict[str, Any], note: int, day: date) -> None:
        """Apply a credit note to what is still open on the invoice it cancels."""
        still = op.rows(
            "select coalesce(sum(amount), 0)::decimal(18, 4) as amount from entries where invoice = $id",
            id=invoice["id"],
        )[0]["amount"]
        if still > 0:
            shared = {"invoice": invoice["id"], "date": day, "amount": still, "currency": invoice["currency"]}
            ids = op.insert("allocations", [{**shared, "credit_note": note}])
            op.stage("new_allocations", pa.table({"id": pa.array(ids, pa.int64())}))
            op.insert("entries", op.arrow(statement("waiting_entries")))

    @staticmethod
    def _post_entries(op: Operation, invoice: int, what: str) -> None:
        op.stage("posted_invoices", pa.table({"row": pa.array([1], pa.int64()), "id": pa.array([invoice], pa.int64())}))
        op.insert("entries", op.arrow(statement("invoice_entries")))
        op.update("customers", op.arrow(statement("leads_billed")))
        must_leave_locked_days(op, f"{what} cannot be issued", PeriodLocked)


def _next_number(op: Operation) -> str:
    """Take the next number of the book's own series; a rolled-back operation gives it back."""
    counter = f"numbers of {OWN}"
    given = op.next_number(counter)
    highest = op.rows(
        "select coalesce(max(try_cast(number as bigint)), 0) as number from invoices where series = $series", series=OWN
    )[0]["number"]
    if given <= highest:
        # Invoices that came with a whole book brought their numbers, and no counter.
        op.next_number(counter, highest + 1 - given)
        given = highest + 1
    return str(given)


def _amounts(op: Operation, currency: str) -> dict[str, Any]:
    """Work out what the lines of the chosen activities come to, as for any other document."""
    op.stage("incoming_invoices", staged("invoices", [{"row": 1, "currency": currency}]))
    op.derive("incoming_lines", "select *, null::varchar as item from drafted_lines")
    op.derive("completed_lines", statement("lines_completed"))
    op.derive("completed_invoices", statement("invoices_completed"))
    return op.rows("select net, tax, total from completed_invoices")[0]


def _one(values: Sequence[str], trouble: str) -> str:
    found = sorted(set(values))
    if len(found) > 1:
        raise InvalidValue(f"The activities {trouble}: {', '.join(found)}. Draft each by itself.")
    return found[0]


def _must_be_in_use(debtor: dict[str, Any]) -> None:
    if debtor["inactive_since"] is not None:
        raise InvalidValue(
            f"{debtor['display_name']} is inactive since {debtor['inactive_since']} and cannot be billed. "
            "Activate the customer first."
        )


def _must_be(invoice: dict[str, Any], status: str, what: str) -> None:
    if invoice["status"] != status:
        raise IllegalTransition(
            f"Invoice {invoice['number'] or invoice['id']} is {invoice['status']} and cannot be {what}: only a {status} can. "
            "What was issued is cancelled by a credit note: book.invoices.credit."
        )
