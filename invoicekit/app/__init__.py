"""All screens of a book as pages of a browser, served to one machine by one process that holds the book."""

from invoicekit.app.serving import Served, serve

__all__ = ["Served", "serve"]
