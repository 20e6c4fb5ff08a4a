"""Merging: customers that turn out to be one and the same."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from invoicekit.errors import InvalidValue, MergeRefused
from invoicekit.ledger.part import Part, clean, shown, statement
from invoicekit.ledger.parties.directory import Directory
from invoicekit.ledger.parties.tax_ids import OTHER, kind_to_write
from invoicekit.schema import TABLES
from invoicekit.store import Hold, frame, referring, repoint

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Merge"]

# What a merge decides by rules of its own.
_DECIDED = {"external_id", "parent", "kind", "tags", "tax_id_kind"}
# Whoever has been billed once is a customer, whatever the others are.
_KINDS = ("contact", "lead", "customer")


class Merge(Part):
    """A merge that is prepared: it shows what would move, and does it once it is confirmed.

    The kept customer keeps its own fields. A duplicate leaves every list; its name and its
    numbers lead to the kept one from then on.

    Attributes
    ----------
    kept
        Fields of the customer that stays.
    duplicates
        Fields of those that will be no more.
    """

    def __init__(
        self, hold: Hold, kept: dict[str, Any], duplicates: Sequence[dict[str, Any]], chosen: Mapping[str, int | str]
    ) -> None:
        super().__init__(hold)
        self.kept = kept
        self.duplicates = tuple(duplicates)
        self._chosen: dict[str, int] = {}
        self._must_be_possible()
        self.keep(**chosen)

    def keep(self, **chosen: int | str) -> Merge:
        """Choose fields to take over from a duplicate, by its id or name, and return the merge.

        Raises
        ------
        InvalidValue
            For a field that cannot be chosen, a customer that takes no part, or a tax id that has
            not the form of the country it would stand beside.
        """
        taken = {name: self._one_of_them(name, whose)["id"] for name, whose in chosen.items()}
        before, self._chosen = self._chosen, self._chosen | taken
        try:
            self._taken()
        except InvalidValue:
            self._chosen = before
            raise
        return self

    @property
    def fields(self) -> pd.DataFrame:
        """What is kept and what is lost: ``field``, ``label``, ``keeps``, ``loses`` and ``of``, whose value that is."""
        import pandas as pd

        after = self._after()
        rows = [
            (field.name, field.title(), shown(after[field.name]), value, other["display_name"])
            for field in TABLES["customers"].fillable
            if field.name in self._choosable
            for other in (self.kept, *self.duplicates)
            if (value := shown(other[field.name])) is not None and value != shown(after[field.name])
        ]
        return pd.DataFrame(rows, columns=["field", "label", "keeps", "loses", "of"], dtype="str")

    @property
    def moves(self) -> pd.DataFrame:
        """What would move: ``table``, ``field``, ``rows``, ``currency`` and ``amount``, a row for each currency."""
        return frame(self.store.arrow(referring("customers"), ids=self._ids))

    def confirm(self) -> int:
        """Merge, and return the number of the operation, by which it can be undone.

        Raises
        ------
        MergeRefused
            If meanwhile one of them was merged already or got sub-customers.
        """
        with self.store.operation("merge customers", into=self.kept["id"], duplicates=self._ids) as op:
            self._must_be_possible()
            self._must_be_as_shown()
            repoint(op, "customers", self._ids, self.kept["id"])
            # Who is one now cannot be told apart from itself.
            settled = op.rows("select id from different_customers where customer = other")
            op.delete("different_customers", [row["id"] for row in settled])
            doubled = op.rows(
                "select id from permissions qualify row_number() over (partition by user_id, role, customer order by id) > 1"
            )
            op.delete("permissions", [row["id"] for row in doubled])
            op.update("customers", [{"id": id_, "merged_into": self.kept["id"], "parent": None} for id_ in self._ids])
            after = self._after()
            taken = {"kind": after["kind"], "tags": after["tags"] or None} | self._taken()
            op.update("customers", [{"id": self.kept["id"], **taken}])
            if "display_name" in self._chosen:
                # The name that is given up leads here from the one that gave its own.
                op.update(
                    "customers", [{"id": self._chosen["display_name"], "display_name": self.kept["display_name"]}]
                )
            names = ", ".join(other["display_name"] for other in self.duplicates)
            op.summary = f"merged {names} into {self.kept['display_name']}"
            return op.id

    @property
    def _ids(self) -> list[int]:
        return [other["id"] for other in self.duplicates]

    @property
    def _choosable(self) -> list[str]:
        return [field.name for field in TABLES["customers"].fillable if field.section and field.name not in _DECIDED]

    def _one_of_them(self, name: str, whose: int | str) -> dict[str, Any]:
        if name not in self._choosable:
            reason = "a merge sees to it itself" if name in _DECIDED else "customers have no such field to choose"
            raise InvalidValue(f"{name} cannot be chosen: {reason}. Choose among {', '.join(self._choosable)}.")
        for one in (self.kept, *self.duplicates):
            if whose in (one["id"], one["display_name"]):
                return one
        names = ", ".join(f"{one['display_name']} ({one['id']})" for one in (self.kept, *self.duplicates))
        raise InvalidValue(f"Customer {whose} takes no part in this merge. Choose among {names}.")

    def _after(self) -> dict[str, Any]:
        """Return the kept customer's fields as they will be."""
        everybody = [self.kept, *self.duplicates]
        by_id = {one["id"]: one for one in everybody}
        tags = {tag.casefold(): tag for one in reversed(everybody) for tag in one["tags"]}
        order = list(dict.fromkeys(tag.casefold() for one in everybody for tag in one["tags"]))
        kind = max((one["kind"] or "customer" for one in everybody), key=_KINDS.index)
        chosen = {name: by_id[whose][name] for name, whose in self._chosen.items()}
        if "tax_id" in self._chosen:
            chosen["tax_id_kind"] = by_id[self._chosen["tax_id"]]["tax_id_kind"]
        return {**self.kept, "tags": [tags[key] for key in order], "kind": kind, **chosen}

    def _taken(self) -> dict[str, Any]:
        """Return the chosen fields as they are written."""
        after = self._after()
        row = clean("customers", {name: after[name] for name in self._chosen})
        # A kind other than 'other' follows from the number and the country.
        given = row | ({"tax_id_kind": OTHER} if after["tax_id_kind"] == OTHER and "tax_id" in row else {})
        if "country" in row and after["tax_id"]:
            given["tax_id"] = after["tax_id"]
        return row | kind_to_write(given, after | row)

    def _must_be_as_shown(self) -> None:
        """Refuse to write over what changed since the merge was shown."""
        present = {row["id"]: row for row in Directory(self._hold).several([self.kept["id"], *self._ids])}
        for shown_then in (self.kept, *self.duplicates):
            now = present[shown_then["id"]]
            changed = [name for name in now if now[name] != shown_then[name]]
            if changed:
                raise MergeRefused(
                    f"{shown_then['display_name']} was changed since this merge was prepared ({', '.join(changed)}). "
                    "Prepare it anew."
                )

    def _must_be_possible(self) -> None:
        ids = [self.kept["id"], *self._ids]
        if len(ids) < 2:
            raise MergeRefused(f"{self.kept['display_name']} is merged with nobody. Name the duplicates.")
        if len(set(ids)) < len(ids):
            twice = next(one["display_name"] for one in self.duplicates if ids.count(one["id"]) > 1)
            raise MergeRefused(
                f"{twice} is named twice in this merge, or is one of them already. Name each customer once."
            )
        for row in self.store.rows(statement("merge_obstacles"), ids=ids, kept=self.kept["id"]):
            name, below = row["display_name"], row["sub_customers"]
            if row["merged_into"] is not None:
                raise MergeRefused(f"{name} was merged already. Prepare the merge anew.")
            if below:
                raise MergeRefused(
                    f"{name} has {below:,} sub-customer{'s' * (below != 1)} and cannot be merged. First give them another "
                    "parent, or make them main customers: book.customers.change(..., parent=None)."
                )
            raise MergeRefused(
                f"{name} is inactive, and nothing can be moved to it. First activate it, or merge the other way round."
            )

    def __str__(self) -> str:
        names = ", ".join(other["display_name"] for other in self.duplicates)
        return (
            f"Merge of {names} into {self.kept['display_name']}: nothing is written until .confirm().\n\n"
            f"What moves\n{self.moves.to_string(index=False, na_rep='')}\n\n"
            f"What is kept, and what is lost\n{self.fields.to_string(index=False, na_rep='')}"
        )

    __repr__ = __str__

    def _repr_html_(self) -> str:
        from html import escape

        names = ", ".join(other["display_name"] for other in self.duplicates)
        said = escape(f"Merge of {names} into {self.kept['display_name']}")
        moves: str = self.moves.to_html(index=False, na_rep="")
        fields: str = self.fields.to_html(index=False, na_rep="")
        return (
            f"<p><b>{said}</b>: nothing is written until <code>.confirm()</code>.</p>"
            f"<p>What moves</p>{moves}<p>What is kept, and what is lost</p>{fields}"
        )
