"""Which rows of a table are imported: by their number, or by what they say."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeAlias

import pyarrow as pa
import pyarrow.compute as pc

from invoicekit.errors import InvalidValue
from invoicekit.imports.outcomes import SHEET_STEP
from invoicekit.imports.tables import SheetTable
from invoicekit.imports.template import examples
from invoicekit.store import frame

if TYPE_CHECKING:
    import pandas as pd

    from invoicekit.imports.typed import Typed

__all__ = ["Choices", "Rows"]

Condition: TypeAlias = "Callable[[pd.DataFrame], Any]"
Rows: TypeAlias = "Iterable[int] | Condition"


@dataclass(slots=True)
class Choices:
    """What was said about the rows of each table, in the order it was said."""

    said: list[tuple[str, bool, Any]] = field(default_factory=list)

    def only(self, table: str, rows: Rows) -> None:
        """Take some rows and no others."""
        self._say(table, rows, wanted=True)

    def skip(self, table: str, rows: Rows) -> None:
        """Leave some rows out."""
        self._say(table, rows, wanted=False)

    def forget(self, table: str) -> None:
        """Take all rows again."""
        self.said = [one for one in self.said if one[0] != table]

    def _say(self, table: str, rows: Rows, *, wanted: bool) -> None:
        if not callable(rows) and not isinstance(rows, Iterable):
            raise InvalidValue(f"Rows are told as a list, such as [{rows}], or by a function; not as {rows!r}.")
        self.said.append((table, wanted, rows if callable(rows) else frozenset(rows)))

    def applied(self, table: SheetTable, read: Callable[[dict[int, str]], Typed]) -> Typed:
        """Return the table as it is read without the rows that were not chosen.

        Parameters
        ----------
        read
            Reads the table without some rows, each with the reason why it is left out.

        Raises
        ------
        InvalidValue
            If a condition fails, or gives something else than one answer a row.
        """
        left_out = _by_text(table)
        left_out |= dict.fromkeys(examples(table), "it is the example of the template")
        for name, wanted, rows in self.said:
            if name != table.name:
                continue
            chosen = _meant(table, rows, read(left_out)) if callable(rows) else rows
            every = range(table.first_row, table.last_row + 1)
            left_out |= {row: "left out, as you said" for row in every if (row in chosen) != wanted}
        return read(left_out)


def _by_text(table: SheetTable) -> dict[int, str]:
    """Leave out what the export holds besides: rows of another kind."""
    left_out: dict[int, str] = {}
    for heading, texts in table.only.items():
        column = table.column(heading)
        assert column is not None
        held = pc.fill_null(pc.utf8_trim_whitespace(table.texts(column.index)), "")
        other = pc.indices_nonzero(pc.invert(pc.is_in(held, pa.array([*texts, ""], pa.string())))).to_pylist()
        left_out |= {table.first_row + nth: f'its {heading} is "{held[nth].as_py()}"' for nth in other}
    return left_out


def _meant(table: SheetTable, condition: Condition, typed: Typed) -> frozenset[int]:
    """Return the rows that meet a condition."""
    import pandas as pd

    rows = frame(typed.rows.drop_columns(["line", "fault"]))
    numbers = [line % SHEET_STEP for line in typed.rows.column("line").to_pylist()]
    rows.index = numbers
    try:
        answer = condition(rows)
        chosen = [not pd.isna(one) and bool(one) for one in answer]
    except Exception as error:
        raise InvalidValue(
            f"The condition cannot be asked of {table.name} ({type(error).__name__}: {error}). "
            f"Its columns are: {', '.join(map(str, rows.columns))}."
        ) from error
    if len(chosen) != len(numbers):
        raise InvalidValue(f"The condition gave {len(chosen)} answers for the {len(numbers)} rows of {table.name}.")
    return frozenset(number for number, wanted in zip(numbers, chosen, strict=True) if wanted)
