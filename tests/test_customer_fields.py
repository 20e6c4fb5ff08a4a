"""What is kept of a customer: addresses, tags, further fields, tax ids, leads and contacts, what is missing.

Proves C2, S0.4, S0.5, S0.6, S0.7, S0.11, S1.4, S1.6, S1.19, S1.25, S2.4, S2.5, S2.7, S2.8, S2.9, S2.10, S2.11.
"""

from __future__ import annotations

from pathlib import Path

import pytest

import invoicekit as ik
from invoicekit.book import Book
from invoicekit.errors import InvalidValue, NotFound
from invoicekit.ledger.part import statement
from invoicekit.schema import TABLES
from tests.conftest import empty_book

EVERYTHING = {
    "display_name": "Acme SA", "company_name": "Acme Sociedad Anónima", "first_name": "Ana", "last_name": "Núñez",
    "external_id": "00012", "email": "ana@acme.example", "phone": "+52 222 123", "mobile": "1", "fax": "2",
    "website": "acme.example", "address": "Calle 1", "city": "Puebla", "region": "Puebla", "postal_code": "01234",
    "country": "MX", "shipping_address": "Muelle 2", "shipping_city": "Veracruz", "shipping_region": "Veracruz",
    "shipping_postal_code": "09123", "shipping_country": "MX", "tax_id": "ACM010101AB1", "line_of_business": "Pumps",
    "currency": "MXN", "terms": "NET_30", "payment_method": "transfer", "category": "industry",
    "tags": ["vip", "north"], "notes": "pays late", "extra": {"Agent": "Ann"}, "bill_to": "self", "kind": "customer",
}  # fmt: skip


def test_S0_7_every_field_is_kept_as_it_was_given(book: Book) -> None:
    acme = book.customers.add(**EVERYTHING)
    book.close()
    with ik.open(book.address) as again:
        held = again.customers.get(acme)
    assert {name: held[name] for name in EVERYTHING} == EVERYTHING
    assert held["tax_id_kind"] == "rfc"


def test_S1_4_only_the_name_is_needed_and_the_rest_is_checked(book: Book) -> None:
    book.customers.add(display_name="Just a name")
    with pytest.raises(InvalidValue, match='terms wants NET_30, END_OF_MONTH_15 or DUE_ON_RECEIPT, not "soon"'):
        book.customers.add(display_name="Other", terms="soon")
    assert len(book.customers.list()) == 1


def test_S1_6_a_customer_can_be_used_at_once(book: Book) -> None:
    acme = book.customers.add(display_name="Acme")
    assert book.customers.possible_parents(text="ac")["id"].tolist() == [acme]
    book.invoices.record("Acme", number="1", date="2026-01-01", total="1")


def test_S1_19_a_sub_customer_has_its_own_name_and_address(book: Book) -> None:
    acme = book.customers.add(display_name="Acme", address="Calle 1")
    north = book.customers.add(display_name="North", parent=acme, address="Calle 2")
    book.customers.change(north, address="Calle 3")
    assert book.customers.get(acme)["address"] == "Calle 1"


def test_S1_25_a_new_name_shows_everywhere_at_once(book: Book) -> None:
    acme = book.customers.add(display_name="Acme")
    book.invoices.record(acme, number="1", date="2026-01-01", total="1")
    book.customers.change(acme, display_name="Acme Group")
    assert book.customers.list()["customer"].tolist() == ["Acme Group"]
    assert book.invoices.list()["customer"].tolist() == ["Acme Group"]
    assert book.reports.balances().df["customer"].tolist() == ["Acme Group"]


# Leads and contacts


def test_S0_4_a_lead_is_no_customer_until_it_is_converted(book: Book) -> None:
    lead = book.customers.add(display_name="Lea", kind="lead")
    assert book.reports.balances().df.empty
    assert book.reports.inactive_customers().df.empty
    assert book.customers.list(kind="customer").empty
    assert book.customers.list(kind="lead")["id"].tolist() == [lead]
    assert book.customers.convert(lead) == lead
    assert book.customers.list(kind="customer")["id"].tolist() == [lead]


@pytest.mark.parametrize("kind", ["lead", "contact"])
def test_S0_4_the_first_invoice_makes_a_customer_of_the_same_id(book: Book, kind: str) -> None:
    lead = book.customers.add(display_name="Lea", kind=kind)
    book.invoices.record(lead, number="1", date="2026-01-01", total="1")
    assert book.customers.get("Lea") | {} == book.customers.get(lead)
    assert book.customers.get(lead)["kind"] == "customer"
    book.undo(int(book.operations()["id"].iloc[0]))
    assert book.customers.get(lead)["kind"] == kind


