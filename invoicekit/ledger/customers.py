"""Customers: what they are called, where they stand in the tree, whether they are in use."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from invoicekit import money
from invoicekit.dates import to_date
from invoicekit.errors import BalanceNotZero, InvalidValue, MatterOpen, NameTaken, NotFound
from invoicekit.ledger.part import Part, clean, first_problem, statement
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
            row = {"kind": "customer", "bill_to": "self", **row}
            row["id"] = op.next_number("customers")
            row["display_name"] = self._named(op, row)
            op.insert("customers", [row])
            op.summary = f"added {row['display_name']}"
            return int(row["id"])

    def change(self, customer: Which, **fields: Any) -> None:
        """Change fields of a customer; a field set to None is emptied.

        Raises
        ------
        NotFound, NameTaken, InvalidValue
            As for `add`.
        """
        with self.store.operation("change customer") as op:
            before = self.get(customer)
            if "inactive_since" in fields:
                raise InvalidValue(
                    "inactive_since is not changed by hand: use make_inactive and activate, which see to balances."
                )
            after = {**before, **clean("customers", self._resolved(fields))}
            if after["external_id"] != before["external_id"]:
                self._must_be_free(after)
            if not after["display_name"]:
                raise InvalidValue(f"{before['display_name']} cannot be left without a name. Give it another one.")
            self._named(op, after)
            op.update("customers", [{"id": before["id"], **{name: after[name] for name in fields}}])
            op.summary = f"changed {before['display_name']}: {', '.join(fields)}"

    def get(self, customer: Which) -> dict[str, Any]:
        """Return a customer's fields.

        Raises
        ------
        NotFound
            If no customer has this id or name.
        """
        by = "id = $which" if isinstance(customer, int) else "name_key(display_name) = name_key($which)"
        found = self.store.rows(f"select * exclude (operation) from customers where {by}", which=customer)
        if not found:
            raise NotFound(self._unknown(customer))
        return found[0]

    def find(self, text: str, *, include_inactive: bool = False) -> pd.DataFrame:
        """Return the customers in whose name, number, e-mail or tax id a text occurs.

        Case and accents do not matter. Best matches, those that begin with the text, first.
        """
        return frame(self.store.arrow(statement("customers_found"), text=text, include_inactive=include_inactive))

    def list(self, *, include_inactive: bool = False) -> pd.DataFrame:
        """Return all customers, one row each, by name; inactive ones when asked."""
        return self.find("", include_inactive=include_inactive)

    def billed(self, customer: Which) -> int:
        """Return who invoices of a customer are addressed to: itself, or the nearest parent that bills itself."""
        found = self.store.rows(statement("who_is_billed"), customer=self.get(customer)["id"])
        return int(found[0]["id"])

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
            top = self.get(customer)
            op.derive("tree", statement("tree_below"), customer=top["id"])
            blockers = op.rows(statement("inactive_blockers"))
            if blockers:
                owing = any(row["kind"] == "balance" for row in blockers)
                raise (BalanceNotZero if owing else MatterOpen)(_blocked(top["display_name"], blockers))
            day = to_date(since) if since else date.today()
            down = [row["id"] for row in op.rows("select id from tree where inactive_since is null order by depth, id")]
            op.update("customers", [{"id": id_, "inactive_since": day} for id_ in down])
            below = f" and {len(down) - 1:,} sub-customers" if len(down) > 1 else ""
            op.summary = f"made {top['display_name']}{below} inactive"
            return down

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
            top = self.get(customer)
            back = [top["id"]]
            if include_sub_customers:
                together = {row["id"] for row in op.rows(statement("went_down_together"), customer=top["id"])}
                tree = op.rows(statement("tree_below"), customer=top["id"])
                back = [row["id"] for row in tree if row["id"] in together]
            op.update("customers", [{"id": id_, "inactive_since": None} for id_ in back])
            below = f" and {len(back) - 1:,} sub-customers" if len(back) > 1 else ""
            op.summary = f"activated {top['display_name']}{below}"
            return back

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

    def _resolved(self, fields: dict[str, Any]) -> dict[str, Any]:
        parent = fields.get("parent")
        return {**fields, "parent": self.get(parent)["id"]} if isinstance(parent, str) else fields

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


def _blocked(name: str, blockers: list[dict[str, Any]]) -> str:
    """Say everything that is in the way, with names and amounts, and what to do first."""
    said = []
    for row in blockers:
        if row["kind"] == "matter":
            said.append(f"{row['display_name']} has the open matter {row['matter']}")
            continue
        items = f"{row['items']:,} open item{'s' * (row['items'] != 1)}"
        verb, amount = ("owes", row["balance"]) if row["balance"] > 0 else ("is in credit by", -row["balance"])
        said.append(f"{row['display_name']} {verb} {money.show(amount, row['currency'])} on {items}")
    first = []
    if any(row["kind"] == "balance" for row in blockers):
        first.append("record the payments or credit notes that settle it (the report open_items lists what is open)")
    if any(row["kind"] == "matter" for row in blockers):
        first.append("close the matters")
    return f"{name} cannot be made inactive: {'; '.join(said)}. First {' and '.join(first)}."
