"""The rules, one module for each thing people do; every rule stands here once."""

from invoicekit.ledger.activities import Activities
from invoicekit.ledger.categories import Categories
from invoicekit.ledger.check import check
from invoicekit.ledger.customers import Customers
from invoicekit.ledger.invoices import Invoices
from invoicekit.ledger.matters import Matters
from invoicekit.ledger.merging import Merge
from invoicekit.ledger.noting import Changed
from invoicekit.ledger.payments import Payments
from invoicekit.ledger.people import People
from invoicekit.ledger.settings import Settings
from invoicekit.ledger.stopwatches import Stopwatches
from invoicekit.ledger.tax_ids import OTHER, judged
from invoicekit.ledger.undoing import undo
from invoicekit.ledger.users import Users

__all__ = [
    "OTHER",
    "Activities",
    "Categories",
    "Changed",
    "Customers",
    "Invoices",
    "Matters",
    "Merge",
    "Payments",
    "People",
    "Settings",
    "Stopwatches",
    "Users",
    "check",
    "judged",
    "undo",
]
