"""Set up and run, on any machine with Python 3.11 or newer and nothing else.

    python run.py demo     import the sample workbooks and show the reports
    python run.py test     run the whole test suite

An active virtual environment is used; without one, ``.venv`` is made beside this file.
Whatever follows is passed on: ``python run.py test -k undo``.
"""

from __future__ import annotations

import os
import subprocess
import sys
import venv
from pathlib import Path

HERE = Path(__file__).resolve().parent
TASKS = {"demo": (".", "invoicekit", "demo"), "test": (".[test]", "pytest", "-n", "auto", "--dist", "loadgroup")}


def main() -> int:
    """Set up, then run the task."""
    if sys.version_info < (3, 11):
        print(f"invoicekit needs Python 3.11 or newer; this is {sys.version.split()[0]}.")
        return 2
    if len(sys.argv) < 2 or sys.argv[1] not in TASKS:
        print(__doc__)
        return 2
    package, module, *arguments = TASKS[sys.argv[1]]
    python = _python()
    print(f"Setting up in {python.parent.parent} ...", flush=True)
    done = subprocess.run([python, "-m", "pip", "install", "--quiet", "--editable", package], cwd=HERE, check=False)
    if done.returncode:
        print("The set-up failed; pip says why above. Without a network nothing can be installed.")
        return done.returncode
    folder = HERE if sys.argv[1] == "test" else Path.cwd()
    return subprocess.run([python, "-m", module, *arguments, *sys.argv[2:]], cwd=folder, check=False).returncode


def _python() -> Path:
    """Return the interpreter of the active virtual environment, or of one made here."""
    if sys.prefix != sys.base_prefix:
        return Path(sys.executable)
    folder = HERE / ".venv"
    python = folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    if not python.exists():
        print(f"Making a virtual environment in {folder} ...", flush=True)
        try:
            venv.create(folder, with_pip=True)
        except (subprocess.CalledProcessError, OSError) as error:
            sys.exit(f"No virtual environment could be made ({error}). On Debian and Ubuntu: apt install python3-venv.")
    return python


if __name__ == "__main__":
    sys.exit(main())
