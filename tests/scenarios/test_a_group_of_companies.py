"""A group of companies: who stands under whom, who is billed, who is no longer in use.

Proves C5, C6, C7, C16, S1.14, S1.15, S1.17, S1.18, S1.22, S1.23, S1.24, S1.29, S1.30, S1.31, S1.32, S1.33, S1.34, S1.36, S1.39.
"""

from __future__ import annotations

import pytest

from invoicekit.book import Book
from invoicekit.errors import BalanceNotZero, InvalidValue, MatterOpen, NotFound


def test_a_group_of_companies(book: Book) -> None:
    # The main customer comes first; nobody stands under somebody unknown.
    with pytest.raises(NotFound, match='There is no customer called "Hydra Group"'):
        book.customers.add(display_name="Hydra Iberia", parent="Hydra Group")
    group = book.customers.add(display_name="Hydra Group", currency="EUR")
    iberia = book.customers.add(display_name="Hydra Iberia", parent=group, bill_to="parent")
    madrid = book.customers.add(display_name="Hydra Madrid", parent=iberia, bill_to="parent")
    lawyer = book.customers.add(display_name="Maître Blanc, for Hydra Madrid", parent=madrid, bill_to="self")
    branch = book.customers.add(display_name="Branch office", parent=lawyer)

    # Four levels below the main one are the most.
    with pytest.raises(InvalidValue, match="would reach 5 levels below the main customer; four is the most"):
        book.customers.add(display_name="Too deep", parent=branch)

    # Madrid is billed with its parents, up to the group, which bills itself; the lawyer is billed himself.
    assert book.customers.billed(madrid) == group
    assert book.customers.billed(lawyer) == lawyer
    book.invoices.record(book.customers.billed(madrid), number="A-1", date="2026-01-10", total="500", currency="EUR")
    book.invoices.record(lawyer, number="A-2", date="2026-01-12", total="80", currency="USD")

    # A company cannot be moved under one of its own, nor is that offered.
    with pytest.raises(InvalidValue, match="it would be its own parent"):
        book.customers.change(iberia, parent=madrid)
    assert set(book.customers.possible_parents(iberia)["id"]) == {group}

    # The lawyer becomes a main customer with the office below him, and moves back; invoices stay where they are.
    book.customers.change(lawyer, parent=None)
    assert book.customers.below(lawyer) == [branch]
    book.customers.change(lawyer, parent=madrid)
    assert set(book.customers.below(group)) == {iberia, madrid, lawyer, branch}
    assert book.sql("select customer from invoices order by id")["customer"].tolist() == [group, lawyer]

    # The group is to go out of use. Everything that is in the way is said at once, in each currency.
    with book.operation("open matter") as op:
        matter = op.insert("matters", [{"number": "M-7", "title": "Lease"}])[0]
        op.insert("matter_clients", [{"matter": matter, "customer": iberia}])
    with pytest.raises(BalanceNotZero) as told:
        book.customers.make_inactive(group)
    assert str(told.value) == (
        "Hydra Group cannot be made inactive: Hydra Group owes EUR 500.00 on 1 open item; Hydra Iberia has the open matter "
        "M-7 Lease; Maître Blanc, for Hydra Madrid owes USD 80.00 on 1 open item. First record the payments or credit notes "
        "that settle it (the report open_items lists what is open) and close the matters."
    )
    assert book.customers.list(include_inactive=True)["inactive_since"].isna().all()

    # What is owed is paid - the lawyer pays too much, and a credit is in the way just as well - and the matter closed.
    book.payments.record(group, amount="500", date="2026-02-01")
    book.payments.record(lawyer, amount="90", date="2026-02-01", currency="USD")
    with pytest.raises(BalanceNotZero, match="Maître Blanc, for Hydra Madrid is in credit by USD 10.00"):
        book.customers.make_inactive(group)
    book.undo(int(book.operations()["id"].iloc[0]))
    book.payments.record(lawyer, amount="80", date="2026-02-01", currency="USD")
    with pytest.raises(MatterOpen, match="Hydra Iberia has the open matter M-7 Lease. First close the matters"):
        book.customers.make_inactive(group)
    with book.operation("close matter") as op:
        op.update("matters", [{"id": matter, "closed_on": op.rows("select date '2026-02-02' as day")[0]["day"]}])

    # One of them was out of use already. Now all of them are, and no report says anything else than before.
    book.customers.make_inactive(branch, since="2026-01-31")
    before = book.reports.balances(as_of="2026-12-31").df[["customer_id", "invoiced", "paid", "balance"]]
    assert book.customers.make_inactive(group, since="2026-02-28") == [group, iberia, madrid, lawyer]
    assert book.customers.list().empty
    after = book.reports.balances(as_of="2026-12-31").df
    assert after[["customer_id", "invoiced", "paid", "balance"]].equals(before)
    assert "Hydra Group (inactive)" in after["customer"].tolist()
    assert book.customers.get(group)["display_name"] == "Hydra Group"

    # The group comes back alone; asked again with its sub-customers, with those that went down with it and no others.
    assert book.customers.activate(group) == [group]
    book.undo(int(book.operations()["id"].iloc[0]))
    assert set(book.customers.activate(group, include_sub_customers=True)) == {group, iberia, madrid, lawyer}
    assert book.customers.list()["customer"].tolist() == [
        "Hydra Group", "Hydra Iberia", "Hydra Madrid", "Maître Blanc, for Hydra Madrid",
    ]  # fmt: skip
    assert book.check().empty
