"""Stopwatches: time is measured in the book, so that neither a restart nor midnight loses any."""

from __future__ import annotations

import operator
from datetime import UTC, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from invoicekit import durations
from invoicekit.errors import InvalidValue, MatterClosed, NotFound, StopwatchRunning
from invoicekit.ledger.part import Part, clean, statement
from invoicekit.ledger.parties.customers import Customers, Which
from invoicekit.ledger.work.activities import Activities
from invoicekit.ledger.work.categories import Categories
from invoicekit.ledger.work.docket import called
from invoicekit.ledger.work.matters import Matters
from invoicekit.ledger.work.users import Users
from invoicekit.store import Operation, frame

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Stopwatches"]


class Stopwatches(Part):
    """The stopwatches of a book: a user measures one thing at a time, and may have others paused.

    Examples
    --------
    >>> import invoicekit as ik, tempfile, pathlib
    >>> book = ik.open(pathlib.Path(tempfile.mkdtemp()) / "acme.duckdb", actor="ann")
    >>> ann, matter = book.users.add("ann", rate="200"), book.matters.open("Lease")
    >>> watch = book.stopwatches.start(matter, description="Reading the lease")
    >>> book.stopwatches.pause()
    >>> book.stopwatches.list()["is_running"].tolist()
    [False]
    """

    def start(
        self,
        matter: Which | None = None,
        *,
        worked_by: Which | None = None,
        customer: Which | None = None,
        category: Which | None = None,
        description: str | None = None,
    ) -> int:
        """Start to measure time, and return the number of the stopwatch.

        Parameters
        ----------
        matter, customer, category, description
            Of the activity it becomes; they may also be given when it is stopped.
        worked_by
            Whose it is; whoever has the book open unless given.

        Raises
        ------
        StopwatchRunning
            If another one of theirs runs.
        MatterClosed
            If the matter is closed.
        NotFound
            If whoever has the book open is no user of it.
        """
        with self.store.operation("start stopwatch") as op:
            user = self._user(worked_by)
            self._must_not_run(op, user)
            of = {
                "matter": self._open_matter(matter) if matter is not None else None,
                "customer": Customers(self._hold).get(customer)["id"] if customer is not None else None,
                "category": Categories(self._hold).in_use(category)["id"] if category is not None else None,
                "description": clean("activities", {"description": description})["description"],
            }
            begun = {"worked_by": user["id"], "date": op.today, "running_since": op.moment, "counted": Decimal(0)}
            op.summary = f"{user['name']}: {of['description'] or 'started'}"
            return op.insert("stopwatches", [{**of, **begun}])[0]

    def pause(self, stopwatch: int | None = None) -> None:
        """Stop counting for a while.

        Parameters
        ----------
        stopwatch
            Its number; the one that runs, of whoever has the book open, unless given.

        Raises
        ------
        NotFound
            If none runs.
        """
        with self.store.operation("pause stopwatch") as op:
            held = self._get(stopwatch, is_running=True)
            op.update("stopwatches", [{"id": held["id"], "running_since": None, "counted": _measured(op, held)}])

    def resume(self, stopwatch: int | None = None) -> None:
        """Count on.

        Parameters
        ----------
        stopwatch
            Its number; the one that is paused, of whoever has the book open, unless given.

        Raises
        ------
        StopwatchRunning
            If another one of the same user runs.
        NotFound
            If none is paused.
        """
        with self.store.operation("resume stopwatch") as op:
            held = self._get(stopwatch, is_running=False)
            self._must_not_run(op, Users(self._hold).get(held["worked_by"]))
            op.update("stopwatches", [{"id": held["id"], "running_since": op.moment}])

    def stop(self, stopwatch: int | None = None, matter: Which | None = None, **fields: Any) -> int:
        """Make a time activity of what was measured, to the second, and return its id.

        It is dated the day the stopwatch was started, also where it ran over midnight.

        Parameters
        ----------
        stopwatch
            Its number; the one that runs, or else the one that is paused, unless given.
        matter
            What it was for, if that was not said before.
        **fields
            Further fields of the activity, as `Activities.add` takes them.

        Raises
        ------
        InvalidValue
            If it measured less than a second; discard it then.
        NotFound
            If there is none, or nothing says for what matter it was.
        """
        with self.store.operation("stop stopwatch") as op:
            held = self._get(stopwatch)
            measured = _measured(op, held).quantize(Decimal(1))
            if not measured:
                raise InvalidValue("It measured less than a second. Discard it: book.stopwatches.discard.")
            told = {name: held[name] for name in ("customer", "category", "description", "worked_by", "date")}
            worked = timedelta(seconds=int(measured))
            op.delete("stopwatches", [held["id"]])
            made = Activities(self._hold).add(
                matter if matter is not None else held["matter"], "time", **{**told, "worked": worked, **fields}
            )
            op.kind, op.summary = "stop stopwatch", f"{durations.show(measured)} measured"
            return made

    def discard(self, stopwatch: int | None = None) -> None:
        """Throw away what was measured; undo brings it back."""
        with self.store.operation("discard stopwatch") as op:
            op.delete("stopwatches", [self._get(stopwatch)["id"]])

    def list(self, worked_by: Which | None = None) -> pd.DataFrame:
        """Return the stopwatches of a user, or of all: what each is for, whether it runs, and what it measured so far.

        Returns
        -------
        pandas.DataFrame
            ``id``, ``worked_by``, ``matter``, ``description``, ``date``, ``is_running``, and ``seconds`` until now.
        """
        user = Users(self._hold).get(worked_by)["id"] if worked_by is not None else None
        return frame(self.store.arrow(statement("stopwatches_listed"), worked_by=user, now=self.store.clock()))

    def _user(self, worked_by: Which | None) -> dict[str, Any]:
        which = Users(self._hold).whose(worked_by)
        if which is None:
            raise NotFound(
                f"{self.store.actor} is no user of this book, so nobody would have worked. Add one: "
                f'book.users.add("{self.store.actor}", rate=...), or name one by worked_by=.'
            )
        return Users(self._hold).get(which)

    def _open_matter(self, matter: Which) -> int:
        held = Matters(self._hold).get(matter)
        if held["closed_on"] is not None:
            raise MatterClosed(
                f"The matter {called(held)} was closed on {held['closed_on']}: no work is measured on it. "
                "Reopen it first (book.matters.reopen), or name another one."
            )
        return int(held["id"])

    @staticmethod
    def _must_not_run(op: Operation, user: dict[str, Any]) -> None:
        running = op.rows(
            "select stopwatches.*, matter_name(matters.number, matters.title) as matter_title from stopwatches "
            "left join matters on matters.id = stopwatches.matter where worked_by = $id and running_since is not null",
            id=user["id"],
        )
        for held in running:
            what = held["description"] or held["matter_title"] or f"stopwatch {held['id']}"
            raise StopwatchRunning(
                f"{user['name']} measures {what} already, {durations.show(_measured(op, held).quantize(Decimal(1)))} so far. "
                "Stop or pause it first: book.stopwatches.stop() or .pause()."
            )

    def _get(self, stopwatch: int | None, *, is_running: bool | None = None) -> dict[str, Any]:
        user = self._user(None)["id"] if stopwatch is None else None
        if stopwatch is not None and (not hasattr(stopwatch, "__index__") or isinstance(stopwatch, bool)):
            raise NotFound(
                f"There is no stopwatch {stopwatch!r}: it goes by its number. book.stopwatches.list() shows what there is."
            )
        stopwatch = operator.index(stopwatch) if stopwatch is not None else None
        found = self.store.rows(
            "select * exclude (operation) from stopwatches where ($id is null or id = $id) "
            "and ($user is null or worked_by = $user) and ($is_running is null or (running_since is not null) = $is_running) "
            "order by running_since is null, id",
            id=stopwatch,
            user=user,
            is_running=is_running,
        )
        if not found:
            state = {True: "running ", False: "paused ", None: ""}[is_running]
            which = f" {stopwatch}" if stopwatch is not None else ""
            raise NotFound(f"There is no {state}stopwatch{which}. book.stopwatches.list() shows what there is.")
        if len(found) > 1 and stopwatch is None and found[0]["running_since"] is None:
            numbers = ", ".join(str(row["id"]) for row in found)
            raise NotFound(f"{len(found)} stopwatches are paused: {numbers}. Say which one is meant.")
        return found[0]


def _measured(op: Operation, held: dict[str, Any]) -> Decimal:
    """Return what a stopwatch measured until now, in seconds; a clock that was set back measures nothing."""
    since = held["running_since"]
    if since is None:
        return Decimal(held["counted"])
    running = max(op.moment.replace(tzinfo=UTC) - since.replace(tzinfo=UTC), timedelta(0))
    return Decimal(held["counted"]) + (Decimal(running // timedelta(microseconds=100)) / 10_000)
