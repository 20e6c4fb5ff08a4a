"""A last look at a customer: what it lacks, and what looks odd about it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from invoicekit.countries import country_code
from invoicekit.ledger.part import shown
from invoicekit.ledger.parties.tax_ids import OTHER, misshapen, odd_digit
from invoicekit.schema import TABLES

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["odd", "review"]

_MAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s.]+")


def review(customer: dict[str, Any], profile: Iterable[str]) -> pd.DataFrame:
    """Return a row for each field a form shows: ``field``, ``label``, ``value`` as text, ``warning``."""
    import pandas as pd

    missing = {
        name: "missing: the customer is incomplete without it" for name in profile if shown(customer[name]) is None
    }
    said = missing | odd(customer)
    rows = [
        (field.name, field.title(), shown(customer[field.name]), said.get(field.name))
        for field in TABLES["customers"].fillable
        if field.section
    ]
    return pd.DataFrame(rows, columns=["field", "label", "value", "warning"], dtype="str")


def odd(customer: Mapping[str, Any]) -> dict[str, str]:
    """Return by field why a country, an e-mail address or a tax id looks odd; it is kept all the same."""
    said = {}
    for name in ("country", "shipping_country"):
        if customer[name] and not country_code(customer[name]):
            said[name] = "not a country known by that name; it is kept as written"
    if customer["email"] and not _MAIL.fullmatch(customer["email"]):
        said["email"] = "not an e-mail address; it is kept as written"
    if customer["tax_id"] and customer["tax_id_kind"] != OTHER:
        finding = misshapen(customer["tax_id"], customer["country"]) or odd_digit(
            customer["tax_id"], customer["country"]
        )
        said |= {"tax_id": finding} if finding else {}
    return said
