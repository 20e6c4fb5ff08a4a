"""Invoices of all kinds, issued through the public API: what every form of document has to cope with."""

from __future__ import annotations

from typing import Any

from invoicekit.book import Book

FRENCH = {
    "name": "Étude Morel & Fils", "legal_form": "SELARL", "address": "8 rue Mercière", "city": "Lyon", "postal_code": "69002",
    "country": "FR", "tax_id": "FR83404833048", "registration": "404833048", "register": "RCS Lyon", "email": "etude@morel.example",
    "phone": "+33 4 72 00 00 00", "iban": "FR7630006000011234567890189", "bic": "AGRIFRPP", "tax_exemption": None,
    "late_payment": "Pénalités de retard : trois fois le taux d'intérêt légal.",
}  # fmt: skip
_ELSEWHERE = {
    "legal_form": None, "registration": None, "register": None, "bic": None, "late_payment": None,
         "tax_exemption": None, "tax_regime": None,
}  # fmt: skip
SELLERS: dict[str, dict[str, Any]] = {
    "exempt": {**FRENCH, "tax_exemption": "TVA non applicable, art. 293 B du CGI"},
    "british": {**_ELSEWHERE, "name": "Lee & Marsh LLP", "address": "1 Park Row", "city": "Leeds", "postal_code": "LS1 5HD",
                "country": "GB", "tax_id": "GB123456782", "iban": "GB33BUKB20201555555555"},
    "german": {**_ELSEWHERE, "name": "Kanzlei Groß", "address": "Domstraße 3", "city": "Köln",
         "postal_code": "50667", "country": "DE",
               "tax_id": "DE136695976", "iban": None},
    "mexican": {**_ELSEWHERE, "name": "Despacho Puebla SC", "address": "Reforma 12", "city": "Puebla", "postal_code": "72000",
                "country": "MX", "tax_id": "DPU010101AB1", "tax_regime": "601", "iban": None},
    "canarian": {**_ELSEWHERE, "name": "Bufete Teide", "address": "Calle 1", "city": "Santa Cruz", "postal_code": "38001",
                 "country": "ES", "tax_id": "ESB58378431", "iban": "ES9121000418450200051332"},
    "italian": {**_ELSEWHERE, "name": "Studio Rossi", "address": "Via Roma 1", "city": "Torino",
         "postal_code": "10121", "country": "IT",
                "tax_id": "IT00743110157", "iban": None},
    "swiss": {**_ELSEWHERE, "name": "Kanzlei Zürich", "address": "Bahnhofstrasse 1", "city": "Zürich", "postal_code": "8001",
              "country": "CH", "tax_id": "CHE107787577IVA", "iban": "CH9300762011623852957"},
}  # fmt: skip


def line(price: str = "100", rate: str | None = "20", **more: Any) -> dict[str, Any]:
    return {"description": "Advice", "unit_price": price, **({"tax_rate": rate} if rate is not None else {}), **more}


