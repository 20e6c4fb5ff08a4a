"""What we tell people: notebooks run, commands are as printed, pages are up to date."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

from invoicekit.cli import app
from invoicekit.reports import definitions

ROOT = Path(__file__).parents[1]
# What a reader of each must come to see.
SHOWN = {
    "01_start": ("Balances by customer as of 2026-10-31", "image/png"),
    "02_customers": ("Merge of SOCIETE EOLE into Société Éole", "it would be its own parent", "cannot be made inactive",
                     "application/vnd.jupyter.widget-view+json", "Operation 11 undone"),
    "03_imports": ("5 rue Vaubecour", "kept as corrected since: city", "write NET_30", "differences: 0"),
    "04_work": ("it must take longer than nothing", "only with the receipt", "is reserved by the draft", "Invoice 1",
                "recorded_late", "Profitability of matters", "image/png"),
    "05_billing": ("late_payment", "F2026-0001", "1 rue de Lyon", "overpaid", "0 more", "the book is locked up to 2026-10-31",
                   "added", "image/png"),
    "06_documents": ("F2026-0001", "there is nothing called 'nam'", "reverse_charge", "no such mailbox", "buero@muster.example",
                     "Rappel de paiement", "srcdoc", "True"),
    "07_reports": ("Aging of receivables by customer as of 2026-10-31", "at stated rates", "F2025-", "weeks within P10",
                   "balance_change", "october.xlsx", "Reports as of 2026-10-31", "True", "image/png"),
}  # fmt: skip
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))


@pytest.mark.parametrize("path", NOTEBOOKS, ids=[path.stem for path in NOTEBOOKS])
@pytest.mark.filterwarnings("default")
def test_a_notebook_runs_from_its_first_cell_to_its_last(path: Path) -> None:
    notebook = nbformat.read(path, as_version=4)
    NotebookClient(
        notebook, timeout=180, kernel_name="python3", resources={"metadata": {"path": path.parent}}
    ).execute()
    shown = json.dumps([cell.get("outputs", []) for cell in notebook.cells], ensure_ascii=False)
    for text in SHOWN[path.stem]:
        assert text in shown
    assert '"stderr"' not in shown


@pytest.mark.parametrize("path", NOTEBOOKS, ids=[path.stem for path in NOTEBOOKS])
def test_a_notebook_is_kept_without_its_outputs(path: Path) -> None:
    for cell in nbformat.read(path, as_version=4).cells:
        assert not cell.get("outputs")
        assert cell.get("execution_count") is None


def test_the_readme_prints_exactly_two_commands_and_both_exist() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    commands = re.findall(r"```(?:console|shell|sh|bash)\n(.*?)```", readme, re.DOTALL)
    lines = [line for block in commands for line in block.splitlines() if line.strip()]
    assert lines == ["python run.py demo", "python run.py test"]
    done = subprocess.run([sys.executable, "run.py"], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    for task in ("demo", "test"):
        assert f"python run.py {task}" in done.stdout
    if (ROOT / ".ci").is_dir():
        assert "python run.py test\n" in (ROOT / ".ci" / "run").read_text(encoding="utf-8")


def test_the_readmes_python_runs(tmp_path: Path, sample: Path) -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    code = "\n".join(re.findall(r"```python\n(.*?)```", readme, re.DOTALL))
    (tmp_path / "clients.xlsx").write_bytes((sample / "clients_lyon.xlsx").read_bytes())
    environment = {**os.environ, "PYTHONWARNINGS": "error"}
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=False, env=environment
    )
    assert done.returncode == 0, done.stderr


def test_every_file_the_pages_point_to_is_there() -> None:
    for page in [ROOT / "README.md", *(ROOT / "docs").glob("*.md")]:
        for target in re.findall(r"\]\(([^)#]+)", page.read_text(encoding="utf-8")):
            if "://" not in target:
                assert (page.parent / target).exists(), f"{page.name} points to {target}"


def test_every_command_and_report_is_in_the_readme() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    for command in app.registered_commands:
        assert command.callback is not None
        assert f"invoicekit {command.name or command.callback.__name__}" in readme
    for report in definitions():
        assert report in readme


def test_every_dependency_has_its_reason() -> None:
    import tomllib

    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    page = (ROOT / "docs" / "dependencies.md").read_text(encoding="utf-8")
    for requirement in project["dependencies"]:
        name = re.match(r"[\w-]+", requirement)
        assert name is not None
        assert name[0] in page
