"""What became of rows, and what is in their way, said as the spreadsheet counts them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from invoicekit.imports.outcomes import SHEET_STEP, Outcomes
from invoicekit.imports.typed import PROBLEMS, Typed

__all__ = ["located", "problems_of", "questions_of"]

_RANKS = {"question": 0, "error": 1, "warning": 2}


def located(rows: pa.Table, sheets: Sequence[str]) -> pa.Table:
    """Give rows their sheet and their number in it, instead of the one number they are told by."""
    lines = rows.column("line").combine_chunks()
    places = pc.divide(lines, SHEET_STEP)
    reasons = rows.column("reason")
    told = reasons.to_pylist()
    for nth, reason in enumerate(told):
        if reason is not None and "row @" in reason:
            told[nth] = _with_rows(reason, places[nth].as_py(), sheets)
    return pa.table(
        {
            "sheet": pa.array(sheets, pa.string()).take(places),
            "row": pc.subtract(lines, pc.multiply(places, SHEET_STEP)),
            **{name: rows.column(name) for name in ("table", "outcome", "record")},
            "reason": pa.array(told, pa.string()),
        }
    )


def problems_of(typed: Sequence[Typed], outcomes: Outcomes, sheets: Sequence[str]) -> pa.Table:
    """Gather what cells, rows and rules have to say: questions first, then errors, then warnings."""
    cells = [one.problems for one in typed]
    said_already = {
        (row["sheet"], row["row"]) for part in cells for row in part.to_pylist() if row["severity"] == "error"
    }
    rows = outcomes.rows()
    told = located(rows.filter(pc.is_valid(rows.column("reason"))), sheets).to_pylist()
    of_rows = [
        {**row, "problem": row["reason"], "severity": "error" if row["outcome"] == "rejected" else "warning"}
        for row in told
        if row["outcome"] != "rejected" or (row["sheet"], row["row"]) not in said_already
    ]
    more = [{name: row.get(name) for name in PROBLEMS.names} for row in [*_asked(outcomes, sheets), *of_rows]]
    together = pa.concat_tables([*cells, pa.Table.from_pylist(more, schema=PROBLEMS)])
    rank = pa.array([_RANKS[severity] for severity in together.column("severity").to_pylist()], pa.int8())
    order = [("rank", "ascending"), ("sheet", "ascending"), ("row", "ascending")]
    return together.append_column("rank", rank).sort_by(order).drop_columns(["rank"])


def questions_of(typed: Sequence[Typed], outcomes: Outcomes, sheets: Sequence[str]) -> list[dict[str, Any]]:
    """Return what must be answered before the import can be written."""
    of_cells = [one.problems.filter(pc.equal(one.problems.column("severity"), "question")) for one in typed]
    return [*(row for part in of_cells for row in part.to_pylist()), *_asked(outcomes, sheets)]


def _asked(outcomes: Outcomes, sheets: Sequence[str]) -> list[dict[str, Any]]:
    asked = []
    for part in outcomes.questions:
        for row in part.to_pylist():
            place, number = divmod(row["line"], SHEET_STEP)
            problem = _with_rows(row["problem"], place, sheets)
            asked.append({**row, "sheet": sheets[place], "row": number, "problem": problem, "severity": "question"})
    return asked


def _with_rows(reason: str, here: int, sheets: Sequence[str]) -> str:
    def named(match: re.Match[str]) -> str:
        place, row = divmod(int(match[1]), SHEET_STEP)
        return f"row {row}" if place == here else f"row {row} of {sheets[place]}"

    return re.sub(r"row @(\d+)", named, reason)
