"""The field registry: every table and field of a book, declared once.

From these declarations come the tables themselves, their comments, the headings an import
understands, `docs/fields.md`, the references that are checked and followed, and added columns.
"""

from invoicekit.schema.billing import (
    INVOICE_ADJUSTMENTS,
    INVOICE_LINES,
    INVOICE_TAXES,
    INVOICES,
    ISSUED_INVOICES,
    SENDINGS,
    SERIES,
)
from invoicekit.schema.bookkeeping import (
    COUNTERS,
    IMPORT_MAPPINGS,
    IMPORT_ROWS,
    IMPORTS,
    MIGRATIONS,
    OPERATIONS,
    PASSWORDS,
    PERMISSIONS,
    SETTINGS,
    SIGN_INS,
)
from invoicekit.schema.declare import KINDS, LANGUAGES, SECTIONS, Field, Kind, Table
from invoicekit.schema.documents import (
    KEPT_DOCUMENTS,
    MAIL_ACCOUNTS,
    MESSAGES,
    REMINDER_LEVELS,
    REMINDERS,
    TEMPLATES,
)
from invoicekit.schema.parties import CONTACT_PERSONS, CUSTOMER_NUMBERS, CUSTOMERS, DIFFERENT_CUSTOMERS, SELLERS
from invoicekit.schema.receivables import ALLOCATIONS, ENTRIES, PAYMENTS
from invoicekit.schema.recurring import RECURRING_INVOICES, RECURRING_LINES, RECURRING_PAUSES
from invoicekit.schema.work import (
    ACTIVITIES,
    ACTIVITY_CATEGORIES,
    MATTER_CLIENTS,
    MATTER_PARTIES,
    MATTERS,
    STOPWATCHES,
    USERS,
    WIP_ENTRIES,
)

__all__ = ["KINDS", "LANGUAGES", "SECTIONS", "TABLES", "Field", "Kind", "Table", "references_to", "versioned"]

TABLES: dict[str, Table] = {
    table.name: table
    for table in (
        CUSTOMERS,
        CUSTOMER_NUMBERS,
        CONTACT_PERSONS,
        DIFFERENT_CUSTOMERS,
        USERS,
        MATTERS,
        MATTER_CLIENTS,
        MATTER_PARTIES,
        ACTIVITY_CATEGORIES,
        ACTIVITIES,
        STOPWATCHES,
        SELLERS,
        SERIES,
        RECURRING_INVOICES,
        RECURRING_LINES,
        RECURRING_PAUSES,
        INVOICES,
        INVOICE_LINES,
        INVOICE_ADJUSTMENTS,
        INVOICE_TAXES,
        ISSUED_INVOICES,
        SENDINGS,
        TEMPLATES,
        KEPT_DOCUMENTS,
        MAIL_ACCOUNTS,
        MESSAGES,
        REMINDER_LEVELS,
        REMINDERS,
        PAYMENTS,
        ALLOCATIONS,
        ENTRIES,
        WIP_ENTRIES,
        SETTINGS,
        PERMISSIONS,
        PASSWORDS,
        SIGN_INS,
        OPERATIONS,
        COUNTERS,
        IMPORT_MAPPINGS,
        IMPORTS,
        IMPORT_ROWS,
        MIGRATIONS,
    )
}


def versioned() -> list[Table]:
    """Return the tables whose every version is kept."""
    return [table for table in TABLES.values() if table.versioned]


def references_to(name: str) -> list[tuple[Table, Field]]:
    """Return every field that refers to a table, with the table that holds it."""
    return [(table, field) for table in TABLES.values() for field in table.fields if field.references == name]
