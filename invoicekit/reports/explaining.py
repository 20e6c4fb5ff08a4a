"""From a figure to the records it is made of: the steps of its own query, ended another way."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from invoicekit.errors import InvalidValue
from invoicekit.reports.asking import shared
from invoicekit.reports.definition import Explanation

if TYPE_CHECKING:
    import pyarrow as pa

    from invoicekit.reports.report import Report

__all__ = ["explain"]

_IN_GROUP = """step.customer in (
    select customer from groups where record is not distinct from $key_record::bigint and name = $key_name
)"""
# A value of the row itself, in what else must hold.
_OF_ROW = re.compile(r"\$row_(\w+)")


def explain(report: Report, row: Any, figure: str | None) -> pa.Table:
    """Return the records behind one figure of a row."""
    if report.ask is None:
        raise InvalidValue("Amounts were converted: explain the report they were converted from.")
    found = _explanation(report, figure)
    held = _row(report, row)
    keys = _keys(report, held, found)
    conditions = [condition for condition, _ in keys.values()]
    if found.where:
        conditions.append(f"({found.where})")
    ending = (
        f"\nselect records.*, step.amount::decimal(18, 4) as amount\nfrom {found.step} as step\n"
        f"inner join ({shared(found.table)}) as records on records.id = step.id\n"
        f"where {' and '.join(conditions) or 'true'}\norder by records.date, records.id"
    )
    said = {name: value for name, (_, value) in keys.items()}
    of_row = {f"row_{name}": _plain(_of(held, name)) for name in _OF_ROW.findall(found.where or "")}
    return report.ask(report.definition.steps(ending), **said, **of_row)


def _explanation(report: Report, figure: str | None) -> Explanation:
    found = report.definition.explained(figure)
    if found is None:
        said = [name for one in report.definition.explanations for name in one.figures]
        told = f"{', '.join(said)} can be" if said else "Nothing in it can be: its rows are records themselves"
        raise InvalidValue(
            f"{figure or report.definition.title} is not explained by records. {told[0].upper()}{told[1:]}."
        )
    return found


def _row(report: Report, row: Any) -> Mapping[str, Any]:
    if isinstance(row, int) and not isinstance(row, bool):
        if not -report.table.num_rows <= row < report.table.num_rows:
            raise InvalidValue(f"There is no row {row}: the report has {report.table.num_rows}, counted from 0.")
        found: Mapping[str, Any] = report.table.slice(row % report.table.num_rows, 1).to_pylist()[0]
        return found
    given = row.to_dict() if hasattr(row, "to_dict") else row
    if not isinstance(given, Mapping):
        raise InvalidValue(f"{row!r} is no row of the report. Give its place, or the row itself, as df.iloc[0].")
    return given


def _keys(report: Report, row: Mapping[str, Any], found: Explanation) -> dict[str, tuple[str, Any]]:
    """Return what the records must have in common with the row: a condition and its value, by parameter."""
    keys: dict[str, tuple[str, Any]] = {}
    for key in found.keys:
        if key == "groups":
            by = report.params["by"]
            record, name = (None, "") if by == "currency" else (row.get(f"{by}_id"), _of(row, by))
            keys["key_record"] = (_IN_GROUP, _plain(record))
            keys["key_name"] = ("true", name)
        else:
            column = key.removesuffix("_id")
            keys[f"key_{column}"] = (f"step.{column} is not distinct from $key_{column}", _plain(_of(row, key)))
    return keys


def _of(row: Mapping[str, Any], key: str) -> Any:
    if key not in row:
        raise InvalidValue(f'The row has no "{key}". Give a whole row of the report, as df.iloc[0].')
    return row[key]


def _plain(value: Any) -> Any:
    # What pandas makes of a number, of a day and of nothing.
    if value is None or value != value or type(value).__name__ == "NAType":  # noqa: PLR0124 - not a number is unlike itself
        return None
    if hasattr(value, "item"):
        return value.item()
    return value
