"""Looking matters up: by id, number or title, by client, by likeness; and who is in them."""

from __future__ import annotations

import operator
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from invoicekit.errors import InvalidValue, NotFound
from invoicekit.ledger.part import Part, statement
from invoicekit.ledger.parties.customers import Customers, Which
from invoicekit.ledger.work.users import Users
from invoicekit.store import Pages, frame

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Docket", "called"]


class Docket(Part):
    """What can be asked about matters."""

    def get(self, matter: Which) -> dict[str, Any]:
        """Return a matter's fields.

        Raises
        ------
        NotFound
            If there is none of this id, number or title, or several of the title.
        """
        if isinstance(matter, bool) or not (isinstance(matter, str) or hasattr(matter, "__index__")):
            raise InvalidValue(f"{matter!r} is neither the id, the number nor the title of a matter. Give one of them.")
        found = self._named(matter) if isinstance(matter, str) else self._rows("id = $which", operator.index(matter))
        if len(found) > 1:
            ids = ", ".join(f"{row['number'] or 'no number'} (id {row['id']})" for row in found[:5])
            raise NotFound(f'{len(found)} matters are called "{matter}": {ids}. Name it by its number or id.')
        if not found:
            raise NotFound(self._unknown(matter))
        return found[0]

    def find(
        self,
        text: str = "",
        *,
        customer: Which | None = None,
        responsible: Which | None = None,
        include_closed: bool = False,
    ) -> pd.DataFrame:
        """Return matters in whose number, title, nature or clients a text occurs, best matches first.

        Parameters
        ----------
        customer, responsible
            Only those of a client, or those a user answers for.
        include_closed
            Closed ones as well.

        Returns
        -------
        pandas.DataFrame
            One row each, with ``clients``, and ``unbilled``, the work in progress on it.
        """
        if not isinstance(text, str):
            raise InvalidValue(f"{text!r} is no text to search for.")
        asked: dict[str, Any] = {
            "text": text,
            "customer": Customers(self._hold).get(customer)["id"] if customer is not None else None,
            "responsible": Users(self._hold).get(responsible)["id"] if responsible is not None else None,
            "include_closed": include_closed,
        }
        return frame(self.store.arrow(statement("matters_found"), **asked))

    def list(self, **filters: Any) -> pd.DataFrame:
        """Return all open matters by title; filters are those of `find`."""
        return self.find("", **filters)

    def pages(self, *, customer: Which | None = None, include_closed: bool = False) -> Pages:
        """Return the rows of `list` for a screen that shows a window of them."""
        of = Customers(self._hold).get(customer)["id"] if customer is not None else None
        searched = ("number", "title", "nature", "clients")
        asked: dict[str, Any] = {"customer": of, "responsible": None, "include_closed": include_closed}
        return Pages(self.store, statement("matters_found"), searched, **asked)

    def clients(self, matter: Which, text: str = "") -> pd.DataFrame:
        """Return the clients of a matter whose name a text occurs in: ``id``, ``name``, ``inactive_since``."""
        query = (
            "select customers.id, customers.display_name as name, customers.inactive_since from matter_clients "
            "join customers on customers.id = matter_clients.customer where matter_clients.matter = $matter "
            "and contains(search_key(customers.display_name), search_key($text)) "
            "order by not starts_with(search_key(customers.display_name), search_key($text)), "
            "search_key(customers.display_name), customers.id"
        )
        return frame(self.store.arrow(query, matter=self.get(matter)["id"], text=text))

    def parties(self, matter: Which | None = None, text: str = "") -> pd.DataFrame:
        """Return the other parties of a matter, or of all, in whose name a text occurs: a look for conflicts of interest."""
        query = (
            "select parties.id, matters.id as matter_id, matter_name(matters.number, matters.title) as matter, parties.name, "
            "parties.role, customer_names.name as known_as, parties.notes from matter_parties parties "
            "join matters on matters.id = parties.matter left join customer_names on customer_names.id = parties.customer "
            "where ($matter is null or parties.matter = $matter) and contains(search_key(parties.name), search_key($text)) "
            "order by search_key(parties.name), parties.id"
        )
        which = self.get(matter)["id"] if matter is not None else None
        return frame(self.store.arrow(query, matter=which, text=text))

    def only_open(self, customer: Which) -> int:
        """Return the one open matter of a customer.

        Raises
        ------
        NotFound
            If it has none, or several.
        """
        held = Customers(self._hold).get(customer)
        found = self.find(customer=held["id"])
        if len(found) == 1:
            return int(found["id"].iloc[0])
        if not len(found):
            raise NotFound(f"{held['display_name']} has no open matter. Open one first: book.matters.open.")
        names = ", ".join(called(row) for row in found.head(5).to_dict("records"))
        raise NotFound(f"{held['display_name']} has {len(found):,} open matters: {names}. Say which one is meant.")

    def _named(self, text: str) -> Sequence[dict[str, Any]]:
        return self._rows("number = trim($which)", text) or self._rows("name_key(title) = name_key($which)", text)

    def _rows(self, where: str, which: Which) -> Sequence[dict[str, Any]]:
        return self.store.rows(f"select * exclude (operation) from matters where {where} order by id", which=which)

    def _unknown(self, matter: Which) -> str:
        if not isinstance(matter, str):
            return f"There is no matter {matter}. book.matters.list(include_closed=True) shows them all."
        near = self.store.rows(
            "select number, title from matters "
            "order by jaro_winkler_similarity(search_key(title), search_key($text)) desc, id limit 3",
            text=matter,
        )
        meant = f"Did you mean {' or '.join(called(row) for row in near)}?" if near else "The book has no matters yet."
        return f'There is no matter "{matter}". {meant}'


def called(matter: Mapping[Any, Any]) -> str:
    """Return a matter as it is named in a sentence."""
    number = matter.get("number")
    return f"{number} {matter['title']}" if isinstance(number, str) and number else str(matter["title"])
