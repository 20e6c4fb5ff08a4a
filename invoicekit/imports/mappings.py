"""What columns were found to mean: confirmed before, saved under a name, or known of a program's export."""

from __future__ import annotations

import hashlib
import json
import tomllib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

from invoicekit.errors import FileMissing, InvalidValue
from invoicekit.imports.headings import Suggestion, heading_key, is_path
from invoicekit.imports.locale import Locale
from invoicekit.imports.tables import SheetTable
from invoicekit.store import Operation, Store

__all__ = ["Mapping", "Mappings", "fingerprint", "mapping_of"]


@dataclass(frozen=True, slots=True)
class Mapping:
    """What the columns of one kind of file mean.

    Attributes
    ----------
    name
        What it is called: a program's export, or what somebody called it.
    into
        The kind of record the rows hold.
    columns
        The field of each heading; None where the column goes nowhere.
    join
        Columns that go to one field together: ``columns``, ``to`` and ``by``.
    split
        Columns that go to several: ``column``, ``into`` and ``by``.
    fixed
        Fields that hold one value in every row.
    only
        Columns whose text says which rows are meant.
    read_as
        How columns write amounts and dates, where somebody said so.
    signature
        Headings by which the file is known, where it is not known by all of them.
    reason
        What a person is told about it.
    """

    name: str
    into: str
    columns: dict[str, str | None]
    join: list[dict[str, Any]] = field(default_factory=list)
    split: list[dict[str, Any]] = field(default_factory=list)
    fixed: dict[str, str] = field(default_factory=dict)
    only: dict[str, list[str]] = field(default_factory=dict)
    read_as: dict[str, dict[str, str]] = field(default_factory=dict)
    signature: tuple[str, ...] = ()
    reason: str = ""

    def use(self, table: SheetTable) -> None:
        """Let the columns of a table go where the mapping sends them."""
        self._send(table)
        columns = {_folded(column.heading): column for column in table.columns}
        for one in self.join:
            parts = [columns[_folded(heading)] for heading in one["columns"] if _folded(heading) in columns]
            if parts:
                table.join(parts, one["to"], one.get("by", ", "), self.reason)
        for one in self.split:
            whole = columns.get(_folded(one["column"]))
            if whole is not None:
                table.split(whole, one["into"], one.get("by", ","), self.reason)
        for path, value in self.fixed.items():
            table.set(path, value, self.reason)
        for heading, told in self.read_as.items():
            if (column := columns.get(_folded(heading))) is not None:
                column.locale = Locale(told.get("decimal"), told.get("order"), self.reason, sure=True)
        table.only = {
            columns[_folded(heading)].heading: texts
            for heading, texts in self.only.items()
            if _folded(heading) in columns
        }
        table.known_as = self.name

    def _send(self, table: SheetTable) -> None:
        given: set[str] = set()
        exact = {_folded(heading): path for heading, path in self.columns.items()}
        keys = [heading_key(heading) for heading in self.columns]
        alike = {
            heading_key(heading): path
            for heading, path in self.columns.items()
            if keys.count(heading_key(heading)) == 1
        }
        for column in table.columns:
            word, key = _folded(column.heading), heading_key(column.heading)
            if word not in exact and (not column.heading or key not in alike):
                continue
            path = exact.get(word, alike.get(key))
            if path is None or path in given:
                if path is None:
                    column.dismiss(self.reason)
                else:
                    column.leave(f"{path} stands in another column")
                continue
            given.add(path)
            for other in table.columns:
                if other is not column and other.field == path:
                    other.suggestion = None
            column.suggestion = Suggestion(path, 100, self.reason)

    def as_json(self) -> str:
        """Return it as text, to be kept or handed on."""
        told = {
            name: getattr(self, name)
            for name in ("name", "into", "columns", "join", "split", "fixed", "only", "read_as")
            if getattr(self, name)
        }
        return json.dumps(told, ensure_ascii=False, indent=2)


class Mappings:
    """The mappings that are known where a file is read: those of the book, and those of known programs."""

    def __init__(self, store: Store) -> None:
        self._held = [
            (row["fingerprint"], _opened(row["mapping"], row["name"], row["operation"]))
            for row in store.rows("select name, fingerprint, mapping, operation from import_mappings order by id desc")
        ]

    def of(self, headings: Sequence[str], into: str | None = None) -> Mapping | None:
        """Return what such headings meant before, or else mean in a known program's export."""
        mark = fingerprint(headings)
        for held, mapping in self._held:
            if held == mark and into in (None, mapping.into):
                return mapping
        keys = {heading_key(heading) for heading in headings}
        fitting = [
            (len(keys.intersection(map(heading_key, mapping.columns))), mapping)
            for mapping in known_programs()
            if into in (None, mapping.into) and keys.issuperset(map(heading_key, mapping.signature))
        ]
        return max(fitting, key=lambda one: one[0])[1] if fitting else None

    def named(self, name: str | Path) -> Mapping:
        """Return a mapping by the name it was saved under, or from a file.

        Raises
        ------
        InvalidValue, FileMissing
            If there is none of this name, or the file holds none.
        """
        for _, mapping in self._held:
            if mapping.name == str(name):
                return mapping
        path = Path(name)
        if path.suffix != ".json":
            names = ", ".join(sorted({mapping.name for _, mapping in self._held if mapping.name})) or "none yet"
            raise InvalidValue(f'No mapping is saved as "{name}". Saved are: {names}; or name a .json file.')
        if not path.is_file():
            raise FileMissing(f"There is no file {path}. plan.export_mapping writes one.")
        try:
            return _opened(path.read_text(encoding="utf-8"), path.stem, None)
        except (ValueError, TypeError, KeyError, AttributeError) as error:
            raise InvalidValue(f"{path.name} holds no mapping ({error}). plan.export_mapping writes one.") from error


