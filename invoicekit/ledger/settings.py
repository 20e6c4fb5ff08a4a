"""Choices that hold for the whole book."""

from __future__ import annotations

from invoicekit.errors import InvalidValue
from invoicekit.ledger.part import Part
from invoicekit.money import is_currency

__all__ = ["Settings"]


class Settings(Part):
    """The book's settings, read and changed like attributes."""

    @staticmethod
    def must_be_currency(code: str) -> None:
        """Refuse what has not the form of an ISO 4217 code.

        Raises
        ------
        InvalidValue
            With the code that was given.
        """
        if not is_currency(code):
            raise InvalidValue(f'"{code}" is not a currency. Write its ISO 4217 code, such as EUR.')

    @property
    def currency(self) -> str:
        """The ISO 4217 code that amounts without a currency are in."""
        found = self.store.rows("select value from settings where name = 'currency'")
        return str(found[0]["value"]) if found else "EUR"

    @currency.setter
    def currency(self, code: str) -> None:
        self.must_be_currency(code)
        with self.store.operation("change setting", f"currency: {code}") as op:
            held = op.rows("select id from settings where name = 'currency'")
            if held:
                op.update("settings", [{"id": held[0]["id"], "value": code}])
            else:
                op.insert("settings", [{"name": "currency", "value": code}])
