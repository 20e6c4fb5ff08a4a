"""HTML -> PDF: the same bytes for the same input, on every machine, and nothing fetched from anywhere."""

from __future__ import annotations

import io
from datetime import date, datetime
from functools import cache
from pathlib import Path
from typing import Any

from invoicekit.errors import InvalidValue

__all__ = ["printed"]

# A font of its own makes a page look alike everywhere. What it lacks (Arabic, Chinese ...) comes from those of the machine.
_FACES = {
    "Regular": "",
    "Semibold": "font-weight: 600;",
    "Bold": "font-weight: 700;",
    "It": "font-style: italic;",
}
_FONTS = "".join(
    f'@font-face {{ font-family: "Source Sans Pro"; src: url("font:{face}"); {style} }}'
    for face, style in _FACES.items()
)


def printed(html: str, *, title: str, author: str, day: date | datetime) -> bytes:
    """Return the PDF of a page of HTML.

    Parameters
    ----------
    html
        All it shows: pictures as data, styles in it.
    title, author
        What the file says of itself.
    day
        When it says it was made; a date is midnight, so that the same document always gives the same bytes.

    Raises
    ------
    InvalidValue
        If it asks for a file, or for something from the internet.
    """
    import plutoprint as engine

    fetcher = _fetcher()
    fetcher.refused.clear()
    page = engine.Book(engine.PAGE_SIZE_A4, engine.PAGE_MARGINS_NONE)
    page.custom_resource_fetcher = fetcher
    # For the engine this character ends a text.
    page.load_html(html.replace("\0", "\ufffd"), user_style=_FONTS)
    moment = f"{day:%Y-%m-%dT%H:%M:%S}Z"
    for name, value in (
        (engine.PDF_METADATA_TITLE, title),
        (engine.PDF_METADATA_AUTHOR, author),
        (engine.PDF_METADATA_CREATOR, "invoicekit"),
        (engine.PDF_METADATA_CREATION_DATE, moment),
        (engine.PDF_METADATA_MODIFICATION_DATE, moment),
    ):
        page.set_metadata(name, value.replace("\0", "\ufffd"))
    stream = io.BytesIO()
    page.write_to_pdf_stream(stream)
    if fetcher.refused:
        raise InvalidValue(
            f"A document cannot show {', '.join(sorted(fetcher.refused))}: it holds what the book holds, and fetches nothing. "
            "Use {{ logo }} (book.seller.change(logo=...)), or write a picture into the template as data:."
        )
    return stream.getvalue()


@cache
def _fetcher() -> Any:
    import plutoprint as engine

    class Fetcher(engine.ResourceFetcher):
        def __init__(self) -> None:
            super().__init__()
            self.refused: set[str] = set()

        def fetch_url(self, url: str) -> Any:
            if url.startswith("font:") and url.removeprefix("font:") in _FACES:
                # Read by the engine itself: what Python gives it, it would give back when the process ends and Python is gone.
                return engine.default_resource_fetcher.fetch_url(_font(url.removeprefix("font:")))
            if url.startswith("data:"):
                return engine.default_resource_fetcher.fetch_url(url)
            self.refused.add(url[:80])
            raise ValueError(f"{url[:80]} is not fetched")

    return Fetcher()


@cache
def _font(face: str) -> str:
    import font_source_sans_pro

    return (Path(font_source_sans_pro.__file__).parent / "files" / f"SourceSansPro-{face}.ttf").as_uri()
