"""A real SMTP server on this machine, which does what its addresses say: takes, refuses, defers, hangs up, or takes its time."""

from __future__ import annotations

import asyncio
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from typing import Any

import pytest
from aiosmtpd.smtp import SMTP, Envelope, Session

__all__ = ["MailServer", "mail_server"]


class MailServer:
    """What arrived, and how the server is to behave.

    An address that begins with ``refused`` is refused (550), ``later`` is deferred (451), ``drops`` hangs up
    before anything was handed
    over, ``lost`` takes the message and hangs up before it answers, ``slow`` answers after a while.
    """

    def __init__(self) -> None:
        self.arrived: list[EmailMessage] = []
        self.tried: Counter[str] = Counter()
        self.connections = 0
        self.refuses = ""
        self.waiting = threading.Event()
        self.port = 0

    def of(self, address: str) -> list[EmailMessage]:
        return [message for message in self.arrived if address in str(message["To"])]

    async def handle_EHLO(
        self, server: Any, session: Session, envelope: Envelope, hostname: str, responses: list[str]
    ) -> list[str]:
        self.connections += 1
        session.host_name = hostname
        return responses

    async def handle_MAIL(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if self.refuses:
            return self.refuses
        envelope.mail_from = address
        return "250 OK"

    async def handle_RCPT(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        self.tried[address] += 1
        if address.startswith("refused"):
            return "550 5.1.1 no such mailbox here"
        if address.startswith("later") and self.tried[address] == 1:
            return "451 4.7.1 greylisted, try again later"
        if address.startswith("drops") and self.tried[address] <= 2:
            server.transport.abort()
            return "250 never heard"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        assert isinstance(envelope.content, bytes)
        message = message_from_bytes(envelope.content, policy=default)
        assert isinstance(message, EmailMessage)
        first = envelope.rcpt_tos[0]
        if first.startswith("slow"):
            await asyncio.sleep(0.3)
        self.arrived.append(message)
        if first.startswith("lost"):
            server.transport.abort()
        if first.startswith("hangs"):
            self.waiting.set()
            await asyncio.sleep(3600)
        return "250 2.0.0 taken"


@contextmanager
def serving() -> Iterator[MailServer]:
    """Serve in a thread of its own until the block ends."""
    handler, loop, ready = MailServer(), asyncio.new_event_loop(), threading.Event()

    # All of it in its own thread: another test of this process may have a loop running in this one.
    async def serve() -> None:
        server = await loop.create_server(lambda: SMTP(handler, hostname="mail.test", timeout=60), "127.0.0.1", 0)
        handler.port = server.sockets[0].getsockname()[1]
        ready.set()
        await stop.wait()
        server.close()
        others = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)

    stop = asyncio.Event()
    thread = threading.Thread(target=lambda: loop.run_until_complete(serve()), daemon=True)
    thread.start()
    assert ready.wait(60)
    try:
        yield handler
    finally:
        loop.call_soon_threadsafe(stop.set)
        thread.join()
        loop.close()


@pytest.fixture
def mail_server() -> Iterator[MailServer]:
    with serving() as server:
        yield server
