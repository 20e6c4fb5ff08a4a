"""Tax identification numbers: which kinds a country has, and whether a number has the form of one.

The form is a rule, the check digit is a warning: numbers given by hand or by another age fail it
and are valid all the same, such as Mexico's generic RFCs.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

from invoicekit.errors import InvalidValue

__all__ = ["OTHER", "judged", "kind_of", "kind_to_write", "misshapen", "odd_digit"]

# Kept as written, because somebody said so.
OTHER = "other"

_EU = (
    "AT", "BE", "BG", "CY", "CZ", "DE", "DK", "EE", "ES", "FI", "FR", "GR", "HR", "HU", "IE", "IT", "LT", "LU", "LV", "MT",
    "NL", "PL", "PT", "RO", "SE", "SI", "SK",
)  # fmt: skip

# Kind -> what a person calls it, and the module of python-stdnum that knows it. A country's first kind is its usual one.
_KINDS: dict[str, dict[str, tuple[str, str]]] = {
    **{country: {"eu_vat": ("VAT number", "vat")} for country in _EU},
    "FR": {"eu_vat": ("VAT number", "tva"), "siren": ("SIREN", "siren"), "siret": ("SIRET", "siret")},
    "GB": {"gb_vat": ("VAT number", "vat")},
    "MX": {"rfc": ("RFC", "rfc")},
    "US": {"ein": ("EIN", "ein"), "ssn": ("SSN", "ssn")},
    "CA": {"bn": ("business number", "bn")},
    "BR": {"cnpj": ("CNPJ", "cnpj"), "cpf": ("CPF", "cpf")},
    "CH": {"ch_vat": ("VAT number", "vat"), "ch_uid": ("UID", "uid")},
    "NO": {"no_mva": ("VAT number", "mva"), "no_orgnr": ("organisation number", "orgnr")},
    "AU": {"abn": ("ABN", "abn")},
    "IN": {"gstin": ("GSTIN", "gstin")},
    "NZ": {"ird": ("IRD number", "ird")},
    "AR": {"cuit": ("CUIT", "cuit")},
    "CL": {"rut": ("RUT", "rut")},
    "CO": {"nit": ("NIT", "nit")},
    "PE": {"ruc": ("RUC", "ruc")},
}


def kind_of(tax_id: str, country: str | None) -> str | None:
    """Return the kind a tax id has the form of, by its country, or by its own prefix where there is none.

    Parameters
    ----------
    tax_id
        As written; spaces and marks between do not matter.
    country
        ISO 3166-1 alpha-2 code.

    Returns
    -------
    str or None
        Such as ``rfc``, ``eu_vat``, ``siret``; nothing for a form that is not known here.

    Examples
    --------
    >>> kind_of("XAXX010101000", "MX"), kind_of("732 829 320 00074", "FR"), kind_of("FR 40 303265045", None)
    ('rfc', 'siret', 'eu_vat')

    Notes
    -----
    Source: python-stdnum, which follows each country's own publications.
    """
    given = country or (tax_id.strip()[:2].upper() if tax_id.strip()[:2].upper() in _EU else "")
    return next((kind for kind in _KINDS.get(given, {}) if _form(tax_id, given, kind) != "other form"), None)


def judged(tax_id: str, country: str | None) -> tuple[str | None, str | None]:
    """Return the kind of a tax id, and what is wrong with its form; see `kind_of` and `misshapen`."""
    kind, kinds = kind_of(tax_id, country), _KINDS.get(country or "", {})
    if kind or not kinds:
        return kind, None
    names = " or ".join(name for name, _ in kinds.values())
    return None, f'tax id "{tax_id}" has not the form of a {names} of {country}'


def misshapen(tax_id: str, country: str | None) -> str | None:
    """Say what is wrong with the form of a tax id, or nothing; a country unknown here is not judged.

    Examples
    --------
    >>> misshapen("12", "MX")
    'tax id "12" has not the form of a RFC of MX'
    """
    return judged(tax_id, country)[1]


def odd_digit(tax_id: str, country: str | None) -> str | None:
    """Say that the check digit of a tax id is wrong, or nothing.

    Examples
    --------
    >>> odd_digit("FR40303265046", "FR")
    'the check digit of FR40303265046 is not the one its form wants: look for a slip of the pen'
    """
    kind = kind_of(tax_id, country)
    if kind and _form(tax_id, country or tax_id.strip()[:2].upper(), kind) == "odd digit":
        return f"the check digit of {tax_id} is not the one its form wants: look for a slip of the pen"
    return None


def _must_have_form(tax_id: str, country: str | None) -> None:
    """Refuse a tax id that has not the form its country gives it.

    Raises
    ------
    InvalidValue
        With the form wanted and the way to keep it as written.
    """
    said = misshapen(tax_id, country)
    if said:
        raise InvalidValue(
            f"{said}. Correct it or the country; to keep it as written, set its kind (tax_id_kind) to '{OTHER}' first."
        )


def kind_to_write(given: Mapping[str, Any], after: Mapping[str, Any]) -> dict[str, str | None]:
    """Return the kind of the tax id where that is to be written: it follows the country, unless somebody says 'other'."""
    if not given.keys() & {"tax_id", "country", "tax_id_kind"}:
        return {}
    tax_id, country = after.get("tax_id"), after.get("country")
    if not tax_id:
        return {"tax_id_kind": OTHER if after.get("tax_id_kind") == OTHER else None}
    if after.get("tax_id_kind") == OTHER and (given.get("tax_id_kind") == OTHER or "tax_id_kind" not in given):
        return {"tax_id_kind": OTHER}
    if given.keys() & {"tax_id", "tax_id_kind"}:
        _must_have_form(tax_id, country)
    kind, said = kind_of(tax_id, country), given.get("tax_id_kind")
    if said and said != kind:
        raise InvalidValue(
            f"{tax_id} is not of kind {said} in {country or 'no country'} but {kind or 'unknown'}. Leave "
            f"tax_id_kind out, or give '{OTHER}' to keep it as written."
        )
    return {"tax_id_kind": kind}


@cache
def _module(country: str, name: str) -> Any:
    from stdnum.util import get_cc_module

    return get_cc_module(country, name)


def _form(tax_id: str, country: str, kind: str) -> str:
    from stdnum.exceptions import InvalidChecksum, InvalidComponent, ValidationError

    module = _module(country, _KINDS[country][kind][1])
    try:
        module.validate(tax_id)
    except (InvalidChecksum, InvalidComponent):
        return "odd digit"
    except ValidationError:
        return "other form"
    return "sound"
