"""A table of up to a million rows in a notebook, of which only those in sight are sent to the browser."""

from __future__ import annotations

import contextlib
import re
import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

import anywidget
import traitlets

__all__ = ["Column", "Fetch", "Grid"]

Fetch = Callable[[int, int, str, bool], tuple[int, Sequence[Mapping[str, Any]]]]

# What a browser asks for is not trusted: more rows than a tall screen shows, or a cell longer than a line can be
# read, would only delay the answer.
MOST_ROWS = 500
MOST_CHARACTERS = 500


@dataclass(frozen=True)
class Column:
    """A column of a grid.

    Parameters
    ----------
    name : str
        Field of the rows shown in it, and what the rows are sorted by.
    label : str
        Heading.
    align : {"left", "right"}
        Side its texts stand at; amounts belong to the right.
    width : str
        Share of the free width ("2fr") or pixels ("120px").
    action : bool
        Whether its cells are buttons; a row whose text is None has none.
    sorts : bool
        Whether the rows can be sorted by it; never by buttons.

    Raises
    ------
    ValueError
        If the width or the alignment is none of these.
    """

    name: str
    label: str
    align: Literal["left", "right"] = "left"
    width: str = "1fr"
    action: bool = False
    sorts: bool = True

    def __post_init__(self) -> None:
        if not re.fullmatch(r"\d+(\.\d+)?(fr|px)", self.width):
            raise ValueError(f"width of column {self.name!r} is {self.width!r}, not like '2fr' or '120px'")
        if self.align not in ("left", "right"):
            raise ValueError(f"alignment of column {self.name!r} is {self.align!r}, not 'left' or 'right'")
        if self.action:
            object.__setattr__(self, "sorts", False)


