"""Handing mail to a server, step by step, so that it is known how far each message came (RFC 5321)."""

from __future__ import annotations

import re
import smtplib
import ssl
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from email.message import EmailMessage
from email.policy import SMTP
from ipaddress import ip_address
from types import TracebackType
from typing import Any

from invoicekit.errors import MailRefused
from invoicekit.secrets_kept import SERVICE, kept_secret

__all__ = ["Answer", "Line", "password_of"]

_VARIABLE = "INVOICEKIT_MAIL_PASSWORD"
# How long, in seconds, the answer to a whole message may take (RFC 5321, 4.5.3.2.6).
_LAST_ANSWER = 600.0
_PORTS = {"starttls": 587, "tls": 465, "none": 25}


@dataclass(frozen=True, slots=True)
class Answer:
    """What became of a message.

    Attributes
    ----------
    state
        ``sent``, ``deferred`` (the server wants it later), ``failed`` (it does not want it), ``unknown`` (cut off
        when all of it was
        handed over, before the answer), or ``queued``: nothing of it was handed over.
    text
        What the server said.
    """

    state: str
    text: str


def password_of(account: Mapping[str, Any]) -> str | None:
    """Return the password of a mail account: from the environment, or from the keyring of the system.

    Raises
    ------
    MailRefused
        If there is none in either.
    """
    if not account["user"]:
        return None
    name = f"{account['user']}@{account['host']}"
    if said := kept_secret(_VARIABLE, name):
        return said
    raise MailRefused(
        f"There is no password of {account['user']} at {account['host']}: a book keeps none. Set {_VARIABLE}, or "
        f"keep it in the keyring: keyring set {SERVICE} {name}."
    )


