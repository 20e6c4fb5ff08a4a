"""What is done to several activities at once, with the same result as one by one."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from invoicekit.dates import to_date
from invoicekit.errors import ActivityTaken, InvalidValue, PeriodLocked
from invoicekit.ledger.locks import must_leave_locked_days
from invoicekit.ledger.part import clean, statement
from invoicekit.ledger.parties.customers import Customers, Which
from invoicekit.ledger.settings import Settings
from invoicekit.ledger.work.matters import Matters
from invoicekit.ledger.work.noting import (
    FOLLOWS,
    Changed,
    complete_or_refuse,
    names,
    retaxed,
    reworked,
    rewrite,
    write_new,
)
from invoicekit.ledger.work.worklist import Worklist
from invoicekit.store import Operation, frame

if TYPE_CHECKING:
    from invoicekit.ledger.work.worklist import Some

__all__ = ["GroupActions"]


class GroupActions(Worklist):
    """What can be done to activities, one, several or all.

    Those that a draft or an invoice holds are left as they are and named; of the rest all are changed, or none.
    """

    def set_client(self, activities: Some, customer: Which | None) -> Changed:
        """Say for which client of their matter activities were done; None for none in particular.

        Rates, of money and of tax, that nobody gave by hand are worked out anew.

        Returns
        -------
        Changed
            Those that a draft or an invoice holds are left as they are and named; of the rest all are changed, or none.

        Raises
        ------
        InvalidValue
            If the customer is no client of the matter of one of them.
        ActivityTaken
            If none of them may be changed.
        """
        which = Customers(self._hold).get(customer)["id"] if customer is not None else None
        is_other = "customer is distinct from $which::bigint"
        follows = reworked(f"{FOLLOWS} and {is_other}") | retaxed(is_other)
        return self._edit("set client", activities, {"customer": "$which::bigint", **follows}, which=which)

    def set_billable(self, activities: Some, billable: bool = True) -> Changed:
        """Say whether activities may reach an invoice; what may not is no work in progress.

        Returns
        -------
        Changed
            As for `set_client`.
        """
        said = clean("activities", {"billable": billable})["billable"]
        if said is None:
            raise InvalidValue("Nothing says whether they are billable. Give True or False.")
        return self._edit("set billable", activities, {"billable": "$billable"}, billable=said)

    def rerate(self, activities: Some, rate: Decimal | int | str | None = None) -> Changed:
        """Give time and services another rate: the one given, or the one that holds now where nobody gave one by hand.

        Returns
        -------
        Changed
            As for `set_client`.
        """
        price = clean("activities", {"rate": rate})["rate"]
        if price is None:
            return self._edit("re-rate", activities, reworked(FOLLOWS))
        priced = "kind in ('time', 'service')"
        given = {"rate": f"case when {priced} then $rate::decimal(18, 6) else rate end"}
        return self._edit("re-rate", activities, reworked(priced) | given, rate=price)

    def transfer(self, activities: Some, to: Which, *, on: date | str | None = None) -> Changed:
        """Move unbilled work to another matter, with its rates and amounts as they are; a tax rate that nobody gave follows.

        Parameters
        ----------
        to
            The other matter. A client of the work who is none of its clients is left behind, and the result says so.
        on
            Business date; today unless given. Work in progress as of an earlier day stands where it stood.

        Returns
        -------
        Changed
            As for `set_client`.

        Raises
        ------
        MatterClosed
            If the other matter is closed.
        InvalidValue
            If it is in another currency, or the day is before the work.
        ActivityTaken
            If none of them may be moved.
        """
        matter = Matters(self._hold).get(to)
        clients = Matters(self._hold).clients(matter["id"])["id"].tolist()
        with self.store.operation("transfer activities") as op:
            refused = self._choose(op, activities)
            self._must_share_currency(op, matter)
            lost = op.rows(
                "select count(*) as n from activities where id in (select id from chosen_activities) "
                "and customer is not null and customer not in $clients",
                clients=[*clients, 0],
            )[0]["n"]
            there = {"matter": "$matter::bigint", "customer": "case when customer in $clients then customer end"}
            if op.rows(
                "select id from activities where id in (select id from chosen_activities) "
                "and coalesce(tax_from, 'given') <> 'given' limit 1"
            ):
                there |= retaxed("true")
            day = to_date(on) if on else op.today
            done = self._rewrite(op, refused, "transferred", there, day=day, matter=matter["id"], clients=[*clients, 0])
            op.summary = f"{len(done):,} activities to {matter['title']}"
            note = f"{lost:,} had a client who is none of {matter['title']}: it is left out there." if lost else ""
            return Changed(done.ids, done.refused, note)

    def duplicate(self, activities: Some, *, date: date | str | None = None) -> Changed:
        """Note unbilled work once more, with a new number and today's date unless another one is given.

        Returns
        -------
        Changed
            Its ``ids`` are those of the new ones.
        """
        with self.store.operation("duplicate activities") as op:
            refused = self._choose(op, activities)
            op.derive(
                "incoming_activities",
                f"select id as row, {names()} from activities where id in (select id from chosen_activities)",
            )
            again = "null as id, null as source, null as external_id, $day::date as date"
            op.derive(
                "incoming_activities",
                f"select * replace ({again}) from incoming_activities order by row",
                day=to_date(date) if date else op.today,
            )
            complete_or_refuse(op, self._currency)
            made = write_new(op, self._currency)["id"].to_pylist()
            op.summary = f"{len(made):,} activities noted again"
            return Changed(made, frame(refused))

    def remove(self, activities: Some) -> Changed:
        """Take out work that is not billed, as if it had never been noted; undo brings it back.

        Returns
        -------
        Changed
            As for `set_client`.

        Raises
        ------
        PeriodLocked
            If one of them was done on a locked day: write it off instead.
        ActivityTaken
            If an issued invoice names one of them, though a credit note freed it: write it off instead.
        """
        with self.store.operation("remove activities") as op:
            refused = self._choose(op, activities)
            for row in op.rows(statement("activities_kept")):
                raise (PeriodLocked if row["code"] == "locked" else ActivityTaken)(row["problem"])
            ids = [row["id"] for row in op.rows("select id from chosen_activities order by id")]
            posted = op.rows("select id from wip_entries where activity in (select id from chosen_activities)")
            op.delete("wip_entries", [row["id"] for row in posted])
            op.delete("activities", ids)
            must_leave_locked_days(op, "The work cannot be taken out", PeriodLocked)
            op.summary = f"{len(ids):,} activities"
            return Changed(ids, frame(refused))

    def write_off(self, activities: Some, reason: str, *, on: date | str | None = None) -> Changed:
        """Give work up: it leaves work in progress on a day, and is never billed.

        Parameters
        ----------
        reason
            Why; it is kept.
        on
            Business date; today unless given.

        Returns
        -------
        Changed
            As for `set_client`.
        """
        why = clean("activities", {"description": reason})["description"]
        if why is None:
            raise InvalidValue("A write-off needs a reason. Say why.")
        with self.store.operation("write off work") as op:
            refused = self._choose(op, activities)
            day = to_date(on) if on else op.today
            given_up = {"written_off_on": "$day::date", "write_off_reason": "$why"}
            done = self._rewrite(op, refused, "written_off", given_up, day=day, why=why)
            op.summary = f"{len(done):,} activities: {why}"
            return done

    def restore(self, activities: Some, *, on: date | str | None = None) -> Changed:
        """Take a write-off back, on a day of its own: the work is work in progress again.

        Raises
        ------
        ActivityTaken
            If none of them was written off; where some were not, they are left as they are and named.
        """
        with self.store.operation("restore work") as op:
            refused = self._choose(op, activities, "activities_not_given_up")
            back = {"written_off_on": "null::date", "write_off_reason": "null::varchar"}
            done = self._rewrite(op, refused, "restored", back, day=to_date(on) if on else op.today)
            op.summary = f"{len(done):,} activities"
            return done

    @property
    def _currency(self) -> str:
        return Settings(self._hold).currency

    def _edit(self, what: str, activities: Some, changes: Mapping[str, str], **parameters: Any) -> Changed:
        with self.store.operation(what) as op:
            done = self._rewrite(op, self._choose(op, activities), "edited", changes, **parameters)
            op.summary = f"{len(done):,} activities"
            return done

    def _rewrite(
        self, op: Operation, refused: pa.Table, event: str, changes: Mapping[str, str], **parameters: Any
    ) -> Changed:
        return Changed(rewrite(op, event, changes, self._currency, **parameters), frame(refused))

    def _must_share_currency(self, op: Operation, matter: Mapping[str, Any]) -> None:
        others = op.rows(
            "select matter_name(matters.number, matters.title) as matter, coalesce(matters.currency, $usual) as currency "
            "from activities join matters on matters.id = activities.matter "
            "where activities.id in (select id from chosen_activities) and coalesce(matters.currency, $usual) <> $currency limit 1",
            usual=self._currency,
            currency=matter["currency"] or self._currency,
        )
        for other in others:
            raise InvalidValue(
                f"Work on {other['matter']} is in {other['currency']}, and {matter['title']} in "
                f"{matter['currency'] or self._currency}: amounts are never converted by themselves. "
                "Note the work anew on the other matter, and remove it here."
            )