def test_S0_4_who_was_billed_stays_a_customer(book: Book) -> None:
    acme = book.customers.add(display_name="Acme")
    book.invoices.record(acme, number="1", date="2026-01-01", total="1")
    with pytest.raises(InvalidValue, match="Acme stays a customer: it has 1 invoice. Make it inactive"):
        book.customers.change(acme, kind="lead")


def test_S0_4_an_imported_invoice_makes_a_lead_a_customer(book: Book, tmp_path: Path) -> None:
    book.customers.add(display_name="Lea", kind="lead")
    path = tmp_path / "invoices.csv"
    path.write_text("Invoice no,Customer,Date,Total\n1,Lea,2026-01-05,10\n", encoding="utf-8")
    receipt = book.imports.read(path, into="invoices").apply()
    assert book.customers.get("Lea")["kind"] == "customer"
    book.undo(receipt)
    assert book.customers.get("Lea")["kind"] == "lead"


def test_S0_5_a_contact_becomes_a_customer_with_its_fields_and_is_no_second_contact(book: Book) -> None:
    ann = book.customers.add(display_name="Ann Lee", kind="contact", email="ann@example.org", phone="1")
    assert book.customers.list().empty
    assert book.customers.convert("Ann Lee") == ann
    assert book.customers.list()[["id", "email", "phone"]].values.tolist() == [[ann, "ann@example.org", "1"]]
    assert book.customers.contacts()["id"].tolist() == [ann]


def test_S0_6_S0_11_a_new_customer_is_among_the_contacts_at_once_under_the_same_number(book: Book) -> None:
    acme = book.customers.add(display_name="Acme")
    assert book.sql("select id, name, kind from contacts").values.tolist() == [[acme, "Acme", "customer"]]
    assert book.customers.list()["id"].tolist() == [acme]


def test_people_at_a_customer_are_added_changed_and_removed(book: Book) -> None:
    acme = book.customers.add(display_name="Acme")
    ann = book.people.add("Acme", "Ann Lee", role="CFO", email="ann@acme.example")
    book.people.add(acme, "Bob")
    book.people.change(ann, role="CEO", email=None)
    assert book.people.list(acme)[["name", "role"]].values.tolist()[0] == ["Ann Lee", "CEO"]
    book.people.remove(ann)
    assert book.people.list()["name"].tolist() == ["Bob"]
    book.undo(int(book.operations()["id"].iloc[0]))
    assert book.people.list()["name"].tolist() == ["Ann Lee", "Bob"]
    with pytest.raises(InvalidValue, match="A contact person needs a name"):
        book.people.change(ann, name=" ")
    with pytest.raises(NotFound, match="There is no contact person 9. book.people.list"):
        book.people.remove(9)


# What is missing


def test_C2_S2_4_the_complete_profile_is_asked_for_and_never_keeps_from_saving(book: Book) -> None:
    acme = book.customers.add(display_name="Acme", phone="1")
    assert book.customers.list()["missing"].tolist()[0] == ["address"]
    book.settings.complete_profile = ["phone", "tax_id", "tags"]
    assert book.customers.list()["missing"].tolist()[0] == ["tax_id", "tags"]
    assert book.customers.missing(book.customers.get(acme)) == ["tax_id", "tags"]
    book.settings.complete_profile = []
    assert book.customers.list()["missing"].tolist()[0] == []
    with pytest.raises(InvalidValue, match='Customers have no field "colour". The fields are: '):
        book.settings.complete_profile = ["colour"]


def test_C2_every_field_of_the_form_can_be_asked_for(book: Book) -> None:
    query = statement("customers_found")
    for field in TABLES["customers"].fillable:
        if field.section and field.name != "display_name":
            assert f"when {field.name} is null then '{field.name}'" in query


def test_S2_7_the_review_lists_all_values_and_what_looks_odd(book: Book) -> None:
    book.customers.add(display_name="Group")
    acme = book.customers.add(display_name="Acme", country="FR", tax_id="FR40303265046", tags="a, b", parent="Group")
    review = book.customers.review(acme).set_index("field")
    assert review.loc["tags", "value"] == "a, b"
    assert review.loc["parent", "value"] == "Group"
    assert review.loc["phone", "warning"] == "missing: the customer is incomplete without it"
    assert "look for a slip of the pen" in review.loc["tax_id", "warning"]
    assert list(review.index) == [field.name for field in TABLES["customers"].fillable if field.section]


