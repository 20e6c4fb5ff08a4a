"""Customers, from typed rows into the book."""

from __future__ import annotations

from typing import Any

import pyarrow as pa

from invoicekit.imports.outcomes import Answers, Outcomes
from invoicekit.ledger import OTHER, Customers, kind_of, misshapen
from invoicekit.schema import TABLES
from invoicekit.store import Operation
from invoicekit.store.sql import load

__all__ = ["write_customers"]

_FIELDS = [field.name for field in TABLES["customers"].importable]


def write_customers(op: Operation, rows: pa.Table, answers: Answers, outcomes: Outcomes) -> None:
    """Match, check and write customers.

    Parameters
    ----------
    rows
        ``line``, ``fault``, ``implicit`` (the row is another record's and merely names its
        customer) and the importable fields, with ``parent`` as text.
    """
    op.stage("incoming_customers", rows)
    Customers.name(op)
    op.derive("customer_contents", _sql("customer_contents"))
    op.derive("told_customers", _sql("customers_told"))
    _leave_out_what_repeats(outcomes)
    op.derive("matched_customers", _sql("customers_matched"), source=answers.source)
    _leave_merged_alone(op, outcomes, answers.source)
    _ask_about_names(outcomes, answers)
    op.derive("ready_customers", _sql("customers_ready"), source=answers.source, same_names=answers.same_names or "ask")
    _reject_parents_nobody_knows(op, outcomes)
    fresh = op.rows("select count(*) as n from ready_customers where id is null")[0]["n"]
    first = op.next_number("customers", fresh) if fresh else 0
    op.derive("numbered_customers", _sql("customers_numbered"), first=first)
    _reject_what_the_rules_refuse(op, outcomes)
    _write(op, answers, outcomes)


def _sql(name: str) -> str:
    return load("invoicekit.imports", name)


def _leave_out_what_repeats(outcomes: Outcomes) -> None:
    outcomes.note(
        """
        select
            line, 'customers' as "table",
            case standing when 'repeat' then 'skipped' else 'rejected' end as outcome, null as record,
            case standing
                when 'faulty' then fault
                when 'nameless' then 'it has neither a name nor a number'
                when 'repeat' then 'it repeats row @' || first_line
                else 'row @' || first_line || ' says something else of the same customer, ' || display_name
            end as reason
        from told_customers
        where standing <> 'first' and not implicit
        """
    )


def _leave_merged_alone(op: Operation, outcomes: Outcomes, source: str) -> None:
    """Change nothing for rows of customers that were merged into another since; a new number of theirs leads there."""
    outcomes.note(
        """
        select
            matched.line, 'customers' as "table", 'skipped' as outcome, kept.id as record,
            'it was merged into ' || kept.display_name || ', which keeps what it has' as reason
        from matched_customers as matched
        inner join customers on customers.id = matched.id
        inner join customers as kept on kept.id = customers.merged_into
        where not matched.implicit
        """
    )
    op.insert(
        "customer_numbers",
        op.arrow(
            "select kept.id as customer, $source as source, matched.external_id as number from matched_customers matched "
            "join customers on customers.id = matched.id join customers kept on kept.id = customers.merged_into "
            "where matched.external_id is not null "
            "and matched.external_id not in (select number from customer_keys where source = $source) order by matched.line",
            source=source,
        ),
    )
    op.derive(
        "matched_customers",
        "select * from matched_customers where id is null or id not in (select id from customers where merged_into is not null)",
    )


def _ask_about_names(outcomes: Outcomes, answers: Answers) -> None:
    if answers.same_names is None:
        outcomes.ask(
            """
            select
                line, 'display_name' as field, display_name as value, question as problem,
                'Are they one customer or two? plan.same_names("same") or plan.same_names("separate"), '
                || 'or leave the row out with plan.skip.' as hint
            from matched_customers
            where question is not null
            """
        )
    outcomes.note(
        """
        select
            line, 'customers' as "table", 'skipped' as outcome, id as record,
            'another number of the same customer' as reason
        from matched_customers
        where is_other_number and not implicit
        """
    )
    if answers.same_names == "same":
        outcomes.note(
            """
            select
                line, 'customers' as "table", 'skipped' as outcome, null as record,
                'taken to be the same customer: ' || question as reason
            from matched_customers
            where question is not null and not implicit
            """
        )


def _reject_parents_nobody_knows(op: Operation, outcomes: Outcomes) -> None:
    """Refuse rows whose main customer is nowhere, or was refused itself, down the tree."""
    while outcomes.note(
        """
        select
            line, 'customers' as "table", 'rejected' as outcome, null as record,
            'its main customer "' || parent_text || '" is neither in the file nor in the book' as reason
        from ready_customers
        where
            parent_text is not null and parent_id is null
            and (parent_line is null or parent_line not in (select line from ready_customers))
        """
    ):
        op.derive(
            "ready_customers",
            """
            select * from ready_customers
            where
                parent_text is null or parent_id is not null
                or parent_line in (select line from ready_customers)
            """,
        )


