"""Money is exact: Decimal in, Decimal out, rounded half up to the currency's digits."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from invoicekit import money
from invoicekit.book import Book
from invoicekit.errors import InvalidValue

amounts = st.decimals(min_value=-(10**12), max_value=10**12, places=6, allow_nan=False)


@pytest.mark.parametrize(("code", "places"), [("EUR", 2), ("JPY", 0), ("TND", 3), ("CLF", 4), ("XXX", 2)])
def test_digits_follow_iso_4217(code: str, places: int) -> None:
    assert money.digits(code) == places


@pytest.mark.parametrize("value", [0.1, 1e3, True, None, "1,5", "abc", "", "NaN", "Infinity", "1.00001", "1e15"])
def test_what_is_no_exact_amount_is_refused(value: object) -> None:
    with pytest.raises(InvalidValue):
        money.amount(value)  # type: ignore[arg-type]


def test_a_float_is_told_what_to_give_instead() -> None:
    with pytest.raises(InvalidValue, match='500.1 is a float.*Give a Decimal, an int or a text such as "500.1"'):
        money.amount(500.1)  # type: ignore[arg-type]


@given(amounts, st.integers(0, 4))
def test_rounding_is_half_away_from_zero(value: Decimal, places: int) -> None:
    assert money.round_to(value, places) == value.quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP)


@pytest.mark.parametrize("currency", ["EUR", "JPY", "TND", "CLF"])
def test_the_engine_rounds_as_money_does(book: Book, currency: str) -> None:
    values = [
        Decimal(n) / 100000 for n in (*range(-250, 251, 7), 12345, 50000, 150000, 249999, 5, 15, 50, 150, 500, 1500)
    ]
    rows = book._store.rows(
        "select value, rounded(value, $currency) as rounded from (select unnest($values)::decimal(38, 8) as value)",
        values=values,
        currency=currency,
    )
    assert len(rows) == len(values)
    for row in rows:
        assert row["rounded"] == money.round_to(row["value"], money.digits(currency)), row


def test_amounts_are_shown_with_their_currencys_digits_and_never_rounded_away() -> None:
    assert money.show(Decimal("1200.0000"), "MXN") == "MXN 1,200.00"
    assert money.show(Decimal(1200), "JPY") == "JPY 1,200"
    assert money.show(Decimal("0.0050"), "EUR") == "EUR 0.005"
