"""Durations as people write them: exact, in seconds."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from invoicekit.durations import seconds, show
from invoicekit.errors import InvalidValue


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1.5", 5400), ("1,5", 5400), ("1h30", 5400), ("1 h 30", 5400), ("90 min", 5400), ("01:30", 5400), ("1:30:15", 5415),
        ("1h20", 4800), ("0:20", 1200), ("20m", 1200), ("1 hour 5 minutes", 3900), ("2 heures", 7200), ("1 Std. 10 Min.", 4200),
        ("3 horas", 10800), ("45 s", 45), ("PT1H30M", 5400), ("100:00", 360000), ("1.5h", 5400),
        ("2h5", 7500), ("0.3333", "1199.88"),
    ],
)  # fmt: skip
def test_durations_are_read_as_people_write_them(text: str, expected: int | str) -> None:
    assert seconds(text) == Decimal(expected)


@pytest.mark.parametrize(
    "text", ["", "h", "1:60", "1h 30 20", "abc", "30m1h", "1:2:3:4", "1..5", ":30", "1h100", "--1", "1e3"]
)
def test_what_is_no_duration_is_refused(text: str) -> None:
    with pytest.raises(InvalidValue, match="is not a duration. Write hours as"):
        seconds(text)


@pytest.mark.parametrize("value", [1.5, True, None])
def test_a_float_is_no_exact_duration(value: object) -> None:
    with pytest.raises(InvalidValue, match="cannot hold an exact duration"):
        seconds(value)  # type: ignore[arg-type]


@pytest.mark.parametrize("value", [Decimal("NaN"), 10**9, Decimal("0.00000001")])
def test_what_no_duration_can_be_is_refused(value: Decimal | int) -> None:
    with pytest.raises(InvalidValue, match="out of range|is finer than"):
        seconds(value)


def test_numbers_are_hours_and_intervals_are_exact() -> None:
    assert seconds(2) == 7200
    assert seconds(Decimal("0.25")) == 900
    assert seconds(timedelta(days=1, minutes=1, microseconds=500)) == Decimal("86460.0005")


@given(st.integers(0, 3_000_000))
def test_what_is_shown_is_read_again(whole: int) -> None:
    assert seconds(show(Decimal(whole))) == whole
