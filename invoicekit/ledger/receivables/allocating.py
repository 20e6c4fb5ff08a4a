"""Applying money to what it settles, and taking that back: every step posts on its own day."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any, TypeAlias

import pyarrow as pa

from invoicekit import money
from invoicekit.errors import IllegalTransition, InvalidValue, MoreThanOpen, NotFound, PeriodLocked
from invoicekit.ledger.billing.settling import post, settle
from invoicekit.ledger.locks import must_leave_locked_days
from invoicekit.ledger.part import Part, first_problem, statement
from invoicekit.store import Operation, Store
from invoicekit.store.frames import rows_of

if TYPE_CHECKING:
    Settled: TypeAlias = int | Iterable[int] | Mapping[int, Decimal | int | str]

__all__ = ["Allocating"]

_ERRORS = {"more than paid": MoreThanOpen, "more than owed": MoreThanOpen, "locked": PeriodLocked}


class Allocating(Part):
    """The verbs of `Payments` that apply money, or take it back."""

    def apply(self, op: Operation, source: dict[str, Any], invoices: Settled, day: date) -> int:
        """Apply waiting money to invoices - those that are named, in their order or by amount - and return how many allocations.

        Parameters
        ----------
        source
            The payment, or the credit note: ``field`` ("payment" or "credit_note"), ``id``, ``currency``, ``left``.
        """
        told = invoices if isinstance(invoices, Mapping) else dict.fromkeys(_several(invoices))
        if not told:
            raise NotFound("Nothing was chosen: no invoice is named. book.invoices.list() shows them all.")
        held = self._open(op, told)
        left, rows = source["left"], []
        for nth, (invoice, said) in enumerate(told.items(), 1):
            one = held[invoice]
            worth = money.amount(said) if said is not None else min(left, one["open"])
            if said is None and worth <= 0:
                if one["open"] <= 0:
                    raise MoreThanOpen(
                        f"Invoice {one['number']} is settled: nothing can be applied to it. Leave it out."
                    )
                break
            left -= worth
            rows.append(
                {
                    "row": nth, source["field"]: source["id"], "invoice": invoice, "amount": worth, "currency": one["currency"],
                    "date": max(day, one["date"]),
                }
            )  # fmt: skip
        if not rows:
            raise MoreThanOpen("Nothing of it is left to apply. book.payments.list() shows what waits.")
        return self._allocate(op, rows)

    def apply_oldest_first(self, op: Operation, payment: dict[str, Any], customers: Iterable[int], day: date) -> int:
        """Apply waiting money of a payment to what is due first of some customers, and return how many allocations."""
        one = {
            "id": payment["id"],
            "customer": payment["customer"],
            "currency": payment["currency"],
            "date": day,
            "amount": payment["left"],
        }
        waiting = rows_of("payments", [one]).append_column("invoice", pa.nulls(1, pa.int64()))
        op.stage("incoming_payments", waiting)
        several = [*customers]
        op.stage(
            "settles",
            pa.table(
                {
                    "payer": pa.array([payment["customer"]] * len(several), pa.int64()),
                    "customer": pa.array(several, pa.int64()),
                }
            ),
        )
        made = op.arrow(statement("allocations_made"))
        settle(op, made)
        return int(made.num_rows)

    def take_back(self, op: Operation, allocations: Iterable[int], day: date) -> int:
        """End allocations on a day: what they settled is open again, and the money waits; return how many."""
        wanted = [*allocations]
        op.stage("ended_allocations", pa.table({"id": pa.array(wanted, pa.int64())}))
        for row in op.rows(statement("allocations_too_late"), day=day):
            raise {"ended": IllegalTransition}.get(row["code"], InvalidValue)(f"{row['problem']} {row['hint']}")
        post(op, op.arrow(statement("taken_back_entries"), day=day))
        op.update("allocations", [{"id": id_, "taken_back_on": day} for id_ in wanted])
        return len(wanted)

    def payment(self, op: Operation | Store, payment: int) -> dict[str, Any]:
        """Return a payment with what of it waits (``left``).

        Raises
        ------
        NotFound
            If there is none with this id.
        """
        found = op.rows(statement("payment_waiting"), payment=payment) if _is_id(payment) else []
        if not found:
            raise NotFound(
                f"There is no payment {payment!r}; it is named by its id. book.payments.list() shows them all."
            )
        return {**found[0], "field": "payment"}

    def credit_note(self, op: Operation, note: int) -> dict[str, Any]:
        """Return a credit note with what of it waits (``left``).

        Raises
        ------
        NotFound
            If there is none with this id.
        """
        found = op.rows(statement("credit_waiting"), note=note) if _is_id(note) else []
        if not found:
            raise NotFound(
                f"There is no credit note {note!r}; it is named by its id. book.invoices.list() shows them all."
            )
        return {**found[0], "field": "credit_note"}

    def _allocate(self, op: Operation, rows: list[dict[str, Any]]) -> int:
        table = rows_of("allocations", [{name: value for name, value in row.items() if name != "row"} for row in rows])
        for name in ("payment", "credit_note"):
            if name not in table.column_names:
                table = table.append_column(name, pa.nulls(table.num_rows, pa.int64()))
        op.stage("incoming_allocations", table.append_column("row", pa.array([row["row"] for row in rows], pa.int64())))
        first_problem(op, statement("allocation_problems"), _ERRORS)
        settle(
            op,
            op.arrow(
                "select payment, credit_note, invoice, date, amount, currency from incoming_allocations order by row"
            ),
        )
        must_leave_locked_days(op, "The money cannot be applied", PeriodLocked)
        return len(rows)

    @staticmethod
    def _open(op: Operation, invoices: Iterable[int]) -> dict[int, dict[str, Any]]:
        wanted = [*invoices]
        for one in wanted:
            if not _is_id(one):
                raise NotFound(
                    f"There is no invoice {one!r}; it is named by its id. book.invoices.list() shows them all."
                )
        op.stage("invoices_named", pa.table({"id": pa.array(wanted, pa.int64())}))
        held = {row["id"]: row for row in op.rows(statement("invoices_open"))}
        for one in wanted:
            if one not in held:
                raise NotFound(f"There is no invoice {one}. book.invoices.list() shows them all.")
            if held[one]["kind"] != "invoice" or held[one]["status"] == "draft":
                what = (
                    f"{held[one]['number']} is a credit note"
                    if held[one]["kind"] != "invoice"
                    else f"Draft {one} is not issued"
                )
                raise InvalidValue(f"{what}: money cannot settle it. Name an invoice that was issued.")
        return held


def _is_id(given: object) -> bool:
    return hasattr(given, "__index__") and not isinstance(given, bool)


def _several(invoices: Any) -> list[int]:
    if hasattr(invoices, "columns"):
        invoices = invoices["id"]
    return [*invoices] if isinstance(invoices, Iterable) and not isinstance(invoices, str) else [invoices]
