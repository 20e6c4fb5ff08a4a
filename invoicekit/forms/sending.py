"""Handing invoices over: the mail with its mandatory fields, what went out otherwise, and the outbox."""

from __future__ import annotations

import threading
import warnings
from collections.abc import Callable, Sequence
from typing import Any

import ipywidgets

from invoicekit.documents import Invoices, Mail
from invoicekit.errors import InvalidValue
from invoicekit.forms.parts.dialog import ask_for, control
from invoicekit.forms.parts.grid import Column
from invoicekit.forms.parts.listing import Action, Listing
from invoicekit.forms.parts.screen import Screen
from invoicekit.forms.parts.table import table
from invoicekit.forms.parts.words import Words
from invoicekit.store import Hold

__all__ = ["OutboxScreen", "ask_means", "ask_to_send", "warned"]

_LISTENING = threading.RLock()


def warned(act: Callable[[], Any]) -> tuple[Any, str]:
    """Do something, and return what it gives with what it warns of.

    What Python warns of is the whole process's: one page at a time listens.
    """
    with _LISTENING, warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        given = act()
    return given, "; ".join(str(one.message) for one in caught if issubclass(one.category, UserWarning))


def ask_to_send(screen: Screen, hold: Hold, ids: Sequence[int]) -> None:
    """Show what would go out; of a single invoice to whom, about what and with which words is asked, and may not be empty."""
    invoices, w = Invoices(hold), screen.words
    controls: dict[str, Any] = {}
    details = []
    if len(ids) > 1:
        looked = invoices.send([*ids], dry_run=True)
        details = [table(looked, ("number", "recipient", "subject", "state", "answer"), words=w)]
    else:
        usual = invoices.mail_of(ids[0])
        controls = {
            "to": control("text", w("to") + " *", usual["to"]),
            "subject": control("text", w("subject") + " *", usual["subject"]),
            "body": control("lines", w("body") + " *", usual["body"], rows=8),
            "copy_to": control("text", w("copy_to")),
        }

    def send(given: dict[str, Any]) -> None:
        for name in ("to", "subject", "body"):
            if controls and given[name] is None:
                raise InvalidValue(w("mail_needs", what=w(name)))
        sent, told = warned(lambda: invoices.send([*ids] if len(ids) > 1 else ids[0], **given))
        screen.show_widget(table(sent, ("number", "recipient", "state", "answer"), words=w))
        went = int((sent["state"] == "sent").sum())
        screen.say(f"{w.count('sent_many', went)} {told}".strip(), "saved" if went == len(sent) else "warning")

    ask_for(
        screen, w.count("send_question", len(ids)), controls, {w("send"): send},
        details=details,
    )  # fmt: skip


def ask_means(screen: Screen, hold: Hold, ids: Sequence[int]) -> None:
    """Record that invoices went out by other means than mail."""
    w = screen.words
    means = [(w.value(one), one) for one in ("post", "platform", "hand", "other")]
    controls = {
        "by": control("choice", w("means"), "post", options=means),
        "on": control("date", w("date"), hold.store.today),
        "note": control("text", w("note")),
    }

    def mark(given: dict[str, Any]) -> None:
        Invoices(hold).mark_sent([*ids], **given)
        screen.say(w.count("marked_sent", len(ids)))

    ask_for(screen, w.count("means_question", len(ids)), controls, {w("record"): mark})


class OutboxScreen(Listing):
    """The messages of a book, and what can be done about those that did not go out."""

    def __init__(self, hold: Hold, *, language: str = "en", closed: Callable[[], object] | None = None) -> None:
        w, self._mail = Words(language), Mail(hold)
        states = ("queued", "sending", "sent", "deferred", "refused", "unknown")
        self.state = ipywidgets.Dropdown(
            options=[(w("all"), ""), *((w.value(state), state) for state in states)], description=w("state"),
            layout=ipywidgets.Layout(width="14em"), style={"description_width": "initial"},
        )  # fmt: skip
        columns = (
            Column("message", w("message"), width="90px"),
            Column("recorded_at", w("date"), width="140px"),
            Column("number", w("number"), width="1fr"),
            Column("recipient", w("to"), width="2fr"),
            Column("subject", w("subject"), width="2.4fr"),
            Column("state", w("state"), width="110px"),
            Column("answer", w("answer"), width="2fr"),
        )
        unknown, failed = frozenset({"unknown"}), frozenset({"refused", "deferred"})
        actions = (
            Action(w("retry"), self._retry, single=True, when=failed),
            Action(w("it_arrived"), lambda ids: self._settle(ids, sent=True), when=unknown),
            Action(w("it_did_not_arrive"), lambda ids: self._settle(ids, sent=False), when=unknown),
            Action(w("discard"), self._discard, when=failed | {"queued"}, style="danger"),
        )
        super().__init__(
            hold, columns, lambda: self._mail.pages(self.state.value or None), w("outbox"), actions=actions, state="state",
            filters=(self.state,), more=((w("send_waiting"), self._run), (w("mail_account"), self._account)), key="message",
            language=language, closed=closed,
        )  # fmt: skip

    def _run(self) -> None:
        results, told = warned(self._mail.run)
        went = int((results["state"] == "sent").sum())
        self.say(f"{self.words.count('sent_many', went)} {told}".strip(), "warning" if told else "saved")

    def _retry(self, ids: list[int]) -> None:
        to = control("text", self.words("to"))
        ask_for(
            self, self.words("retry_question"), {"to": to},
            {self.words("retry"): lambda given: self._mail.retry(ids[0], to=given["to"])},
        )  # fmt: skip

    def _settle(self, ids: list[int], *, sent: bool) -> None:
        for id_ in ids:
            self._mail.settle(id_, sent=sent)
        self.grid.tick(())

    def _discard(self, ids: list[int]) -> None:
        def discard() -> None:
            for id_ in ids:
                self._mail.discard(id_)
            self.grid.tick(())

        self.ask(
            self.words.count("discard_mail_question", len(ids)),
            (self.words("yes"), discard),
            (self.words("no"), lambda: None),
        )

    def _account(self) -> None:
        """Ask how mail goes out."""
        held, w = self._mail.get(), self.words
        names = ("host", "port", "user", "sender", "sender_name", "reply_to")
        controls = {name: control("text", w.label("mail_accounts", name), str(held[name] or "")) for name in names}
        secure = [(one, one) for one in ("starttls", "tls", "none")]
        controls["security"] = control(
            "choice", w.label("mail_accounts", "security"), held["security"] or "starttls", options=secure
        )

        def keep(given: dict[str, Any]) -> None:
            port = given["port"]
            if port is not None and not port.isdecimal():
                raise InvalidValue(w("port_is_a_number", port=port))
            self._mail.change(**{**given, "port": int(port) if port else None})
            self.say(w("kept"))

        ask_for(self, w("account_question"), controls, {w("keep_it"): keep})
