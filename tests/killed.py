"""What is killed at random moments: work that says each time it was acknowledged, run in a process of its own."""

from __future__ import annotations

from collections.abc import Callable
from multiprocessing.connection import Connection
from pathlib import Path

import invoicekit as ik
from invoicekit.book import Book

__all__ = ["WORK", "work"]


def autosave(book: Book, say: Callable[[object], None]) -> None:
    number = 0
    while True:
        number += 1
        book.customers.change("Acme", phone=str(number))
        say(number)


def importing(book: Book, say: Callable[[object], None]) -> None:
    plan = book.imports.read(book.path.with_name("many.csv"), into="customers")
    say("begun")
    plan.apply()
    say("imported")
    while True:
        pass


def merging(book: Book, say: Callable[[object], None]) -> None:
    for number in range(40):
        book.customers.merge(f"Twin {number}", into=f"Kept {number}").confirm()
        say(number)


def billing(book: Book, say: Callable[[object], None]) -> None:
    while True:
        for draft in sorted(book.invoices.list(status="draft")["id"].tolist()):
            say(book.invoices.finalize(draft))
        for customer in ("Acme", "Beta"):
            book.invoices.draft(customer=customer, lines=[{"unit_price": 10}], date="2026-01-31")


def migrating(book: Book, say: Callable[[object], None]) -> None:
    say("migrated")
    while True:
        pass


def backing_up(book: Book, say: Callable[[object], None]) -> None:
    while True:
        say(str(book.backup(keep=3)))


WORK = {work.__name__: work for work in (autosave, importing, merging, billing, migrating, backing_up)}


def work(kind: str, path: Path, told: Connection) -> None:
    """Do one kind of work until killed."""
    told.send("there")
    book = ik.open(path, actor="ana")
    if kind != "migrating":
        told.send("open")
    WORK[kind](book, told.send)
