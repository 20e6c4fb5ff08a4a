"""The seal of an operation: what it did and all that came before it, in one number that nobody can choose.

Every operation keeps the SHA-256 of what it wrote, table by table, and a seal: the SHA-256 of its own row and of the seal before
it. So a change made behind the book's back - a row altered, slipped in or taken out, an operation reworded or removed - shows
when the seals are worked out again, and who noted a seal somewhere else can tell that everything up to it is as it was.

It is evidence, no certificate: who can write the file can work all its seals out anew, but not so that they agree with one that
was noted.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from hashlib import sha256
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.compute as pc

from invoicekit.schema import TABLES, Table, versioned
from invoicekit.store.frames import arrow
from invoicekit.store.sql import filled, quoted

if TYPE_CHECKING:
    import duckdb

__all__ = ["Breach", "breaches", "seal", "seal_all", "written"]

# Which table, which operation, and what is wrong there.
Breach = tuple[str, int, str]

# What of an operation its seal covers, beside the seal before it.
_SEALED = ("id", "kind", "summary", "actor", "recorded_at", "parameters", "undoes", "wrote")

# How many rows are looked at together: Arrow holds no more than two gigabytes of text in one array.
_BATCH = 100_000


def written(cursor: duckdb.DuckDBPyConnection, tables: Iterable[str], operation: int) -> str:
    """Return what an open operation wrote so far: the digest of each table's rows, as JSON."""
    found: dict[str, str] = {}
    for name in sorted(tables):
        table = TABLES[name]
        if table.versioned:
            names = ", ".join(map(quoted, table.names))
            now = (
                f"select operation, false as ended, {names} from book.main.{quoted(name)} where operation = $operation"
            )
            ended = f"select ended_by as operation, true as ended, id from book.history.{quoted(name)} where ended_by = $operation"
            # Two short questions are sooner planned than one of both.
            parts = [arrow(cursor, part, {"operation": operation}) for part in (now, ended)]
            rows = pa.concat_tables(parts, promote_options="default").sort_by(
                [("id", "ascending"), ("ended", "ascending")]
            )
            found.update((name, digest) for _, digest in _digests(table, rows.to_batches(max_chunksize=_BATCH)))
    return json.dumps(found)


def seal(row: Mapping[str, Any], before: str | None) -> str:
    """Return the seal of an operation's row, given the seal of the operation before it."""
    told = [row[name] if name != "recorded_at" else row[name].isoformat() for name in _SEALED]
    return sha256(json.dumps([before, *told], ensure_ascii=False).encode()).hexdigest()


def seal_all(cursor: duckdb.DuckDBPyConnection, tables: Iterable[Table]) -> None:
    """Seal every operation as it is found: those that were recorded before there were seals, or whose rows were rewritten."""
    wrote = _all_written(cursor, tables)
    before = None
    numbers, contents, seals = [], [], []
    for row in _operations(cursor):
        row["wrote"] = json.dumps(wrote.get(row["id"], {}))
        before = seal(row, before)
        numbers.append(row["id"])
        contents.append(row["wrote"])
        seals.append(before)
    cursor.register("_seals", pa.table({"id": pa.array(numbers, pa.int64()), "wrote": contents, "seal": seals}))
    cursor.execute(
        "update book.main.operations as held set wrote = _seals.wrote, seal = _seals.seal from _seals where _seals.id = held.id"
    )
    cursor.unregister("_seals")


def breaches(cursor: duckdb.DuckDBPyConnection, noted: str | None = None) -> Iterator[Breach]:
    """Yield what is not as it was sealed, and whether a seal that was noted is among the seals.

    Parameters
    ----------
    noted
        A seal as `Book.seal` gave it: number of the operation, a hyphen, the seal.
    """
    wrote = _all_written(cursor, versioned())
    seals: dict[int, str | None] = {}
    last, before = 0, None
    for row in _operations(cursor):
        number = row["id"]
        if number != last + 1:
            yield "operations", number, f"operation {last + 1} is missing before it"
        if row["seal"] != seal(row, before):
            yield "operations", number, "it, or an operation before it, is not what was sealed"
        held, found = json.loads(row["wrote"] or "{}"), wrote.pop(number, {})
        for table in sorted({*held, *found}):
            if held.get(table) != found.get(table):
                yield table, number, f"what operation {number} ({row['kind']}) wrote is not what is there now"
        seals[number] = row["seal"]
        last, before = number, row["seal"]
    for number, found in sorted(wrote.items()):
        yield min(found), number, f"operation {number} is not recorded, and rows say it wrote them"
    if noted is not None:
        told, _, sealed = noted.strip().partition("-")
        if not told.isdecimal() or seals.get(int(told)) != sealed:
            yield "operations", int(told) if told.isdecimal() else 0, f"the seal that was noted, {noted}, is not here"


