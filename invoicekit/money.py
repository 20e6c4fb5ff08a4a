"""Money is `decimal.Decimal`, rounded half up to the digits of its currency.

Amounts are kept with four decimals (`SCALE`), enough for every currency of ISO 4217; a float
is refused wherever an amount is expected, because it has already lost the cent it claims.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation

from invoicekit.errors import InvalidValue

__all__ = ["SCALE", "amount", "digits", "is_currency", "round_to", "show", "spread"]

SCALE = 4
_LARGEST = Decimal(10) ** (18 - SCALE)

# ISO 4217, table A.1, "minor unit": the currencies whose digits are not two.
_DIGITS = {
    **dict.fromkeys(
        [
            "BIF",
            "CLP",
            "DJF",
            "GNF",
            "ISK",
            "JPY",
            "KMF",
            "KRW",
            "PYG",
            "RWF",
            "UGX",
            "UYI",
            "VND",
            "VUV",
            "XAF",
            "XOF",
            "XPF",
        ],
        0,
    ),
    **dict.fromkeys(["BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"], 3),
    **dict.fromkeys(["CLF", "UYW"], 4),
}
_CODE = re.compile(r"[A-Z]{3}")


def digits(currency: str) -> int:
    """Return how many decimals a currency has.

    Parameters
    ----------
    currency : str
        ISO 4217 code, upper case.

    Examples
    --------
    >>> digits("EUR"), digits("JPY"), digits("TND")
    (2, 0, 3)

    Notes
    -----
    Source: ISO 4217, list one, column "minor unit".
    """
    return _DIGITS.get(currency, 2)


def odd_digits() -> dict[str, int]:
    """Return the currencies whose digits are not two, for the engine's copy of `digits`."""
    return dict(_DIGITS)


def is_currency(code: str) -> bool:
    """Say whether a text has the form of an ISO 4217 code: three capital letters."""
    return _CODE.fullmatch(code) is not None


def amount(value: Decimal | int | str, places: int = SCALE) -> Decimal:
    """Return an exact amount, with at most four decimals, or so many places.

    Parameters
    ----------
    value : Decimal, int or str
        Text is read with a point as decimal mark, without thousands separators.

    Raises
    ------
    InvalidValue
        For a float, for text that is no number, and for more than four decimals or
        fourteen digits before the point.

    Examples
    --------
    >>> amount("0.10") * 3
    Decimal('0.30')
    """
    if isinstance(value, bool) or not isinstance(value, Decimal | int | str):
        kind = type(value).__name__
        raise InvalidValue(
            f"{value!r} is a {kind}, which cannot hold an exact amount. "
            f'Give a Decimal, an int or a text such as "{value}".'
        )
    try:
        exact = Decimal(value)
    except InvalidOperation:
        raise InvalidValue(
            f'"{value}" is not an amount. Write it with a point and no thousands separator, as in "1234.50".'
        ) from None
    if not exact.is_finite() or abs(exact) >= _LARGEST:
        raise InvalidValue(f"{value} is out of range: amounts have at most fourteen digits before the point.")
    if exact != round_to(exact, places):
        raise InvalidValue(f"{value} has more than {'four' if places == SCALE else places} decimals. Round it first.")
    return exact


def round_to(value: Decimal, places: int) -> Decimal:
    """Round half up (away from zero) to a number of decimals.

    Examples
    --------
    >>> round_to(Decimal("2.345"), 2), round_to(Decimal("-2.345"), 2)
    (Decimal('2.35'), Decimal('-2.35'))

    Notes
    -----
    Source: EN 16931-1, 6.5.11 leaves rounding to two decimals half up; the engine's
    ``round`` does the same.
    """
    return value.quantize(Decimal(1).scaleb(-places), rounding=ROUND_HALF_UP)


def spread(whole: Decimal, weights: Sequence[Decimal], places: int) -> list[Decimal]:
    """Share an amount out by weights, to the last unit: the shares add up to it.

    Parameters
    ----------
    weights
        How much each counts; where all of them are nothing together, the first takes everything.

    Examples
    --------
    >>> spread(Decimal("100.00"), [Decimal(1), Decimal(1), Decimal(1)], 2)
    [Decimal('33.33'), Decimal('33.34'), Decimal('33.33')]
    """
    total = sum(weights, Decimal(0))
    if not total:
        return [whole if nth == 0 else Decimal(0) for nth in range(len(weights))]
    shares, until, given = [], Decimal(0), Decimal(0)
    for weight in weights:
        until += weight
        here = round_to(whole * until / total, places)
        shares.append(here - given)
        given = here
    return shares


def show(value: Decimal, currency: str) -> str:
    """Write an amount for a person: code, thousands separators, the currency's own digits.

    Digits beyond the currency's own are shown rather than rounded away.

    Examples
    --------
    >>> show(Decimal("1200"), "MXN"), show(Decimal("-5"), "JPY")
    ('MXN 1,200.00', 'JPY -5')
    """
    places = max(digits(currency), -int(value.normalize().as_tuple().exponent))
    return f"{currency} {value:,.{places}f}"
