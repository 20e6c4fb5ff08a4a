"""An accountant in Guadalajara bills a group of companies with its head office, monthly and once for a project, in pesos.

Proves C2, S1.22, S1.27, S2.8, S2.10, S4.24, S4.28.
"""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

import invoicekit as ik
from invoicekit.errors import Incomplete
from tests.conftest import Ticking


def test_a_mexican_practice(tmp_path: Path) -> None:
    with ik.open(tmp_path / "despacho.duckdb", actor="lucia", clock=Ticking(), currency="MXN") as book:
        book.settings.complete_profile = ()
        book.seller.change(
            name="Despacho Ruiz SC", address="Av. Vallarta 100", city="Guadalajara", postal_code="44100", country="México",
            tax_id="DRU010101AB1", tax_regime="601",
        )  # fmt: skip
        book.series.change(width=7, first=1054)
        book.series.change("credit notes", prefix="NC-", width=4)

        # A head office pays for its branches; the receiver's particulars are those of the CFDI.
        group = book.customers.add(
            display_name="Grupo Norte", tax_id="GNO010101AB1", country="MX", tax_rate="16", terms="NET_15"
        )
        branches = [
            book.customers.add(display_name=f"Sucursal {town}", parent=group, bill_to="parent", tax_rate="16")
            for town in ("Tepic", "Colima")
        ]
        for branch in branches:
            book.recurring.add(
                f"Contabilidad {branch}", branch, starts_on="2026-01-31", subject="Contabilidad {period}",
                lines=[{"description": "Contabilidad {period}", "unit_price": "2500"}],
            )  # fmt: skip
        with pytest.raises(
            Incomplete, match=r"Grupo Norte lacks régimen fiscal \(tax_regime\), postal code of the domicilio fiscal"
        ):
            book.recurring.run(until="2026-01-31", final=True)
        book.customers.change(group, tax_regime="601", postal_code="64000", invoice_use="G03")
        january = book.recurring.run(until="2026-01-31", final=True)
        assert january["number"].tolist() == ["0001054", "0001055"]
        assert book.recurring.run(until="2026-01-31", final=True).empty
        first = int(january["invoice"].iloc[0])
        held = book.invoices.get(first)
        assert (held["customer"], held["billed_for"], held["total"]) == (group, branches[0], Decimal(2900))
        issued = book.invoices.as_issued(first)
        assert (issued["buyer"]["invoice_use"], issued["billed_for"]["display_name"]) == ("G03", "Sucursal Tepic")

        # A project of the branch in Tepic, by the hour, billed with the group too.
        book.users.add("lucia", rate="800", tax_rate="16")
        project = book.matters.open("Precios de transferencia", customers="Sucursal Tepic", opened_on="2026-01-01")
        book.activities.add(project, worked="2h30", date="2026-01-20", worked_by="lucia")
        run = book.invoices.billing_run(date="2026-02-02", by="debtor")
        assert run.df[["billed_to", "net", "tax"]].values.tolist() == [["Grupo Norte", 2000, 320]]
        assert run.finalize() == ["0001056"]

        # The head office pays for everybody in one sum; what is left waits, and goes to what comes next.
        book.payments.record(group, amount="8500", date="2026-02-10", reference="SPEI")
        owed = book.reports.open_items(as_of="2026-02-28").df
        assert owed[["number", "amount"]].values.tolist() == [["SPEI", Decimal(-380)]]
        february = book.recurring.run(until="2026-02-28", final=True)
        assert book.payments.apply(group) == 1
        assert book.reports.balances(as_of="2026-02-28").df["balance"].tolist() == [Decimal(5420)]

        # One of the two was not owed: a credit note in its own series cancels it.
        note = book.invoices.credit(int(february["invoice"].iloc[1]), date="2026-03-01", reason="Sucursal cerrada")
        assert book.invoices.get(note)["number"] == "NC-0001"
        assert book.reports.balances(as_of="2026-03-31").df["balance"].tolist() == [Decimal(2520)]
        assert book.check().empty
