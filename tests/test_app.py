"""The server of pages, without a browser: who is let in, and who is not."""

from __future__ import annotations

import http.client
from collections.abc import Iterator
from urllib.parse import parse_qs, urlsplit

import pytest
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect

from invoicekit.app import Served, serve
from invoicekit.book import Book
from invoicekit.errors import InvalidValue


@pytest.fixture
def served(book: Book) -> Iterator[Served]:
    book.customers.add(display_name="Acme SA")
    one = serve(book)
    one.start()
    yield one
    one.stop()


def ask(served: Served, path: str, **headers: str) -> http.client.HTTPResponse:
    """Ask the server as anybody may, and return its answer."""
    where = urlsplit(served.url).netloc
    connection = http.client.HTTPConnection(where, timeout=30)
    connection.putrequest("GET", path, skip_host=True)
    for name, value in ({"host": where} | headers).items():
        connection.putheader(name, value)
    connection.endheaders()
    answer = connection.getresponse()
    answer.text = answer.read().decode()  # type: ignore[attr-defined]
    connection.close()
    return answer


def cookie_of(served: Served) -> str:
    return str(ask(served, f"/?{urlsplit(served.url).query}").headers["set-cookie"]).partition(";")[0]


def test_who_has_not_the_token_sees_nothing(served: Served) -> None:
    for path in ("/", "/?token=", "/?token=x", "/static/app.js", "/static/../serving.py"):
        answer = ask(served, path)
        assert answer.status in (403, 404)
        assert "Acme" not in answer.text
    assert ask(served, "/", cookie=f"{cookie_of(served)[:-1]}.").status == 403


def test_the_token_is_told_once_and_kept_as_a_cookie_no_other_site_sends(served: Served) -> None:
    answer = ask(served, f"/?{urlsplit(served.url).query}")
    assert (answer.status, answer.headers["location"]) == (303, "/")
    kept = answer.headers["set-cookie"].lower()
    assert "httponly" in kept
    assert "samesite=strict" in kept
    page = ask(served, "/", cookie=cookie_of(served))
    assert page.status == 200
    assert "default-src 'self'" in page.headers["content-security-policy"]
    assert parse_qs(urlsplit(served.url).query)["token"][0] not in page.text
    assert ask(served, "/static/widgets.js", cookie=cookie_of(served)).status == 200
    assert ask(served, "/static/page.py", cookie=cookie_of(served)).status == 404


def test_pages_and_names_of_others_are_not_answered(served: Served) -> None:
    cookie = cookie_of(served)
    for headers in ({"host": "evil.example"}, {"origin": "http://evil.example"}, {"origin": "null"}):
        assert ask(served, "/", cookie=cookie, **headers).status == 403
    where, here = urlsplit(served.url).netloc, f"http://{urlsplit(served.url).netloc}"
    for sent in ({"Cookie": cookie, "Origin": "http://evil.example"}, {"Origin": here}, {"Cookie": cookie}):
        with pytest.raises(InvalidStatus), connect(f"ws://{where}/socket", additional_headers=sent):
            pass
    with connect(
        f"ws://{where}/socket", additional_headers={"Cookie": cookie, "Origin": here}, max_queue=None
    ) as socket:
        assert "comm_open" in socket.recv(60)


@pytest.mark.parametrize("text", ["", "no json", "[]", "{}", '{"id": "1", "comm": "x", "data": {}, "buffers": ["?"]}'])
def test_what_no_page_of_ours_says_ends_the_page_and_not_the_server(served: Served, text: str) -> None:
    where, here = urlsplit(served.url).netloc, f"http://{urlsplit(served.url).netloc}"
    sent = {"Cookie": cookie_of(served), "Origin": here}
    with connect(f"ws://{where}/socket", additional_headers=sent, max_queue=None) as socket:
        socket.send(text)
    with connect(f"ws://{where}/socket", additional_headers=sent, max_queue=None) as socket:
        assert "comm_open" in socket.recv(60)


def test_a_port_that_is_taken_is_told(served: Served, book: Book) -> None:
    with pytest.raises(InvalidValue, match=r"Port \d+ cannot be used"):
        serve(book, port=urlsplit(served.url).port or 0)
