"""Every error invoicekit raises on purpose.

::

    InvoicekitError
    ├── BookError             the file itself
    │   ├── BookInUse         another process has it open
    │   ├── BookNotFound      there is no such book
    │   ├── BookClosed        it was closed before this call
    │   ├── BookTooNew        written by a later invoicekit or DuckDB
    │   ├── KeyRefused        it is encrypted: no key, another key, or nothing here that could use it
    │   ├── SignInRefused     it takes a name and a password, and these do not do
    │   └── NotABook          a file of another kind
    ├── OperationFailed       an inner failure dooms the whole operation
    ├── UndoRefused           nothing of it may be undone
    ├── RuleError             a rule of the ledger says no
    │   ├── NotFound          no such record
    │   ├── NameTaken         display names are unique
    │   │   └── MergeProposed the customer of that name may be the same one
    │   ├── MergeRefused      two customers that cannot become one
    │   ├── PeriodLocked      an entry on a day that is locked
    │   ├── InvalidValue      a value that its field cannot hold
    │   ├── BalanceNotZero    money is still open
    │   ├── MatterOpen        work is still going on
    │   ├── MatterClosed      no work is noted on it any more
    │   ├── ActivityTaken     work that a draft reserves, an invoice bills, or somebody gave up
    │   ├── InUse             something else needs the record
    │   ├── Incomplete        the law wants more said of seller or buyer on an invoice
    │   ├── MoreThanOpen      more money than a payment, a credit or an invoice holds
    │   ├── NotAllowed        it takes a role that who opened the book has not
    │   ├── StopwatchRunning  one at a time, each user
    │   └── IllegalTransition a state that cannot follow this one
    ├── MailRefused           mail cannot go out: no account, no server, no password
    ├── PastCannotChange      a book as known at an earlier moment
    ├── QueryRefused          `book.sql` reads, it never writes
    └── ImportRefused         a file, or the plan made of it
        ├── FileMissing       no file there
        ├── NotAWorkbook      bytes that are no workbook, or cost more to read than they may
        ├── PasswordNeeded    it is protected by a password
        ├── NoTable           no heading, or nothing below it
        ├── MissingColumn     a required field has no column
        └── QuestionsOpen     the plan needs an answer first

A message says what cannot be done, why (with names and amounts), and what to do.
"""

from __future__ import annotations

__all__ = [
    "ActivityTaken",
    "BalanceNotZero",
    "BookClosed",
    "BookError",
    "BookInUse",
    "BookNotFound",
    "BookTooNew",
    "FileMissing",
    "IllegalTransition",
    "ImportRefused",
    "InUse",
    "Incomplete",
    "InvalidValue",
    "InvoicekitError",
    "KeyRefused",
    "MailRefused",
    "MatterClosed",
    "MatterOpen",
    "MergeProposed",
    "MergeRefused",
    "MissingColumn",
    "MoreThanOpen",
    "NameTaken",
    "NoTable",
    "NotABook",
    "NotAWorkbook",
    "NotAllowed",
    "NotFound",
    "OperationFailed",
    "PasswordNeeded",
    "PastCannotChange",
    "PeriodLocked",
    "QueryRefused",
    "QuestionsOpen",
    "RuleError",
    "SignInRefused",
    "StopwatchRunning",
    "UndoRefused",
]


class InvoicekitError(Exception):
    """Anything invoicekit refuses."""


class BookError(InvoicekitError):
    """The file of a book cannot be used."""


class BookInUse(BookError):
    """Another process has the book open."""


class BookNotFound(BookError):
    """There is no book at this path, and none was to be created."""


class BookClosed(BookError):
    """The book was closed before this call."""


class BookTooNew(BookError):
    """A later version of invoicekit or DuckDB wrote this book."""


class KeyRefused(BookError):
    """The book is encrypted: no key was given, it is another, or the engine cannot use one here."""


class SignInRefused(BookError):
    """The book is opened by users with a password: none was given, it is wrong, or too many were."""


class NotABook(BookError):
    """The file is something else."""


class OperationFailed(InvoicekitError):
    """A step inside an operation failed, so the whole operation was rolled back."""


class UndoRefused(InvoicekitError):
    """An operation of which nothing may be undone."""


class RuleError(InvoicekitError):
    """A rule of the ledger refuses a change."""


class NotFound(RuleError):
    """No record answers to this id or name."""


class NameTaken(RuleError):
    """Another customer has this display name."""


class MergeProposed(NameTaken):
    """Another customer has this display name, and may be the same one.

    Attributes
    ----------
    customer
        Id of the customer that was to take the name.
    into
        Id of the one that has it.
    """

    def __init__(self, message: str, *, customer: int, into: int) -> None:
        super().__init__(message)
        self.customer = customer
        self.into = into


class MergeRefused(RuleError):
    """Two customers that cannot become one."""


class PeriodLocked(RuleError):
    """An entry would be written, changed or taken out on a day that is locked."""


class InvalidValue(RuleError):
    """A value that its field cannot hold."""


class BalanceNotZero(RuleError):
    """Money is still open."""


class MatterOpen(RuleError):
    """Work is still going on."""


class MatterClosed(RuleError):
    """No work is noted on a closed matter."""


class ActivityTaken(RuleError):
    """Work that a draft reserves, an invoice bills, or somebody wrote off."""


class InUse(RuleError):
    """A record that something else needs, or needed once."""


class Incomplete(RuleError):
    """Seller or buyer lack what has to stand on an invoice."""


class MoreThanOpen(RuleError):
    """More money was to be applied, sent back or given up than is there or open."""


class NotAllowed(RuleError):
    """It takes a role that who opened the book has not."""


class StopwatchRunning(RuleError):
    """A user measures one thing at a time."""


class IllegalTransition(RuleError):
    """A state that cannot follow the present one."""


class MailRefused(InvoicekitError):
    """Mail cannot go out: nobody said how, or the server cannot be used."""


class PastCannotChange(InvoicekitError):
    """A book as it was known at an earlier moment is only looked at."""


class QueryRefused(InvoicekitError):
    """`book.sql` was given a statement that is not a single query."""


class ImportRefused(InvoicekitError):
    """A file cannot be imported, or a plan cannot be applied."""


class FileMissing(ImportRefused):
    """There is no such file."""


class NotAWorkbook(ImportRefused):
    """The bytes are not those of a workbook or a text table."""


class PasswordNeeded(ImportRefused):
    """The workbook is protected by a password: none was given, or another."""


class NoTable(ImportRefused):
    """A sheet without a heading, or without a row below it."""


class MissingColumn(ImportRefused):
    """No column is mapped to a field that the record cannot do without."""


class QuestionsOpen(ImportRefused):
    """The plan holds a question that only a person can answer."""
