"""Users, from typed rows into the book, and those that matters and activities name."""

from __future__ import annotations

import pyarrow as pa

from invoicekit.imports.following import follow
from invoicekit.imports.outcomes import Answers, Outcomes
from invoicekit.schema import TABLES
from invoicekit.store import Operation
from invoicekit.store.sql import load

__all__ = ["find_users", "write_users"]

_FIELDS = [field.name for field in TABLES["users"].importable if field.name != "name"]


def write_users(op: Operation, rows: pa.Table, answers: Answers, outcomes: Outcomes) -> None:
    """Match and write users; one of the same name, or else of the same e-mail, is the same user.

    Parameters
    ----------
    rows
        ``line``, ``fault`` and the fields of users.
    """
    op.stage("incoming_user_rows", rows)
    op.derive("told_users", load("invoicekit.imports", "users_told"))
    follow(op, "users", "told_users", _FIELDS, answers.policy)
    chosen = f"select line, coalesce(name, full_name) as name, {', '.join(_FIELDS)} from told_users"
    fresh = op.arrow(f"{chosen} where trouble is null and held is null order by line")
    ids = op.insert("users", fresh.drop_columns(["line"]))
    op.stage("new_users", pa.table({"line": fresh.column("line"), "id": pa.array(ids, pa.int64())}))
    outcomes.tell(load("invoicekit.imports", "users_outcomes"), operation=op.id)


def find_users(op: Operation, named: str, outcomes: Outcomes) -> None:
    """Leave ``users_meant`` (``named``, ``id``): the user each name means; whoever is unknown is added by that name.

    Parameters
    ----------
    named
        A query of the names, ``named``, as files write them.
    """
    op.derive("users_named", f"select distinct named from ({named}) where named is not null")
    op.derive("users_meant", load("invoicekit.imports", "users_meant"))
    fresh = op.arrow(
        "select name_key(named) as key, min(named) as name from users_meant where id is null group by 1 order by 2"
    )
    if fresh.num_rows:
        op.insert("users", fresh.select(["name"]))
        outcomes.count("users", "created", fresh.num_rows)
        op.derive("users_meant", load("invoicekit.imports", "users_meant"))
