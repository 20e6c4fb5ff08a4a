"""Customers, from typed rows into the book."""

from __future__ import annotations

import pyarrow as pa

from invoicekit.imports.outcomes import KEYS, Answers, Outcomes
from invoicekit.ledger import OTHER, Customers, judged
from invoicekit.schema import TABLES
from invoicekit.store import Operation
from invoicekit.store.corrected import corrected, followed, kept
from invoicekit.store.sql import load

__all__ = ["create_customers", "write_customers"]

_TELLING = ("line", "fault", "implicit")
_NAMING = ("external_id", "display_name", "first_name", "last_name", "company_name", "parent")
_FIELDS = [field.name for field in TABLES["customers"].importable]


def write_customers(op: Operation, rows: pa.Table, answers: Answers, outcomes: Outcomes) -> None:
    """Match, check and write customers.

    Parameters
    ----------
    rows
        ``line``, ``fault``, ``implicit`` (the row is another record's and merely names its
        customer) and the importable fields, with ``parent`` as text.
    """
    # What a customer is called needs a few of its fields, and is asked with all the others left aside.
    op.stage("incoming_customers", rows.select([*_TELLING, *_NAMING]))
    Customers.name(op)
    op.stage("incoming_customers", rows)
    op.derive("customer_contents", _sql("customer_contents"))
    op.derive("told_customers", _sql("customers_told"))
    _leave_out_what_repeats(outcomes)
    keys = {f"by_{key}": key in answers.match for key in KEYS}
    op.derive("matched_customers", _sql("customers_matched"), source=answers.source, **keys)
    _reject_what_several_may_be(op, outcomes)
    _leave_merged_alone(op, outcomes, answers.source)
    _ask_about_names(outcomes, answers)
    op.derive("ready_customers", _sql("customers_ready"), source=answers.source, same_names=answers.same_names or "ask")
    _reject_parents_nobody_knows(op, outcomes)
    fresh = op.rows("select count(*) as n from ready_customers where id is null")[0]["n"]
    first = op.next_number("customers", fresh) if fresh else 0
    op.derive("numbered_customers", _sql("customers_numbered"), first=first)
    _reject_what_the_rules_refuse(op, outcomes)
    _write(op, answers, outcomes)


def create_customers(op: Operation, rows: pa.Table, answers: Answers, outcomes: Outcomes) -> None:
    """Write customers that rows of another kind merely name.

    Parameters
    ----------
    rows
        ``line``, and what is known of each: some of the importable fields.
    """
    op.stage("named_only", rows)
    fields = []
    for field in TABLES["customers"].importable:
        kind = "varchar" if field.references else field.sql_type
        held = f'"{field.name}"' if field.name in rows.column_names else f"null::{kind}"
        fields.append(f'{held} as "{field.name}"')
    told = f"select line, null::varchar as fault, true as implicit, {', '.join(fields)} from named_only"
    write_customers(op, op.arrow(told), answers, outcomes)


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


