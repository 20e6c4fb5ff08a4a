"""The code lists of electronic invoices, beside our names."""

from __future__ import annotations

__all__ = ["CATEGORIES", "CATEGORY_NAMES", "KINDS", "UNITS", "UNIT_NAMES", "VAT_PREFIXES", "WHY"]

# UNTDID 5305, as EN 16931 restricts it.
CATEGORIES = {
    "standard": "S", "zero_rated": "Z", "exempt": "E", "reverse_charge": "AE", "intra_community": "K", "export": "G",
    "not_subject": "O", "igic": "L", "ipsi": "M", "split_payment": "B",
}  # fmt: skip
CATEGORY_NAMES = {code: name for name, code in CATEGORIES.items()}
# Code list VATEX of the CEF: why no tax is charged.
WHY = {
    "reverse_charge": "VATEX-EU-AE",
    "intra_community": "VATEX-EU-IC",
    "export": "VATEX-EU-G",
    "not_subject": "VATEX-EU-O",
}
# UN/ECE Recommendation 20.
UNITS = {"hour": "HUR", None: "C62"}
UNIT_NAMES = {code: name for name, code in UNITS.items()}
KINDS = {"invoice": "380", "credit_note": "381"}
# Member states whose VAT numbers do not begin with the code of the country.
VAT_PREFIXES = {"GR": "EL"}
