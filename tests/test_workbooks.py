"""Files as cells: what stands in them survives, and nothing in them takes the reader's caller down (S1.9)."""

from __future__ import annotations

import csv
import zipfile
from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from pathlib import Path

import psutil
import pytest
from openpyxl import Workbook

from invoicekit.errors import NotAWorkbook, PasswordNeeded
from invoicekit.workbooks import Limits, Readers, Reading, read_file
from tests.workbooks import protected, raw_workbook, workbook

_PAIRS = {
    "datetime": "", "empty_row": "", "escape": "line ends and tabs stay, the csv writes them as \\n and \\t",
    "float": "a number is the digits it has, the csv pads them to its format", "float2": "percentages keep every digit",
    "float_formatting": "", "formatted_inline_string": "", "input-weird": "",
    "junk-small": "dates are written year first", "last-column-empty": "", "namespace": "", "no_cell_ids": "",
    "percentage": "percentages keep every digit", "percentage_ignore": "percentages are shown as percentages",
    "sheets": "the csv sets titles between its sheets", "sheets_order": "the csv sets titles between its sheets",
    "skip_empty_lines": "empty rows stay", "timeformat": "moments are written year first, with seconds",
    "twolettercolumns": "", "utf8": "", "variousdelim": "the csv sets titles between its sheets", "xlsx2csv-test-file": "",
}  # fmt: skip


