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
    "02_import": ("plan.same_names", "write NET_30", "left out, as you said", "5 rue Vaubecour", "kept as corrected since: city",
                  "as confirmed in operation 1", "Operation 3 undone", "differences: 0"),
    "03_customers": ("Billed: Groupe Lavigne", "it would be its own parent", "the check digit of FR23334175222",
                     "Merge of SOCIETE EOLE into Société Éole", "merged_into", "Operation 12 undone", "cannot be made inactive",
                     "Les Jardins d'Ainay (inactive)", "application/vnd.jupyter.widget-view+json"),
    "04_work_and_billing": ("it must take longer than nothing", "only with the receipt", "application/vnd.jupyter.widget-view+json",
                            "True", "recorded_late", "is reserved by the draft", "late_payment", "Invoices F2026-0001 F2026-0002",
                            "1 rue de Lyon", "overpaid", "bounce", "Profitability of matters", "Findings: 0", "image/png"),
    "05_reports": ("Aging of receivables by customer as of 2026-10-31", "at stated rates", "F2025-", "weeks within P10", "srcdoc",
                   "no country: tax and law cannot be told", "True", "image/png"),
    "06_month_end": ("0 more retainers", "srcdoc", "M2026-0001 M2026-0002", "Invoice register", "reverse_charge", "would be sent",
                     "has no e-mail address", "disputed since 2026-11-02", "promised for 2026-11-15", "Rappel de paiement",
                     "october.xlsx", "Reports as of 2026-10-31", "the book is locked up to 2026-10-31", "balance_change", "added",
                     "known_then", "there is", "True"),
}  # fmt: skip
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))


def test_the_notebooks_are_those_six_and_the_readme_names_each() -> None:
    assert [path.stem for path in NOTEBOOKS] == list(SHOWN)
    assert len(SHOWN) == 6
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert re.findall(r"\]\(notebooks/(\w+)\.ipynb\)", readme) == list(SHOWN)


@pytest.mark.parametrize("path", NOTEBOOKS, ids=[path.stem for path in NOTEBOOKS])
def test_a_notebook_is_read_in_ten_minutes(path: Path) -> None:
    cells = nbformat.read(path, as_version=4).cells
    assert len(cells) <= 28
    # Text and code; at 200 words a minute half of the time is left for what the cells show.
    assert sum(len(cell.source.split()) for cell in cells) < 1000


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
