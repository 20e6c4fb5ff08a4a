"""Finding customers that may be one and the same; it proposes, and never merges by itself.

Each step of the search is a query of its own: words and what agreeing on each is worth, pairs
worth comparing, how far they agree, and how likely it is that they are one. What it weighs is
written at the top of each.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from invoicekit.ledger.part import statement

if TYPE_CHECKING:
    import pyarrow as pa

    from invoicekit.store import Store

__all__ = ["LIKELY", "find_duplicates"]

# From this score on two customers are proposed as one.
LIKELY = 0.8

_STEPS = ("parties", "words", "profiles", "candidates", "likeness", "evidence", "pairs", "proposed", "groups")


def find_duplicates(store: Store, likely: float = LIKELY) -> pa.Table:
    """Return groups of customers that may be one; see `Customers.duplicates`.

    Notes
    -----
    The scores follow Fellegi and Sunter (1969): agreeing on a value counts by how seldom it
    occurs in the book, and two rival explanations - strangers, and relatives or branches - must
    both be ruled out. Every key that brings customers together brings a few at most, so that the
    work grows with the customers, not with their square.
    """
    with store.working() as work:
        for step in _STEPS:
            work.derive(step, statement(f"duplicates/{step}"), threshold=likely)
        return work.arrow(statement("duplicates/listed"))
