"""Credit notes: kept with negative amounts, written without a sign."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

__all__ = ["turned"]

_AMOUNTS = {
    "lines": ("quantity", "discount", "net", "gross"),
    "adjustments": ("amount", "gross"),
    "taxes": ("base", "tax"),
}


def turned(content: Mapping[str, Any]) -> dict[str, Any]:
    """Return a document with the amounts of a credit note turned round, and without the lines that are not printed.

    Discounts and charges of a credit note are kept with a sign as well, so that they make it larger or smaller as those of the
    invoice did.
    """
    lines = [line for line in content["lines"] if line.get("covered_by") is None]
    if content["document"]["kind"] != "credit_note":
        return {**content, "lines": lines}
    found = dict(content)
    for name, amounts in _AMOUNTS.items():
        rows = lines if name == "lines" else content[name]
        found[name] = [{**row, **{key: -row[key] for key in amounts if row.get(key) is not None}} for row in rows]
    found["totals"] = {
        name: -value if isinstance(value, Decimal | int) else value for name, value in content["totals"].items()
    }
    return found
