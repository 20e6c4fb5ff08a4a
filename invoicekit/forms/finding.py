"""How records are found by their first letters, and what one is called: for fields and pickers that name them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from invoicekit.forms.parts.picker import MOST, Search
from invoicekit.ledger import Categories, Customers, Matters, Users
from invoicekit.store import Hold

__all__ = ["categories_found", "clients_found", "customers_found", "matters_found", "users_found"]

Found = tuple[Search, Callable[[int], str]]


def customers_found(hold: Hold) -> Found:
    """Return how customers and leads are found."""
    customers = Customers(hold)

    def search(text: str) -> list[tuple[str, int]]:
        _, rows = customers.page(text, count=MOST)
        return [(f"{row['customer']} ({row['id']})", int(row["id"])) for row in rows]

    return search, lambda id_: f"{customers.get(id_)['display_name']} ({id_})"


def clients_found(hold: Hold, matter: Callable[[], int | None]) -> Found:
    """Return how the clients of a matter are found; all customers where no matter is said."""
    search_all, called = customers_found(hold)

    def search(text: str) -> list[tuple[str, int]]:
        of = matter()
        if of is None:
            return list(search_all(text))
        found = Matters(hold).clients(of, text)
        return [(f"{name} ({id_})", int(id_)) for id_, name in zip(found["id"], found["name"], strict=True)][:MOST]

    return search, called


def matters_found(hold: Hold) -> Found:
    """Return how open matters are found."""
    matters = Matters(hold)

    def search(text: str) -> list[tuple[str, int]]:
        _, rows = matters.pages().window(text, count=MOST)
        return [(_matter(row), int(row["id"])) for row in rows]

    return search, lambda id_: _matter(matters.get(id_))


def users_found(hold: Hold) -> Found:
    """Return how users are found."""
    return _named(Users(hold))


def categories_found(hold: Hold) -> Found:
    """Return how categories of activity are found."""
    return _named(Categories(hold))


def _named(part: Users | Categories) -> Found:
    def search(text: str) -> list[tuple[str, int]]:
        held = part.list()
        wanted = text.casefold()
        return [
            (name, int(id_)) for id_, name in zip(held["id"], held["name"], strict=True) if wanted in name.casefold()
        ]

    return search, lambda id_: str(part.get(id_)["name"])


def _matter(row: dict[str, Any]) -> str:
    number = f"{row['number']} " if row["number"] else ""
    return f"{number}{row['title']} ({row['id']})"
