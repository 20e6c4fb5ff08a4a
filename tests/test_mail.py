"""S4.9, S4.10, S4.11, S4.12, S4.13, S4.15, S4.21, C8: mail goes out once, and what became of each message is known."""

from __future__ import annotations

import os
import random
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

import invoicekit as ik
from invoicekit.book import Book
from invoicekit.errors import (
    IllegalTransition,
    Incomplete,
    InvalidValue,
    MailRefused,
    NotAllowed,
    NotFound,
    UndoRefused,
)
from invoicekit.ledger.billing.sending import MESSAGE_TRANSITIONS
from tests.conftest import Ticking, empty_book, ready_to_bill
from tests.mail_server import MailServer


def customers(book: Book, *addresses: str | None) -> list[int]:
    """Issue an invoice to each of some addresses."""
    ready_to_bill(book)
    drafts = []
    for nth, address in enumerate(addresses):
        name = f"Customer {nth}"
        book.customers.add(display_name=name, email=address, country="IE")
        drafts.append(
            book.invoices.draft(
                customer=name, date="2026-01-01", lines=[{"description": "Advice", "unit_price": "100"}]
            )
        )
    book.invoices.finalize_all(drafts)
    return drafts


def by(book: Book, server: MailServer) -> None:
    book.mail.change(
        host="127.0.0.1", port=server.port, security="none", sender="billing@lee.example", copy_to="archive@lee.example"
    )


@pytest.fixture
def sending(book: Book, mail_server: MailServer) -> Book:
    by(book, mail_server)
    return book


def states(book: Book) -> dict[str, str]:
    return {row.recipient: row.state for row in book.mail.outbox().itertuples()}


def test_S4_10_S4_21_each_gets_one_message_with_the_very_pdf_that_is_kept(
    sending: Book, mail_server: MailServer
) -> None:
    ids = customers(sending, "ana@a.example", "ben@b.example", "cleo@c.example")
    results = sending.invoices.send(ids)
    assert results["state"].tolist() == ["sent"] * 3
    assert results["number"].tolist() == ["1", "2", "3"]
    assert mail_server.connections == 1
    assert [str(message["To"]) for message in mail_server.arrived] == [
        "ana@a.example",
        "ben@b.example",
        "cleo@c.example",
    ]
    message = mail_server.arrived[0]
    assert str(message["From"]) == "Lee & Co <billing@lee.example>"
    assert str(message["Subject"]) == "Invoice 1 from Lee & Co"
    body = message.get_body(("plain",))
    assert body is not None
    assert "our invoice 1 of 1 January 2026 for €100.00" in body.get_content()
    [attached] = message.iter_attachments()
    assert attached.get_filename() == "1.pdf"
    assert attached.get_content() == sending.documents.invoice(ids[0]).pdf
    assert mail_server.tried["archive@lee.example"] == 3
    assert "archive" not in str(message)
    assert sending.invoices.sendings(ids[0])[["means", "recipient"]].values.tolist() == [["email", "ana@a.example"]]


def test_S4_10_one_that_is_refused_or_deferred_stops_no_other(sending: Book, mail_server: MailServer) -> None:
    ids = customers(
        sending,
        "refused@a.example",
        "later@b.example",
        "drops@c.example",
        "lost@d.example",
        "slow@e.example",
        None,
        "ok@f.example",
    )
    results = sending.invoices.send(ids).set_index("invoice")
    assert dict(results["state"]) == dict(
        zip(ids, ["failed", "deferred", "deferred", "unknown", "sent", "not sent", "sent"], strict=True)
    )
    assert "550 5.1.1 no such mailbox here" in results["answer"][ids[0]]
    assert "451 4.7.1 greylisted" in results["answer"][ids[1]]
    assert "Customer 5 has no e-mail address" in results["answer"][ids[5]]
    assert len(mail_server.of("lost@d.example")) == 1, "it did arrive, and nobody here can know"
    again = sending.mail.run()
    assert dict(zip(again["recipient"], again["state"], strict=True)) == {
        "later@b.example": "sent",
        "drops@c.example": "sent",
    }
    assert {str(message["To"]) for message in mail_server.arrived} == {
        "later@b.example",
        "drops@c.example",
        "lost@d.example",
        "slow@e.example",
        "ok@f.example",
    }
    assert len(mail_server.arrived) == 5
    assert sending.mail.run().empty


