"""The door: who may come in, and as whom."""

from __future__ import annotations

import secrets
from hashlib import sha256
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from invoicekit.opening import open_as

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.requests import HTTPConnection
    from starlette.responses import Response

    from invoicekit.book import Book

__all__ = ["Door", "Visitor"]


class Visitor:
    """Somebody who was let in, in one browser or several.

    Attributes
    ----------
    book
        The book, as they hold it: what they do is done in their name.
    pages
        What ends each of the pages that they have open.
    """

    def __init__(self, book: Book) -> None:
        self.book = book
        self.pages: set[Callable[[], object]] = set()
        self._has_left = False
        self._since = self._password()

    @property
    def may_stay(self) -> bool:
        """Whether they may still sign in, by the password by which they came in."""
        return self._since is not None and self._password() == self._since

    def page_left(self, end: Callable[[], object]) -> None:
        """Forget a page, which has saved what was typed there; the last one gives up the book after its visitor has left."""
        self.pages.discard(end)
        self._let_go()

    def leave(self) -> None:
        """Give up the book, once no page needs it."""
        self._has_left = True
        self._let_go()

    def _let_go(self) -> None:
        if self._has_left and not self.pages:
            self.book.close()

    def _password(self) -> Any:
        """Return since when they have the password they have."""
        held = self.book.passwords.list()
        return dict(zip(held["user"], held["set_at"], strict=True)).get(self.book.actor)


class Door:
    """Who may come in: whoever knows the token, as who started the server; where users have passwords, who signs in, as themselves.

    A browser is told the token once, by the address, and keeps a cookie from then on that no other site can send along. Whoever
    names this machine otherwise - a site that had its own name lead here - is not answered.
    """

    def __init__(self, book: Book, token: str, host: str, port: int) -> None:
        self._book = book
        self._token = token
        self._cookie = f"invoicekit-{port}"
        self._hosts = {f"{host}:{port}", f"localhost:{port}"}
        # Browsers send the cookies of one port to all others of a machine: what is kept is not the token.
        self._first = sha256(f"{token} {port}".encode()).hexdigest()
        self._visitors = {self._first: Visitor(book)}

    @property
    def takes_passwords(self) -> bool:
        """Whether users of the book have passwords."""
        return bool(len(self._book.passwords.list()))

    def is_own(self, asked: HTTPConnection, *, needs_origin: bool = False) -> bool:
        """Say whether a page of this server asks, and it by its own name."""
        origin = asked.headers.get("origin", "")
        is_own = urlsplit(origin).netloc in self._hosts if origin else not needs_origin
        return is_own and asked.headers.get("host", "") in self._hosts

    def who(self, asked: HTTPConnection, *, needs_origin: bool = False) -> Visitor | None:
        """Return who asks, if they were let in; who has another password since is not known any more."""
        sent = asked.cookies.get(self._cookie, "")
        visitor = self._visitors.get(sent) if self.is_own(asked, needs_origin=needs_origin) else None
        if visitor is None or sent == self._first or visitor.may_stay:
            return visitor
        self._end(sent)
        return None

    def knows_token(self, asked: HTTPConnection) -> bool:
        """Say whether somebody tells the token."""
        told = asked.query_params.get("token", "")
        return self.is_own(asked) and secrets.compare_digest(told.encode(), self._token.encode())

    def sign_in(self, name: str, password: str) -> str:
        """Let somebody in by their password, and return what their browser is to keep.

        Raises
        ------
        SignInRefused
            If it is not theirs.
        """
        kept = secrets.token_urlsafe(32)
        self._visitors[kept] = Visitor(open_as(self._book, name, password))
        return kept

    def keep(self, answer: Response, kept: str | None = None) -> None:
        """Have the browser keep who it was let in as; by the token unless told otherwise."""
        answer.set_cookie(self._cookie, kept or self._first, httponly=True, samesite="strict")

    def sign_out(self, asked: HTTPConnection, answer: Response) -> None:
        """End what somebody has open here, and have their browser forget it."""
        answer.delete_cookie(self._cookie, httponly=True, samesite="strict")
        self._end(asked.cookies.get(self._cookie, ""))

    def close(self) -> None:
        """Let nobody in any more; the book stays with who opened it."""
        for kept in [*self._visitors]:
            if kept != self._first:
                self._visitors.pop(kept).leave()

    def _end(self, kept: str) -> None:
        for end in [*self._visitors[kept].pages] if kept in self._visitors else ():
            end()
        if kept in self._visitors and kept != self._first:
            self._visitors.pop(kept).leave()
