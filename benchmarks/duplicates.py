"""Duplicates against the truth, and their cost as a book grows.

``python benchmarks/duplicates.py`` prints precision and recall on three public sets whose true pairs
are known, at the one score the package proposes from; ``python benchmarks/duplicates.py 100000``
prints the CPU seconds of the search in made-up books of a quarter, a half and all of so many
customers, and in one where place, phone and e-mail tell nothing.

The sets are read from ``INVOICEKIT_DATA`` or ``../shared/data``: restaurant (dedupe), febrl1 (febrl),
fake_1000 (splink). Dates of birth, cuisines and such are left out: a customer has no field for them.
"""

from __future__ import annotations

import os
import random
import sys
import tempfile
import time
from itertools import combinations
from pathlib import Path

import pandas as pd

import invoicekit as ik
from invoicekit.ledger.parties.duplicates import LIKELY

DATA = Path(os.environ.get("INVOICEKIT_DATA", Path(__file__).parents[2] / "shared" / "data")) / "duplicates"
FIELDS = ("display_name", "first_name", "last_name", "company_name", "address", "city", "region", "postal_code", "phone",
          "email", "tax_id")  # fmt: skip

Rows = list[dict[str, str | None]]
Pairs = set[tuple[int, int]]


def joined(frame: pd.DataFrame, *names: str) -> list[str]:
    rows = frame[list(names)].values.tolist()
    return [" ".join(text.strip() for text in row if isinstance(text, str) and text.strip()) for row in rows]


def customers(frame: pd.DataFrame) -> Rows:
    told = frame.to_dict("records")
    return [
        {name: text.strip() for name in FIELDS if isinstance(text := row.get(name), str) and text.strip()}
        for row in told
    ]


def true_pairs(labels: pd.Series) -> Pairs:
    groups: dict[str, list[int]] = {}
    for place, label in enumerate(labels, 1):
        groups.setdefault(label, []).append(place)
    return {pair for ids in groups.values() for pair in combinations(ids, 2)}


def restaurant() -> tuple[Rows, Pairs]:
    told = pd.read_csv(DATA / "restaurant.csv", dtype=str, skipinitialspace=True)
    return customers(told.rename(columns={"name": "display_name"})), true_pairs(told.unique_id)


def febrl1() -> tuple[Rows, Pairs]:
    told = pd.read_csv(DATA / "febrl1.csv", dtype=str, skipinitialspace=True)
    told.columns = told.columns.str.strip()
    told["display_name"] = joined(told, "given_name", "surname")
    told["address"] = joined(told, "street_number", "address_1", "address_2")
    names = {"given_name": "first_name", "surname": "last_name", "suburb": "city", "state": "region",
             "postcode": "postal_code", "soc_sec_id": "tax_id"}  # fmt: skip
    return customers(told.rename(columns=names)), true_pairs(told.rec_id.str.extract(r"rec-(\d+)-")[0])


def fake_1000() -> tuple[Rows, Pairs]:
    told = pd.read_csv(DATA / "fake_1000.csv", dtype=str)
    told["display_name"] = joined(told, "first_name", "surname")
    return customers(told.rename(columns={"surname": "last_name"})), true_pairs(told.cluster)


def book_of(folder: Path, rows: Rows) -> ik.Book:
    """Make a book of them, names that occur again told apart by their number, as an import does."""
    book = ik.open(folder / "customers.duckdb")
    taken: set[str] = set()
    with book.operation("fill") as op:
        unique = []
        for place, row in enumerate(rows, 1):
            name = row.get("display_name") or str(place)
            again = name.casefold() in taken
            taken.add(name.casefold())
            shown = f"{name} ({place})" if again else name
            unique.append({**row, "display_name": shown, "external_id": str(place), "kind": "customer"})
        op.insert("customers", unique)
    return book


def proposed(book: ik.Book) -> Pairs:
    groups = book.customers.duplicates().groupby("group")["customer_id"]
    return {pair for _, ids in groups for pair in combinations(sorted(map(int, ids)), 2)}


