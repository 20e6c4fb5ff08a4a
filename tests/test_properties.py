"""What must hold whatever people do: identities of balances, undo, and the second clock.

Proves C4, C5, C13, M1, M3, M4, S1.17, S1.40.
"""

from __future__ import annotations

import tempfile
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import invoicekit as ik
from invoicekit.book import Book
from invoicekit.errors import UndoRefused
from tests.actions import START, Model, actions, days, perform, tree_actions
from tests.conftest import Ticking, contents, empty_book

few = settings(max_examples=3, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
many = settings(few, max_examples=60)
REPORTS = ("balances", "open_items", "aging", "inactive_customers", "closed_invoices")


@contextmanager
def new_book() -> Iterator[Book]:
    with (
        tempfile.TemporaryDirectory() as folder,
        ik.open(empty_book(Path(folder) / "a.duckdb"), clock=Ticking()) as book,
    ):
        yield book


def pictures(book: Book, known_at: int | None = None) -> dict[str, list[dict[str, object]]]:
    """Return what every report says as of a fixed day."""
    as_of = START + timedelta(days=150)
    return {name: book.reports.run(name, as_of=as_of, known_at=known_at).table.to_pylist() for name in REPORTS}


def identities_hold(done: list[tuple[object, ...]], offset: int) -> None:
    """M1: sum of buckets = balance = sum of open items = what was posted, per customer and in all, to the cent."""
    model = Model()
    with new_book() as book:
        for action in done:
            perform(book, action, model)
        as_of = START + timedelta(days=offset)
        balances = book.reports.balances(as_of=as_of).table.to_pylist()
        aging = book.reports.aging(as_of=as_of).table.to_pylist()
        items = book.reports.open_items(as_of=as_of).table.to_pylist()
        buckets = ("current", "days_1_30", "days_31_60", "days_61_90", "days_over_90", "unapplied")
        by_item: dict[tuple[int, str], Decimal] = defaultdict(Decimal)
        for item in items:
            by_item[item["customer_id"], item["currency"]] += item["amount"]
        owed = {(row["customer_id"], row["currency"]): row["balance"] for row in balances if row["balance"]}
        assert owed == model.balance(as_of)
        assert owed == {key: amount for key, amount in by_item.items() if amount}
        assert owed == {(row["customer_id"], row["currency"]): row["balance"] for row in aging if row["balance"]}
        for row in aging:
            assert sum(row[bucket] for bucket in buckets) == row["balance"]
        for row in balances:
            assert row["invoiced"] - row["paid"] == row["balance"]
        assert book.check().empty


def undo_gives_back(done: list[tuple[object, ...]]) -> None:
    """M4: undoing everything, last first, passes through every earlier state; undoing the undo returns."""
    with new_book() as book:
        states = [contents(book)]
        for action in done:
            before = len(book.operations())
            perform(book, action)
            if len(book.operations()) > before:
                states.append(contents(book))
        last = len(states) - 1
        for operation in range(last, 0, -1):
            undone = book.undo(operation)
            assert undone.kept.empty
            assert contents(book) == states[operation - 1], f"undo of {operation}"
        for undo in range(last * 2, last, -1):
            book.undo(undo)
            assert contents(book) == states[last * 2 - undo + 1], f"undo of the undo {undo}"
        assert book.check().empty


def undo_in_the_middle_keeps_the_book_whole(done: list[tuple[object, ...]], which: list[int]) -> None:
    """C13: whatever is undone, and undone again, nothing refers to nothing, and documents stay whole."""
    with new_book() as book:
        for action in done:
            perform(book, action)
        for number in which:
            count = len(book.operations())
            if not count:
                return
            before = contents(book)
            try:
                book.undo(number % count + 1)
            except UndoRefused:
                assert contents(book) == before
            assert book.check().empty, f"after undo of {number % count + 1}: {book.check().to_dict('records')}"


def known_at_repeats(done: list[tuple[object, ...]]) -> None:
    """M3: a report asked known_at an earlier operation is what it was then, undo included."""
    with new_book() as book:
        seen = {0: pictures(book)}
        for number, action in enumerate(done):
            perform(book, action)
            count = len(book.operations())
            if number % 4 == 3 and count:
                try:
                    book.undo(count)
                except UndoRefused:
                    pass
            seen[len(book.operations())] = pictures(book)
        for operation, picture in seen.items():
            assert pictures(book, known_at=operation) == picture, f"known at {operation}"


def trees_hold(done: list[tuple[object, ...]], undone: list[int]) -> None:
    """C4, C5, S1.17: no depth beyond four, no orphan, nothing left with an alias, and no amount moved but by posting."""
    total = "select coalesce(sum(amount), 0) as total from entries"
    with new_book() as book:
        for action in done:
            owed = book._store.rows(total)
            perform(book, action)
            assert book.check().empty, f"after {action}: {book.check().to_dict('records')}"
            if action[0] in TREE:
                assert book._store.rows(total) == owed, f"{action} changed what is owed in all"
        for number in undone:
            count = len(book.operations())
            if count:
                try:
                    book.undo(number % count + 1)
                except UndoRefused:
                    pass
                assert book.check().empty, f"after undo of {number % count + 1}: {book.check().to_dict('records')}"


def merge_and_undo_restore_everything(done: list[tuple[object, ...]], one: int, two: int) -> None:
    """S1.40, M4: whatever two customers have, a merge moves it all, and its undo puts every row back as it was."""
    with new_book() as book:
        for action in done:
            perform(book, action)
        before, balances = contents(book), pictures(book)
        count = len(book.operations())
        perform(book, ("merge", one, two))
        if len(book.operations()) == count:
            return
        now = len(book.operations())
        assert sum(row["balance"] for row in pictures(book)["balances"]) == sum(
            row["balance"] for row in balances["balances"]
        )
        assert book.undo(now).kept.empty
        assert contents(book) == before
        assert pictures(book) == balances == pictures(book, known_at=count)


TREE = {"customer", "child", "move", "promote", "inactive", "activate", "merge", "apart", "person", "lead"}

sequences = st.lists(actions, max_size=14)


@given(sequences, days)
@few
def test_M1_buckets_balance_and_open_items_agree(done: list[tuple[object, ...]], offset: int) -> None:
    identities_hold(done, offset)


@given(sequences)
@few
def test_M4_undo_gives_every_earlier_state_back(done: list[tuple[object, ...]]) -> None:
    undo_gives_back(done)


@given(sequences, st.lists(st.integers(0, 30), max_size=5))
@few
def test_C13_undo_in_the_middle_keeps_the_book_whole(done: list[tuple[object, ...]], which: list[int]) -> None:
    undo_in_the_middle_keeps_the_book_whole(done, which)


@given(sequences)
@few
def test_M3_known_at_shows_what_was_shown_then(done: list[tuple[object, ...]]) -> None:
    known_at_repeats(done)


@given(st.lists(tree_actions | actions, max_size=16), st.lists(st.integers(0, 30), max_size=4))
@few
def test_S1_17_C4_trees_and_merges_hold_whatever_is_done(done: list[tuple[object, ...]], undone: list[int]) -> None:
    trees_hold(done, undone)


@given(sequences, st.integers(0, 5), st.integers(0, 5))
@few
def test_S1_40_M4_a_merge_and_its_undo_restore_everything(done: list[tuple[object, ...]], one: int, two: int) -> None:
    merge_and_undo_restore_everything(done, one, two)


longer = st.lists(actions, max_size=40)


@pytest.mark.long
@given(longer, days)
@many
def test_M1_at_length(done: list[tuple[object, ...]], offset: int) -> None:
    identities_hold(done, offset)


@pytest.mark.long
@given(longer)
@many
def test_M4_at_length(done: list[tuple[object, ...]]) -> None:
    undo_gives_back(done)


@pytest.mark.long
@given(longer, st.lists(st.integers(0, 90), max_size=12))
@many
def test_C13_at_length(done: list[tuple[object, ...]], which: list[int]) -> None:
    undo_in_the_middle_keeps_the_book_whole(done, which)


@pytest.mark.long
@given(longer)
@many
def test_M3_at_length(done: list[tuple[object, ...]]) -> None:
    known_at_repeats(done)


@pytest.mark.long
@given(st.lists(tree_actions | actions, max_size=40), st.lists(st.integers(0, 90), max_size=10))
@many
def test_S1_17_C4_at_length(done: list[tuple[object, ...]], undone: list[int]) -> None:
    trees_hold(done, undone)


@pytest.mark.long
@given(longer, st.integers(0, 5), st.integers(0, 5))
@many
def test_S1_40_at_length(done: list[tuple[object, ...]], one: int, two: int) -> None:
    merge_and_undo_restore_everything(done, one, two)
