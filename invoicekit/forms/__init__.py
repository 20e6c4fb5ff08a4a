"""Screens for a notebook and for a page: forms that save themselves, and lists of any length."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, TypeVar
from weakref import WeakSet

from invoicekit.ledger.part import Part
from invoicekit.store import Hold

if TYPE_CHECKING:
    from invoicekit.forms.activities import ActivitiesScreen, ActivityForm, NewActivity
    from invoicekit.forms.customer import CustomerForm
    from invoicekit.forms.customers import CustomersScreen
    from invoicekit.forms.desk import Desk
    from invoicekit.forms.draft import DraftForm
    from invoicekit.forms.duplicates import DuplicatesScreen
    from invoicekit.forms.importing import ImportScreen
    from invoicekit.forms.invoices import InvoicesScreen
    from invoicekit.forms.matters import MatterForm, MattersScreen
    from invoicekit.forms.parts.screen import Screen
    from invoicekit.forms.payments import PaymentsScreen
    from invoicekit.forms.reporting import ReportScreen
    from invoicekit.forms.sending import OutboxScreen
    from invoicekit.forms.stopwatch import StopwatchBar
    from invoicekit.ledger.parties.customers import Which

__all__ = ["Forms"]

S = TypeVar("S", bound="Screen")


class Forms(Part):
    """The screens of a book: the last line of a cell shows one. They load when the first one is opened.

    Each takes ``language=``: ``en``, ``fr``, ``es`` or ``de``.
    """

    def __init__(self, hold: Hold) -> None:
        super().__init__(hold)
        self._open: WeakSet[Screen] = WeakSet()

    def desk(self, *, language: str = "en") -> Desk:
        """Open all screens as one, with the dashboard first; ``invoicekit app`` shows the same on a page."""
        from invoicekit.forms.desk import Desk

        return self._held(Desk(self._hold, language=language))

    def customer(self, customer: Which, *, language: str = "en") -> CustomerForm:
        """Open the form of a customer: every field saves itself a moment after it was changed.

        Parameters
        ----------
        customer
            Id or display name.
        language
            Of the labels: ``en``, ``fr``, ``es`` or ``de``.

        Raises
        ------
        NotFound
            If there is no such customer.

        Examples
        --------
        >>> import invoicekit as ik, tempfile, pathlib
        >>> book = ik.open(pathlib.Path(tempfile.mkdtemp()) / "acme.duckdb")
        >>> form = book.forms.customer(book.customers.add(display_name="Acme SA"))
        >>> form.fields["phone"].input.value = "+33 1 23"
        >>> form.close()
        >>> book.customers.get("Acme SA")["phone"]
        '+33 1 23'
        """
        from invoicekit.forms.customer import CustomerForm

        return self._held(CustomerForm(self._hold, customer, language=language))

    def customers(self, *, language: str = "en") -> CustomersScreen:
        """Open the list of customers: search it, open one, add one, put one out of use, import many, merge duplicates."""
        from invoicekit.forms.customers import CustomersScreen

        return self._held(CustomersScreen(self._hold, language=language))

    def duplicates(self, *, language: str = "en") -> DuplicatesScreen:
        """Open the workbench that walks through customers that may be one and the same."""
        from invoicekit.forms.duplicates import DuplicatesScreen

        return self._held(DuplicatesScreen(self._hold, language=language))

    def imports(self, into: str | None = None, *, language: str = "en") -> ImportScreen:
        """Open the import wizard: file, columns, rows, receipt.

        Parameters
        ----------
        into
            What the rows are, as for `Imports.read`; guessed unless given.
        """
        from invoicekit.forms.importing import ImportScreen

        return self._held(ImportScreen(self._hold, into=into, language=language))

    def matters(self, *, customer: Which | None = None, language: str = "en") -> MattersScreen:
        """Open the list of matters, of all or of one customer."""
        from invoicekit.forms.matters import MattersScreen

        return self._held(MattersScreen(self._hold, customer=customer, language=language))

    def matter(self, matter: Which, *, language: str = "en") -> MatterForm:
        """Open the form of a matter: what it is about, its clients, the work on it, its invoices."""
        from invoicekit.forms.matters import MatterForm

        return self._held(MatterForm(self._hold, matter, language=language))

    def activities(
        self, matter: Which | None = None, *, customer: Which | None = None, language: str = "en"
    ) -> ActivitiesScreen:
        """Open the list of activities, and what can be done with many of them at once."""
        from invoicekit.forms.activities import ActivitiesScreen

        return self._held(ActivitiesScreen(self._hold, matter=matter, customer=customer, language=language))

    def activity(
        self,
        activity: int | None = None,
        *,
        matter: Which | None = None,
        customer: Which | None = None,
        language: str = "en",
    ) -> ActivityForm | NewActivity:
        """Open the form of an activity, or of a new one: its kind first, then the matter where none is given."""
        from invoicekit.forms.activities import ActivityForm, NewActivity

        if activity is not None:
            return self._held(ActivityForm(self._hold, activity, language=language))
        return self._held(NewActivity(self._hold, matter=matter, customer=customer, language=language))

    def stopwatch(self, *, language: str = "en") -> StopwatchBar:
        """Open the stopwatches of whoever opened the book."""
        from invoicekit.forms.stopwatch import StopwatchBar

        return self._held(StopwatchBar(self._hold, language=language))

    def invoices(
        self, *, customer: Which | None = None, matter: Which | None = None, language: str = "en"
    ) -> InvoicesScreen:
        """Open the list of invoices: draft, finalise, send, close, credit, print."""
        from invoicekit.forms.invoices import InvoicesScreen

        return self._held(InvoicesScreen(self._hold, customer=customer, matter=matter, language=language))

    def draft(self, invoice: int, *, language: str = "en") -> DraftForm:
        """Open a draft: its head, its lines, the work on it, its totals and how it will look."""
        from invoicekit.forms.draft import DraftForm

        return self._held(DraftForm(self._hold, invoice, language=language))

    def payments(self, *, customer: Which | None = None, language: str = "en") -> PaymentsScreen:
        """Open the list of payments: record one, and say what it settles."""
        from invoicekit.forms.payments import PaymentsScreen

        return self._held(PaymentsScreen(self._hold, customer=customer, language=language))

    def reports(self, name: str = "aging", *, language: str = "en") -> ReportScreen:
        """Open a report with its parameters, its chart, and what each figure is made of."""
        from invoicekit.forms.reporting import ReportScreen

        return self._held(ReportScreen(self._hold, name, language=language))

    def outbox(self, *, language: str = "en") -> OutboxScreen:
        """Open the outbox: what went out by mail, what did not, and what is not known."""
        from invoicekit.forms.sending import OutboxScreen

        return self._held(OutboxScreen(self._hold, language=language))

    def flush(self) -> Sequence[str]:
        """Save now whatever was typed anywhere, and return what could not be saved, a text for each form."""
        screens = [screen for screen in self._open if screen.is_open]
        for screen in screens:
            screen.flush()
        return [unsaved for screen in screens if (unsaved := screen.not_saved())]

    def _held(self, screen: S) -> S:
        self._open.add(screen)
        return screen
