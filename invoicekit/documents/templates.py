"""Templates of a book's own: copied from one that is there, changed, tried before they are kept."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any

from invoicekit.documents.content import GIVEN
from invoicekit.documents.printing import printed
from invoicekit.documents.rendering import USUAL, render, source_of, undeclared
from invoicekit.documents.sample import SAMPLES
from invoicekit.errors import BookInUse, FileMissing, InUse, InvalidValue, NameTaken, NotFound
from invoicekit.ledger.access import must_process
from invoicekit.ledger.part import Part, clean
from invoicekit.store import Operation, Store, frame, held_here, writable
from invoicekit.store.sql import load

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Templates", "chosen"]

_DEFAULT = "default"
_NAME = re.compile(r"[\w .-]{1,60}")


class Templates(Part):
    """What documents look like: the templates that are there, and those of the book."""

    def list(self) -> pd.DataFrame:
        """Return the menu of templates: those that are there, then those of the book.

        Returns
        -------
        pandas.DataFrame
            ``name``, ``kind`` (invoice, statement or reminder), ``language`` and ``level`` of a reminder's, and whether it is the
            book's ``own``. ``default`` is the usual one of its kind.
        """
        return frame(self.store.arrow(load("invoicekit.documents", "templates_listed"), kinds=[*USUAL]))

    def new(
        self,
        name: str,
        from_: str | PathLike[str] = _DEFAULT,
        *,
        kind: str = "invoice",
        language: str | None = None,
        level: int | None = None,
    ) -> None:
        """Make a template of one that is there, or of a file; it is in the menu at once.

        Parameters
        ----------
        name
            What it is called in the menu.
        from_
            ``default``, another template of the book, or the path of a file.
        kind
            ``invoice`` (credit notes as well), ``statement`` or ``reminder``.
        language, level
            Of a reminder: the language and the level it is for; of all unless given.

        Raises
        ------
        NameTaken
            If there is one of this name.
        InvalidValue
            With the line and the unknown name, if it does not work.

        Examples
        --------
        >>> import invoicekit as ik, tempfile, pathlib
        >>> book = ik.open(pathlib.Path(tempfile.mkdtemp()) / "acme.duckdb")
        >>> book.documents.templates.new("ours", from_="default")
        >>> book.documents.templates.list()["name"].tolist()
        ['default', 'default', 'default', 'ours']
        """
        with self.store.operation("add template") as op:
            called = (name or "").strip() if isinstance(name, str) else ""
            if not _NAME.fullmatch(called) or called.casefold() == _DEFAULT or called.endswith((".html", ".css")):
                raise InvalidValue(
                    f"{name!r} cannot be the name of a template: up to 60 letters, digits, spaces and dashes, not {_DEFAULT!r}."
                )
            if self._held(op, called):
                raise NameTaken(
                    f'There is a template "{called}" already. Change it (templates.change), or name it otherwise.'
                )
            given = clean_kind(kind)
            if kind != "reminder" and (language is not None or level is not None):
                raise InvalidValue(f"Only reminders have templates for a language or a level, not a {kind}.")
            source = self._source(op, from_, given)
            must_process(op, self.store.actor, "change templates")
            must_work(called, given, source, self._sources(op))
            fields = clean("templates", {"kind": given, "language": language, "level": level})
            op.insert("templates", [{**fields, "name": called, "source": source}])
            op.summary = f"{called}, a template of {given}s"

    def change(self, name: str, source: str | PathLike[str]) -> None:
        """Give a template another text: the path of a file, or the text itself.

        Raises
        ------
        NotFound
            If the book has no such template.
        InvalidValue
            With the line and the unknown name, if it does not work; the template stays as it was.
        """
        with self.store.operation("change template") as op:
            held = self._must_hold(op, name)
            text = source if isinstance(source, str) and "\n" in source else _read(source)
            must_process(op, self.store.actor, "change templates")
            must_work(held["name"], held["kind"], text, self._sources(op))
            op.update("templates", [{"id": held["id"], "source": text}])
            op.summary = name

    def save(self, name: str, path: str | PathLike[str], *, kind: str = "invoice") -> Path:
        """Write a template into a file, to be edited there and given back by `change`."""
        held = self._held(self.store, name)
        if held is None and name != _DEFAULT:
            raise NotFound(self._no_such(name))
        where = writable(path)
        where.write_text(held["source"] if held else source_of(USUAL[clean_kind(kind)]), encoding="utf-8")
        return where

    def remove(self, name: str) -> None:
        """Take a template out of the menu.

        Raises
        ------
        InUse
            If invoices look like it.
        """
        with self.store.operation("remove template") as op:
            must_process(op, self.store.actor, "change templates")
            held = self._must_hold(op, name)
            for row in op.rows(
                "select count(*) as n, min(number) as first from invoices where template = $name", name=name
            ):
                if row["n"]:
                    raise InUse(
                        f'The template "{name}" cannot be removed: {row["n"]:,} invoices look like it, the first {row["first"]}. '
                        "What was issued keeps its look; leave the template in the menu, or change it."
                    )
            op.delete("templates", [held["id"]])
            op.summary = name

    def _sources(self, op: Operation) -> dict[str, str]:
        return {row["name"]: row["source"] for row in op.rows("select name, source from templates")}

    def _source(self, op: Operation, from_: str | PathLike[str], kind: str) -> str:
        if from_ == _DEFAULT:
            return source_of(USUAL[kind])
        held = self._held(op, str(from_))
        if held is not None:
            if held["kind"] != kind:
                raise InvalidValue(
                    f'"{from_}" is a template of {held["kind"]}s, not of {kind}s. Say kind="{held["kind"]}".'
                )
            return str(held["source"])
        return _read(from_)

    def _must_hold(self, op: Operation, name: str) -> dict[str, Any]:
        held = self._held(op, name)
        if held is None:
            raise NotFound(self._no_such(name))
        return held

    def _held(self, op: Operation | Store, name: Any) -> dict[str, Any] | None:
        if not isinstance(name, str):
            return None
        found = op.rows(
            "select id, name, kind, source from templates where name_key(name) = name_key($name)", name=name
        )
        return found[0] if found else None

    def _no_such(self, name: str) -> str:
        names = [row["name"] for row in self.store.rows("select name from templates order by name")]
        own = f"The book's own are: {', '.join(names)}." if names else 'Make one: book.documents.templates.new("ours").'
        return f'There is no template "{name}" of the book. {own}'


def chosen(store: Store | Operation, name: str | None, kind: str = "invoice") -> str:
    """Return the template that is meant by a name: the book's own, or the usual one where none is named.

    Raises
    ------
    NotFound
        If there is none of that name and kind.
    """
    if name in (None, _DEFAULT):
        return USUAL[kind]
    query = "select name from templates where name = $name and kind = $kind"
    found = store.rows(query, name=name, kind=kind) if isinstance(name, str) else []
    if not found:
        names = [
            row["name"] for row in store.rows("select name from templates where kind = $kind order by name", kind=kind)
        ]
        raise NotFound(f'There is no template "{name}" of {kind}s. The menu is: {", ".join([_DEFAULT, *names])}.')
    return str(found[0]["name"])


def clean_kind(kind: str) -> str:
    """Return what a template is of."""
    if not isinstance(kind, str) or kind not in USUAL:
        raise InvalidValue(f'Templates are of {", ".join(USUAL)}, not of "{kind}".')
    return kind


def must_work(name: str, kind: str, source: str, own: Mapping[str, str]) -> None:
    """Refuse a template that cannot be printed: each is tried on samples before it is kept.

    Parameters
    ----------
    own
        The other templates of the book: one may build on another.

    Raises
    ------
    InvalidValue
        With the line, and the name that is unknown.
    """
    wrong = undeclared(name, source, GIVEN[kind])
    if wrong:
        raise InvalidValue(wrong)
    for sample in SAMPLES[kind]:
        html = render(name, sample(), {**own, name: source})
        if not html.strip():
            raise InvalidValue(f"The template {name} says nothing at all. Copy the one that is there, and change that.")
        printed(html, title=name, author="", day=date(2026, 1, 1))


def _read(path: str | PathLike[str]) -> str:
    if not isinstance(path, str | PathLike):
        raise InvalidValue(f"A template is the path of a file, or its text: not {path!r}.")
    where = Path(path)
    # Opening the live file, were it only to look, would drop the lock that keeps other processes out.
    if held_here(where):
        raise BookInUse(f"{where} is a book that is open here, not a template.")
    if not where.is_file():
        raise FileMissing(
            f"There is neither a template nor a file {path}. book.documents.templates.list() shows the menu."
        )
    try:
        return where.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        raise InvalidValue(f"{path} is no text in UTF-8. Save it as such.") from None
