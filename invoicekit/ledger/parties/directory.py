"""Looking customers up: by name, by page, by place in the tree, by likeness."""

from __future__ import annotations

import json
import operator
from collections.abc import Mapping, Sequence
from datetime import date
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from invoicekit.dates import to_date
from invoicekit.errors import InvalidValue, NotFound
from invoicekit.ledger.part import Part, shown, statement
from invoicekit.ledger.parties.duplicates import LIKELY, find_duplicates
from invoicekit.ledger.parties.names import unknown
from invoicekit.ledger.parties.reviewing import odd, review
from invoicekit.ledger.settings import Settings
from invoicekit.schema import TABLES
from invoicekit.store import frame

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Directory", "Which"]

Which = int | str


class Directory(Part):
    """What can be asked about customers.

    A customer is named by its id or by its display name; names are the same when they are,
    trimmed and case-folded.
    """

    def get(self, customer: Which) -> dict[str, Any]:
        """Return a customer's fields; who was merged into another is answered for by that one.

        Raises
        ------
        NotFound
            If no customer has this id or name.
        """
        customer = self.named(customer)
        by_name = "name_key(display_name) = name_key($which) order by merged_into is not null"
        by = "id = $which" if isinstance(customer, int) else by_name
        found = self.store.rows(f"select * exclude (operation) from customers where {by}", which=customer)
        if not found:
            raise NotFound(unknown(self.store, customer))
        row = found[0]
        return self.get(row["merged_into"]) if row["merged_into"] is not None else _opened(row)

    def several(self, ids: Sequence[int]) -> Sequence[dict[str, Any]]:
        """Return the fields of several customers by their ids, merged ones as they are."""
        return [
            _opened(row)
            for row in self.store.rows("select * exclude (operation) from customers where id in $ids", ids=[*ids])
        ]

    @staticmethod
    def named(customer: Any) -> Which:
        """Return what somebody named a customer by: its id, of whatever integer type, or its name.

        Raises
        ------
        InvalidValue
            For anything else.
        """
        if isinstance(customer, str):
            return customer
        if hasattr(customer, "__index__") and not isinstance(customer, bool):
            return operator.index(customer)
        raise InvalidValue(f"{customer!r} is neither the number nor the name of a customer. Give one of them.")

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
        asked = {"include_inactive": include_inactive, "kind": kind, "category": category, "tag": tag, "parent": parent}
        return frame(self._found(text, **asked).drop_columns(["found"]))

    def page(
        self, text: str = "", *, first: int = 0, count: int = 50, sort: str | None = None, descending: bool = False,
        **filters: Any,
    ) -> tuple[int, Sequence[dict[str, Any]]]:  # fmt: skip
        """Return how many customers there are in all, and some of them, for a screen that shows a window.

        Parameters
        ----------
        first, count
            Which of them, counted from 0.
        sort
            A column of `find`; best match first unless given.
        **filters
            Those of `find`.
        """
        rows = self._found(text, first=first, count=count, sort=sort, descending=descending, **filters).to_pylist()
        if rows or not first:
            return (rows[0]["found"] if rows else 0), rows
        return self.page(text, first=0, count=1, **filters)[0], []

    def list(self, **filters: Any) -> pd.DataFrame:
        """Return all customers and leads, one row each, by name; filters are those of `find`."""
        return self.find("", **filters)

    def table(self, *, include_inactive: bool = True, language: str = "en") -> pd.DataFrame:
        """Return every field of every customer under its label, one's own further fields each in a column of its own.

        It is what `imports` reads again: write it with ``.to_excel(path, index=False)``.

        Parameters
        ----------
        language
            Of the headings: ``en``, ``fr``, ``es`` or ``de``.

        Examples
        --------
        >>> import invoicekit as ik, tempfile, pathlib
        >>> book = ik.open(pathlib.Path(tempfile.mkdtemp()) / "acme.duckdb")
        >>> _ = book.customers.add(display_name="Acme SA", extra={"Agent": "Ann"}, tags="vip, north")
        >>> book.customers.table()[["Name", "Tags", "Agent"]].values.tolist()
        [['Acme SA', 'vip, north', 'Ann']]
        """
        import pandas as pd

        fields = [field for field in TABLES["customers"].fillable if field.name != "extra"]
        rows = []
        for row in self.store.rows(statement("customers_whole"), include_inactive=include_inactive):
            held = _opened(row)
            told = {field.title(language): shown(held[field.name]) for field in fields}
            # A field of one's own must not stand in for one of ours.
            rows.append({**held["extra"], **told})
        own = dict.fromkeys(name for row in rows for name in row)
        headings = [field.title(language) for field in fields]
        return pd.DataFrame(rows, columns=[*headings, *(name for name in own if name not in headings)], dtype="str")

    def tags(self, *, most: int = 200) -> Sequence[str]:
        """Return the tags that customers bear, in the order of the alphabet, so many at most."""
        found = self.store.rows(
            "select distinct unnest(tags) as tag from customers where tags is not null order by 1 limit $most",
            most=most,
        )
        return [row["tag"] for row in found]

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
        held = self.get(customer)
        if held["parent"] is not None:
            held["parent"] = self.get(held["parent"])["display_name"]
        return review(held, Settings(self._hold).complete_profile)

    def missing(self, record: Mapping[str, Any]) -> Sequence[str]:
        """Return what of the book's complete profile a customer's fields, as `get` gives them, lack."""
        return [name for name in Settings(self._hold).complete_profile if shown(record[name]) is None]

    def odd(self, record: Mapping[str, Any]) -> Mapping[str, str]:
        """Return by field what looks odd about a customer's fields, as `get` gives them: it is kept as written."""
        return odd(record)

    def below(self, customer: Which) -> Sequence[int]:
        """Return the sub-customers of a customer, at every level."""
        tree = self.store.rows(statement("tree_below"), customer=self.get(customer)["id"])
        return [row["id"] for row in tree if row["depth"]]

    def went_down_with(self, customer: Which) -> Sequence[int]:
        """Return the sub-customers that became inactive together with a customer, and are so still."""
        held = self.get(customer)["id"]
        together = {row["id"] for row in self.store.rows(statement("went_down_together"), customer=held)}
        return [id_ for id_ in self.below(held) if id_ in together]

    def billed(self, customer: Which) -> int:
        """Return who invoices of a customer are addressed to: itself, or the nearest parent that bills itself."""
        found = self.store.rows(statement("who_is_billed"), customer=self.get(customer)["id"])
        return int(found[0]["id"])

    def explain(self, customer: Which, *, as_of: date | str | None = None, tree: bool = False) -> pd.DataFrame:
        """Return every posting behind what a customer owes, oldest first, with the balance each leads to.

        Parameters
        ----------
        as_of
            Business date; today unless given.
        tree
            Of the customer and all its sub-customers.

        Returns
        -------
        pandas.DataFrame
            ``date``, ``customer``, ``kind``, ``document`` (what posted it), ``invoice`` (what it stands on), ``due_date``,
            ``currency``, ``amount``, ``balance``, and the operation that wrote it. The last balance of a currency is what
            the report ``balances`` says.

        Examples
        --------
        >>> import invoicekit as ik, tempfile, pathlib
        >>> book = ik.open(pathlib.Path(tempfile.mkdtemp()) / "acme.duckdb")
        >>> acme = book.customers.add(display_name="Acme SA")
        >>> _ = book.invoices.record(acme, number="F-1", date="2026-01-10", total="120.00")
        >>> _ = book.payments.record(acme, amount="50.00", date="2026-02-01", reference="first half")
        >>> book.customers.explain(acme, as_of="2026-02-28")[["document", "invoice", "amount", "balance"]].values.tolist()
        [['F-1', 'F-1', Decimal('120.0000'), Decimal('120.0000')], ['first half', 'F-1', Decimal('-50.0000'), Decimal('70.0000')]]
        """
        which = self.get(customer)["id"]
        day = to_date(as_of) if as_of else self.store.today
        return frame(self.store.arrow(statement("explained"), customer=which, as_of=day, tree=tree))

    def duplicates(self, *, likely: float = LIKELY) -> pd.DataFrame:
        """Propose customers that may be one and the same; nothing is merged by this.

        Parameters
        ----------
        likely
            From which score on, between 0 and 1.

        Returns
        -------
        pandas.DataFrame
            ``group``, surest first, with its ``score``; ``customer_id`` and ``customer``; the ``reasons`` for
            its being the same as the best linked one of the group; what else tells them apart; and
            ``entries``, how many postings it has: whoever has most stands first and is best kept.

        See Also
        --------
        merge : makes them one.
        tell_apart : says that two are two.

        Examples
        --------
        >>> import invoicekit as ik, tempfile, pathlib
        >>> book = ik.open(pathlib.Path(tempfile.mkdtemp()) / "acme.duckdb")
        >>> for name in ("Société Générale", "Societe Generale"):
        ...     _ = book.customers.add(display_name=name, city="Paris")
        >>> book.customers.duplicates()["customer"].tolist()
        ['Société Générale', 'Societe Generale']
        """
        return frame(find_duplicates(self.store, likely))

    def _found(self, text: str, **asked: Any) -> pa.Table:
        page = {"first": 0, "count": None, "sort": None, "descending": False}
        anybody = {"include_inactive": False, "kind": None, "category": None, "tag": None, "parent": None}
        unknown_filters = sorted(asked.keys() - page.keys() - anybody.keys())
        if unknown_filters:
            raise InvalidValue(
                f"Customers are not listed by {', '.join(unknown_filters)}. They are by {', '.join(anybody)}."
            )
        chosen = page | anybody | asked
        if chosen["kind"] not in (None, *TABLES["customers"].field("kind").choices):
            raise InvalidValue(f'There is no kind "{chosen["kind"]}". There are customer, lead and contact.')
        if not isinstance(text, str):
            raise InvalidValue(f"{text!r} is no text to search for.")
        if chosen["first"] < 0 or (chosen["count"] or 0) < 0:
            raise InvalidValue("A page begins at 0 or later, and holds as many rows as are asked for.")
        if chosen["parent"] is not None:
            chosen["parent"] = self.get(chosen["parent"])["id"]
        profile = [*Settings(self._hold).complete_profile]
        return self.store.arrow(statement("customers_found"), text=text, profile=profile, **chosen)


def _opened(row: dict[str, Any]) -> dict[str, Any]:
    """Return a customer's row with its further fields as a dict, and never nothing for a list."""
    return {**row, "tags": row["tags"] or [], "extra": json.loads(row["extra"]) if row["extra"] else {}}
