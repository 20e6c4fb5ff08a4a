"""Customers: what they are called, where they stand in the tree, whether they are in use."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from invoicekit.dates import to_date
from invoicekit.errors import InvalidValue, MergeProposed, NameTaken, NotFound
from invoicekit.ledger.merging import Merge
from invoicekit.ledger.part import Part, clean, first_problem, statement
from invoicekit.ledger.reviewing import review
from invoicekit.ledger.settings import Settings
from invoicekit.ledger.standing import bring_back, put_out_of_use
from invoicekit.ledger.tax_ids import kind_to_write
from invoicekit.store import Operation, frame
from invoicekit.store.frames import rows_of

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Customers", "Which"]

Which = int | str
_ERRORS = {"name taken": NameTaken, "unknown parent": NotFound}


class Customers(Part):
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
            self._must_be_free(row)
            row = {"kind": "customer", "bill_to": "self", **row, **kind_to_write(row, row)}
            row["id"] = op.next_number("customers")
            row["display_name"] = self._named(op, row)
            op.insert("customers", [row])
            op.summary = f"added {row['display_name']}"
            return int(row["id"])

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
                self._must_be_free(after)
            if not after["display_name"]:
                raise InvalidValue(f"{before['display_name']} cannot be left without a name. Give it another one.")
            if "display_name" in given:
                self._propose_merge(before, str(after["display_name"]))
            if given.keys() & {"display_name", "parent"}:
                self._named(op, after)
            if given.get("kind", "customer") != "customer":
                self._must_not_be_billed(before)
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

    def get(self, customer: Which) -> dict[str, Any]:
        """Return a customer's fields; who was merged into another is answered for by that one.

        Raises
        ------
        NotFound
            If no customer has this id or name.
        """
        by = "id = $which" if isinstance(customer, int) else "name_key(display_name) = name_key($which)"
        found = self.store.rows(
            f"select * exclude (operation) from customers where {by} order by merged_into nulls first limit 1",
            which=customer,
        )
        if not found:
            raise NotFound(self._unknown(customer))
        row = found[0]
        if row["merged_into"] is not None:
            return self.get(row["merged_into"])
        return {**row, "tags": row["tags"] or [], "extra": json.loads(row["extra"]) if row["extra"] else {}}

    def find(
        self,
        text: str,
        *,
        include_inactive: bool = False,
        kind: str | None = None,
        category: str | None = None,
        tag: str | None = None,
        parent: Which | None = None,
    ) -> pd.DataFrame:
        """Return the customers in whose name, number, e-mail or tax id a text occurs.

        Case and accents do not matter. Best matches, those that begin with the text, first.

        Parameters
        ----------
        include_inactive
            Show inactive ones as well; "(inactive)" stands behind their names.
        kind
            ``customer``, ``lead`` or ``contact``; customers and leads unless told.
        category, tag
            Only those that bear it.
        parent
            Only the sub-customers directly below this one.

        Returns
        -------
        pandas.DataFrame
            One row each, with ``missing``: what the book's complete profile asks for and the
            customer lacks.
        """
        return frame(
            self.store.arrow(
                statement("customers_found"),
                text=text,
                include_inactive=include_inactive,
                kind=kind,
                category=category,
                tag=tag,
                parent=self.get(parent)["id"] if parent is not None else None,
                profile=[*Settings(self._hold).complete_profile],
            )
        )

    def list(self, **filters: Any) -> pd.DataFrame:
        """Return all customers and leads, one row each, by name; filters are those of `find`."""
        return self.find("", **filters)

    def contacts(self) -> pd.DataFrame:
        """Return everyone who is known - customers, leads and mere contacts - by name."""
        return frame(self.store.arrow("select * from contacts order by search_key(name), id"))

    def possible_parents(
        self, customer: Which | None = None, text: str = "", *, include_inactive: bool = False, most: int = 50
    ) -> pd.DataFrame:
        """Return whom a customer may be put under, best match for a text first.

        Neither itself nor anybody below it, nobody so far down that its own sub-customers
        would stand more than four levels below their main customer, and no inactive one
        unless asked.
        """
        return frame(
            self.store.arrow(
                statement("possible_parents"),
                customer=self.get(customer)["id"] if customer is not None else None,
                text=text,
                include_inactive=include_inactive,
                most=most,
            )
        )

    def review(self, customer: Which) -> pd.DataFrame:
        """Return every field of a customer with what is to be said about it, for a last look.

        Returns
        -------
        pandas.DataFrame
            ``field``, ``label``, ``value`` as text, and ``warning``: missing from the complete
            profile, a tax id of another form or with an odd check digit.
        """
        return review(self.get(customer), Settings(self._hold).complete_profile)

    def billed(self, customer: Which) -> int:
        """Return who invoices of a customer are addressed to: itself, or the nearest parent that bills itself."""
        found = self.store.rows(statement("who_is_billed"), customer=self.get(customer)["id"])
        return int(found[0]["id"])

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
        named = [duplicates] if isinstance(duplicates, int | str) else list(duplicates)
        kept = {name: self.get(whose)["id"] for name, whose in (keep or {}).items()}
        return Merge(self._hold, self.get(into), [self.get(one) for one in named], kept)

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
            return put_out_of_use(op, self.get(customer), to_date(since) if since else date.today())

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

    def _must_be_free(self, row: dict[str, Any]) -> None:
        held = self.store.rows(
            "select c.id, c.display_name from customer_keys k join customers c on c.id = k.customer "
            "where k.number = $number and k.source = $source and c.id is distinct from $id",
            number=row.get("external_id"),
            source=row.get("source") or "",
            id=row.get("id"),
        )
        if held:
            raise NameTaken(
                f"Customer number {row['external_id']} is that of {held[0]['display_name']} (record {held[0]['id']}). "
                "Give another one."
            )

    def _propose_merge(self, before: dict[str, Any], name: str) -> None:
        """Refuse the name of another customer, and say how the two become one."""
        others = self.store.rows(
            "select id, display_name from customers where name_key(display_name) = name_key($name) and id <> $id "
            "and merged_into is null",
            name=name,
            id=before["id"],
        )
        for other in others:
            raise MergeProposed(
                f"{before['display_name']} cannot be called {name}: that is the name of customer {other['id']}. If they are "
                f"one and the same, book.customers.merge({before['id']}, into={other['id']}) shows what would move and "
                "merges them once confirmed; if not, choose another name.",
                customer=before["id"],
                into=other["id"],
            )

    def _must_not_be_billed(self, held: dict[str, Any]) -> None:
        invoices = self.store.rows(
            "select count(*) as n from invoices where $id in (customer, billed_for)", id=held["id"]
        )[0]["n"]
        if invoices:
            raise InvalidValue(
                f"{held['display_name']} stays a customer: it has {invoices:,} invoice{'s' * (invoices != 1)}. "
                "Make it inactive if it is not needed any more."
            )

    def _resolved(self, fields: dict[str, Any]) -> dict[str, Any]:
        parent = fields.get("parent")
        if isinstance(parent, str) and parent.strip():
            return {**fields, "parent": self.get(parent)["id"]}
        if isinstance(parent, int):
            merged = self.store.rows("select merged_into from customers where id = $parent", parent=parent)
            return {**fields, "parent": merged[0]["merged_into"] or parent} if merged else fields
        return fields

    def _unknown(self, customer: Which) -> str:
        if isinstance(customer, int):
            return f"There is no customer {customer}. book.customers.list() shows them all."
        close = self.find(customer, include_inactive=True)["display_name"].head(3).tolist()
        names = self.store.rows(
            "select display_name from customers "
            "order by jaro_winkler_similarity(search_key(display_name), search_key($text)) desc, id limit 3",
            text=customer,
        )
        near = close or [row["display_name"] for row in names]
        meant = f" Did you mean {' or '.join(near)}?" if near else " The book has no customers yet."
        return f'There is no customer called "{customer}".{meant}'