def fingerprint(headings: Iterable[str]) -> str:
    """Return what tells a set of headings from any other, in whatever order they stand."""
    keys = sorted({_folded(heading) for heading in headings if heading})
    return hashlib.sha256("\x1f".join(keys).encode()).hexdigest()


def _folded(heading: str) -> str:
    return " ".join(heading.split()).casefold()


def mapping_of(table: SheetTable, name: str = "") -> Mapping:
    """Return what the columns of a table go to, to be used again."""
    by_place = {column.index: column for column in table.columns}
    join, split, fixed = [], {}, {}
    for column in table.columns:
        if column.made is None or column.field is None:
            continue
        if column.made.value is not None:
            fixed[column.field] = column.made.value
        elif column.made.part is None:
            parts = [by_place[place].heading for place in column.made.of]
            join.append({"columns": parts, "to": column.field, "by": column.made.by})
        else:
            whole = by_place[column.made.of[0]].heading
            split[whole] = {"column": whole, "into": list(column.made.fields), "by": column.made.by}
    read_as = {}
    for column in table.columns:
        if column.locale is not None:
            told = {"decimal": column.locale.decimal, "order": column.locale.order}
            read_as[column.heading] = {what: how for what, how in told.items() if how}
    named = [column for column in table.columns if column.heading and column.made is None]
    columns = {column.heading: column.field for column in named if column.field or column.dismissed}
    return Mapping(name, table.target, columns, join, list(split.values()), fixed, table.only, read_as)


def keep(op: Operation, table: SheetTable, mapping: Mapping) -> None:
    """Keep in the book what the columns of a table were said to mean.

    What an import confirms is where columns go; what somebody said of this one file's values is kept only
    under a name.
    """
    if not mapping.name:
        mapping = replace(mapping, fixed={}, read_as={})
    mark = fingerprint(table.headings)
    row = {"name": mapping.name or None, "fingerprint": mark, "target": mapping.into, "mapping": mapping.as_json()}
    held = op.rows(
        "select id, name from import_mappings where fingerprint = $mark and target = $into and name is not distinct from $name",
        mark=mark, into=mapping.into, name=mapping.name or None,
    )  # fmt: skip
    if held:
        op.update("import_mappings", [{"id": held[0]["id"], **row}])
    else:
        op.insert("import_mappings", [row])


@cache
def known_programs() -> tuple[Mapping, ...]:
    """Return the exports of other programs whose headings are known; each stands in a file of its own."""
    folder = files("invoicekit.imports") / "known"
    return tuple(
        _known(tomllib.loads(entry.read_text(encoding="utf-8")))
        for entry in sorted(folder.iterdir(), key=lambda entry: entry.name)
        if entry.name.endswith(".toml")
    )


def _known(told: dict[str, Any]) -> Mapping:
    columns = {**told["columns"], **dict.fromkeys(told.get("left_out", ()))}
    more = {name: told[name] for name in ("join", "split", "fixed", "only") if name in told}
    reason = f"a heading of {told['name']}"
    return Mapping(told["name"], told["into"], columns, **more, signature=tuple(told["signature"]), reason=reason)


def _opened(text: str, name: str | None, operation: int | None) -> Mapping:
    told = json.loads(text)
    more = {key: told[key] for key in ("join", "split", "fixed", "only", "read_as") if key in told}
    known_as = name or told.get("name", "")
    reason = f'as in the mapping "{known_as}"' if known_as else f"as confirmed in operation {operation}"
    mapping = Mapping(known_as, told["into"], told["columns"], **more, reason=reason)
    for path in _paths_of(mapping):
        if not is_path(mapping.into, path):
            raise InvalidValue(f'Rows of {mapping.into} have no field "{path}".')
    return mapping


def _paths_of(mapping: Mapping) -> list[str]:
    """Return every field a mapping sends something to; what has not the form of a mapping fails here, not later."""
    paths, headings = [path for path in mapping.columns.values() if path is not None], [*mapping.columns]
    for one in mapping.join:
        paths.append(one["to"])
        headings += one["columns"]
    for one in mapping.split:
        paths += one["into"]
        headings.append(one["column"])
    for form, held in ((str, headings), (list, mapping.only.values()), (dict, mapping.read_as.values())):
        if not all(isinstance(one, form) for one in held):
            raise TypeError(f"a {form.__name__} is wanted")
    return [*paths, *mapping.fixed]
