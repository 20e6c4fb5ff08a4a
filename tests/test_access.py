"""S4.3, S4.11, S4.17, S4.19, S4.22, C10: who may do what; refused means a clear error."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

import invoicekit as ik
from invoicekit.book import Book
from invoicekit.errors import InvalidValue, NotAllowed, NotFound
from tests.conftest import contents, empty_book, ready_to_bill


@pytest.fixture
def office(tmp_path: Path) -> Callable[[str], Book]:
    """A book of two customers with a draft each: Ana owns all, Ben owns Acme and processes, Cleo processes, Dan only reads."""
    path = empty_book(tmp_path / "office.duckdb")
    with ik.open(path, actor="ana") as book:
        ready_to_bill(book)
        for name in ("Acme", "Beta"):
            customer = book.customers.add(display_name=name)
            book.invoices.draft(customer=customer, lines=[{"unit_price": 10}], date="2026-01-31")
        book.customers.add(display_name="North", parent="Acme")
        for user in ("ana", "ben", "cleo", "dan", "eva"):
            book.users.add(user)
        for user, role, of in (
            ("ana", "owner", None), ("ana", "processing", None), ("ben", "owner", "Acme"), ("ben", "processing", None),
            ("cleo", "processing", None), ("dan", "read_only", None),
        ):  # fmt: skip
            book.access.grant(user, role, customer=of)
    return lambda actor: ik.open(path, actor=actor)


def test_a_book_without_roles_belongs_to_whoever_opens_it(book: Book) -> None:
    ready_to_bill(book)
    acme = book.customers.add(display_name="Acme")
    book.users.add("somebody")
    assert (
        book.invoices.finalize(book.invoices.draft(customer=acme, lines=[{"unit_price": 10}], date="2026-01-31")) == "1"
    )


def test_S4_3_S4_22_finalising_takes_an_owner_of_the_customer_who_processes(office: Callable[[str], Book]) -> None:
    for actor, invoice, said in (
        ("cleo", 1, "cleo cannot issue invoices for Acme: it takes an owner of that customer. Ask ana, who gives roles"),
        ("eva", 1, 'eva cannot issue invoices: it takes the role "processing"'),
        ("ben", 2, "ben cannot issue invoices for Beta"),
        ("dan", 1, 'dan cannot issue invoices: it takes the role "processing"'),
        ("zoe", 1, 'zoe cannot issue invoices: it takes the role "processing"'),
    ):  # fmt: skip
        with office(actor) as book:
            before = contents(book)
            with pytest.raises(NotAllowed, match=said):
                book.invoices.finalize(invoice)
            assert contents(book) == before
    with office("Ben") as book:
        assert book.invoices.finalize(1) == "1"
        # A branch is owned with its main customer.
        assert (
            book.invoices.finalize(book.invoices.draft(customer="North", lines=[{"unit_price": 5}], date="2026-01-31"))
            == "2"
        )
        book.invoices.mark_sent(1)
        book.invoices.credit(1, date="2026-02-01")
        with pytest.raises(NotAllowed, match="Beta"):
            book.invoices.finalize_all([2])


def test_S4_11_S4_17_C10_sending_takes_both_and_closing_processing_alone(office: Callable[[str], Book]) -> None:
    with office("ana") as book:
        book.invoices.finalize_all([1, 2])
    with office("cleo") as book:
        with pytest.raises(NotAllowed, match="cleo cannot send invoices for Acme"):
            book.invoices.mark_sent(1)
        with pytest.raises(NotAllowed, match="cleo cannot issue credit notes for Acme"):
            book.invoices.credit(1)
        with pytest.warns(UserWarning, match="still owed"):
            book.invoices.close([1, 2])
        assert len(book.invoices.list(status="closed")) == 2
        book.invoices.reopen(1)
        book.invoices.write_off(1, reason="Bankrupt")
    with office("eva") as book:
        for call in (lambda: book.invoices.close(1), lambda: book.invoices.reopen(2), lambda: book.invoices.list(status="closed"),
                     lambda: book.invoices.write_off(1, reason="x")):  # fmt: skip
            with pytest.raises(NotAllowed, match='it takes the role "processing"'):
                call()
        # A user without a role notes work and makes drafts.
        matter = book.matters.open("Lease", customers="Acme", rate=10)
        book.activities.add(matter, worked=1, date="2026-01-05")
        assert book.invoices.draft(matter, date="2026-01-31")


def test_roles_are_given_by_an_owner_of_all_and_never_leave_the_book_without_one(office: Callable[[str], Book]) -> None:
    with (
        office("ben") as book,
        pytest.raises(NotAllowed, match="ben cannot give or take roles: only an owner of all customers may"),
    ):
        book.access.grant("ben", "owner")
    with office("ana") as book:
        listed = book.access.list().astype(object).fillna("")
        assert listed.values.tolist() == [
            ["ana", "owner", ""], ["ana", "processing", ""], ["ben", "owner", "Acme"], ["ben", "processing", ""],
            ["cleo", "processing", ""], ["dan", "read_only", ""],
        ]  # fmt: skip
        for call, error, said in (
            (lambda: book.access.revoke("ana", "owner"), InvalidValue, "Nobody would be owner of all customers"),
            (lambda: book.access.revoke("eva", "owner"), NotFound, "eva is not owner"),
            (lambda: book.access.grant("dan", "processing"), InvalidValue, "dan may only read. Revoke that first"),
            (lambda: book.access.grant("ben", "read_only"), InvalidValue, "ben is .* already, and cannot only read"),
            (lambda: book.access.grant("ben", "king"), InvalidValue, '"king" is no role. There are: owner, processing, read_only'),
            (lambda: book.access.grant("ben", "processing", customer="Acme"), InvalidValue, "only an owner is one of a customer"),
            (lambda: book.access.grant("zoe", "owner"), NotFound, "zoe"),
        ):  # fmt: skip
            with pytest.raises(error, match=said):
                call()
        book.access.revoke("ben", "owner", customer="Acme")
        for user, role in (
            ("ana", "processing"),
            ("ben", "processing"),
            ("cleo", "processing"),
            ("dan", "read_only"),
            ("ana", "owner"),
        ):
            book.access.revoke(user, role)
        assert book.access.list().empty
    with office("dan") as book:
        assert book.invoices.finalize(1) == "1"
    with office("dan") as book, pytest.raises(InvalidValue, match="Nobody would be owner of all customers"):
        book.access.grant("dan", "processing")


def test_who_only_reads_may_ask_anything(office: Callable[[str], Book]) -> None:
    with office("dan") as book:
        assert book.reports.balances().df.empty
        assert len(book.invoices.list()) == 2
        for call in (
            lambda: book.customers.add(display_name="New"),
            lambda: book.undo(1),
            lambda: book.settings.__setattr__("lock_date", "2026-01-01"),
        ):
            with pytest.raises(NotAllowed, match="dan may only read this book"):
                call()
        matter = book.sql("select count(*) as n from matters")["n"].iloc[0]
        assert (matter, len(book.invoices.billing_run().df)) == (0, 0)
    with office("zoe") as book, pytest.raises(NotAllowed, match="zoe is no user of this book, and may only read it"):
        book.customers.add(display_name="New")
    with office("eva") as book, pytest.raises(NotAllowed, match="eva cannot give or take roles"):
        book.undo(int(book.operations().query("kind == 'grant role'")["id"].iloc[-1]))


def test_an_undo_of_an_undo_needs_what_the_operation_needed(office: Callable[[str], Book]) -> None:
    with office("ana") as book:
        book.access.grant("eva", "owner")
        granted = book.seal.partition("-")[0]
        taken_back = book.undo(int(granted)).operation
        book.invoices.dispute(book.invoices.record("Acme", number="X", date="2026-01-10", total="5"), reason="late")
        disputed = int(book.seal.partition("-")[0])
    with office("eva") as book:
        with pytest.raises(NotAllowed, match="eva cannot give or take roles"):
            book.undo(taken_back)
        with pytest.raises(NotAllowed, match="eva cannot undo what changed the state of an invoice"):
            book.undo(disputed)
        assert "eva" not in book.access.list()["user"].tolist()


def test_who_owns_what_changes_by_no_merge_and_no_move(office: Callable[[str], Book]) -> None:
    with office("ana") as book:
        for name in ("Gamma", "Delta", "Epsilon", "Zeta"):
            book.customers.add(display_name=name)
        book.access.grant("ben", "owner", customer="Gamma")
        book.customers.add(display_name="Beta South", parent="Beta")
    for actor in ("ben", "eva"):
        with office(actor) as book:
            before = contents(book)
            for act in (
                lambda book=book: book.customers.merge("Delta", into="Gamma").confirm(),
                lambda book=book: book.customers.merge("Beta South", into="North").confirm(),
                lambda book=book: book.customers.change("Zeta", parent="Acme"),
                lambda book=book: book.customers.change("North", parent=None),
            ):
                with pytest.raises(NotAllowed, match=f"{actor} cannot (merge or move|change who owns)"):
                    act()
            assert contents(book) == before
            # What nobody owns by itself is anybody's to put right, and a new branch has nothing yet.
            if actor == "ben":
                book.customers.merge("Delta", into="Epsilon").confirm()
            else:
                book.customers.change("Zeta", parent="Beta")
            book.customers.add(display_name=f"Branch of {actor}", parent="Acme")
    with office("ana") as book:
        merged = book.customers.merge("Epsilon", into="Gamma").confirm()
    with office("eva") as book, pytest.raises(NotAllowed, match="Gamma has an owner of its own"):
        book.undo(merged)


def test_a_user_without_a_role_changes_nothing_of_the_book_itself(office: Callable[[str], Book]) -> None:
    with office("ana") as book:
        written_off = book.invoices.record("Acme", number="W", date="2026-01-10", total="5")
        book.invoices.write_off(written_off, reason="gone")
        book.payments.take_back(int(book.payments.allocations()["id"].max()))
        taken_back = int(book.seal.partition("-")[0])
        book.invoices.write_off(written_off, reason="gone all the same")
        allocation = int(book.payments.allocations()["id"].max())
    with office("eva") as book:
        before = contents(book)
        for act, said in (
            (lambda: book.users.make_inactive("ana"), "eva cannot rename ana or put that user out of use"),
            (lambda: book.users.change("ana", name="zed"), "eva cannot rename ana"),
            (lambda: book.payments.take_back(allocation), "eva cannot take a write-off back"),
            (lambda: book.undo(taken_back), "eva cannot undo what changed write-offs"),
            (lambda: setattr(book.settings, "lock_date", "2025-12-31"), "eva cannot change settings"),
            (lambda: book.series.change(prefix="X-"), "eva cannot change how invoices are numbered"),
            (lambda: book.seller.change(iban="IE29AIBK93115212345678"), "eva cannot change who sells"),
        ):
            with pytest.raises(NotAllowed, match=said):
                act()  # type: ignore[no-untyped-call]
        assert contents(book) == before
        book.users.change("eva", full_name="Eva Lee")
        book.users.add("fay")
    with office("cleo") as book:
        book.settings.lock_date = "2025-12-31"
        with pytest.raises(NotAllowed, match="only an owner of all customers"):
            book.series.change(prefix="X-")
    with office("ana") as book:
        with pytest.raises(InvalidValue, match="Nobody would be owner of all customers"):
            book.users.make_inactive("ana")
        book.users.make_inactive("eva")
