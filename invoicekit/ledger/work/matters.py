"""Matters: what is worked on, for whom, and who answers for it."""

from __future__ import annotations

import operator
import warnings
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from invoicekit import money
from invoicekit.dates import to_date
from invoicekit.errors import IllegalTransition, InUse, InvalidValue, MatterOpen, NameTaken
from invoicekit.ledger.part import clean, first_problem, staged, statement
from invoicekit.ledger.parties.customers import Customers, Which
from invoicekit.ledger.settings import TIME_STEPS, Settings
from invoicekit.ledger.work.docket import Docket, called
from invoicekit.ledger.work.noting import NOBODY, Changed, rerate
from invoicekit.ledger.work.users import Users
from invoicekit.schema import TABLES
from invoicekit.store import Operation, frame

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Matters"]

_NEVER_COPIED = {"id", "number", "title", "opened_on", "closed_on"}


class Matters(Docket):
    """The matters of a book.

    A matter is named by its id, by its number, or by its title where no other one has it.
    """

    def open(self, title: str, *, customers: Which | Iterable[Which] = (), **fields: Any) -> int:
        """Open a matter and return its id.

        Parameters
        ----------
        title
            What it is about.
        customers
            Its clients: one, several, or none for the practice's own affairs.
        **fields
            ``number`` (unique), ``nature``, ``responsible`` (a user), ``rate`` and ``tax_rate`` (before those of its clients
            and users), ``currency`` (its client's or the book's unless given), ``time_step`` (minutes), ``budget`` (before tax),
            ``opened_on`` (today unless given), ``notes``.

        Raises
        ------
        NameTaken
            If another matter has the number.
        NotFound
            If there is no such customer or user.
        InvalidValue
            For a missing title, an unknown field, or a value its field cannot hold.

        Examples
        --------
        >>> import invoicekit as ik, tempfile, pathlib
        >>> book = ik.open(pathlib.Path(tempfile.mkdtemp()) / "acme.duckdb")
        >>> acme = book.customers.add(display_name="Acme SA")
        >>> matter = book.matters.open("Trade mark 2026", customers=acme, number="M-1", rate="200")
        >>> book.matters.get("M-1")["title"]
        'Trade mark 2026'
        """
        with self.store.operation("open matter") as op:
            clients = self._customers(customers)
            row = self._sound(op, {**fields, "title": title})
            row["opened_on"] = row.get("opened_on") or op.today
            usual = [client["currency"] for client in clients if client["currency"]]
            row["currency"] = row.get("currency") or next(iter(usual), None) or Settings(self._hold).currency
            [matter] = op.insert("matters", [row])
            op.insert("matter_clients", [{"matter": matter, "customer": client["id"]} for client in clients])
            op.summary = f"opened {called(row)}"
            return matter

    def change(self, matter: Which, *, customers: Which | Iterable[Which] | None = None, **fields: Any) -> None:
        """Change fields of a matter, or its clients; a field set to None is emptied.

        A new rate is that of work noted from then on; `Activities.rerate` gives it to what is unbilled.

        Parameters
        ----------
        customers
            All its clients from then on; as they are unless given.

        Raises
        ------
        InUse
            If work was done for a client that would be none any more, or the currency would change under work.
        NameTaken, NotFound, InvalidValue
            As for `open`.
        """
        with self.store.operation("change matter") as op:
            held = self.get(matter)
            if "closed_on" in fields:
                raise InvalidValue("closed_on is not changed by hand: use close and reopen.")
            row = self._sound(op, {"title": held["title"], **fields}, held)
            op.update("matters", [{"id": held["id"], **row}])
            if customers is not None:
                self._set_clients(op, held, self._customers(customers))
                fields = {**fields, "customers": customers}
            op.summary = f"changed {called(held)}: {', '.join(fields)}"

    def set_rate(self, matter: Which, rate: Decimal | int | str | None, *, apply_to_unbilled: bool = False) -> Changed:
        """Give a matter an hourly rate of its own, or none, for what is noted from then on.

        Parameters
        ----------
        apply_to_unbilled
            Give the unbilled time on it the rate that holds then as well, where it was not given by hand.

        Returns
        -------
        Changed
            As for `Users.set_rate`.
        """
        with self.store.operation("set rate of matter") as op:
            held = self.get(matter)
            op.update("matters", [{"id": held["id"], **self._sound(op, {"title": held["title"], "rate": rate}, held)}])
            done = Changed([], frame(NOBODY))
            if apply_to_unbilled:
                done = rerate(op, "matter", held["id"], Settings(self._hold).currency)
            op.summary = f"{called(held)}: {rate}, {len(done):,} unbilled activities"
            return done

    def close(self, matter: Which, *, on: date | str | None = None) -> pd.DataFrame:
        """Close a matter, and return the work on it that is billable and not billed.

        Parameters
        ----------
        on
            Its last day; today unless given.

        Returns
        -------
        pandas.DataFrame
            The unbilled and the reserved activities, as `Activities.list` gives them; it can still be billed or written off.

        Warns
        -----
        UserWarning
            If there is any.

        Raises
        ------
        IllegalTransition
            If it is closed already.
        InvalidValue
            If the day is before the one it was opened on.
        MatterOpen
            If a stopwatch measures work on it.
        """
        with self.store.operation("close matter") as op:
            held = self.get(matter)
            if held["closed_on"] is not None:
                raise IllegalTransition(f"{called(held)} was closed on {held['closed_on']} already.")
            running = op.rows("select id from stopwatches where matter = $id", id=held["id"])
            if running:
                raise MatterOpen(
                    f"{called(held)} cannot be closed: a stopwatch measures work on it. Stop or discard it first."
                )
            day = to_date(on) if on else op.today
            self._must_be_sound(op, {**held, "closed_on": day})
            op.update("matters", [{"id": held["id"], "closed_on": day}])
            op.summary = f"closed {called(held)}"
            left = op.arrow(statement("matter_unbilled"), matter=held["id"])
        if left.num_rows:
            worth = sum(row["amount"] for row in left.select(["amount"]).to_pylist())
            amount = money.show(worth, held["currency"] or Settings(self._hold).currency)
            warnings.warn(
                f"{called(held)} is closed with {left.num_rows:,} unbilled activit{'y' if left.num_rows == 1 else 'ies'} worth "
                f"{amount}. Bill them, write them off, or reopen the matter.",
                stacklevel=2,
            )
        return frame(left)

    def reopen(self, matter: Which) -> None:
        """Open a closed matter again.

        Raises
        ------
        IllegalTransition
            If it is open.
        """
        with self.store.operation("reopen matter") as op:
            held = self.get(matter)
            if held["closed_on"] is None:
                raise IllegalTransition(f"{called(held)} is open already.")
            for client in self.clients(held["id"]).to_dict("records"):
                if client["inactive_since"] is not None:
                    raise InvalidValue(
                        f"{called(held)} cannot be reopened: its client {client['name']} is inactive. "
                        "Activate the customer first."
                    )
            op.update("matters", [{"id": held["id"], "closed_on": None}])
            op.summary = f"reopened {called(held)}"

    def duplicate(self, matter: Which, title: str, **fields: Any) -> int:
        """Open a matter like another one - clients, rates, other parties - and return its id.

        Parameters
        ----------
        title
            What the new one is about.
        **fields
            What is otherwise; it has no number unless one is given.
        """
        with self.store.operation("duplicate matter") as op:
            held = self.get(matter)
            kept = {name: value for name, value in held.items() if name not in _NEVER_COPIED and value is not None}
            clients = self.clients(held["id"])["id"].tolist()
            made = self.open(title, **{"customers": clients, **kept, **fields})
            parties = op.rows(
                "select name, role, customer, notes from matter_parties where matter = $id order by id", id=held["id"]
            )
            op.insert("matter_parties", [{**party, "matter": made} for party in parties])
            op.kind, op.summary = "duplicate matter", f"opened {title} like {called(held)}"
            return made

    def remove(self, matter: Which) -> None:
        """Take out a matter that never held anything.

        Raises
        ------
        InUse
            If it holds, or ever held, an activity, an invoice or a stopwatch: close it instead.
        """
        with self.store.operation("remove matter") as op:
            held = self.get(matter)
            contents = op.rows(statement("matter_contents"), matter=held["id"])
            if contents:
                told = " and ".join(f"{row['records']:,} {row['what']}" for row in contents)
                raise InUse(
                    f"{called(held)} cannot be removed: it holds, or once held, {told}. Close it instead: book.matters.close."
                )
            for table in ("matter_clients", "matter_parties"):
                parts = op.rows(f"select id from {table} where matter = $id", id=held["id"])
                op.delete(table, [part["id"] for part in parts])
            op.delete("matters", [held["id"]])
            op.summary = f"removed {called(held)}"

    def add_party(self, matter: Which, name: str, *, customer: Which | None = None, **fields: Any) -> int:
        """Note who else a matter concerns - the other side, its counsel, a court - and return the id of the note.

        Parameters
        ----------
        customer
            The contact or customer it is, where the book knows it.
        **fields
            ``role``, ``notes``.
        """
        with self.store.operation("add other party") as op:
            held = self.get(matter)
            known = Customers(self._hold).get(customer)["id"] if customer is not None else None
            row = clean("matter_parties", {**fields, "name": name, "customer": known, "matter": held["id"]})
            if not row["name"]:
                raise InvalidValue("Another party needs a name. Give it.")
            op.summary = f"{row['name']} is in {called(held)}"
            return op.insert("matter_parties", [row])[0]

    def remove_party(self, party: int) -> None:
        """Take out the note of another party; undo brings it back."""
        with self.store.operation("remove other party") as op:
            if isinstance(party, bool) or not hasattr(party, "__index__"):
                raise InvalidValue(
                    f"{party!r} is no note of another party. Give its id, as book.matters.parties lists it."
                )
            op.delete("matter_parties", [operator.index(party)])

    @staticmethod
    def problems() -> str:
        """Return the query that says what is wrong with ``stated_matters``, a row each; it is told the ``steps`` of time."""
        return statement("matter_problems")

    def _sound(self, op: Operation, fields: Mapping[str, Any], held: Mapping[str, Any] | None = None) -> dict[str, Any]:
        given = dict(fields)
        if given.get("responsible") is not None:
            given["responsible"] = Users(self._hold).whose(given["responsible"])
        row = clean("matters", given)
        self._must_be_sound(op, {**(held or {}), **row})
        return row

    def _must_be_sound(self, op: Operation, after: Mapping[str, Any]) -> None:
        told = {"row": 1, **{name: after.get(name) for name in TABLES["matters"].names}}
        op.stage("stated_matters", staged("matters", [told]))
        first_problem(
            op, self.problems(), {"number taken": NameTaken, "currency under work": InUse}, steps=[*TIME_STEPS]
        )

    def _customers(self, customers: Which | Iterable[Which]) -> Sequence[dict[str, Any]]:
        given: Any = customers
        if hasattr(given, "columns"):
            given = given["id"]
        several = [given] if isinstance(given, str) or not isinstance(given, Iterable) else given
        found = {row["id"]: row for row in (Customers(self._hold).get(one) for one in several)}
        for row in found.values():
            if row["inactive_since"] is not None:
                raise InvalidValue(
                    f"{row['display_name']} is inactive since {row['inactive_since']} and can be no client of a matter. "
                    "Activate the customer first."
                )
        return list(found.values())

    def _set_clients(self, op: Operation, held: Mapping[str, Any], clients: Sequence[Mapping[str, Any]]) -> None:
        before = {
            row["customer"]: row["id"]
            for row in op.rows("select id, customer from matter_clients where matter = $id", id=held["id"])
        }
        after = [client["id"] for client in clients]
        needed = op.rows(
            "select customers.display_name as name, count(*) as n from activities join customers "
            "on customers.id = activities.customer where activities.matter = $matter and activities.customer not in $after "
            "group by customers.display_name order by 1",
            matter=held["id"],
            after=[*after, 0],
        )
        for row in needed:
            raise InUse(
                f"{row['name']} stays a client of {called(held)}: {row['n']:,} activities were done for it. "
                "Give them to another client first: book.activities.set_client."
            )
        op.delete("matter_clients", [id_ for customer, id_ in before.items() if customer not in after])
        fresh = [{"matter": held["id"], "customer": id_} for id_ in after if id_ not in before]
        op.insert("matter_clients", fresh)
