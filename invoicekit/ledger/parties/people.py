"""People at a customer: whom to write to, and what they do there."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from invoicekit.errors import InvalidValue, NotFound
from invoicekit.ledger.part import Part, clean, statement
from invoicekit.ledger.parties.customers import Customers, Which
from invoicekit.store import frame

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["People"]


class People(Part):
    """The contact persons of customers."""

    def add(self, customer: Which, name: str, **fields: Any) -> int:
        """Add a contact person of a customer and return its id.

        Parameters
        ----------
        customer
            Id or display name.
        **fields
            ``role``, ``email``, ``phone``.

        Raises
        ------
        NotFound
            If there is no such customer.
        InvalidValue
            Without a name, or for a field that people have not.

        Examples
        --------
        >>> import invoicekit as ik, tempfile, pathlib
        >>> book = ik.open(pathlib.Path(tempfile.mkdtemp()) / "acme.duckdb")
        >>> acme = book.customers.add(display_name="Acme SA")
        >>> _ = book.people.add(acme, "Ann Lee", role="Accounts payable", email="ann@acme.example")
        >>> book.people.list(acme)["role"].tolist()
        ['Accounts payable']
        """
        with self.store.operation("add contact person") as op:
            held = Customers(self._hold).get(customer)
            row = self._named({**fields, "name": name})
            op.summary = f"added {row['name']} at {held['display_name']}"
            return op.insert("contact_persons", [{**row, "customer": held["id"]}])[0]

    def change(self, person: int, **fields: Any) -> None:
        """Change fields of a contact person; a field set to None is emptied."""
        with self.store.operation("change contact person") as op:
            held = self._get(person)
            row = self._named({"name": held["name"], **fields})
            op.update("contact_persons", [{"id": person, **row}])
            op.summary = f"changed {held['name']}: {', '.join(fields)}"

    def remove(self, person: int) -> None:
        """Take a contact person out; undo brings it back."""
        with self.store.operation("remove contact person") as op:
            op.summary = f"removed {self._get(person)['name']}"
            op.delete("contact_persons", [person])

    def list(self, customer: Which | None = None) -> pd.DataFrame:
        """Return the contact persons of a customer, or of all, by customer and name."""
        which = Customers(self._hold).get(customer)["id"] if customer is not None else None
        return frame(self.store.arrow(statement("people_listed"), customer=which))

    def _get(self, person: int) -> dict[str, Any]:
        found = self.store.rows("select * exclude (operation) from contact_persons where id = $id", id=person)
        if not found:
            raise NotFound(f"There is no contact person {person}. book.people.list() shows them all.")
        return found[0]

    @staticmethod
    def _named(fields: dict[str, Any]) -> dict[str, Any]:
        row = clean("contact_persons", fields)
        if not row["name"]:
            raise InvalidValue("A contact person needs a name. Give it.")
        return row