def test_S4_13_C8_what_was_sent_goes_again_by_itself_only(sending: Book, mail_server: MailServer) -> None:
    ids = customers(sending, "ana@a.example", "ben@b.example")
    sending.invoices.send(ids[0])
    with pytest.raises(
        IllegalTransition, match=r"Invoice 1 was sent already, on 2026-01-01: several are sent only for the first time"
    ):
        sending.invoices.send(ids)
    assert len(mail_server.arrived) == 1
    sending.invoices.send(ids[0], to="other@a.example")
    assert sending.invoices.sendings(ids[0])["recipient"].tolist() == ["other@a.example", "ana@a.example"]
    sending.invoices.send(ids[1:])
    assert len(sending.invoices.sendings()) == 3


def test_S4_2_drafts_and_closed_ones_are_not_sent(sending: Book, mail_server: MailServer) -> None:
    ids = customers(sending, "ana@a.example")
    draft = sending.invoices.draft(customer="Customer 0", lines=[{"description": "More", "unit_price": "1"}])
    for wrong in ([draft], [*ids, draft]):
        with pytest.raises(IllegalTransition, match="only what was issued can"):
            sending.invoices.send(wrong)
    with pytest.warns(UserWarning, match="still owed"):
        sending.invoices.close(ids)
    with pytest.raises(IllegalTransition, match=r"Invoice 1 is closed and cannot be sent. Reopen it first"):
        sending.invoices.send(ids)
    assert sending.mail.outbox().empty


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ({"to": ""}, "without a recipient"),
        ({"to": "nobody"}, "is no e-mail address"),
        ({"to": "ana@a.example\r\nBcc: spy@spy.example"}, "is no e-mail address"),
        ({"to": "ana@a.example\nX: y"}, "is no e-mail address"),
        ({"copy_to": "ana@a.example>\r\nRCPT TO:<spy@spy.example"}, "is no e-mail address"),
        ({"to": "ånä@a.example"}, "is no e-mail address"),
        ({"subject": ""}, "without a subject"),
        ({"subject": "Hello\r\nBcc: spy@spy.example"}, "has more than one line"),
        ({"subject": "Hello\x85Bcc: spy@spy.example"}, "has more than one line"),
        ({"subject": "x" * 501}, "more than 500"),
        ({"body": " \n"}, "without a text"),
        ({"form": "ubl"}, "pdf or facturx"),
    ],
)
def test_S4_12_what_mail_cannot_do_without_and_what_it_has_no_place_for(
    sending: Book,
    mail_server: MailServer,
    said: dict[str, str],
    told: str,
) -> None:
    [invoice] = customers(sending, "ana@a.example")
    with pytest.raises(InvalidValue, match=told):
        sending.invoices.send(invoice, **said)
    assert sending.mail.outbox().empty
    assert not mail_server.arrived


def test_S4_12_names_of_customers_and_sellers_never_become_headings(sending: Book, mail_server: MailServer) -> None:
    ready_to_bill(sending)
    sending.seller.change(name="Lee\r\nBcc: spy@spy.example")
    sending.customers.add(display_name="Acme {seller} {{7*7}} <b>", email="ana@a.example")
    draft = sending.invoices.draft(customer=1, date="2026-01-01", lines=[{"description": "x", "unit_price": "1"}])
    sending.invoices.finalize(draft)
    sending.invoices.send(draft, subject="To {customer}, {number}, {nothing}", body="{customer.__class__}\n.\n..\nend")
    [message] = mail_server.arrived
    assert "Bcc" not in message
    assert set(mail_server.tried) == {"ana@a.example", "archive@lee.example"}
    assert str(message["Subject"]) == "To Acme {seller} {{7*7}} <b>, 1, {nothing}"
    body = message.get_body(("plain",))
    assert body is not None
    assert body.get_content().splitlines() == ["{customer.__class__}", ".", "..", "end"]


