"""Workbooks for measuring: the same rows every time, written by xlsxwriter in constant memory."""

from __future__ import annotations

import random
from pathlib import Path

HEADINGS = (
    "Customer number", "Name", "Company", "E-mail", "Phone", "Mobile", "Website", "Address", "City", "State or province",
    "Postal code", "Country", "Tax id", "Line of business", "Currency", "Terms", "Payment method", "Category", "Notes",
    "Inactive",
)  # fmt: skip
_CITIES = (("Lyon", "FR", "EUR"), ("Puebla", "MX", "MXN"), ("Leeds", "GB", "GBP"), ("Köln", "DE", "EUR"))
_TRADES = ("law", "bakery", "software", "haulage", "dentist", "florist")


def customers(path: Path, rows: int, columns: int = len(HEADINGS)) -> Path:
    """Write a workbook of customers, twenty columns wide or fewer."""
    import xlsxwriter

    chance = random.Random(20261121)
    book = xlsxwriter.Workbook(str(path), {"constant_memory": True})
    sheet = book.add_worksheet("Customers")
    sheet.write_row(0, 0, HEADINGS[:columns])
    for number in range(1, rows + 1):
        city, country, currency = _CITIES[chance.randrange(len(_CITIES))]
        name = f"Customer {number:06d} {chance.choice(_TRADES)}"
        sheet.write_row(
            number, 0,
            (
                f"{number:06d}", name, f"{name} Ltd", f"office{number}@example.com", f"+33 1 {chance.randrange(10**8):08d}",
                f"+33 6 {chance.randrange(10**8):08d}", f"www.customer{number}.example", f"{chance.randrange(1, 200)} High Street",
                city, "Region " + city, f"{chance.randrange(1000, 99999):05d}", country, f"XX{chance.randrange(10**9):09d}",
                chance.choice(_TRADES), currency, chance.choice(("NET_30", "30 days", "due on receipt")), "transfer",
                chance.choice("ABC"), "since 2019; prefers letters", "no",
            )[:columns],
        )  # fmt: skip
    book.close()
    return path
