"""By what a customer is known, and what is said when that is taken, unknown, or another's."""

from __future__ import annotations

from typing import Any

from invoicekit.errors import InvalidValue, MergeProposed, NameTaken
from invoicekit.store import Store

__all__ = ["must_be_free", "must_not_be_billed", "propose_merge", "unknown"]


def must_be_free(store: Store, row: dict[str, Any]) -> None:
    """Refuse a customer number that another customer is known by."""
    held = store.rows(
        "select c.id, c.display_name from customer_keys k join customers c on c.id = k.customer "
        "where k.number = $number and k.source = $source and c.id is distinct from $id",
        number=row.get("external_id"),
        source=row.get("source") or "",
        id=row.get("id"),
    )
    if held:
        raise NameTaken(
            f"Customer number {row['external_id']} is that of {held[0]['display_name']} (record {held[0]['id']}). "
            "Give another one."
        )


def propose_merge(store: Store, before: dict[str, Any], name: str) -> None:
    """Refuse the name of another customer, and say how the two become one."""
    others = store.rows(
        "select id, display_name from customers where name_key(display_name) = name_key($name) and id <> $id "
        "and merged_into is null",
        name=name,
        id=before["id"],
    )
    for other in others:
        raise MergeProposed(
            f"{before['display_name']} cannot be called {name}: that is the name of customer {other['id']}. If they are "
            f"one and the same, book.customers.merge({before['id']}, into={other['id']}) shows what would move and "
            "merges them once confirmed; if not, choose another name.",
            customer=before["id"],
            into=other["id"],
        )


def must_not_be_billed(store: Store, held: dict[str, Any]) -> None:
    """Refuse to take back that somebody is a customer who has been billed."""
    invoices = store.rows("select count(*) as n from invoices where $id in (customer, billed_for)", id=held["id"])[0][
        "n"
    ]
    if invoices:
        raise InvalidValue(
            f"{held['display_name']} stays a customer: it has {invoices:,} invoice{'s' * (invoices != 1)}. "
            "Make it inactive if it is not needed any more."
        )


def unknown(store: Store, customer: int | str) -> str:
    """Say that nobody is called so, and who may be meant."""
    if isinstance(customer, int):
        return f"There is no customer {customer}. book.customers.list() shows them all."
    near = store.rows(
        "select display_name from customers where merged_into is null "
        "order by contains(search_key(display_name), search_key($text)) desc, "
        "jaro_winkler_similarity(search_key(display_name), search_key($text)) desc, id limit 3",
        text=customer,
    )
    names = " or ".join(row["display_name"] for row in near)
    meant = f" Did you mean {names}?" if near else " The book has no customers yet."
    return f'There is no customer called "{customer}".{meant}'
