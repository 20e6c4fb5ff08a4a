"""The house: its floors, what loads when, who writes."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "invoicekit"
HEAVY = (
    "matplotlib",
    "ipywidgets",
    "anywidget",
    "openpyxl",
    "python_calamine",
    "jinja2",
    "pandas",
    "babel",
    "plutoprint",
)


def loaded_after(code: str) -> set[str]:
    script = f"{code}\nimport sys; print(' '.join(sys.modules))"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    return {name.partition(".")[0] for name in done.stdout.split()}


def test_importing_invoicekit_loads_nothing_heavy() -> None:
    loaded = loaded_after("import invoicekit")
    assert not loaded.intersection(HEAVY)
    assert "duckdb" not in loaded


def test_working_with_a_book_loads_neither_charts_nor_widgets_nor_excel(tmp_path: Path) -> None:
    loaded = loaded_after(
        f"import invoicekit as ik\nbook = ik.open({str(tmp_path / 'a.duckdb')!r})\n"
        "book.customers.add(display_name='Acme'); book.reports.aging().table; book.close()"
    )
    assert not loaded.intersection(HEAVY) - {"pandas"}


def test_the_floors_hold() -> None:
    done = subprocess.run(
        [Path(sys.executable).with_name("lint-imports")], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout


def test_only_the_store_writes() -> None:
    """INSERT, UPDATE and DELETE stand in store/ alone; queries elsewhere read."""
    writing = re.compile(r"\b(insert into|update \w+(\.\w+)* set|delete from|commit\b|create table)", re.IGNORECASE)
    for path in [*PACKAGE.rglob("*.py"), *PACKAGE.rglob("*.sql")]:
        if PACKAGE / "store" not in path.parents:
            assert not writing.search(path.read_text(encoding="utf-8")), path


def test_screens_and_pages_ask_the_ledger_and_never_the_engine() -> None:
    asking = {"arrow", "execute", "query", "rows", "sql"}
    for path in [*(PACKAGE / "forms").rglob("*.py"), *(PACKAGE / "app").rglob("*.py")]:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
                assert node.func.attr not in asking, f"{path}, line {node.lineno}: {ast.unparse(node)}"


def test_modules_stay_small() -> None:
    long = {str(path): len(path.read_text(encoding="utf-8").splitlines()) for path in PACKAGE.rglob("*.py")}
    assert not {path: lines for path, lines in long.items() if lines > 420}


def test_the_book_holds_no_rules() -> None:
    """It is a facade: beside its documentation there are few lines."""
    tree = ast.parse((PACKAGE / "book.py").read_text(encoding="utf-8"))
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.ClassDef | ast.Module) and ast.get_docstring(node):
            node.body = node.body[1:] or [ast.Pass()]
    assert len(ast.unparse(tree).split("\n")) <= 150


@pytest.mark.parametrize("name", ["utils.py", "helpers.py", "manager.py", "common.py"])
def test_no_module_is_a_drawer(name: str) -> None:
    assert not list(PACKAGE.rglob(name))