def test_S4_9_finalise_and_send_are_two_steps_and_failing_mail_leaves_it_final(
    sending: Book, mail_server: MailServer
) -> None:
    customers(sending, "ana@a.example", "refused@b.example", None)
    said = {"lines": [{"description": "x", "unit_price": "1"}], "date": "2026-01-01"}
    good, bad, silent = (sending.invoices.draft(customer=f"Customer {nth}", **said) for nth in range(3))
    assert sending.invoices.finalize(good, send=True) == "4"
    assert [kind for kind in sending.operations()["kind"] if kind in ("finalize invoice", "queue mail", "send mail")] == [
        "send mail", "send mail", "queue mail", "finalize invoice",
    ]  # fmt: skip
    with pytest.warns(UserWarning, match=r"Issued, but not sent: 5 \(to refused@b.example: 550"):
        assert sending.invoices.finalize(bad, send=True) == "5"
    with pytest.warns(UserWarning, match=r"Issued, but not sent: Customer 2 has no e-mail address"):
        assert sending.invoices.finalize(silent, send=True) == "6"
    assert [sending.invoices.get(one)["status"] for one in (good, bad, silent)] == ["final"] * 3
    assert sending.invoices.sendings(bad).empty
    sending.mail.change(port=1)
    another = sending.invoices.draft(customer="Customer 0", **said)
    with pytest.warns(UserWarning, match="cannot be reached|it waits in the outbox"):
        sending.invoices.finalize(another, send=True)
    assert sending.mail.outbox("queued")["recipient"].tolist() == ["ana@a.example"]
    by(sending, mail_server)
    assert sending.mail.run()["state"].tolist() == ["sent"]


def test_S4_11_sending_wants_an_owner_who_processes_invoices(tmp_path: Path, mail_server: MailServer) -> None:
    with ik.open(empty_book(tmp_path / "a.duckdb"), actor="ana", clock=Ticking()) as book:
        by(book, mail_server)
        ids = customers(book, "ana@a.example")
        for name in ("ana", "ben", "cleo"):
            book.users.add(name)
        book.access.grant("ana", "owner")
        book.access.grant("ana", "processing")
        book.access.grant("ben", "processing")
        book.access.grant("cleo", "owner", customer="Customer 0")
    for name, lacking in (("ben", "takes an owner of that customer"), ("cleo", 'takes the role "processing"')):
        with (
            ik.open(tmp_path / "a.duckdb", actor=name, clock=Ticking()) as book,
            pytest.raises(NotAllowed, match=lacking),
        ):
            book.invoices.send(ids)
    with ik.open(tmp_path / "a.duckdb", actor="ana", clock=Ticking()) as book:
        assert book.invoices.send(ids)["state"].tolist() == ["sent"]


def test_S4_15_eml_files_and_other_means(sending: Book, tmp_path: Path) -> None:
    ids = customers(sending, "ana@a.example", "ben@b.example")
    sending.mail.change(port=1)
    with pytest.warns(UserWarning, match="Nothing was handed over"):
        assert sending.invoices.send(ids)["state"].tolist() == ["queued", "queued"]
    first, _ = sending.mail.save(tmp_path / "eml")
    text = first.read_bytes()
    assert b"X-Unsent: 1" in text
    assert b"application/pdf" in text
    assert sending.invoices.sendings().empty
    with pytest.raises(
        IllegalTransition, match=r"Invoice 1 is on its way to ana@a.example already: message 1 is queued"
    ):
        sending.invoices.mark_sent(ids, by="post")
    for message in sending.mail.outbox()["message"]:
        sending.mail.discard(message)
    sending.invoices.mark_sent(ids, by="post", on="2026-01-05")
    assert sending.invoices.sendings()["means"].tolist() == ["post", "post"]


def test_dry_run_says_what_would_go_out_and_leaves_no_trace(book: Book) -> None:
    ids = customers(book, "ana@a.example", None)
    before = len(book.operations())
    told = book.invoices.send(ids, dry_run=True)
    assert told["state"].tolist() == ["would be sent", "not sent"]
    assert len(book.operations()) == before
    with pytest.raises(MailRefused, match="Nobody has said by which server"):
        book.invoices.send(ids)