def every_kind(book: Book) -> dict[str, int]:
    """Issue an invoice, or a credit note, of every kind, and return their ids by what they are."""
    book.settings.complete_profile = ()
    book.seller.change(**FRENCH)
    here = book.customers.add(
        display_name="Acme", company_name="Acme SA & Cie", country="FR", address="12 avenue des Champs\nBâtiment C\n3e étage",
        city="Paris", postal_code="75008", tax_id="FR40303265045", email="compta@acme.example", terms="NET_30", tax_rate="20",
    )  # fmt: skip
    customers = {
        "bare": {"display_name": "Nobody in particular"},
        "german": {"display_name": "Muster GmbH", "country": "DE", "address": "Hauptstraße 1", "city": "Berlin",
             "postal_code": "10115",
                   "tax_id": "DE136695976"},
        "american": {"display_name": "Widgets Inc", "country": "US", "address": "1 Main St", "city": "Boston", "region": "MA"},
        "person": {"display_name": "Ana Díaz", "first_name": "Ana", "last_name": "Díaz", "country": "ES",
             "email": "ana@diaz.example",
                   "address": "Calle Mayor 3", "city": "Madrid", "postal_code": "28001"},
        "british": {"display_name": "Broad Ltd", "country": "GB", "address": "3 Broad St", "city": "York",
             "postal_code": "YO1 1AA"},
        "mexican": {"display_name": "Cliente SA", "country": "MX", "tax_id": "ACM010101AB1", "tax_regime": "601",
             "invoice_use": "G03",
                    "postal_code": "06000", "city": "CDMX", "address": "Juárez 1"},
    }  # fmt: skip
    ids = {name: book.customers.add(**fields) for name, fields in customers.items()}
    found: dict[str, int] = {}
    drafts: list[int] = []

    def issue(name: str, lines: list[dict[str, Any]] | None = None, customer: int = here, **more: Any) -> int:
        draft = book.invoices.draft(customer=customer, date="2026-10-31", lines=lines or [line()], **more)
        drafts.append(draft)
        found[name] = draft
        return draft

    plain = issue("plain", subject="Lease")
    issue("two rates", [line(), line("33.33", "5.5"), line("10", "10")])
    issue("priced per hundred", [line("12.3456", price_per="100", quantity="1234", item="A-1")])
    issue("many decimals", [line("0.333333", quantity="3.141593")])
    issue("line discount", [line(quantity="3", discount="12.50")])
    issue("line charge", [line(quantity="3", discount="-7")])
    issue("percentage off", [line("99.99")], discounts=[{"percent": "3", "reason": "Loyalty"}])
    issue("percentage off two rates", [line(), line("50", "5.5")], discounts=[{"percent": "10", "reason": "Loyalty"}])
    issue("freight", charges=[{"amount": "15", "reason": "Freight"}])
    both = issue("discount and freight", [line(), line("20", "10")], discounts=[{"amount": "5", "reason": "Kindness"}],
                 charges=[{"amount": "15", "reason": "Freight"}])  # fmt: skip
    gross = issue("prices with tax", [line("119.99", quantity="3")], prices_include_tax=True)
    issue("prices with tax, two rates, discount", [line("59.90"), line("9.99", "5.5", quantity="7")], prices_include_tax=True,
          discounts=[{"amount": "4.99", "reason": "Voucher"}])  # fmt: skip
    issue("zero rated", [line(rate="0", tax_category="zero_rated")])
    issue("exempt", [line(rate=None, tax_category="exempt")], tax_reason="Article 261, 4, 4° du CGI")
    issue("taxed and exempt", [line(), line(rate=None, tax_category="exempt")], tax_reason="Article 261 du CGI")
    reverse = issue("reverse charge", [line(rate=None, tax_category="reverse_charge")], ids["german"])
    issue("intra-Community supply", [line(rate=None, tax_category="intra_community")], ids["german"])
    issue("export", [line(rate=None, tax_category="export")], ids["american"])
    issue("not subject to tax", [line(rate=None, tax_category="not_subject")])
    issue("negative line", [line("500"), line("-80")])
    issue("taken back by quantity", [line("500"), line("80", quantity="-1")])
    issue("free line", [line(), line("0")])
    issue(
        "odd characters",
        [line(description="<b>5 > 3</b> & \"quotes\" 'all'\nsecond line\n北京 مرحبا 🙂")],
        note="]]> &amp; <!-- -->",
    )
    issue("order and note", purchase_order="PO-7", note="Thank you\nfor everything")
    issue("dinars of three digits", [line("10.001", "7")], currency="TND")
    issue("yen", [line("1234", "10")], currency="JPY")
    issue("a person", customer=ids["person"])
    branch = book.customers.add(display_name="Acme Nord", parent=here, bill_to="parent", tax_rate="20")
    issue("for a branch", customer=branch)
    issue("120 lines", [line(f"{nth}.{nth:02}") for nth in range(1, 100)] + [line("7.77", "5.5") for _ in range(21)])
    matter = book.matters.open("Lease", customers=here, number="M-1", rate="240")
    for day, worked in ((3, "1h20"), (9, "0h10"), (20, "2h")):
        book.activities.add(matter, worked=worked, date=f"2026-10-{day:02}", description="Call")
    book.activities.add(matter, "expense", amount="45.10", tax_rate="10", date="2026-10-10", description="Train")
    work = book.invoices.draft(matter, date="2026-10-31")
    drafts.append(work)
    found["work of a month"] = work
    more = [book.activities.add(matter, worked="1h", date="2026-10-21", description="Draft") for _ in range(2)]
    fee = book.invoices.draft(matter, activities=more, fee="333.33", date="2026-10-31")
    book.invoices.finalize_all([*drafts, fee])
    found["fixed fee over work"] = fee
    found["credit note"] = book.invoices.credit(plain, reason="Mistake", date="2026-11-02")
    found["credit of a line"] = book.invoices.credit(both, lines=[2], date="2026-11-02")
    found["credit of an amount"] = book.invoices.credit(found["two rates"], amount="17.20", date="2026-11-02")
    found["credit of prices with tax"] = book.invoices.credit(gross, date="2026-11-02")
    found["credit of a reverse charge"] = book.invoices.credit(reverse, date="2026-11-02")
    found["credit of work"] = book.invoices.credit(work, date="2026-11-02")

    def elsewhere(name: str, seller: str, lines: list[dict[str, Any]], customer: int, **more: Any) -> None:
        book.seller.change(**SELLERS[seller])
        draft = book.invoices.draft(customer=customer, date="2026-11-05", lines=lines, **more)
        book.invoices.finalize(draft)
        found[name] = draft

    elsewhere("seller exempt from tax", "exempt", [line(rate=None)], here)
    elsewhere("British", "british", [line("250", "20")], ids["british"], currency="GBP")
    elsewhere("German without account", "german", [line("250", "19"), line("9", "7")], ids["german"])
    elsewhere("buyer of no address", "german", [line("50", "19")], ids["bare"])
    elsewhere("Mexican", "mexican", [line("1500", "16")], ids["mexican"], currency="MXN")
    elsewhere("Canary Islands", "canarian", [line("80", "7", tax_category="igic")], ids["person"])
    elsewhere("Ceuta", "canarian", [line("80", "4", tax_category="ipsi")], ids["person"])
    elsewhere("Italian split payment", "italian", [line("80", "22", tax_category="split_payment")], ids["bare"])
    elsewhere("Swiss rounding", "swiss", [line("33.33", "8.1")], ids["bare"], currency="CHF", smallest_coin="0.05")
    book.seller.change(**FRENCH)
    return found
