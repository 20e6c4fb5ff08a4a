"""Cells that hold several things at once: a town and its postal code, a first and a last name."""

from __future__ import annotations

import re
from collections.abc import Sequence

import pyarrow as pa
import pyarrow.compute as pc

__all__ = ["pieces"]

# British, Canadian and Dutch codes hold letters; elsewhere they are digits, behind the country's letters at most.
_CODE = re.compile(
    r"\b(?:[A-Z]{1,2}\d[A-Z\d]? ?\d[A-Z]{2}|[A-Z]\d[A-Z] ?\d[A-Z]\d|\d{4} [A-Z]{2}|(?:[A-Z]{1,2}-)?\d{3,}(?:-\d{2,})?)\b"
)


def pieces(texts: pa.Array, by: str, fields: Sequence[str]) -> list[pa.Array]:
    """Return the parts of a column's texts, one column for each of the fields they go to.

    Parameters
    ----------
    by
        What stands between them. A postal code is found by its digits, wherever it stands.

    Examples
    --------
    >>> town, code = pieces(pa.array(["Lyon, 69003", "69003 Lyon", "Leeds"]), ",", ("city", "postal_code"))
    >>> town.to_pylist(), code.to_pylist()
    (['Lyon', 'Lyon', 'Leeds'], ['69003', '69003', ''])
    """
    coded = pc.dictionary_encode(pc.fill_null(texts, ""))
    codes = [place for place, field in enumerate(fields) if field.endswith("postal_code")]
    parts = [_parts(text.strip(), by, len(fields), codes) for text in coded.dictionary.to_pylist()]
    return [pa.array([part[place] for part in parts], pa.string()).take(coded.indices) for place in range(len(fields))]


def _parts(text: str, by: str, count: int, codes: list[int]) -> list[str]:
    if not codes:
        return _told_apart(text, by, count)
    found = max(_CODE.finditer(text), key=lambda match: len(match[0]), default=None)
    code = found[0] if found else ""
    rest = text.replace(code, " ", 1) if code else text
    parts = _told_apart(" ".join(rest.split()).strip(" ,;/-"), by, count - 1)
    return [*parts[: codes[0]], code, *parts[codes[0] :]]


def _told_apart(text: str, by: str, count: int) -> list[str]:
    parts = [part.strip() for part in text.split(by, count - 1)] if text and count else []
    return [*parts, *[""] * (count - len(parts))]
