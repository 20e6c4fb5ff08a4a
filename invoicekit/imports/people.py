"""Contact persons, from typed rows into the book."""

from __future__ import annotations

import pyarrow as pa

from invoicekit.imports.invoices import find_customers
from invoicekit.imports.outcomes import Answers, Outcomes
from invoicekit.store import Operation
from invoicekit.store.sql import load

__all__ = ["write_people"]


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
    fields = "customer, name, role, email, phone"
    op.update(
        "contact_persons",
        op.arrow(
            "select held as id, coalesce(told.role, people.role) as role, coalesce(told.email, people.email) as email, "
            "coalesce(told.phone, people.phone) as phone from told_people told "
            "join contact_persons people on people.id = told.held where trouble is null and $policy = 'update'",
            policy=answers.policy,
        ),
    )
    fresh = op.arrow(f"select line, {fields} from told_people where trouble is null and held is null order by line")
    ids = op.insert("contact_persons", fresh.drop_columns(["line"]))
    op.stage("new_people", pa.table({"line": fresh.column("line"), "id": pa.array(ids, pa.int64())}))
    outcomes.tell(load("invoicekit.imports", "people_outcomes"), operation=op.id)
