"""The drafts of a book: made of work or by hand, changed as long as they are drafts."""

from __future__ import annotations

import datetime
import operator
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from invoicekit import money
from invoicekit.dates import to_date
from invoicekit.errors import InvalidValue, NotFound
from invoicekit.ledger.billing import amounts
from invoicekit.ledger.billing.billing_run import BillingRun
from invoicekit.ledger.billing.drafting import Drafting
from invoicekit.ledger.billing.editing import SAID, Editing, billing, must_be_draft
from invoicekit.ledger.billing.recording import Recording
from invoicekit.ledger.part import clean, first_problem, statement
from invoicekit.ledger.parties.customers import Customers, Which
from invoicekit.ledger.work.matters import Matters
from invoicekit.store import Operation, frame

if TYPE_CHECKING:
    import pandas as pd

    from invoicekit.ledger.work.worklist import Some

    Given = Iterable[Mapping[str, Any]]

__all__ = ["Drafts"]


class Drafts(Recording):
    """What can be done with drafts."""

    def draft(
        self,
        matter: Which | None = None,
        *,
        activities: Some | None = None,
        customer: Which | None = None,
        tree: bool = False,
        lines: Given = (),
        discounts: Given = (),
        charges: Given = (),
        fee: Decimal | int | str | None = None,
        billing: str | None = None,
        until: datetime.date | str | None = None,
        date: datetime.date | str | None = None,
        **fields: Any,
    ) -> int:
        """Make a draft, and return its id; work on it is reserved until it is deleted or final.

        Parameters
        ----------
        matter
            All unbilled work on it.
        activities
            These instead: an id, several, or rows of ``book.activities.list()``.
        customer
            Whom to bill, where a matter has several clients; alone, all unbilled work for that customer.
        tree
            With a customer: the work for its sub-customers as well that are billed with it (``bill_to`` their parent).
        lines
            Dicts of lines given by hand, in place of work: ``description``, ``quantity``, ``unit_price``, ``price_per``,
            ``discount``, ``net``, ``tax_category``, ``tax_rate``. Tax is as the customer is taxed unless a line says otherwise.
        discounts, charges
            Dicts of discounts and charges on the whole: ``percent`` or ``amount``, ``reason``, and the tax group
            (``tax_category``, ``tax_rate``) where it is of one only. Disbursements are passed on as they are.
        fee
            A fixed fee, before tax: the draft has one line, and covers the activities that are named, or none.
        billing
            ``interim`` (usual for work) or ``final``: then nothing billable may be left on the matter when it is issued.
        until
            Last day of the work that is billed; the day of issue unless given.
        date
            Day of issue; today unless given.
        **fields
            ``subject``, ``purchase_order``, ``note``, ``due_date``, ``currency`` and ``prices_include_tax`` (lines by hand),
            ``smallest_coin``, ``tax_reason``.

        Raises
        ------
        ActivityTaken, InvalidValue
            If one of the activities is on another draft or invoice, written off, or not billable; if they are for
            several clients or in several currencies; if a line has no price, or an amount that cannot be.
        NotFound
            If there is nothing to bill.

        Examples
        --------
        >>> import invoicekit as ik, tempfile, pathlib
        >>> book = ik.open(pathlib.Path(tempfile.mkdtemp()) / "acme.duckdb")
        >>> book.seller.change(name="Lee & Co", address="1 High Street", city="Leeds", country="IE")
        >>> acme = book.customers.add(display_name="Acme SA", address="2 Low Street", phone="12")
        >>> matter = book.matters.open("Lease", customers=acme, rate="200")
        >>> _ = book.activities.add(matter, worked="1h30", date="2026-01-05")
        >>> invoice = book.invoices.draft(matter, date="2026-01-31")
        >>> book.invoices.finalize(invoice), book.invoices.get(invoice)["total"]
        ('1', Decimal('300.0000'))
        """
        with self.store.operation("draft invoice") as op:
            work = Drafting(self._hold)
            on = Matters(self._hold).get(matter) if matter is not None else None
            whom = Customers(self._hold).get(customer)["id"] if customer is not None else None
            unknown = sorted(set(fields) - set(_SAID))
            if unknown:
                raise InvalidValue(f"A draft does not say {', '.join(unknown)}. It says: {', '.join(_SAID)}.")
            head = clean("invoices", {name: value for name, value in fields.items() if value is not None})
            head["date"] = to_date(date) if date is not None else op.today
            adjustments = amounts.adjustments_given(discounts, charges)
            by_hand = amounts.lines_given(lines)
            if fee is not None:
                by_hand = [_fee(fee, head.get("subject") or (on["title"] if on else None)), *by_hand]
            head["billing"] = _way(billing, fee is not None, on, bool(by_hand))
            if by_hand and activities is None:
                invoice = work.by_hand(op, customer, on, head, by_hand, adjustments)
                op.summary = f"{len(by_hand):,} lines"
                return invoice
            _must_fit_work(head, by_hand, fee)
            if activities is None and on is None and whom is None:
                raise InvalidValue(
                    "Nothing says what to bill. Name a matter, a customer, or the activities themselves."
                )
            last = to_date(until) if until is not None else head["date"]
            clients = None if whom is None else [whom]
            if tree and whom is not None:
                clients = [row["id"] for row in op.rows(statement("tree_below"), customer=whom)]
            work.choose(op, last, activities=activities, matters=[on["id"]] if on else None, customers=clients)
            if not op.rows("select id from chosen_activities limit 1"):
                whose = on["title"] if on else customer
                raise NotFound(f"There is nothing to bill on {whose}: no work up to {last} is billable and unbilled.")
            work.group(op, "debtor" if activities is None and tree else "customer", None if tree else whom)
            if tree:
                op.derive("bills", "select * from bills where customer = $whom", whom=whom)
                op.derive("bills", "select * replace (1::bigint as row) from bills")
            work.must_be_one(op, None if tree else customer)
            first_problem(op, statement("bills_unfit"), {"no client": NotFound})
            [invoice] = work.write_bills(op, head, by_hand, adjustments)
            billed = op.rows("select count(*) as n, any_value(display_name) as name from billed_work, customers "
                             "where customers.id = (select customer from bills)")[0]  # fmt: skip
            op.summary = f"{billed['n']:,} activities for {billed['name']}"
            return invoice

    def billing_run(
        self,
        *,
        until: datetime.date | str | None = None,
        date: datetime.date | str | None = None,
        matters: Iterable[Which] | Which | None = None,
        customers: Iterable[Which] | Which | None = None,
        by: str = "matter",
    ) -> BillingRun:
        """Prepare billing all unbilled work at once; nothing is written until it is told to.

        Parameters
        ----------
        until
            Last day of the work; the day of issue unless given.
        date
            Day of issue; today unless given.
        matters, customers
            Only the work on these matters, or for these customers.
        by
            What makes an invoice of its own: each ``matter``, each ``customer``, or each ``debtor`` with everybody billed with it.

        Returns
        -------
        BillingRun
            ``.df`` shows what it would make; ``.draft()`` makes drafts, ``.finalize()`` issues them, in one operation.

        Examples
        --------
        >>> import invoicekit as ik, tempfile, pathlib
        >>> book = ik.open(pathlib.Path(tempfile.mkdtemp()) / "acme.duckdb")
        >>> acme = book.customers.add(display_name="Acme SA")
        >>> for title in ("Lease", "Sale"):
        ...     matter = book.matters.open(title, customers=acme, rate="200")
        ...     _ = book.activities.add(matter, worked="1h", date="2026-01-05")
        >>> run = book.invoices.billing_run(until="2026-01-31", date="2026-01-31")
        >>> run.df[["matter", "net"]].values.tolist()
        [['Lease', Decimal('200.0000')], ['Sale', Decimal('200.0000')]]
        >>> len(run.draft())
        2
        """
        on, whom = _each(matters), _each(customers)
        only = {
            "matters": None if on is None else [Matters(self._hold).get(one)["id"] for one in on],
            "customers": None if whom is None else [Customers(self._hold).get(one)["id"] for one in whom],
        }
        issued = to_date(date) if date is not None else self.store.today
        return BillingRun(self._hold, to_date(until) if until is not None else issued, issued, by, only)

    def change(self, invoice: int, **fields: Any) -> None:
        """Change what a draft says, and work it out anew, as its customer is taxed now.

        Parameters
        ----------
        **fields
            ``date``, ``due_date``, ``subject``, ``purchase_order``, ``note``, ``billing``, ``prices_include_tax``,
            ``smallest_coin``, ``tax_reason``; none to work it out anew only.

        Raises
        ------
        IllegalTransition
            If it is no draft: what was issued is corrected by a credit note.
        """
        with self._editing("change draft", invoice) as (op, edit, draft):
            edit.change(op, draft, fields)

    def add_lines(self, invoice: int, lines: Given) -> None:
        """Put lines under those of a draft; see `draft` for what a line says."""
        with self._editing("add lines", invoice) as (op, edit, draft):
            edit.add_lines(op, draft, lines)

    def change_line(self, invoice: int, position: int, **fields: Any) -> None:
        """Change a line of a draft; what work is billed at is changed by `write_work`.

        Raises
        ------
        NotFound
            If there is no such line.
        """
        with self._editing("change line", invoice) as (op, edit, draft):
            edit.change_line(op, draft, position, fields)

    def remove_lines(self, invoice: int, positions: Iterable[int]) -> None:
        """Take lines off a draft; work is taken off by `leave_work`."""
        with self._editing("remove lines", invoice) as (op, edit, draft):
            edit.remove_lines(op, draft, positions)

    def adjust(self, invoice: int, *, discounts: Given = (), charges: Given = ()) -> None:
        """Say which discounts and charges a draft has, in place of those it had; see `draft`."""
        with self._editing("discounts and charges", invoice) as (op, edit, draft):
            edit.adjust(op, draft, amounts.adjustments_given(discounts, charges))

    def drafted(self) -> dict[str, Decimal]:
        """Return what all drafts come to, by currency."""
        found = self.store.rows(
            "select currency, sum(total)::decimal(18, 4) as amount from invoices where status = 'draft' group by currency"
        )
        return {row["currency"]: row["amount"] for row in found}

    def work_since(self, invoice: int) -> pd.DataFrame:
        """Return the unbilled work that could be on a draft and is not: what was noted since is offered, never added by itself."""
        draft = self.get(invoice)
        must_be_draft(draft, "added to")
        return frame(self.store.arrow(statement("work_since"), draft=draft["id"]))

    def add_work(self, invoice: int, activities: Some) -> int:
        """Put unbilled work on a draft, and return how many activities that were."""
        with self._editing("add work", invoice) as (op, edit, draft):
            return edit.add_work(op, draft, activities)

    def leave_work(self, invoice: int, activities: Some) -> int:
        """Take work off a draft - it is unbilled again - and return how many activities that were."""
        with self._editing("leave work", invoice) as (op, edit, draft):
            return edit.leave_work(op, draft, activities)

    def write_work(
        self,
        invoice: int,
        activities: Some | None = None,
        *,
        to: Decimal | int | str | None = None,
        percent: Decimal | int | str | None = None,
        reason: str,
    ) -> Decimal:
        """Bill work of a draft at more or less than it was noted at - 0 writes it off - and return by how much.

        What it was noted at is kept beside: the report ``realisation`` compares the two.

        Parameters
        ----------
        activities
            Which; all of the draft unless given. The amount is shared among them by what they were noted at.
        to
            What they are billed at together, before tax.
        percent
            More (10) or less (-10) than they were noted at.
        reason
            Why; it is kept.

        Raises
        ------
        InvalidValue
            If there is no reason, or the amount cannot be one.
        NotFound
            If one of them is not on the draft.
        """
        with self._editing("write work up or down", invoice) as (op, edit, draft):
            return edit.write_work(op, draft, activities, to, percent, reason)

    def delete_draft(self, invoice: int) -> None:
        """Take a draft out; its work is unbilled again.

        Raises
        ------
        IllegalTransition
            If it is no draft: what was issued is cancelled by a credit note.
        """
        with self.store.operation("delete draft") as op:
            draft = self.get(invoice)
            must_be_draft(draft, "deleted")
            work = op.rows("select id from activities where invoice = $invoice", invoice=draft["id"])
            op.update("activities", [{"id": row["id"], "invoice": None} for row in work])
            for table in ("invoice_lines", "invoice_adjustments", "invoice_taxes"):
                parts = op.rows(f"select id from {table} where invoice = $invoice", invoice=draft["id"])
                op.delete(table, [row["id"] for row in parts])
            op.delete("invoices", [draft["id"]])
            op.summary = f"{len(work):,} activities are unbilled again"

    def get(self, invoice: int) -> dict[str, Any]:
        """Return an invoice's fields.

        Raises
        ------
        NotFound
            If there is none with this id.
        """
        by_id = "select * exclude (operation) from invoices where id = $id"
        is_id = hasattr(invoice, "__index__") and not isinstance(invoice, bool)
        found = self.store.rows(by_id, id=operator.index(invoice)) if is_id else []
        if not found:
            raise NotFound(
                f"There is no invoice {invoice!r}; it is named by its id. book.invoices.list() shows them all."
            )
        return found[0]

    @contextmanager
    def _editing(self, what: str, invoice: int) -> Iterator[tuple[Operation, Editing, dict[str, Any]]]:
        with self.store.operation(what) as op:
            draft = self.get(invoice)
            must_be_draft(draft, "changed")
            yield op, Editing(self._hold), draft


