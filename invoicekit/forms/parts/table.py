"""A small table on a screen: texts escaped, amounts to the right."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from html import escape
from typing import TYPE_CHECKING, Any

import ipywidgets

from invoicekit import money
from invoicekit.forms.parts.words import Words

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["markup", "table"]


def table(
    frame: pd.DataFrame, columns: Sequence[str] | None = None, caption: str = "", words: Words | None = None
) -> Any:
    """Return a widget that shows a frame whole; an amount with the ``currency`` of its row.

    Headings are the words' ``column_...``, or the names of the columns where there are none.
    """
    return ipywidgets.HTML(markup(frame, columns, caption, words))


def markup(
    frame: pd.DataFrame, columns: Sequence[str] | None = None, caption: str = "", words: Words | None = None
) -> str:
    """Return the same as HTML."""
    names = list(columns or frame.columns)
    rows = frame.astype(object).where(frame.notna(), None).to_dict("records")
    head = "".join(
        f'<th scope="col">{escape(words.column(name) if words else name.replace("_", " "))}</th>' for name in names
    )
    body = "".join(f"<tr>{''.join(_cell(row.get(name), row.get('currency')) for name in names)}</tr>" for row in rows)
    title = f"<caption>{escape(caption)}</caption>" if caption else ""
    return f'<table class="ik-table">{title}<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>'


def _cell(value: Any, currency: Any) -> str:
    if value is None:
        return "<td></td>"
    if isinstance(value, Decimal):
        shown = money.show(value, str(currency)) if currency else f"{value:,}"
        return f'<td class="ik-number">{escape(shown)}</td>'
    if isinstance(value, int):
        return f'<td class="ik-number">{value:,}</td>'
    return f"<td>{escape(str(value))}</td>"
