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
