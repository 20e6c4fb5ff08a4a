"""Electronic invoices: what a document says <-> UBL and CII (EN 16931).

Writing and reading XML is the work of the library factur-x; what goes into the terms of the standard, and what they mean, is ours.
A document is a dict as ``invoices.as_issued`` gives it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from invoicekit import money
from invoicekit.einvoices.reading import content_of, read_terms, read_xml
from invoicekit.einvoices.terms import terms
from invoicekit.errors import Incomplete

__all__ = ["content_of", "read_terms", "read_xml", "terms", "written"]


def written(content: Mapping[str, Any], form: str) -> bytes:
    """Return a document as XML; the same document always gives the same bytes.

    Parameters
    ----------
    content
        What it says, as `invoices.as_issued` gives it.
    form
        ``ubl`` (OASIS UBL 2.1) or ``cii`` (UN/CEFACT D22B), both of the EN 16931 profile.

    Raises
    ------
    Incomplete
        If it lacks what an electronic invoice cannot do without.

    Notes
    -----
    Source: EN 16931-1 (semantic model), CEN/TS 16931-3-2 (UBL) and 16931-3-3 (CII).
    """
    import facturx

    _must_have_room(content, form)
    flavor = {"ubl": "ubl-2.1", "cii": "factur-x"}[form]
    xml: bytes = facturx.generate_xml(
        terms(content), flavor=flavor, level="en16931", check_xsd=False, check_schematron=False
    )
    return xml


def _must_have_room(content: Mapping[str, Any], form: str) -> None:
    """Refuse what the standard, or its form, has no room for."""
    document = content["document"]
    if money.digits(document["currency"]) > 2:
        raise Incomplete(
            f"{document['number']} is in {document['currency']}, whose amounts have "
            f"{money.digits(document['currency'])} decimals: EN 16931 "
            "has room for two (BR-DEC), so there is no electronic invoice of it. Print it."
        )
    if form == "cii" and any(tax["tax_category"] == "split_payment" for tax in content["taxes"]):
        raise Incomplete(
            f"{document['number']} is taxed by split payment, which Factur-X has no code for. Write it as ubl."
        )
