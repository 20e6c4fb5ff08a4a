"""Billing many matters at once: looked at first, then drafted or issued in one operation."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from functools import cached_property
from typing import TYPE_CHECKING

import pyarrow as pa

from invoicekit.errors import InvalidValue, NotFound
from invoicekit.ledger.billing.drafting import Drafting
from invoicekit.ledger.billing.issuing import Issuing
from invoicekit.ledger.part import Part, statement
from invoicekit.store import Hold, Operation, frame

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["BillingRun"]

_BY = ("matter", "customer", "debtor")


class BillingRun(Part):
    """Unbilled work on its way to invoices, made by ``book.invoices.billing_run``; nothing is written until it is told to.

    Attributes
    ----------
    until, date
        Last day of the work, and day of issue.
    by
        What makes an invoice of its own.
    """

    def __init__(
        self, hold: Hold, until: date, issued: date, by: str, only: Mapping[str, Sequence[int] | None]
    ) -> None:
        super().__init__(hold)
        if by not in _BY:
            raise InvalidValue(f'Work is billed by {", ".join(_BY)}, not by "{by}".')
        self.until, self.date, self.by, self._only = until, issued, by, only

    @cached_property
    def df(self) -> pd.DataFrame:
        """What it would make, a row for each invoice: whose, on which matter, how much, and what keeps it from being made."""
        with self.store.trial("billing run") as op:
            self._group(op)
            if op.rows("select row from bills limit 1"):
                self._write(op)
            else:
                op.stage("written", pa.table({"row": pa.array([], pa.int64()), "id": pa.array([], pa.int64())}))
            return frame(op.arrow(statement("bills_previewed")))

    def draft(self) -> list[int]:
        """Make the drafts, in one operation, and return their ids; what cannot be drafted is left out, as `df` says.

        Raises
        ------
        NotFound
            If there is nothing to bill.
        """
        with self.store.operation("billing run") as op:
            return self._made(op)

    def finalize(self) -> list[str]:
        """Draft and issue them, in one operation, and return their numbers; all of them or none.

        Raises
        ------
        NotFound
            If there is nothing to bill.
        Incomplete
            If the seller or one of the customers lacks what the law wants on an invoice.
        """
        with self.store.operation("billing run") as op:
            made = self._made(op)
            op.stage("run_ids", pa.table({"id": pa.array(made, pa.int64())}))
            drafts = op.rows(
                "select invoices.* exclude (operation) from invoices inner join run_ids using (id) order by id"
            )
            return Issuing(self._hold).issue(op, drafts)

    def _made(self, op: Operation) -> list[int]:
        self._group(op)
        if not op.rows("select row from bills limit 1"):
            raise NotFound(f"There is nothing to bill: no work up to {self.until} is billable and unbilled.")
        ids = self._write(op)
        op.summary = f"{len(ids):,} drafts of work up to {self.until}"
        return ids

    def _group(self, op: Operation) -> None:
        """Stage the bills that can be made as ``bills``, and why the others cannot as ``bills_refused``."""
        work = Drafting(self._hold)
        work.choose(op, self.until, **self._only)
        work.group(op, self.by)
        op.derive("all_bills", "select * from bills")
        op.derive("bills_refused", statement("bills_unfit"))
        op.derive("bills", "select * from bills where row not in (select row from bills_refused)")

    def _write(self, op: Operation) -> list[int]:
        return Drafting(self._hold).write_bills(op, {"date": self.date, "billing": "interim"})

    def __repr__(self) -> str:
        return f"<BillingRun: {len(self.df):,} invoices of work up to {self.until}>"

    def _repr_html_(self) -> str:
        table: str = self.df.to_html(index=False, na_rep="")
        return (
            f"<p>{len(self.df):,} invoices of work up to {self.until}. Nothing is written yet: .draft() or .finalize()</p>"
            f"{table}"
        )
