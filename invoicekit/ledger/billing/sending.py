"""Sending: what may go out, and what becomes of it. Handing it over is not done here."""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from invoicekit.errors import IllegalTransition, InvalidValue, NotFound
from invoicekit.ledger.access import must_own, must_process
from invoicekit.ledger.part import Part, clean, statement
from invoicekit.store import Operation

__all__ = ["MESSAGE_TRANSITIONS", "Sending", "addresses", "must_be_sendable"]

# How the state of a message may change. What was cut off is settled by a person alone.
MESSAGE_TRANSITIONS = {
    ("queued", "sending"), ("deferred", "sending"), ("sending", "sent"), ("sending", "deferred"), ("sending", "failed"),
    ("sending", "unknown"), ("sending", "queued"), ("failed", "queued"), ("deferred", "queued"), ("unknown", "queued"),
    ("unknown", "sent"),
}  # fmt: skip
# On their way, or perhaps.
_UNDERWAY = ("queued", "sending", "deferred", "unknown")
# One address: no blank, no mark that separates addresses or ends a header (RFC 5321, 4.1.2, without its oddities).
_ADDRESS = re.compile(r"[^\s@<>,;:\"()\[\]\\\x00-\x1f\x7f]+@[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?")


def addresses(text: str | None) -> list[str]:
    """Return the e-mail addresses of a text, told apart by commas or semicolons.

    Raises
    ------
    InvalidValue
        If one of them cannot be an address.

    Examples
    --------
    >>> addresses("ana@acme.example; ben@acme.example")
    ['ana@acme.example', 'ben@acme.example']
    """
    found = [part.strip(" ") for part in re.split("[,;]", text or "") if part.strip(" ")]
    for one in found:
        if not _ADDRESS.fullmatch(one) or not one.isascii() or len(one) > 254:
            raise InvalidValue(
                f"{one!r} is no e-mail address. Write it like ana@acme.example; several with a comma between."
            )
    return found


class Sending(Part):
    """What goes out; the verbs of `Invoices` and of the outbox come here."""

    def mark(self, op: Operation, held: Sequence[Mapping[str, Any]], said: Mapping[str, Any]) -> None:
        """Note that issued invoices went out by other means; see `Invoices.mark_sent`."""
        must_be_sendable(op, self.store.actor, held)
        told = clean(
            "sendings",
            {
                **said,
                "date": said["date"] if said["date"] is not None else max(op.today, *(one["date"] for one in held)),
            },
        )
        if told["means"] is None or told["date"] is None:
            raise InvalidValue("Nothing says how, or when, they were sent. Give by= and on=.")
        early = [one for one in held if told["date"] < one["date"]]
        if early:
            raise InvalidValue(
                f"Invoice {early[0]['number']} of {early[0]['date']} cannot be sent on {told['date']}, before it."
            )
        op.insert("sendings", [{**told, "invoice": one["id"]} for one in held])
        op.summary = f"{', '.join(one['number'] for one in held[:5])} by {told['means']}"

    def queue(self, op: Operation, messages: Iterable[Mapping[str, Any]]) -> list[int]:
        """Put messages into the outbox and return their numbers.

        Raises
        ------
        InvalidValue
            If one has no recipient, no subject or no text, or something in them that mail has no place for.
        """
        rows = []
        for message in messages:
            told = clean_message(message)
            domain = told["sender"].rpartition("@")[2]
            rows.append(
                {**message, **told, "message_id": f"<{secrets.token_hex(16)}@{domain}>", "state": "queued", "tries": 0}
            )
        return op.insert("messages", rows)

    def turn(self, op: Operation, message: int, state: str, answer: str | None = None) -> dict[str, Any]:
        """Give a message its next state, and return it.

        Raises
        ------
        NotFound
            If there is no such message.
        IllegalTransition
            If that state cannot follow the one it has.
        """
        held = self.message(message)
        if (held["state"], state) not in MESSAGE_TRANSITIONS:
            raise IllegalTransition(
                f"Message {message} to {held['recipient']} is {held['state']} and cannot become {state}. {_way(held)}"
            )
        changed = {"id": held["id"], "state": state, "answer": answer if answer is not None else held["answer"]}
        if state == "sending":
            changed["tries"] = held["tries"] + 1
        op.update("messages", [changed])
        if state == "sent" and held["invoice"] is not None:
            [invoice] = op.rows("select date from invoices where id = $id", id=held["invoice"])
            op.insert(
                "sendings",
                [
                    {
                        "invoice": held["invoice"], "means": "email", "recipient": held["recipient"],
                        "date": max(op.today, invoice["date"]), "note": held["message_id"],
                    }
                ],
            )  # fmt: skip
        op.summary = f"{held['subject']} to {held['recipient']}: {state}"
        return {**held, **changed}

    def cut_off(self) -> list[dict[str, Any]]:
        """Say of what was being handed over when the process ended that nobody knows what became of it."""
        left = self.store.rows("select id, recipient, subject from messages where state = 'sending' order by id")
        if left:
            with self.store.operation("send mail", f"{len(left)} cut off") as op:
                for message in left:
                    self.turn(
                        op,
                        message["id"],
                        "unknown",
                        "It was cut off before the server answered: it may have arrived, or not.",
                    )
        return left

    def discard(self, op: Operation, message: int) -> None:
        """Take a message that did not go out from the outbox, and the reminders with it."""
        held = self.message(message)
        if held["state"] not in ("queued", "deferred", "failed"):
            raise IllegalTransition(
                f"Message {message} to {held['recipient']} is {held['state']} and cannot be discarded. {_way(held)}"
            )
        op.delete(
            "reminders", [row["id"] for row in op.rows("select id from reminders where message = $id", id=held["id"])]
        )
        op.delete("messages", [held["id"]])
        op.summary = f"{held['subject']} to {held['recipient']}"

    def message(self, message: int) -> dict[str, Any]:
        """Return a message by its number.

        Raises
        ------
        NotFound
            If there is none.
        """
        is_number = hasattr(message, "__index__") and not isinstance(message, bool)
        found = (
            self.store.rows("select * exclude (operation) from messages where id = $id", id=int(message))
            if is_number
            else []
        )
        if not found:
            raise NotFound(f"There is no message {message!r} in the outbox. book.mail.outbox() lists them.")
        return found[0]