def test_what_may_have_arrived_is_never_sent_again_unasked(sending: Book, mail_server: MailServer) -> None:
    ids = customers(sending, "lost@a.example", "lost@b.example")
    assert sending.invoices.send(ids)["state"].tolist() == ["unknown", "unknown"]
    assert sending.mail.run().empty
    with pytest.raises(
        IllegalTransition, match=r"Find out whether it arrived, and say so: book.mail.settle\(1, sent=True or False\)"
    ):
        sending.invoices.send(ids[0])
    with pytest.raises(IllegalTransition, match="is unknown and cannot be discarded"):
        sending.mail.discard(1)
    with pytest.raises(IllegalTransition, match="may have arrived, and would go out twice"):
        sending.mail.retry(1)
    with pytest.raises(InvalidValue, match="sent is True, it arrived, or False"):
        sending.mail.settle(1, sent="no")  # type: ignore[arg-type]
    sending.mail.settle(1, sent=True)
    sending.mail.settle(2, sent=False)
    assert sending.invoices.sendings()["invoice"].tolist() == [ids[0]]
    with pytest.raises(IllegalTransition, match="nothing to settle"):
        sending.mail.settle(1, sent=False)
    assert sending.mail.outbox("queued")["message"].tolist() == [2]
    first, second = mail_server.of("lost@b.example") or [None, None], sending.mail.run()
    assert second["state"].tolist() == ["unknown"]
    assert {str(message["Message-ID"]) for message in mail_server.of("lost@b.example")} == {str(first[0]["Message-ID"])}  # type: ignore[index]


def test_a_refused_one_goes_to_another_address(sending: Book, mail_server: MailServer) -> None:
    ids = customers(sending, "refused@a.example")
    sending.invoices.send(ids)
    with pytest.raises(InvalidValue, match="is no e-mail address"):
        sending.mail.retry(1, to="x\ny@z")
    sending.mail.retry(1, to="right@a.example")
    assert sending.mail.run()[["recipient", "state"]].values.tolist() == [["right@a.example", "sent"]]
    with pytest.raises(IllegalTransition, match="is sent and cannot become queued"):
        sending.mail.retry(1)
    with pytest.raises(NotFound, match="no message 99"):
        sending.mail.discard(99)


def test_C12_mail_that_was_handed_over_cannot_be_undone(sending: Book) -> None:
    sending.invoices.send(customers(sending, "ana@a.example"))
    for operation, kind in sending.operations()[["id", "kind"]].values.tolist():
        if kind in ("send mail", "keep documents"):
            with pytest.raises(UndoRefused, match="called back|reprint gives the same bytes"):
                sending.undo(operation)
    assert sending.check().empty


def test_mail_waits_until_what_it_says_is_kept(sending: Book, mail_server: MailServer) -> None:
    """Handed over within an operation that is rolled back, it would say what never was."""
    [invoice] = customers(sending, "ana@a.example")
    draft = sending.invoices.draft(
        customer="Customer 0", date="2026-01-01", lines=[{"description": "x", "unit_price": "1"}]
    )
    for hand_over in (
        lambda: sending.invoices.send(invoice),
        lambda: sending.invoices.finalize(draft, send=True),
        lambda: sending.invoices.finalize_all([draft], send=True),
        sending.reminders.send,
        sending.mail.run,
    ):
        with (
            pytest.raises(MailRefused, match='"all at once" may still come to nothing'),
            sending.operation("all at once"),
        ):
            hand_over()
    assert sending.invoices.get(draft)["status"] == "draft"
    assert not mail_server.arrived


def test_C12_what_was_queued_is_undone_only_while_it_waits(sending: Book, mail_server: MailServer) -> None:
    ids = customers(sending, "ana@a.example", "ben@b.example")
    sending.invoices.send(ids[0])
    queued = int(sending.sql("select max(id) as id from operations where kind = 'queue mail'")["id"][0])
    with pytest.raises(UndoRefused, match="its mail to ana@a.example is sent"):
        sending.undo(queued)
    sending.mail.change(port=1)
    with pytest.warns(UserWarning, match="cannot be reached"):
        sending.invoices.send(ids[1])
    sending.undo(int(sending.sql("select max(id) as id from operations where kind = 'queue mail'")["id"][0]))
    assert sending.mail.outbox("queued").empty
    with pytest.warns(UserWarning, match="cannot be reached"):
        sending.invoices.send(ids[1])
    sending.mail.discard(int(sending.mail.outbox("queued")["message"][0]))
    discarded = int(sending.operations()["id"].max())
    by(sending, mail_server)
    sending.invoices.send(ids[1])
    with pytest.raises(UndoRefused, match="may have been sent anew"):
        sending.undo(discarded)
    assert len(mail_server.of("ben@b.example")) == 1


