"""What stands on a statement of account: two readings of one report."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from invoicekit.reports import Reports

__all__ = ["account_of"]


def account_of(reports: Reports, customer: int, since: date, as_of: date, *, tree: bool) -> list[dict[str, Any]]:
    """Return the account of a customer, or of it and everybody below it, by currency.

    Each holds ``carried``, ``entries`` with the balance after each, ``balance`` and ``open_items``; who is not written to
    is named by each line.
    """
    whose = {"tree" if tree else "customer": customer, "as_of": as_of}
    accounts: dict[str, dict[str, Any]] = {}
    for line in reports.run("statement", since=since, kind="balance_forward", **whose).table.to_pylist():
        account = accounts.setdefault(line["currency"], _account(line["currency"]))
        account["balance"] = line["balance"]
        if line["kind"] == "carried":
            account["carried"] = line["amount"]
        else:
            account["entries"].append(_named(line, customer))
    for item in reports.run("statement", kind="open_item", **whose).table.to_pylist():
        accounts.setdefault(item["currency"], _account(item["currency"]))["open_items"].append(_named(item, customer))
    return [one for one in accounts.values() if one["entries"] or one["balance"] or one["open_items"]]


def _account(currency: str) -> dict[str, Any]:
    return {"currency": currency, "carried": Decimal(0), "balance": Decimal(0), "entries": [], "open_items": []}


def _named(line: dict[str, Any], customer: int) -> dict[str, Any]:
    return {**line, "customer_name": line["customer"] if line["customer_id"] != customer else None}
