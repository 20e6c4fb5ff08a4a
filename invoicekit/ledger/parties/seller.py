"""Who issues the invoices of the book, and what the law wants said of both sides."""

from __future__ import annotations

import re
import tomllib
from functools import cache
from importlib.resources import files
from typing import Any

import pyarrow as pa

from invoicekit.errors import InvalidValue
from invoicekit.ledger.part import Part, clean
from invoicekit.ledger.parties.tax_ids import misshapen
from invoicekit.schema import TABLES

__all__ = ["Seller", "mentions"]


class Seller(Part):
    """The seller of the book: what every invoice says of it."""

    def get(self) -> dict[str, Any]:
        """Return what is known of the seller; each field is None until it is said."""
        found = self.store.rows("select * exclude (id, operation) from sellers")
        return found[0] if found else dict.fromkeys(name for name in TABLES["sellers"].names if name != "id")

    def change(self, **fields: Any) -> None:
        """Say who sells: name, address, tax id and what else the law of the country wants on an invoice.

        Invoices that were issued keep what they said.

        Raises
        ------
        InvalidValue
            For an unknown field, an empty name, or a tax id that cannot be one of its country.

        Examples
        --------
        >>> import invoicekit as ik, tempfile, pathlib
        >>> book = ik.open(pathlib.Path(tempfile.mkdtemp()) / "acme.duckdb")
        >>> book.seller.change(name="Étude Morel", city="Lyon", country="France", tax_id="FR83404833048")
        >>> book.seller.get()["country"]
        'FR'
        """
        with self.store.operation("change seller") as op:
            given = clean("sellers", fields)
            _must_be_payable(given)
            held = op.rows("select id, name, tax_id, country from sellers")
            after = {**(held[0] if held else {"name": None}), **given}
            if not after["name"]:
                raise InvalidValue("The seller cannot be without a name: it stands on every invoice. Give its name.")
            finding = misshapen(after["tax_id"], after["country"]) if given.get("tax_id") else None
            if finding:
                raise InvalidValue(
                    f"The seller's tax id {after['tax_id']} cannot be right: {finding}. Correct it, or its country."
                )
            if held:
                op.update("sellers", [{"id": held[0]["id"], **given}])
            else:
                op.insert("sellers", [given])
            op.summary = f"{after['name']}: {', '.join(fields)}"


def _must_be_payable(given: dict[str, Any]) -> None:
    """Bring account and bank to the form they are written in, and refuse what is none: an issued invoice could not be mended."""
    from stdnum import iban

    for name in ("iban", "bic"):
        if given.get(name):
            given[name] = "".join(given[name].split()).upper()
    if given.get("iban") and not iban.is_valid(given["iban"]):
        raise InvalidValue(
            f"{given['iban']} is no IBAN: its check digits do not fit. Copy it from a statement of the account."
        )
    if given.get("bic") and not re.fullmatch("[A-Z]{6}[A-Z0-9]{2}([A-Z0-9]{3})?", given["bic"]):
        raise InvalidValue(f"{given['bic']} is no BIC: it has 8 or 11 letters and digits, such as AGRIFRPP.")


@cache
def mentions() -> pa.Table:
    """Return what has to stand on an invoice, by law, a row for each rule of ``mentions.toml``."""
    rules = tomllib.loads((files("invoicekit.ledger.parties") / "mentions.toml").read_text(encoding="utf-8"))["mention"]
    return pa.Table.from_pylist([{"nth": nth, **rule} for nth, rule in enumerate(rules)])