def test_one_that_cannot_be_printed_stops_no_other(sending: Book, mail_server: MailServer, tmp_path: Path) -> None:
    ids = customers(sending, "ana@a.example")
    dinars = sending.invoices.draft(
        customer="Customer 0", date="2026-01-01", currency="TND", lines=[{"description": "x", "unit_price": "1"}]
    )
    sending.invoices.finalize(dinars)
    for dry_run, state in ((True, "would be sent"), (False, "sent")):
        told = sending.invoices.send([*ids, dinars], form="facturx", dry_run=dry_run).set_index("invoice")
        assert dict(told["state"]) == {ids[0]: state, dinars: "not sent"}
        assert "EN 16931 has room for two" in told["answer"][dinars]
    with pytest.raises(Incomplete, match="room for two"):
        sending.invoices.send(dinars, form="facturx")
    printed = sending.documents.pdf([*ids, dinars], tmp_path / "out", form="facturx").set_index("invoice")
    assert dict(printed["outcome"]) == {ids[0]: "kept", dinars: "not printed"}
    assert "room for two" in printed["problem"][dinars]


@pytest.mark.parametrize("timeout", [0, -1, "5", None, True])
def test_a_wrong_patience_leaves_everything_queued(sending: Book, timeout: object) -> None:
    with pytest.raises(InvalidValue, match="how many seconds an answer is waited for"):
        sending.mail.run(timeout=timeout)  # type: ignore[arg-type]


def test_a_server_that_takes_no_mail_from_us_leaves_everything_queued(sending: Book, mail_server: MailServer) -> None:
    ids = customers(sending, "ana@a.example", "ben@b.example")
    mail_server.refuses = "550 5.7.1 who are you"
    with pytest.warns(UserWarning, match="takes no mail from billing@lee.example: 550 5.7.1 who are you"):
        assert sending.invoices.send(ids)["state"].tolist() == ["queued", "queued"]
    mail_server.refuses = ""
    assert sending.mail.run()["state"].tolist() == ["sent", "sent"]


def test_every_change_of_state_is_one_that_may_be() -> None:
    states_there = {state for pair in MESSAGE_TRANSITIONS for state in pair}
    assert states_there == {"queued", "sending", "sent", "deferred", "failed", "unknown"}
    assert not [pair for pair in MESSAGE_TRANSITIONS if pair[0] == "sent"], "what was sent stays sent"
    assert {after for before, after in MESSAGE_TRANSITIONS if before == "unknown"} == {"queued", "sent"}


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ({"password": "x"}, "keeps no password"),
        ({"sender": "nobody"}, "is no e-mail address"),
        ({"host": ""}, "without a host"),
        ({"security": "ssl"}, "starttls, tls, none"),
        ({"port": 0}, "1 or more"),
        ({"port": 65_536}, "at most 65,535"),
        ({"host": "a b"}, "one line each"),
        ({"sender_name": "x\r\nBcc: y"}, "one line each"),
        ({"nothing": "x"}, "have no field nothing"),
    ],
)
def test_wrong_accounts_are_refused(book: Book, said: dict[str, object], told: str) -> None:
    with pytest.raises(InvalidValue, match=told):
        book.mail.change(**{"host": "smtp.a.example", "sender": "a@a.example", **said})
    assert book.mail.get()["host"] is None


@pytest.mark.file_only("book.path")
def test_the_password_stays_outside_and_never_goes_unencrypted(
    book: Book, monkeypatch: pytest.MonkeyPatch, mail_server: MailServer
) -> None:
    monkeypatch.delenv("INVOICEKIT_MAIL_PASSWORD", raising=False)
    book.mail.change(host="mail.invalid", user="ana", sender="a@a.example", security="none")
    with pytest.raises(MailRefused, match="There is no password of ana at mail.invalid"):
        book.mail.test()
    monkeypatch.setenv("INVOICEKIT_MAIL_PASSWORD", "secret-word")
    with pytest.raises(MailRefused, match="would go to mail.invalid unencrypted"):
        book.mail.test()
    book.mail.change(host="127.0.0.1", port=mail_server.port)
    with pytest.raises(MailRefused, match="cannot be used as told"):
        book.mail.test()
    book.mail.change(security="starttls", user=None)
    with pytest.raises(MailRefused, match="cannot be used as told"):
        book.mail.test()
    path = book.path
    book.close()
    assert b"secret-word" not in path.read_bytes()


_SENDER = """
import sys, invoicekit as ik
with ik.open(sys.argv[1]) as book:
    print("open", flush=True)
    book.mail.run()
"""


