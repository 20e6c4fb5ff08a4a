"""Random things people do to a book, for property tests."""

from __future__ import annotations

import warnings
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from hypothesis import strategies as st

from invoicekit.book import Book
from invoicekit.errors import InvoicekitError

START = date(2026, 1, 1)
CURRENCIES = ("EUR", "JPY", "TND")

days = st.integers(0, 200)
cents = st.integers(1, 500_000).map(lambda value: Decimal(value) / 100)
index = st.integers(0, 5)

actions = st.one_of(
    st.tuples(st.just("customer"), st.sampled_from(["NET_30", "END_OF_MONTH_15", None])),
    st.tuples(st.just("invoice"), index, cents, days, st.sampled_from(CURRENCIES)),
    st.tuples(st.just("lines"), index, st.lists(st.tuples(cents, cents), min_size=1, max_size=3), days),
    st.tuples(st.just("credit"), index, cents, days, st.sampled_from(CURRENCIES)),
    st.tuples(st.just("payment"), index, cents, days, st.sampled_from(CURRENCIES)),
    st.tuples(st.just("payment for"), index, cents, days),
    st.tuples(st.just("change"), index, st.text("abc", max_size=3)),
    st.tuples(st.just("close"), index, days),
    st.tuples(st.just("reopen"), index),
    st.tuples(st.just("inactive"), index, days),
    st.tuples(st.just("child"), index),
    st.tuples(st.just("move"), index, index),
    st.tuples(st.just("promote"), index),
    st.tuples(st.just("activate"), index, st.booleans()),
    st.tuples(st.just("merge"), index, index),
    st.tuples(st.just("apart"), index, index),
    st.tuples(st.just("person"), index),
    st.tuples(st.just("lead"), index),
)
# What moves customers about, and posts nothing.
TREE = {"customer", "child", "move", "promote", "inactive", "activate", "merge", "apart", "person", "lead"}


def perform(book: Book, action: tuple[Any, ...]) -> None:
    """Do one thing, as far as the book allows it."""
    try:
        _perform(book, action)
    except InvoicekitError:
        pass


def _perform(book: Book, action: tuple[Any, ...]) -> None:
    what, *rest = action
    customers = [row["id"] for row in book._store.rows("select id from customers order by id")]
    if what == "customer":
        book.customers.add(display_name=f"Customer {len(customers)} {len(book.operations())}", terms=rest[0])
        return
    if not customers:
        return
    # Who was merged is answered for by the one it was merged into.
    customer = book.customers.get(customers[rest[0] % len(customers)])["id"]
    other = book.customers.get(customers[rest[1] % len(customers)])["id"] if what in ("move", "merge", "apart") else 0
    number = f"N{book._store.rows('select count(*) as n from operations')[0]['n']}"
    if what in ("invoice", "credit"):
        _, amount, day, currency = rest
        total = (amount if what == "invoice" else -amount).quantize(
            Decimal(1) if currency == "JPY" else Decimal("0.01")
        )
        when = START + timedelta(days=day)
        book.invoices.record(customer, number=number, date=when, total=total, currency=currency)
    elif what == "lines":
        _, lines, day = rest
        when = START + timedelta(days=day)
        told = [{"quantity": quantity, "unit_price": price, "tax_rate": "20"} for quantity, price in lines]
        book.invoices.record(customer, number=number, date=when, lines=told)
    elif what == "payment":
        _, amount, day, currency = rest
        when = START + timedelta(days=day)
        book.payments.record(customer, amount=amount, date=when, currency=currency)
    elif what == "payment for":
        _, amount, day = rest
        owed = book._store.rows(
            "select id, currency from invoices where customer = $c and kind = 'invoice'", c=customer
        )
        if owed:
            when = START + timedelta(days=day)
            book.payments.record(customer, amount=amount, date=when, invoices=owed[-1]["id"])
    elif what == "change":
        book.customers.change(customer, notes=rest[1])
    elif what == "inactive":
        book.customers.make_inactive(customer, since=START + timedelta(days=rest[1]))
    elif what == "move":
        book.customers.change(customer, parent=other)
    elif what == "promote":
        book.customers.change(customer, parent=None)
    elif what == "activate":
        book.customers.activate(customer, include_sub_customers=rest[1])
    elif what == "merge":
        book.customers.merge(customer, into=other).confirm()
    elif what == "apart":
        book.customers.tell_apart(customer, other)
    elif what == "person":
        book.people.add(customer, f"Person {number}")
    elif what == "lead":
        book.customers.begin("lead")
    elif what == "child":
        book.customers.add(display_name=f"Child {number}", parent=customer)
    elif what in ("close", "reopen"):
        invoices = [row["id"] for row in book._store.rows("select id from invoices order by id")]
        if invoices:
            chosen = invoices[rest[0] % len(invoices)]
            if what == "close":
                with warnings.catch_warnings():
                    warnings.simplefilter("ignore")
                    book.invoices.close(chosen, on=START + timedelta(days=rest[1]))
            else:
                book.invoices.reopen(chosen)
