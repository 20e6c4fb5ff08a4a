"""Categories of activity: sorts of work that come again, with what is usual for them."""

from __future__ import annotations

from invoicekit.errors import InUse
from invoicekit.ledger.work.named import Named

__all__ = ["Categories"]


class Categories(Named):
    """The categories of activity of a book.

    Examples
    --------
    >>> import invoicekit as ik, tempfile, pathlib
    >>> book = ik.open(pathlib.Path(tempfile.mkdtemp()) / "acme.duckdb")
    >>> hearing = book.categories.add("Hearing", kind="time", description="Hearing at court", rate="320")
    >>> matter = book.matters.open("Lease")
    >>> call = book.activities.add(matter, category="hearing", worked="2h", date="2026-01-05")
    >>> book.activities.get(call)["amount"]
    Decimal('640.0000')
    """

    table = "activity_categories"
    what = "category"
    listed = "book.categories"

    def remove(self, category: int | str) -> None:
        """Take out a category that no activity has.

        Raises
        ------
        InUse
            If one does: make the category inactive instead.
        """
        with self.store.operation("remove category") as op:
            held = self.get(category)
            used = op.rows(
                "select (select count(*) from activities where category = $id) as activities, "
                "(select count(*) from stopwatches where category = $id) as stopwatches",
                id=held["id"],
            )[0]
            if any(used.values()):
                counted = " and ".join(f"{count:,} {what}" for what, count in used.items() if count)
                raise InUse(
                    f"The category {held['name']} cannot be removed: {counted} have it. "
                    f'Make it inactive instead: book.categories.make_inactive("{held["name"]}").'
                )
            op.delete(self.table, [held["id"]])
            op.summary = f"removed {held['name']}"
