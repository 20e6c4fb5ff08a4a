"""An electronic invoice somebody sent, as a frame and as something that can be kept."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

from invoicekit.einvoices import read_xml
from invoicekit.errors import FileMissing, NotAWorkbook
from invoicekit.store import held_here

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Received", "received"]

_HEAD = ("kind", "number", "date", "due_date", "currency")


@dataclass(frozen=True)
class Received:
    """What an electronic invoice says.

    Attributes
    ----------
    content
        All of it, as `invoices.as_issued` gives an invoice of the book: ``document``, ``seller``, ``buyer``, ``lines``,
        ``adjustments``, ``taxes`` and ``totals``.
    path
        Where it was read.
    """

    content: dict[str, Any] = field(repr=False)
    path: Path

    @property
    def df(self) -> pd.DataFrame:
        """A row for each line, with what the document says beside it; amounts are exact decimals."""
        import pyarrow as pa

        from invoicekit.store import frame

        head = {name: self.content["document"][name] for name in _HEAD}
        parties = {"seller": self.content["seller"]["name"], "buyer": self.content["buyer"]["name"]}
        rows = [{**head, **parties, **line} for line in self.content["lines"]]
        columns = list(rows[0]) if rows else [*head, *parties]
        return frame(pa.table({name: pa.array([row[name] for row in rows]) for name in columns}))

    @property
    def totals(self) -> dict[str, Decimal]:
        """What it comes to: ``net``, ``tax``, ``total``, ``prepaid``, ``rounding``, ``payable``."""
        found: dict[str, Decimal] = self.content["totals"]
        return found

    @property
    def expense(self) -> dict[str, Any]:
        """What it is to somebody who paid it for a matter: ``book.activities.add(matter, "disbursement", **received.expense)``."""
        document = self.content["document"]
        said = [line["description"] for line in self.content["lines"] if line["description"]]
        return {
            "amount": self.totals["payable"], "paid_to": self.content["seller"]["name"], "receipt": document["number"],
            "date": document["date"], "description": said[0].splitlines()[0] if said else document["note"],
        }  # fmt: skip

    def _repr_html_(self) -> str:
        from html import escape

        document, totals = self.content["document"], self.totals
        said = (
            f"{document['kind'].replace('_', ' ')} {document['number']} of {document['date']}, from "
            f"{self.content['seller']['name']} "
            f"to {self.content['buyer']['name']}: {totals['total']} {document['currency']}"
        )
        return f"<p><b>{escape(said)}</b></p>{self.df.to_html(index=False, escape=True)}"


def received(path: Path) -> Received:
    """Read an electronic invoice; see `Documents.read`."""
    if held_here(path):
        raise NotAWorkbook(f"{path} is a book that is open here, not an invoice.")
    if not path.is_file():
        raise FileMissing(f"There is no file {path}. Check the path.")
    return Received(read_xml(path.read_bytes()), path)
