"""The server: one process, one book, any number of pages; who has not the token sees nothing."""

from __future__ import annotations

import asyncio
import logging
import secrets
import socket
import threading
from html import escape
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs

from invoicekit.app.door import Door, Visitor
from invoicekit.app.page import Page, widgets_belong_to_pages
from invoicekit.errors import InvalidValue, SignInRefused
from invoicekit.forms.parts.words import Words

if TYPE_CHECKING:
    from collections.abc import Callable
    from concurrent.futures import Future

    import uvicorn
    from starlette.requests import Request
    from starlette.websockets import WebSocket

    from invoicekit.book import Book

__all__ = ["Served", "serve"]

_LOG = logging.getLogger("invoicekit.app")
_HOST = "127.0.0.1"
# Bytes of one message: a workbook that is handed over travels as one, a third longer than it is.
_LARGEST = 200_000_000
# Bytes of a name and a password.
_LONGEST_SIGN_IN = 10_000

# What the page loads: its own, and what comes along with ipywidgets and anywidget to draw their widgets.
_FILES = {
    "app.css": ("invoicekit.app", "app.css", "text/css"),
    "app.js": ("invoicekit.app", "app.js", "text/javascript"),
    "modules.js": ("invoicekit.app", "modules.js", "text/javascript"),
    "widgets.js": ("widgetsnbextension", "static/extension.js", "text/javascript"),
    "anywidget.js": ("anywidget", "nbextension/index.js", "text/javascript"),
}

# Nothing is fetched from anywhere else, and nothing typed becomes a script; widgets bring their code as text of their own.
_POLICY = (
    "default-src 'self'; script-src 'self' blob:; style-src 'self' 'unsafe-inline' blob:; img-src 'self' data: blob:; "
    "font-src 'self' data:; frame-ancestors 'none'; base-uri 'none'; form-action 'self'"
)


