"""Asking whether a customer is to go out of use, or who comes back with it."""

from __future__ import annotations

from collections.abc import Callable

from invoicekit.errors import InvoicekitError
from invoicekit.forms.question import Question
from invoicekit.ledger import Customers

__all__ = ["standing_question"]


def standing_question(
    customers: Customers, customer: int, say: Callable[[str, str], None], after: Callable[[], None]
) -> Question:
    """Ask before a customer is made inactive, or is activated.

    Parameters
    ----------
    say
        Told what came of it, with its tone.
    after
        Called when something was changed.
    """
    held = customers.get(customer)
    name = held["display_name"]

    def act(done: Callable[[], object], told: str) -> None:
        try:
            done()
        except InvoicekitError as error:
            say(str(error), "refused")
            return
        after()
        say(told, "saved")

    if held["inactive_since"]:
        together = customers.went_down_with(customer)
        alone = (f"Yes, {name}", lambda: act(lambda: customers.activate(customer), f"{name} is active again."))
        whole = (
            f"Yes, with {_sub_customers(len(together))}",
            lambda: act(lambda: customers.activate(customer, include_sub_customers=True), f"{name} is active again."),
        )
        answers = [alone, whole] if together else [alone]
        return Question(f"Activate {name}?", [*answers, ("No", lambda: None)])
    below = len(customers.below(customer))
    others = f" and its {_sub_customers(below)}" if below else ""
    return Question(
        f"Make {name}{others} inactive? It leaves lists and menus; every report keeps it.",
        [
            ("Yes", lambda: act(lambda: customers.make_inactive(customer), f"{name} is inactive.")),
            ("No", lambda: None),
        ],
    )


def _sub_customers(count: int) -> str:
    return f"{count:,} sub-customer{'s' * (count != 1)}"
