"""A query of any number of rows, of which a screen asks for those in sight."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from invoicekit.store.sql import quoted

if TYPE_CHECKING:
    from invoicekit.store.store import Store

__all__ = ["Pages"]


class Pages:
    """The rows of a query, a window at a time: searched, sorted, counted, added up.

    Parameters
    ----------
    sql
        The query; each row has an ``id`` of its own, and their order is the one they come in unless told otherwise.
    searched
        The columns a text is looked for in.
    key
        What tells the rows apart.
    **parameters
        What the query is told.
    """

    def __init__(self, store: Store, sql: str, searched: Sequence[str], *, key: str = "id", **parameters: Any) -> None:
        self._store, self._parameters, self._key = store, parameters, quoted(key)
        words = ", ".join(quoted(name) for name in searched)
        self._sql = f"""
            with listed as (select *, row_number() over () as place from ({sql})),
            found as (
                select * from listed
                where $text = '' or contains(search_key(concat_ws(' ', {words})), search_key($text))
            )
        """

    def window(
        self, text: str = "", *, first: int = 0, count: int = 50, sort: str | None = None, descending: bool = False
    ) -> tuple[int, Sequence[dict[str, Any]]]:
        """Return how many rows there are in all, and some of them.

        Parameters
        ----------
        text
            What is looked for; case and accents do not matter.
        sort
            A column; the order of the query unless given.
        """
        order = f"{quoted(sort)} {'desc' if descending else 'asc'} nulls last, place" if sort else "place"
        rows = self._ask(
            f"select * exclude (place), count(*) over () as found from found order by {order} limit $count offset $first",
            text, first=first, count=count,
        )  # fmt: skip
        if rows or not first:
            return (rows[0]["found"] if rows else 0), rows
        return self.window(text, count=1)[0], []

    def several(self, keys: Sequence[int]) -> Sequence[dict[str, Any]]:
        """Return some rows by what tells them apart; those that are no more are left out."""
        return self._ask(
            f"select * exclude (place) from listed where {self._key} in (select unnest($keys::bigint[]))",
            "",
            keys=[*keys],
        )

    def keys(self, text: str = "") -> Sequence[int]:
        """Return what tells the rows apart, of all that are found."""
        return [row["key"] for row in self._ask(f"select {self._key} as key from found order by place", text)]

    def sums(self, amounts: Sequence[str], text: str = "") -> Iterator[Mapping[str, str | Decimal]]:
        """Return the sums of some columns of all that are found, by ``currency``."""
        added = ", ".join(f"sum({quoted(name)})::decimal(18, 4) as {quoted(name)}" for name in amounts)
        yield from self._ask(f"select currency, {added} from found group by currency order by currency", text)

    def _ask(self, sql: str, text: str, **more: Any) -> list[dict[str, Any]]:
        return self._store.rows(self._sql + sql, text=text, **self._parameters, **more)
