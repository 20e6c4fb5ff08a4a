"""Matters and activities, from typed rows into the book."""

from __future__ import annotations

import pyarrow as pa

from invoicekit.imports.customers import create_customers
from invoicekit.imports.following import follow
from invoicekit.imports.invoices import find_customers
from invoicekit.imports.outcomes import Answers, Outcomes
from invoicekit.imports.users import find_users
from invoicekit.ledger import Matters
from invoicekit.ledger.settings import TIME_STEPS
from invoicekit.ledger.work import noting
from invoicekit.schema import TABLES
from invoicekit.store import Operation
from invoicekit.store.sql import load

__all__ = ["write_activities", "write_matters"]

_OF_MATTER = [field.name for field in TABLES["matters"].importable]


def write_matters(op: Operation, rows: pa.Table, answers: Answers, outcomes: Outcomes, *, new_customers: bool) -> None:
    """Match, check and write matters and their clients; a matter of several clients may take several rows.

    Parameters
    ----------
    rows
        ``line``, ``fault``, the fields of matters, and ``client.customer`` as text: one or several, with
        semicolons between.
    new_customers
        Whether a client that is named only here is created.
    """
    op.stage("incoming_matter_rows", rows)
    op.derive("matter_clients_named", _sql("matter_clients_named"))
    _find_clients(op, "matter_clients_named", answers, outcomes, new_customers=new_customers)
    find_users(op, "select responsible as named from incoming_matter_rows where fault is null", outcomes)
    op.derive("told_matters", _sql("matters_told"))
    # What a file says nothing of stays.
    op.derive(
        "stated_matters",
        "select told.* replace (coalesce(told.currency, matters.currency) as currency), told.line as row, told.held as id "
        "from told_matters told left join matters on matters.id = told.held where told.trouble is null",
    )
    op.derive(
        "refused",
        f"select row, first(problem || ' ' || hint) as why from ({Matters.problems()}) group by row",
        steps=[*TIME_STEPS],
    )
    op.derive(
        "told_matters",
        "select told.* replace (coalesce(told.trouble, refused.why) as trouble) from told_matters told "
        "left join refused on refused.row = told.line",
    )
    follow(op, "matters", "told_matters", _OF_MATTER, answers.policy, only="new.line = first_line")
    fields = ", ".join(f'"{name}"' for name in _OF_MATTER if name not in ("title", "currency"))
    fresh = op.arrow(
        f"select line, title, coalesce(currency, usual, $currency) as currency, {fields} "
        "from told_matters left join (select clients_meant.line as client_line, min(customers.currency) as usual "
        "from clients_meant join customers on customers.id = clients_meant.customer group by 1) on client_line = line "
        "where trouble is null and line = first_line and held is null order by line",
        currency=answers.currency,
    )
    ids = op.insert("matters", fresh.drop_columns(["line"]))
    op.stage("new_matters", pa.table({"line": fresh.column("line"), "id": pa.array(ids, pa.int64())}))
    op.insert("matter_clients", op.arrow(_sql("matter_clients_new")))
    outcomes.tell(_sql("matters_outcomes"), operation=op.id)


def write_activities(op: Operation, rows: pa.Table, answers: Answers, outcomes: Outcomes, *, new_matters: bool) -> None:
    """Find the matter of each, check and write activities.

    Parameters
    ----------
    rows
        ``line``, ``fault`` and the fields of activities, with ``matter`` and ``customer`` as text.
    new_matters
        Whether a matter that is named only here is created, for the client it is named with.
    """
    op.stage("incoming_activity_rows", rows)
    named = "select line, 1 as nth, customer as client from incoming_activity_rows"
    op.derive("activity_clients", f"{named} where customer is not null and fault is null")
    _find_clients(op, "activity_clients", answers, outcomes, new_customers=new_matters)
    if new_matters:
        _open_matters(op, answers, outcomes)
    find_users(op, "select worked_by as named from incoming_activity_rows where fault is null", outcomes)
    op.derive("told_activities", _sql("activities_told"), source=answers.source)
    op.derive("held_activities", _sql("activities_held"), source=answers.source)
    op.stage("incoming_activities", op.arrow(_sql("activities_ready"), source=answers.source, once=answers.once))
    noting.complete(op, answers.currency)
    op.derive("refused", noting.problems())
    op.derive("completed_activities", "select * from completed_activities where row not in (select row from refused)")
    op.stage("new_activities", noting.write_new(op, answers.currency))
    outcomes.tell(_sql("activities_outcomes"), once=answers.once)


def _find_clients(op: Operation, named: str, answers: Answers, outcomes: Outcomes, *, new_customers: bool) -> None:
    """Leave ``clients_meant``: the customer of every client named, for rows of ``line``, ``nth``, ``client``."""
    # A row may name several clients, so each client is told by a number of its own.
    op.derive(
        "clients_named",
        "select -row_number() over (order by min(line), min(nth)) as line, min(line) as first_line, client as key, "
        f"null::varchar as name from {named} group by client",
    )
    find_customers(op, "select line, key, name from clients_named", answers)
    if new_customers:
        unknown = "select line, key as display_name from naming where line in (select line from customers_meant where id is null)"
        created = Outcomes(op)
        create_customers(op, op.arrow(unknown), answers, created)
        op.stage("created_clients", created.rows())
        outcomes.tell(
            "select named.first_line as line, created.* exclude (line) from created_clients created "
            "join clients_named named using (line)"
        )
        find_customers(op, "select line, key, name from clients_named", answers)
    op.derive(
        "clients_meant",
        f"select named.line, named.nth, named.client, meant.id as customer from {named} named "
        "join clients_named on clients_named.key = named.client "
        "join customers_meant meant on meant.line = clients_named.line",
    )


def _open_matters(op: Operation, answers: Answers, outcomes: Outcomes) -> None:
    """Open the matters that sound activities name and nobody knows."""
    op.derive("unknown_matters", _sql("matters_unknown"))
    fresh = op.arrow(
        "select unknown.title, coalesce(min(customers.currency), $currency) as currency, min(unknown.date) as opened_on "
        "from unknown_matters unknown left join customers on customers.id = unknown.customer "
        "group by unknown.title order by min(unknown.line)",
        currency=answers.currency,
    )
    ids = op.insert("matters", fresh)
    op.stage("opened_matters", fresh.append_column("matter", pa.array(ids, pa.int64())))
    op.insert(
        "matter_clients",
        op.arrow(
            "select distinct opened.matter, unknown.customer from unknown_matters unknown "
            "join opened_matters opened using (title) where unknown.customer is not null order by 1, 2"
        ),
    )
    outcomes.count("matters", "created", fresh.num_rows)


def _sql(name: str) -> str:
    return load("invoicekit.imports", name)
