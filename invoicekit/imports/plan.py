"""A plan: what files would bring into the book, open to correction until it is applied."""

from __future__ import annotations

from datetime import date
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from invoicekit.errors import MissingColumn, QuestionsOpen
from invoicekit.imports.corrections import Corrections
from invoicekit.imports.gathering import lacking, must_have_folder
from invoicekit.imports.mappings import keep, mapping_of
from invoicekit.imports.outcomes import Answers, Outcomes
from invoicekit.imports.receipt import Receipt, keep_receipt, receipt_of
from invoicekit.imports.tables import SheetTable
from invoicekit.imports.telling import located, problems_of, questions_of
from invoicekit.imports.typed import Typed, type_table
from invoicekit.imports.write import write
from invoicekit.ledger import Settings
from invoicekit.store import Operation, changes, frame

if TYPE_CHECKING:
    import pandas as pd


__all__ = ["Plan"]

# From how many rows on a copy of the book is kept before they are written.
LARGE = 10_000

_MAPPING = pa.schema(
    {
        "sheet": pa.string(), "into": pa.string(), "column": pa.string(), "field": pa.string(), "score": pa.int64(),
        "reason": pa.string(), "read_as": pa.string(), "samples": pa.string(),
    }
)  # fmt: skip


class Plan(Corrections):
    """What files would bring: looked at, corrected, applied."""

    # Looking

    @property
    def mapping(self) -> pd.DataFrame:
        """Every column: what it goes to, how sure that is and why, how it is read, three samples."""
        return frame(pa.Table.from_pylist(self._columns(), schema=_MAPPING))

    def _columns(self) -> list[dict[str, Any]]:
        rows = []
        for typed in self._types():
            for column in typed.table.columns:
                said = column.suggestion
                locale = typed.locales.get(column.index)
                rows.append(
                    {
                        "sheet": typed.table.name,
                        "into": typed.table.target,
                        "column": column.heading,
                        "field": said.field if said else None,
                        "score": said.score if said else None,
                        "reason": said.reason if said else column.left_out,
                        "read_as": locale.evidence if locale else None,
                        "samples": ", ".join(typed.samples(column.index)),
                    }
                )
        return rows

    @property
    def problems(self) -> pd.DataFrame:
        """Everything that is in the way or worth a word, row by row; nothing is written for it.

        ``severity`` is ``question`` (must be answered before the plan is applied), ``error``
        (the row will be rejected) or ``warning`` (it is taken all the same).
        """
        return frame(self._said())

    @property
    def preview(self) -> pd.DataFrame:
        """What would become of every row, if the plan were applied now."""
        with self._store.trial("preview import") as op:
            outcomes, _ = self._write(op)
            return frame(located(outcomes.rows(), self._sheets()))

    @property
    def diff(self) -> pd.DataFrame:
        """What the plan would change in the book, field by field.

        The columns are ``table``, ``record``, ``name``, ``field``, ``before`` and ``after``; a record that
        would be new has one row, with the field ``record``.
        """
        with self._store.trial("preview import") as op:
            self._write(op)
            return frame(changes(op))

    # Applying

    def annotate(self, path: str | PathLike[str]) -> Path:
        """Write the file again as a workbook in which every wrong cell is coloured and has its remark beside it.

        A summary sheet is added; formats are kept where the file is an .xlsx.
        """
        from invoicekit.imports.annotating import annotated

        must_have_folder(Path(path), *self._found.paths)
        return annotated(self._found, self._said(), Path(path))

    def apply(self) -> Receipt:
        """Write the plan as one operation and return its receipt.

        Raises
        ------
        MissingColumn
            If a record cannot do without a field that no column gives.
        QuestionsOpen
            If something needs an answer first; ``plan.problems`` lists it.
        """
        try:
            return self._apply()
        finally:
            self.steps("done")

    def _keep_a_copy(self) -> None:
        """Keep a copy of the book, as it is for everybody until this is committed, before much is written into it."""
        if self._store.keeps_backups and sum(table.height for table in self.tables) >= LARGE and self._has_been_used():
            self.steps("keeping a copy of the book")
            self._store.backup(reason="before import")

    def _has_been_used(self) -> bool:
        with self._store.committed():
            return self._store.seal is not None

    def _apply(self) -> Receipt:
        is_all = self._store.current is None
        with self._store.operation("import") as op:
            outcomes, typed = self._write(op)
            questions = questions_of(typed, outcomes, self._sheets())
            if questions:
                told = " ".join(f"{_where(row)}: {row['problem']}. {row['hint']}" for row in questions[:3])
                more = f" And {len(questions) - 3} more." if len(questions) > 3 else ""
                raise QuestionsOpen(
                    f"{self.file.name} cannot be imported before this is answered. {told}{more} plan.problems lists all."
                )
            if is_all:
                self._keep_a_copy()
            self.steps("writing the receipt")
            columns = [{name: told for name, told in row.items() if name != "samples"} for row in self._columns()]
            rows = located(outcomes.rows(), self._sheets())
            number = keep_receipt(op, self.file, self.source, columns, self._not_read(), rows, outcomes.records)
            if any(count for (_, outcome), count in outcomes.records.items() if outcome == "created"):
                for table in self.tables:
                    keep(op, table, mapping_of(table))
            receipt = receipt_of(self._store, number)
            op.summary = str(receipt)
            self.steps("committing")
            return receipt

    def _write(self, op: Operation) -> tuple[Outcomes, list[Typed]]:
        missing = [(table, needed) for table in self.tables for needed in table.missing()]
        if missing:
            raise MissingColumn(" ".join(lacking(table, needed) for table, needed in missing))
        typed = self._types()
        answers = Answers(**{"currency": self._default_currency(), **self._answers}, source=self.source)
        return write(op, typed, answers, self.steps), typed

    def _said(self) -> pa.Table:
        if self._problems is None:
            with self._store.trial("look at import") as op:
                outcomes, typed = self._write(op)
                self._problems = problems_of(typed, outcomes, self._sheets())
        return self._problems

    def _default_currency(self) -> str:
        return str(self._answers.get("currency") or Settings(self._hold).currency)

    def _types(self) -> list[Typed]:
        if self._typed is None:
            self.steps("reading values")
            self._typed = [self._type(table, place) for place, table in enumerate(self.tables)]
        return self._typed

    def _type(self, table: SheetTable, place: int) -> Typed:
        def typed(left_out: dict[int, str]) -> Typed:
            return type_table(
                table, place, left_out, self._locale, date.today(), self._default_currency(),
                currency_said="currency" in self._answers,
            )  # fmt: skip

        return self._choices.applied(table, typed)

    def _sheets(self) -> list[str]:
        return [table.name for table in self.tables]

    def _not_read(self) -> list[str]:
        columns = [f"column {column.heading}" for table in self.tables for column in table.left_out()]
        return columns + [f"sheet {name}" for name in self.unread]

    def __str__(self) -> str:
        found = "; ".join(
            f"{table.name} into {table.target}, {table.mapped} of {len(table.columns)} columns"
            + (f" ({table.known_as})" if table.known_as else "")
            for table in self.tables
        )
        left = "".join(f" Not read: {reason}" for reason in self.unread.values())
        return f"{self.file.name}: {found}.{left}"

    def __repr__(self) -> str:
        return f"<Plan {self}>"

    def _repr_html_(self) -> str:
        from html import escape

        table = self.mapping.astype("object").fillna("").to_html(index=False)
        return f"<p><b>{escape(str(self))}</b></p>{table}"


def _where(row: dict[str, Any]) -> str:
    place = f", row {row['row']}" if row["row"] is not None else ""
    return f"{row['sheet']}{place}"