# What may be said of a draft when it is made; its day is told apart.
_SAID = (*(name for name in SAID if name != "date"), "currency")


def _each(given: Iterable[Which] | Which | None) -> list[Which] | None:
    """Return one or several records that are named."""
    if given is None:
        return None
    return [given] if isinstance(given, str | int) else [*given]


def _fee(fee: Decimal | int | str, description: str | None) -> dict[str, Any]:
    worth = money.amount(fee)
    if worth <= 0:
        raise InvalidValue(f"A fee is positive, not {worth}. Give what was agreed.")
    return {"row": 1, "place": 1, "description": description, "quantity": Decimal(1), "unit_price": worth}


def _way(said: str | None, fixed: bool, matter: dict[str, Any] | None, by_hand: bool) -> str | None:
    if fixed and said not in (None, "fixed_fee"):
        raise InvalidValue(f"A fee makes it a fixed_fee invoice, not an {said} one. Leave one of them out.")
    if said == "fixed_fee" and not fixed:
        raise InvalidValue("A fixed_fee invoice is of a fee: give it by fee=.")
    if said == "final" and matter is None:
        raise InvalidValue("A final invoice is the last one on a matter: name the matter.")
    return billing(said) or ("fixed_fee" if fixed else None if by_hand else "interim")


def _must_fit_work(head: Mapping[str, Any], by_hand: list[dict[str, Any]], fee: object) -> None:
    if head.get("prices_include_tax"):
        raise InvalidValue("Work is priced before tax: a draft that bills it cannot have prices that include tax.")
    if head.get("currency"):
        raise InvalidValue("Work is billed in the currency of its matter. Leave currency out.")
    if by_hand and fee is None:
        raise InvalidValue(
            "A draft is made of work, or of lines. Draft the work first, and add the lines to it (book.invoices.add_lines)."
        )
