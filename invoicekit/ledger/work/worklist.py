"""Looking activities up: one, some, what may be changed of them."""

from __future__ import annotations

import operator
from collections.abc import Iterable
from datetime import date
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from invoicekit.dates import to_date
from invoicekit.errors import ActivityTaken, InvalidValue, NotFound
from invoicekit.ledger.part import Part, statement
from invoicekit.ledger.parties.customers import Customers, Which
from invoicekit.ledger.work.matters import Matters
from invoicekit.ledger.work.users import Users
from invoicekit.schema import TABLES
from invoicekit.store import Operation, Pages, frame

if TYPE_CHECKING:
    import pandas as pd

    Some = int | Iterable[int] | pd.DataFrame

__all__ = ["Worklist"]

_STATES = ("unbilled", "reserved", "billed", "written_off", "not_billable")


class Worklist(Part):
    """What can be asked about activities."""

    def get(self, activity: int) -> dict[str, Any]:
        """Return an activity's fields; ``worked`` and ``billed`` are seconds.

        Raises
        ------
        NotFound
            If there is none with this id.
        """
        known = not isinstance(activity, bool) and hasattr(activity, "__index__")
        by_id = "select * exclude (operation) from activities where id = $id"
        found = self.store.rows(by_id, id=operator.index(activity)) if known else []
        if not found:
            raise NotFound(
                f"There is no activity {activity!r}; it is named by its id. book.activities.list() shows them all."
            )
        return found[0]

    def list(
        self,
        matter: Which | None = None,
        *,
        customer: Which | None = None,
        worked_by: Which | None = None,
        kind: str | None = None,
        state: str | None = None,
        since: date | str | None = None,
        until: date | str | None = None,
    ) -> pd.DataFrame:
        """Return activities, newest first.

        Parameters
        ----------
        matter, customer, worked_by, kind
            Only those; a customer's are also those of its matters that name no client.
        state
            ``unbilled``, ``reserved`` (by a draft), ``billed``, ``written_off`` or ``not_billable``.
        since, until
            First and last day of the work.

        Returns
        -------
        pandas.DataFrame
            One row each; times are hours, amounts in the currency of the matter.
        """
        asked = self._asked(matter, customer, worked_by, kind, state, since, until)
        return frame(self.store.arrow(statement("activities_listed"), **asked))

    def pages(
        self,
        matter: Which | None = None,
        *,
        customer: Which | None = None,
        worked_by: Which | None = None,
        kind: str | None = None,
        state: str | None = None,
    ) -> Pages:
        """Return the rows of `list` for a screen that shows a window of them."""
        searched = ("matter", "customer", "worked_by", "kind", "category", "description", "invoice_number")
        asked = self._asked(matter, customer, worked_by, kind, state, None, None)
        return Pages(self.store, statement("activities_listed"), searched, **asked)

    def _asked(
        self, matter: Which | None, customer: Which | None, worked_by: Which | None, kind: str | None, state: str | None,
        since: date | str | None, until: date | str | None,
    ) -> dict[str, Any]:  # fmt: skip
        """Return what the list is told."""
        for value, choices in ((kind, TABLES["activities"].field("kind").choices), (state, _STATES)):
            if value is not None and (not isinstance(value, str) or value not in choices):
                raise InvalidValue(f'Activities are not listed by "{value}". There are: {", ".join(choices)}.')
        return {
            "kind": kind,
            "state": state,
            "matter": Matters(self._hold).get(matter)["id"] if matter is not None else None,
            "customer": Customers(self._hold).get(customer)["id"] if customer is not None else None,
            "worked_by": Users(self._hold).get(worked_by)["id"] if worked_by is not None else None,
            "since": to_date(since) if since else None,
            "until": to_date(until) if until else None,
        }

    @staticmethod
    def stage_ids(op: Operation, activities: Some) -> None:
        """Stage the ids of one activity, of several, or of the rows of a frame, as ``chosen_ids``."""
        op.stage("chosen_ids", pa.table({"id": _ids(activities)}))

    def _choose(self, op: Operation, activities: Some, unless: str = "activities_taken") -> pa.Table:
        """Stage those of some activities that may be changed as ``chosen_activities``, and return the others with the reason.

        Parameters
        ----------
        unless
            The statement that says which may not.

        Raises
        ------
        NotFound
            If one of them does not exist.
        ActivityTaken
            If none of them may be changed.
        """
        self.stage_ids(op, activities)
        op.derive("chosen_activities", "select distinct id from chosen_ids")
        held, chosen = (
            op.rows(f"select count(*) as n from {where}")[0]["n"]
            for where in ("activities where id in (select id from chosen_activities)", "chosen_activities")
        )
        if held < chosen or not chosen:
            unknown = "select id from chosen_activities where id not in (select id from activities) order by id limit 3"
            missing = op.rows(unknown)
            if not missing:
                raise NotFound("Nothing was chosen: no activity is named. book.activities.list() shows them all.")
            named = ", ".join(str(row["id"]) for row in missing)
            raise NotFound(f"There is no activity {named}. book.activities.list() shows them all.")
        taken = op.arrow(statement(unless))
        op.stage("taken_activities", taken)
        op.derive(
            "chosen_activities",
            "select id from chosen_activities where id not in (select activity from taken_activities)",
        )
        if not op.rows("select id from chosen_activities limit 1"):
            first = taken.slice(0, 5).to_pylist()
            more = f"; and {taken.num_rows - 5:,} more" if taken.num_rows > 5 else ""
            told = "; ".join(row["reason"] for row in first)
            raise ActivityTaken(f"This cannot be changed: {told}{more}. To change it, {first[0]['hint']}.")
        return taken.select(["activity", "reason"])


def _ids(activities: Any) -> pa.Array:
    """Return the ids of one activity, of several, or of the rows of a frame that `list` gave."""
    given = activities
    if hasattr(activities, "columns"):
        given = activities["id"] if "id" in activities.columns else None
    if not isinstance(given, Iterable):
        given = [given]
    try:
        return pa.array([_index(one) for one in given], pa.int64())
    except (TypeError, OverflowError):
        raise InvalidValue(
            f"{activities!r} are no activities. Give an id, several, or rows of book.activities.list()."
        ) from None


def _index(one: Any) -> int:
    if isinstance(one, bool):
        raise TypeError(one)
    return operator.index(one)
