"""From typed rows into the book: what others name comes first."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pyarrow as pa

from invoicekit.imports.customers import write_customers
from invoicekit.imports.headings import TARGETS
from invoicekit.imports.invoices import compare_balances, write_invoices
from invoicekit.imports.outcomes import Answers, Outcomes
from invoicekit.imports.payments import write_allocations, write_payments
from invoicekit.imports.people import write_people
from invoicekit.imports.steps import Steps
from invoicekit.imports.typed import Typed
from invoicekit.imports.users import write_users
from invoicekit.imports.work import write_activities, write_matters
from invoicekit.ledger import Payments
from invoicekit.store import Operation
from invoicekit.store.sql import load

__all__ = ["write"]


def write(op: Operation, typed: Sequence[Typed], answers: Answers, steps: Steps) -> Outcomes:
    """Write all tables of a plan and return what became of their rows."""
    outcomes = Outcomes(op, [one.left_out for one in typed])
    writing = _Writing(
        op, {name: [one for one in typed if one.table.target == name] for name in TARGETS}, answers, outcomes
    )
    for target in _ORDER:
        if writing.of[target]:
            steps(target.replace("_", " "))
            getattr(writing, target)()
    if (writing.of["invoices"] or writing.of["opening_balances"]) and not writing.of["allocations"]:
        Payments.settle_waiting(op, operation=op.id)
    if any(one.maps("balance") for one in writing.of["invoices"]):
        compare_balances(outcomes)
    return outcomes


_ORDER = (
    "customers", "contact_persons", "users", "matters", "invoices", "invoice_lines", "opening_balances", "payments", "allocations",
    "activities",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Writing:
    """The tables of an import, by what they hold; one way to write each kind."""

    op: Operation
    of: dict[str, list[Typed]]
    answers: Answers
    outcomes: Outcomes

    def customers(self) -> None:
        rows = self._rows("customers")
        named = rows.append_column("implicit", pa.repeat(pa.scalar(False), rows.num_rows))
        write_customers(self.op, named, self.answers, self.outcomes)

    def contact_persons(self) -> None:
        write_people(self.op, self._rows("contact_persons"), self.answers, self.outcomes)

    def users(self) -> None:
        write_users(self.op, self._rows("users"), self.answers, self.outcomes)

    def matters(self) -> None:
        write_matters(
            self.op, self._rows("matters"), self.answers, self.outcomes, new_customers=not self.of["customers"]
        )

    def invoices(self) -> None:
        whole = [one for one in self.of["invoices"] if not one.maps("line")]
        by_line = [one for one in self.of["invoices"] if one.maps("line")]
        lines = self._rows("invoice_lines") if self.of["invoice_lines"] else None
        for invoices, own_lines in ((whole, lines), (by_line, None if whole else lines)):
            if invoices:
                told = all(one.was_told(("total", "net", "tax")) for one in invoices)
                self._invoices(_together(invoices), own_lines, of_lines=invoices is by_line, amounts_told=told)

    def invoice_lines(self) -> None:
        if self.of["invoices"]:
            return
        self.op.stage("incoming_line_rows", self._rows("invoice_lines"))
        self.outcomes.note(
            "select line, 'invoice_lines' as \"table\", 'rejected' as outcome, null as record, "
            "'lines come with their invoices: import both sheets together' as reason from incoming_line_rows"
        )

    def opening_balances(self) -> None:
        self.op.stage("told_balances", self._rows("opening_balances"))
        rows = self.op.arrow(load("invoicekit.imports", "opening_balances"), currency=self.answers.currency)
        self._invoices(rows, None, of_lines=False, amounts_told=True)

    def payments(self) -> None:
        told = self._rows("allocations") if self.of["allocations"] else None
        write_payments(self.op, self._rows("payments"), self.answers, self.outcomes, told)

    def allocations(self) -> None:
        write_allocations(self.op, self._rows("allocations"), self.answers, self.outcomes)

    def activities(self) -> None:
        write_activities(
            self.op, self._rows("activities"), self.answers, self.outcomes, new_matters=not self.of["matters"]
        )

    def _invoices(self, rows: pa.Table, lines: pa.Table | None, *, of_lines: bool, amounts_told: bool) -> None:
        write_invoices(
            self.op, rows, lines, self.answers, self.outcomes,
            of_lines=of_lines, amounts_told=amounts_told, new_customers=not self.of["customers"],
        )  # fmt: skip

    def _rows(self, target: str) -> pa.Table:
        return _together(self.of[target])


def _together(tables: Sequence[Typed]) -> pa.Table:
    return pa.concat_tables([one.rows for one in tables]).combine_chunks()
