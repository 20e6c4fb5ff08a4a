"""A code that a bank's app scans: whom to pay, how much, for what."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from markupsafe import Markup

__all__ = ["scan_code"]

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
    iban = "".join((seller.get("iban") or "").split())
    if not iban or currency != "EUR" or not _LEAST <= due <= _MOST:
        return None
    from stdnum import iban as account

    if not account.is_valid(iban):
        return None
    from segno.helpers import make_epc_qr

    code = make_epc_qr(
        name=str(seller["name"])[:70], iban=iban, amount=due.quantize(_LEAST), text=(number or "")[:140] or None,
        bic=seller.get("bic"), encoding="utf-8",
    )  # fmt: skip
    return Markup(code.svg_inline(border=0, svgclass=None, lineclass=None, omitsize=True))  # noqa: S704 - squares, no words
