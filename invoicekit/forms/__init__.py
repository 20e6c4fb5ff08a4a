"""Screens for a notebook: forms that save themselves, and lists of any length."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING
from weakref import WeakSet

from invoicekit.errors import InvalidValue
from invoicekit.ledger.part import Part
from invoicekit.schema import LANGUAGES
from invoicekit.store import Hold

if TYPE_CHECKING:
    from invoicekit.forms.customer import CustomerForm
    from invoicekit.forms.customers import CustomersScreen
    from invoicekit.forms.duplicates import DuplicatesScreen
    from invoicekit.ledger.parties.customers import Which

__all__ = ["Forms"]


class Forms(Part):
    """The screens of a book; they load when the first one is opened."""

    def __init__(self, hold: Hold) -> None:
        super().__init__(hold)
        self._open: WeakSet[CustomerForm | CustomersScreen | DuplicatesScreen] = WeakSet()

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

        _must_be_spoken(language)
        form = CustomerForm(self._hold, customer, language=language)
        self._open.add(form)
        return form

    def customers(self, *, language: str = "en") -> CustomersScreen:
        """Open the list of customers: search it, open one, add one, put one out of use."""
        from invoicekit.forms.customers import CustomersScreen

        _must_be_spoken(language)
        screen = CustomersScreen(self._hold, language=language)
        self._open.add(screen)
        return screen

    def duplicates(self) -> DuplicatesScreen:
        """Open the workbench that walks through customers that may be one and the same."""
        from invoicekit.forms.duplicates import DuplicatesScreen

        screen = DuplicatesScreen(self._hold)
        self._open.add(screen)
        return screen

    def flush(self) -> Sequence[str]:
        """Save now whatever was typed anywhere, and return what could not be saved, a text for each form."""
        screens = list(self._open)
        for screen in screens:
            screen.flush()
        return [unsaved for screen in screens if (unsaved := screen.not_saved())]


def _must_be_spoken(language: str) -> None:
    if language not in LANGUAGES:
        raise InvalidValue(f'There are no labels in "{language}". There are: {", ".join(LANGUAGES)}.')