def must_be_sendable(op: Operation, actor: str, held: Sequence[Mapping[str, Any]]) -> None:
    """Refuse to send drafts, what was sent already unless by itself, and what is on its way.

    Raises
    ------
    IllegalTransition
        Naming the one that cannot be sent.
    NotAllowed
        Unless who opened the book is owner of the customers, and processes invoices, where users have roles.
    """
    must_own(op, actor, [one["customer"] for one in held], "send invoices")
    for one in held:
        if one["status"] == "draft":
            raise IllegalTransition(f"Draft {one['id']} cannot be sent: only what was issued can. Finalise it first.")
        if one["status"] == "closed":
            raise IllegalTransition(
                f"Invoice {one['number']} is closed and cannot be sent. Reopen it first: book.invoices.reopen({one['id']})."
            )
    ids = [one["id"] for one in held]
    numbers = {one["id"]: one["number"] for one in held}
    for row in op.rows(statement("messages_underway"), ids=ids, states=[*_UNDERWAY]):
        raise IllegalTransition(
            f"Invoice {numbers[row['invoice']]} is on its way to {row['recipient']} already: message {row['id']} "
            f"is {row['state']}. {_way(row)}"
        )
    sent = op.rows(
        "select invoice, max(date) as date from sendings where invoice in $ids group by invoice order by invoice",
        ids=ids,
    )
    if sent and len(held) > 1:
        raise IllegalTransition(
            f"Invoice {numbers[sent[0]['invoice']]} was sent already, on {sent[0]['date']}: several are sent only for "
            "the first time. Leave it out, and send it again by itself."
        )


def clean_message(message: Mapping[str, Any]) -> dict[str, Any]:
    """Bring a message to the form it goes out in.

    Raises
    ------
    InvalidValue
        Naming what is missing, or what cannot stand there.
    """
    told = clean_text(message)
    for name, called in (("recipient", "recipient (to)"), ("subject", "subject"), ("body", "text (body)")):
        if not told[name]:
            raise InvalidValue(f"A message cannot go out without a {called}. Give it.")
    for name in ("subject",):
        if re.search(r"[\x00-\x1f\x7f\x85\u2028\u2029]", told[name]):
            raise InvalidValue(
                f"The {name} {told[name]!r} has more than one line, or characters no line has. Write it in one."
            )
    if len(told["subject"]) > 500:
        raise InvalidValue("The subject has more than 500 characters. Shorten it.")
    return {
        **told,
        "recipient": ", ".join(addresses(told["recipient"])),
        "copy_to": ", ".join(addresses(told["copy_to"])) or None,
        "sender": ", ".join(addresses(told["sender"])),
    }


def clean_text(message: Mapping[str, Any]) -> dict[str, str]:
    """Return the texts of a message without blanks around them."""
    found = {name: message.get(name) for name in ("recipient", "subject", "body", "copy_to", "sender")}
    for name, text in found.items():
        if text is not None and not isinstance(text, str):
            raise InvalidValue(f"The {name} of a message is text, not {text!r}.")
    return {name: (text or "").strip(" ") if name != "body" else (text or "").strip() for name, text in found.items()}


def may_process(op: Operation, actor: str) -> None:
    """Refuse what is done to the outbox by somebody who does not process invoices."""
    must_process(op, actor, "send mail")


def _way(held: Mapping[str, Any]) -> str:
    ways = {
        "queued": "book.mail.run() sends it.",
        "deferred": "book.mail.run() tries it again.",
        "sending": "It is being handed over; book.mail.run() finds out whether it was cut off.",
        "unknown": f"Find out whether it arrived, and say so: book.mail.settle({held['id']}, sent=True or False).",
        "failed": f"Correct the address, and book.mail.retry({held['id']}), or discard it.",
        "sent": "Send it again by itself: book.invoices.send.",
    }
    return ways[held["state"]]
