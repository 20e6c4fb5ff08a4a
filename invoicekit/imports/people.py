"""Contact persons, from typed rows into the book."""

from __future__ import annotations

import pyarrow as pa

from invoicekit.imports.following import follow
from invoicekit.imports.invoices import find_customers
from invoicekit.imports.outcomes import Answers, Outcomes
from invoicekit.store import Operation
from invoicekit.store.sql import load

__all__ = ["write_people"]

_FIELDS = ("role", "email", "phone")


def write_people(op: Operation, rows: pa.Table, answers: Answers, outcomes: Outcomes) -> None:
    """Find where they work, and write contact persons; one of the same name there is the same person.

    Parameters
    ----------
    rows
        ``line``, ``fault`` and the fields of contact persons, with ``customer`` as text.
    """
    op.stage("incoming_people_rows", rows)
    find_customers(op, "select line, customer as key, null::varchar as name from incoming_people_rows", answers)
    op.derive("told_people", load("invoicekit.imports", "people_told"))
    follow(op, "contact_persons", "told_people", _FIELDS, answers.policy)
    chosen = f"select line, customer, name, {', '.join(_FIELDS)} from told_people"
    fresh = op.arrow(f"{chosen} where trouble is null and held is null order by line")
    ids = op.insert("contact_persons", fresh.drop_columns(["line"]))
    op.stage("new_people", pa.table({"line": fresh.column("line"), "id": pa.array(ids, pa.int64())}))
    outcomes.tell(load("invoicekit.imports", "people_outcomes"), operation=op.id)