class Grid(anywidget.AnyWidget):
    """A sortable table with a selected row, which asks Python for the rows in sight only.

    Texts are shown as they are, never as HTML.

    Parameters
    ----------
    columns : Sequence[Column]
        The columns from left to right; a click on the first one's text opens the row.
    fetch : Callable[[int, int, str, bool], tuple[int, Sequence[Mapping[str, Any]]]]
        Given the first row's place (from 0), how many rows at most, the column to sort by and whether in descending
        order, it returns the number of all rows and those asked for: text or None by field. The optional field
        `_class` is a CSS class of the row ("inactive" is shown muted). It may be called from any thread, never twice
        at a time; when it raises, the grid shows the error's text. The order must be total, or rows equal in the
        sorted column may show twice.
    height_px : int
        Height in pixels with the headings; fewer rows take less.
    key : str
        Field that tells the rows apart; its values go to `selected` and to the callbacks as text.
    label : str
        What the table holds, told to those who hear the screen.
    every : Callable[[], Iterable[str]], optional
        Returns the keys of all rows; where it is given, rows can be ticked, one by one or all.
    texts : Mapping[str, str], optional
        What the grid itself says, by ``loading``, ``empty``, ``reload``, ``tick`` and ``tick_all``.
    sort : str, optional
        Column the rows are sorted by at first; the first one that is no action if not given. Where it is empty, they come in
        an order of their own, and `fetch` is given no column.
    descending : bool
        Whether they are at first sorted from the greatest to the least.

    Attributes
    ----------
    selected : str or None
        Key of the selected row. It stays when the rows change, though the row may be gone.
    ticked : frozenset[str]
        Keys of the rows that are ticked, in sight or not.
    totals : dict[str, str]
        What stands below the columns, by name.
    total : int
        Number of all rows when the browser last asked; 0 until then.

    Raises
    ------
    ValueError
        If no column can be sorted by, two have one name, or `sort` names none of them.
    """

    _esm = Path(__file__).with_name("grid.js")

    totals: traitlets.Dict[str, str] = traitlets.Dict().tag(sync=True)
    selected = traitlets.Unicode(None, allow_none=True).tag(sync=True)
    total = traitlets.Int(0).tag(sync=True)
    _columns: traitlets.List[dict[str, Any]] = traitlets.List().tag(sync=True)
    _sort = traitlets.Tuple(traitlets.Unicode(), traitlets.Bool(), default_value=("", False)).tag(sync=True)
    _height = traitlets.Int().tag(sync=True)
    _label = traitlets.Unicode().tag(sync=True)
    _openable = traitlets.Bool(default_value=False).tag(sync=True)
    _tickable = traitlets.Bool(default_value=False).tag(sync=True)
    _texts: traitlets.Dict[str, str] = traitlets.Dict().tag(sync=True)

    def __init__(
        self,
        columns: Sequence[Column],
        fetch: Fetch,
        *,
        height_px: int = 426,
        key: str = "id",
        label: str = "Customers",
        every: Callable[[], Iterable[str]] | None = None,
        texts: Mapping[str, str] | None = None,
        sort: str | None = None,
        descending: bool = False,
    ) -> None:
        names = [column.name for column in columns]
        sortable = [column.name for column in columns if column.sorts]
        if not sortable or len(set(names)) < len(names):
            raise ValueError("a grid needs a column to sort by, and each column a name of its own")
        if sort and sort not in sortable:
            raise ValueError(f"there is no column {sort!r} to sort by, only {', '.join(sortable)}")
        self._names, self._sortable, self._fetch, self._key = names, sortable, fetch, key
        self._usual = sortable[0] if sort is None else sort
        self._every, self.ticked = every, frozenset[str]()
        self._tick_callbacks: list[Callable[[], object]] = []
        self._open_callbacks: list[Callable[[str], object]] = []
        self._action_callbacks: list[Callable[[str, str], object]] = []
        # A database connection answers one question at a time, but each view asks in a thread of the kernel's choice.
        self._fetching = threading.Lock()
        super().__init__(
            _columns=[asdict(column) for column in columns],
            _sort=(self._usual, descending),
            _height=height_px,
            _label=label,
            _tickable=every is not None,
            _texts={**_TEXTS, **(texts or {})},
        )
        self.on_msg(self._receive)

    def on_open(self, callback: Callable[[str], object]) -> None:
        """Call back with a row's key when it is opened: by double click, Enter, or a click on its first cell's text.

        The callback may run in any thread; when it raises, the grid shows the error's text.
        """
        self._open_callbacks.append(callback)
        self._openable = True

    def on_action(self, callback: Callable[[str, str], object]) -> None:
        """Call back with a row's key and the column's name when the button in an action column's cell is clicked.

        The callback may run in any thread; when it raises, the grid shows the error's text.
        """
        self._action_callbacks.append(callback)

    def on_tick(self, callback: Callable[[], object]) -> None:
        """Call back when rows were ticked, or are no longer."""
        self._tick_callbacks.append(callback)

    def tick(self, keys: Iterable[str]) -> None:
        """Tick these rows, and no others."""
        self.ticked = frozenset(keys)
        self.refresh()
        for heard in tuple(self._tick_callbacks):
            heard()

    def refresh(self, *, to_top: bool = False) -> None:
        """Have the rows in sight fetched anew, as after a change in Python; the scroll position is kept unless told.

        `total` follows once the browser has asked. It may be called from any thread, and from the callbacks.
        """
        self.send({"type": "refresh", "to_top": to_top})

    def _receive(self, _widget: object, content: Any, _buffers: object) -> None:
        """Answer the browser; whatever goes wrong is told there, since nobody else waits for this thread."""
        asked: dict[str, Any] = content if isinstance(content, dict) else {}
        try:
            match asked.get("type"):
                case "window":
                    self._send_window(asked)
                case "tick" if self._every is not None and isinstance(asked.get("key"), str):
                    key = {asked["key"]}
                    self.tick(self.ticked | key if asked.get("on") else self.ticked - key)
                case "tick_all" if self._every is not None:
                    self.tick(self._every() if asked.get("on") else ())
                case "open" if isinstance(asked.get("key"), str):
                    self.selected = asked["key"]
                    for opened in tuple(self._open_callbacks):
                        opened(asked["key"])
                case "action" if isinstance(asked.get("key"), str) and asked.get("column") in self._names:
                    self.selected = asked["key"]
                    for acted in tuple(self._action_callbacks):
                        acted(asked["key"], asked["column"])
        # An interrupt stops the query, not the grid: without an answer it would wait for ever.
        except (Exception, KeyboardInterrupt) as error:  # noqa: BLE001
            text = str(error).strip() or type(error).__name__
            with contextlib.suppress(Exception):
                self.send({"type": "error", "text": text, "view": asked.get("view"), "number": asked.get("number")})

    def _send_window(self, asked: Mapping[str, Any]) -> None:
        first = max(0, int(asked["first"]))
        count = min(max(1, int(asked["count"])), MOST_ROWS)
        # Only a known name reaches the caller, who may well put it into a query.
        sort = asked["sort"] if asked["sort"] in self._sortable else self._usual
        with self._fetching:
            total, found = self._fetch(first, count, sort, bool(asked["descending"]))
        rows = [[*self._marks(row), *(_text(row.get(name)) for name in self._names)] for row in found[:count]]
        self.send(
            {
                "type": "window",
                "view": asked["view"],
                "number": asked["number"],
                "first": first,
                "count": count,
                "total": int(total),
                "rows": rows,
                "ticked": len(self.ticked),
            }
        )
        self.total = int(total)

    def _marks(self, row: Mapping[str, Any]) -> list[str | None]:
        key = _text(row.get(self._key))
        return [key, _text(row.get("_class")), "1" if key in self.ticked else None]


_TEXTS = {
    "loading": "Loading …", "empty": "Nothing to show", "reload": "Reload", "tick": "Choose", "tick_all": "Choose all",
}  # fmt: skip


def _text(value: Any) -> str | None:
    if value is None:
        return None
    text = str(value)
    return text if len(text) <= MOST_CHARACTERS else text[: MOST_CHARACTERS - 1] + "…"
