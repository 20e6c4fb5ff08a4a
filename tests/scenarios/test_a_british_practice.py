"""Two Leeds solicitors share a book: rights, a fixed fee, a client abroad, a bounced payment, a refund, a bad debt, a closed year.

Proves C10, C15, M15, S4.1, S4.3, S4.15, S4.16, S4.17, S4.20, S4.22, S4.25.
"""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

import invoicekit as ik
from invoicekit.errors import IllegalTransition, NotAllowed, PeriodLocked
from tests.conftest import Ticking


def test_a_british_practice(tmp_path: Path) -> None:
    path = tmp_path / "leeds.duckdb"
    with ik.open(path, actor="ann", clock=Ticking(), currency="GBP") as book:
        book.seller.change(
            name="Lee & Marsh LLP", address="1 Park Row", city="Leeds", country="United Kingdom", tax_id="GB980780684"
        )
        book.settings.complete_profile = ("address",)
        harbour = book.customers.add(
            display_name="Harbour Ltd", address="2 Dock Street", country="GB", tax_rate="20", terms="NET_14"
        )
        book.customers.add(
            display_name="Kranich GmbH", address="3 Hafenstraße", country="DE", tax_id="DE136695976", tax_category="reverse_charge",
        )  # fmt: skip
        for name, role, whose in (
            ("ann", "owner", None),
            ("ann", "processing", None),
            ("ben", "owner", "Kranich GmbH"),
            ("ben", "processing", None),
        ):
            if name not in book.users.list()["name"].tolist():
                book.users.add(name, rate="180")
            book.access.grant(name, role, customer=whose)
        conveyance = book.matters.open("Conveyance", customers=harbour, opened_on="2026-01-02")
        book.activities.add(
            conveyance, worked="3h", date="2026-01-12", worked_by="ben", description="Searches and contract"
        )
        fixed = book.invoices.draft(
            conveyance, fee="750", activities=book.activities.list(), date="2026-01-31", subject="Conveyance"
        )

    # Ben may bill his own client, not Ann's.
    with ik.open(path, actor="ben") as book:
        with pytest.raises(
            NotAllowed, match="ben cannot issue invoices for Harbour Ltd: it takes an owner of that customer. Ask ann"
        ):
            book.invoices.finalize(fixed)
        abroad = book.invoices.draft(
            customer="Kranich GmbH", lines=[{"description": "Opinion", "unit_price": "900"}], date="2026-01-31"
        )
        assert book.invoices.finalize(abroad) == "1"
        assert book.invoices.taxes(abroad)[["tax_category", "tax", "reason"]].values.tolist() == [
            ["reverse_charge", 0, "Reverse charge"]
        ]

    with ik.open(path, actor="ann") as book:
        assert book.invoices.finalize(fixed) == "2"
        book.invoices.mark_sent([abroad, fixed], by="post", on="2026-02-01")
        assert book.reports.realisation(as_of="2026-12-31", by="user").df[
            ["user", "recorded", "billed"]
        ].values.tolist() == [["ben", 540, 750]]

        # A cheque bounces; the next payment is too much, and what is over goes back.
        cheque = book.payments.record(harbour, amount="900", date="2026-02-14", method="cheque")
        assert book.invoices.list()["payment_status"].tolist() == ["unpaid", "paid"]
        book.payments.bounce(cheque, on="2026-02-18", reason="Refer to drawer")
        book.payments.record(harbour, amount="1000", date="2026-03-01", invoices=fixed)
        assert book.invoices.list()["payment_status"].tolist() == ["unpaid", "overpaid"]
        book.payments.refund(harbour, amount="100", date="2026-03-03")
        assert book.reports.balances(as_of="2026-03-31").df.set_index("customer")["balance"].to_dict() == {
            "Kranich GmbH": Decimal(900), "Harbour Ltd": Decimal(0),
        }  # fmt: skip
        assert (
            book.reports.aging(as_of="2026-02-16").df.set_index("customer").get("balance", {}).get("Harbour Ltd", 0)
            == 0
        )
        assert book.reports.aging(as_of="2026-02-20").df.set_index("customer").loc["Harbour Ltd", "balance"] == 900

        # Kranich pays two thirds; the rest is given up, the year is closed.
        book.payments.record("Kranich GmbH", amount="600", date="2026-05-04")
        book.invoices.write_off(abroad, reason="Insolvent", on="2026-12-31")
        book.invoices.close([abroad, fixed])
        with pytest.raises(IllegalTransition, match="is closed and cannot be changed"):
            book.invoices.change(fixed, note="late")
        book.settings.lock_date = "2026-12-31"
        with pytest.raises(PeriodLocked):
            book.payments.record("Kranich GmbH", amount="1", date="2026-12-30")

        # What is posted behind the lock all the same is found out.
        book.settings.lock_date = None
        book.payments.record("Kranich GmbH", amount="1", date="2026-12-30", reference="late dividend")
        book.settings.lock_date = "2026-12-31"
        assert book.periods.exceptions()[["customer", "document", "difference"]].values.tolist() == [
            ["Kranich GmbH", "late dividend", -1]
        ]
        assert book.periods.restated()["difference"].tolist() == [-1]
        assert book.check().empty
