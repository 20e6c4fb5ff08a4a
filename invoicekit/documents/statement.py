"""What stands on a statement of account."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from invoicekit.store import Store
from invoicekit.store.sql import load

__all__ = ["account_of"]


def account_of(store: Store, customers: Sequence[int], since: date, as_of: date) -> list[dict[str, Any]]:
    """Return the accounts of customers, the first being who is written to, by currency.

    Each holds ``carried``, ``entries`` with the balance after each, ``balance`` and ``open_items``.
    """
    said: dict[str, Any] = {"customer": customers[0], "customers": [*customers], "as_of": as_of}
    accounts: dict[str, dict[str, Any]] = {}
    for entry in store.rows(load("invoicekit.documents", "statement_entries"), **said):
        account = accounts.setdefault(
            entry["currency"],
            {
                "currency": entry["currency"],
                "carried": Decimal(0),
                "balance": Decimal(0),
                "entries": [],
                "open_items": [],
            },
        )
        account["balance"] += entry["amount"]
        if entry["date"] < since:
            account["carried"] = account["balance"]
        else:
            account["entries"].append({**entry, "balance": account["balance"]})
    for item in store.rows(load("invoicekit.documents", "statement_items"), **said):
        accounts[item["currency"]]["open_items"].append(item)
    return [one for one in accounts.values() if one["entries"] or one["balance"] or one["open_items"]]
