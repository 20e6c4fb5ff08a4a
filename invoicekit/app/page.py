"""One page that is open in a browser: its widgets speak with it, from whatever thread.

A widget made while a page is current belongs to it. Messages go out in the order they were said, and what the page says is
heard in a thread of the page's own, one thing after the other: a long report on one page leaves the others alone.
"""

from __future__ import annotations

import asyncio
import json
import logging
from base64 import b64decode, b64encode
from collections.abc import Awaitable, Callable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextvars import ContextVar, copy_context
from typing import Any

import comm
from comm.base_comm import BaseComm

__all__ = ["Page", "widgets_belong_to_pages"]

_LOG = logging.getLogger("invoicekit.app")
_CURRENT: ContextVar[Page | None] = ContextVar("page", default=None)


class Page:
    """A page, as the widgets on it see it.

    Parameters
    ----------
    send
        Sends a text to the browser.

    Attributes
    ----------
    is_open
        Whether anybody looks at it.
    """

    def __init__(self, send: Callable[[str], Awaitable[None]]) -> None:
        self.is_open = True
        self._loop = asyncio.get_running_loop()
        self._outgoing: asyncio.Queue[str] = asyncio.Queue()
        self._sender = asyncio.ensure_future(self._send_all(send))
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="invoicekit-page")
        self._answering: str | None = None
        self.comms: dict[str, PageComm] = {}

    def do(self, act: Callable[[], Any]) -> Future[Any]:
        """Do something on behalf of the page, after what it said before."""
        context = copy_context()
        context.run(_CURRENT.set, self)
        return self._thread.submit(context.run, act)

    def tell(self, kind: str, **message: Any) -> None:
        """Send a message, from any thread, after those said before."""
        if self.is_open:
            said = json.dumps({"kind": kind, "answers": self._answering, **message}, default=str)
            self._loop.call_soon_threadsafe(self._outgoing.put_nowait, said)

    def hear(self, text: str) -> None:
        """Hand what the browser said to the widget it is meant for."""
        said: Mapping[str, Any] = json.loads(text)
        buffers = [memoryview(b64decode(one)) for one in said["buffers"]]
        message = {"content": {"comm_id": said["comm"], "data": said["data"]}, "buffers": buffers}
        self.do(lambda: self._handle(said["id"], message))

    def close(self, act: Callable[[], Any]) -> Future[Any]:
        """Say that nobody looks any more, and do what is to be done then."""
        self.is_open = False
        self._sender.cancel()
        done = self.do(act)
        self._thread.shutdown(wait=False)
        return done

    def _handle(self, number: str, message: dict[str, Any]) -> None:
        spoken_to = self.comms.get(message["content"]["comm_id"])
        if spoken_to is None:
            return
        self._answering = number
        try:
            spoken_to.handle_msg(message)
        except Exception:  # noqa: BLE001 - whatever it is, the next thing said must be heard
            # A screen tells what is refused; this is a fault, and whoever started the server sees it.
            _LOG.exception("A page could not do what was asked")
        finally:
            self._answering = None

    async def _send_all(self, send: Callable[[str], Awaitable[None]]) -> None:
        while True:
            await send(await self._outgoing.get())


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
        metadata: dict[str, Any] | None = None,  # noqa: ARG002 - as its base
        buffers: list[bytes] | None = None,
        **keys: Any,  # noqa: ARG002
    ) -> None:
        """Send what a widget says to its page."""
        if msg_type == "comm_open":
            self._page.comms[self.comm_id] = self
        elif msg_type == "comm_close":
            self._page.comms.pop(self.comm_id, None)
        self._page.tell(
            msg_type, comm=self.comm_id, data=data or {}, buffers=[b64encode(one).decode() for one in buffers or ()]
        )


def widgets_belong_to_pages() -> None:
    """Have widgets that are made while a page is current speak with it; others go on as before."""
    before = comm.create_comm
    if before.__name__ == _on_pages.__name__:
        return
    comm.create_comm = _on_pages(before)


def _on_pages(before: Callable[..., BaseComm]) -> Callable[..., BaseComm]:
    def create(*args: Any, **kwargs: Any) -> BaseComm:
        return PageComm(*args, **kwargs) if _CURRENT.get() is not None else before(*args, **kwargs)

    create.__name__ = _on_pages.__name__
    return create
