"""Backups, copies and lakes, from a terminal."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from invoicekit.cli.telling import BookPath, opened, told, whoever
from invoicekit.screen import screen, show_frame

__all__ = ["backup", "copy", "publish", "restore"]


def backup(
    book: BookPath,
    to: Annotated[Path | None, typer.Argument(help="A folder, or a new file; beside the book unless given.")] = None,
    keep: Annotated[int, typer.Option(min=1, help="How many a folder keeps, beside the last one of every month.")] = 10,
) -> None:
    """Copy the book, read the copy again, and see that it is equal row for row.

    Example: [bold]invoicekit backup acme.duckdb /media/usb/backups[/]
    """
    with told(), opened(book) as held, screen.status("copying"):
        made = held.backup(to, keep=keep)
    screen.print(f"Wrote {made}, equal to the book row for row.", soft_wrap=True)


def restore(
    book: BookPath,
    from_: Annotated[
        Path | None,
        typer.Argument(metavar="BACKUP", help="The backup; without it they are listed.", show_default=False),
    ] = None,
) -> None:
    """Put a backup in the place of the book, even of one that is damaged. Without a backup, list them.

    The book as it was is kept. Example: [bold]invoicekit restore acme.duckdb acme.backups/acme-20261031-180000.duckdb[/]
    """
    import invoicekit
    from invoicekit.errors import BookError
    from invoicekit.ledger import backups_in
    from invoicekit.store import folder_of, is_lake, is_server

    with told():
        if is_server(book) or is_lake(book):
            raise BookError(
                "Backups are of files. A team's book is kept by PostgreSQL's own pg_dump; a lake is a copy itself."
            )
        if from_ is None:
            show_frame(backups_in(Path(book)), f"Backups in {folder_of(Path(book))}, newest first")
            return
        with invoicekit.restore(book, from_, actor=whoever(book)) as held:
            for note in held.notes:
                screen.print(note, soft_wrap=True)


def copy(
    book: BookPath,
    to: Annotated[str, typer.Argument(help="An empty database of PostgreSQL, or a new file.", show_default=False)],
) -> None:
    """Copy all of a book, its history and its seals too: from a file to a team's database, or back (docs/team.md).

    Example: [bold]invoicekit copy acme.duckdb postgresql://ana@books.example/firm[/]
    """
    with told(), opened(book) as held, screen.status("copying"):
        made = held.copy_to(to)
    screen.print(f"Wrote {made}, equal to the book row for row.", soft_wrap=True)


def publish(
    book: BookPath,
    lake: Annotated[
        str,
        typer.Argument(
            help="ducklake:firm.ducklake, ducklake:postgresql://user@host/database, or md:firm.", show_default=False
        ),
    ],
    data: Annotated[
        str | None, typer.Option(help="Where rows are put the first time: a folder, or s3://bucket/firm.")
    ] = None,
) -> None:
    """Write a book on a lake, or what it says since: a copy that many read at once (docs/team.md).

    Example: [bold]invoicekit publish acme.duckdb ducklake:firm.ducklake[/]
    """
    with told(), opened(book) as held, screen.status("publishing"):
        made = held.publish(lake, data)
    screen.print(str(made), soft_wrap=True)
