"""Activities: what work comes to, and what must be known of it."""

from __future__ import annotations

import pyarrow as pa

from invoicekit.ledger.part import Part, statement
from invoicekit.store import Operation

__all__ = ["Activities"]


class Activities(Part):
    """The activities of a book."""

    @staticmethod
    def complete(op: Operation, currency: str) -> None:
        """Work out what incoming activities come to.

        Reads ``incoming_activities`` of the operation (``row`` and the fields of the registry) and leaves
        ``completed_activities``.

        Parameters
        ----------
        currency
            Of matters that state none.
        """
        op.derive("completed_activities", statement("activities_completed"), currency=currency)

    @staticmethod
    def problems() -> str:
        """Return the query that says what is wrong with completed activities, a row each."""
        return statement("activity_problems")

    @staticmethod
    def post(op: Operation) -> pa.Table:
        """Write completed activities, and return ``row`` and ``id`` of each."""
        ready = op.arrow("select * from completed_activities order by row")
        ids = op.insert("activities", ready.drop_columns(["row", *({"id"} & set(ready.column_names))]))
        return pa.table({"row": ready.column("row"), "id": pa.array(ids, pa.int64())})
