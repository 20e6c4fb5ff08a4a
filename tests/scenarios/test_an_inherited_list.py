"""A bookkeeper inherits a messy customer list, puts it right, and loses nothing.

Proves C4, C17, M3, M4, M10, M12, S1.40, S1.43, S1.44, S2.4, S2.13.
"""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

from invoicekit.book import Book

LIST = """Customer number,Name,Street,City,Phone,Country,Tax id,Tags
C-1,Café Régalin,12 rue de la Gare,Lyon,04 78 12 34 56,FR,FR40303265045,food
C-2,CAFE REGALIN,12 r. de la Gare,Lyon,,FR,,
C-3,Bernasch Travaux,3 avenue Foch,Lyon,04 72 11 11 11,FR,,building; slow
C-4,Bernasch Nord,3 avenue Foch,Lyon,04 72 11 11 11,FR,,building
C-5,Morand & fils,,Vienne,,FR,12,
"""
INVOICES = """Invoice no,Customer number,Date,Total
501,C-1,2026-09-03,120.00
501,C-2,2026-09-10,80.00
502,C-2,2026-09-20,40.50
503,C-3,2026-09-21,999.99
"""


def test_an_inherited_list_is_put_right(book: Book, tmp_path: Path) -> None:
    # The list and the invoices of the office before are imported as they are.
    for name, text in (("customers", LIST), ("invoices", INVOICES)):
        path = tmp_path / f"{name}.csv"
        path.write_text(text, encoding="utf-8")
        receipt = book.imports.read(path, into=name, source="old office").apply()
        assert not sum(receipt.rejected.values())

    # Somebody prints what is owed at the end of September, and signs it.
    signed = book.reports.balances(as_of="2026-09-30").df
    signed_after = int(book.operations()["id"].iloc[0])
    assert dict(zip(signed["customer"], signed["balance"], strict=True)) == {
        "Bernasch Travaux": Decimal("999.99"),
        "Café Régalin": Decimal(120),
        "CAFE REGALIN": Decimal("120.50"),
    }

    # The list shows what each customer lacks, and what is odd about it.
    missing = book.customers.list().set_index("customer")["missing"]
    assert missing["Morand & fils"] == ["phone", "address"]
    assert (
        "has not the form of a VAT number"
        in book.customers.review("Morand & fils").set_index("field").loc["tax_id", "warning"]
    )

    # The café stands there twice; the two firms of Mr Bernasch are two, and nobody proposes to merge them.
    proposed = book.customers.duplicates()
    assert proposed["customer"].tolist() == ["CAFE REGALIN", "Café Régalin"]
    assert "address" in proposed["reasons"].dropna().iloc[0]

    # Before anything is merged, the bookkeeper sees what would move and what would be lost.
    merge = book.customers.merge("CAFE REGALIN", into="Café Régalin")
    moves = merge.moves.set_index("table")
    assert (moves.loc["invoices", "rows"], moves.loc["invoices", "amount"]) == (2, Decimal("120.50"))
    assert merge.fields["loses"].tolist() == ["CAFE REGALIN", "12 r. de la Gare"]
    merged = merge.confirm()

    # One café is left, with its own profile and everything that was owed; both invoices 501 are still there.
    assert book.customers.list()["customer"].tolist() == [
        "Bernasch Nord",
        "Bernasch Travaux",
        "Café Régalin",
        "Morand & fils",
    ]
    cafe = book.reports.open_items().df.query("customer == 'Café Régalin'")
    assert sorted(cafe["number"]) == ["501", "501", "502"]
    assert sum(book.reports.balances(as_of="2026-09-30").df["balance"]) == sum(signed["balance"])

    # The same files come again from the old office by mistake: nothing happens twice.
    for name in ("customers", "invoices"):
        again = book.imports.read(tmp_path / f"{name}.csv", into=name, source="old office").apply()
        assert not sum(again.created.values())

    # The other things are put right in the list, too.
    book.customers.change("Morand & fils", address="8 quai Riondet", phone="04 74 00 00 00", tax_id="732829320")
    assert book.customers.get("Morand & fils")["tax_id_kind"] == "siren"

    # What was signed is reproduced to the cent, whatever was done since.
    then = book.reports.balances(as_of="2026-09-30", known_at=signed_after).df
    assert then.equals(signed)
    assert "CAFE REGALIN" in book.at(signed_after).customers.list()["customer"].tolist()

    # The book says who did what, and what was before.
    story = book.history(2)
    assert story.query("field == 'merged_into'")[["actor", "kind", "after"]].values.tolist() == [
        ["ana", "merge customers", "1"]
    ]

    # It was a mistake after all: the merge is taken back, and both are there again with all that was theirs.
    undone = book.undo(merged)
    assert undone.kept.empty
    assert book.reports.balances(as_of="2026-09-30").df.equals(signed)
    differing = book.diff(book.at(merged - 1)).query("table in ('customers', 'invoices', 'entries')")
    assert set(differing["name"]) == {"Morand & fils"}
    assert book.check().empty
