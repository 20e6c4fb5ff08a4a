"""Files that lie in an object store, such as S3: how the engine reaches them."""

from __future__ import annotations

import os
from pathlib import Path, PurePosixPath
from urllib.parse import urlsplit

import duckdb

from invoicekit.errors import BookError
from invoicekit.store.extensions import load_extension
from invoicekit.store.sql import sql_text

__all__ = ["a_parquet_file_in", "is_object_store", "reach"]

# What the engine calls the secrets of each kind of store.
_KINDS = {"s3": "s3", "gs": "gcs", "gcs": "gcs", "r2": "r2"}


def is_object_store(path: str) -> bool:
    """Say whether a path leads to an object store, and not to a folder."""
    return urlsplit(path).scheme in _KINDS


def reach(engine: duckdb.DuckDBPyConnection, path: str) -> None:
    """Let an engine read and write below a path, with the keys that stand in the environment as for other tools.

    Raises
    ------
    BookError
        If what it takes is not here and cannot be fetched.
    """
    if not is_object_store(path):
        return
    try:
        load_extension(engine, "httpfs", "duckdb-extension-httpfs")
    except duckdb.Error as error:
        raise BookError(
            f"{path} is reached by DuckDB's extension httpfs, which is not here and could not be fetched. Either go online once, "
            "or install it together with the DuckDB it is made for: pip install 'invoicekit[team]'."
        ) from error
    told = {
        "key_id": os.environ.get("AWS_ACCESS_KEY_ID"),
        "secret": os.environ.get("AWS_SECRET_ACCESS_KEY"),
        "session_token": os.environ.get("AWS_SESSION_TOKEN"),
        "region": os.environ.get("AWS_REGION") or os.environ.get("AWS_DEFAULT_REGION"),
    }
    if endpoint := os.environ.get("AWS_ENDPOINT_URL"):
        # A store of one's own, which seldom has a name of its own for every bucket.
        where = urlsplit(endpoint)
        told |= {"endpoint": where.netloc, "url_style": "path", "use_ssl": str(where.scheme == "https").lower()}
    said = ", ".join(f"{name} {sql_text(value)}" for name, value in told.items() if value)
    bucket = f"{urlsplit(path).scheme}://{urlsplit(path).netloc}"
    engine.execute(
        f"create or replace secret object_store (type {_KINDS[urlsplit(path).scheme]}, scope {sql_text(bucket)}"
        + (f", {said})" if said else ")")
    )


def a_parquet_file_in(engine: duckdb.DuckDBPyConnection, path: str) -> str | None:
    """Return the name of some Parquet file that lies below a path; nothing where there is none.

    Raises
    ------
    BookError
        If what it takes to look is not here and cannot be fetched.
    """
    if not is_object_store(path):
        return next((file.name for file in Path(path).rglob("*.parquet")), None)
    reach(engine, path)
    found = engine.execute("select file from glob($files) limit 1", {"files": f"{path.rstrip('/')}/**/*.parquet"})
    return next((PurePosixPath(file).name for (file,) in found.fetchall()), None)