class Served:
    """A book that is served.

    Attributes
    ----------
    url
        Where; it holds the token, which the browser keeps from then on.
    """

    def __init__(self, server: uvicorn.Server, held: socket.socket, door: Door, url: str) -> None:
        self._server, self._socket, self._door, self.url = server, held, door, url
        self._thread: threading.Thread | None = None

    def run(self) -> None:
        """Serve until somebody stops the process."""
        self._server.run(sockets=[self._socket])
        self._door.close()

    def start(self) -> None:
        """Serve in a thread, until `stop`."""
        self._thread = threading.Thread(target=self.run, daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Serve no more; what was typed on pages is saved."""
        self._server.should_exit = True
        if self._thread is not None:
            self._thread.join(30)
        self._socket.close()


def serve(book: Book, *, port: int = 0, language: str = "en", token: str | None = None) -> Served:
    """Prepare all screens of a book as pages of a browser on this machine.

    One process holds the book and every page shares it; nothing is fetched from the internet. Who opens the address with its
    token is whoever opened the book. Where users have passwords (`Passwords`), others who use the machine sign in on the page
    itself, at the address without the token, and all they do is done in their name and by their rights.

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
        If the port is taken.
    """
    import uvicorn
    from starlette.applications import Starlette
    from starlette.routing import Route, WebSocketRoute

    words = Words(language)
    held = _bound(port)
    port = held.getsockname()[1]
    token = token or secrets.token_urlsafe(24)
    door = Door(book, token, _HOST, port)
    widgets_belong_to_pages()
    pages = _Pages(book, words, door)
    app = Starlette(
        routes=[
            Route("/", pages.show),
            Route("/static/{name}", pages.file),
            Route("/sign-in", pages.sign_in, methods=["POST"]),
            Route("/sign-out", pages.sign_out, methods=["POST"]),
            WebSocketRoute("/socket", pages.connect),
        ]
    )
    config = uvicorn.Config(
        app, log_level="warning", ws="websockets-sansio", ws_max_size=_LARGEST, timeout_graceful_shutdown=5
    )
    return Served(uvicorn.Server(config), held, door, f"http://{_HOST}:{port}/?token={token}")


def _bound(port: int) -> socket.socket:
    held = socket.socket()
    held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        held.bind((_HOST, port))
        # Whoever asks before the server is up waits for it.
        held.listen(128)
    except (OSError, OverflowError) as error:
        held.close()
        raise InvalidValue(f"Port {port} cannot be used: {error}. Give another one, or none.") from error
    return held


class _Pages:
    """The pages of a book."""

    def __init__(self, book: Book, words: Words, door: Door) -> None:
        self._name, self._words, self._door = Path(book.name).stem, words, door

    async def show(self, request: Request) -> Any:
        """Show the one page there is, or ask who is there; a token that is told is kept."""
        from starlette.responses import PlainTextResponse, RedirectResponse

        if self._door.knows_token(request):
            answer = RedirectResponse("/", status_code=303)
            self._door.keep(answer)
            return answer
        visitor = self._door.who(request)
        if visitor is not None:
            return self._page(visitor)
        if self._door.is_own(request) and self._door.takes_passwords:
            return self._asking()
        return PlainTextResponse(self._words("not_let_in"), status_code=403)

    async def sign_in(self, request: Request) -> Any:
        """Let somebody in by name and password."""
        from starlette.concurrency import run_in_threadpool
        from starlette.responses import PlainTextResponse, RedirectResponse

        if not (self._door.is_own(request, needs_origin=True) and self._door.takes_passwords):
            return PlainTextResponse(self._words("not_let_in"), status_code=403)
        told = b""
        async for part in request.stream():
            told += part
            if len(told) > _LONGEST_SIGN_IN:
                return PlainTextResponse("", status_code=413)
        given = {name: values[0] for name, values in parse_qs(told.decode(errors="replace")).items()}
        try:
            kept = await run_in_threadpool(self._door.sign_in, given.get("name", ""), given.get("password", ""))
        except SignInRefused as refused:
            return self._asking(given.get("name", ""), str(refused))
        answer = RedirectResponse("/", status_code=303)
        self._door.keep(answer, kept)
        return answer

    async def sign_out(self, request: Request) -> Any:
        """End what somebody has open, and ask who is there."""
        from starlette.responses import PlainTextResponse, RedirectResponse

        if self._door.who(request, needs_origin=True) is None:
            return PlainTextResponse(self._words("not_let_in"), status_code=403)
        answer = RedirectResponse("/", status_code=303)
        self._door.sign_out(request, answer)
        return answer

    def _page(self, visitor: Visitor) -> Any:
        w = self._words
        who = (
            f'<form id="ik-who" method="post" action="sign-out"><span>{escape(visitor.book.actor)}</span> '
            f"<button>{escape(w('sign_out'))}</button></form>"
            if self._door.takes_passwords
            else ""
        )
        return self._html(
            f'<div id="ik-lost" role="alert" hidden>{escape(w("connection_lost"))} '
            f'<button type="button" hidden>{escape(w("grid_reload"))}</button></div>{who}<main id="ik-main"></main>'
            '<script src="static/modules.js"></script><script src="static/widgets.js" data-module="widgets"></script>'
            '<script src="static/anywidget.js" data-module="anywidget"></script><script src="static/app.js"></script>'
        )

    def _asking(self, name: str = "", refused: str = "") -> Any:
        w = self._words
        at = "password" if name else "name"
        fields = "".join(
            f'<label>{escape(w(word))}<input name="{field}" type="{kind}" autocomplete="{filled}" value="{escape(value)}" required'
            f"{' autofocus' if field == at else ''}></label>"
            for word, field, kind, filled, value in (
                ("name", "name", "text", "username", name),
                ("password", "password", "password", "current-password", ""),
            )
        )
        return self._html(
            f'<main id="ik-door"><h1>{escape(self._name)}</h1><form method="post" action="sign-in">{fields}'
            f'<p role="alert">{escape(refused)}</p><button>{escape(w("sign_in"))}</button></form></main>',
            status=403 if refused else 200,
        )

    def _html(self, body: str, *, status: int = 200) -> Any:
        from starlette.responses import HTMLResponse

        html = (
            f'<!doctype html><html lang="{self._words.language}"><head><meta charset="utf-8">'
            f"<title>{escape(self._name)} - invoicekit</title>"
            '<meta name="viewport" content="width=device-width, initial-scale=1"><link rel="icon" href="data:,">'
            f'<link rel="stylesheet" href="static/app.css"></head><body>{body}</body></html>'
        )
        return HTMLResponse(
            html, status_code=status, headers={"content-security-policy": _POLICY, "cache-control": "no-store"}
        )

    async def file(self, request: Request) -> Any:
        """Give one of the files the page loads."""
        from starlette.responses import FileResponse, PlainTextResponse

        name = request.path_params["name"]
        found = _FILES.get(name)
        # Who is to sign in sees how that looks, and nothing else.
        is_let_in = self._door.who(request) is not None or (name == "app.css" and self._door.is_own(request))
        if found is None or not is_let_in:
            return PlainTextResponse("", status_code=404)
        package, file, kind = found
        return FileResponse(Path(str(files(package))) / file, media_type=kind, headers={"cache-control": "no-cache"})

    async def connect(self, websocket: WebSocket) -> None:
        """Serve a page for as long as it is open; what was typed there is saved when it is left."""
        from starlette.websockets import WebSocketDisconnect

        visitor = self._door.who(websocket, needs_origin=True)
        if visitor is None:
            await websocket.close(1008)
            return
        await websocket.accept()
        page = Page(websocket.send_text)
        loop = asyncio.get_running_loop()

        def end() -> None:
            asyncio.run_coroutine_threadsafe(websocket.close(1008), loop)

        visitor.pages.add(end)
        made = page.do(lambda: self._made(page, visitor))
        try:
            while True:
                said = await websocket.receive_text()
                # Who has another password since, or is inactive, does nothing more on a page that is still open.
                if self._door.who(websocket, needs_origin=True) is None:
                    break
                page.hear(said)
        except WebSocketDisconnect:
            pass
        except (ValueError, KeyError, TypeError):
            # It says what no page of ours says.
            await websocket.close(1003)
        finally:
            page.close(lambda: _leave(made, visitor, end))

    def _made(self, page: Page, visitor: Visitor) -> Any:
        try:
            desk = visitor.book.forms.desk(language=self._words.language)
        except Exception as error:
            _LOG.exception("A page could not be made")
            page.tell("fault", text=f"{type(error).__name__}: {error}")
            raise
        page.tell("show", comm=desk.box.model_id)
        return desk


def _leave(made: Future[Any], visitor: Visitor, end: Callable[[], object]) -> None:
    """Save what was typed on a page that was left; what was refused there is gone with it, and is told in the log."""
    if made.exception() is None:
        desk = made.result()
        if unsaved := desk.not_saved():
            _LOG.warning("A page was left with something unsaved: %s", unsaved)
        desk.close()
    visitor.page_left(end)
