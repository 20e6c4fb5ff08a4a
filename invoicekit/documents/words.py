"""The languages documents are written in: their words, dates, numbers and money."""

from __future__ import annotations

import datetime
import re
import tomllib
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from markupsafe import Markup, escape

from invoicekit import money
from invoicekit.errors import InvalidValue
from invoicekit.schema import LANGUAGES

if TYPE_CHECKING:
    from babel import Locale

__all__ = ["Words", "language_of"]

# What a country writes in, of the languages there are words for.
_SPOKEN = {
    "en": ("GB", "IE", "US", "AU", "NZ", "CA", "ZA", "IN", "SG", "MT"),
    "fr": ("FR", "BE", "LU", "MC", "SN", "CI", "MA", "TN", "DZ"),
    "es": ("ES", "MX", "AR", "CL", "CO", "PE", "UY", "PY", "BO", "EC", "VE", "CR", "PA", "GT", "HN", "NI", "SV", "DO", "CU"),
    "de": ("DE", "AT", "CH", "LI"),
}  # fmt: skip
_BY_COUNTRY = {country: language for language, there in _SPOKEN.items() for country in there}
_ANYWHERE = {"en": "en_001"}


def language_of(buyer: dict[str, Any], seller: dict[str, Any]) -> str:
    """Return the language to write to a buyer in: its own, its country's, the seller's, its country's, or English."""
    return (
        buyer.get("language")
        or _BY_COUNTRY.get(buyer.get("country") or "")
        or seller.get("language")
        or _BY_COUNTRY.get(seller.get("country") or "")
        or "en"
    )


@dataclass(frozen=True, slots=True)
class Words:
    r"""One language, as one country writes it.

    Attributes
    ----------
    language
        One of ``en``, ``fr``, ``es`` and ``de``.
    country
        ISO 3166-1 alpha-2 code: dates and numbers of Mexico are not those of Spain.

    Examples
    --------
    >>> from decimal import Decimal
    >>> Words("es", "MX").money(Decimal("1234.5"), "MXN"), Words("de").percent(Decimal("7.7"))
    ('$1,234.50', '7,7\xa0%')
    """

    language: str
    country: str | None = None

    def __call__(self, name: str, **values: Any) -> str:
        """Return a word or a sentence, its blanks filled in; where there is one for each number, by ``count``.

        Raises
        ------
        InvalidValue
            If there is no such word.
        """
        held = _words().get(name)
        if held is not None and "other" in held:
            held = held[self._locale.plural_form(values["count"])] if self._has_form(held, values) else held["other"]
        text = (held or {}).get(self.language)
        if text is None:
            raise InvalidValue(f'There is no word "{name}" in {self.language}. The words stand in words.toml.')
        if any(isinstance(value, Markup) for value in values.values()):
            return Markup(escape(text)).format(**values)  # noqa: S704 - a word of ours, escaped
        return str(text).format(**values)

    def _has_form(self, held: dict[str, Any], values: dict[str, Any]) -> bool:
        return self._locale.plural_form(values["count"]) in held

    @property
    def _locale(self) -> Locale:
        return _locale(self.language, self.country)

    @property
    def tag(self) -> str:
        """What the language is called in HTML and PDF."""
        return str(self._locale).replace("_", "-")

    def date(self, day: datetime.date | str | None) -> str:
        """Return a day, written out."""
        return self._dated(day, "long")

    def short_date(self, day: datetime.date | str | None) -> str:
        """Return a day as it stands in a table."""
        return self._dated(day, "medium")

    def money(self, amount: Any, currency: str) -> str:
        """Return an amount with its currency, to all of its digits."""
        from babel.numbers import format_currency

        exact = Decimal(amount or 0)
        places = max(money.digits(currency), -int(exact.normalize().as_tuple().exponent))
        pattern = _with_places(self._locale.currency_formats["standard"].pattern, places)
        text = format_currency(
            exact, currency, pattern, self._locale, currency_digits=False, decimal_quantization=False
        )
        # A currency written in letters stands apart from the number (CLDR, currencySpacing).
        return re.sub(r"([A-Z])(?=\d)", "\\1\xa0", text)

    def amount(self, amount: Any, currency: str) -> str:
        """Return an amount without its currency, for a table that says it once."""
        if amount is None:
            return ""
        exact = Decimal(amount)
        places = max(money.digits(currency), -int(exact.normalize().as_tuple().exponent))
        return self._decimal(exact.quantize(Decimal(1).scaleb(-places)))

    def number(self, value: Any) -> str:
        """Return a number to all of its digits, and no more."""
        if value is None:
            return ""
        exact = Decimal(value).normalize()
        return self._decimal(exact if exact.as_tuple().exponent <= 0 else exact.quantize(Decimal(1)))  # type: ignore[operator]

    def hours(self, quantity: Any) -> str:
        """Return hours: as a number where two decimals say it, else by the clock, because 1h20 is no decimal number of hours."""
        exact = Decimal(quantity)
        if exact == exact.quantize(Decimal("0.01")):
            return self("hours", number=self.number(exact))
        minutes, seconds = divmod(int((abs(exact) * 3600).to_integral_value(ROUND_HALF_UP)), 60)
        clock = f"{'-' if exact < 0 else ''}{minutes // 60}:{minutes % 60:02}{f':{seconds:02}' if seconds else ''}"
        return self("hours", number=clock)

    def percent(self, rate: Any) -> str:
        """Return a rate as a percentage."""
        pattern = "{}%" if self.language == "en" or self.country == "MX" else "{}\xa0%"
        return pattern.format(self.number(rate or 0))

    def land(self, code: str | None) -> str:
        """Return the name of a country."""
        return str(self._locale.territories.get(code or "", code or ""))

    def _dated(self, day: datetime.date | str | None, length: str) -> str:
        from babel.dates import format_date

        return format_date(_day(day), length, self._locale) if day else ""

    def _decimal(self, exact: Decimal) -> str:
        from babel.numbers import format_decimal

        places = max(0, -int(exact.as_tuple().exponent))
        pattern = _with_places(self._locale.decimal_formats[None].pattern, places)
        return str(format_decimal(exact, pattern, locale=self._locale, decimal_quantization=False))


@cache
def _locale(language: str, country: str | None) -> Locale:
    from babel import Locale, UnknownLocaleError

    if language not in LANGUAGES:
        raise InvalidValue(f'Documents are written in {", ".join(LANGUAGES)}, not in "{language}".')
    try:
        return Locale.parse(f"{language}_{country}") if country else Locale.parse(_ANYWHERE.get(language, language))
    except (UnknownLocaleError, ValueError):
        return Locale.parse(_ANYWHERE.get(language, language))


def _with_places(pattern: str, places: int) -> str:
    """Return a number's pattern with so many decimals, grouped as the locale groups."""
    return re.sub(r"([#,0]*0)(\.[#0]+)?", lambda found: found[1] + ("." + "0" * places if places else ""), pattern)


@cache
def _words() -> dict[str, Any]:
    return tomllib.loads((files("invoicekit.documents") / "words.toml").read_text(encoding="utf-8"))


def _day(value: datetime.date | str) -> datetime.date:
    return datetime.date.fromisoformat(value) if isinstance(value, str) else value
