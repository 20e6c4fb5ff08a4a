"""Customers: what they are called, where they stand in the tree, whether they are in use."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any

import pyarrow as pa

from invoicekit.dates import to_date
from invoicekit.errors import InvalidValue, NameTaken, NotFound
from invoicekit.ledger.part import clean, first_problem, statement
from invoicekit.ledger.parties.directory import Directory, Which
from invoicekit.ledger.parties.merging import Merge
from invoicekit.ledger.parties.names import must_be_free, must_not_be_billed, propose_merge
from invoicekit.ledger.parties.standing import bring_back, put_out_of_use
from invoicekit.ledger.parties.tax_ids import kind_to_write
from invoicekit.store import Operation
from invoicekit.store.frames import rows_of

__all__ = ["Customers", "Which"]

_ERRORS = {"name taken": NameTaken, "unknown parent": NotFound}


class Customers(Directory):
    """The customers of a book.

    A customer is named by its id or by its display name; names are the same when they are,
    trimmed and case-folded.
    """

    def add(self, **fields: Any) -> int:
        """Add a customer and return its id.

        Parameters
        ----------
        **fields
            Fields of the customers table. Only a name is needed: ``display_name``, or a
            person's ``first_name`` and ``last_name``, or ``company_name``. ``parent`` takes
            an id or a display name.

        Raises
        ------
        InvalidValue
            For a missing name, an unknown field or a value its field cannot hold.
        NameTaken
            If another customer has the name.
        NotFound
            If there is no such parent.

        Examples
        --------
        >>> import invoicekit as ik, tempfile, pathlib
        >>> book = ik.open(pathlib.Path(tempfile.mkdtemp()) / "acme.duckdb")
        >>> acme = book.customers.add(display_name="Acme SA", terms="NET_30")
        >>> book.customers.get("acme sa")["terms"]
        'NET_30'
        """
        with self.store.operation("add customer") as op:
            row = clean("customers", self._resolved(fields))
            must_be_free(self.store, row)
            row = {"kind": "customer", "bill_to": "self", **row, **kind_to_write(row, row)}
            row["id"] = op.next_number("customers")
            row["display_name"] = self._named(op, row)
            op.insert("customers", [row])
            op.summary = f"added {row['display_name']}"
            return int(row["id"])

    def begin(self, kind: str = "customer") -> int:
        """Add a customer that is still to be filled in, called "New customer 12", and return its id.

        Parameters
        ----------
        kind
            ``customer``, ``lead`` or ``contact``.
        """
        with self.store.operation(f"begin {kind}") as op:
            numbers = op.rows(statement("free_number"), prefix=f"New {kind} ")
            return self.add(display_name=f"New {kind} {numbers[0]['number']}", kind=kind)

    def change(self, customer: Which, **fields: Any) -> None:
        """Change fields of a customer; a field set to None is emptied.

        Everything that shows the customer follows: lists, matters, invoices. A main customer
        becomes a sub-customer by a ``parent``, and a sub-customer a main one by
        ``parent=None``; its own sub-customers move along.

        Raises
        ------
        MergeProposed
            If another customer has the new name: the two may be the same.
        NotFound, InvalidValue
            As for `add`.
        """
        with self.store.operation("change customer") as op:
            before = self.get(customer)
            if "inactive_since" in fields:
                raise InvalidValue(
                    "inactive_since is not changed by hand: use make_inactive and activate, which see to balances."
                )
            given = clean("customers", self._resolved(fields))
            after = {**before, **given}
            if after["external_id"] != before["external_id"]:
                must_be_free(self.store, after)
            if not after["display_name"]:
                raise InvalidValue(f"{before['display_name']} cannot be left without a name. Give it another one.")
            if "display_name" in given:
                propose_merge(self.store, before, str(after["display_name"]))
            if given.keys() & {"display_name", "parent"}:
                self._named(op, after)
            if given.get("kind", "customer") != "customer":
                must_not_be_billed(self.store, before)
            row = given | kind_to_write(given, after)
            op.update("customers", [{"id": before["id"], **row}])
            op.summary = f"changed {before['display_name']}: {', '.join(fields)}"

    def convert(self, customer: Which) -> int:
        """Make a lead or a contact a customer, under the same id, and return that.

        Its first invoice does the same.

        Examples
        --------
        >>> import invoicekit as ik, tempfile, pathlib
        >>> book = ik.open(pathlib.Path(tempfile.mkdtemp()) / "acme.duckdb")
        >>> ann = book.customers.add(display_name="Ann Lee", kind="contact", email="ann@example.org")
        >>> book.customers.convert("Ann Lee") == ann
        True
        """
        with self.store.operation("convert to customer") as op:
            held = self.get(customer)
            op.update("customers", [{"id": held["id"], "kind": "customer"}])
            op.summary = f"{held['display_name']} is a customer now"
            return int(held["id"])

    def merge(
        self, duplicates: Which | Iterable[Which], *, into: Which, keep: Mapping[str, Which] | None = None
    ) -> Merge:
        """Prepare making customers one with another; nothing is written until it is confirmed.

        Parameters
        ----------
        duplicates
            The customer, or customers, that will be no more.
        into
            The one that stays, with its own fields.
        keep
            Fields to take over from a duplicate: ``{"phone": "Acme S.A."}``.

        Returns
        -------
        Merge
            Shows what would move and which values would be lost; ``.confirm()`` does it.

        Raises
        ------
        MergeRefused
            If one of them has sub-customers, or is named twice.
        NotFound
            If there is no such customer.

        Examples
        --------
        >>> import invoicekit as ik, tempfile, pathlib
        >>> book = ik.open(pathlib.Path(tempfile.mkdtemp()) / "acme.duckdb")
        >>> acme, twin = book.customers.add(display_name="Acme SA"), book.customers.add(display_name="ACME S.A.", phone="12")
        >>> merge = book.customers.merge(twin, into=acme, keep={"phone": twin})
        >>> _ = merge.confirm()
        >>> book.customers.get("ACME S.A.")["display_name"], book.customers.get(acme)["phone"]
        ('Acme SA', '12')
        """
        if isinstance(duplicates, str) or not isinstance(duplicates, Iterable):
            duplicates = [duplicates]
        return Merge(self._hold, self.get(into), [self.get(one) for one in duplicates], keep or {})

    def tell_apart(self, customer: Which, other: Which) -> None:
        """Say that two customers are two, so that they are not proposed as one again."""
        with self.store.operation("tell customers apart") as op:
            one, two = self.get(customer), self.get(other)
            if one["id"] == two["id"]:
                raise InvalidValue(f"{one['display_name']} is one customer, not two. Name another one.")
            pair = {"customer": min(one["id"], two["id"]), "other": max(one["id"], two["id"])}
            held = (
                "select id from different_customers "
                "where least(customer, other) = $customer and greatest(customer, other) = $other"
            )
            if not op.rows(held, **pair):
                op.insert("different_customers", [pair])
            op.summary = f"{one['display_name']} is not {two['display_name']}"

    def make_inactive(self, customer: Which, *, since: date | str | None = None) -> Sequence[int]:
        """Hide a customer and its sub-customers from lists; what they ever did stays in every report.

        All of them become inactive, or none.

        Parameters
        ----------
        since
            The business date it holds from; today unless told.

        Returns
        -------
        sequence of int
            The customers that became inactive, the given one first.

        Raises
        ------
        BalanceNotZero
            While anything is owed, either way, in any currency, by any of them.
        MatterOpen
            While any of them has an open matter.
        """
        with self.store.operation("make inactive") as op:
            return put_out_of_use(op, self.get(customer), to_date(since) if since else op.today)

    def activate(self, customer: Which, *, include_sub_customers: bool = False) -> Sequence[int]:
        """Bring an inactive customer back into lists.

        Parameters
        ----------
        include_sub_customers
            Bring back those as well that became inactive together with it, and no others.

        Returns
        -------
        sequence of int
            The customers that came back.
        """
        with self.store.operation("activate") as op:
            return bring_back(op, self.get(customer), include_sub_customers=include_sub_customers)

    @staticmethod
    def name(op: Operation) -> None:
        """Name incoming customers that were given no name: by the person, the firm or the key.

        Reads ``incoming_customers`` of the operation and leaves ``named_customers``.
        """
        op.derive("named_customers", statement("customers_named"))

    @staticmethod
    def problems() -> str:
        """Return the query that says what is wrong with customers about to be written.

        It reads ``named_customers`` of the operation - ``row`` (any number to tell them by),
        ``id``, ``display_name`` and ``parent`` - and gives ``row``, ``field``, ``value``,
        ``code``, ``problem`` and ``hint``.
        """
        return statement("customer_problems")

    def _named(self, op: Operation, row: dict[str, Any]) -> str:
        """Return the name of a customer about to be written, once the rules have let it pass."""
        parts = ("id", "parent", "display_name", "first_name", "last_name", "company_name", "external_id")
        staged = rows_of("customers", [{name: row.get(name) for name in parts}])
        op.stage("incoming_customers", staged.append_column("row", pa.array([1], pa.int64())))
        self.name(op)
        first_problem(op, self.problems(), _ERRORS)
        return str(op.rows("select display_name from named_customers")[0]["display_name"])

    def _resolved(self, fields: dict[str, Any]) -> dict[str, Any]:
        parent = fields.get("parent")
        if isinstance(parent, str) and parent.strip():
            return {**fields, "parent": self.get(parent)["id"]}
        if parent is not None and not isinstance(parent, str):
            parent = self.named(parent)
            fields = {**fields, "parent": parent}
            merged = self.store.rows("select merged_into from customers where id = $parent", parent=parent)
            return {**fields, "parent": merged[0]["merged_into"] or parent} if merged else fields
        return fields
