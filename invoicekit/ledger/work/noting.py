"""How work is noted: what is not said of it is worked out, the rules look at it, and it is written and posted.

One activity and 100,000 of an import go the same way: they are staged as ``incoming_activities``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from invoicekit.errors import MatterClosed, NotFound, PeriodLocked
from invoicekit.ledger.part import first_problem, statement
from invoicekit.ledger.work import wip
from invoicekit.schema import TABLES
from invoicekit.store import Operation, frame
from invoicekit.store.sql import quoted

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd

__all__ = [
    "FOLLOWS",
    "NOBODY",
    "Changed",
    "complete",
    "complete_or_refuse",
    "names",
    "problems",
    "rerate",
    "retaxed",
    "reworked",
    "rewrite",
    "write_new",
]

# That none was left as it is.
NOBODY = pa.table({"activity": pa.array([], pa.int64()), "reason": pa.array([], pa.string())})
# What makes rate, tax rate and amount be worked out anew where they are nothing.
_PRICED = {"rate", "amount", "billable", "tax_rate"}
_ERRORS = {"no matter": NotFound, "matter closed": MatterClosed, "locked": PeriodLocked}


@dataclass(frozen=True)
class Changed:
    """What was done to several activities.

    Attributes
    ----------
    ids
        The activities it was done to; those that were made, where it made some.
    refused
        A row for each that was left as it is: ``activity`` and ``reason``.
    note
        What else is to be known.
    """

    ids: Sequence[int]
    refused: pd.DataFrame = field(repr=False)
    note: str = ""

    def __len__(self) -> int:
        return len(self.ids)

    def __str__(self) -> str:
        left = "".join(f" Left as it is: {reason}." for reason in self.refused["reason"].head(5))
        more = f" And {len(self.refused) - 5:,} more, see .refused." if len(self.refused) > 5 else ""
        return f"{len(self.ids):,} activit{'y' if len(self.ids) == 1 else 'ies'}.{left}{more} {self.note}".rstrip()


def names() -> str:
    """Return the columns of an activity, as a statement lists them."""
    return ", ".join(quoted(name) for name in TABLES["activities"].names)


def complete(op: Operation, currency: str) -> None:
    """Work out what is not said of incoming activities: kind, rate, billed time, amount.

    Reads ``incoming_activities`` of the operation (``row``, and fields of the registry; those that are missing are
    nothing) and leaves ``completed_activities``.

    Parameters
    ----------
    currency
        Of matters that state none.
    """
    held = op.arrow("select * from incoming_activities limit 0").column_names
    missing = [one for one in TABLES["activities"].fields if one.name not in held]
    if missing:
        blank = ", ".join(f"null::{one.sql_type} as {quoted(one.name)}" for one in missing)
        op.derive("incoming_activities", f"select *, {blank} from incoming_activities")
    op.derive("completed_activities", statement("activities_completed"), currency=currency)


def problems() -> str:
    """Return the query that says what is wrong with completed activities, a row each."""
    return statement("activity_problems")


def complete_or_refuse(op: Operation, currency: str) -> None:
    """Complete incoming activities, and raise the first thing that is wrong with them."""
    complete(op, currency)
    first_problem(op, problems(), _ERRORS)


def write_new(op: Operation, currency: str) -> pa.Table:
    """Write completed activities that are new, and what they post; return ``row`` and ``id`` of each."""
    columns = ", ".join(quoted(name) for name in TABLES["activities"].names if name != "id")
    ready = op.arrow(f"select row, {columns} from completed_activities order by row")
    ids = pa.array(op.insert("activities", ready.drop_columns(["row"])), pa.int64())
    wip.post(op, "recorded", ids, currency)
    return pa.table({"row": ready.column("row"), "id": ids})


def rewrite(
    op: Operation, event: str, changes: Mapping[str, str], currency: str, *, day: date | None = None, **parameters: Any
) -> Sequence[int]:  # fmt: skip
    """Give ``chosen_activities`` other values, an expression for each field, post what that makes, and return their ids."""
    replaced = ", ".join(f"{expression} as {quoted(name)}" for name, expression in changes.items())
    op.derive(
        "incoming_activities",
        f"select id as row, * exclude (operation) replace ({replaced}) from activities "
        "where id in (select id from chosen_activities)",
        day=day,
        **parameters,
    )
    if changes.keys() & _PRICED:
        complete(op, currency)
    else:
        op.derive("completed_activities", "from incoming_activities")
    first_problem(op, problems(), _ERRORS)
    written = ", ".join(quoted(name) for name in changes)
    op.update("activities", op.arrow(f"select id, {written} from completed_activities"))
    ids = op.arrow("select id from chosen_activities order by id").column("id").combine_chunks()
    wip.post(op, event, ids, currency, day=day)
    chosen: list[int] = ids.to_pylist()
    return chosen


# Time whose rate nobody gave by hand.
FOLLOWS = "kind = 'time' and coalesce(rate_from, 'given') <> 'given'"


def reworked(which: str) -> dict[str, str]:
    """Return the changes that let rate and amount of some activities, a condition, be worked out anew."""
    return {name: f"case when not ({which}) then {name} end" for name in ("rate", "rate_from", "amount")}


def retaxed(which: str) -> dict[str, str]:
    """Return the changes that let the tax rate of some activities, a condition, be worked out anew unless it was given."""
    follows = f"({which}) and coalesce(tax_from, 'given') <> 'given'"
    return {name: f"case when not ({follows}) then {name} end" for name in ("tax_rate", "tax_from")}


def rerate(op: Operation, whose: str, record: int, currency: str) -> Changed:
    """Give the unbilled time of a user, or on a matter, the rate that holds now; what was given by hand stays.

    Parameters
    ----------
    whose
        The field of activities that names the record: ``worked_by`` or ``matter``.
    """
    unbilled = (
        f"select id, rate_from, date, description from activities where {whose} = $record and kind = 'time' "
        "and invoice is null and written_off_on is null"
    )
    op.derive("unbilled_time", unbilled, record=record)
    op.derive("chosen_activities", "select id from unbilled_time where coalesce(rate_from, 'given') <> 'given'")
    kept = op.arrow(
        "select id as activity, activity_name(id, date, description) || ' keeps the rate it was given' as reason "
        "from unbilled_time where coalesce(rate_from, 'given') = 'given' order by id"
    )
    before = {row["id"]: row["rate"] for row in op.rows(f"select id, rate from activities where {_CHOSEN}")}
    ids = rewrite(op, "edited", reworked(FOLLOWS), currency) if before else []
    after = {row["id"]: row["rate"] for row in op.rows(f"select id, rate from activities where {_CHOSEN}")}
    return Changed([id_ for id_ in ids if after[id_] != before[id_]], frame(kept))


_CHOSEN = "id in (select id from chosen_activities)"
