"""A whole import beside merely reading the same workbook.

    python benchmarks/import_customers.py [rows [columns [without]]]

Each contender runs in a process of its own, one after the other, in one run of this script; CPU and wall
time are those of the process and of its children, imports of modules included. Memory is the peak of the
process, and of its largest child where it has one: they are not there at the same time. Contenders whose
name holds the word ``without`` are left out: openpyxl takes minutes over a million rows.
"""

from __future__ import annotations

import json
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

CONTENDERS = {
    "pandas.read_excel, openpyxl": "import pandas; pandas.read_excel(path, engine='openpyxl')",
    "pandas.read_excel, calamine": "import pandas; pandas.read_excel(path, engine='calamine')",
    "python-calamine, cells only": (
        "import python_calamine; python_calamine.CalamineWorkbook.from_path(path).get_sheet_by_index(0).to_python()"
    ),
    "invoicekit, whole import": (
        "import invoicekit as ik; book = ik.open(path + '.duckdb'); "
        "receipt = book.imports.read(path, into='customers').apply(); "
        "assert sum(receipt.created.values()) == rows, str(receipt); book.close()"
    ),
}
_STEPS = (
    "import invoicekit as ik, os\n"
    "def spent(): used = os.times(); return used.user + used.system + used.children_user + used.children_system\n"
    "book = ik.open(path + '.steps.duckdb'); last = [spent(), 'opening']\n"
    "def step(name):\n"
    "    now = spent(); print(f'    {last[1]:32s} {now - last[0]:6.2f} s CPU'); last[:] = [now, name]\n"
    "book.imports.read(path, into='customers', steps=step).apply(); step('')\n"
)


def measure(code: str, path: Path, rows: int) -> dict[str, float]:
    """Run code in a new process and return its CPU seconds, wall seconds and peak MB."""
    script = f"path = {str(path)!r}; rows = {rows}\n{code}"
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    start = time.perf_counter()
    watched = (
        f"{script}\nimport json, resource\nused = resource.getrusage(resource.RUSAGE_SELF)\n"
        "child = resource.getrusage(resource.RUSAGE_CHILDREN)\nprint(json.dumps([used.ru_maxrss / 1024, child.ru_maxrss / 1024]))"
    )
    done = subprocess.run([sys.executable, "-c", watched], capture_output=True, text=True, check=True)
    wall = time.perf_counter() - start
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    own, child = json.loads(done.stdout.splitlines()[-1])
    return {"cpu": cpu, "wall": wall, "memory": own, "child": child}


def main() -> None:
    sys.path.insert(0, str(Path(__file__).parent))
    from workbooks import HEADINGS, customers

    rows = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
    columns = int(sys.argv[2]) if len(sys.argv) > 2 else len(HEADINGS)
    with tempfile.TemporaryDirectory() as folder:
        path = customers(Path(folder) / "customers.xlsx", rows, columns)
        print(f"{rows:,} rows x {columns} columns, {path.stat().st_size / 1e6:.1f} MB")
        contenders = {name: code for name, code in CONTENDERS.items() if len(sys.argv) < 4 or sys.argv[3] not in name}
        figures = {name: measure(code, path, rows) for name, code in contenders.items()}
        reader = figures["python-calamine, cells only"]["cpu"]
        pandas = figures.get("pandas.read_excel, openpyxl", {"cpu": float("nan")})["cpu"]
        print(
            f"{'':30s} {'CPU s':>7s} {'wall s':>7s} {'peak MB':>8s} {'child MB':>9s} {'/ openpyxl':>11s} {'/ calamine':>11s}"
        )
        for name, used in figures.items():
            print(
                f"{name:30s} {used['cpu']:7.2f} {used['wall']:7.2f} {used['memory']:8.0f} {used['child']:9.0f} "
                f"{used['cpu'] / pandas:11.2f} {used['cpu'] / reader:11.2f}"
            )
        print("where the import's time goes:")
        sys.stdout.flush()
        subprocess.run([sys.executable, "-c", f"path = {str(path)!r}\n{_STEPS}"], check=True)


if __name__ == "__main__":
    main()
