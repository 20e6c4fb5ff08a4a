"""Appointments, tasks and e-mails that become activities, each once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from os import PathLike
from typing import Any

import pyarrow as pa

from invoicekit import durations
from invoicekit.dates import to_date
from invoicekit.errors import InvalidValue, NotFound
from invoicekit.records import KINDS, Record, read_records
from invoicekit.store import Store

__all__ = ["listed", "meant", "noted"]

_LISTED = pa.schema(
    {
        "kind": pa.string(), "key": pa.string(), "date": pa.date32(), "subject": pa.string(), "minutes": pa.int64(),
        "activity": pa.int64(),
    }
)  # fmt: skip
_TOLD = ("kind", "key", "subject", "date", "length")


def listed(store: Store, path: str | PathLike[str], until: date | str | None) -> pa.Table:
    """Return what a file holds, each with the activity it was converted into, if any."""
    held = read_records(path, to_date(until) if until else store.today)
    known = _converted(store, [record.key for record in held])
    rows = [
        {
            "kind": record.kind, "key": record.key, "date": record.date, "subject": record.subject,
            "minutes": record.length // timedelta(minutes=1) if record.length is not None else None,
            "activity": known.get(record.key),
        }
        for record in held
    ]  # fmt: skip
    return pa.Table.from_pylist(rows, schema=_LISTED)


def meant(store: Store, given: Mapping[str, Any] | str | PathLike[str], key: str | None) -> Record:
    """Return the record that is to be converted.

    Raises
    ------
    InvalidValue
        If it was converted already, or several are meant.
    NotFound
        If there is none.
    """
    if not isinstance(given, Mapping | str | PathLike):
        raise InvalidValue(f"{given!r} is no record. Give a file (.ics, .eml), or a dict with subject and date.")
    told = _of_dict(given) if isinstance(given, Mapping) else _of_file(given, key, store.today)
    for held in _converted(store, [told.key]).values():
        raise InvalidValue(
            f'The {told.kind} "{told.subject}" of {told.date} was converted already, into activity {held}. '
            "Remove that activity first if it was a mistake; another record of that name needs a key of its own."
        )
    return told


def noted(record: Record, fields: Mapping[str, Any]) -> dict[str, Any]:
    """Return the fields of the activity a record becomes; what is given besides comes first.

    Raises
    ------
    InvalidValue
        If nothing says how long it took.
    """
    is_time = (fields.get("kind") or "time") == "time"
    if is_time and record.length is None and fields.get("worked") is None:
        raise InvalidValue(
            f'The {record.kind} "{record.subject}" of {record.date} does not say how long it took. Give worked=, as "30 min".'
        )
    length = {"worked": record.length} if is_time else {}
    return {"kind": "time", "description": record.subject or None, "date": record.date, **length, **fields}


def _of_file(path: str | PathLike[str], key: str | None, today: date) -> Record:
    held: Sequence[Record] = read_records(path, today)
    if key is not None:
        held = [record for record in held if record.key == key]
    if not held:
        which = f' with the key "{key}"' if key is not None else ""
        raise NotFound(
            f"{path} holds no appointment, task or e-mail{which} up to today. book.activities.records lists what it holds."
        )
    if len(held) > 1:
        raise InvalidValue(
            f"{path} holds {len(held):,} appointments or tasks. Say by key= which one is meant: "
            "book.activities.records lists them."
        )
    return held[0]


def _of_dict(given: Mapping[str, Any]) -> Record:
    unknown = sorted(given.keys() - set(_TOLD))
    if unknown or not given.get("subject") or given.get("date") is None:
        raise InvalidValue(
            f"A record has a subject and a date, and may have a {', '.join(_TOLD)}"
            + (f"; not {', '.join(unknown)}." if unknown else ".")
        )
    day, kind, subject, length = to_date(given["date"]), given.get("kind", "task"), str(given["subject"]), None
    if kind not in KINDS:
        raise InvalidValue(f'A record is one of {", ".join(KINDS)}, not "{kind}".')
    if given.get("length") is not None:
        length = timedelta(microseconds=int(durations.seconds(given["length"]) * 10**6))
    return Record(kind, str(given.get("key") or f"{subject} {day}"), subject, day, length)


def _converted(store: Store, keys: Sequence[str]) -> dict[str, int]:
    """Return the activities that records were converted into, by the key of the record."""
    found = store.rows(
        "select external_id, id from activities where source in $kinds and external_id in $keys",
        kinds=[*KINDS],
        keys=[*keys, ""],
    )
    return {row["external_id"]: row["id"] for row in found}