# Tags, further fields, sorting


def test_S2_11_one_category_and_many_tags_to_list_by(book: Book) -> None:
    book.customers.add(display_name="A", category="industry", tags="VIP; north , vip")
    book.customers.add(display_name="B", category="Industry", tags=["south"])
    book.customers.add(display_name="C")
    assert book.customers.get("A")["tags"] == ["VIP", "north"]
    assert book.customers.list(tag="vip")["customer"].tolist() == ["A"]
    assert book.customers.list(category="industry")["customer"].tolist() == ["A", "B"]
    counted = "select tag, count(*) as n from (select unnest(tags) as tag from customers) group by tag order by tag"
    assert book.sql(counted).values.tolist() == [
        ["VIP", 1], ["north", 1], ["south", 1],
    ]  # fmt: skip


def test_S2_11_tags_come_in_with_a_file_and_once_each(book: Book, tmp_path: Path) -> None:
    path = tmp_path / "c.csv"
    path.write_text('Name,Tags\nA,"vip, north; VIP"\nB,\n', encoding="utf-8")
    book.imports.read(path, into="customers").apply()
    assert book.customers.get("A")["tags"] == ["VIP", "north"] or book.customers.get("A")["tags"] == ["vip", "north"]
    assert book.customers.get("B")["tags"] == []
    assert not sum(book.imports.read(path, into="customers").apply().updated.values())


@pytest.mark.parametrize("tags", [3, [1, 2]])
def test_tags_are_words(book: Book, tags: object) -> None:
    with pytest.raises(InvalidValue, match="tags wants a list of words, not"):
        book.customers.add(display_name="A", tags=tags)


def test_S2_5_further_fields_and_notes_are_kept_as_they_are(book: Book) -> None:
    acme = book.customers.add(
        display_name="Acme", extra={"Agent": "Ann", "Since": 2019, "Nothing": None}, notes="line\nline"
    )
    assert book.customers.get(acme)["extra"] == {"Agent": "Ann", "Since": "2019"}
    book.customers.change(acme, extra=None)
    assert book.customers.get(acme)["extra"] == {}
    with pytest.raises(InvalidValue, match="extra wants further fields as a dict of texts"):
        book.customers.change(acme, extra="Agent")


def test_S2_9_line_of_business_groups_a_report(book: Book) -> None:
    for name, business, amount in (("A", "Pumps", "10"), ("B", "Pumps", "20"), ("C", "Ships", "5")):
        book.customers.add(display_name=name, line_of_business=business)
        book.invoices.record(name, number=name, date="2026-01-01", total=amount)
    grouped = book.sql(
        "select line_of_business, sum(balance) as balance from balances join customers on customers.id = customer_id "
        "group by line_of_business order by 1"
    )
    assert grouped.astype(str).values.tolist() == [["Pumps", "30.0000"], ["Ships", "5.0000"]]


def test_S2_10_terms_make_the_due_date_and_the_preferred_method_is_kept(book: Book) -> None:
    acme = book.customers.add(display_name="Acme", terms="END_OF_MONTH_15", payment_method="transfer")
    invoice = book.invoices.record(acme, number="1", date="2026-01-10", total="1")
    assert str(book.invoices.get(invoice)["due_date"]) == "2026-02-15"
    assert book.customers.get(acme)["payment_method"] == "transfer"


# Tax ids


@pytest.mark.parametrize(
    ("tax_id", "country", "kind"),
    [
        ("ACM010101AB1", "MX", "rfc"),
        ("VECJ880326XK4", "MX", "rfc"),
        ("XAXX010101000", "MX", "rfc"),
        ("XEXX010101000", "MX", "rfc"),
        ("FR 40 303265045", "FR", "eu_vat"),
        ("732829320", "FR", "siren"),
        ("73282932000074", "FR", "siret"),
        ("DE136695976", "DE", "eu_vat"),
        ("DE136695976", None, "eu_vat"),
        ("GB 980 7806 84", "GB", "gb_vat"),
        ("12-3456789", "US", "ein"),
        ("whatever", "ZZ", None),
    ],
)
def test_S2_8_the_kind_of_a_tax_id_follows_the_country(
    book: Book, tax_id: str, country: str | None, kind: str | None
) -> None:
    held = book.customers.get(book.customers.add(display_name="A", tax_id=tax_id, country=country))
    assert (held["tax_id"], held["tax_id_kind"]) == (tax_id, kind)
    assert book.check().empty


