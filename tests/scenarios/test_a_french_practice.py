"""A law office in Lyon bills a month: fees and a court fee, an agreed discount, an advance, a late payer, an error put right.

Proves C2, C3, M7, S1.22, S4.6, S4.16, S4.24, S4.25, S4.26, S4.27, S4.28.
"""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

import invoicekit as ik
from invoicekit.errors import Incomplete, UndoRefused
from tests.conftest import Ticking


def test_a_french_practice(tmp_path: Path) -> None:
    with ik.open(tmp_path / "etude.duckdb", actor="claire", clock=Ticking()) as book:
        # The office, its series of numbers, and two clients: a company, and a couple that runs it.
        book.seller.change(
            name="Étude Morel", legal_form="SELARL", capital="10 000 €", address="4 quai Jules-Courmont", city="Lyon",
            postal_code="69002", country="France", tax_id="FR83404833048", registration="404833048", register="RCS Lyon",
            iban="FR7630006000011234567890189",
        )  # fmt: skip
        book.series.change(prefix="F{year}-", width=4)
        book.settings.complete_profile = ("address", "city")
        book.users.add("claire", rate="240", tax_rate="20")
        eole = book.customers.add(
            display_name="Éole SAS", company_name="Éole SAS", address="1 rue de la Loge", city="Lyon", country="FR",
            tax_id="FR40303265045", terms="NET_30",
        )  # fmt: skip
        book.customers.add(display_name="M. et Mme Lavigne", terms="DUE_ON_RECEIPT")

        # January: a call, a contract, a filing fee paid out for the client.
        lease = book.matters.open("Bail commercial", number="2026-001", customers=eole, opened_on="2026-01-05")
        book.activities.add(lease, worked="1h30", date="2026-01-08", worked_by="claire", description="Entretien")
        draft_work = book.activities.add(
            lease, worked="4h", date="2026-01-15", worked_by="claire", description="Rédaction du bail"
        )
        book.activities.add(
            lease,
            "disbursement",
            amount="38.50",
            date="2026-01-20",
            receipt="Greffe 118",
            paid_to="Greffe",
            description="Greffe",
        )

        # The draft; one hour is given away, and a late note is offered, not added in silence.
        invoice = book.invoices.draft(lease, date="2026-01-31", subject="Bail commercial")
        book.invoices.write_work(invoice, draft_work, to="720", reason="Trois heures convenues")
        book.activities.add(lease, worked="0h30", date="2026-01-29", worked_by="claire", description="Relecture")
        assert book.invoices.work_since(invoice)["description"].tolist() == ["Relecture"]
        book.invoices.add_work(invoice, book.invoices.work_since(invoice))
        assert book.invoices.totals(invoice) == {
            "lines": Decimal("1238.50"), "discounts": 0, "charges": 0, "net": Decimal("1238.50"), "tax": Decimal("240.00"),
            "total": Decimal("1478.50"), "prepaid": 0, "rounding": 0, "amount_due": Decimal("1478.50"),
        }  # fmt: skip
        # 360 + 720 + 120 at 20 %; the filing fee outside the base.
        assert book.invoices.taxes(invoice)[["tax_category", "base", "tax"]].values.tolist() == [
            ["standard", Decimal(1200), Decimal(240)], ["exempt", Decimal("38.50"), Decimal(0)],
        ]  # fmt: skip

        # French law wants the terms of late payment on it; then it is numbered.
        with pytest.raises(Incomplete, match="late_payment"):
            book.invoices.finalize(invoice)
        book.seller.change(late_payment="3 fois le taux d'intérêt légal ; indemnité forfaitaire de recouvrement : 40 €")
        assert book.invoices.finalize(invoice) == "F2026-0001"
        assert str(book.invoices.get(invoice)["due_date"]) == "2026-03-02"
        with pytest.raises(UndoRefused, match="F2026-0001"):
            book.undo(int(book.operations()["id"].iloc[0]))

        # The couple is told a price with tax, rounded as they were told.
        will = book.invoices.draft(
            customer="M. et Mme Lavigne", lines=[{"description": "Testament", "unit_price": "350", "tax_rate": "20"}],
            prices_include_tax=True, date="2026-01-31",
        )  # fmt: skip
        with pytest.raises(Incomplete, match=r"M\. et Mme Lavigne lacks address, city"):
            book.invoices.finalize(will)
        book.customers.change("M. et Mme Lavigne", address="2 rue Bugeaud", city="Lyon", country="FR")
        book.invoices.finalize(will)
        assert book.invoices.totals(will)["amount_due"] == Decimal("350.00")

        # Éole moves; its invoice keeps the address it was sent to.
        book.customers.change(eole, address="99 cours Lafayette")
        assert book.invoices.changed_since_issue()[["number", "field", "as_issued"]].values.tolist() == [
            ["F2026-0001", "address", "1 rue de la Loge"],
        ]  # fmt: skip

        # A part is paid, one line was wrong: a credit note refers to it and its work is unbilled again.
        book.payments.record(eole, amount="1000", date="2026-02-15", reference="VIR EOLE")
        note = book.invoices.credit(invoice, lines=[4], date="2026-02-20", reason="Relecture offerte")
        assert book.invoices.get(note)["number"] == "F2026-0003"
        assert book.invoices.as_issued(note)["document"]["corrects"] == "F2026-0001"
        assert book.activities.list(state="unbilled")["description"].tolist() == ["Relecture"]
        assert book.reports.open_items(as_of="2026-03-31").df.set_index("number")["amount"].to_dict() == {
            "F2026-0001": Decimal("334.50"), "F2026-0002": Decimal("350.00"),
        }  # fmt: skip

        # The rest comes in, everything is closed, and what was owed in February can still be told.
        book.payments.record(eole, amount="334.50", date="2026-04-02")
        book.payments.record("M. et Mme Lavigne", amount="350", date="2026-04-02")
        book.invoices.close(book.invoices.list().query("kind == 'invoice'"))
        assert book.reports.balances(as_of="2026-04-30").df["balance"].tolist() == [0, 0]
        told = book.customers.explain(eole, as_of="2026-02-28")
        assert told["balance"].tolist()[-1] == Decimal("334.50")
        row = book.reports.realisation(as_of="2026-12-31").df.iloc[0]
        assert (row["recorded"], row["billed"]) == (Decimal("1358.50") - 0, Decimal("1118.50"))
        assert book.check().empty
