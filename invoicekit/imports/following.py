"""What the book holds follows the file, but for what somebody corrected since."""

from __future__ import annotations

from collections.abc import Sequence

from invoicekit.store import Operation
from invoicekit.store.corrected import corrected, followed

__all__ = ["follow"]


def follow(op: Operation, table: str, told: str, fields: Sequence[str], policy: str, *, only: str = "true") -> None:
    """Change records of a table as the rows of a file say.

    Parameters
    ----------
    told
        The rows: ``held``, the record each one is, ``trouble`` where it is refused, and the fields.
    policy
        One of `POLICIES`: records are changed under ``update`` alone.
    only
        A condition on the rows, which are ``new``.
    """
    if policy != "update":
        return
    op.derive("corrected_since", corrected(table, fields, f"select held from {told} where held is not null"))
    values = ", ".join(f'{followed(name, f"new.{name}")} as "{name}"' for name in fields)
    op.update(
        table,
        op.arrow(
            f"select old.id, {values} from {told} new join {table} old on old.id = new.held "
            f"left join corrected_since since on since.id = old.id where trouble is null and {only}"
        ),
    )