def quality() -> None:
    print(f"proposed from a score of {LIKELY} on")
    print(f"{'set':<12}{'customers':>10}{'true pairs':>11}{'proposed':>9}{'right':>7}{'precision':>11}{'recall':>8}")
    for make in (restaurant, febrl1, fake_1000):
        rows, truth = make()
        with tempfile.TemporaryDirectory() as folder, book_of(Path(folder), rows) as book:
            found = proposed(book)
        right = len(found & truth)
        print(
            f"{make.__name__:<12}{len(rows):>10,}{len(truth):>11,}{len(found):>9,}{right:>7,}"
            f"{right / max(len(found), 1):>11.3f}{right / len(truth):>8.3f}"
        )


def word(dice: random.Random, syllables: int) -> str:
    onsets = [
        "b",
        "br",
        "c",
        "d",
        "f",
        "g",
        "gr",
        "h",
        "j",
        "k",
        "l",
        "m",
        "n",
        "p",
        "r",
        "s",
        "st",
        "t",
        "tr",
        "v",
        "w",
    ]
    spoken = (
        dice.choice(onsets) + dice.choice("aeiou") + dice.choice(["", "", "n", "r", "l"]) for _ in range(syllables)
    )
    return "".join(spoken).capitalize()


def slip(dice: random.Random, text: str | None) -> str | None:
    if not text or len(text) < 4:
        return text
    place = dice.randrange(len(text) - 1)
    return text[:place] + dice.choice(["", text[place + 1] + text[place]]) + text[place + 2 :]


def made_up(count: int, *, one_place: bool) -> Rows:
    """Make people and firms of frequent and rare names, one in twenty entered twice with slips and gaps."""
    dice = random.Random(7)
    first, last = [word(dice, 2) for _ in range(1500)], [word(dice, 3) for _ in range(20_000)]
    streets, towns = [word(dice, 3) for _ in range(6000)], [(word(dice, 3), str(1000 + 7 * n)) for n in range(1200)]
    common = lambda pool: pool[int(len(pool) ** dice.random()) - 1]  # noqa: E731
    rows: Rows = []
    while len(rows) < count:
        person, (city, code) = dice.random() < 0.5, common(towns)
        names = {"first_name": common(first), "last_name": common(last)} if person else {}
        firm = f"{common(last)} {dice.choice(['Bakery', 'Travaux', 'Design', common(last)])} {dice.choice(['SA', 'GmbH', 'Ltd'])}"
        row: dict[str, str | None] = {
            **names, "display_name": " ".join(names.values()) or firm, "company_name": None if person else firm,
            "address": f"rue {common(streets)} {dice.randrange(1, 120)}", "city": city, "postal_code": code,
            "phone": f"+41 {dice.randrange(10**9):09}", "email": f"{dice.randrange(10**9)}@example.ch",
        }  # fmt: skip
        if one_place:
            row |= {"city": "Paris", "postal_code": "75001", "phone": "0140000000", "email": "info@paris.example"}
        rows.append(row)
        if dice.random() < 0.05:
            again = {**row, "display_name": slip(dice, row["display_name"]), "address": slip(dice, row["address"])}
            rows.append({**again, dice.choice(["phone", "email"]): None})
    return rows[:count]


def speed(count: int) -> None:
    print(f"{'book':<22}{'customers':>10}{'CPU s':>8}{'wall s':>8}{'groups':>8}")
    sizes = ((count // 4, False), (count // 2, False), (count, False), (count, True))
    for size, one_place in sizes:
        with tempfile.TemporaryDirectory() as folder, book_of(Path(folder), made_up(size, one_place=one_place)) as book:
            cpu, wall = time.process_time(), time.perf_counter()
            found = book.customers.duplicates()
            cpu, wall = time.process_time() - cpu, time.perf_counter() - wall
        name = "one place, one phone" if one_place else "people and firms"
        print(f"{name:<22}{size:>10,}{cpu:>8.1f}{wall:>8.1f}{found['group'].nunique():>8,}", flush=True)


if __name__ == "__main__":
    speed(int(sys.argv[1])) if len(sys.argv) > 1 else quality()
