"""The server of pages, without a browser: who is let in, and who is not."""

from __future__ import annotations

import http.client
from collections.abc import Iterator
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus
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


# Signing in

ANA, BEN = "correct horse battery", "seven green bottles"


@pytest.fixture
def with_passwords(served: Served, book: Book) -> Served:
    for name, password, role in (("ana", ANA, "owner"), ("ben", BEN, "read_only")):
        book.users.add(name)
        book.access.grant(name, role)
        book.passwords.set(name, password)
    return served


def tell(served: Served, path: str, said: str = "", **headers: str) -> http.client.HTTPResponse:
    """Send the server a form as the browser does."""
    where = urlsplit(served.url).netloc
    sent = {"origin": f"http://{where}", "content-type": "application/x-www-form-urlencoded"} | headers
    connection = http.client.HTTPConnection(where, timeout=30)
    connection.request("POST", path, body=said.encode(), headers=sent)
    answer = connection.getresponse()
    answer.text = answer.read().decode()  # type: ignore[attr-defined]
    connection.close()
    return answer


def signed_in(served: Served, name: str, password: str) -> str:
    answer = tell(served, "/sign-in", urlencode({"name": name, "password": password}))
    assert answer.status == 303
    kept = answer.headers["set-cookie"].lower()
    assert "httponly" in kept
    assert "samesite=strict" in kept
    return str(answer.headers["set-cookie"]).partition(";")[0]


def test_S2_1_where_users_have_passwords_a_page_asks_who_is_there(with_passwords: Served) -> None:
    served = with_passwords
    page = ask(served, "/")
    assert page.status == 200
    assert 'type="password"' in page.text
    assert "Acme" not in page.text
    refused = tell(served, "/sign-in", urlencode({"name": "<b>ben", "password": ANA}))
    assert refused.status == 403
    assert "the password is another" in refused.text
    assert "&lt;b&gt;ben" in refused.text
    assert ANA not in refused.text
    assert "set-cookie" not in refused.headers
    page = ask(served, "/", cookie=signed_in(served, "BEN", BEN))
    assert "<span>ben</span>" in page.text
    assert "ik-main" in page.text
    assert "<span>ana</span>" in ask(served, "/", cookie=cookie_of(served)).text, "who started it comes by the token"


def test_guessing_on_the_page_is_slowed_and_noted(with_passwords: Served, book: Book) -> None:
    # The clock of this book makes large steps.
    for _ in range(10):
        assert tell(with_passwords, "/sign-in", urlencode({"name": "ben", "password": "guess " * 3})).status == 403
    answer = tell(with_passwords, "/sign-in", urlencode({"name": "ben", "password": BEN}))
    assert "cannot try again for" in answer.text
    assert book.passwords.attempts()["outcome"].head(5).tolist() == ["tried"] * 5
    assert tell(with_passwords, "/sign-in", "name=" + "x" * 20_000).status == 413
    assert tell(with_passwords, "/sign-in", "%ff&&==").status == 403


def test_another_site_signs_nobody_in_or_out(with_passwords: Served) -> None:
    said, cookie = urlencode({"name": "ben", "password": BEN}), signed_in(with_passwords, "ben", BEN)
    for headers in ({"origin": "http://evil.example"}, {"origin": ""}, {"host": "evil.example"}):
        assert tell(with_passwords, "/sign-in", said, **headers).status == 403
        assert tell(with_passwords, "/sign-out", cookie=cookie, **headers).status == 403
    assert "<span>ben</span>" in ask(with_passwords, "/", cookie=cookie).text


def test_nobody_signs_in_where_nobody_has_a_password(served: Served) -> None:
    assert tell(served, "/sign-in", urlencode({"name": "ana", "password": ANA})).status == 403


def test_who_signs_out_or_gets_another_password_is_out_and_their_pages_end(with_passwords: Served, book: Book) -> None:
    served = with_passwords
    where, here = urlsplit(served.url).netloc, f"http://{urlsplit(served.url).netloc}"
    for out in ("signs out", "other password", "inactive"):
        cookie = signed_in(served, "ben", BEN)
        sent = {"Cookie": cookie, "Origin": here}
        with connect(f"ws://{where}/socket", additional_headers=sent, max_queue=None) as socket:
            assert "comm_open" in socket.recv(60)
            if out == "signs out":
                assert "Max-Age=0" in tell(served, "/sign-out", cookie=cookie).headers["set-cookie"]
            else:
                if out == "other password":
                    book.passwords.set("ben", "another long password")
                else:
                    book.users.make_inactive("ben")
                socket.send("{}")
            with pytest.raises(ConnectionClosed):
                while socket.recv(60):
                    pass
        assert 'type="password"' in ask(served, "/", cookie=cookie).text
        with pytest.raises(InvalidStatus), connect(f"ws://{where}/socket", additional_headers=sent):
            pass
        book.passwords.set("ben", BEN)
    assert tell(served, "/sign-in", urlencode({"name": "ben", "password": BEN})).status == 403, (
        "who is inactive stays out"
    )
    assert book.customers.list()["display_name"].tolist() == ["Acme SA"]
