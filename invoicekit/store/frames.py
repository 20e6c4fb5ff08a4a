"""The one door through which data leaves the engine: as Arrow, or as rows of plain values, with money as exact decimals.

The engine's own frames hold floats where it has decimals, so nothing else in this package fetches a table.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import duckdb
import pyarrow as pa

from invoicekit.errors import InvalidValue
from invoicekit.schema import TABLES
from invoicekit.store.sql import bind, narrowed

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["arrow", "fetched", "frame", "rows", "rows_of"]

# A relation with parameters takes its rows through plain values in DuckDB 1.5: 4 s for 500,000 rows instead of 0.2. From 2.0 on
# it does not, and warns of the other way.
_ROW_BY_ROW = duckdb.__version__.startswith("1.")

_ARROW = {
    "BIGINT": pa.int64(),
    "VARCHAR": pa.string(),
    "VARCHAR[]": pa.list_(pa.string()),
    "BOOLEAN": pa.bool_(),
    "BLOB": pa.binary(),
    "DATE": pa.date32(),
    "TIMESTAMP": pa.timestamp("us"),
    "DECIMAL(18,4)": pa.decimal128(18, 4),
    "DECIMAL(18,6)": pa.decimal128(18, 6),
    "DECIMAL(9,4)": pa.decimal128(9, 4),
}


def arrow(cursor: duckdb.DuckDBPyConnection, sql: str, parameters: Mapping[str, Any] | None = None) -> pa.Table:
    """Run one query and fetch it whole, as Arrow."""
    bound = bind(sql, parameters or {})
    with _in_range():
        return fetched(cursor, narrowed(cursor, sql, bound), bound)


def fetched(
    cursor: duckdb.DuckDBPyConnection, sql: str, bound: Mapping[str, Any] | Sequence[Any] | None = None
) -> pa.Table:
    """Run one query as it stands and fetch it whole, as Arrow."""
    if _ROW_BY_ROW:
        return cursor.execute(sql, bound or {}).to_arrow_table()
    return cursor.sql(sql, params=bound or {}).to_arrow_table()


def rows(
    cursor: duckdb.DuckDBPyConnection, sql: str, parameters: Mapping[str, Any] | None = None
) -> list[dict[str, Any]]:
    """Run one query and fetch it whole, as dicts of plain Python values."""
    # For the few rows that a rule looks at, Arrow takes longer than the query: it is planned twice on that way.
    bound = bind(sql, parameters or {})
    with _in_range():
        cursor.execute(narrowed(cursor, sql, bound), bound)
        names = [told[0] for told in cursor.description or ()]
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


@contextmanager
def _in_range() -> Iterator[None]:
    """Say of a sum that no amount can hold what that means."""
    try:
        yield
    except (duckdb.ConversionException, duckdb.OutOfRangeException) as error:
        if "DECIMAL(18,4)" not in str(error):
            raise
        raise InvalidValue(
            "Amounts come to more here than can be said: sums have at most fourteen digits before the point, as amounts have. "
            "Ask for less at a time, such as one customer, or look for an amount that was entered wrong."
        ) from error


def frame(table: pa.Table) -> pd.DataFrame:
    """Return a DataFrame whose columns keep the engine's types: decimals stay decimals."""
    import pandas as pd

    result: pd.DataFrame = table.to_pandas(types_mapper=pd.ArrowDtype)
    return result


def rows_of(name: str, rows: Iterable[Mapping[str, Any]]) -> pa.Table:
    """Make an Arrow table of dicts, typed as the registry declares the fields they hold.

    Raises
    ------
    ValueError
        If a dict names something the table does not have.
    """
    given = list(rows)
    declared = TABLES[name]
    held = [field for field in declared.fields if any(field.name in row for row in given)]
    unknown = {key for row in given for key in row} - {field.name for field in held}
    if unknown:
        raise ValueError(f"{name} has no field {', '.join(sorted(unknown))}")
    return pa.table(
        {
            field.name: pa.array(
                [_scaled(row.get(field.name), field.sql_type) for row in given], _ARROW[field.sql_type]
            )
            for field in held
        }
    )


def arrow_type(sql_type: str) -> pa.DataType:
    """Return the Arrow type that holds a column of the registry."""
    return _ARROW[sql_type]


def _scaled(value: Any, sql_type: str) -> Any:
    # Arrow refuses a Decimal with a scale other than the column's.
    if value is None or not sql_type.startswith("DECIMAL"):
        return value
    places = int(sql_type[:-1].partition(",")[2])
    return Decimal(value).quantize(Decimal(1).scaleb(-places))
