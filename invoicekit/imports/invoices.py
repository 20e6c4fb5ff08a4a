"""Invoices and their lines, from typed rows into the book."""

from __future__ import annotations

import pyarrow as pa

from invoicekit.imports.customers import create_customers
from invoicekit.imports.outcomes import Answers, Outcomes
from invoicekit.ledger import Invoices
from invoicekit.store import Operation
from invoicekit.store.sql import load

__all__ = ["compare_balances", "find_customers", "write_invoices"]

# What of a line its document is judged by; rows of whole documents may know nothing of lines.
_OF_LINES = {
    "line.unit_price": pa.decimal128(18, 6), "line.net": pa.decimal128(18, 4), "line.tax_rate": pa.decimal128(9, 4),
    "line.item": pa.string(), "line.description": pa.string(),
}  # fmt: skip
_LINE_FIELDS = ("item", "description", "quantity", "unit_price", "net", "tax_rate")


def write_invoices(
    op: Operation,
    rows: pa.Table,
    lines: pa.Table | None,
    answers: Answers,
    outcomes: Outcomes,
    *,
    of_lines: bool,
    amounts_told: bool,
    new_customers: bool,
) -> None:
    """Gather, check and write invoices with their lines.

    Parameters
    ----------
    rows
        ``line``, ``fault``, the fields of invoices with ``customer`` as text, and what of
        lines and customers stands in the same rows (``line.quantity``, ``customer.country``).
    lines
        Rows of a sheet of lines that name their invoice, if there is one.
    of_lines
        Whether a row of `rows` is a line rather than a whole invoice.
    amounts_told
        Whether somebody said that the amounts in rows of lines are those of the invoice.
    new_customers
        Whether a customer that is named only here is created.
    """
    for name, kind in _OF_LINES.items():
        if name not in rows.column_names:
            rows = rows.append_column(name, pa.nulls(rows.num_rows, kind))
    op.stage("incoming_invoice_rows", rows)
    op.derive("invoice_rows", _sql("invoice_rows"), of_lines=of_lines)
    op.derive("told_documents", _sql("documents_told"), of_lines=of_lines, amounts_told=amounts_told)
    if not of_lines:
        _leave_out_what_repeats(op, outcomes)
    op.stage("incoming_line_rows", lines if lines is not None else _NO_LINES)
    op.derive("told_lines", _sql("lines_told"))
    op.derive("repeated_lines", _sql("lines_repeated"), of_lines=of_lines)
    if answers.once:
        _leave_out_repeated_lines(op, outcomes)
    _spoil_documents_with_faulty_lines(op)
    sound_rows = (
        'select line, customer as key, "customer.display_name" as name from invoice_rows '
        "where line in (select document from told_documents where fault is null)"
    )
    op.derive("held_already", _sql("held_already"), source=answers.source)
    _find_customers_of_invoices(op, sound_rows, answers)
    if new_customers:
        _name_customers(op, answers, outcomes)
        _find_customers_of_invoices(op, sound_rows, answers)
    op.derive("incoming_invoices", _sql("documents_ready"), source=answers.source, currency=answers.currency)
    op.derive("incoming_lines", _lines(of_lines))
    Invoices.complete(op)
    op.derive("held_documents", _sql("already_held"))
    op.derive("document_remarks", _sql("document_remarks"))
    sound = "row not in (select row from held_documents)"
    op.derive("completed_invoices", f"select * from completed_invoices where {sound}")
    op.derive("refused", Invoices.problems(), by_hand=False)
    op.derive("completed_invoices", "select * from completed_invoices where row not in (select row from refused)")
    Invoices.post(op)
    _tell(op, outcomes)
    if not answers.once:
        outcomes.remark(
            "select line, 'it repeats row @' || first_line || ' to the letter: twice real, or one too many? "
            'plan.repeats("once")\' as remark from repeated_lines'
        )


def find_customers(op: Operation, naming: str, answers: Answers) -> None:
    """Leave ``customers_meant``: the customer each row means, for rows of ``line``, ``key``, ``name``."""
    op.derive("naming", naming)
    op.derive("customers_meant", _sql("customers_meant"), source=answers.source)
    op.derive("ambiguous_customers", _sql("ambiguous_customers"))


def compare_balances(outcomes: Outcomes) -> None:
    """Say where the file states another balance of an invoice than the payments make, once all of them are in."""
    outcomes.remark(_sql("balances_compared"))


def _find_customers_of_invoices(op: Operation, naming: str, answers: Answers) -> None:
    """Leave ``customers_meant``; an invoice the book knows keeps its debtor, whatever that is called by now."""
    find_customers(op, naming, answers)
    op.derive(
        "customers_meant",
        "select meant.line, coalesce(meant.id, held.customer) as id, coalesce(meant.party, held.recorded_for) as party "
        "from customers_meant meant "
        "left join held_already held using (line)",
    )


def _name_customers(op: Operation, answers: Answers, outcomes: Outcomes) -> None:
    """Create the customers that sound documents name and nobody knows."""
    told = op.arrow("select * from invoice_rows limit 0").column_names
    inside = [f'"{name}" as "{name.partition(".")[2]}"' for name in told if name.startswith("customer.")]
    named = op.arrow(
        f"select line, customer as external_id, {', '.join(inside)} from invoice_rows "
        "where line in (select line from customers_meant where id is null) "
        "qualify row_number() over (partition by who order by line) = 1"
    )
    create_customers(op, named, answers, outcomes)


