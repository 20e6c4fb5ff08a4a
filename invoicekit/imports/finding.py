"""Where in a sheet tables stand: below titles, one after the other, side by side."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

import pyarrow as pa
import pyarrow.compute as pc

from invoicekit.errors import NoTable, QuestionsOpen
from invoicekit.imports.headings import TARGETS, continues, heading_key, means, names_table, several
from invoicekit.imports.mappings import Mapping, Mappings
from invoicekit.imports.tables import Column, SheetTable, missing_of
from invoicekit.workbooks import Cells

__all__ = ["blank_in", "find_tables"]

_SEARCHED = 60
_TOTALS = {
    heading_key(word)
    for word in (
        "total", "totals", "grand total", "subtotal", "sum", "total général", "totaux", "sous-total", "total general",
        "suma", "totales", "summe", "gesamt", "gesamtsumme", "zwischensumme",
    )
}  # fmt: skip
_NEAR_TOTAL = r"(?i)tot|sum|gesamt"
# What may follow such a word and is of no record: of what, and in what.
_ASIDES = {
    heading_key(word)
    for word in (
        "net", "gross", "tax", "vat", "gst", "due", "amount", "ht", "ttc", "tva", "netto", "brutto", "mwst", "ust", "iva", "igic",
        "neto", "bruto", "general", "général", "à payer", "a pagar", "euro", "eur", "usd", "gbp", "chf", "mxn", "page",
    )
}  # fmt: skip
_TOTALS_OF = ("total ", "totals ", "grand total ", "subtotal ", "sous total ", "summe ", "gesamt")


def find_tables(cells: Cells, name: str, into: str | None, header_row: int | None, known: Mappings) -> list[SheetTable]:
    """Find the tables of a sheet and what their rows are; none where it cannot be said.

    Parameters
    ----------
    name
        What the sheet is called among those of the import.
    known
        What columns meant before, and what they mean in the exports of known programs.

    Raises
    ------
    NoTable
        If the sheet is empty, or holds nothing below its headings.
    """
    blank = blank_in(cells.texts, cells.height)
    if pc.all(blank).as_py() is not False:
        raise NoTable(f"The sheet {name} is empty.")
    if header_row is None:
        row = _header(cells.sheet, cells.rows(0, min(cells.height, _SEARCHED)), into, known)
        if row is None:
            return []
        row = _first_of_several(cells, blank, row, into, known)
    else:
        row = header_row - 1
        if not 0 <= row < cells.height:
            raise NoTable(f"The sheet {name} has no row {header_row}: it ends at row {cells.height}.")
    found: list[SheetTable] = []
    further = [] if header_row is not None else _further_headers(cells, blank, row, into, known)
    starts, ends = [row, *(start for _, start in further)], [*(end for end, _ in further), cells.height]
    for start, after in zip(starts, ends, strict=True):
        found += _tables_at(cells, name, start, after, blank, into, known)
    for nth, table in enumerate(found[1:], 2):
        table.name = f"{name} ({nth})"
    return found


def blank_in(columns: Iterable[pa.Array], height: int) -> pa.Array:
    """Return which rows hold nothing in any of the columns."""
    blank = pa.repeat(pa.scalar(True), height)
    for texts in columns:
        blank = pc.and_(blank, pc.equal(pc.utf8_trim_whitespace(pc.fill_null(texts, "")), ""))
        # Most columns are filled from the first row on, and a row that holds one text is not blank.
        if not pc.any(blank).as_py():
            break
    return blank


def _tables_at(
    cells: Cells, name: str, row: int, after: int, blank: pa.Array, into: str | None, known: Mappings
) -> list[SheetTable]:
    """Return the table below a row of headings, or the several that stand side by side there."""
    headings, first = _headings(cells, row)
    filled = blank.slice(first, after - first)
    left = pc.indices_nonzero(pc.invert(filled)).to_pylist() if len(filled) else []
    if not left:
        if into is None and after < cells.height:
            return []
        raise NoTable(f"The sheet {name} has headings in row {row + 1}, and nothing below them.")
    last = first + left[-1] + 1 if after < cells.height else cells.height
    found = []
    for block in _side_by_side(cells, headings, (first, after), into, known):
        told = _target_of(cells.sheet, block, into, known)
        if told is not None:
            target, columns, mapping = told
            table = SheetTable(name, cells, row + 1, first + 1, last, target, columns)
            if mapping is not None:
                mapping.use(table)
            else:
                _put_together(table)
            for path, value in TARGETS[target].fixed.items():
                if path not in {column.field for column in table.columns}:
                    table.set(path, value, "what such rows are")
            table.totals = _totals(table)
            found.append(table)
    return found


def _headings(cells: Cells, row: int) -> tuple[list[str], int]:
    """Return the headings in a row and the first row below them, as counted from 0.

    A heading may be merged over several rows; a group may stand above headings that repeat.
    """
    headings = cells.rows(row, row + 1)[0]
    first = row + 1
    for top, left, bottom, right in cells.merged:
        if top <= row <= bottom < row + 5 and left < len(headings):
            above = cells.rows(top, top + 1)[0][left]
            headings[left] = headings[left] or above
            if left == right:
                first = max(first, bottom + 1)
    groups = _groups(cells, row)
    seen: dict[str, int] = {}
    named = []
    for place, heading in enumerate(headings):
        if heading and headings.count(heading) > 1 and groups[place]:
            heading = f"{groups[place]} {heading}"  # noqa: PLW2901 - told apart by what stands above
        seen[heading] = seen.get(heading, 0) + 1
        named.append(f"{heading} ({seen[heading]})" if heading and seen[heading] > 1 else heading)
    return named, first


def _groups(cells: Cells, row: int) -> list[str]:
    """Return what stands above each heading: the text of a group reaches over the blanks to its right."""
    if row == 0:
        return [""] * len(cells.texts)
    above = cells.rows(row - 1, row)[0]
    if sum(map(bool, above)) < 2:
        return [""] * len(above)
    reach, groups = "", []
    for text in above:
        reach = text or reach
        groups.append(reach)
    return groups


def _side_by_side(
    cells: Cells, headings: list[str], rows: tuple[int, int], into: str | None, known: Mappings
) -> list[list[tuple[int, str]]]:
    """Return the headings, in as many blocks as there are whole tables with an empty column between."""
    columns = list(enumerate(headings))
    first, after = rows
    blocks: list[list[tuple[int, str]]] = [[]]
    for place, heading in columns:
        if heading:
            blocks[-1].append((place, heading))
        elif blocks[-1] and _is_blank(cells.texts[place].slice(first, after - first)):
            blocks.append([])
    blocks = [block for block in blocks if block]
    if len(blocks) > 1 and into is None:
        told = [_target_of(cells.sheet, block, into, known) for block in blocks]
        if all(one is not None and not missing_of(one[0], one[1]) for one in told):
            return blocks
    return [columns]


def _first_of_several(cells: Cells, blank: pa.Array, best: int, into: str | None, known: Mappings) -> int:
    """Return the first row of headings with rows of its own, where the best one has another table above it."""
    for row in range(best):
        texts = cells.rows(row, row + 1)[0]
        gap = pc.index(blank.slice(row, best - row), True).as_py()
        if gap > 1 and sum(map(bool, texts)) > 1 and _are_headings(texts, into, known):
            return row
    return best


def _is_blank(texts: pa.Array) -> bool:
    filled = pc.not_equal(pc.utf8_trim_whitespace(pc.fill_null(texts, "")), "")
    return not pc.any(filled).as_py()


def _further_headers(
    cells: Cells, blank: pa.Array, header: int, into: str | None, known: Mappings
) -> list[tuple[int, int]]:
    """Return later rows that are headings of a table of their own, each with the blank row that ends the one above."""
    after = pc.and_(blank.slice(header, cells.height - header - 1), pc.invert(blank.slice(header + 1)))
    rows = [header + 1 + nth for nth in pc.indices_nonzero(after).to_pylist()] if len(after) else []
    found = []
    for start in rows[:200]:
        for row in (start, start + 1):
            texts = cells.rows(row, row + 1)
            if texts and sum(map(bool, texts[0])) > 1 and _are_headings(texts[0], into, known):
                found.append((start - 1, row))
                break
    return found


def _are_headings(texts: list[str], into: str | None, known: Mappings) -> bool:
    filled = [text for text in texts if text]
    given = [column for target in _targets(into) for column in [assign(target, list(enumerate(filled)))]]
    best = max(sum(column.suggestion is not None for column in columns) for columns in given)
    return best >= max(2, 0.6 * len(filled)) or known.of(filled) is not None


def _targets(into: str | None) -> list[str]:
    return [into] if into else [name for name, target in TARGETS.items() if target.guessed]


def _target_of(
    sheet: str, headings: list[tuple[int, str]], into: str | None, known: Mappings
) -> tuple[str, list[Column], Mapping | None] | None:
    """Return what rows are and what their headings mean; nothing where they say too little.

    Raises
    ------
    QuestionsOpen
        If they may as well be something else.
    """
    mapping = known.of([heading for _, heading in headings], into)
    if mapping is not None:
        return mapping.into, assign(mapping.into, headings), mapping
    found: list[tuple[float, bool, str, list[Column]]] = []
    least = 2 if sum(bool(heading) for _, heading in headings) > 1 else 1
    for target in [into] if into else TARGETS:
        if into is None and not TARGETS[target].guessed and not names_table(target, sheet):
            continue
        columns = assign(target, headings)
        given = [column.suggestion for column in columns if column.suggestion]
        if into is None and len(given) < (1 if names_table(target, sheet) else least):
            continue
        weights = [1 if one.field.startswith("customer.") else 2 for one in given]
        score = sum(weight * (one.score / 100) ** 4 for weight, one in zip(weights, given, strict=True))
        whole = not missing_of(target, columns)
        found.append((score + 3 * names_table(target, sheet) + 2 * whole, whole, target, columns))
    found.sort(key=lambda one: -one[0])
    if len(found) > 1 and found[0][1] and found[1][1] and found[0][0] - found[1][0] < 1:
        raise QuestionsOpen(
            f"The rows of {sheet} may be {found[0][2]} or {found[1][2]}. "
            f'Say which: into="{found[0][2]}" or into="{found[1][2]}".'
        )
    return (*found[0][2:], None) if found else None


def assign(target: str, headings: Sequence[tuple[int, str]]) -> list[Column]:
    """Give each heading the field it means best, no field twice."""
    columns = [Column(index, heading) for index, heading in headings]
    offers = [
        (-suggestion.score, suggestion.field.count("."), suggestion.field != "balance", place, rank, suggestion)
        for place, column in enumerate(columns)
        for rank, suggestion in enumerate(means(target, column.heading))
    ]
    taken: set[str] = set()
    for *_, place, _, suggestion in sorted(offers, key=lambda offer: offer[:5]):
        if columns[place].suggestion is None and suggestion.field not in taken:
            columns[place].suggestion = suggestion
            taken.add(suggestion.field)
    for column in columns:
        # Where nothing else says what an invoice comes to, what is due of it does.
        instead = next((one for one in means(target, column.heading) if one.field == "total"), None)
        if column.field == "balance" and instead and taken.isdisjoint({"total", "net", "line.net", "line.unit_price"}):
            column.suggestion = instead
    return columns


def _put_together(table: SheetTable) -> None:
    """Join the lines of an address, and split columns whose heading names two fields."""
    for column in list(table.columns):
        if column.suggestion is not None:
            further = [
                other
                for other in table.columns
                if other.suggestion is None and other.heading and continues(table.target, other.heading) == column.field
            ]
            if further:
                assert column.field is not None
                table.join([column, *further], column.field, ", ", "lines of one address")
    for column in list(table.columns):
        told = several(table.target, column.heading) if column.heading and column.suggestion is None else None
        if told is not None and not {item.field for item in table.columns}.intersection(told[1]):
            table.split(column, told[1], told[0], f'"{column.heading}" names them all')


def _header(sheet: str, rows: list[list[str]], into: str | None, known: Mappings) -> int | None:
    """Return the row with the most headings that are known, the first of equals."""
    best, found = 0.0, None
    targets = [into] if into else [*TARGETS]
    named = [target for target in targets if names_table(target, sheet)]
    for number, row in enumerate(rows):
        texts = [text for text in row if text and len(text) <= 60]
        if known.of(texts, into) is not None:
            return number
        for target in targets:
            columns = assign(target, list(enumerate(texts)))
            given = [column.suggestion for column in columns if column.suggestion]
            score = sum(suggestion.score / 100 for suggestion in given)
            # One known word may stand in a title above the table; a row of headings knows more, or the sheet says what it is.
            enough = len(targets) == 1 or len(row) == 1 or (target in named and len(texts) > 1)
            sure = score >= (1 if enough else 2) - 0.15 * len(given)
            # What stands under two groups stands twice, and is known twice.
            score += sum(not column.field and bool(means(target, column.heading)) for column in columns) / 2
            if sure and score > best:
                best, found = score, number
    return found


def _totals(table: SheetTable) -> list[int]:
    """Return the rows that are sums: what tells a record apart says so, or the last rows say so and lack it."""
    by_field = {column.field: column.index for column in table.columns if column.field and column.made is None}
    key = [by_field[name] for name in TARGETS[table.target].needs[0] if name in by_field]
    places = [column.index for column in table.columns if column.made is None]
    looked_at = range(table.first_row, min(table.first_row + 5, table.last_row + 1))
    usual = max((sum(bool(table.row(number)[place]) for place in places) for number in looked_at), default=0)
    found = set()
    for index in key:
        texts = table.texts(index)
        near = pc.match_substring_regex(texts, _NEAR_TOTAL)
        for nth in pc.indices_nonzero(pc.fill_null(near, False)).to_pylist():
            number = table.first_row + nth
            row, word = table.row(number), heading_key(table.row(number)[index])
            filled = sum(bool(row[place]) for place in places)
            sparse = filled <= len(places) / 2 or filled < usual
            ends = number > table.last_row - 3 and word.startswith(_TOTALS_OF)
            if (word in _TOTALS and (sparse or len(TARGETS[table.target].needs) > 1)) or (ends and sparse):
                found.add(number)
    for number in range(table.last_row, max(table.first_row - 1, table.last_row - _SEARCHED), -1):
        row = [table.row(number)[place] for place in places]
        if any(row) and number not in found:
            says_so = any(heading_key(text) in _TOTALS for text in row)
            named = any(table.row(number)[index] for index in key)
            if not (says_so and not named and sum(map(bool, row)) <= len(row) / 2):
                break
            found.add(number)
    if any((column.field or "").startswith("line.") for column in table.columns):
        found.update(_totals_of_lines(table, by_field, places))
    return sorted(found)


def _totals_of_lines(table: SheetTable, by_field: dict[str, int], places: Sequence[int]) -> Iterator[int]:
    """Yield the rows of a file of lines that name no document and say of themselves that they are sums, wherever they stand."""
    told = [by_field[name] for name in ("number", "date", "customer", "customer.display_name") if name in by_field]
    for place in {*places} - {*told}:
        near = pc.fill_null(pc.match_substring_regex(table.texts(place), _NEAR_TOTAL), False)
        for nth in pc.indices_nonzero(near).to_pylist():
            row = table.row(table.first_row + nth)
            if _is_total(row[place]) and not any(row[other] for other in told):
                yield table.first_row + nth


def _is_total(text: str) -> bool:
    """Say whether a cell says that its row is a sum, and of what at most: "Total", "Total HT", "Net total"."""
    words = heading_key(text)
    if words in _TOTALS:
        return True
    kept = [word for word in words.split() if word not in _ASIDES]
    return " ".join(kept) in _TOTALS
