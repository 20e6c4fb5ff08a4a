"""Balances, open items and aging against a slow calculation in plain decimals that shares no line with the package.

Proves M1.
"""

from __future__ import annotations

import csv
import random
from collections import defaultdict
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from invoicekit.book import Book

FIRST = date(2026, 1, 1)
DIGITS = {"EUR": 2, "JPY": 0, "TND": 3}
BUCKETS = ("current", "days_1_30", "days_31_60", "days_61_90", "days_over_90")

Item = tuple[date, date, Decimal]


class Ledger:
    """What one customer was billed and paid in one currency: dates, due dates and amounts, nothing else."""

    def __init__(self) -> None:
        self.invoices: list[Item] = []
        self.payments: list[Item] = []
        self.settled: list[tuple[int, int, date, Decimal]] = []

    def settle(self) -> None:
        """Lay payments, oldest first, over invoices, what is due first first."""
        invoices = sorted(range(len(self.invoices)), key=lambda i: (self.invoices[i][1], self.invoices[i][0], i))
        payments = sorted(range(len(self.payments)), key=lambda i: (self.payments[i][0], i))
        owed = {i: self.invoices[i][2] for i in invoices}
        for paying in payments:
            left = self.payments[paying][2]
            for billed in invoices:
                worth = min(left, owed[billed])
                if worth > 0:
                    day = max(self.payments[paying][0], self.invoices[billed][0])
                    self.settled.append((paying, billed, day, worth))
                    owed[billed] -= worth
                    left -= worth

    def open(self, as_of: date) -> tuple[list[tuple[date, Decimal]], Decimal]:
        """Return what is open on invoices, each with its due date, and what of the payments waits."""
        items = []
        for i, (day, due, total) in enumerate(self.invoices):
            if day <= as_of:
                rest = total - sum(
                    (worth for _, billed, on, worth in self.settled if billed == i and on <= as_of), Decimal(0)
                )
                items.append((due, rest))
        paid = sum((amount for day, _, amount in self.payments if day <= as_of), Decimal(0))
        applied = sum((worth for _, _, on, worth in self.settled if on <= as_of), Decimal(0))
        return items, paid - applied


def told(folder: Path, customers: int, seed: int) -> dict[tuple[str, str], Ledger]:
    """Write two files of random invoices and payments, and return what stands in them."""
    chance = random.Random(seed)
    ledgers: dict[tuple[str, str], Ledger] = defaultdict(Ledger)
    bills, money = [], []
    for who in range(customers):
        for _ in range(chance.randint(1, 6)):
            currency = chance.choice(list(DIGITS))
            ledger, name = ledgers[f"Customer {who}", currency], f"Customer {who}"
            unit = Decimal(1).scaleb(-DIGITS[currency])
            day = FIRST + timedelta(days=chance.randint(0, 150))
            amount = chance.randint(1, 200_000) * unit
            if chance.random() < 0.6:
                due = day + timedelta(days=chance.choice((0, 10, 30, 45)))
                ledger.invoices.append((day, due, amount))
                bills.append([f"N{len(bills)}", name, day, due, currency, amount])
            else:
                ledger.payments.append((day, day, amount))
                money.append([f"P{len(money)}", name, day, amount, currency])
    for file, heading, rows in (
        ("invoices.csv", ["Invoice number", "Customer name", "Invoice date", "Due date", "Currency", "Total"], bills),
        ("payments.csv", ["Payment number", "Customer name", "Payment date", "Amount", "Currency"], money),
    ):
        with (folder / file).open("w", newline="", encoding="utf-8") as out:
            csv.writer(out).writerows([heading, *rows])
    for ledger in ledgers.values():
        ledger.settle()
    return ledgers


def bucket(due: date, as_of: date) -> str:
    late = (as_of - due).days
    return BUCKETS[0 if late <= 0 else 1 if late <= 30 else 2 if late <= 60 else 3 if late <= 90 else 4]


def agree(book: Book, folder: Path, customers: int, seed: int) -> None:
    ledgers = told(folder, customers, seed)
    with (folder / "customers.csv").open("w", newline="", encoding="utf-8") as out:
        csv.writer(out).writerows([["Customer name"], *([f"Customer {who}"] for who in range(customers))])
    for file, into in (("customers.csv", "customers"), ("invoices.csv", "invoices"), ("payments.csv", "payments")):
        book.imports.read(folder / file, into=into).apply()
    for as_of in (date(2026, 2, 14), date(2026, 4, 30), date(2026, 12, 31)):
        aged: dict[tuple[str, str], dict[str, Decimal]] = {}
        for key, ledger in ledgers.items():
            items, waiting = ledger.open(as_of)
            row = {name: Decimal(0) for name in BUCKETS} | {"unapplied": -waiting}
            for due, rest in items:
                row[bucket(due, as_of)] += rest
            if any(row.values()):
                aged[key] = row
        found = {
            (row["customer"], row["currency"]): {name: row[name] for name in (*BUCKETS, "unapplied")}
            for row in book.reports.aging(as_of=as_of).table.to_pylist()
        }
        assert {key: row for key, row in found.items() if any(row.values())} == aged
        balances = {
            (row["customer"], row["currency"]): row["balance"]
            for row in book.reports.balances(as_of=as_of).table.to_pylist()
        }
        assert {key: amount for key, amount in balances.items() if amount} == {
            key: sum(row.values()) for key, row in aged.items() if sum(row.values())
        }
        open_items: dict[tuple[str, str], Decimal] = defaultdict(Decimal)
        for row in book.reports.open_items(as_of=as_of).table.to_pylist():
            open_items[row["customer"], row["currency"]] += row["amount"]
        assert {key: amount for key, amount in open_items.items() if amount} == {
            key: amount for key, amount in balances.items() if amount
        }


def test_M1_every_report_agrees_with_a_slow_calculation(book: Book, tmp_path: Path) -> None:
    agree(book, tmp_path, 300, 7)


@pytest.mark.long
def test_M1_ten_thousand_random_ledgers_agree_with_a_slow_calculation(book: Book, tmp_path: Path) -> None:
    agree(book, tmp_path, 10_000, 11)
