"""What became of every row, gathered while an import is written."""

from __future__ import annotations

from dataclasses import dataclass, field

import pyarrow as pa

from invoicekit.store import Operation

__all__ = ["KEYS", "POLICIES", "SHEET_STEP", "Answers", "Outcomes"]

POLICIES = ("update", "fill", "create")
KEYS = ("tax_id", "email")

# A row of a file is told by one number: the sheet's place times this, plus the row.
SHEET_STEP = 1_000_000_000

_COLUMNS = pa.schema(
    {"line": pa.int64(), "table": pa.string(), "outcome": pa.string(), "record": pa.int64(), "reason": pa.string()}
)


@dataclass(frozen=True, slots=True)
class Answers:
    """What a person said about the whole import.

    Attributes
    ----------
    source
        Name of the system the keys belong to.
    currency
        For amounts that state none.
    same_names
        ``separate`` or ``same``, where two keys hold one name; None while unanswered.
    policy
        One of `POLICIES`: what becomes of customers the book has already.
    match
        Of `KEYS`: by what customers are found besides number and name.
    once
        Whether rows that repeat each other exactly are imported once.
    """

    source: str
    currency: str
    same_names: str | None = None
    policy: str = "update"
    match: tuple[str, ...] = ()
    once: bool = False


@dataclass(slots=True)
class Outcomes:
    """Outcomes of rows, questions still open, and records written, by table."""

    op: Operation
    parts: list[pa.Table] = field(default_factory=list)
    questions: list[pa.Table] = field(default_factory=list)
    records: dict[tuple[str, str], int] = field(default_factory=dict)

    def note(self, sql: str, **parameters: object) -> int:
        """Add what a query says of rows: ``line``, ``table``, ``outcome``, ``record``, ``reason``."""
        found = self.op.arrow(
            f'select line, "table", outcome, record::bigint as record, reason::varchar as reason from ({sql})',
            **parameters,
        )
        self.parts.append(found.cast(_COLUMNS))
        return int(found.num_rows)

    def tell(self, sql: str, **parameters: object) -> None:
        """Add what a query says of rows, one record each, and count the records."""
        first = len(self.parts)
        self.note(sql, **parameters)
        told = self.parts[first].group_by(["table", "outcome"]).aggregate([([], "count_all")])
        for row in told.to_pylist():
            if row["outcome"] in ("created", "updated", "unchanged"):
                self.count(row["table"], row["outcome"], row["count_all"])

    def remark(self, sql: str) -> None:
        """Add to what was said of rows that were not rejected: ``line``, ``remark``."""
        self.op.derive("remarks", sql)
        if not self.op.rows("select count(*) as n from remarks")[0]["n"]:
            return
        self.op.stage("outcomes_so_far", self.rows())
        told = self.op.arrow(
            "select so_far.line, so_far.\"table\", outcome, record, case when outcome in ('rejected', 'skipped') then reason "
            "else nullif(concat_ws('; ', reason, remark), '') end as reason "
            "from outcomes_so_far so_far left join remarks using (line)"
        )
        self.parts[:] = [told.cast(_COLUMNS)]

    def ask(self, sql: str, **parameters: object) -> int:
        """Add the questions of a query: ``line``, ``field``, ``value``, ``problem``, ``hint``."""
        found = self.op.arrow(f"select line, field, value::varchar as value, problem, hint from ({sql})", **parameters)
        self.questions.append(found)
        return int(found.num_rows)

    def count(self, table: str, outcome: str, records: int) -> None:
        """Add records that were written or left as they are."""
        self.records[table, outcome] = self.records.get((table, outcome), 0) + records

    def rows(self) -> pa.Table:
        """Return all outcomes, in the order of the file."""
        return pa.concat_tables([_COLUMNS.empty_table(), *self.parts]).sort_by([("line", "ascending")])
