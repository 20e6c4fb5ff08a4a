"""Asking whether a customer is to go out of use, or who comes back with it."""

from __future__ import annotations

from collections.abc import Callable

from invoicekit.errors import InvoicekitError
from invoicekit.forms.parts.question import Question
from invoicekit.forms.parts.words import Words
from invoicekit.ledger import Customers

__all__ = ["standing_question"]


def standing_question(
    customers: Customers, customer: int, words: Words, say: Callable[[str, str], None], after: Callable[[], None]
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
    no = (words("no"), lambda: None)

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
        back = words("is_active_again", name=name)
        alone = (words("yes_only", name=name), lambda: act(lambda: customers.activate(customer), back))
        whole = (
            words.count("yes_with_subs", len(together)),
            lambda: act(lambda: customers.activate(customer, include_sub_customers=True), back),
        )
        answers = [alone, whole] if together else [alone]
        return Question(words("activate_question", name=name), [*answers, no])
    below = len(customers.below(customer))
    asked = words.count("inactivate_with_subs", below, name=name) if below else words("inactivate", name=name)
    return Question(
        asked,
        [
            (words("yes"), lambda: act(lambda: customers.make_inactive(customer), words("is_inactive", name=name))),
            no,
        ],
    )