def _reject_what_several_may_be(op: Operation, outcomes: Outcomes) -> None:
    """Refuse rows that several customers of the book would answer to by their keys, and a second row of one customer."""
    if outcomes.note(_sql("customers_several")):
        op.derive(
            "matched_customers",
            f"select * from matched_customers where line not in (select line from ({_sql('customers_several')}))",
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
    matched = "select id from numbered_customers where id is not null and not implicit"
    op.derive("corrected_since", corrected("customers", _FIELDS, matched))
    op.stage("judged_tax_ids", _judged_tax_ids(op, answers.policy))
    op.insert_from("customers", _created(), source=answers.source)
    if answers.same_names == "same":
        op.insert("customer_numbers", op.arrow(_sql("customers_alike"), source=answers.source))
    op.derive("kept_by_hand", _kept_by_hand(answers.policy))
    op.insert("customer_numbers", op.arrow(_sql("customers_found"), source=answers.source))
    if op.rows("select count(*) as n from numbered_customers where id is not null")[0]["n"]:
        op.update("customers", op.arrow(_changed(answers.policy), source=answers.source))
    outcomes.tell(_OUTCOMES, operation=op.id)


def _judged_tax_ids(op: Operation, policy: str) -> pa.Table:
    """Return the rows with a tax id, its kind, and a word about one that has not the form its country gives it."""
    # Judged as it will stand: a file may bring the number alone, or the country alone. Each number once.
    to_be = {
        name: f"case when old.id is null then new.{name} else {_to_be(name, policy)} end"
        for name in ("tax_id", "country")
    }
    told = op.arrow(
        f"select {to_be['tax_id']} as tax_id, {to_be['country']} as country, line "
        "from incoming_customers new left join numbered_customers ready using (line) left join customers old on old.id = ready.id "
        "left join corrected_since since on since.id = ready.id "
        "where not new.implicit and (new.tax_id is not null or (new.country is not null and old.tax_id is not null)) "
        "and (old.tax_id_kind is distinct from $other or new.tax_id is distinct from old.tax_id)",
        other=OTHER,
    )
    pairs = list(zip(told.column("tax_id").to_pylist(), told.column("country").to_pylist(), strict=True))
    found = {pair: judged(*pair) for pair in dict.fromkeys(pairs)}
    answers = [found[pair] for pair in pairs]
    said = [f"{finding}; it is kept as written" if finding else None for _, finding in answers]
    return pa.table(
        {
            "line": told.column("line"),
            "kind": pa.array([kind for kind, _ in answers], pa.string()),
            "said": pa.array(said, pa.string()),
        }
    )


_OUTCOMES = """
    select
        line, 'customers' as "table",
        case
            when numbered.id is null then 'created'
            when customers.operation = $operation then 'updated'
            else 'unchanged'
        end as outcome,
        record, nullif(concat_ws('; ', judged_tax_ids.said, kept_by_hand.said), '') as reason
    from numbered_customers as numbered
    left join judged_tax_ids using (line)
    left join kept_by_hand using (line)
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


_TOLD = {"display_name": "case when ready.has_name then ready.display_name end", "parent": "ready.parent"}
_LABELS = {field.name: field.title().casefold() for field in TABLES["customers"].importable}


def _told(name: str) -> str:
    return _TOLD.get(name, f'new."{name}"')


def _kept_by_hand(policy: str) -> str:
    """Return the query that says, for each row, which corrections are kept against the file."""
    followed_fields = [name for name in _FIELDS if policy == "update" and name not in ("external_id", "extra")]
    said = kept({name: _told(name) for name in followed_fields}, _LABELS) if followed_fields else "null::varchar"
    return (
        f"select ready.line, {said} as said from numbered_customers ready join incoming_customers new using (line) "
        "join customers old on old.id = ready.id join corrected_since since on since.id = ready.id where not ready.implicit"
    )


def _changed(policy: str) -> str:
    """Return the query of matched customers as they are to be.

    An empty cell changes nothing; a row that merely names a customer gives it its number at most; what
    somebody corrected since an earlier import of the same value stays corrected.
    """
    told = {name: f'case when ready.implicit then old."{name}" else {_to_be(name, policy)} end' for name in _FIELDS} | {
        "external_id": _to_be("external_id", policy)
    }
    fields = ", ".join(f'{value} as "{name}"' for name, value in told.items())
    return (
        f"select old.id, case when old.external_id is null and new.external_id is not null then $source else old.source end "
        f"as source, {fields}, case when judged.line is null or ready.implicit then old.tax_id_kind else judged.kind end "
        "as tax_id_kind from numbered_customers ready join incoming_customers new using (line) "
        "left join judged_tax_ids judged using (line) join customers old on old.id = ready.id "
        "left join corrected_since since on since.id = ready.id order by ready.line"
    )


def _to_be(name: str, policy: str) -> str:
    """Return what a field of a customer the book has already is to hold."""
    old, told = f'old."{name}"', _told(name)
    if name == "external_id":
        return f"coalesce({old}, {told})"
    if policy == "create":
        return old
    if name == "inactive_since":
        # Whoever is inactive stays so from the day it became so, and whoever was called back stays active.
        called_back = f"coalesce(since.{name}.by_hand, false) and {old} is null and since.{name}.before is not null"
        return f"case when {called_back} then {old} else coalesce({old}, {told}) end"
    if name == "extra":
        first, last = (told, old) if policy == "fill" else (old, told)
        return (
            f"case when {told} is null or json_contains({old}, {told}) then {old} when {old} is null then {told} "
            f"else json_merge_patch({first}, {last})::varchar end"
        )
    if policy == "fill":
        return f"coalesce({old}, {told})"
    return followed(name, told)
