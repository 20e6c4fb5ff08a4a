"""Bank statements: what came in is matched to open invoices with a score and reasons, and booked where somebody says yes."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cached_property
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from invoicekit import money
from invoicekit.bank_statements import Booking, Statement, read_statements
from invoicekit.errors import InvalidValue, NotFound
from invoicekit.ledger.part import Part, statement
from invoicekit.ledger.parties.customers import Customers, Which
from invoicekit.ledger.receivables.payments import Payments
from invoicekit.store import Hold, Operation, frame

if TYPE_CHECKING:
    from os import PathLike

    import pandas as pd

    from invoicekit.ledger.receivables.allocating import Settled

__all__ = ["Bank", "BankStatement"]


class Bank(Part):
    """The bank statements a book is told of."""

    def read(self, path: str | PathLike[str]) -> BankStatement:
        """Read a bank statement (CAMT.053), and match what came in to open invoices; nothing is booked without a yes.

        Returns
        -------
        BankStatement
            ``.df`` shows each movement with what is proposed for it, a score and the reasons; ``.accept`` books.

        Raises
        ------
        FileMissing, NotAWorkbook
            If there is no such file, or it is no such statement.
        """
        return BankStatement(self._hold, read_statements(path))


class BankStatement(Part):
    """A bank statement on its way into the book, made by ``book.bank.read``.

    Attributes
    ----------
    statements
        What the file holds, account by account.
    """

    def __init__(self, hold: Hold, statements: list[Statement]) -> None:
        super().__init__(hold)
        self.statements = statements
        self._bookings = [(one, booking) for one in statements for booking in one.bookings]

    @cached_property
    def df(self) -> pd.DataFrame:
        """Each movement, and what is proposed for it, numbered from 1.

        ``row``, ``date``, ``amount``, ``currency``, ``party``, ``account``, ``words``; ``state`` (``proposed``, ``unknown``,
        ``booked``, ``returned``, ``out``, ``repeated``); ``customer``, ``invoices`` (their numbers), ``payment`` (that was
        returned), ``open`` (what is open on the invoices), ``score`` (0 to 1) and ``reasons``.
        """
        return frame(self._matched().drop_columns(["customer_id", "invoice_ids"]))

    @property
    def problems(self) -> list[str]:
        """What does not tie: statements whose movements do not lead from one balance to the other."""
        return [
            f"Statement {one.id} of {one.account}: the movements and the opening balance miss the closing balance by "
            f"{one.difference}."
            for one in self.statements
            if one.difference
        ]

    def accept(
        self,
        rows: int | Iterable[int] | None = None,
        *,
        at_least: float | None = None,
        customer: Which | None = None,
        invoices: Settled | None = None,
    ) -> list[int]:
        """Book movements as proposed, in one operation, and return the ids of their payments.

        Parameters
        ----------
        rows
            Which: numbers of `df`.
        at_least
            All that are proposed with this score or a better one.
        customer, invoices
            For one row: who paid, and what for, in place of what is proposed.

        Raises
        ------
        InvalidValue
            If nothing says which, or nothing is proposed for one of them.
        NotFound
            If there is no such row.
        """
        matched = {row["row"]: row for row in self._matched().to_pylist()}
        chosen = _chosen(matched, rows, at_least)
        if (customer is not None or invoices is not None) and len(chosen) != 1:
            raise InvalidValue("Who paid, and what for, is said of one movement at a time. Name one row.")
        with self.store.operation("book bank statement") as op:
            made = [self._book(op, matched[row], customer, invoices) for row in chosen]
            worth = sum(abs(matched[row]["amount"]) for row in chosen)
            op.summary = (
                f"{len(made):,} movements, {money.show(worth, matched[chosen[0]]['currency'])}" if made else "nothing"
            )
        self.__dict__.pop("df", None)
        return made

    def _book(self, op: Operation, row: dict[str, Any], customer: Which | None, invoices: Settled | None) -> int:
        what = f"Row {row['row']} ({money.show(row['amount'], row['currency'])} of {row['date']})"
        if row["state"] == "repeated":
            raise InvalidValue(f"{what} stands in this file twice. Book it once.")
        if row["state"] == "booked":
            raise InvalidValue(f"{what} was booked already, as payment {row['payment']}. Leave it out.")
        if row["amount"] < 0:
            if row["payment"] is None:
                raise InvalidValue(f"{what} went out, and is no payment that came back. Leave it out.")
            Payments(self._hold).bounce(row["payment"], on=row["date"], reason=row["words"] or None)
            source, booking = self._bookings[row["row"] - 1]
            op.update("payments", [{"id": row["payment"], "bounced_as": f"bank {source.account} {booking.key}"}])
            return int(row["payment"])
        if row["customer_id"] is None and customer is None:
            raise InvalidValue(f"{what} is of nobody known. Say who paid: accept({row['row']}, customer=...).")
        payer = Customers(self._hold).get(customer if customer is not None else row["customer_id"])
        source, booking = self._bookings[row["row"] - 1]
        given = {
            "amount": booking.amount, "date": booking.date, "currency": booking.currency, "source": f"bank {source.account}",
            "external_id": booking.key, "method": "bank transfer", "reference": booking.words or None,
            "payer_account": booking.account,
        }  # fmt: skip
        settled = invoices
        if invoices is None and customer is None:
            settled = self._still_meant(op, row["invoice_ids"], payer)
        return Payments(self._hold).enter(op, payer, given, settled)

    @staticmethod
    def _still_meant(op: Operation, invoices: list[int] | None, payer: dict[str, Any]) -> Settled | None:
        """Return what is still open of the invoices that were proposed: a movement that was booked before may have settled some."""
        held = op.rows(
            "select invoices.id, invoices.customer, sum(entries.amount) > 0 as is_open from invoices "
            "inner join entries on entries.invoice = invoices.id where invoices.id in $ids group by all order by invoices.id",
            ids=invoices or [0],
        )
        waiting = [row["id"] for row in held if row["is_open"]]
        if waiting or not held:
            return waiting or None
        # Paid twice: it names its invoice and waits.
        return next((row["id"] for row in held if row["customer"] == payer["id"]), None)

    def _matched(self) -> pa.Table:
        with self.store.trial("match bank statement") as op:
            op.stage("bank_bookings", _table(self._bookings))
            return op.arrow(statement("bank_matches"))

    def __repr__(self) -> str:
        return (
            f"<BankStatement: {len(self._bookings):,} movements of {', '.join(one.account for one in self.statements)}>"
        )

    def _repr_html_(self) -> str:
        table: str = self.df.to_html(index=False, na_rep="")
        return f"<p>{'; '.join(self.problems)}</p>{table}<p>Nothing is booked yet: .accept(rows) or .accept(at_least=0.9)</p>"


def _chosen(matched: dict[int, dict[str, Any]], rows: int | Iterable[int] | None, at_least: float | None) -> list[int]:
    if (rows is None) == (at_least is None):
        raise InvalidValue("Nothing says which movements are right. Give their rows, or at_least= a score.")
    if at_least is not None and not isinstance(at_least, float | int):
        raise InvalidValue(f"at_least is a score between 0 and 1, not {at_least!r}.")
    if at_least is not None:
        found = [
            row
            for row, one in matched.items()
            if one["state"] in ("proposed", "returned") and (one["score"] or 0) >= at_least
        ]
        if not found:
            raise NotFound(f"No movement is proposed with a score of {at_least} or better.")
        return found
    several: list[Any] = [*rows] if isinstance(rows, Iterable) else [rows]
    for row in several:
        if not isinstance(row, int) or row not in matched:
            raise NotFound(f"There is no row {row!r}: the statement has {len(matched):,}.")
    return [*dict.fromkeys(several)]


def _table(bookings: list[tuple[Statement, Booking]]) -> pa.Table:
    def column(name: str, kind: pa.DataType) -> pa.Array:
        return pa.array([getattr(booking, name) for _, booking in bookings], kind)

    return pa.table(
        {
            "row": pa.array(range(1, len(bookings) + 1), pa.int64()),
            "source": pa.array([f"bank {one.account}" for one, _ in bookings], pa.string()),
            **{
                name: column(name, pa.string())
                for name in ("key", "currency", "party", "account", "end_to_end", "words")
            },
            "date": column("date", pa.date32()),
            "amount": column("amount", pa.decimal128(18, 4)),
            "returned": column("returned", pa.bool_()),
        }
    )
