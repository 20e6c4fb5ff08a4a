"""Records that a short list holds and a unique name tells apart: users, categories."""

from __future__ import annotations

import operator
from datetime import date
from typing import TYPE_CHECKING, Any, ClassVar

from invoicekit.dates import to_date
from invoicekit.errors import InvalidValue, NameTaken, NotFound
from invoicekit.ledger.part import Part, clean
from invoicekit.store import frame

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Named"]


class Named(Part):
    """Records named by their id or their name; names are the same when they are, trimmed and case-folded."""

    table: ClassVar[str]
    what: ClassVar[str]
    listed: ClassVar[str]

    def get(self, which: int | str) -> dict[str, Any]:
        """Return the fields of one, named by its id or its name.

        Raises
        ------
        NotFound
            If there is none.
        """
        by = "name_key(name) = name_key($which)"
        if not isinstance(which, str):
            which, by = self._number(which), "id = $which"
        found = self.store.rows(f"select * exclude (operation) from {self.table} where {by}", which=which)
        if not found:
            raise NotFound(self._unknown(which))
        return found[0]

    def list(self, *, include_inactive: bool = False) -> pd.DataFrame:
        """Return all of them by name, those out of use only where asked."""
        query = (
            f"select * exclude (operation) from {self.table} "
            "where $include_inactive or inactive_since is null order by search_key(name), id"
        )
        return frame(self.store.arrow(query, include_inactive=include_inactive))

    def add(self, name: str, **fields: Any) -> int:
        """Add one and return its id.

        Raises
        ------
        NameTaken
            If another one has the name.
        InvalidValue
            For an unknown field, or a value its field cannot hold.
        """
        with self.store.operation(f"add {self.what}") as op:
            row = self._sound({**fields, "name": name})
            op.summary = f"added {row['name']}"
            return op.insert(self.table, [row])[0]

    def change(self, which: int | str, **fields: Any) -> None:
        """Change fields of one; a field set to None is emptied.

        Raises
        ------
        NameTaken, InvalidValue, NotFound
            As for `add` and `get`.
        """
        with self.store.operation(f"change {self.what}") as op:
            held = self.get(which)
            row = self._sound({"name": held["name"], **fields}, held["id"])
            op.update(self.table, [{"id": held["id"], **row}])
            op.summary = f"changed {held['name']}: {', '.join(fields)}"

    def make_inactive(self, which: int | str, *, since: date | str | None = None) -> None:
        """Put one out of use: it leaves the lists, and everything that names it stays."""
        with self.store.operation(f"make {self.what} inactive") as op:
            held = self.get(which)
            op.update(self.table, [{"id": held["id"], "inactive_since": to_date(since) if since else op.today}])
            op.summary = f"made {held['name']} inactive"

    def activate(self, which: int | str) -> None:
        """Bring one back into use."""
        with self.store.operation(f"activate {self.what}") as op:
            held = self.get(which)
            op.update(self.table, [{"id": held["id"], "inactive_since": None}])
            op.summary = f"activated {held['name']}"

    def in_use(self, which: int | str) -> dict[str, Any]:
        """Return the fields of one that is not out of use.

        Raises
        ------
        InvalidValue
            If it is.
        """
        held = self.get(which)
        if held["inactive_since"] is not None:
            raise InvalidValue(
                f"{held['name']} is inactive since {held['inactive_since']}. Choose another {self.what}, or activate it first "
                f"({self.listed}.activate)."
            )
        return held

    def _sound(self, fields: dict[str, Any], id_: int | None = None) -> dict[str, Any]:
        row = clean(self.table, fields)
        if not row["name"]:
            raise InvalidValue(f"A {self.what} needs a name. Give it.")
        taken = self.store.rows(
            f"select id from {self.table} where name_key(name) = name_key($name) and id is distinct from $id",
            name=row["name"],
            id=id_,
        )
        if taken:
            raise NameTaken(
                f"Another {self.what} is called {row['name']} (record {taken[0]['id']}). Choose another name."
            )
        return row

    def _number(self, which: Any) -> int:
        if isinstance(which, bool) or not hasattr(which, "__index__"):
            raise InvalidValue(f"{which!r} is neither the number nor the name of a {self.what}. Give one of them.")
        return operator.index(which)

    def _unknown(self, which: int | str) -> str:
        names = self.store.rows(
            f"select name from {self.table} where inactive_since is null "
            "order by jaro_winkler_similarity(search_key(name), search_key($which)) desc, id limit 3",
            which=str(which),
        )
        near = " or ".join(row["name"] for row in names)
        meant = f"Did you mean {near}?" if near else f"There are none yet; {self.listed}.add makes one."
        return f'There is no {self.what} "{which}". {meant}'
