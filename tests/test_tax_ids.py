"""Tax ids: their form is a rule, their check digit is not.

Proves S2.8.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from invoicekit.book import Book
from invoicekit.ledger.parties.tax_ids import misshapen
from tests.workbooks import text_table


@pytest.mark.parametrize(
    ("tax_id", "country"),
    [
        ("XAXX010101000", "MX"), ("XEXX010101000", "MX"), ("GODE561231GR8", "MX"), ("ADV010203AB1", "MX"),
        ("FR40303265045", "FR"), ("fr 40 303 265 045", "FR"), ("GB980780684", "GB"), ("DE136695976", "DE"),
        ("anything", None), ("anything", "ZZ"), ("anything", "Narnia"),
    ],
)  # fmt: skip
def test_S2_8_what_has_the_form_of_its_country_is_accepted(tax_id: str, country: str | None) -> None:
    assert misshapen(tax_id, country) is None


@pytest.mark.parametrize(("tax_id", "country"), [("ABC", "MX"), ("FR4030326504", "FR"), ("12", "GB"), ("DE1", "DE")])
def test_S2_8_what_has_not_is_flagged(tax_id: str, country: str) -> None:
    said = misshapen(tax_id, country)
    assert said is not None
    assert f'tax id "{tax_id}" has not the form of a' in said


def test_S2_8_a_malformed_tax_id_is_imported_with_a_word_and_found_by_check(book: Book, tmp_path: Path) -> None:
    rows = [["Name", "RFC", "Country"], ["Acme", "ABC", "Mexico"], ["Zebra", "XAXX010101000", "Mexico"]]
    receipt = book.imports.read(text_table(tmp_path / "a.csv", rows), into="customers").apply()
    assert receipt.created == {"customers": 2}
    assert receipt.rows["reason"].dropna().tolist() == [
        'tax id "ABC" has not the form of a RFC of MX; it is kept as written'
    ]
    assert book.check()[["check", "record"]].to_dict("list") == {"check": ["tax id"], "record": [1]}
    book.customers.change("Acme", tax_id="GODE561231GR8")
    assert book.check().empty
