"""The texts on screens, in four languages; labels of fields are the registry's."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files

from invoicekit.errors import InvalidValue
from invoicekit.schema import LANGUAGES, TABLES

__all__ = ["Words"]


class Words:
    """What is said on screens, in one language.

    Parameters
    ----------
    language
        ``en``, ``fr``, ``es`` or ``de``.

    Raises
    ------
    InvalidValue
        For another one.

    Examples
    --------
    >>> Words("fr")("saved", time="12:03:04")
    'Enregistré à 12:03:04'
    """

    def __init__(self, language: str = "en") -> None:
        if language not in LANGUAGES:
            raise InvalidValue(f'There are no labels in "{language}". There are: {", ".join(LANGUAGES)}.')
        self.language = language
        self._place = LANGUAGES.index(language)

    def __call__(self, key: str, **given: object) -> str:
        """Return a text, with what is given put into it."""
        return catalogue()[key][self._place].format_map(given)

    def value(self, value: str) -> str:
        """Return how a choice is called, such as the state of an invoice."""
        said = catalogue().get(value)
        if said is None:
            return value.replace("_", " ")
        # A heading may be the same word; within a row it is no heading, and only German writes nouns large.
        word = said[self._place]
        return word if self.language == "de" else word[0].lower() + word[1:]

    def label(self, table: str, field: str) -> str:
        """Return how a field is called."""
        return TABLES[table].field(field).title(self.language)

    def column(self, name: str) -> str:
        """Return the heading of a column that is no field of the registry."""
        return catalogue().get(f"column_{name}", _PLAIN)[self._place] or name.replace("_", " ")

    def count(self, key: str, number: int, **given: object) -> str:
        """Return a text about so many; that about one has a key of its own."""
        return self(f"{key}_one" if number == 1 else key, number=f"{number:,}", **given)


_PLAIN = ["", "", "", ""]


@cache
def catalogue() -> Mapping[str, list[str]]:
    """Return every text by its key, in the order of `LANGUAGES`."""
    text = files("invoicekit.forms.parts").joinpath("words.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)
