"""A code that a bank's app scans: whom to pay, how much, for what."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from markupsafe import Markup

from invoicekit.einvoices.codes import BANK_TO_BE_NAMED, SEPA

__all__ = ["payload", "scan_code"]

# Bytes the code may hold.
_LONGEST = 331
_LEAST, _MOST = Decimal("0.01"), Decimal("999999999.99")


def scan_code(seller: Mapping[str, Any], due: Decimal, currency: str, number: str | None) -> Markup | None:
    """Return a picture of the transfer that pays an invoice, or nothing where none can be made.

    Parameters
    ----------
    due
        What is to be paid, in euros: other currencies have no such code.

    Notes
    -----
    Source: European Payments Council, EPC069-12, version 002.
    """
    iban = _account(seller)
    if not iban or currency != "EUR" or not _LEAST <= due <= _MOST:
        return None
    said = payload(seller, due, number)
    if len(said.encode()) > _LONGEST:
        return None
    from stdnum import iban as account

    if not account.is_valid(iban) or iban[:2] not in SEPA or (iban[:2] in BANK_TO_BE_NAMED and not _bic(seller)):
        return None
    from segno import make_qr

    # One mask for all: looking for the best of the eight takes longer than the page around it, and a phone reads any.
    code = make_qr(said, error="m", mode="byte", encoding="utf-8", mask=3, boost_error=False, version=None)
    return Markup(code.svg_inline(border=0, svgclass=None, lineclass=None, omitsize=True))  # noqa: S704 - squares, no words


def _account(seller: Mapping[str, Any]) -> str:
    return "".join((seller.get("iban") or "").split()).upper()


def _bic(seller: Mapping[str, Any]) -> str:
    said = "".join((seller.get("bic") or "").split()).upper()
    return said if len(said) in (8, 11) else ""


def payload(seller: Mapping[str, Any], due: Decimal, number: str | None) -> str:
    """Return what the code says, a line each: service, version, UTF-8, transfer, BIC, name, IBAN, amount, and what it is for."""
    name = " ".join(str(seller["name"]).split())[:70]
    what = " ".join((number or "").split())[:140]
    iban = _account(seller)
    lines = ["BCD", "002", "1", "SCT", _bic(seller), name, iban, f"EUR{due:.2f}", "", "", what]
    return "\n".join(lines).rstrip("\n")
