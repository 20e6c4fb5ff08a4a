"""How many small faults in the rules of the ledger the suite notices: a sample of what mutmut makes of them.

    pip install "mutmut==3.8.*"
    python benchmarks/mutants.py 300        three hundred, drawn by lot
    python benchmarks/mutants.py 300 100    the same, without the first hundred

mutmut makes the faults, in a folder ``mutants``, and finds out which test reaches which function; that takes as long as those
tests. Then each fault of the sample runs with the fastest of the tests that reach it, in a process that is forked, so that nothing
is loaded twice. What no test is given the time to notice counts as unnoticed. Rules in .sql files are not changed.
"""

from __future__ import annotations

import ast
import json
import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from functools import cache
from pathlib import Path

MUTANTS = Path("mutants").absolute()
# Seconds of tests that a fault is given, beside the time that they take to begin.
ENOUGH, BEGINNING = 40, 30


def made() -> list[str]:
    """Let mutmut make the faults, and return their names."""
    if not (MUTANTS / "mutmut-stats.json").exists():
        # Python remembers of a folder it has once looked for in vain that it is not there.
        MUTANTS.mkdir(exist_ok=True)
        # It runs none: no fault has this name.
        told = {**os.environ, "PYTHONPATH": str(MUTANTS)}
        subprocess.run(["mutmut", "run", "--max-children", "1", "none"], check=False, env=told)
    names: list[str] = []
    for meta in sorted(MUTANTS.rglob("*.meta")):
        names += json.loads(meta.read_text(encoding="utf-8"))["exit_code_by_key"]
    return names


def outcome(name: str, tests: list[str], seconds: float) -> str:
    """Run a fault with some tests, and say what became of it."""
    child = os.fork()
    if child == 0:
        os.setsid()
        silent = os.open(os.devnull, os.O_WRONLY)
        os.dup2(silent, 1)
        os.dup2(silent, 2)
        os.environ["MUTANT_UNDER_TEST"] = name
        import pytest

        given = ["-x", "-q", "-p", "no:cacheprovider", "-p", "no:xdist", f"--basetemp={MUTANTS / 'tmp'}", *tests]
        os._exit(int(pytest.main(given)))
    until = time.monotonic() + BEGINNING + 4 * seconds
    while time.monotonic() < until:
        ended, status = os.waitpid(child, os.WNOHANG)
        if ended:
            return {0: "survived", 1: "killed"}.get(os.waitstatus_to_exitcode(status), "not run")
        time.sleep(0.05)
    os.killpg(child, signal.SIGKILL)
    os.waitpid(child, 0)
    return "timed out"


@cache
def functions(module: str) -> dict[str, ast.AST]:
    """Return the functions of a module with faults by their names, as it was and each faulty."""
    path = MUTANTS / f"{module.replace('.', '/')}.py"
    found = path if path.exists() else path.with_suffix("") / "__init__.py"
    tree = ast.parse(found.read_text(encoding="utf-8"))
    return {one.name: one for one in ast.walk(tree) if isinstance(one, ast.FunctionDef | ast.AsyncFunctionDef)}


def only_words(name: str) -> bool:
    """Say whether a fault changes nothing but a text: a message, a heading, a name in SQL."""
    module, _, function = name.rpartition(".")
    faulty, right = (
        functions(module)[one] for one in (function, f"{function.rpartition('__mutmut_')[0]}__mutmut_orig")
    )
    return _shape(faulty) == _shape(right)


def _shape(function: ast.AST) -> str:
    """Return what a function does, whatever its texts say and whatever it is called."""
    copy = ast.parse(ast.unparse(function))
    for node in ast.walk(copy):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            node.value = ""
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            node.name = ""
    return ast.dump(copy)


def main() -> None:
    names = made()
    drawn = int(sys.argv[1]) if len(sys.argv) > 1 else 300
    done = int(sys.argv[2]) if len(sys.argv) > 2 else 0
    sample = random.Random(20261123).sample(names, drawn)[done:]
    told = json.loads((MUTANTS / "mutmut-stats.json").read_text(encoding="utf-8"))
    reached, took = told["tests_by_mangled_function_name"], told["duration_by_test"]
    os.chdir(MUTANTS)
    sys.path.insert(0, str(MUTANTS))
    os.environ["MUTANT_UNDER_TEST"] = ""
    import pandas  # noqa: F401 - loaded once, for all that are forked

    import invoicekit.book
    import invoicekit.opening  # noqa: F401 - the same

    found: Counter[str] = Counter()
    try:
        for name in sample:
            _tried(name, reached, took, found)
    except KeyboardInterrupt:
        print("stopped here:", end=" ")
    tried, noticed = found.total() - found["of them in words only"], found["killed"] + found["timed out"]
    print(f"{noticed} of {tried} noticed, {noticed / tried:.0%}: {dict(found)}; {len(names):,} were made")


def _tried(name: str, reached: dict[str, list[str]], took: dict[str, float], found: Counter[str]) -> None:
    """Run the tests that reach a fault, as many as there is time for, and count what became of it."""
    tests: list[str] = []
    seconds = 0.0
    for test in sorted(reached.get(name.rpartition("__mutmut_")[0], ()), key=took.__getitem__):
        if tests and seconds + took[test] > ENOUGH:
            break
        tests.append(test)
        seconds += took[test]
    became = outcome(name, tests, seconds) if tests else "not reached"
    found[became] += 1
    if became not in ("killed", "timed out"):
        if only_words(name):
            found["of them in words only"] += 1
        print(f"{became}{' (words)' if only_words(name) else ''}: {name}", flush=True)


if __name__ == "__main__":
    main()
