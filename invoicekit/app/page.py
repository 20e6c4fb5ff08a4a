"""One page that is open in a browser: its widgets speak with it, from whatever thread.

A widget made while a page is current belongs to it. Messages go out in the order they were said, and what the page says is
heard in a thread of the page's own, one thing after the other: a long report on one page leaves the others alone.
"""

from __future__ import annotations

import asyncio
import json
from base64 import b64decode, b64encode
from collections.abc import Callable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextvars import ContextVar, copy_context
from typing import Any

import comm
from comm.base_comm import BaseComm

__all__ = ["Page", "widgets_belong_to_pages"]

_CURRENT: ContextVar[Page | None] = ContextVar("page", default=None)


class Page:
    """A page, as the widgets on it see it.

    Parameters
    ----------
    send
        Sends a message of a kind to the browser; a coroutine of the server's loop.

    Attributes
    ----------
    is_open
        Whether anybody looks at it.
    """

    def __init__(self, send: Callable[[str, str], Any]) -> None:
        self.is_open = True
        self._loop = asyncio.get_running_loop()
        self._outgoing: asyncio.Queue[tuple[str, str]] = asyncio.Queue()
        self._sender = asyncio.ensure_future(self._send_all(send))
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="invoicekit-page")
        self.comms: dict[str, PageComm] = {}

    def do(self, act: Callable[[], Any]) -> Future[Any]:
        """Do something on behalf of the page, after what it said before."""
        context = copy_context()
        context.run(_CURRENT.set, self)
        return self._thread.submit(context.run, act)

    def tell(self, kind: str, message: Mapping[str, Any]) -> None:
        """Send a message, from any thread, after those said before."""
        if self.is_open:
            self._loop.call_soon_threadsafe(self._outgoing.put_nowait, (kind, json.dumps(message, default=str)))

    def hear(self, text: str) -> None:
        """Hand what the browser said to the widget it is meant for."""
        message = json.loads(text)
        message["buffers"] = [memoryview(b64decode(one)) for one in message.get("buffers") or ()]
        spoken_to = self.comms.get(message["content"]["comm_id"])
        if spoken_to is not None:
            self.do(lambda: spoken_to.handle_msg(message))

    def close(self, act: Callable[[], Any]) -> None:
        """Say that nobody looks any more, and do what is to be done then."""
        self.is_open = False
        self._sender.cancel()
        self.do(act)
        self._thread.shutdown(wait=False)

    async def _send_all(self, send: Callable[[str, str], Any]) -> None:
        while True:
            await send(*await self._outgoing.get())


class PageComm(BaseComm):
    """The line between a widget and the page it is on, by the protocol of Jupyter."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        page = _CURRENT.get()
        assert page is not None
        self._page = page
        super().__init__(*args, **kwargs)

    def publish_msg(
        self,
        msg_type: str,
        data: dict[str, Any] | None = None,
        metadata: dict[str, Any] | None = None,
        buffers: list[bytes] | None = None,
        **keys: Any,
    ) -> None:
        """Send what a widget says to its page."""
        if msg_type == "comm_open":
            self._page.comms[self.comm_id] = self
            keys["html_deps"] = []
        elif msg_type == "comm_close":
            self._page.comms.pop(self.comm_id, None)
        message = {
            "content": {"data": data or {}, "comm_id": self.comm_id, **keys},
            "metadata": metadata or {},
            "buffers": [b64encode(one).decode() for one in buffers or ()],
        }
        self._page.tell(f"shinywidgets_{msg_type}", message)


def widgets_belong_to_pages() -> None:
    """Have widgets that are made while a page is current speak with it; others go on as before."""
    before = comm.create_comm

    def create(*args: Any, **kwargs: Any) -> BaseComm:
        return PageComm(*args, **kwargs) if _CURRENT.get() is not None else before(*args, **kwargs)

    if not hasattr(before, "of_pages"):
        create.of_pages = True  # type: ignore[attr-defined]
        comm.create_comm = create
