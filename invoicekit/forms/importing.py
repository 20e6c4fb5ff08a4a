"""The import wizard: a file, what its columns mean, which rows, and a receipt that can be taken back."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from hashlib import sha256
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any

import ipywidgets

from invoicekit.errors import InvalidValue
from invoicekit.folders import OwnFolder
from invoicekit.forms.parts.dialog import control
from invoicekit.forms.parts.grid import Column, Grid
from invoicekit.forms.parts.listing import grid_texts
from invoicekit.forms.parts.screen import Screen, let_go
from invoicekit.forms.parts.table import table
from invoicekit.imports import Imports, Plan, Receipt
from invoicekit.imports.headings import field_at, paths
from invoicekit.imports.steps import share_done
from invoicekit.ledger import undo
from invoicekit.schema import TABLES
from invoicekit.store import Hold

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["ImportScreen"]

STEPS = ("file", "columns", "rows", "done")

# What a column that is left out goes to.
_IGNORE = ""


class ImportScreen(Screen):
    """Four steps: each refuses to go on while something is missing, and going back keeps what was said.

    Attributes
    ----------
    file, path
        What is read: a file that is handed over, or the path of one.
    into
        What its rows are.
    step
        Where it stands: ``file``, ``columns``, ``rows`` or ``done``.
    plan
        What the file would bring.
    fields
        What each column goes to, by sheet and heading.
    receipt
        What was imported.
    """

    plan: Plan
    receipt: Receipt

    def __init__(
        self, hold: Hold, *, into: str | None = None, language: str = "en", closed: Callable[[], object] | None = None
    ) -> None:
        super().__init__(hold, language=language, closed=closed)
        w = self.words
        self._imports = Imports(hold)
        self._folder = OwnFolder()
        self.step = "file"
        targets = ("customers", "contact_persons", "users", "matters", "activities", "invoices", "invoice_lines", "payments",
                   "allocations", "opening_balances")  # fmt: skip
        self.file = ipywidgets.FileUpload(
            accept=".xlsx,.xlsb,.xls,.ods,.csv,.txt,.tsv,.xml,.pdf", description=w("choose_file"),
            layout=ipywidgets.Layout(width="auto"),
        )  # fmt: skip
        self.path = control("text", w("or_path"), hint="clients.xlsx")
        self.into = control(
            "choice",
            w("rows_are"),
            into or "",
            options=[(w("guess"), ""), *((self._table(name), name) for name in targets)],
        )
        self.password = control("text", w("password_of_file"))
        self._first_step = (self.file, self.path, self.into, self.password)
        self.fields: dict[tuple[str, str], Any] = {}
        self.answers: dict[str, Any] = {}
        self._read_from: tuple[Any, ...] | None = None
        self._left_out: dict[str, set[str]] = {}
        self._progress = ipywidgets.HTML()
        self._body = ipywidgets.VBox()
        self._counts = ipywidgets.HTML()
        self._trail = ipywidgets.HTML()
        self.next = self.button(w("next"), self.go_on, style="primary")
        self.back = self.button(w("back"), self.go_back)
        self.undo_button = self.button(w("undo_import"), self.take_back)
        buttons = self.bar(
            self.back, self.next, self.undo_button, self.button(w("close"), self.close), kind="ik-buttons"
        )
        self.title(w("import_title"))
        self.compose(self.heading, self._trail, self._body, self._counts, self._progress, self.said, self.slot, buttons)
        self._show_step("file")

    def go_on(self) -> None:
        """Go to the next step, unless something is missing here."""
        self.say("")
        if self.step == "file":
            self._read()
            self._show_step("columns")
        elif self.step == "columns":
            missing = [(sheet.name, " / ".join(names)) for sheet in self.plan.tables for names in sheet.missing()]
            if missing:
                told = ", ".join(f"{sheet}: {name}" for sheet, name in missing)
                raise InvalidValue(self.words("columns_missing", what=told))
            self._show_step("rows")
        elif self.step == "rows":
            self._apply()

    def go_back(self) -> None:
        """Go back a step; what was said stays."""
        self.say("")
        self._show_step({"columns": "file", "rows": "columns", "done": "file"}[self.step])

    def take_back(self) -> None:
        """Take the import back."""
        undone = undo(self._store, self.receipt.operation)
        self.undo_button.layout.display = "none"
        self.say(f"{self.words('import_undone')} {undone}")

    def map(self, sheet: str, column: str, field: str) -> None:
        """Send a column to a field, or nowhere, as a choice in its drop-down does."""
        self.fields[sheet, column].value = field

    def close(self) -> None:
        """Leave; what was read and not imported is forgotten."""
        super().close()
        self._folder.close()
        # What another step shows is not in the box, and a file that was handed over is large.
        for widget in (*self._first_step, *self.fields.values(), *self.answers.values()):
            let_go(widget)

    # File

    def _read(self) -> None:
        sent = [*self.file.value]
        typed = self.path.value.strip()
        if not sent and not typed:
            raise InvalidValue(self.words("choose_a_file"))
        asked = (
            tuple((one["name"], sha256(one["content"]).hexdigest()) for one in sent), _stamp(typed), self.into.value,
            self.password.value,
        )  # fmt: skip
        if asked == self._read_from:
            return
        paths: list[Any] = [typed] if typed else []
        for one in sent:
            path = self._folder.path / Path(one["name"]).name
            path.write_bytes(bytes(one["content"]))
            paths.append(path)
        plan = self._imports.read(
            paths[0] if len(paths) == 1 else paths, self.into.value or None, password=self.password.value or None,
            steps=self._tell,
        )  # fmt: skip
        if not isinstance(plan, Plan):
            raise InvalidValue(self.words("whole_book"))
        self.plan, self._read_from = plan, asked
        self.fields, self.answers, self._left_out = {}, {}, {}

    def _tell(self, step: str) -> None:
        told = (
            f'<progress max="1" value="{share_done(step):.2f}" aria-label="{escape(step)}"></progress> {escape(step)} …'
        )
        self._progress.value = "" if step == "done" else f'<p role="status" class="ik-quiet">{told}</p>'

    # Columns

    def _show_columns(self) -> list[Any]:
        held = self.plan.mapping.to_dict("records")
        shown = [ipywidgets.HTML(f"<p>{escape(str(self.plan))}</p>")]
        for sheet in self.plan.tables:
            target = sheet.target
            fields = [(self.words("ignore"), _IGNORE), *self._fields_of(target)]
            lines = []
            for row in (row for row in held if row["sheet"] == sheet.name):
                key = (sheet.name, row["column"])
                now = row["field"] if isinstance(row["field"], str) else _IGNORE
                options = fields if now in {name for _, name in fields} else [*fields, (now, now)]
                choice = ipywidgets.Dropdown(
                    options=options, value=now, description=row["column"][:60] or "-", description_allow_html=False,
                    layout=ipywidgets.Layout(width="30em"), style={"description_width": "14em"},
                )  # fmt: skip
                choice.observe(lambda change, key=key: self.do(lambda: self._mapped(key, change["new"])), "value")
                self.fields[key] = choice
                samples = escape((row["samples"] or "")[:120])
                why = escape(row["reason"] if isinstance(row["reason"], str) else "")
                lines.append(
                    self.bar(choice, ipywidgets.HTML(f'<span class="ik-sample" title="{why}">{samples}</span>'))
                )
            title = f"{sheet.name} → {self._table(target)}"
            shown += [ipywidgets.HTML(f"<h4>{escape(title)}</h4>"), *lines]
        return shown

    def _fields_of(self, target: str) -> list[tuple[str, str]]:
        said = []
        for path in paths(target):
            prefix = path.rpartition(".")[0]
            label = field_at(target, path).title(self.language)
            said.append((f"{self.words.value(f'part_{prefix}')}: {label}" if prefix else label, path))
        return sorted(said, key=lambda one: (one[1].count("."), one[0].casefold()))

    def _mapped(self, key: tuple[str, str], field: str) -> None:
        sheet, column = key
        self.plan.map(column, to=field or None, sheet=sheet)
        self._count()

    # Rows

    def _show_rows(self) -> list[Any]:
        problems = self.plan.problems
        shown: list[Any] = []
        asked = problems[problems["severity"] == "question"]
        if len(asked):
            shown.append(
                table(asked.head(20), ("sheet", "row", "problem", "hint"), self.words("questions"), self.words)
            )
            shown.append(self._questions())
        rest = problems[problems["severity"] != "question"]
        if len(rest):
            caption = self.words.count("problems", len(rest))
            shown.append(
                table(
                    rest.head(50),
                    ("sheet", "row", "severity", "column", "value", "problem", "hint"),
                    caption,
                    self.words,
                )
            )
        self._preview = _told(self.plan.preview)
        columns = (
            Column("sheet", self.words("sheet"), width="1fr"),
            Column("row", self.words("row"), "right", "80px"),
            Column("table", self.words("what"), width="1fr"),
            Column("outcome", self.words("outcome"), width="1fr"),
            Column("reason", self.words("reason"), width="3fr"),
        )
        self.grid = Grid(
            columns, self._preview_rows, key="_key", label=self.words("rows"), sort="", height_px=320,
            every=lambda: [self._key(row) for row in self._preview], texts=grid_texts(self.words),
        )  # fmt: skip
        left = {key for key, rows in self._left_out.items() for key in rows}
        self.grid.ticked = frozenset(self._key(row) for row in self._preview) - left
        self.grid.on_tick(self._count_ticked)
        shown += [ipywidgets.HTML(f'<p class="ik-quiet">{escape(self.words("untick"))}</p>'), self.grid]
        return shown

    def _preview_rows(self, first: int, count: int, sort: str, descending: bool) -> tuple[int, list[dict[str, Any]]]:
        rows = self._preview
        if sort:
            known = [row for row in rows if row[sort] is not None]
            known.sort(key=lambda row: row[sort], reverse=descending)
            rows = [*known, *(row for row in rows if row[sort] is None)]
        shown = [{**row, "outcome": self.words.value(row["outcome"]), "_key": self._key(row)} for row in rows]
        return len(rows), shown[first : first + count]

    @staticmethod
    def _key(row: dict[str, Any]) -> str:
        return f"{row['sheet']}\x1f{row['row'] if row['row'] is not None else ''}"

    def _questions(self) -> Any:
        """Return the answers that files most often wait for."""
        w = self.words
        self.answers = {
            "same_names": control("choice", w("same_names"), "", options=[
                (w("not_said"), ""), (w("same_one"), "same"), (w("separate_ones"), "separate")]),
            "order": control("choice", w("day_or_month_first"), "", options=[
                (w("not_said"), ""), (w("day_first"), "dmy"), (w("month_first"), "mdy"), (w("year_first"), "ymd")]),
            "decimal": control("choice", w("decimal_mark"), "", options=[(w("not_said"), ""), (".", "."), (",", ",")]),
        }  # fmt: skip
        answer = self.button(w("answer"), self._answer)
        return ipywidgets.VBox([*self.answers.values(), answer])

    def _answer(self) -> None:
        said = {name: one.value for name, one in self.answers.items() if one.value}
        if "same_names" in said:
            self.plan.same_names(said.pop("same_names"))
        if said:
            self.plan.read_as(**said)
        self._show_step("rows")

    def _chosen_rows(self) -> None:
        """Leave out of the plan what is not ticked."""
        for sheet in self.plan.tables:
            self.plan.all_rows(sheet=sheet.name)
            rows = [key.rpartition("\x1f")[2] for key in self._left_out.get(sheet.name, ())]
            if numbers := [int(row) for row in rows if row]:
                self.plan.skip(numbers, sheet=sheet.name)

    # Import

    def _apply(self) -> None:
        self._chosen_rows()
        self.plan.steps = self._tell
        self.receipt = self.plan.apply()
        self._read_from = None
        self._show_step("done")

    def _show_receipt(self) -> list[Any]:
        told = self.receipt.rows
        odd = told[told["reason"].notna()]
        shown: list[Any] = [ipywidgets.HTML(f'<p role="status"><b>{escape(str(self.receipt))}</b></p>')]
        if len(odd):
            shown.append(
                table(odd.head(50), ("sheet", "row", "table", "outcome", "reason"), self.words("receipt"), self.words)
            )
        return shown

    # Steps

    def _show_step(self, step: str) -> None:
        build = {
            "file": lambda: [*self._first_step],
            "columns": self._show_columns,
            "rows": self._show_rows,
            "done": self._show_receipt,
        }[step]
        try:
            shown = build()
        finally:
            self._tell("done")
        self.step = step
        self._counts.value = ""
        before, self._body.children = self._body.children, tuple(shown)
        for one in before:
            if one not in self._first_step and one not in shown:
                let_go(one)
        trail = [
            f"<li{' aria-current=step' if one == step else ''}>{escape(self.words(f'step_{one}'))}</li>"
            for one in STEPS
        ]
        self._trail.value = f'<ol class="ik-trail">{"".join(trail)}</ol>'
        self.back.layout.display = "none" if step == "file" else ""
        self.back.description = self.words("another_file" if step == "done" else "back")
        self.next.layout.display = "none" if step == "done" else ""
        self.next.description = self.words("import_now" if step == "rows" else "next")
        self.undo_button.layout.display = "" if step == "done" else "none"
        if step == "columns":
            self._count()

    def _count(self) -> None:
        """Say what would become of the rows, as the columns are mapped now."""
        missing = [" / ".join(names) for sheet in self.plan.tables for names in sheet.missing()]
        if missing:
            self._tell_count(self.words("columns_missing", what=", ".join(missing)), "refused")
            return
        with self.told():
            self._tell_count(self._told_counts(self.plan.preview["outcome"].value_counts().to_dict()), "quiet")
        self._tell("done")

    def _count_ticked(self) -> None:
        out = {key for row in self._preview if (key := self._key(row)) not in self.grid.ticked}
        self._left_out = {
            sheet.name: {key for key in out if key.startswith(f"{sheet.name}\x1f")} for sheet in self.plan.tables
        }
        self._tell_count(self.words.count("rows_chosen", len(self.grid.ticked)), "quiet")

    def _told_counts(self, counts: Mapping[Any, int]) -> str:
        return " · ".join(f"{number:,} {self.words.value(outcome)}" for outcome, number in counts.items())

    def _tell_count(self, text: str, tone: str) -> None:
        self._counts.value = f'<p role="status" class="ik-{tone}">{escape(text)}</p>'

    def _table(self, name: str) -> str:
        if name not in TABLES:
            return self.words(name)
        place = ("en", "fr", "es", "de").index(self.language)
        return TABLES[name].label[place]


def _told(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """Return rows of a frame as dicts, with None where there is nothing, and whole numbers as such."""
    held = frame.astype(object).where(frame.notna(), None).to_dict("records")
    return [
        {str(name): int(one) if isinstance(one, float) and one.is_integer() else one for name, one in row.items()}
        for row in held
    ]


def _stamp(path: str) -> tuple[Any, ...]:
    """Return what tells whether a path leads to the same file, unchanged."""
    try:
        held = Path(path).expanduser().stat()
    except OSError:
        return (path,)
    return (path, held.st_mtime_ns, held.st_size)
