"""invoicekit: customers, invoices and payments as DuckDB tables in one file, a book.

>>> import invoicekit as ik
>>> import pathlib, tempfile
>>> book = ik.open(pathlib.Path(tempfile.mkdtemp()) / "acme.duckdb")
>>> acme = book.customers.add(display_name="Acme SA")
>>> len(book.customers.list())
1
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from invoicekit.book import Book
    from invoicekit.opening import open_book as open  # noqa: A004
    from invoicekit.opening import restore_book as restore

__all__ = ["Book", "__version__", "errors", "open", "restore"]

__version__ = "0.1.0"

_HOMES = {
    "Book": ("invoicekit.book", "Book"),
    "open": ("invoicekit.opening", "open_book"),
    "restore": ("invoicekit.opening", "restore_book"),
    "errors": ("invoicekit.errors", None),
}


def __getattr__(name: str) -> Any:
    """Load the engine only when it is first asked for."""
    from importlib import import_module

    if name not in _HOMES:
        raise AttributeError(f"module 'invoicekit' has no attribute {name!r}")
    module, attribute = _HOMES[name]
    found = import_module(module)
    return getattr(found, attribute) if attribute else found