def _sql(name: str) -> str:
    return load("invoicekit.imports", name)


_NO_LINES = pa.table(
    {
        "line": pa.array([], pa.int64()),
        "fault": pa.array([], pa.string()),
        "invoice": pa.array([], pa.string()),
        "item": pa.array([], pa.string()),
        "description": pa.array([], pa.string()),
        "quantity": pa.array([], pa.decimal128(18, 6)),
        "unit_price": pa.array([], pa.decimal128(18, 6)),
        "net": pa.array([], pa.decimal128(18, 4)),
        "tax_rate": pa.array([], pa.decimal128(9, 4)),
    }
)


def _leave_out_what_repeats(op: Operation, outcomes: Outcomes) -> None:
    """In a list of invoices a second row of one invoice is a repetition, or a contradiction."""
    outcomes.note(
        """
        select
            rows.line, 'invoices' as "table",
            case when rows.content = heads.content then 'skipped' else 'rejected' end as outcome, null as record,
            case
                when rows.content = heads.content then 'it repeats row @' || heads.line
                else 'row @' || heads.line || ' says something else of the same invoice, ' || rows.number
            end as reason
        from invoice_rows as rows
        inner join invoice_rows as heads on heads.line = rows.document
        where rows.line <> rows.document
        """
    )
    op.derive("invoice_rows", "select * from invoice_rows where line = document")


def _leave_out_repeated_lines(op: Operation, outcomes: Outcomes) -> None:
    outcomes.note(
        "select line, 'invoice_lines' as \"table\", 'skipped' as outcome, null as record, "
        "'it repeats row @' || first_line as reason from repeated_lines"
    )
    for rows in ("invoice_rows", "told_lines"):
        op.derive(rows, f"select * from {rows} where line not in (select line from repeated_lines)")


def _spoil_documents_with_faulty_lines(op: Operation) -> None:
    op.derive(
        "told_documents",
        """
        select
            told_documents.* replace (
                coalesce(
                    told_documents.fault,
                    'row @' || troubled.line || ' of its lines: ' || troubled.trouble
                ) as fault
            )
        from told_documents
        left join (
            select document, min(line) as line, first(trouble order by line) as trouble
            from told_lines where trouble is not null and documents = 1 group by document
            union all
            -- Lines that may belong to several documents spoil them all: none of them could be whole.
            select rows.line, min(lines.line), first(lines.trouble order by lines.line)
            from told_lines as lines
            inner join invoice_rows as rows on rows.number = lines.invoice and rows.line = rows.document
            where lines.documents > 1
            group by rows.line
        ) as troubled using (document)
        """,
    )


def _lines(of_lines: bool) -> str:
    fields = ", ".join(_LINE_FIELDS)
    own = ", ".join(f'"line.{name}" as {name}' for name in _LINE_FIELDS)
    from_rows = (
        f"select document as row, line, {own} from invoice_rows"
        if of_lines
        else "select null::bigint as row, * from (select line, " + fields + " from told_lines limit 0)"
    )
    return (
        f"select row, line as place, {fields}, null::decimal(18, 6) as price_per, null::decimal(18, 4) as discount "
        f"from ({from_rows} union all "
        f"select document as row, line, {fields} from told_lines where trouble is null) "
        "where row in (select row from incoming_invoices) order by line"
    )


def _tell(op: Operation, outcomes: Outcomes) -> None:
    """Say what became of every document, and of every row of it."""
    op.derive(
        "document_outcomes",
        """
        select document, 'rejected' as outcome, null::bigint as record, fault as reason, null::bigint as faulty_line
        from told_documents where fault is not null and document in (select line from invoice_rows)
        union all
        select
            row, case when difference is null then 'unchanged' else 'rejected' end, id,
            coalesce(difference || '; an issued invoice does not change: undo its import first', remark),
            null
        from held_documents
        union all
        select row, 'rejected', null, first(problem || ' ' || hint), null from refused group by row
        union all
        select posted.row, 'created', posted.id, remarks.reason, null
        from posted_invoices as posted left join document_remarks as remarks using (row)
        """,
    )
    outcomes.note(
        """
        select
            rows.line, 'invoices' as "table", told.outcome, told.record,
            case when rows.fault is not null and told.outcome = 'rejected' then rows.fault else told.reason end as reason
        from invoice_rows as rows
        inner join document_outcomes as told using (document)
        """
    )
    outcomes.note(
        """
        select
            rows.line, 'invoice_lines' as "table", coalesce(told.outcome, 'rejected') as outcome, null as record,
            case
                when rows.trouble is not null then rows.trouble
                when told.outcome = 'rejected' then 'its invoice: ' || told.reason
                when told.outcome is null then 'its invoice was left out'
            end as reason
        from told_lines as rows
        left join document_outcomes as told on told.document = case when rows.documents = 1 then rows.document end
        """
    )
    for outcome, table in (("created", "posted_invoices"), ("unchanged", "held_documents")):
        where = "where difference is null" if outcome == "unchanged" else ""
        outcomes.count("invoices", outcome, op.rows(f"select count(*) as n from {table} {where}")[0]["n"])
        outcomes.count(
            "invoice_lines", outcome,
            op.rows(f"select count(*) as n from completed_lines where row in (select row from {table} {where})")[0]["n"],
        )  # fmt: skip
