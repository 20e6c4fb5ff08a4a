"""A book that proves itself: every reference, every identity, every chain of versions."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

import pyarrow as pa

from invoicekit.ledger.part import statement
from invoicekit.ledger.parties.tax_ids import misshapen
from invoicekit.schema import TABLES, Table, versioned
from invoicekit.store import Store, frame
from invoicekit.store.settled import proofs
from invoicekit.store.sql import filled, quoted

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["check", "leads_to_merged"]


def check(store: Store, seal: str | None = None) -> pd.DataFrame:
    """Return everything that is wrong in a book; an empty frame for a healthy one.

    Parameters
    ----------
    seal
        A seal that was noted outside the book: it must still be among its seals.

    Returns
    -------
    pandas.DataFrame
        ``check``, ``table``, ``record``, ``finding`` and ``mend``, a row each.
    """
    # What holds nothing has nothing wrong in it; and a query is sooner answered than planned.
    held = {row["name"] for row in store.rows(filled(TABLES))}
    tables = [table for table in TABLES.values() if table.name in held]
    kept = [table for table in tables if table.versioned]
    queries = [
        _together(query for table in tables if "id" in table.names for query in _identity(table)),
        _together(query for table in kept for query in _references(table)),
        _together(query for table in kept for query in leads_to_merged(table)),
        _together(_unique(table, what, by) for table in kept for what, by in table.unique.items()),
        statement("check_amounts"),
        statement("check_documents"),
        statement("check_kept"),
        statement("check_templates"),
        *(_recorded_for(table) for table in ("invoices", "payments")),
        statement("check_trees"),
        statement("check_work"),
        *([] if store.is_past else [*_all_versions(store, held), *proofs(store.rows)]),
    ]
    found = [store.arrow(query, operation=None) for query in queries if query]
    schema = found[0].schema
    return frame(pa.concat_tables([*found, _tax_ids(store, schema), _seals(store, seal, schema)]))


def _together(queries: Iterable[str]) -> str:
    """Ask many short queries as one: a query is sooner answered than read."""
    return " union all ".join(f"({query})" for query in queries)


def _tax_ids(store: Store, schema: pa.Schema) -> pa.Table:
    held = store.rows(
        "select id, tax_id, country from customers where tax_id is not null and tax_id_kind is distinct from 'other' order by id"
    )
    said = ((row["id"], misshapen(row["tax_id"], row["country"])) for row in held)
    rows = [
        {
            "check": "tax id",
            "table": "customers",
            "record": id_,
            "finding": finding,
            "mend": "correct tax_id or country",
        }
        for id_, finding in said
        if finding
    ]
    return pa.Table.from_pylist(rows, schema=schema)


def _seals(store: Store, noted: str | None, schema: pa.Schema) -> pa.Table:
    # They are proven in the present, where all operations are.
    breaches = () if store.is_past else store.breaches(noted)
    mend = "it was changed behind the book's back: book.diff(...) with a backup shows what"
    rows = [
        {"check": "seal", "table": table, "record": operation, "finding": finding, "mend": mend}
        for table, operation, finding in breaches
    ]
    return pa.Table.from_pylist(rows, schema=schema)


def _recorded_for(table: str) -> str:
    return (
        _row("recorded for", table, "id", "'it was recorded for customer ' || recorded_for || ', who is not there'",
             "undo the operation that took the customer out")
        + f" from {table} where recorded_for not in (select id from customers)"
    )  # fmt: skip


def _row(check: str, table: str, record: str, finding: str, mend: str) -> str:
    return (
        f"select '{check}' as \"check\", '{table}' as \"table\", {record}::bigint as record, "
        f"{finding}::varchar as finding, '{mend}' as mend"
    )


def _identity(table: Table) -> list[str]:
    name = quoted(table.name)
    restore = "restore a backup: rows were written behind the book''s back"
    return [
        _row("id given once", table.name, "id", "'id occurs ' || count(*) || ' times'", restore)
        + f" from {name} group by id having count(*) > 1",
        _row("id from the counter", table.name, "id", "'id is beyond the counter'", restore)
        + f" from {name} where id > coalesce((select value from counters where name = '{table.name}'), 0)",
    ]


def _references(table: Table) -> list[str]:
    return [
        _row(
            "reference", table.name, "id",
            f"'{field.name} ' || {quoted(field.name)} || ' is not among the {field.references}'",
            f"change {field.name} to a record that exists, or undo what wrote it",
        )
        + f" from {quoted(table.name)} where {quoted(field.name)} is not null "
        f"and {quoted(field.name)} not in (select id from {quoted(field.references or '')})"
        for field in table.references
    ] + [
        _row("required", table.name, "id", f"'{field.name} is empty'", f"fill in {field.name}")
        + f" from {quoted(table.name)} where {quoted(field.name)} is null"
        for field in table.fields
        if field.required
    ]  # fmt: skip


def leads_to_merged(table: Table) -> list[str]:
    """Return the queries of what refers to a customer that was merged into another."""
    return [
        _row(
            "merged customer", table.name, "held.id",
            f"'{table.name} ' || held.id || ' has as {field.name} ' || customers.display_name || ', who was merged into "
            "customer ' || customers.merged_into",
            f"change {field.name} to the customer it was merged into",
        )
        + f" from {quoted(table.name)} held join customers on customers.id = held.{quoted(field.name)} "
        "where customers.merged_into is not null"
        for field in table.references
        if field.references == "customers"
    ]  # fmt: skip


def _all_versions(store: Store, held: set[str]) -> list[str]:
    """Return the queries of what is wrong among versions: they are proven in the present, where all of them are."""
    past = {row["name"] for row in store.rows(filled((table.name for table in versioned()), "book.history."))}
    return [query for table in versioned() if table.name in held | past for query in _versions(table)]


def _versions(table: Table) -> list[str]:
    past, present = f"book.history.{quoted(table.name)}", f"book.main.{quoted(table.name)}"
    overlaps = "'a version of operation ' || operation || ' overlaps the next'"
    behind = "restore a backup: versions were changed behind the book''s back"
    return [
        _row("version written by an operation", table.name, "id", "'operation ' || operation || ' is unknown'", behind)
        + f" from (select id, operation from {present} union all select id, operation from {past} union all "
        f"select id, ended_by from {past}) where operation not in (select id from operations)",
        _row("versions follow one another", table.name, "id", overlaps, behind)
        + f" from (select id, operation, ended_by, lead(operation) over (partition by id order by operation) as next "
        f"from (select id, operation, ended_by from {past} union all select id, operation, null from {present})) "
        "where next < ended_by or (ended_by is null and next is not null)",
    ]  # fmt: skip


def _unique(table: Table, what: str, expression: str) -> str:
    return (
        _row(
            "unique",
            table.name,
            "min(id)",
            f"'{what} shared by ' || count(*) || ' records: ' || list(id order by id)",
            "rename all but one",
        )
        + f" from {quoted(table.name)} where {expression} is not null group by {expression} having count(*) > 1"
    )
