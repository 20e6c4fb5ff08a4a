"""Dates people write, and the due dates that terms make of them."""

from __future__ import annotations

import calendar
import re
from datetime import UTC, date, datetime, time, timedelta

from invoicekit.errors import InvalidValue

__all__ = ["due_date", "is_terms", "moment", "to_date"]

_TERMS = re.compile(r"DUE_ON_RECEIPT|NET_(?P<net>\d{1,3})|END_OF_MONTH_(?P<eom>\d{1,3})")


def to_date(value: date | str) -> date:
    """Return a date from a date, a moment or ISO text.

    Raises
    ------
    InvalidValue
        For text that is not of the form ``2026-11-03``.

    Examples
    --------
    >>> to_date("2026-11-03")
    datetime.date(2026, 11, 3)
    """
    if isinstance(value, date) and value != value:  # noqa: PLR0124 - the day that is none, of a frame
        raise InvalidValue("A date is missing: the day that was given is none.")
    if isinstance(value, datetime):
        return value.date()
    if isinstance(value, date):
        return value
    try:
        return date.fromisoformat(value)
    except (TypeError, ValueError):
        raise InvalidValue(f'"{value}" is not a date. Write year, month, day, as in "2026-11-03".') from None


def moment(value: datetime | date | str) -> datetime:
    """Return a recorded moment as naive UTC.

    A date alone means the end of that day here, so that ``known_at="2026-11-02"`` includes
    everything recorded on 2 November. A time without zone is local time.

    Raises
    ------
    InvalidValue
        For text that is neither an ISO date nor an ISO moment.

    Examples
    --------
    >>> moment("2026-11-02T12:00:00+00:00")
    datetime.datetime(2026, 11, 2, 12, 0)
    """
    if not isinstance(value, str | date):
        raise InvalidValue(f"{value!r} is not a moment. Give a date, a date and time, or the number of an operation.")
    if isinstance(value, str):
        try:
            value = date.fromisoformat(value) if len(value) == 10 else datetime.fromisoformat(value)
        except ValueError:
            raise InvalidValue(f'"{value}" is not a moment. Write "2026-11-02" or "2026-11-02 17:30".') from None
    if not isinstance(value, datetime):
        value = datetime.combine(value, time.max)
    try:
        return value.astimezone(UTC).replace(tzinfo=None)
    except (OverflowError, ValueError):
        # The first and the last day there are.
        return value.replace(tzinfo=None)


def is_terms(text: str) -> bool:
    """Say whether a text names payment terms: ``NET_30``, ``DUE_ON_RECEIPT``, ``END_OF_MONTH_15``.

    Examples
    --------
    >>> is_terms("NET_30"), is_terms("soon")
    (True, False)
    """
    return _TERMS.fullmatch(text) is not None


def due_date(issued: date, terms: str | None) -> date:
    """Return the day an invoice falls due.

    ``NET_n`` is n days after the invoice date; ``END_OF_MONTH_n`` is n days after the end of
    the invoice's month; ``DUE_ON_RECEIPT``, or no terms, is the invoice date itself.

    Raises
    ------
    InvalidValue
        For terms of another form.

    Examples
    --------
    >>> due_date(date(2026, 1, 10), "NET_30"), due_date(date(2026, 1, 10), "END_OF_MONTH_15")
    (datetime.date(2026, 2, 9), datetime.date(2026, 2, 15))
    """
    if terms is None:
        return issued
    match = _TERMS.fullmatch(terms)
    if match is None:
        raise InvalidValue(f'"{terms}" are not terms. Write NET_30, END_OF_MONTH_15 or DUE_ON_RECEIPT.')
    if issued.year > 9990:
        raise InvalidValue(f"{issued} is too far off: no terms lead from it. Correct the date.")
    if match["net"]:
        return issued + timedelta(days=int(match["net"]))
    if match["eom"]:
        last = calendar.monthrange(issued.year, issued.month)[1]
        return issued.replace(day=last) + timedelta(days=int(match["eom"]))
    return issued