def _reject_what_the_rules_refuse(op: Operation, outcomes: Outcomes) -> None:
    while True:
        op.derive(
            "named_customers",
            "select line as row, record as id, display_name, parent from numbered_customers "
            "where id is null or parent is not null or has_name",
        )
        op.derive("refused", f"select * from ({Customers.problems()})")
        refused = outcomes.note(
            """
            select row as line, 'customers' as "table", 'rejected' as outcome, null as record, first(problem) as reason
            from refused group by row
            """
        )
        if not refused:
            return
        op.derive("numbered_customers", "select * from numbered_customers where line not in (select row from refused)")


def _write(op: Operation, answers: Answers, outcomes: Outcomes) -> None:
    op.stage("judged_tax_ids", _judged_tax_ids(op))
    op.insert("customers", op.arrow(_created(), source=answers.source))
    if answers.same_names == "same":
        op.insert("customer_numbers", op.arrow(_sql("customers_alike"), source=answers.source))
    op.update("customers", op.arrow(_changed(), source=answers.source))
    outcomes.note(_OUTCOMES, operation=op.id)
    for outcome in ("created", "updated", "unchanged"):
        written = f"select count(*) as n from ({_OUTCOMES}) where outcome = $outcome"
        outcomes.count("customers", outcome, op.rows(written, operation=op.id, outcome=outcome)[0]["n"])


def _judged_tax_ids(op: Operation) -> pa.Table:
    """Return the rows with a tax id, its kind, and a word about one that has not the form its country gives it."""
    # Judged as it will stand: a file may bring the number alone, or the country alone.
    told = op.rows(
        "select coalesce(new.tax_id, old.tax_id) as tax_id, coalesce(new.country, old.country) as country, list(line) as lines "
        "from incoming_customers new left join numbered_customers ready using (line) left join customers old on old.id = ready.id "
        "where not new.implicit and (new.tax_id is not null or (new.country is not null and old.tax_id is not null)) "
        "and (old.tax_id_kind is distinct from $other or new.tax_id is distinct from old.tax_id) "
        "group by all",
        other=OTHER,
    )
    judged = [(row["lines"], kind_of(row["tax_id"], row["country"]), _odd(row)) for row in told]
    by_line = [(line, kind, said) for lines, kind, said in judged for line in lines]
    lines, kinds, findings = zip(*by_line, strict=True) if by_line else ((), (), ())
    return pa.table(
        {
            "line": pa.array(lines, pa.int64()),
            "kind": pa.array(kinds, pa.string()),
            "said": pa.array(findings, pa.string()),
        }
    )


def _odd(row: dict[str, Any]) -> str | None:
    said = misshapen(row["tax_id"], row["country"])
    return f"{said}; it is kept as written" if said else None


_OUTCOMES = """
    select
        line, 'customers' as "table",
        case
            when numbered.id is null then 'created'
            when customers.operation = $operation then 'updated'
            else 'unchanged'
        end as outcome,
        record, judged_tax_ids.said as reason
    from numbered_customers as numbered
    left join judged_tax_ids using (line)
    inner join customers on customers.id = numbered.record
    where numbered.id is null or not implicit or numbered.id = namesake
"""


def _created() -> str:
    defaults = {
        "kind": "coalesce(told.kind, 'customer') as kind",
        "bill_to": "coalesce(told.bill_to, 'self') as bill_to",
    }
    of_tree = {"display_name": "ready.display_name", "parent": "ready.parent"}
    fields = ", ".join(of_tree.get(name) or defaults.get(name, f'told."{name}"') for name in _FIELDS)
    return (
        f"select ready.record as id, $source as source, {fields}, judged.kind as tax_id_kind from numbered_customers ready "
        "join incoming_customers told using (line) left join judged_tax_ids judged using (line) "
        "where ready.id is null order by ready.line"
    )


def _changed() -> str:
    """Return the query of matched customers with what the file says.

    An empty cell changes nothing; a row that merely names a customer gives it its number at most.
    """
    told = {
        "display_name": "case when ready.has_name and not ready.implicit then ready.display_name else old.display_name end",
        "parent": "case when ready.implicit then old.parent else coalesce(ready.parent, old.parent) end",
        "external_id": "coalesce(old.external_id, new.external_id)",
        # Whoever is inactive stays so from the day it became so.
        "inactive_since": "case when ready.implicit then old.inactive_since "
        "else coalesce(old.inactive_since, new.inactive_since) end",
    }
    fields = ", ".join(
        f'{told.get(name, f"case when ready.implicit then old.{name} else coalesce(new.{name}, old.{name}) end")} as "{name}"'
        for name in _FIELDS
    )
    return (
        f"select old.id, case when old.external_id is null and new.external_id is not null then $source else old.source end "
        f"as source, {fields}, case when judged.line is null or ready.implicit then old.tax_id_kind else judged.kind end "
        "as tax_id_kind from numbered_customers ready join incoming_customers new using (line) "
        "left join judged_tax_ids judged using (line) join customers old on old.id = ready.id order by ready.line"
    )
