"""From typed rows into the book: customers first, then invoices with their lines, then payments."""

from __future__ import annotations

from collections.abc import Sequence

import pyarrow as pa

from invoicekit.imports.customers import write_customers
from invoicekit.imports.headings import TARGETS
from invoicekit.imports.invoices import write_invoices
from invoicekit.imports.outcomes import Answers, Outcomes
from invoicekit.imports.payments import write_payments
from invoicekit.imports.steps import Steps
from invoicekit.imports.typed import Typed
from invoicekit.ledger import Payments
from invoicekit.store import Operation

__all__ = ["write"]


def write(op: Operation, typed: Sequence[Typed], answers: Answers, steps: Steps) -> Outcomes:
    """Write all tables of a plan and return what became of their rows."""
    outcomes = Outcomes(op, [one.left_out for one in typed])
    of = {target: [one for one in typed if one.table.target == target] for target in TARGETS}
    if of["customers"]:
        steps("customers")
        rows = _together(of["customers"])
        named = rows.append_column("implicit", pa.repeat(pa.scalar(False), rows.num_rows))
        write_customers(op, named, answers, outcomes)
    whole = [one for one in of["invoices"] if not one.maps("line")]
    by_line = [one for one in of["invoices"] if one.maps("line")]
    lines = _together(of["invoice_lines"]) if of["invoice_lines"] else None
    for invoices, own_lines in ((whole, lines), (by_line, None if whole else lines)):
        if invoices:
            steps("invoices")
            rows = _together(invoices)
            write_invoices(
                op, rows, own_lines, answers, outcomes,
                of_lines=invoices is by_line, new_customers=not of["customers"],
            )  # fmt: skip
    if of["invoice_lines"] and not of["invoices"]:
        _reject_lines_without_invoices(outcomes, _together(of["invoice_lines"]))
    if of["payments"]:
        steps("payments")
        write_payments(op, _together(of["payments"]), answers, outcomes)
    if of["invoices"]:
        Payments.settle_waiting(op, operation=op.id)
    return outcomes


def _together(tables: Sequence[Typed]) -> pa.Table:
    return pa.concat_tables([one.rows for one in tables]).combine_chunks()


def _reject_lines_without_invoices(outcomes: Outcomes, lines: pa.Table) -> None:
    outcomes.op.stage("incoming_line_rows", lines)
    outcomes.note(
        "select line, 'invoice_lines' as \"table\", 'rejected' as outcome, null as record, "
        "'lines come with their invoices: import both sheets together' as reason from incoming_line_rows"
    )
