"""The code lists of electronic invoices, beside our names."""

from __future__ import annotations

__all__ = [
    "BANK_TO_BE_NAMED",
    "CATEGORIES",
    "CATEGORY_NAMES",
    "COUNTRIES",
    "KINDS",
    "SEPA",
    "UNITS",
    "UNIT_NAMES",
    "VAT_PREFIXES",
    "WHY",
]

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
UNITS = {"hour": "HUR", "minute": "MIN", "second": "SEC", None: "C62"}
UNIT_NAMES = {code: name for name, code in UNITS.items()}
KINDS = {"invoice": "380", "credit_note": "381"}
# Numbers for VAT that begin with a country: of most by its own code, of Greece by another.
VAT_PREFIXES = {
    **{country: country for country in (
        "AT", "BE", "BG", "CY", "CZ", "DE", "DK", "EE", "ES", "FI", "FR", "HR", "HU", "IE", "IT", "LT", "LU", "LV", "MT", "NL",
        "PL", "PT", "RO", "SE", "SI", "SK", "GB", "XI", "CH", "NO",
    )},
    "GR": "EL",
}  # fmt: skip
# Codes people use that are not those of the list (ISO 3166-1, and 1A for Kosovo).
COUNTRIES = {"EL": "GR", "UK": "GB", "XI": "GB", "XK": "1A"}
# Where a SEPA transfer goes to (EPC409-09), and which of it needs the bank named: those outside the European Economic Area.
SEPA = frozenset((
    "AD", "AL", "AT", "BE", "BG", "CH", "CY", "CZ", "DE", "DK", "EE", "ES", "FI", "FR", "GB", "GI", "GR", "HR", "HU", "IE", "IS",
    "IT", "LI", "LT", "LU", "LV", "MC", "MD", "ME", "MK", "MT", "NL", "NO", "PL", "PT", "RO", "RS", "SE", "SI", "SK", "SM", "VA",
))  # fmt: skip
BANK_TO_BE_NAMED = frozenset(("AD", "AL", "CH", "GB", "GI", "MC", "MD", "ME", "MK", "RS", "SM", "VA"))
