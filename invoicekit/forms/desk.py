"""All screens as one: what there is at the left of the page, and what is open beside it."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from html import escape
from typing import Any

import ipywidgets

from invoicekit.forms.activities import ActivitiesScreen
from invoicekit.forms.customers import CustomersScreen
from invoicekit.forms.home import HomeScreen
from invoicekit.forms.importing import ImportScreen
from invoicekit.forms.invoices import InvoicesScreen
from invoicekit.forms.matters import MattersScreen
from invoicekit.forms.parts.screen import Screen, let_go
from invoicekit.forms.payments import PaymentsScreen
from invoicekit.forms.reporting import ReportScreen
from invoicekit.forms.sending import OutboxScreen
from invoicekit.ledger import Seller
from invoicekit.schema import LANGUAGES
from invoicekit.store import Hold

__all__ = ["Desk"]


class Desk(Screen):
    """The screens of a book, one at a time; what was typed on one is saved when another is opened.

    Attributes
    ----------
    places
        The buttons that lead to the screens, by name.
    place
        Which is open.
    shortcut
        The (+) that notes an activity from anywhere.
    """

    def __init__(self, hold: Hold, *, language: str = "en") -> None:
        super().__init__(hold, language=language)
        self._screens: dict[str, Callable[[], Screen]] = {
            "home": lambda: HomeScreen(hold, self.begin, language=self.language),
            "customers": lambda: CustomersScreen(hold, language=self.language),
            "matters": lambda: MattersScreen(hold, language=self.language),
            "activities": lambda: ActivitiesScreen(hold, language=self.language),
            "invoices": lambda: InvoicesScreen(hold, language=self.language),
            "payments": lambda: PaymentsScreen(hold, language=self.language),
            "reports": lambda: ReportScreen(hold, language=self.language),
            "import": lambda: ImportScreen(hold, language=self.language, closed=self._done),
            "outbox": lambda: OutboxScreen(hold, language=self.language),
        }
        self.place = ""
        self.box.add_class("ik-desk")
        self._nav = ipywidgets.HBox()
        self._nav.add_class("ik-nav")
        self.languages = ipywidgets.Dropdown(
            options=[("English", "en"), ("Français", "fr"), ("Español", "es"), ("Deutsch", "de")], value=language,
            description=self.words("language"), layout=ipywidgets.Layout(width="13em"), style={"description_width": "initial"},
        )  # fmt: skip
        assert set(LANGUAGES) == {value for _, value in self.languages.options}
        self.languages.observe(self._speak, "value")
        self._name()
        self.compose(self._nav, self.said, self.slot)
        self.go("home")

    def go(self, place: str) -> Screen:
        """Open a screen by its name; what was typed on the one before is saved."""
        self.close_inner()
        screen = self._screens[place]()
        self.inner = screen
        self._show(screen.box, look=False)
        if self.place in self.places:
            self.places[self.place].button_style = ""
        self.places[place].button_style = "primary"
        self.place = place
        return screen

    def begin(self, what: str) -> None:
        """Begin something new: a customer, a matter, an activity, an invoice, a payment or an import."""
        place = {"customer": "customers", "matter": "matters", "activity": "activities", "invoice": "invoices",
                 "payment": "payments", "import": "import"}[what]  # fmt: skip
        screen: Any = self.go(place)
        if what != "import":
            screen.do(screen.add)

    def _done(self) -> None:
        """Go home from a screen that closed by itself."""
        if self.inner is not None:
            self.inner = None
            self.go("home")

    def _name(self) -> None:
        """Name everything in the language that is spoken."""
        w = self.words
        self.places = {
            name: self.button(w("import_title" if name == "import" else name), partial(self.go, name))
            for name in self._screens
        }
        self.shortcut = self.button("+", lambda: self.begin("activity"), tooltip=w("new_activity"))
        self.shortcut.add_class("ik-shortcut")
        self.languages.description = w("language")
        before = self._nav.children
        self._nav.children = (*self.places.values(), self.shortcut, self.languages, self._help())
        for one in before:
            if one is not self.languages:
                let_go(one)

    def _help(self) -> Any:
        """Return where help is found: whoever issues the invoices, by mail or by telephone."""
        seller, w = Seller(self._hold).get(), self.words
        reached = seller.get("email")
        link = f'<a href="mailto:{escape(str(reached))}">{escape(w("help"))}</a>' if reached else escape(w("help"))
        phone = f" · {escape(str(seller['phone']))}" if seller.get("phone") else ""
        return ipywidgets.HTML(f'<span class="ik-help" title="{escape(w("help_hint"))}">{link}{phone}</span>')

    def _speak(self, change: dict[str, Any]) -> None:
        from invoicekit.forms.parts.words import Words

        self.language, self.words = change["new"], Words(change["new"])
        self._name()
        self.go(self.place)
