"""Users: who works, and at what rate."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from invoicekit.errors import NotFound
from invoicekit.ledger.settings import Settings
from invoicekit.ledger.work.named import Named
from invoicekit.ledger.work.noting import NOBODY, Changed, rerate
from invoicekit.store import frame

__all__ = ["Users"]


class Users(Named):
    """Those who work, by name: their rates, what they cost, how many hours a week they are there for.

    Examples
    --------
    >>> import invoicekit as ik, tempfile, pathlib
    >>> book = ik.open(pathlib.Path(tempfile.mkdtemp()) / "acme.duckdb")
    >>> ann = book.users.add("ann", full_name="Ann Lee", rate="250", weekly_hours=35)
    >>> book.users.get("Ann")["rate"]
    Decimal('250.000000')
    """

    table = "users"
    what = "user"
    listed = "book.users"

    def set_rate(
        self, user: int | str, rate: Decimal | int | str | None, *, apply_to_unbilled: bool = False
    ) -> Changed:
        """Give a user another hourly rate, for what is noted from then on.

        Parameters
        ----------
        apply_to_unbilled
            Give it to the unbilled time of that user as well, where its rate comes from the user.

        Returns
        -------
        Changed
            The activities that have another rate now, and those that keep the rate they were given by hand.
        """
        with self.store.operation("set rate of user") as op:
            held = self.get(user)
            op.update(self.table, [{"id": held["id"], **self._sound({"name": held["name"], "rate": rate}, held["id"])}])
            done = Changed([], frame(NOBODY))
            if apply_to_unbilled:
                done = rerate(op, "worked_by", held["id"], Settings(self._hold).currency)
            op.summary = f"{held['name']}: {rate}, {len(done):,} unbilled activities"
            return done

    def whose(self, user: int | str | None) -> int | None:
        """Return who does something: the user named, or whoever has the book open, where they are a user.

        Raises
        ------
        NotFound, InvalidValue
            If the user named is unknown, or has left.
        """
        if user is not None:
            return int(self.in_use(user)["id"])
        try:
            held: dict[str, Any] = self.get(self.store.actor)
        except NotFound:
            return None
        return int(held["id"]) if held["inactive_since"] is None else None