@pytest.mark.parametrize("name", _PAIRS)
def test_S1_9_cells_are_those_of_the_csv_beside(shared_data: Path, name: str) -> None:
    folder = shared_data / "workbooks" / "xlsx2csv"
    sheet = read_file(folder / f"{name}.xlsx").sheets[0]
    with (folder / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        wanted = _trimmed([[cell.strip() for cell in row] for row in csv.reader(file)])
    found = _trimmed(sheet.rows(0, sheet.height))
    assert (found == wanted) == (_PAIRS[name] == ""), (found, wanted)
    if _PAIRS[name]:
        assert _plain(found) == _plain(wanted) or _PAIRS[name].startswith(
            ("the csv", "percent", "dates", "moments", "empty")
        )


def _trimmed(rows: list[list[str]]) -> list[list[str]]:
    rows = [list(row) for row in rows]
    for row in rows:
        while row and not row[-1]:
            row.pop()
    while rows and not rows[-1]:
        rows.pop()
    return rows


def _plain(rows: list[list[str]]) -> list[list[str]]:
    """Return cells without what merely is another way to write them."""
    marks = {"\n": "\\n", "\t": "\\t"}
    plain = [["".join(marks.get(letter, letter) for letter in cell) for cell in row] for row in rows]
    return [[cell.rstrip("0").rstrip(".") if "." in cell else cell for cell in row] for row in plain]


def test_S1_9_every_real_workbook_gives_rows_or_one_clear_error(shared_data: Path) -> None:
    folder = shared_data / "workbooks"
    paths = [path for path in folder.rglob("*.*") if path.suffix in (".xlsx", ".xls", ".xlsb", ".ods")]
    rows = {path.name: sum(sheet.height for sheet in read_file(path).sheets) for path in paths}
    assert len(rows) == 36
    assert [name for name, height in rows.items() if not height] == ["empty_sheet.xlsx"]


@pytest.mark.parametrize("name", ["date_1904.xlsx", "date_1904.xls", "date_1904.xlsb"])
def test_S1_9_dates_that_count_from_1904(shared_data: Path, name: str) -> None:
    assert read_file(shared_data / "workbooks" / name).sheets[0].rows(0, 3) == [
        ["2021-01-01", "15"], ["2021-01-02", "16"], ["255:10:10", "17"],
    ]  # fmt: skip


def test_S1_9_cells_come_as_they_are(tmp_path: Path) -> None:
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    cells: list[tuple[object, str, str]] = [
        ("000122", "General", "000122"), ("12345678901234567890", "@", "12345678901234567890"),
        (12345678901234, "0", "12345678901234"), (0.16, "0%", "16%"), (0.055, "0.0%", "5.5%"),
        (timedelta(hours=37, minutes=30), "[h]:mm", "37:30:00"), (date(2026, 3, 4), "dd/mm/yyyy", "2026-03-04"),
        (datetime(2026, 3, 4, 10, 5), "yyyy-mm-dd hh:mm:ss", "2026-03-04 10:05:00"), (time(9, 30), "hh:mm", "09:30:00"),
        (1234.5, "[$€-40C]#,##0.00", "€1234.5"), (-20, '"$"#,##0.00', "$-20"), (7, "[$MXN] 0.00", "MXN7"),
        (0.1 + 0.2, "General", "0.3"), (1e-7, "General", "0.0000001"), (True, "General", "TRUE"),
            ("=1/0", "General", "#UNCALCULATED!"), (7, "000000", "000007"),
        (1.5, '0.0" hours"', "1.5"), (3, "[Red]0", "3"),
    ]  # fmt: skip
    for row, (value, shown, _) in enumerate(cells, 1):
        sheet.cell(row, 1, value).number_format = shown
    book.save(tmp_path / "cells.xlsx")
    read = read_file(tmp_path / "cells.xlsx").sheets[0]
    assert [row[0] for row in read.rows(0, 30)] == [text for *_, text in cells]
    assert read.natives[0].to_pylist() == [not isinstance(value, str) or value.startswith("=") for value, *_ in cells]


def test_S1_9_a_formula_that_gives_an_empty_text_is_a_blank(tmp_path: Path) -> None:
    book = workbook(tmp_path / "made.xlsx", {"a": [["Name", "City"], ["Acme", '=IF(A9="","",A9)'], ["Bell", "=1+1"]]})
    calculated = tmp_path / "calculated.xlsx"
    with zipfile.ZipFile(book) as source, zipfile.ZipFile(calculated, "w") as target:
        for name in source.namelist():
            # As Excel writes it: a text, and an empty one.
            target.writestr(name, source.read(name).replace(b'<c r="B2">', b'<c r="B2" t="str">'))
    assert [row[1] for row in read_file(calculated).sheets[0].rows(0, 3)] == ["City", "", "#UNCALCULATED!"]


def test_S1_9_what_a_spreadsheet_hides_or_merges_is_known(tmp_path: Path) -> None:
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    for row in ("ab", "cd", "ef", "gh"):
        sheet.append(list(row))
    sheet.row_dimensions[2].hidden = True
    sheet.row_dimensions[4].hidden = True
    sheet.column_dimensions["B"].hidden = True
    sheet.merge_cells("A3:B4")
    book.create_sheet("old").sheet_state = "hidden"
    book.save(tmp_path / "cells.xlsx")
    shown, hidden = read_file(tmp_path / "cells.xlsx").sheets
    assert (shown.hidden_rows, shown.hidden_columns, shown.hidden) == ((2, 4), (1,), False)
    assert shown.merged == ((2, 0, 3, 1),)
    assert hidden.hidden


def _far_cell(folder: Path) -> Path:
    return workbook_with(folder / "far.xlsx", "XFD1048576")


def workbook_with(path: Path, cell: str) -> Path:
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet["A1"], sheet[cell] = "Name", "x"
    book.save(path)
    return path


def _bomb(folder: Path) -> Path:
    row = b'<row><c t="inlineStr"><is><t>' + b" " * 65000 + b"</t></is></c></row>"
    return raw_workbook(folder / "bomb.xlsx", (row * 16 for _ in range(1000)))


def _laughs(folder: Path) -> Path:
    entities = '<!ENTITY a0 "ha">' + "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 12))
    main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    strings = f'<!DOCTYPE sst [{entities}]><sst xmlns="{main}"><si><t>&a11;</t></si></sst>'
    return raw_workbook(folder / "laughs.xlsx", '<row r="1"><c r="A1" t="s"><v>0</v></c></row>', strings)


def _program(folder: Path) -> Path:
    import sys

    path = folder / "program.xlsx"
    path.write_bytes(Path(sys.executable).resolve().read_bytes()[:2_000_000])
    return path


def _no_zeros(folder: Path) -> Path:
    (folder / "program.xlsx").write_bytes(b"\x7fELF\x02\x01" * 50)
    return folder / "program.xlsx"


_REFUSED: dict[str, tuple[Callable[[Path], Path], str]] = {
    "a cell at XFD1048576": (_far_cell, "cannot be read within .* of memory. Often a single cell far below"),
    "a gigabyte in a few megabytes": (_bomb, r"is .*[MK]B and would unpack to 1.0 GB: that is no spreadsheet"),
    "a billion laughs": (_laughs, "looks like a workbook but cannot be read"),
    "a program called .xlsx": (_program, "its bytes are something else"),
    "a program without a single zero": (_no_zeros, "its bytes are something else"),
}


@pytest.mark.parametrize("case", _REFUSED)
def test_S1_9_a_file_that_would_take_its_reader_down_is_refused_in_one_sentence(tmp_path: Path, case: str) -> None:
    make, said = _REFUSED[case]
    with pytest.raises(NotAWorkbook, match=said):
        read_file(make(tmp_path))


def test_S1_9_reading_that_takes_too_long_is_stopped(tmp_path: Path) -> None:
    path = workbook(tmp_path / "long.xlsx", {"A": [[n, n + 1, f"text {n}"] for n in range(60_000)]})
    with pytest.raises(NotAWorkbook, match=r"long.xlsx was given 0 seconds.*allow more: limits=Limits\(seconds="):
        read_file(path, Reading(limits=Limits(seconds=0.01)))
    with pytest.raises(NotAWorkbook, match="cannot be read within 1.0 MB of memory"):
        read_file(path, Reading(limits=Limits(memory=1_000_000)))
    assert read_file(path).sheets[0].height == 60_000


def test_S1_9_small_files_are_read_by_one_process_and_what_ends_it_ends_one_file(tmp_path: Path) -> None:
    paths = []
    for number in range(4):
        paths.append(tmp_path / f"{number}.csv")
        paths[-1].write_text(f"Name\nCustomer {number}\n", encoding="utf-8")
    readers = Readers()
    children: set[int] = set()
    for path in (paths[0], paths[1], _far_cell(tmp_path), paths[2], _laughs(tmp_path), paths[3]):
        if path in paths:
            assert readers.read(path, Reading()).sheets[0].height == 2
        else:
            with pytest.raises(NotAWorkbook):
                readers.read(path, Reading())
        children |= {reader._child.pid for reader in readers._idle}
    assert len(children) == 3
    readers.close()
    assert not any(psutil.pid_exists(child) for child in children)


def test_S1_9_a_protected_workbook_opens_with_its_password_alone(tmp_path: Path) -> None:
    path = protected(workbook(tmp_path / "closed.xlsx", {"A": [["Name"], ["Acme"]]}), "sesame")
    with pytest.raises(PasswordNeeded, match="is protected by a password"):
        read_file(path)
    with pytest.raises(PasswordNeeded, match=r"The password given does not open closed\.xlsx"):
        read_file(path, Reading(password="guess"))
    assert read_file(path, Reading(password="sesame")).sheets[0].rows(0, 2) == [["Name"], ["Acme"]]


@pytest.mark.parametrize("delimiter", ";,\t|")
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_S1_9_text_in_any_usual_encoding_with_any_usual_mark(tmp_path: Path, delimiter: str, encoding: str) -> None:
    path = tmp_path / "clients.csv"
    rows = [["Nom", "Ville"], ["Café à l'étage", 'dit "le coin"'], ["Société", f"a{delimiter}b\nc"]]
    quoted = [delimiter.join('"' + cell.replace('"', '""') + '"' for cell in row) for row in rows]
    path.write_bytes("\r\n".join(quoted).encode(encoding))
    assert read_file(path).sheets[0].rows(0, 3) == rows


def test_S1_9_text_is_read_as_told(tmp_path: Path) -> None:
    path = tmp_path / "clients.txt"
    path.write_bytes("0001Łódź      PL\n0002Köln      DE\n".encode("cp1250", errors="replace"))
    read = read_file(path, Reading(encoding="cp1250", widths=[4, 10, 2]))
    assert read.sheets[0].rows(0, 2) == [["0001", "Łódź", "PL"], ["0002", "K\xf6ln", "DE"]]
    with pytest.raises(NotAWorkbook, match="cannot be read as ascii.*Name another encoding"):
        read_file(path, Reading(encoding="ascii"))


def test_S1_9_columns_of_a_file_outlive_it_and_leave_nothing_behind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import gc

    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    read = read_file(workbook(tmp_path / "a.xlsx", {"A": [["Name"], ["Acme"]]}))
    column = read.sheets[0].texts[0]
    assert list(tmp_path.glob("invoicekit-*"))
    del read
    gc.collect()
    assert not list(tmp_path.glob("invoicekit-*"))
    assert column.to_pylist() == ["Name", "Acme"]