class Line:
    """One connection to a server, for as many messages as there are; it is opened with the first one, and again where it was lost.

    Parameters
    ----------
    account
        ``host``, ``port``, ``security``, ``user``.
    password
        Of the user, where there is one.
    timeout
        How long, in seconds, an answer is waited for.
    """

    def __init__(self, account: Mapping[str, Any], password: str | None, timeout: float) -> None:
        self._account, self._password, self._timeout = account, password, timeout
        self._server: smtplib.SMTP | None = None

    def __enter__(self) -> Line:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._close()

    def open(self) -> None:
        """Connect, encrypt and sign in.

        Raises
        ------
        MailRefused
            If the server cannot be reached, is not who it says, or does not let the user in.
        """
        account = self._account
        host, security = account["host"], account["security"] or "starttls"
        port = account["port"] or _PORTS[security]
        if security == "none" and account["user"] and not _is_here(host):
            raise MailRefused(
                f"The password of {account['user']} would go to {host} unencrypted. Say security='starttls' or "
                f"'tls': book.mail.change."
            )
        server: smtplib.SMTP | None = None
        try:
            if security == "tls":
                server = smtplib.SMTP_SSL(host, port, timeout=self._timeout, context=ssl.create_default_context())
            else:
                server = smtplib.SMTP(host, port, timeout=self._timeout)
            server.ehlo_or_helo_if_needed()
            if security == "starttls":
                server.starttls(context=ssl.create_default_context())
                server.ehlo()
            if account["user"]:
                server.login(account["user"], self._password or "")
        except smtplib.SMTPAuthenticationError as error:
            _hang_up(server)
            raise MailRefused(
                f"{host} does not let {account['user']} in: {_words(error.smtp_error)}. Check user and password."
            ) from None
        except smtplib.SMTPNotSupportedError as error:
            _hang_up(server)
            raise MailRefused(
                f"{host} cannot be used as told: {error}. Check security and port: book.mail.change."
            ) from None
        except (smtplib.SMTPException, OSError, UnicodeError) as error:
            _hang_up(server)
            raise MailRefused(
                f"{host}, port {port}, cannot be reached: {error}. Nothing was handed over; try again later."
            ) from None
        self._server = server

    def post(self, message: EmailMessage, sender: str, recipients: Sequence[str], unseen: Sequence[str] = ()) -> Answer:
        """Hand a message over, and return what became of it.

        Parameters
        ----------
        recipients, unseen
            Who gets it; those unseen stand in no heading, and one of them that is refused stops nothing.

        Raises
        ------
        MailRefused
            If there is no connection to be had.
        """
        was_open = self._server is not None
        if not was_open:
            self.open()
        answer = self._handed_over(message, sender, recipients, unseen)
        if answer.state == "queued" and was_open:
            # A server that was not spoken to for a while hangs up: nothing of the message was handed over yet.
            self.open()
            answer = self._handed_over(message, sender, recipients, unseen)
        return Answer("deferred", answer.text) if answer.state == "queued" else answer

    def _handed_over(
        self, message: EmailMessage, sender: str, recipients: Sequence[str], unseen: Sequence[str]
    ) -> Answer:
        text = _wire(message)
        try:
            refused, left_out = self._announced(sender, recipients, unseen)
        except (smtplib.SMTPException, OSError) as error:
            self._close()
            return Answer("queued", f"The connection was lost before anything was handed over: {error}")
        return refused or self._answered(text, left_out)

    def _announced(self, sender: str, recipients: Sequence[str], unseen: Sequence[str]) -> tuple[Answer | None, str]:
        """Say who sends what to whom, up to the word that the text comes now; return what was refused, if anything."""
        server, left_out = self._server, ""
        assert server is not None
        code, said = _heard(server.mail(sender))
        if code >= 500:
            # It is the account that is refused: so would be every message behind this one.
            self._close()
            raise MailRefused(
                f"{self._account['host']} takes no mail from {sender}: {code} {_words(said)}. Check account and sender."
            )
        for what, answer in (
            (f"from {sender}", (code, said)),
            *((f"to {one}", _heard(server.rcpt(one))) for one in recipients if code < 400),
        ):
            if answer[0] >= 400:
                return self._refused(answer[0], f"{what}: {answer[0]} {_words(answer[1])}"), ""
        for one in unseen:
            code, said = _heard(server.rcpt(one))
            if code >= 400:
                left_out += f" The copy to {one} was refused: {code} {_words(said)}."
        server.putcmd("data")
        code, said = _heard(server.getreply())
        return (self._refused(code, f"{code} {_words(said)}") if code != 354 else None), left_out

    def _answered(self, text: bytes, left_out: str) -> Answer:
        """Hand the text over, and return what the server answers; where it does not, nobody knows."""
        server = self._server
        assert server is not None
        try:
            server.send(text)
            if server.sock is not None:
                server.sock.settimeout(max(self._timeout, _LAST_ANSWER))
            code, said = server.getreply()
            if server.sock is not None:
                server.sock.settimeout(self._timeout)
        except (smtplib.SMTPException, OSError) as error:
            self._close()
            return Answer(
                "unknown", f"The connection was lost before the server answered ({error}): it may have arrived, or not."
            )
        if code < 200:
            self._close()
            return Answer(
                "unknown", f"The server answered what is no answer ({_words(said)}): it may have arrived, or not."
            )
        if code < 300:
            return Answer("sent", f"{code} {_words(said).rstrip('.')}.{left_out}")
        return self._refused(code, f"{code} {_words(said)}")

    def _refused(self, code: int, text: str) -> Answer:
        try:
            assert self._server is not None
            self._server.rset()
        except (smtplib.SMTPException, OSError):
            self._close()
        # 552 to a recipient is a full mailbox, for now (RFC 5321, 4.5.3.1.10).
        return Answer("deferred" if 400 <= code < 500 or code == 552 else "failed", text)

    def _close(self) -> None:
        server, self._server = self._server, None
        _hang_up(server)


def _heard(answer: tuple[int, bytes]) -> tuple[int, bytes]:
    """Return an answer; a server that closes, or talks nonsense, is as good as gone."""
    if answer[0] == 421 or answer[0] < 200:
        raise smtplib.SMTPServerDisconnected(f"{answer[0]} {_words(answer[1])}")
    return answer


def _hang_up(server: smtplib.SMTP | None) -> None:
    if server is not None:
        with suppress(smtplib.SMTPException, OSError):
            server.quit()
        server.close()


def _wire(message: EmailMessage) -> bytes:
    """Return a message as it goes over the line: lines end alike, a lone point is doubled, and one ends it (RFC 5321, 4.5.2)."""
    text = message.as_bytes(policy=SMTP)
    if not text.endswith(b"\r\n"):
        text += b"\r\n"
    return re.sub(rb"(?m)^\.", b"..", text) + b".\r\n"


def _words(said: Any) -> str:
    text = said.decode("utf-8", "replace") if isinstance(said, bytes) else str(said)
    return " ".join(text.split())[:300]


def _is_here(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False
