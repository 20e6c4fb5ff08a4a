"""Names and addresses, as they are written in the country they lead to."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

__all__ = ["address_lines", "name_of", "shipping_of"]

# The town comes before the postal code, in the same line (True), or in a line before it (False). Source: Universal
# Postal Union, S42.
_TOWN_FIRST = {"US": True, "CA": True, "AU": True, "IN": True, "GB": False, "IE": False}
_SHIPPING = "shipping_"


def name_of(party: Mapping[str, Any]) -> str:
    """Return what somebody is called on a document: the legal name of a firm, else the name shown."""
    return str(party.get("company_name") or party.get("display_name") or party.get("name") or "")


def shipping_of(party: Mapping[str, Any]) -> dict[str, Any]:
    """Return where things are delivered to, as an address."""
    return {name.removeprefix(_SHIPPING): value for name, value in party.items() if name.startswith(_SHIPPING)}


def address_lines(party: Mapping[str, Any]) -> list[str]:
    """Return the lines of an address below the name; the country is the last, where it is known.

    Examples
    --------
    >>> address_lines({"address": "2 Low Street", "city": "Leeds", "postal_code": "LS1 4AB", "country": "GB"})
    ['2 Low Street', 'Leeds', 'LS1 4AB']
    >>> address_lines({"address": "8 rue Mercière", "city": "Lyon", "postal_code": "69002"})
    ['8 rue Mercière', '69002 Lyon']
    """
    city, region, code = (party.get(name) or "" for name in ("city", "region", "postal_code"))
    town_first = _TOWN_FIRST.get(party.get("country") or "")
    if town_first:
        town = [f"{city}, {region} {code}".strip(" ,") if region else f"{city} {code}"]
    elif town_first is False:
        town = [city, region, code]
    else:
        town = [f"{code} {city}", region if region != city else ""]
    lines = [*(party.get("address") or "").splitlines(), *town, party.get("land") or ""]
    return [line.strip() for line in lines if line.strip()]
