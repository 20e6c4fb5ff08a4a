"""Dates people write, and the due dates that terms make.

Proves S2.10.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from invoicekit import dates
from invoicekit.errors import InvalidValue


@pytest.mark.parametrize(
    ("issued", "terms", "due"),
    [
        ("2026-01-31", "NET_30", "2026-03-02"),
        ("2024-02-01", "NET_0", "2024-02-01"),
        ("2026-02-10", "END_OF_MONTH_0", "2026-02-28"),
        ("2024-02-10", "END_OF_MONTH_15", "2024-03-15"),
        ("2026-12-31", "END_OF_MONTH_30", "2027-01-30"),
        ("2026-05-05", "DUE_ON_RECEIPT", "2026-05-05"),
        ("2026-05-05", None, "2026-05-05"),
    ],
)
def test_S2_10_terms_make_the_due_date(issued: str, terms: str | None, due: str) -> None:
    assert dates.due_date(date.fromisoformat(issued), terms) == date.fromisoformat(due)


@given(st.dates(date(1990, 1, 1), date(2100, 1, 1)), st.integers(0, 365))
def test_net_terms_are_days(issued: date, days: int) -> None:
    assert dates.due_date(issued, f"NET_{days}") - issued == timedelta(days=days)


@pytest.mark.parametrize("text", ["soon", "NET_", "NET_1000", "END_OF_MONTH", "net_30"])
def test_other_terms_are_refused(text: str) -> None:
    with pytest.raises(InvalidValue, match="NET_30, END_OF_MONTH_15 or DUE_ON_RECEIPT"):
        dates.due_date(date(2026, 1, 1), text)


def test_a_day_as_moment_means_its_end_and_a_zone_is_honoured() -> None:
    end = dates.moment("2026-11-02")
    assert end == datetime(2026, 11, 2, 23, 59, 59, 999999).astimezone().astimezone(UTC).replace(tzinfo=None)
    assert dates.moment("2026-11-02T12:00:00+02:00") == datetime(2026, 11, 2, 10)
    assert dates.moment(date(2026, 11, 2)) == end


@pytest.mark.parametrize("text", ["yesterday", "02/11/2026", "2026-13-01"])
def test_what_is_no_moment_or_date_is_refused(text: str) -> None:
    with pytest.raises(InvalidValue):
        dates.moment(text)
    with pytest.raises(InvalidValue):
        dates.to_date(text)
