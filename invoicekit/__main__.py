"""``python -m invoicekit`` is ``invoicekit``."""

from invoicekit.cli import app

app()
