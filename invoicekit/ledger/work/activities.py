"""Activities: work as it is noted, changed, moved and given up."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from os import PathLike
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from invoicekit.errors import InvalidValue
from invoicekit.ledger.part import clean
from invoicekit.ledger.parties.customers import Customers, Which
from invoicekit.ledger.work import converting, wip
from invoicekit.ledger.work.categories import Categories
from invoicekit.ledger.work.group_actions import GroupActions
from invoicekit.ledger.work.matters import Matters
from invoicekit.ledger.work.noting import complete_or_refuse, names, write_new
from invoicekit.ledger.work.users import Users
from invoicekit.schema import TABLES
from invoicekit.store import Operation, frame
from invoicekit.store.frames import rows_of

if TYPE_CHECKING:
    import pandas as pd


__all__ = ["Activities"]

_DECIDED = {
    "rate_from",
    "tax_from",
    "billed_by_hand",
    "invoice",
    "written_off_on",
    "write_off_reason",
    "source",
    "external_id",
}
# What an amount is worked out from, and what a rate may come from.
_MAKES_AMOUNT = {"worked", "billed", "quantity", "rate", "kind"}
_SAYS_RATE = {"worked_by", "customer", "category", "kind"}


class Activities(GroupActions):
    """The activities of a book: time, services, expenses and disbursements."""

    def add(self, matter: Which | None = None, kind: str | None = None, **fields: Any) -> int:
        """Note work and return its id.

        Parameters
        ----------
        matter
            Its id, number or title. Where only a ``customer`` is given, the one open matter of that customer.
        kind
            ``time``, ``service``, ``expense`` or ``disbursement``: its category's unless given, else time.
        **fields
            For all: ``date`` (today unless given), ``description``, ``worked_by`` (a user; whoever has the book open unless
            given, where they are one), ``customer`` (one of the clients of the matter), ``category``, ``billable``, ``tax_rate``.
            Time: ``worked``, as ``"1.5"`` (hours), ``"1h30"``, ``"90 min"`` or ``"01:30"``; ``billed``, the same rounded up to the
            step of the matter or the book unless given; ``rate``, the price of an hour: the category's, the matter's, the
            customer's, the user's or the book's unless given, the first of these there is.
            Service: ``quantity`` and ``rate``. Expense: ``amount``, what it cost the firm. Disbursement: ``amount``, what was
            ``paid_to`` a third party for the customer, and its ``receipt``; it stands outside the taxable base unless
            ``taxable``.

        Raises
        ------
        NotFound
            If there is no such matter, user, customer or category.
        MatterClosed
            If the matter is closed.
        InvalidValue
            Without what its kind needs, for a duration or an amount that is not positive, or a client who is not the matter's.
        PeriodLocked
            If its date is not after the book's lock date.

        Examples
        --------
        >>> import invoicekit as ik, tempfile, pathlib
        >>> book = ik.open(pathlib.Path(tempfile.mkdtemp()) / "acme.duckdb")
        >>> matter = book.matters.open("Trade mark 2026", rate="180")
        >>> call = book.activities.add(matter, worked="1h20", description="Call", date="2026-01-05")
        >>> book.activities.get(call)["amount"]
        Decimal('240.0000')
        """
        with self.store.operation("record activity") as op:
            if matter is None and fields.get("customer") is not None:
                matter = Matters(self._hold).only_open(fields["customer"])
            row = self._resolved({**fields, "matter": matter, "kind": kind})
            row["worked_by"] = Users(self._hold).whose(fields.get("worked_by"))
            row["date"] = row.get("date") or op.today
            self._stage(op, {**row, "id": None})
            complete_or_refuse(op, self._currency)
            made = int(write_new(op, self._currency)["id"][0].as_py())
            op.summary = f"{row.get('kind') or 'time'}: {row.get('description') or 'noted'}"
            return made

    def from_record(
        self,
        record: Mapping[str, Any] | str | PathLike[str],
        matter: Which | None = None,
        *,
        key: str | None = None,
        **fields: Any,
    ) -> int:
        """Note an appointment, a task or an e-mail as an activity, and return its id; each can be converted once.

        Its day, length and subject are carried over.

        Parameters
        ----------
        record
            A calendar file (.ics) or an e-mail (.eml), or a dict with ``subject`` and ``date``, and ``kind``, ``length``
            and ``key`` where they are known.
        matter
            What it was for.
        key
            Which of the appointments of a file is meant, as `records` lists them.
        **fields
            Further fields of the activity, before those of the record; an e-mail needs ``worked``.

        Raises
        ------
        InvalidValue
            If it was converted already, does not say how long it took, or the file is no calendar and no e-mail.
        NotFound
            If the file holds no such record.

        Examples
        --------
        >>> import invoicekit as ik, tempfile, pathlib
        >>> book = ik.open(pathlib.Path(tempfile.mkdtemp()) / "acme.duckdb")
        >>> matter = book.matters.open("Lease", rate="200")
        >>> done = {"subject": "Draft the lease", "date": "2026-01-05", "length": "45 min"}
        >>> book.activities.get(book.activities.from_record(done, matter))["amount"]
        Decimal('150.0000')
        """
        with self.store.operation("convert record") as op:
            told = converting.meant(self.store, record, key)
            made = self.add(matter, **converting.noted(told, fields))
            op.update("activities", [{"id": made, "source": told.kind, "external_id": told.key}])
            op.kind, op.summary = "convert record", f"{told.kind}: {told.subject}"
            return made

    def records(self, path: str | PathLike[str], *, until: date | str | None = None) -> pd.DataFrame:
        """List the appointments and tasks of a calendar file, or the e-mail of a file, oldest first.

        Parameters
        ----------
        until
            The last day; today unless given. Every time of a series is listed.

        Returns
        -------
        pandas.DataFrame
            ``kind``, ``key``, ``date``, ``subject``, ``minutes``, and ``activity``, the one it was converted into.
        """
        return frame(converting.listed(self.store, path, until))

    def change(self, activity: int, **fields: Any) -> None:
        """Change fields of an activity; a field set to None is emptied, or works itself out again.

        Its billed time follows what was worked until somebody says otherwise; its amount follows time, quantity and rate;
        its rate follows user, customer and category unless it was given. `transfer` gives it another matter.

        Raises
        ------
        ActivityTaken
            If a draft reserves it, an invoice bills it, or it was written off.
        InvalidValue, NotFound, PeriodLocked
            As for `add`.
        """
        with self.store.operation("change activity") as op:
            held = self.get(activity)
            if "matter" in fields:
                raise InvalidValue("The matter of an activity is not changed by hand: use transfer, which dates it.")
            self._choose(op, held["id"])
            given = self._resolved(fields)
            self._stage(op, {**held, **given, **self._to_work_out(held, given)})
            complete_or_refuse(op, self._currency)
            op.update("activities", op.arrow(f"select {names()} from completed_activities"))
            wip.post(op, "edited", [held["id"]], self._currency)
            op.summary = f"changed activity {held['id']}: {', '.join(fields)}"

    def _resolved(self, fields: Mapping[str, Any]) -> dict[str, Any]:
        """Return fields in the form the registry stores, names of other records replaced by their numbers."""
        given = dict(fields)
        named: dict[str, Callable[[Any], Any]] = {
            "matter": Matters(self._hold).get,
            "customer": Customers(self._hold).get,
            "category": Categories(self._hold).in_use,
            "worked_by": Users(self._hold).in_use,
        }
        if unknown := sorted(given.keys() & _DECIDED):
            raise InvalidValue(f"{', '.join(unknown)} of an activity cannot be given: what happens to it decides that.")
        references = {name: given.pop(name) for name in named.keys() & given.keys()}
        row = clean("activities", given)
        return row | {
            name: named[name](value)["id"] if value is not None else None for name, value in references.items()
        }

    def _to_work_out(self, held: Mapping[str, Any], given: Mapping[str, Any]) -> dict[str, Any]:
        """Return the fields of a changed activity that are worked out anew, as nothing."""
        blank: dict[str, Any] = {}
        changed = {name for name, value in given.items() if value != held[name]}
        timed = (given.get("kind") or held["kind"]) == "time"
        if not timed and "kind" in changed:
            blank |= {"worked": given.get("worked"), "billed": given.get("billed")}
        elif "billed" in given:
            blank["billed_by_hand"] = given["billed"] is not None
        elif "worked" in changed and not held["billed_by_hand"]:
            blank["billed"] = None
        if "rate" in given:
            blank["rate_from"] = None
        elif changed & _SAYS_RATE and held["rate_from"] not in (None, "given"):
            blank |= {"rate": None, "rate_from": None}
        if "tax_rate" in given:
            blank["tax_from"] = None
        elif changed & _SAYS_RATE and held["tax_from"] not in (None, "given"):
            blank |= {"tax_rate": None, "tax_from": None}
        if "kind" in changed and "taxable" not in given:
            blank["taxable"] = None
        after = {**held, **given}
        has_rate = after["rate"] is not None or "rate" in given or "rate" in blank
        is_made = (timed or after["kind"] == "service" or after["quantity"] is not None) and has_rate
        if "amount" not in given and is_made and ((changed & _MAKES_AMOUNT) or "rate" in blank or "billed" in blank):
            blank["amount"] = None
        return blank

    @staticmethod
    def _stage(op: Operation, row: Mapping[str, Any]) -> None:
        staged = rows_of(
            "activities", [{name: value for name, value in row.items() if name in TABLES["activities"].names}]
        )
        op.stage("incoming_activities", staged.append_column("row", pa.array([1], pa.int64())))
