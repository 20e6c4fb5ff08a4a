"""Tax identification numbers: which kind a country has, and whether one has its form.

The form is a rule, the check digit is not: numbers given by hand or by another age fail it and
are valid all the same, such as Mexico's generic RFCs.
"""

from __future__ import annotations

from functools import cache
from typing import Any

__all__ = ["misshapen"]

# What the kind of a country is called, where that is not its VAT number.
_KINDS = {"MX": ("rfc", "RFC"), "US": ("ein", "EIN"), "CA": ("bn", "business number"), "BR": ("cnpj", "CNPJ")}


def misshapen(tax_id: str, country: str | None) -> str | None:
    """Say what is wrong with the form of a tax id, or nothing.

    Parameters
    ----------
    tax_id
        As written; spaces and marks between do not matter.
    country
        ISO 3166-1 alpha-2 code; a country whose numbers are unknown here is not judged.

    Examples
    --------
    >>> misshapen("XAXX010101000", "MX"), misshapen("FR 40 303265045", "FR")
    (None, None)
    >>> misshapen("12", "MX")
    'tax id "12" has not the form of a RFC of MX; it is kept as written'

    Notes
    -----
    Source: python-stdnum, which follows each country's own publications.
    """
    module = _module(country or "")
    if module is None:
        return None
    from stdnum.exceptions import InvalidChecksum, InvalidComponent, ValidationError

    try:
        module.validate(tax_id)
    except (InvalidChecksum, InvalidComponent):
        return None
    except ValidationError:
        name = _KINDS.get(country or "", ("vat", "VAT number"))[1]
        return f'tax id "{tax_id}" has not the form of a {name} of {country}; it is kept as written'
    return None


@cache
def _module(country: str) -> Any:
    from stdnum.util import get_cc_module

    return get_cc_module(country, _KINDS.get(country, ("vat", ""))[0]) if len(country) == 2 else None
