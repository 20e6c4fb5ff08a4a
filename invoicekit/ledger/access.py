"""Who may do what: owners of customers, those who process invoices, those who only read."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

import pyarrow as pa

from invoicekit.errors import InvalidValue, NotAllowed, NotFound
from invoicekit.ledger.part import Part, statement
from invoicekit.ledger.parties.customers import Customers, Which
from invoicekit.ledger.work.users import Users
from invoicekit.schema import TABLES
from invoicekit.store import Operation, Store, frame

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Access", "must_have_an_owner", "must_own", "must_own_all", "must_process", "must_write"]

# What only an owner of all customers changes.
_OF_OWNERS = {
    "permissions": "change who owns what",
    "sellers": "change who sells",
    "series": "change how invoices are numbered",
}
# What everybody does for themselves; whether it is theirs is looked at where it is done.
THEIR_OWN = {"set password", "remove password"}


class Access(Part):
    """The permissions of a book.

    While nobody has been given any, the book belongs to whoever opens it. From the first one on, each does what their roles let
    them; somebody who is no user of the book reads it, and a user without a role notes work and makes drafts.

    ``owner`` of a customer and ``processing`` together may finalise, credit and send its invoices; ``processing`` alone may close
    and reopen them, and change settings, the lock date among them; ``read_only`` changes nothing. An owner of all customers gives
    and takes roles, says who sells and how invoices are numbered, and merges or moves customers that have owners of their own.
    """

    def grant(self, user: Which, role: str, *, customer: Which | None = None) -> None:
        """Give a user a role.

        Parameters
        ----------
        user
            Who: the name the book is opened by (``invoicekit.open(..., actor=...)``).
        role
            ``owner``, ``processing`` or ``read_only``.
        customer
            Whom an owner is owner of, with its sub-customers; all of them unless given.

        Raises
        ------
        NotAllowed
            If others have roles, and who opened the book is no owner of all customers.
        InvalidValue
            If nobody would be an owner of all customers: then nobody could give or take a role again.

        Examples
        --------
        >>> import invoicekit as ik, tempfile, pathlib
        >>> book = ik.open(pathlib.Path(tempfile.mkdtemp()) / "acme.duckdb", actor="ana")
        >>> _ = book.users.add("ana"), book.users.add("ben")
        >>> book.access.grant("ana", "owner"), book.access.grant("ben", "read_only")
        (None, None)
        >>> book.access.list()[["user", "role"]].values.tolist()
        [['ana', 'owner'], ['ben', 'read_only']]
        """
        with self.store.operation("grant role") as op:
            must_own_all(op, self.store.actor, "give or take roles")
            who, whom = self._named(user, role, customer)
            held = op.rows("select role, customer from permissions where user_id = $who", who=who["id"])
            if any(row["role"] == role and row["customer"] == whom for row in held):
                return
            if role == "read_only" and held:
                raise InvalidValue(
                    f"{who['name']} is {held[0]['role']} already, and cannot only read. Revoke that first."
                )
            if role != "read_only" and any(row["role"] == "read_only" for row in held):
                raise InvalidValue(f"{who['name']} may only read. Revoke that first.")
            op.insert("permissions", [{"user_id": who["id"], "role": role, "customer": whom}])
            must_have_an_owner(op)
            op.summary = f"{who['name']} is {role.replace('_', ' ')}{self._of(whom)}"

    def revoke(self, user: Which, role: str, *, customer: Which | None = None) -> None:
        """Take a role from a user; when nobody has one any more, the book belongs to whoever opens it.

        Raises
        ------
        NotFound
            If the user has not that role.
        NotAllowed, InvalidValue
            As for `grant`.
        """
        with self.store.operation("revoke role") as op:
            must_own_all(op, self.store.actor, "give or take roles")
            who, whom = self._named(user, role, customer)
            held = op.rows(
                "select id from permissions where user_id = $who and role = $role and customer is not distinct from $whom",
                who=who["id"], role=role, whom=whom,
            )  # fmt: skip
            if not held:
                raise NotFound(f"{who['name']} is not {role}{self._of(whom)}. book.access.list() shows who is what.")
            op.delete("permissions", [held[0]["id"]])
            must_have_an_owner(op)
            op.summary = f"{who['name']} is no longer {role.replace('_', ' ')}{self._of(whom)}"

    def list(self) -> pd.DataFrame:
        """Return who has which role: ``user``, ``role``, ``customer`` (empty for all)."""
        return frame(self.store.arrow(statement("permissions_listed")))

    def _named(self, user: Which, role: str, customer: Which | None) -> tuple[dict[str, object], int | None]:
        roles = TABLES["permissions"].field("role").choices
        if role not in roles:
            raise InvalidValue(f'"{role}" is no role. There are: {", ".join(roles)}.')
        if customer is not None and role != "owner":
            raise InvalidValue(
                f"{role} holds for the whole book; only an owner is one of a customer. Leave customer out."
            )
        whom = int(Customers(self._hold).get(customer)["id"]) if customer is not None else None
        return Users(self._hold).get(user), whom

    def _of(self, customer: int | None) -> str:
        return f" of {Customers(self._hold).get(customer)['display_name']}" if customer is not None else ""


def must_own_all(op: Operation | Store, actor: str, what: str) -> None:
    """Refuse what concerns the whole book, unless by an owner of all customers.

    Raises
    ------
    NotAllowed
        Naming those who may.
    """
    roles = _roles(op, actor)
    if roles is not None and ("owner", None) not in roles:
        raise NotAllowed(f"{actor} cannot {what}: only an owner of all customers may. {_owners(op)}")


def must_have_an_owner(op: Operation) -> None:
    """Refuse to leave a book whose users have roles without an owner of all customers.

    Raises
    ------
    InvalidValue
        Saying what to do first.
    """
    there, owners = (
        op.rows(f"select count(*) as n from permissions {where}")[0]["n"]
        for where in (
            "",
            "where role = 'owner' and customer is null and user_id in (select id from users where inactive_since is null)",
        )
    )
    if there and not owners:
        raise InvalidValue(
            "Nobody would be owner of all customers, and nobody could give or take a role again. "
            'Make somebody that first: book.access.grant(..., "owner").'
        )
    if op.rows("select id from passwords limit 1") and not op.rows(statement("owners_who_sign_in")):
        raise InvalidValue(
            "No owner of all customers could sign in, and nobody could give a role or a password again. Give one of them a "
            'password first: book.passwords.set(...); an owner is made by book.access.grant(..., "owner").'
        )


def must_write(op: Operation, actor: str) -> None:
    """Refuse an operation of somebody who may only read the book.

    Raises
    ------
    NotAllowed
        Saying who they are, and who can change that.
    """
    roles = _roles(op, actor)
    if roles is None:
        return
    if not op.rows("select id from users where name_key(name) = name_key($actor)", actor=actor):
        raise NotAllowed(f"{actor} is no user of this book, and may only read it. {_owners(op)}")
    if ("read_only", None) in roles and op.kind not in THEIR_OWN:
        raise NotAllowed(f"{actor} may only read this book, and cannot {op.kind}. {_owners(op)}")
    _must_keep_to_roles(op, actor)
    if op.tables & {"users", "permissions"}:
        must_have_an_owner(op)


def _must_keep_to_roles(op: Operation, actor: str) -> None:
    """Refuse what an operation changed of the rights of others, whatever it was: a merge, an import, an undo."""
    held = op.rows(statement("roles_before"), actor=actor, operation=op.id)
    if not held or any(row["is_theirs"] and row["role"] == "owner" and row["customer"] is None for row in held):
        return
    for table, what in _OF_OWNERS.items():
        if table in op.tables:
            raise NotAllowed(f"{actor} cannot {what}: only an owner of all customers may. {_owners(op)}")
    if "settings" in op.tables:
        must_process(op, actor, "change settings")
    if "users" in op.tables:
        for row in op.rows(statement("users_put_aside"), actor=actor, operation=op.id):
            raise NotAllowed(
                f"{actor} cannot rename {row['name']} or put that user out of use: only an owner of all customers may. "
                f"{_owners(op)}"
            )
    # Who owns what changes where somebody owns one customer, and one was merged or moved.
    owned = any(row["customer"] is not None for row in held)
    if "customers" in op.tables and owned and op.rows(statement("customers_moved"), operation=op.id):
        for row in op.rows(statement("customers_handed_over"), operation=op.id):
            raise NotAllowed(
                f"{actor} cannot merge or move {row['display_name']}: {row['owned']} has an owner of its own, and who owns "
                f"what would change. {_owners(op)}"
            )


def must_process(op: Operation | Store, actor: str, what: str) -> None:
    """Refuse what only those who process invoices may do.

    Raises
    ------
    NotAllowed
        Saying what role is missing.
    """
    roles = _roles(op, actor)
    if roles is not None and ("processing", None) not in roles:
        raise NotAllowed(f'{actor} cannot {what}: it takes the role "processing". {_owners(op)}')


def must_own(op: Operation, actor: str, customers: Iterable[int], what: str) -> None:
    """Refuse what only an owner of customers who processes invoices may do.

    Raises
    ------
    NotAllowed
        Naming the customer that somebody else owns.
    """
    must_process(op, actor, what)
    if _roles(op, actor) is None:
        return
    op.stage("customers_touched", pa.table({"id": pa.array(customers, pa.int64())}))
    for row in op.rows(statement("customers_not_owned"), actor=actor):
        raise NotAllowed(
            f"{actor} cannot {what} for {row['display_name']}: it takes an owner of that customer. {_owners(op)}"
        )


def _roles(op: Operation | Store, actor: str) -> set[tuple[str, int | None]] | None:
    """Return the roles somebody has; nothing where nobody has any."""
    if not op.rows("select id from permissions limit 1"):
        return None
    held = op.rows(
        "select role, customer from permissions join users on users.id = user_id where name_key(name) = name_key($actor)",
        actor=actor,
    )
    return {(row["role"], row["customer"]) for row in held}


def _owners(op: Operation | Store) -> str:
    found = op.rows(
        "select users.name from permissions join users on users.id = user_id where role = 'owner' and customer is null order by 1"
    )
    return f"Ask {' or '.join(row['name'] for row in found)}, who gives roles."
