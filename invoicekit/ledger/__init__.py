"""The rules, one module for each thing people do; every rule stands here once."""

from invoicekit.ledger.access import Access, must_write
from invoicekit.ledger.billing.invoices import Invoices
from invoicekit.ledger.billing.recurring import Recurring
from invoicekit.ledger.billing.series import Series
from invoicekit.ledger.billing.settling import settle
from invoicekit.ledger.check import check
from invoicekit.ledger.keeping import backups_in, restore
from invoicekit.ledger.parties.customers import Customers
from invoicekit.ledger.parties.merging import Merge
from invoicekit.ledger.parties.people import People
from invoicekit.ledger.parties.seller import Seller
from invoicekit.ledger.parties.tax_ids import OTHER, judged
from invoicekit.ledger.passwords import Passwords, sign_in
from invoicekit.ledger.periods import Periods
from invoicekit.ledger.receivables.bank import Bank
from invoicekit.ledger.receivables.payments import Payments
from invoicekit.ledger.settings import Settings
from invoicekit.ledger.undoing import done_last, undo, written_by
from invoicekit.ledger.work.activities import Activities
from invoicekit.ledger.work.categories import Categories
from invoicekit.ledger.work.matters import Matters
from invoicekit.ledger.work.noting import Changed
from invoicekit.ledger.work.stopwatches import Stopwatches
from invoicekit.ledger.work.users import Users

__all__ = [
    "OTHER",
    "Access",
    "Activities",
    "Bank",
    "Categories",
    "Changed",
    "Customers",
    "Invoices",
    "Matters",
    "Merge",
    "Passwords",
    "Payments",
    "People",
    "Periods",
    "Recurring",
    "Seller",
    "Series",
    "Settings",
    "Stopwatches",
    "Users",
    "backups_in",
    "check",
    "done_last",
    "judged",
    "must_write",
    "restore",
    "settle",
    "sign_in",
    "undo",
    "written_by",
]
