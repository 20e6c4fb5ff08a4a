"""Reminders: each level once, one after the other, held back where there is a reason, and kept in a log."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from pathlib import Path

import pytest

import invoicekit as ik
from invoicekit.book import Book
from invoicekit.errors import IllegalTransition, InvalidValue, MailRefused, NotFound
from tests.conftest import Ticking, empty_book, ready_to_bill
from tests.mail_server import MailServer


class Today(Ticking):
    """A clock that is set to a day."""

    def set(self, day: str) -> None:
        self.now = datetime.fromisoformat(f"{day} 09:00:00")


@pytest.fixture
def late(tmp_path: Path, mail_server: MailServer) -> tuple[Book, Today]:
    clock = Today()
    book = ik.open(empty_book(tmp_path / "a.duckdb"), actor="ana", clock=clock)
    ready_to_bill(book)
    book.mail.change(host="127.0.0.1", port=mail_server.port, security="none", sender="billing@lee.example")
    book.customers.add(display_name="Acme", email="ana@acme.example", terms="NET_30", country="IE")
    book.customers.add(display_name="Bolt", email="ben@bolt.example", terms="NET_30", country="FR")
    for customer, number, day, total in (
        ("Acme", "F-1", "2026-01-01", "100"),
        ("Acme", "F-2", "2026-01-20", "50"),
        ("Bolt", "F-3", "2026-01-01", "70"),
    ):
        book.invoices.record(customer, number=number, date=day, total=total)
    clock.set("2026-12-31")
    return book, clock


def levels(book: Book, as_of: str) -> dict[str, object]:
    return {
        row.number: row.held if isinstance(row.held, str) else row.level
        for row in book.reminders.due(as_of).itertuples()
    }


def test_levels_come_one_after_the_other_and_never_twice(late: tuple[Book, Today], mail_server: MailServer) -> None:
    book, clock = late
    assert levels(book, "2026-01-31") == {}
    assert levels(book, "2026-02-06") == {"F-1": "too early", "F-3": "too early"}
    assert levels(book, "2026-02-07") == {"F-1": 1, "F-3": 1}
    clock.set("2026-02-07")
    sent = book.reminders.send()
    assert sent[["recipient", "number", "state"]].values.tolist() == [
        ["ana@acme.example", "F-1", "sent"],
        ["ben@bolt.example", "F-3", "sent"],
    ]
    assert str(mail_server.arrived[0]["Subject"]) == "Payment reminder from Lee & Co"
    assert str(mail_server.arrived[1]["Subject"]) == "Rappel de paiement de Lee & Co"
    [letter] = mail_server.arrived[0].iter_attachments()
    assert letter.get_content().startswith(b"%PDF")
    assert book.reminders.send().empty
    assert levels(book, "2026-02-07") == {"F-1": "too early", "F-3": "too early"}
    clock.set("2026-03-05")
    assert levels(book, "2026-02-19") == {"F-1": "too early", "F-3": "too early"}, "14 days lie between the levels"
    assert levels(book, "2026-03-05") == {"F-1": 2, "F-2": 1, "F-3": 2}
    book.reminders.send(customers=["Acme"])
    assert book.reminders.log()[["number", "level", "state"]].values.tolist() == [
        ["F-1", 2, "sent"], ["F-2", 1, "sent"], ["F-3", 1, "sent"], ["F-1", 1, "sent"],
    ]  # fmt: skip
    clock.set("2026-12-31")
    assert levels(book, "2026-12-31") == {"F-1": 3, "F-2": 2, "F-3": 2}
    book.reminders.send()
    assert levels(book, "2026-12-31") == {"F-1": "last level", "F-2": "too early", "F-3": "too early"}
    assert book.check().empty


def test_what_is_paid_disputed_or_promised_is_not_reminded_of(late: tuple[Book, Today]) -> None:
    book, _ = late
    ids = dict(book.invoices.list()[["number", "id"]].values.tolist())
    book.payments.record("Bolt", amount="70", date="2026-02-01")
    book.payments.record("Acme", amount="30", date="2026-02-01", invoices=ids["F-1"])
    due = book.reminders.due("2026-02-10")
    assert due[["number", "open", "total"]].values.tolist() == [["F-1", Decimal("70.0000"), Decimal("100.0000")]]
    book.invoices.dispute(ids["F-1"], "The hours are wrong", since="2026-02-05")
    assert levels(book, "2026-02-10") == {"F-1": "disputed since 2026-02-05"}
    assert book.reports.balances(as_of="2026-02-10").df["balance"].sum() == Decimal(120), "a dispute changes no balance"
    book.invoices.settle_dispute(ids["F-1"])
    book.invoices.promise(ids["F-1"], "2026-02-20")
    assert levels(book, "2026-02-20")["F-1"] == "promised for 2026-02-20"
    assert levels(book, "2026-02-21")["F-1"] == 1, "the promise was not kept"
    book.invoices.promise(ids["F-1"], None)
    assert levels(book, "2026-02-20")["F-1"] == 1


def test_what_came_after_the_day_is_known_all_the_same(late: tuple[Book, Today], mail_server: MailServer) -> None:
    """Nobody is written to twice, or after paying, because somebody gave an earlier day."""
    book, _ = late
    ids = dict(book.invoices.list()[["number", "id"]].values.tolist())
    book.reminders.send("2026-03-01", customers="Acme")
    arrived = len(mail_server.arrived)
    assert levels(book, "2026-02-10")["F-1"] == "reminded of since, on 2026-03-01"
    book.payments.record("Bolt", amount="70", date="2026-12-20", invoices=ids["F-3"])
    assert levels(book, "2026-03-01")["F-3"] == "settled since"
    assert book.reminders.send("2026-02-10").empty
    assert len(mail_server.arrived) == arrived


def test_a_letter_that_waits_is_not_sent_after_the_payment(late: tuple[Book, Today], mail_server: MailServer) -> None:
    book, _ = late
    port = book.mail.get()["port"]
    book.mail.change(port=1)
    with pytest.warns(UserWarning, match="cannot be reached"):
        book.reminders.send("2026-02-07", customers=["Bolt"])
    book.payments.record("Bolt", amount="70", date="2026-02-08")
    book.mail.change(port=port)
    with pytest.warns(UserWarning, match="F-3 owes 0 now, not 70"):
        assert book.mail.run()["state"].tolist() == ["queued"]
    assert not mail_server.arrived


def test_a_refused_letter_reminded_nobody_and_waiting_money_is_applied_first(late: tuple[Book, Today]) -> None:
    book, _ = late
    book.customers.change("Bolt", email="refused@bolt.example")
    assert book.reminders.send("2026-02-07", customers="Bolt")["state"].tolist() == ["failed"]
    assert levels(book, "2026-02-07")["F-3"] == 1
    book.customers.add(display_name="Cedar", email="cy@cedar.example", country="IE")
    book.payments.record("Cedar", amount="100", date="2026-01-02")
    book.invoices.record("Cedar", number="F-9", date="2026-01-03", total="100")
    assert levels(book, "2026-02-07")["F-9"] == "money of theirs waits: apply it first"


def test_who_is_asked_kindly_for_one_is_not_threatened_for_another(late: tuple[Book, Today]) -> None:
    book, _ = late
    ids = dict(book.invoices.list()[["number", "id"]].values.tolist())
    book.reminders.note(ids["F-1"], 1, on="2026-02-07")
    book.reminders.note(ids["F-1"], 2, on="2026-02-21")
    told = book.reminders.send("2026-12-31", customers=["Acme"], dry_run=True)
    assert told[["number", "subject"]].values.tolist() == [
        ["F-2", "Payment reminder from Lee & Co"], ["F-1", "Final notice from Lee & Co"],
    ]  # fmt: skip
    with pytest.raises(InvalidValue, match="reminded of at level 2 already, on 2026-02-21"):
        book.reminders.note(ids["F-1"], 2)


def test_wrong_disputes_promises_and_levels(late: tuple[Book, Today]) -> None:
    book, _ = late
    draft = book.invoices.draft(customer="Acme", lines=[{"description": "x", "unit_price": "1"}])
    for wrong in (lambda: book.invoices.dispute(draft, "no"), lambda: book.invoices.promise(draft, "2026-02-01")):
        with pytest.raises(IllegalTransition, match="it is a draft"):
            wrong()
    with pytest.raises(InvalidValue, match="needs a reason"):
        book.invoices.dispute(1, " ")
    with pytest.raises(IllegalTransition, match="is not disputed"):
        book.invoices.settle_dispute(1)
    for since in ("2027-01-01", "2025-01-01"):
        with pytest.raises(InvalidValue, match="cannot be disputed since"):
            book.invoices.dispute(1, "x", since=since)
    with pytest.raises(InvalidValue, match="cannot be promised for 2025-01-01, before it"):
        book.invoices.promise(1, "2025-01-01")
    for said in ([7, 14], {"1": 7}, {}, {2: 10}, {1: 10, 3: 20}, {1: 10, 2: 10}, {1: 20, 2: 10}, {1: 0}, {1: None}):
        with pytest.raises(InvalidValue):
            book.reminders.levels = said  # type: ignore[assignment]
    assert book.reminders.levels == {1: 7, 2: 21, 3: 45}
    book.reminders.levels = {1: 10, 2: 30}
    assert book.reminders.levels == {1: 10, 2: 30}
    assert levels(book, "2026-02-07") == {"F-1": "too early", "F-3": "too early"}
    with pytest.raises(IllegalTransition, match="still to come"):
        book.reminders.due("2027-01-01")
    with pytest.raises(InvalidValue, match="There is no level 3: they are 1, 2"):
        book.reminders.note(1, 3)
    with pytest.raises(InvalidValue, match="nothing is owed on it that is late"):
        book.reminders.note(1, 1, on="2026-01-15")
    with pytest.raises(NotFound, match=r"book.reminders.due\(\) says why"):
        book.reminders.show("Acme", "2026-01-15")


def test_letters_are_seen_before_they_go_and_have_templates_of_their_own(
    late: tuple[Book, Today], tmp_path: Path
) -> None:
    book, _ = late
    [letter] = book.reminders.show("Bolt", "2026-02-07")
    for words in ("Rappel de paiement", "F-3", "70,00", "1 janv. 2026", "31 janv. 2026"):
        assert words in letter.html, words
    base = '{% extends "reminder.html" %}{% block says %}<p>WHICH</p>{% endblock %}\n'
    for name, said in (
        ("any", {}),
        ("french", {"language": "fr"}),
        ("second", {"level": 2}),
        ("french second", {"language": "fr", "level": 2}),
    ):
        path = tmp_path / "r.html"
        path.write_text(base.replace("WHICH", f"says {name}!"), encoding="utf-8")
        book.documents.templates.new(name, from_=path, kind="reminder", **said)  # type: ignore[arg-type]
    assert "says french!" in book.reminders.show("Bolt", "2026-02-07")[0].html
    assert "says any!" in book.reminders.show("Acme", "2026-02-07")[0].html
    ids = dict(book.invoices.list()[["number", "id"]].values.tolist())
    book.reminders.note([ids["F-1"], ids["F-3"]], 1, on="2026-02-07")
    assert book.reminders.log()["state"].tolist() == ["by other means"] * 2
    assert "says french second!" in book.reminders.show("Bolt", "2026-03-05")[0].html


def test_one_letter_for_each_currency_and_nothing_to_whom_nobody_can_write(late: tuple[Book, Today]) -> None:
    book, _ = late
    book.customers.change("Bolt", email=None)
    book.invoices.record("Acme", number="U-1", date="2026-01-01", total="33", currency="USD", due_date="2026-01-31")
    told = book.reminders.send("2026-02-07", dry_run=True)
    assert told[["number", "state"]].values.tolist() == [
        ["F-1", "would be sent"],
        ["U-1", "would be sent"],
        ["F-3", "not sent"],
    ]
    assert "Bolt has no e-mail address" in told["answer"].iloc[2]
    assert book.reminders.log().empty
    assert len(book.reminders.show("Acme", "2026-02-07")) == 2
    sent = book.reminders.send("2026-02-07")
    assert sent["state"].tolist() == ["sent", "sent", "not sent"]
    assert set(book.reminders.log()["number"]) == {"F-1", "U-1"}


def test_a_discarded_letter_was_no_reminder(late: tuple[Book, Today], tmp_path: Path) -> None:
    book, _ = late
    book.mail.change(port=1)
    with pytest.warns(UserWarning, match="cannot be reached"):
        book.reminders.send("2026-02-07")
    assert levels(book, "2026-02-07") == {"F-1": "too early", "F-3": "too early"}
    for message in book.mail.outbox("queued")["message"]:
        book.mail.discard(message)
    assert levels(book, "2026-02-07") == {"F-1": 1, "F-3": 1}
    assert book.reminders.log().empty
    with (
        ik.open(empty_book(tmp_path / "b.duckdb")) as other,
        pytest.raises(MailRefused, match="Nobody has said by which server"),
    ):
        other.reminders.send()


def test_a_letter_that_waits_is_not_sent_after_a_dispute_or_a_promise(
    late: tuple[Book, Today], mail_server: MailServer
) -> None:
    book, _ = late
    [bolt] = book.sql("select id from invoices where number = 'F-3'")["id"]
    port = book.mail.get()["port"]
    book.mail.change(port=1)
    with pytest.warns(UserWarning, match="cannot be reached"):
        book.reminders.send("2026-02-07", customers=["Bolt"])
    book.mail.change(port=port)
    day = book.settings.store.today
    book.invoices.dispute(int(bolt), reason="wrong goods")
    with pytest.warns(UserWarning, match=f"F-3 is disputed since {day}. Discard it"):
        book.mail.run()
    # Whatever day is given: it is disputed now.
    assert str(levels(book, "2026-02-07")["F-3"]).startswith("disputed since")
    book.invoices.settle_dispute(int(bolt))
    book.invoices.promise(int(bolt), day)
    with pytest.warns(UserWarning, match=f"F-3 is promised for {day}"):
        book.mail.run()
    assert not mail_server.arrived
    book.invoices.promise(int(bolt), None)
    book.mail.run()
    assert len(mail_server.arrived) == 1