@pytest.mark.parametrize(
    ("tax_id", "country", "name"), [("12", "MX", "RFC"), ("123", "FR", "VAT number or SIREN or SIRET")]
)
def test_S2_8_the_form_is_a_rule_with_a_way_out(book: Book, tax_id: str, country: str, name: str) -> None:
    said = (
        f'tax id "{tax_id}" has not the form of a {name} of {country}. Correct it or the country; to keep it as written'
    )
    with pytest.raises(InvalidValue, match=said):
        book.customers.add(display_name="A", tax_id=tax_id, country=country)
    acme = book.customers.add(display_name="A", tax_id=tax_id, country=country, tax_id_kind="other")
    assert book.customers.get(acme)["tax_id_kind"] == "other"
    assert book.check().empty
    book.customers.change(acme, phone="1")
    book.customers.change(acme, tax_id="13")
    assert book.customers.get(acme)["tax_id_kind"] == "other"


def test_S2_8_a_change_of_country_is_never_in_the_way_of_the_tax_id(book: Book) -> None:
    acme = book.customers.add(display_name="A", tax_id="ACM010101AB1", country="MX")
    book.customers.change(acme, country="FR")
    assert book.customers.get(acme)["tax_id_kind"] is None
    assert "tax id" in book.check()["check"].tolist()
    book.customers.change(acme, tax_id="732829320")
    assert book.customers.get(acme)["tax_id_kind"] == "siren"
    book.customers.change(acme, tax_id=None)
    assert book.customers.get(acme)["tax_id_kind"] is None


def test_S2_8_a_kind_that_is_not_the_numbers_own_is_refused(book: Book) -> None:
    with pytest.raises(InvalidValue, match="732829320 is not of kind siret in FR but siren"):
        book.customers.add(display_name="A", tax_id="732829320", country="FR", tax_id_kind="siret")


def test_S2_8_an_import_keeps_what_has_another_form_and_says_so(book: Book, tmp_path: Path) -> None:
    path = tmp_path / "c.csv"
    path.write_text("Name,Country,Tax id\nA,MX,12\nB,MX,ACM010101AB1\n", encoding="utf-8")
    receipt = book.imports.read(path, into="customers").apply()
    assert receipt.rows["reason"].dropna().tolist() == [
        'tax id "12" has not the form of a RFC of MX; it is kept as written'
    ]
    assert book.sql("select tax_id, tax_id_kind from customers order by id").fillna("").values.tolist() == [
        ["12", ""], ["ACM010101AB1", "rfc"],
    ]  # fmt: skip


def test_S2_5_everything_is_exported_and_can_be_imported_again(book: Book, tmp_path: Path) -> None:
    main = book.customers.add(display_name="Main")
    book.customers.add(**EVERYTHING, parent=main)
    gone = book.customers.add(display_name="Gone", extra={"Agent": "Bob", "Name": "not this one"})
    book.customers.make_inactive(gone, since="2026-03-01")
    table = book.customers.table()
    assert table["Name"].tolist() == ["Acme SA", "Gone", "Main"]
    assert table["Agent"].fillna("").tolist() == ["Ann", "Bob", ""]
    table.to_excel(tmp_path / "customers.xlsx", index=False)
    with ik.open(empty_book(tmp_path / "other.duckdb")) as other:
        other.imports.read(tmp_path / "customers.xlsx", into="customers").apply()
        for name in ("Acme SA", "Gone", "Main"):
            held, original = other.customers.get(name), book.customers.get(name)
            same = set(held) - {"id", "parent", "source", "extra"}
            assert {key: held[key] for key in same} == {key: original[key] for key in same}
        assert other.customers.get(other.customers.get("Acme SA")["parent"])["display_name"] == "Main"


def test_a_country_is_known_by_its_names_and_kept_where_it_is_not(book: Book) -> None:
    for written, held in (("france", "FR"), ("Allemagne", "DE"), ("mx", "MX"), ("Frnace", "Frnace")):
        acme = book.customers.add(display_name=written, country=written)
        assert book.customers.get(acme)["country"] == held
    review = book.customers.review("Frnace").set_index("field")
    assert review.loc["country", "warning"] == "not a country known by that name; it is kept as written"
    book.customers.change("mx", email="not an address", currency="mxn", terms="net 30")
    assert book.customers.review("mx").set_index("field").loc["email", "warning"].startswith("not an e-mail address")
    assert [book.customers.get("mx")[name] for name in ("currency", "terms")] == ["MXN", "NET_30"]
