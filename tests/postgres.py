"""A real PostgreSQL on this machine, for the books of teams."""

from __future__ import annotations

import importlib.util
import os
import shutil
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from typing import Any, NoReturn

import duckdb
import pytest

import invoicekit as ik

__all__ = ["Postgres", "missing", "postgres", "running"]

# A server that root runs refuses to start; Debian's packages bring a user for it.
_AS: dict[str, Any] = {"user": "postgres"} if hasattr(os, "geteuid") and os.geteuid() == 0 else {}


def missing(why: str) -> NoReturn:
    """Skip; where PostgreSQL must be there, its absence is a failure."""
    (pytest.fail if os.environ.get("INVOICEKIT_POSTGRES") == "required" else pytest.skip)(why)


class Postgres:
    """A server on a port of its own, and databases in it."""

    def __init__(self, programs: Path, folder: Path, listening: str = "127.0.0.1") -> None:
        self._programs, self._data, self._log = programs, folder / "data", folder / "log"
        self._listening = listening
        self._names = count(1)
        self._empty: str | None = None
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]

    def run(self, program: str, *arguments: str, check: bool = True) -> str:
        """Run one of PostgreSQL's programs, and return what it printed."""
        done = subprocess.run(
            [self._programs / program, *arguments], check=False, capture_output=True, text=True, cwd="/", **_AS
        )
        assert not check or done.returncode == 0, done.stderr
        return done.stdout

    def make(self) -> None:
        self.run("initdb", "-D", str(self._data), "-A", "trust", "-U", "postgres", "-E", "UTF8", "--locale=C.UTF-8")

    def start(self) -> None:
        """Start it, and wait until it answers."""
        options = f"-p {self.port} -k {self._data} -c listen_addresses={self._listening} -c max_connections=200"
        # Its output goes to a file: a pipe would be held open by the server for ever.
        self.run("pg_ctl", "-D", str(self._data), "-o", options, "-l", str(self._log), "-w", "start")

    def stop(self) -> None:
        """Stop it as if the machine had failed."""
        self.run("pg_ctl", "-D", str(self._data), "-m", "immediate", "-w", "stop", check=False)

    @contextmanager
    def stopped(self) -> Iterator[None]:
        """Stop it, as if the machine had failed, and start it again."""
        self.stop()
        try:
            yield
        finally:
            self.start()

    def sql(self, database: str, text: str) -> str:
        """Have PostgreSQL itself say something of a database."""
        return self.run("psql", "-X", "-q", "-t", "-A", "-v", "ON_ERROR_STOP=1", "-c", text, self.url(database)).strip()

    @property
    def socket(self) -> Path:
        """The folder of the socket it is reached by without a network."""
        return self._data

    def url(self, database: str, user: str = "postgres") -> str:
        return f"postgresql://{user}@127.0.0.1:{self.port}/{database}"

    def database(self, like: str = "template0") -> str:
        """Make a database, empty or like another one, and return its name."""
        name = f"book_{next(self._names)}"
        self.sql("postgres", f"create database {name} template {like}")
        return name

    def ask_for_passwords(self, user: str) -> None:
        """Let somebody in by their password alone; everybody else on this machine comes in without one."""
        self.let_in(f"host all {user} 127.0.0.1/32 scram-sha-256")

    def let_in(self, rule: str) -> None:
        """Put a rule before all others."""
        rules = self._data / "pg_hba.conf"
        told = self.run("psql", "-X", "-q", "-t", "-A", "-c", f"select pg_read_file('{rules}')", self.url("postgres"))
        self.sql("postgres", f"copy (select unnest(string_to_array($${rule}\n{told}$$, chr(10)))) to '{rules}'")
        self.sql("postgres", "select pg_reload_conf()")

    def empty_book(self) -> str:
        """Return a database that holds an empty book; it is made once."""
        if self._empty is None:
            self._empty = self.database()
            ik.open(self.url(self._empty)).close()
        return self._empty

    def drop(self, name: str) -> None:
        self.sql("postgres", f"drop database {name} (force)")


def programs() -> Path | None:
    """Return the folder of PostgreSQL's programs on this machine, the newest there is."""
    here = shutil.which("initdb")
    installed = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    return Path(here).resolve().parent if here else installed[-1].parent if installed else None


@contextmanager
def running(folder: Path, listening: str = "127.0.0.1") -> Iterator[Postgres]:
    """Give a server of one's own, its data in a folder that is closed to others unless root runs it."""
    # The folders of pytest are closed to others, and the server may be another user.
    open_to_it = Path(subprocess.run(
        ["mktemp", "-d", "-p", "/tmp"], check=True, capture_output=True, text=True, cwd="/", **_AS).stdout.strip()
    ) if _AS else folder  # fmt: skip
    where = programs()
    assert where is not None, "there is no PostgreSQL here"
    server = Postgres(where, open_to_it, listening)
    server.make()
    server.start()
    try:
        yield server
    finally:
        server.stop()
        shutil.rmtree(open_to_it, ignore_errors=True)


@pytest.fixture(scope="session")
def postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Postgres]:
    """Return a running server, one for all tests of a session, or skip."""
    if programs() is None:
        missing("there is no PostgreSQL here: neither initdb nor anything in /usr/lib/postgresql")
    if importlib.util.find_spec("duckdb_extension_postgres") is None or not duckdb.__version__.startswith("1.5.5"):
        missing("DuckDB's extension for PostgreSQL is not here: pip install 'invoicekit[team]'")
    with running(Path(tmp_path_factory.mktemp("postgres"))) as server:
        yield server
