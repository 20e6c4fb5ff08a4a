"""Choices that hold for the whole book."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from decimal import Decimal

from invoicekit.dates import to_date
from invoicekit.errors import InvalidValue
from invoicekit.ledger.part import Part, clean
from invoicekit.money import is_currency
from invoicekit.schema import TABLES

__all__ = ["TIME_STEPS", "Settings"]

# Minutes to which billed time may be rounded up; 0 is not at all.
TIME_STEPS = (0, 5, 6, 10, 15)

# How many years ahead a lock date may be.
_FAR = 50


class Settings(Part):
    """The book's settings, read and changed like attributes."""

    @staticmethod
    def must_be_currency(code: str) -> None:
        """Refuse what has not the form of an ISO 4217 code.

        Raises
        ------
        InvalidValue
            With the code that was given.
        """
        if not isinstance(code, str) or not is_currency(code):
            raise InvalidValue(f'"{code}" is not a currency. Write its ISO 4217 code, such as EUR.')

    @property
    def currency(self) -> str:
        """The ISO 4217 code that amounts without a currency are in."""
        return self._held("currency") or "EUR"

    @currency.setter
    def currency(self, code: str) -> None:
        self.must_be_currency(code)
        self._keep("currency", code)

    @property
    def lock_date(self) -> date | None:
        """The last day of the period that is locked: nothing is posted, changed or undone up to it."""
        held = self._held("lock_date")
        return date.fromisoformat(held) if held else None

    @lock_date.setter
    def lock_date(self, day: date | str | None) -> None:
        locked = to_date(day) if day is not None else None
        if locked is not None and locked.year > self.store.today.year + _FAR:
            raise InvalidValue(
                f"lock_date {locked} is too far ahead: nothing could be posted for {_FAR} years. Give an earlier day."
            )
        self._keep("lock_date", locked.isoformat() if locked is not None else None)

    @property
    def hourly_rate(self) -> Decimal | None:
        """The price of an hour, before tax, where neither category, matter, customer nor user says another."""
        held = self._held("hourly_rate")
        return Decimal(held) if held else None

    @hourly_rate.setter
    def hourly_rate(self, rate: Decimal | int | str | None) -> None:
        price = clean("users", {"rate": rate})["rate"]
        self._keep("hourly_rate", str(price) if price is not None else None)

    @property
    def time_step(self) -> int:
        """Minutes to which the billed time of an entry is rounded up, 0 for not at all; a matter may say otherwise."""
        return int(self._held("time_step") or 0)

    @time_step.setter
    def time_step(self, minutes: int) -> None:
        if type(minutes) is not int or minutes not in TIME_STEPS:
            raise InvalidValue(f"time_step is one of {', '.join(map(str, TIME_STEPS))} minutes, not {minutes!r}.")
        self._keep("time_step", str(minutes))

    @property
    def customer_changes(self) -> str:
        """Which invoices show a customer as it is now: ``all``, the ``open`` ones, or ``none``; the others as it was when issued.

        What was issued never changes either way: ``book.invoices.as_issued``.
        """
        return self._held("customer_changes") or "all"

    @customer_changes.setter
    def customer_changes(self, which: str) -> None:
        if which not in ("all", "open", "none"):
            raise InvalidValue(f'customer_changes is all, open or none, not "{which}".')
        self._keep("customer_changes", which)

    @property
    def complete_profile(self) -> tuple[str, ...]:
        """The fields a customer is incomplete without; it can be kept without them, but not be sent a final invoice."""
        held = self._held("complete_profile")
        return tuple(held.split()) if held is not None else ("address", "phone")

    @complete_profile.setter
    def complete_profile(self, fields: Iterable[str] | None) -> None:
        names = [fields] if isinstance(fields, str) else list(fields or ())
        known = [field.name for field in TABLES["customers"].fillable if field.section]
        for name in names:
            if name not in known:
                raise InvalidValue(f'Customers have no field "{name}". The fields are: {", ".join(known)}.')
        self._keep("complete_profile", " ".join(names))

    def _held(self, name: str) -> str | None:
        found = self.store.rows("select value from settings where name = $name", name=name)
        return found[0]["value"] if found else None

    def _keep(self, name: str, value: str | None) -> None:
        with self.store.operation("change setting", f"{name}: {value or 'none'}") as op:
            held = op.rows("select id from settings where name = $name", name=name)
            if held:
                op.update("settings", [{"id": held[0]["id"], "value": value}])
            else:
                op.insert("settings", [{"name": name, "value": value}])
