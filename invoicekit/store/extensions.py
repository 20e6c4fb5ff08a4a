"""Extensions of the engine: from a package beside it, from what was installed before, or fetched once."""

from __future__ import annotations

from contextlib import suppress
from importlib.util import find_spec
from pathlib import Path
from shutil import copyfile

import duckdb

from invoicekit.store.sql import sql_text

__all__ = ["load_extension"]


def load_extension(engine: duckdb.DuckDBPyConnection, name: str, package: str, folder: Path | None = None) -> None:
    """Load an extension.

    Parameters
    ----------
    name
        As the engine knows it.
    package
        As PyPI has it, for machines that fetch nothing.
    folder
        Where a copy may be put, where the package calls the file otherwise: the engine goes by its name.

    Raises
    ------
    duckdb.Error
        If it is not here and cannot be fetched.
    """
    found = find_spec(package.replace("-", "_"))
    if found is not None and found.origin is not None:
        for path in Path(found.origin).parent.glob(f"extensions/v{duckdb.__version__}/*.duckdb_extension"):
            named = path if folder is None else folder / f"{name}.duckdb_extension"
            if path.name == named.name:
                named = path
            elif not named.exists():
                copyfile(path, named)
            engine.execute(f"load {sql_text(named)}")
            return
    with suppress(duckdb.Error):
        engine.execute(f"load {name}")
        return
    engine.execute(f"install {name}")
    engine.execute(f"load {name}")
