"""Whether customers are in use: a tree goes out of use whole, and comes back as asked."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from invoicekit import money
from invoicekit.errors import BalanceNotZero, MatterOpen
from invoicekit.ledger.part import statement
from invoicekit.store import Operation

__all__ = ["bring_back", "put_out_of_use"]


def put_out_of_use(op: Operation, top: dict[str, Any], since: date) -> Sequence[int]:
    """Make a customer and everybody below it inactive, all or nobody; return who became so, the top one first.

    Raises
    ------
    BalanceNotZero, MatterOpen
        Naming everything that is in the way.
    """
    op.derive("tree", statement("tree_below"), customer=top["id"])
    blockers = op.rows(statement("inactive_blockers"))
    if blockers:
        owing = any(row["kind"] == "balance" for row in blockers)
        raise (BalanceNotZero if owing else MatterOpen)(_blocked(top["display_name"], blockers))
    down = [row["id"] for row in op.rows("select id from tree where inactive_since is null order by depth, id")]
    op.update("customers", [{"id": id_, "inactive_since": since} for id_ in down])
    op.summary = f"made {top['display_name']}{_and_below(down)} inactive"
    return down


def bring_back(op: Operation, top: dict[str, Any], *, include_sub_customers: bool) -> Sequence[int]:
    """Make a customer active again, on request with those below it that went down together with it."""
    back = [top["id"]]
    if include_sub_customers:
        together = {row["id"] for row in op.rows(statement("went_down_together"), customer=top["id"])}
        tree = op.rows(statement("tree_below"), customer=top["id"])
        back = [row["id"] for row in tree if row["id"] in together]
    op.update("customers", [{"id": id_, "inactive_since": None} for id_ in back])
    op.summary = f"activated {top['display_name']}{_and_below(back)}"
    return back


def _and_below(ids: Sequence[int]) -> str:
    return f" and {len(ids) - 1:,} sub-customers" if len(ids) > 1 else ""


def _blocked(name: str, blockers: list[dict[str, Any]]) -> str:
    """Say everything that is in the way, with names and amounts, and what to do first."""
    said = []
    for row in blockers:
        if row["kind"] == "matter":
            said.append(f"{row['display_name']} has the open matter {row['matter']}")
            continue
        items = f"{row['items']:,} open item{'s' * (row['items'] != 1)}"
        verb, amount = ("owes", row["balance"]) if row["balance"] > 0 else ("is in credit by", -row["balance"])
        said.append(f"{row['display_name']} {verb} {money.show(amount, row['currency'])} on {items}")
    first = []
    if any(row["kind"] == "balance" for row in blockers):
        first.append("record the payments or credit notes that settle it (the report open_items lists what is open)")
    if any(row["kind"] == "matter" for row in blockers):
        first.append("close the matters")
    return f"{name} cannot be made inactive: {'; '.join(said)}. First {' and '.join(first)}."
