"""Extensions of the engine: from a package beside it, from what was installed before, or fetched once."""

from __future__ import annotations

from contextlib import suppress
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from shutil import copyfile
from threading import Lock

import duckdb

from invoicekit.folders import OwnFolder
from invoicekit.store.sql import sql_text

__all__ = ["load_extension"]

_COPYING = Lock()


def load_extension(engine: duckdb.DuckDBPyConnection, name: str, package: str) -> None:
    """Load an extension.

    Parameters
    ----------
    name
        As the engine knows it.
    package
        As PyPI has it, for machines that fetch nothing.

    Raises
    ------
    duckdb.Error
        If it is not here and cannot be fetched.
    """
    found = find_spec(package.replace("-", "_"))
    if found is not None and found.origin is not None:
        for path in Path(found.origin).parent.glob(f"extensions/v{duckdb.__version__}/*.duckdb_extension"):
            engine.execute(f"load {sql_text(_named(path, name))}")
            return
    with suppress(duckdb.Error):
        engine.execute(f"load {name}")
        return
    engine.execute(f"install {name}")
    engine.execute(f"load {name}")


def _named(path: Path, name: str) -> Path:
    """Return an extension under the name the engine goes by, where the package calls its file otherwise."""
    with _COPYING:
        return path if path.stem == name else _copied(path, name)


@cache
def _copied(path: Path, name: str) -> Path:
    # One copy as long as the process lives: a library is loaded again from every other path, and none is ever unloaded.
    copy = _copies().path / f"{name}.duckdb_extension"
    copyfile(path, copy)
    return copy


@cache
def _copies() -> OwnFolder:
    return OwnFolder()