def outbox_of(path: Path, count: int, server: MailServer) -> None:
    """Put so many messages into the outbox of a new book, and send none."""
    with ik.open(empty_book(path), clock=Ticking()) as book:
        ids = customers(book, *(f"c{nth}@a.example" for nth in range(count)))
        book.mail.change(host="127.0.0.1", port=1, security="none", sender="billing@lee.example")
        with pytest.warns(UserWarning, match="cannot be reached"):
            book.invoices.send(ids)
        book.mail.change(port=server.port)


def killed_and_settled(path: Path, server: MailServer, pauses: list[float]) -> int:
    """Send, killed again and again; settle what was cut off by looking into the mailbox; return how often that was asked."""
    asked = 0
    for pause in pauses:
        child = subprocess.Popen(
            [sys.executable, "-c", _SENDER, str(path)],
            stdout=subprocess.PIPE,
            env={**os.environ, "PYTHONWARNINGS": "ignore"},
        )
        assert child.stdout is not None
        child.stdout.readline()
        try:
            child.wait(pause)
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()
        child.stdout.close()
        before = Counter(str(message["Message-ID"]) for message in server.arrived)
        with ik.open(path) as book:
            cut_off = len(book.mail.outbox("sending"))
            assert cut_off <= 1, "one message is handed over at a time"
            asked += cut_off
            waiting = book.mail.outbox("queued")["message"].tolist()
            assert not [one for one in waiting if before[message_id(book, one)]], "what arrived is not queued again"
            if cut_off:
                # A person looks whether it arrived.
                [one] = book.mail.outbox("sending")["message"].tolist()
                book.mail.settle(one, sent=bool(before[message_id(book, one)]))
    return asked


def message_id(book: Book, message: int) -> str:
    return str(book.sql("select message_id from messages where id = $id", {"id": message})["message_id"][0])


def each_arrived_once(path: Path, server: MailServer, count: int) -> None:
    with ik.open(path) as book:
        book.mail.run()
        assert set(book.mail.outbox()["state"]) == {"sent"}
        assert book.check().empty
        assert len(book.invoices.sendings()) == count
    assert Counter(str(message["To"]) for message in server.arrived) == {f"c{nth}@a.example": 1 for nth in range(count)}


def test_killed_while_sending_nothing_goes_twice_unasked_and_nothing_is_lost(
    tmp_path: Path, mail_server: MailServer
) -> None:
    outbox_of(tmp_path / "a.duckdb", 24, mail_server)
    killed_and_settled(tmp_path / "a.duckdb", mail_server, [0.15, 0.4])
    each_arrived_once(tmp_path / "a.duckdb", mail_server, 24)


@pytest.mark.long
def test_killed_at_20_random_moments_of_200_messages(tmp_path: Path, mail_server: MailServer) -> None:
    outbox_of(tmp_path / "a.duckdb", 200, mail_server)
    chance = random.Random(7)
    pauses = [chance.uniform(0, 1.2) for _ in range(20)]
    assert killed_and_settled(tmp_path / "a.duckdb", mail_server, pauses) > 0
    each_arrived_once(tmp_path / "a.duckdb", mail_server, 200)


def test_cut_off_between_the_message_and_the_answer_it_asks(tmp_path: Path, mail_server: MailServer) -> None:
    """The one moment nobody can decide: the server has it, and the process is gone."""
    path = tmp_path / "a.duckdb"
    with ik.open(empty_book(path), clock=Ticking()) as book:
        ids = customers(book, "hangs@a.example", "ben@b.example")
        book.mail.change(host="127.0.0.1", port=1, security="none", sender="billing@lee.example")
        with pytest.warns(UserWarning, match="cannot be reached"):
            book.invoices.send(ids)
        book.mail.change(port=mail_server.port)
    child = subprocess.Popen([sys.executable, "-c", _SENDER, str(path)], stdout=subprocess.DEVNULL)
    assert mail_server.waiting.wait(60)
    child.kill()
    child.wait()
    with ik.open(path) as book:
        assert states(book) == {"hangs@a.example": "sending", "ben@b.example": "queued"}
        with pytest.warns(
            UserWarning, match=r"1 message\(s\) were cut off before the server answered, the first to hangs@a.example"
        ):
            assert book.mail.run()["recipient"].tolist() == ["ben@b.example"]
        assert states(book)["hangs@a.example"] == "unknown"
        assert book.mail.run().empty
    assert len(mail_server.of("hangs@a.example")) == 1
