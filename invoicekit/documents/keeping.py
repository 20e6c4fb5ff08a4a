"""What went out is kept, byte by byte: the first printing of an issued invoice is the one every reprint gives (C3)."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from typing import Any

from invoicekit.documents.making import SUFFIXES, Making, file_name, made
from invoicekit.errors import NotAllowed
from invoicekit.store import Store

__all__ = ["keep", "kept", "printed_once"]


def kept(store: Store, ids: Iterable[int], form: str) -> dict[int, bytes]:
    """Return the bytes of invoices that were written in this form already, by id."""
    query = (
        "select invoice, content from kept_documents where form = $form and invoice in (select unnest($ids::bigint[]))"
    )
    return {row["invoice"]: row["content"] for row in store.rows(query, form=form, ids=[*ids])}


def keep(store: Store, form: str, written: Sequence[tuple[int, Making, bytes]]) -> dict[int, bytes]:
    """Keep what was written of issued invoices, and return what is kept: what another kept first stays.

    Who may only read the book is given the bytes, and nothing is kept.
    """
    if store.is_past:
        return {id_: content for id_, _, content in written}
    try:
        with store.operation("keep documents") as op:
            ids = [id_ for id_, _, _ in written]
            there = kept(store, ids, form)
            new: list[dict[str, Any]] = [
                {
                    "kind": "invoice", "invoice": id_, "form": form,
                    "name": file_name(making.content, id_) + SUFFIXES[form], "sha256": hashlib.sha256(content).hexdigest(),
                    "content": content,
                }
                for id_, making, content in written
                if id_ not in there
            ]  # fmt: skip
            op.insert("kept_documents", new)
            op.summary = (
                f"{', '.join(row['name'] for row in new[:5])}{f' and {len(new) - 5:,} more' if len(new) > 5 else ''}"
            )
            return {id_: content for id_, _, content in written} | there
    except NotAllowed:
        return {id_: content for id_, _, content in written}


def printed_once(store: Store, id_: int, making: Making) -> bytes:
    """Return the bytes of an issued invoice: those that are kept, or those that are kept from now on."""
    there = kept(store, [id_], making.form)
    return there[id_] if there else keep(store, making.form, [(id_, making, made(making))])[id_]