def _operations(cursor: duckdb.DuckDBPyConnection) -> Iterator[dict[str, Any]]:
    names = [*_SEALED, "seal"]
    asked = cursor.execute(f"select {', '.join(names)} from book.main.operations order by id")
    while rows := asked.fetchmany(10_000):
        for row in rows:
            yield dict(zip(names, row, strict=True))


def _all_written(cursor: duckdb.DuckDBPyConnection, tables: Iterable[Table]) -> dict[int, dict[str, str]]:
    """Return of every operation the digest of what it wrote into each table."""
    by_name = {table.name: table for table in tables}
    held = {
        name
        for schema in ("book.main.", "book.history.")
        for (name,) in cursor.execute(filled(by_name, schema)).fetchall()
    }
    found: dict[int, dict[str, str]] = {}
    for table in (by_name[name] for name in sorted(held)):
        rows = cursor.sql(_rows(table)).to_arrow_reader(_BATCH)
        for operation, digest in _digests(table, rows):
            found.setdefault(operation, {})[table.name] = digest
    return found


def _rows(table: Table) -> str:
    """Return the query of what operations wrote into a table, and of the ids whose versions they ended."""
    names = ", ".join(map(quoted, table.names))
    nothing = ", ".join(name if name == "id" else "null" for name in table.names)
    now, past = f"book.main.{quoted(table.name)}", f"book.history.{quoted(table.name)}"
    return (
        f"select operation, false as ended, {names} from {now} union all select operation, false, {names} from {past} "
        f"union all select ended_by, true, {nothing} from {past} order by operation, id, ended"
    )


def _digests(table: Table, batches: Iterable[pa.RecordBatch]) -> Iterator[tuple[int, str]]:
    """Yield each operation with the SHA-256 of its rows, which come in order."""
    open_: int | None = None
    digest = sha256()
    for batch in batches:
        if not batch.num_rows:
            continue
        texts, start = _told(table, batch), 0
        # Runs of rows of one operation: which, and where each ends.
        runs = pc.run_end_encode(batch.column(0), pa.int64())
        for operation, end in zip(runs.values.to_pylist(), runs.run_ends.to_pylist(), strict=True):
            if operation != open_:
                if open_ is not None:
                    yield open_, digest.hexdigest()
                open_, digest = operation, sha256()
            digest.update(_bytes(texts.slice(start, end - start)))
            start = end
    if open_ is not None:
        yield open_, digest.hexdigest()


def _told(table: Table, batch: pa.RecordBatch) -> pa.Array:
    """Return each row as one text that no other row has; what is empty is not told, so that fields may be added."""
    parts = []
    for name, column in zip(["ended", *table.names], batch.columns[1:], strict=True):
        if column.null_count < len(column):
            text = _text(column)
            length = pc.binary_length(text).cast(pa.string())
            parts.append(pc.binary_join_element_wise(f"{name}:", length, ":", text, ""))
    return pc.binary_join_element_wise(*parts, "", null_handling="skip")


def _text(column: pa.Array) -> pa.Array:
    if pa.types.is_timestamp(column.type):
        return column.cast(pa.int64()).cast(pa.string())
    if pa.types.is_list(column.type):
        return pc.binary_join(column, "\x1f")
    if pa.types.is_binary(column.type):
        return pa.array(
            [None if value is None else sha256(value).hexdigest() for value in column.to_pylist()], pa.string()
        )
    return column.cast(pa.string())


def _bytes(texts: pa.Array) -> memoryview:
    """Return texts as they lie in memory, one after the other: each says itself where it ends."""
    large = texts.cast(pa.large_string())
    _, offsets, data = large.buffers()
    bounds = memoryview(offsets).cast("q")
    return memoryview(data)[bounds[large.offset] : bounds[large.offset + len(large)]]
