"""Empty workbooks to fill in: headings, hints, drop-downs, and an example row that an import knows and skips."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.compute as pc

from invoicekit.errors import InvalidValue
from invoicekit.imports.headings import TARGETS, field_at, means, paths
from invoicekit.schema import LANGUAGES, Field
from invoicekit.store import writable

if TYPE_CHECKING:
    from openpyxl.worksheet.worksheet import Worksheet

    from invoicekit.imports.tables import SheetTable

__all__ = ["examples", "write_template"]

_ROWS = 2000
_WORD = {"en": "Example", "fr": "Exemple", "es": "Ejemplo", "de": "Beispiel"}
_REST = {
    "en": "it is skipped", "fr": "la ligne est ignorée", "es": "la fila se omite", "de": "die Zeile wird übergangen",
}  # fmt: skip
_LISTS = {"boolean": ("yes", "no"), "terms": ("NET_30", "NET_60", "DUE_ON_RECEIPT", "END_OF_MONTH_0")}
# Where the example row says that it is one.
_MARKED = {
    "customers": "display_name", "contact_persons": "name", "users": "name", "matters": "title", "activities": "description",
    "invoices": "customer.display_name", "invoice_lines": "description", "payments": "customer.display_name",
    "allocations": "payment", "opening_balances": "customer.display_name",
}  # fmt: skip
_EXAMPLES: Mapping[str, Any] = {
    "external_id": "000123", "number": "2026-0001", "company_name": "Acme SA", "first_name": "Ann", "last_name": "Lee",
    "email": "ann@acme.example", "phone": "+33 1 23 45 67 89", "mobile": "+33 6 12 34 56 78", "address": "1 rue de la Paix",
    "city": "Lyon", "region": "Rhône", "postal_code": "01000", "country": "FR", "tax_id": "FR40303265045", "currency": "EUR",
    "terms": "NET_30", "date": date(2026, 1, 31), "due_date": date(2026, 3, 2), "opened_on": date(2026, 1, 5),
    "quantity": Decimal("1.5"), "worked": "1:30", "billed": "1:30", "responsible": "ann", "worked_by": "ann", "name": "Ann Lee",
    "unit_price": 100, "rate": 100, "tax_rate": 20, "net": 150, "tax": 30, "total": 180, "amount": 150, "invoice": "2026-0001",
    "invoice_number": "2026-0001", "customer": "Acme SA", "matter": "2026-17", "title": "Trade mark", "role": "Accounts payable",
    "website": "www.acme.example",
}  # fmt: skip


def write_template(target: str, path: Path, language: str) -> Path:
    """Write an empty workbook of a kind of record.

    Raises
    ------
    InvalidValue
        If there is no such kind, or no such language.
    """
    if target not in TARGETS or language not in LANGUAGES:
        raise InvalidValue(
            f"There are templates of {', '.join(TARGETS)} in {', '.join(LANGUAGES)}; not of {target} in {language}."
        )
    import openpyxl
    from openpyxl.comments import Comment
    from openpyxl.styles import Font, PatternFill
    from openpyxl.utils import get_column_letter

    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    declared = TARGETS[target].declared
    sheet.title = (declared.label[LANGUAGES.index(language)] if TARGETS[target].kept_in is None else target)[:31]
    needed = {path for one in TARGETS[target].needs for path in one}
    for place, (path_, heading) in enumerate(_columns(target, language).items(), 1):
        field = field_at(target, path_)
        cell = sheet.cell(1, place, heading)
        cell.font = Font(bold=True)
        cell.fill = PatternFill("solid", fgColor="CFE2F3" if path_ in needed else "E8ECF1")
        cell.comment = Comment(_hint(field), "invoicekit", width=300, height=110)
        example = sheet.cell(2, place, _example(target, path_, language))
        example.font = Font(italic=True, color="7F7F7F")
        letter = get_column_letter(place)
        sheet.column_dimensions[letter].width = max(12, min(len(heading) + 4, 30))
        _shape(sheet, letter, field)
    sheet.freeze_panes = "A2"
    book.save(writable(path))
    return path


def examples(table: SheetTable) -> list[int]:
    """Return the rows of a table that are the example of a template: their text says so."""
    marked = next(
        (column for column in table.columns if column.field == _MARKED[table.target] and column.made is None), None
    )
    if marked is None:
        return []
    texts = pc.utf8_trim_whitespace(pc.fill_null(table.texts(marked.index), ""))
    told = pa.array([_example(table.target, _MARKED[table.target], language) for language in LANGUAGES], pa.string())
    return [table.first_row + nth for nth in pc.indices_nonzero(pc.is_in(texts, told)).to_pylist()]


@cache
def _columns(target: str, language: str) -> dict[str, str]:
    """Return the heading of each field, such as an import reads it again as this field and no other."""
    stated = {field.name for field in TARGETS[target].stated}
    whole = [path for path in paths(target) if path not in stated and path not in TARGETS[target].fixed]
    by_name = "customer.display_name" in whole
    headings: dict[str, str] = {}
    for path in whole:
        prefix, _, name = path.rpartition(".")
        if (
            (prefix == "customer" and name != "display_name")
            or (path == "customer" and by_name)
            or name in ("extra", "status")
        ):
            continue
        field = field_at(target, path)
        own = field_at(target, "customer") if path == "customer.display_name" else field
        said = [own.title(language), *own.label, *TARGETS[target].also.get(path, ()), *field.aliases]
        heading = next(
            (
                text
                for text in said
                if text not in headings.values() and [one.field for one in means(target, text)][:1] == [path]
            ),
            None,
        )
        if heading is not None:
            headings[path] = heading[:1].upper() + heading[1:]
    return headings


def _example(target: str, path: str, language: str) -> Any:
    name = path.rpartition(".")[2]
    field = field_at(target, path)
    if path == _MARKED[target]:
        return f"{_WORD[language]} ({_REST[language]})"
    if field.choices:
        return next(iter(field.choices))
    return None if path == "parent" else _EXAMPLES.get(name)


def _hint(field: Field) -> str:
    more = f"\n{', '.join(field.choices)}" if field.choices else ""
    return f"{field.help}{more}"


def _shape(sheet: Worksheet, letter: str, field: Field) -> None:
    """Give a column the format and the drop-down of its field."""
    from openpyxl.worksheet.datavalidation import DataValidation

    plain = {"date": "yyyy-mm-dd", "since": "yyyy-mm-dd"}.get(field.kind)
    if plain is None and (field.kind == "duration" or not field.sql_type.startswith("DECIMAL")):
        plain = "@"
    if plain is not None:
        sheet.column_dimensions[letter].number_format = plain
        sheet[f"{letter}2"].number_format = plain
    told = tuple(field.choices) or _LISTS.get(field.kind)
    if told:
        among = DataValidation("list", formula1=f'"{",".join(told)}"', allow_blank=True, showErrorMessage=False)
        among.prompt, among.showInputMessage = field.help[:250], True
        sheet.add_data_validation(among)
        among.add(f"{letter}2:{letter}{_ROWS + 1}")
