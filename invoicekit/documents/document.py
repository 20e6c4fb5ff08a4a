"""A document: what it looks like, its PDF, and the file it becomes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from html import escape
from os import PathLike
from pathlib import Path

from invoicekit.store import writable

__all__ = ["Document"]


@dataclass(frozen=True)
class Document:
    """One invoice, statement or reminder; a notebook shows it.

    Attributes
    ----------
    name
        What a file of it is called, without its suffix.
    html
        What it looks like: the PDF is printed from this very text. Of an invoice that was printed before it is the page as it
        would be today; its PDF stays the one that was kept.
    """

    name: str
    html: str
    print_: Callable[[], bytes]

    @cached_property
    def pdf(self) -> bytes:
        """The bytes of the PDF; of an issued invoice the ones that were kept when it was first printed."""
        return self.print_()

    def save(self, path: str | PathLike[str]) -> Path:
        """Write the PDF into a file, or into a folder under its own name, and return where it is.

        Raises
        ------
        BookInUse
            If the path is that of a book that is open.
        OperationFailed
            While something is only tried out: see `Book.what_if`.
        """
        where = Path(path)
        where = writable(where / f"{self.name}.pdf" if where.is_dir() else where)
        where.write_bytes(self.pdf)
        return where

    def _repr_html_(self) -> str:
        # A page of its own, in which nothing runs: neither its style nor anything in it reaches the notebook.
        return (
            f'<iframe sandbox title="{escape(self.name)}" srcdoc="{escape(self.html)}" '
            'style="width: 100%; height: 60em; border: 1px solid #d1d5db"></iframe>'
        )

    def __repr__(self) -> str:
        return f"<Document {self.name}>"
