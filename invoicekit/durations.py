"""Durations as people write them, in seconds: exact decimals, because 1h20 is no decimal number of hours."""

from __future__ import annotations

import re
from datetime import timedelta
from decimal import Decimal

from invoicekit.errors import InvalidValue

__all__ = ["seconds", "show"]

_HOUR, _MINUTE = 3600, 60
_NUMBER = r"\d+(?:[.,]\d+)?"
_CLOCK = re.compile(r"(?P<hours>\d+):(?P<minutes>[0-5]\d)(?::(?P<seconds>[0-5]\d))?")
# English, French, Spanish and German: 1h30, 1 h 30 min, 90 minutes, 2 heures, 1 Std. 30 Min., 45 s, PT1H30M.
_WORDS = re.compile(
    rf"(?:pt)?(?:(?P<hours>{_NUMBER})(?:h|hrs?|hours?|heures?|horas?|std|stunden?))?"
    rf"(?:(?P<minutes>{_NUMBER})(?:m|min|mins?|minutes?|minutos?|minuten?)|(?P<rest>\d{{1,2}})(?!\d))?"
    rf"(?:(?P<seconds>{_NUMBER})(?:s|sec|secs?|seconds?|secondes?|segundos?|sek|sekunden?))?"
)
_MOST = 9
_LONGEST = Decimal(10) ** _MOST


def seconds(value: Decimal | int | str | timedelta) -> Decimal:
    """Return a duration in seconds, exactly.

    Parameters
    ----------
    value
        A number is hours: ``1.5``, ``"1.5"``, ``"1,5"``. Text may also be ``"1h30"``, ``"90 min"``, ``"1 h 30 min"``,
        ``"01:30"``, ``"01:30:15"`` or ``"PT1H30M"`` (ISO 8601).

    Raises
    ------
    InvalidValue
        For a float, for text that is no duration, and for parts of a second that four decimals do not hold.

    Examples
    --------
    >>> [int(seconds(text)) for text in ("1.5", "1h30", "90 min", "01:30", "1 h 20")]
    [5400, 5400, 5400, 5400, 4800]
    """
    if isinstance(value, timedelta):
        return _sound(value, Decimal(value.days * 86400 + value.seconds) + Decimal(value.microseconds) / 10**6)
    if isinstance(value, bool) or not isinstance(value, Decimal | int | str):
        raise InvalidValue(
            f"{value!r} is a {type(value).__name__}, which cannot hold an exact duration. "
            f'Give a text such as "1.5", "1h30", "90 min" or "01:30".'
        )
    if not isinstance(value, str):
        if isinstance(value, Decimal) and (not value.is_finite() or value.adjusted() > _MOST):
            raise InvalidValue(f"{value} is out of range for a duration.")
        return _sound(value, Decimal(value) * _HOUR)
    spaced = value.strip().lower()
    # "1 30" is no hundred and thirty hours.
    odd = re.search(r"\d\s+\d", re.sub(r"(?<=[a-z])\s+|\s+(?=[a-z])", "", spaced))
    text = "" if odd else re.sub(r"[\s\u00a0\u202f]+|(?<=[a-z])\.", "", spaced)
    if re.fullmatch(rf"-?{_NUMBER}", text):
        return _sound(value, Decimal(text.replace(",", ".")) * _HOUR)
    match = _CLOCK.fullmatch(text) or _WORDS.fullmatch(text)
    parts = match.groupdict() if match else {}
    if not any(parts.values()) or (parts.get("rest") and not parts["hours"]):
        raise InvalidValue(f'"{value}" is not a duration. Write hours as "1.5", or "1h30", "90 min" or "01:30".')
    told = {name: Decimal((text or "0").replace(",", ".")) for name, text in parts.items()}
    minutes = told["minutes"] + told.get("rest", 0)
    return _sound(value, told["hours"] * _HOUR + minutes * _MINUTE + told["seconds"])


def _sound(value: object, exact: Decimal) -> Decimal:
    if not exact.is_finite() or abs(exact) >= _LONGEST:
        raise InvalidValue(f"{value} is out of range for a duration.")
    if exact != exact.quantize(Decimal("0.0001")):
        raise InvalidValue(f"{value} is finer than a ten-thousandth of a second. Round it first.")
    return exact


def show(exact: Decimal) -> str:
    """Write a duration for a person, as hours and minutes, with seconds where there are any.

    Examples
    --------
    >>> show(Decimal(4800)), show(Decimal(45)), show(Decimal(360000))
    ('1:20', '0:00:45', '100:00')
    """
    whole, rest = divmod(abs(exact), _HOUR)
    minutes, odd = divmod(rest, _MINUTE)
    sign = "-" if exact < 0 else ""
    tail = f":{odd.normalize():0>2f}" if odd else ""
    return f"{sign}{int(whole)}:{int(minutes):02}{tail}"
