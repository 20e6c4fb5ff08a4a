"""Issuing drafts: numbered, posted, billed and frozen, all in the same operation or none."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

import pyarrow as pa

from invoicekit.dates import to_date
from invoicekit.errors import Incomplete, InvalidValue, NotFound, PeriodLocked
from invoicekit.ledger.access import must_own
from invoicekit.ledger.billing import series
from invoicekit.ledger.billing.drafting import due_dates
from invoicekit.ledger.locks import must_leave_locked_days
from invoicekit.ledger.part import Part, statement
from invoicekit.ledger.parties.seller import mentions
from invoicekit.ledger.settings import Settings
from invoicekit.ledger.work import wip
from invoicekit.store import Operation

__all__ = ["Issuing"]

# So many customers that lack something are named at most.
_NAMED = 5


class Issuing(Part):
    """Making drafts final; the verbs of `Invoices` that do so come here."""

    def issue(self, op: Operation, drafts: Sequence[dict[str, Any]], day: date | str | None = None) -> list[str]:
        """Give drafts their numbers, post what is owed, bill their work and freeze what they say; return the numbers in order.

        Parameters
        ----------
        drafts
            Rows of invoices.
        day
            Day of issue; each draft's own unless given.
        """
        must_own(op, self.store.actor, [draft["customer"] for draft in drafts], "issue invoices")
        ids = pa.array([draft["id"] for draft in drafts], pa.int64())
        issued = [to_date(day) if day is not None else draft["date"] for draft in drafts]
        op.stage(
            "to_issue",
            pa.table({"id": ids, "date": pa.array(issued, pa.date32())}),
        )
        for row in op.rows(f"select * from ({statement('issue_problems')}) order by rank, id limit 1", today=op.today):
            raise {"locked": PeriodLocked, "no lines": NotFound}.get(row["code"], InvalidValue)(
                f"{row['problem']} {row['hint']}"
            )
        self._must_be_complete(op)
        self.number(op)
        terms = due_dates(op, [(draft["customer"], on) for draft, on in zip(drafts, issued, strict=True)])
        due = [draft["due_date"] or terms[draft["customer"], on] for draft, on in zip(drafts, issued, strict=True)]
        op.stage("due", pa.table({"id": ids, "due_date": pa.array(due, pa.date32())}))
        op.update(
            "invoices",
            op.arrow(
                "select id, number, sequence, 'final' as status, to_issue.date, due.due_date from to_issue "
                "inner join numbered using (id) inner join due using (id) order by id"
            ),
        )
        self.post(op)
        numbers = {row["id"]: row["number"] for row in op.rows("select id, number from numbered")}
        op.summary = _told(numbers, drafts)
        return [numbers[draft["id"]] for draft in drafts]

    @staticmethod
    def number(op: Operation) -> None:
        """Give documents (``to_issue``) the next numbers of their series, as ``numbered``."""
        op.derive("to_number", "select id, series, to_issue.date from to_issue inner join invoices using (id)")
        series.number(op)

    def post(self, op: Operation) -> None:
        """Post issued documents (``to_issue``), bill the work that they hold, and freeze what they say."""
        op.derive("posted_invoices", "select id as row, id from to_issue")
        op.insert("entries", op.arrow(statement("invoice_entries")))
        op.update("customers", op.arrow(statement("leads_billed")))
        op.derive(
            "touched_activities",
            "select activities.id, 'billed' as event, to_issue.date as day, to_issue.id as invoice "
            "from activities inner join to_issue on to_issue.id = activities.invoice",
        )
        wip.settle_touched(op, Settings(self._hold).currency)
        issued = [row["id"] for row in op.rows("select id from to_issue order by id")]
        op.insert("issued_invoices", op.arrow(statement("as_issued"), ids=issued))
        must_leave_locked_days(op, "It cannot be issued", PeriodLocked)

    def _must_be_complete(self, op: Operation) -> None:
        op.stage("mentions", mentions())
        missing = op.rows(statement("mentions_missing"), profile=list(Settings(self._hold).complete_profile))
        if not missing:
            return
        said, first = [], []
        seller = list(dict.fromkeys(row["called"] for row in missing if row["party"] == "seller"))
        if seller:
            said.append(f"the seller lacks {', '.join(seller)}")
            first.append("say who sells (book.seller.change)")
        lacking: dict[str, list[str]] = {}
        for row in missing:
            if row["party"] == "buyer":
                lacking.setdefault(row["display_name"], []).append(row["called"])
        said += [f"{name} lacks {', '.join(dict.fromkeys(lacks))}" for name, lacks in [*lacking.items()][:_NAMED]]
        if lacking:
            more = f" and {len(lacking) - _NAMED:,} more customers lack something" if len(lacking) > _NAMED else ""
            said[-1] += more
            first.append("complete the customers (book.customers.change)")
        raise Incomplete(f"Nothing can be issued: {'; '.join(said)}. First {' and '.join(first)}.")


def _told(numbers: dict[int, str], drafts: Sequence[dict[str, Any]]) -> str:
    given = [numbers[draft["id"]] for draft in drafts]
    return given[0] if len(given) == 1 else f"{len(given):,} invoices, {given[0]} to {given[-1]}"
