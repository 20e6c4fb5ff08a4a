"""The rules, one module for each thing people do; every rule stands here once."""

from invoicekit.ledger.check import check
from invoicekit.ledger.customers import Customers
from invoicekit.ledger.invoices import Invoices
from invoicekit.ledger.payments import Payments
from invoicekit.ledger.settings import Settings
from invoicekit.ledger.tax_ids import misshapen
from invoicekit.ledger.undoing import undo

__all__ = ["Customers", "Invoices", "Payments", "Settings", "check", "misshapen", "undo"]
