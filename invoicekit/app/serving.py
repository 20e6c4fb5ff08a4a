"""The server: one process, one book, any number of pages; who has not the token sees nothing."""

from __future__ import annotations

import logging
import secrets
import socket
import threading
from hashlib import sha256
from html import escape
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from invoicekit.app.page import Page, widgets_belong_to_pages
from invoicekit.errors import InvalidValue
from invoicekit.forms.parts.words import Words

if TYPE_CHECKING:
    from concurrent.futures import Future

    import uvicorn
    from starlette.requests import HTTPConnection, Request
    from starlette.websockets import WebSocket

    from invoicekit.book import Book

__all__ = ["Served", "serve"]

_LOG = logging.getLogger("invoicekit.app")
_HOST = "127.0.0.1"
# Bytes of one message: a workbook that is handed over travels as one, a third longer than it is.
_LARGEST = 200_000_000

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
    "font-src 'self' data:; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
)


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
        self._socket.close()


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
        If the port is taken.
    """
    import uvicorn
    from starlette.applications import Starlette
    from starlette.routing import Route, WebSocketRoute

    words = Words(language)
    held = _bound(port)
    port = held.getsockname()[1]
    door = _Door(token or secrets.token_urlsafe(24), port)
    widgets_belong_to_pages()
    pages = _Pages(book, words, door)
    app = Starlette(
        routes=[
            Route("/", pages.show),
            Route("/static/{name}", pages.file),
            WebSocketRoute("/socket", pages.connect),
        ]
    )
    config = uvicorn.Config(
        app, log_level="warning", ws="websockets-sansio", ws_max_size=_LARGEST, timeout_graceful_shutdown=5
    )
    return Served(uvicorn.Server(config), held, f"http://{_HOST}:{port}/?token={door.token}")


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


class _Door:
    """Who may come in: whoever knows the token, from pages of this server only.

    A browser is told the token once, by the address, and keeps it as a cookie that no other site can send along. Whoever names
    this machine otherwise - a site that had its own name lead here - is not answered.
    """

    def __init__(self, token: str, port: int) -> None:
        self.token = token
        self.cookie = f"invoicekit-{port}"
        # Browsers send the cookies of one port to all others of a machine: what is kept is not the token.
        self.kept = sha256(f"{token} {port}".encode()).hexdigest()
        self._hosts = {f"{_HOST}:{port}", f"localhost:{port}"}

    def is_open(self, asked: HTTPConnection, *, needs_origin: bool = False) -> bool:
        """Say whether somebody who knows the token asks."""
        sent = asked.cookies.get(self.cookie, "")
        return self._is_own(asked, needs_origin=needs_origin) and _same(sent, self.kept)

    def opens(self, asked: HTTPConnection) -> bool:
        """Say whether somebody tells the token."""
        return self._is_own(asked) and _same(asked.query_params.get("token", ""), self.token)

    def _is_own(self, asked: HTTPConnection, *, needs_origin: bool = False) -> bool:
        origin = asked.headers.get("origin", "")
        is_own = urlsplit(origin).netloc in self._hosts if origin else not needs_origin
        return is_own and asked.headers.get("host", "") in self._hosts


def _same(told: str, wanted: str) -> bool:
    return secrets.compare_digest(told.encode(), wanted.encode())


class _Pages:
    """The pages of a book."""

    def __init__(self, book: Book, words: Words, door: _Door) -> None:
        self._book, self._words, self._door = book, words, door

    async def show(self, request: Request) -> Any:
        """Show the one page there is, or keep the token that was told."""
        from starlette.responses import HTMLResponse, PlainTextResponse, RedirectResponse

        if self._door.opens(request):
            answer: Any = RedirectResponse("/", status_code=303)
            answer.set_cookie(self._door.cookie, self._door.kept, httponly=True, samesite="strict")
            return answer
        if not self._door.is_open(request):
            return PlainTextResponse(self._words("not_let_in"), status_code=403)
        title = escape(self._book.path.stem)
        lost, again = escape(self._words("connection_lost")), escape(self._words("grid_reload"))
        html = (
            f'<!doctype html><html lang="{self._words.language}"><head><meta charset="utf-8"><title>{title} - invoicekit</title>'
            '<meta name="viewport" content="width=device-width, initial-scale=1"><link rel="icon" href="data:,">'
            '<link rel="stylesheet" href="static/app.css"></head>'
            f'<body><div id="ik-lost" role="alert" hidden>{lost} <button type="button" hidden>{again}</button>'
            '</div><main id="ik-main"></main>'
            '<script src="static/modules.js"></script><script src="static/widgets.js" data-module="widgets"></script>'
            '<script src="static/anywidget.js" data-module="anywidget"></script><script src="static/app.js"></script></body></html>'
        )
        return HTMLResponse(html, headers={"content-security-policy": _POLICY, "cache-control": "no-store"})

    async def file(self, request: Request) -> Any:
        """Give one of the files the page loads."""
        from starlette.responses import FileResponse, PlainTextResponse

        found = _FILES.get(request.path_params["name"])
        if found is None or not self._door.is_open(request):
            return PlainTextResponse("", status_code=404)
        package, name, kind = found
        return FileResponse(Path(str(files(package))) / name, media_type=kind, headers={"cache-control": "no-cache"})

    async def connect(self, websocket: WebSocket) -> None:
        """Serve a page for as long as it is open; what was typed there is saved when it is left."""
        from starlette.websockets import WebSocketDisconnect

        if not self._door.is_open(websocket, needs_origin=True):
            await websocket.close(1008)
            return
        await websocket.accept()
        page = Page(websocket.send_text)
        made = page.do(lambda: self._made(page))
        try:
            while True:
                page.hear(await websocket.receive_text())
        except WebSocketDisconnect:
            pass
        except (ValueError, KeyError, TypeError):
            # It says what no page of ours says.
            await websocket.close(1003)
        finally:
            page.close(lambda: _leave(made))

    def _made(self, page: Page) -> Any:
        try:
            desk = self._book.forms.desk(language=self._words.language)
        except Exception as error:
            _LOG.exception("A page could not be made")
            page.tell("fault", text=f"{type(error).__name__}: {error}")
            raise
        page.tell("show", comm=desk.box.model_id)
        return desk


def _leave(made: Future[Any]) -> None:
    """Save what was typed on a page that was left; what was refused there is gone with it, and is told in the log."""
    if made.exception() is None:
        desk = made.result()
        if unsaved := desk.not_saved():
            _LOG.warning("A page was left with something unsaved: %s", unsaved)
        desk.close()
