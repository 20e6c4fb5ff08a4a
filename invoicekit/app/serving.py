"""The server: one process, one book, any number of pages; who has not the token sees nothing."""

from __future__ import annotations

import asyncio
import secrets
import socket
import threading
from collections.abc import Awaitable, Callable, MutableMapping
from http.cookies import SimpleCookie
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

from invoicekit.app.page import Page, widgets_belong_to_pages
from invoicekit.errors import InvalidValue

if TYPE_CHECKING:
    import uvicorn

    from invoicekit.book import Book

__all__ = ["Served", "serve"]

Scope = MutableMapping[str, Any]
Asgi = Callable[[Scope, Callable[[], Awaitable[Any]], Callable[[Any], Awaitable[None]]], Awaitable[None]]

_HOST = "127.0.0.1"
# Bytes of one message: a workbook that is handed over travels as one, a third longer than it is.
_LARGEST = 200_000_000


class Served:
    """A book that is served.

    Attributes
    ----------
    url
        Where; it holds the token, which the browser keeps from then on.
    """

    def __init__(self, server: uvicorn.Server, held: socket.socket, url: str) -> None:
        self._server, self._socket, self.url = server, held, url
        self._thread: threading.Thread | None = None

    def run(self) -> None:
        """Serve until somebody stops the process."""
        self._server.run(sockets=[self._socket])

    def start(self) -> None:
        """Serve in a thread, until `stop`."""
        self._thread = threading.Thread(target=self.run, daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Serve no more; what was typed on pages is saved."""
        self._server.should_exit = True
        if self._thread is not None:
            self._thread.join(30)


def serve(book: Book, *, port: int = 0, language: str = "en", token: str | None = None) -> Served:
    """Prepare all screens of a book as pages of a browser on this machine.

    One process holds the book and every page shares it; nothing is fetched from the internet.

    Parameters
    ----------
    port
        Where to listen; a free one unless given.
    language
        Of the screens: ``en``, ``fr``, ``es`` or ``de``.
    token
        What a browser must know; made up unless given.

    Raises
    ------
    InvalidValue
        If the port is taken, or the parts that serve pages are not installed.
    """
    try:
        import uvicorn
        from shiny import App
    except ImportError as error:
        raise InvalidValue(
            f"Pages cannot be served: {error.name} is not installed. Install it: pip install 'invoicekit[app]'."
        ) from error
    secret = token or secrets.token_urlsafe(24)
    held = socket.socket()
    held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        held.bind((_HOST, port))
    except OSError as error:
        held.close()
        raise InvalidValue(f"Port {port} cannot be used: {error.strerror}. Give another one, or none.") from error
    port = held.getsockname()[1]
    widgets_belong_to_pages()
    app = App(_layout(book, language), _server_of(book, language))
    guarded = _guarded(app, secret, port)
    config = uvicorn.Config(guarded, log_level="warning", ws_max_size=_LARGEST, lifespan="on", timeout_graceful_shutdown=3)
    return Served(uvicorn.Server(config), held, f"http://{_HOST}:{port}/?token={secret}")


def _layout(book: Book, language: str) -> Any:
    """Return the one page there is: a place for the screens, and what it needs to draw them."""
    from htmltools import HTMLDependency, HTMLDependencySource, tags
    from ipywidgets import Widget
    from shiny import ui
    from shinywidgets import output_widget

    # Its own way of giving widgets to pages works in one thread of the server only; `page` has the other.
    Widget.on_widget_constructed(None)
    own = Path(str(files("invoicekit.app")))
    anywidget = Path(str(files("anywidget"))) / "nbextension"
    drawing = HTMLDependency(
        "anywidget", "1", source=HTMLDependencySource(subdir=str(anywidget)), all_files=True,
        head=tags.script('window.require.config({"paths": {"anywidget": "lib/anywidget-1/index"}})'),
    )  # fmt: skip
    style = HTMLDependency(
        "invoicekit", "1", source=HTMLDependencySource(subdir=str(own)),
        stylesheet={"href": "app.css"}, script={"src": "app.js"},
    )  # fmt: skip
    from invoicekit.forms.parts.words import Words

    words = Words(language)
    lost = tags.div(words("connection_lost"), id="ik-lost", role="alert", hidden="hidden")
    main = tags.main(output_widget("desk", fill=False, fillable=False), id="ik-main")
    return ui.page_fluid(
        lost, main, drawing, style, title=f"{book.path.stem} - invoicekit", lang=language
    )


def _server_of(book: Book, language: str) -> Callable[[Any, Any, Any], None]:
    """Return what is done for each page that is opened."""
    from shiny import reactive
    from shiny.render.renderer import Renderer

    class Shown(Renderer[str]):
        """The widget of the screens, once it is made."""

        async def render(self) -> Any:
            return {"model_id": await self.fn(), "fill": False}

    def server(inputs: Any, output: Any, session: Any) -> None:
        page = Page(session.send_custom_message)
        made = page.do(lambda: book.forms.desk(language=language))

        @output(id="desk")
        @Shown
        async def shown() -> str:
            desk = await asyncio.wrap_future(made)
            return str(desk.box.model_id)

        @reactive.effect
        @reactive.event(inputs.shinywidgets_comm_send)
        def heard() -> None:
            page.hear(inputs.shinywidgets_comm_send())

        def close() -> None:
            desk = made.result()
            desk.close()

        session.on_ended(lambda: page.close(close))

    return server


def _guarded(app: Any, secret: str, port: int) -> Asgi:
    """Return the server, for whoever knows the token, from pages of its own only.

    A browser is told the token once, by the address, and keeps it as a cookie that no other site can send along. Whoever names
    this machine otherwise - a site that had its own name lead here - is not answered.
    """
    cookie, hosts = f"invoicekit-{port}", {f"{_HOST}:{port}", f"localhost:{port}"}

    def knows(scope: Scope) -> bool:
        sent = SimpleCookie(_header(scope, b"cookie")).get(cookie)
        return sent is not None and secrets.compare_digest(sent.value, secret)

    async def guarded(scope: Scope, receive: Any, send: Any) -> None:
        if scope["type"] == "lifespan":
            await app(scope, receive, send)
            return
        is_here = _header(scope, b"host") in hosts
        origin = _header(scope, b"origin")
        is_own = not origin or urlsplit(origin).netloc in hosts
        if scope["type"] == "websocket":
            if is_here and is_own and origin and knows(scope):
                await app(scope, receive, send)
            else:
                await receive()
                await send({"type": "websocket.close", "code": 1008})
            return
        told = parse_qs(scope["query_string"].decode("latin-1")).get("token", [""])[0]
        if is_here and is_own and told and secrets.compare_digest(told, secret):
            kept = f"{cookie}={secret}; Path=/; HttpOnly; SameSite=Strict"
            await _answer(send, 303, "", (b"location", b"/"), (b"set-cookie", kept.encode()))
        elif is_here and is_own and knows(scope):
            await app(scope, receive, send)
        else:
            await _answer(send, 403, "This page is shown to whoever started it: use the address that was printed there.")

    return guarded


def _header(scope: Scope, name: bytes) -> str:
    return next((value.decode("latin-1") for key, value in scope["headers"] if key == name), "")


async def _answer(send: Any, status: int, text: str, *headers: tuple[bytes, bytes]) -> None:
    own = [(b"content-type", b"text/plain; charset=utf-8"), (b"cache-control", b"no-store")]
    await send({"type": "http.response.start", "status": status, "headers": [*own, *headers]})
    await send({"type": "http.response.body", "body": text.encode()})
