"""The outbox: what is to go out by mail, and what became of it."""

from __future__ import annotations

import threading
import warnings
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC
from email.message import EmailMessage
from email.utils import format_datetime, formataddr
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

import pyarrow as pa

from invoicekit.documents.posting import Answer, Line, password_of
from invoicekit.errors import IllegalTransition, InvalidValue, MailRefused
from invoicekit.ledger.access import must_process
from invoicekit.ledger.billing.sending import Sending, addresses, may_process
from invoicekit.ledger.part import Part, clean
from invoicekit.progress import Bar
from invoicekit.schema import TABLES
from invoicekit.store import Pages, Store, frame, writable
from invoicekit.store.sql import load

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["RESULTS", "Mail", "must_be_kept_first"]

RESULTS = pa.schema(
    {
        "message": pa.int64(), "invoice": pa.int64(), "number": pa.string(), "recipient": pa.string(), "subject": pa.string(),
        "state": pa.string(), "answer": pa.string(),
    }
)  # fmt: skip
# How long, in seconds, a server's answer is waited for.
_PATIENCE = 60.0
_STATES = tuple(TABLES["messages"].field("state").choices)


class Mail(Part):
    """Mail of a book: the account it goes out by, and the outbox.

    Before a message is handed over, the book says so (``sending``); afterwards it says what the server answered. A
    process that ends in
    between leaves a message of which nobody knows whether it arrived: it becomes ``unknown``, and waits until a person says.
    """

    def get(self) -> dict[str, Any]:
        """Return the account mail goes out by; each field is None until it is said. The password is not in the book."""
        found = self.store.rows("select * exclude (id, operation) from mail_accounts")
        return found[0] if found else dict.fromkeys(name for name in TABLES["mail_accounts"].names if name != "id")

    def change(self, **fields: Any) -> None:
        """Say how mail goes out: ``host``, ``port``, ``security`` (starttls, tls, none), ``user``, ``sender``, ``sender_name`` ...

        The password stands in the environment (``INVOICEKIT_MAIL_PASSWORD``) or in the keyring of the system, never in the book.

        Raises
        ------
        InvalidValue
            For an unknown field, an address that is none, or a password.

        Examples
        --------
        >>> import invoicekit as ik, tempfile, pathlib
        >>> book = ik.open(pathlib.Path(tempfile.mkdtemp()) / "acme.duckdb")
        >>> book.mail.change(host="smtp.example.org", user="ana", sender="billing@acme.example")
        >>> book.mail.get()["sender"]
        'billing@acme.example'
        """
        if "password" in fields:
            raise InvalidValue(
                "A book keeps no password. Set INVOICEKIT_MAIL_PASSWORD, or keep it in the keyring: keyring set "
                "invoicekit USER@HOST."
            )
        with self.store.operation("change mail account") as op:
            may_process(op, self.store.actor)
            given = clean("mail_accounts", fields)
            for name in ("sender", "reply_to", "copy_to"):
                found = addresses(given.get(name))
                if len(found) > 1:
                    raise InvalidValue(f"{name} is one address, not {given[name]!r}.")
            held = op.rows("select * exclude (operation) from mail_accounts")
            after = {**(held[0] if held else self.get()), **given}
            if (after["port"] or 1) > 65_535:
                raise InvalidValue(f"A port is at most 65,535, not {after['port']:,}.")
            for name in ("host", "sender"):
                if not after[name]:
                    raise InvalidValue(f"Mail cannot go out without a {name}. Give it: book.mail.change({name}=...).")
            if any(ord(one) < 33 for one in after["host"]) or (
                after["sender_name"] and not after["sender_name"].isprintable()
            ):
                raise InvalidValue("The server, and the name of the sender, are one line each. Correct them.")
            if held:
                op.update("mail_accounts", [{"id": held[0]["id"], **given}])
            else:
                op.insert("mail_accounts", [given])
            op.summary = f"{after['sender']} by {after['host']}"

    def test(self) -> str:
        """Connect and sign in, hand nothing over, and return what was found in a sentence.

        Raises
        ------
        MailRefused
            Saying what is wrong.
        """
        account = self._account()
        with Line(account, password_of(account), _PATIENCE) as line:
            line.open()
        return f"{account['host']} takes mail of {account['sender']}."

    def outbox(self, state: str | None = None) -> pd.DataFrame:
        """Return the messages of the book, newest first - all, or those in one state.

        Returns
        -------
        pandas.DataFrame
            ``message``, ``kind``, ``number``, ``recipient``, ``subject``, ``state``, ``tries``, ``answer`` and
            when that was recorded.
        """
        if state is not None and state not in _STATES:
            raise InvalidValue(f'Messages are {", ".join(_STATES)}, not "{state}".')
        return frame(self.store.arrow(load("invoicekit.documents", "messages_listed"), state=state))

    def pages(self, state: str | None = None) -> Pages:
        """Return the rows of `outbox` for a screen that shows a window of them."""
        searched = ("number", "recipient", "subject", "state", "answer")
        return Pages(self.store, load("invoicekit.documents", "messages_listed"), searched, key="message", state=state)

    def run(self, *, timeout: float = _PATIENCE) -> pd.DataFrame:
        """Send what is queued, and try again what a server wanted later; return one row for each message.

        Warns
        -----
        UserWarning
            Of messages that were cut off when a process ended: `settle` them.
        """
        return frame(self.sent(None, timeout=timeout))

    def settle(self, message: int, *, sent: bool) -> None:
        """Say of a message that was cut off whether it arrived: it is sent then, or queued again.

        Raises
        ------
        IllegalTransition
            If it is not unknown.
        """
        if not isinstance(sent, bool):
            raise InvalidValue(f"sent is True, it arrived, or False, it did not: not {sent!r}.")
        with _one_at_a_time(self.store):
            Sending(self._hold).cut_off()
        with self.store.operation("settle mail") as op:
            may_process(op, self.store.actor)
            held = Sending(self._hold).message(message)
            if held["state"] != "unknown":
                raise IllegalTransition(
                    f"Message {message} is {held['state']}, not unknown: there is nothing to settle."
                )
            said = f"{self.store.actor} says it {'arrived' if sent else 'did not arrive'}."
            Sending(self._hold).turn(op, message, "sent" if sent else "queued", said)

    def retry(self, message: int, *, to: str | None = None) -> None:
        """Queue a message again that a server refused, to another address if one is given.

        Raises
        ------
        IllegalTransition
            If it was not refused or deferred.
        """
        with self.store.operation("retry mail") as op:
            may_process(op, self.store.actor)
            sending = Sending(self._hold)
            held = sending.message(message)
            if held["state"] == "unknown":
                raise IllegalTransition(
                    f"Message {message} may have arrived, and would go out twice. Find out, and say so: "
                    f"book.mail.settle({message}, ...)."
                )
            if to is not None:
                recipients = ", ".join(addresses(to))
                if not recipients:
                    raise InvalidValue("A message cannot go out without a recipient. Give an address.")
                sending.turn(op, message, "queued")
                op.update("messages", [{"id": held["id"], "recipient": recipients}])
            else:
                sending.turn(op, message, "queued")

    def discard(self, message: int) -> None:
        """Take a message that did not go out from the outbox.

        Raises
        ------
        IllegalTransition
            If it went out, or may have.
        """
        with self.store.operation("discard mail") as op:
            may_process(op, self.store.actor)
            Sending(self._hold).discard(op, message)

    def save(self, folder: str | PathLike[str], messages: int | Iterable[int] | None = None) -> list[Path]:
        """Write messages as .eml files, which any mail program opens and sends - those queued unless told otherwise.

        Nothing is noted as sent by this: when they went out, say so by `invoices.mark_sent`, and `discard` them here.
        """
        must_process(self.store, self.store.actor, "write mail")
        where = writable(folder)
        where.mkdir(parents=True, exist_ok=True)
        named = [messages] if isinstance(messages, int) else messages
        ids = [*named] if named is not None else self._waiting()
        paths = []
        for held in (Sending(self._hold).message(id_) for id_ in ids):
            message = self._made(held)
            message["X-Unsent"] = "1"
            path = where / f"{held['id']:06} {held['recipient'].partition('@')[0][:40]}.eml".replace("/", "-")
            path.write_bytes(message.as_bytes())
            paths.append(path)
        return paths

    def sent(self, only: Sequence[int] | None, *, timeout: float = _PATIENCE) -> pa.Table:
        """Hand over messages - all that wait, or only some - over one connection; see `run`."""
        must_be_kept_first(self.store)
        if isinstance(timeout, bool) or not isinstance(timeout, int | float) or not 0 < timeout < 86_400:
            raise InvalidValue(f"timeout is how many seconds an answer is waited for, such as 60: not {timeout!r}.")
        sending, bar = Sending(self._hold), Bar()
        with _one_at_a_time(self.store):
            left = sending.cut_off()
            if left:
                warnings.warn(
                    f"{len(left)} message(s) were cut off before the server answered, the first to "
                    f"{left[0]['recipient']}: find out whether "
                    f"they arrived, and say so: book.mail.settle({left[0]['id']}, sent=True or False).",
                    stacklevel=4,
                )
            waiting = self._waiting() if only is None else [*only]
            if waiting:
                account = self._account()
                with Line(account, password_of(account), timeout) as line:
                    try:
                        line.open()
                    except MailRefused as error:
                        warnings.warn(str(error), stacklevel=4)
                    else:
                        self._hand_over(line, account, waiting, bar)
        bar("done", 1.0)
        return self._results(waiting)

    def _hand_over(
        self, line: Line, account: Mapping[str, Any], waiting: Sequence[int], bar: Callable[[str, float], None]
    ) -> None:
        # What became of one message is written together with the beginning of the next: one operation for each of them.
        answered: tuple[int, Answer] | None = None
        try:
            for nth, id_ in enumerate(waiting):
                if self._is_settled(id_):
                    continue
                message = self._made(Sending(self._hold).message(id_))
                held = self._next(answered, id_)
                answered = None
                recipients = [*addresses(held["recipient"]), *addresses(held["copy_to"])]
                try:
                    answer = line.post(message, held["sender"], recipients, addresses(account["copy_to"]))
                except MailRefused as error:
                    # Nothing was handed over, of this one and of those behind it: all of them wait.
                    answered = (id_, Answer("queued", str(error)))
                    warnings.warn(str(error), stacklevel=5)
                    return
                answered = (id_, answer)
                bar(f"{nth + 1:,} of {len(waiting):,} sent", (nth + 1) / len(waiting))
        finally:
            self._next(answered, None)

    def _is_settled(self, id_: int) -> bool:
        """Return whether a reminder is of invoices that were paid, disputed or promised since: it waits, and a person decides."""
        asked = load("invoicekit.documents", "reminder_settled")
        for row in self.store.rows(asked, message=id_, today=self.store.today):
            why = row["held"] or f"owes {row['now'].normalize():f} now, not {row['open'].normalize():f}"
            warnings.warn(
                f"The reminder to {row['recipient']} was not sent: {row['number']} {why}. "
                f"Discard it (book.mail.discard({id_})), and remind anew.",
                stacklevel=6,
            )
            return True
        return False

    def _next(self, answered: tuple[int, Answer] | None, id_: int | None) -> dict[str, Any]:
        """Write what became of a message, and that the next one is being handed over; return that one."""
        sending = Sending(self._hold)
        with self.store.operation("send mail") as op:
            may_process(op, self.store.actor)
            if answered is not None:
                sending.turn(op, answered[0], answered[1].state, answered[1].text)
            return sending.turn(op, id_, "sending") if id_ is not None else {}

    def _made(self, held: Mapping[str, Any]) -> EmailMessage:
        account = self.get()
        seller = self.store.rows("select name from sellers")
        message = EmailMessage()
        name = account["sender_name"] or (seller[0]["name"] if seller else "")
        # A name may have been imported with anything in it; in a heading it is one line.
        message["From"] = formataddr(
            (" ".join("".join(one if one.isprintable() else " " for one in name).split()), held["sender"])
        )
        message["To"] = held["recipient"]
        if held["copy_to"]:
            message["Cc"] = held["copy_to"]
        if account["reply_to"]:
            message["Reply-To"] = account["reply_to"]
        message["Subject"] = held["subject"]
        message["Date"] = format_datetime(self.store.clock().replace(tzinfo=UTC))
        message["Message-ID"] = held["message_id"]
        message.set_content(held["body"], cte="quoted-printable")
        for file in self.store.rows("select name, content from kept_documents where id = $id", id=held["document"]):
            message.add_attachment(file["content"], maintype="application", subtype="pdf", filename=file["name"])
        return message

    def _account(self) -> dict[str, Any]:
        account = self.get()
        if not account["host"]:
            raise MailRefused(
                "Nobody has said by which server mail goes out. Say it: book.mail.change(host=..., sender=...)."
            )
        return account

    def _waiting(self) -> list[int]:
        query = "select id from messages where state in ('queued', 'deferred') order by id"
        return [row["id"] for row in self.store.rows(query)]

    def _results(self, ids: Sequence[int]) -> pa.Table:
        return self.store.arrow(load("invoicekit.documents", "messages_told"), ids=[*ids]).cast(RESULTS)


def must_be_kept_first(store: Store) -> None:
    """Refuse to hand mail over within an operation that may still come to nothing.

    Raises
    ------
    MailRefused
        If one is open.
    """
    if store.current is not None:
        raise MailRefused(
            f'Mail cannot be called back, and "{store.current.kind}" may still come to nothing. Send after it is done.'
        )


_RUNNING: WeakKeyDictionary[Store, threading.Lock] = WeakKeyDictionary()
_ASKING = threading.Lock()


@contextmanager
def _one_at_a_time(store: Store) -> Iterator[None]:
    """Let one thread hand mail over: what is ``sending`` meanwhile was left by a process that ended."""
    with _ASKING:
        lock = _RUNNING.setdefault(store, threading.Lock())
    if not lock.acquire(blocking=False):
        raise MailRefused(
            "Mail is being sent already, by another cell or form. Wait until it is done: book.mail.outbox() shows how far it is."
        )
    try:
        yield
    finally:
        lock.release()
