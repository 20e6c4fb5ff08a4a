"""Countries, by the names people write in several languages."""

from __future__ import annotations

import re
import unicodedata
from functools import cache

__all__ = ["country_code"]

# Unicode's own names are read in these.
_LANGUAGES = ("en", "fr", "es", "de")

# Names people write that no list of countries holds.
_SPOKEN = {
    "usa": "US",
    "uk": "GB",
    "great britain": "GB",
    "england": "GB",
    "scotland": "GB",
    "wales": "GB",
    "eire": "IE",
    "holland": "NL",
    "czech republic": "CZ",
    "tchequie": "CZ",
}


def country_code(text: str) -> str | None:
    """Return the ISO 3166-1 alpha-2 code a country's name or code means, or nothing for one that is not known.

    Examples
    --------
    >>> country_code("méxico"), country_code("Allemagne"), country_code("fr"), country_code("Atlantis")
    ('MX', 'DE', 'FR', None)

    Notes
    -----
    Source of the names: the Unicode Common Locale Data Repository, by babel.
    """
    return _codes().get(_key(text))


def _key(text: str) -> str:
    folded = unicodedata.normalize("NFKD", text.replace("ß", "ss")).casefold()
    plain = "".join(character for character in folded if not unicodedata.combining(character))
    return re.sub(r"[^a-z0-9]+", " ", plain).strip()


@cache
def _codes() -> dict[str, str]:
    from babel import Locale

    codes = dict(_SPOKEN)
    for language in _LANGUAGES:
        for code, name in Locale(language).territories.items():
            if len(code) == 2 and code.isalpha():
                codes.setdefault(_key(name), code)
                codes.setdefault(code.casefold(), code)
    return codes
