"""Appointments, tasks and e-mails from their files: what was done, when, and how long it took."""

from __future__ import annotations

import email
import email.policy
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from email.utils import parsedate_to_datetime
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any

from invoicekit.errors import FileMissing, InvalidValue

if TYPE_CHECKING:
    from icalendar import Calendar

__all__ = ["KINDS", "Record", "read_records"]

# A calendar or a message is small; what is larger is something else.
_LARGEST = 50_000_000
_COMPONENTS = {"VEVENT": "appointment", "VTODO": "task"}
KINDS = (*_COMPONENTS.values(), "email")


@dataclass(frozen=True, slots=True)
class Record:
    """Something that was done, as another program noted it.

    Attributes
    ----------
    kind
        ``appointment``, ``task`` or ``email``.
    key
        What tells it from all others; each time of a series has its own.
    subject
        What it was about.
    date
        The day it began, here.
    length
        How long it took, where that is said.
    """

    kind: str
    key: str
    subject: str
    date: date
    length: timedelta | None = None


def read_records(path: str | PathLike[str], until: date) -> Sequence[Record]:
    """Read the appointments and tasks of a calendar (.ics, RFC 5545) or an e-mail (.eml, RFC 5322), oldest first.

    Parameters
    ----------
    until
        The last day that matters: a series without end goes no further.

    Raises
    ------
    FileMissing
        If there is no such file.
    InvalidValue
        If it is neither, or is damaged.
    """
    where = Path(path)
    if not where.is_file():
        raise FileMissing(f"There is no file {where}. Check the path.")
    if where.stat().st_size > _LARGEST:
        raise InvalidValue(f"{where.name} is larger than any calendar or e-mail: {where.stat().st_size:,} bytes.")
    content = where.read_bytes()
    if content.lstrip(b"\xef\xbb\xbf\r\n ")[:15].upper() == b"BEGIN:VCALENDAR":
        return sorted(_calendar(where.name, content, until), key=lambda record: (record.date, record.key))
    return [_message(where.name, content)]


def _calendar(name: str, content: bytes, until: date) -> Iterator[Record]:
    from icalendar import Calendar

    try:
        calendar = Calendar.from_ical(content)
        yield from _occurrences(calendar, until)
    except (ValueError, KeyError, TypeError, IndexError) as error:
        raise InvalidValue(f"{name} cannot be read as a calendar: {error}. Export it anew.") from error


def _occurrences(calendar: Calendar, until: date) -> Iterator[Record]:
    import recurring_ical_events

    repeated = {str(one.get("UID")) for one in calendar.walk() if {"RRULE", "RDATE", "RECURRENCE-ID"} & {*one}}
    found = recurring_ical_events.of(calendar, components=list(_COMPONENTS))
    for component in found.between(date(1990, 1, 1), until + timedelta(days=1)):
        if str(component.get("STATUS", "")).upper() == "CANCELLED":
            continue
        begun = _begun(component)
        nth = f" {component['RECURRENCE-ID'].dt.isoformat()}" if str(component.get("UID")) in repeated else ""
        day = begun.astimezone().date() if isinstance(begun, datetime) else begun
        subject = " ".join(str(component.get("SUMMARY", "")).split())
        key = f"{component.get('UID') or f'{subject} {begun.isoformat()}'}{nth}"
        yield Record(_COMPONENTS[str(component.name)], key, subject, day, _length(component))


def _begun(component: Any) -> Any:
    for name in ("DTSTART", "COMPLETED", "DUE"):
        if name in component:
            return component[name].dt
    raise ValueError(f"{component.get('SUMMARY', 'an entry')} has no day")


def _length(component: Any) -> timedelta | None:
    """Return how long it took; a whole day says nothing of that."""
    begun = _begun(component)
    if not isinstance(begun, datetime):
        return None
    if "DURATION" in component:
        lasted: timedelta = component["DURATION"].dt
        return lasted if lasted > timedelta(0) else None
    for name in ("DTEND", "COMPLETED", "DUE"):
        if name in component and isinstance(component[name].dt, datetime):
            lasted = component[name].dt - begun
            return lasted if lasted > timedelta(0) else None
    return None


def _message(name: str, content: bytes) -> Record:
    message = email.message_from_bytes(content, policy=email.policy.default)
    sent, key = message["Date"], str(message["Message-ID"] or "").strip()
    if not sent or not (message["From"] or message["To"]):
        raise InvalidValue(f"{name} is neither a calendar (.ics) nor an e-mail (.eml). Export it as one of these.")
    try:
        moment = parsedate_to_datetime(str(sent))
    except ValueError:
        raise InvalidValue(f'{name} says it was sent on "{sent}", which is no date.') from None
    subject = " ".join(str(message["Subject"] or "").split())
    return Record("email", key or f"{message['From']} {sent}", subject, moment.astimezone().date())
