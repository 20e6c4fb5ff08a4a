"""Files handed to whoever looks at a screen, and pages shown on it."""

from __future__ import annotations

from base64 import b64encode
from html import escape
from typing import Any

import ipywidgets

from invoicekit.errors import InvalidValue

__all__ = ["link", "page", "picture"]

# Bytes of a file that travels within a page; a browser takes no longer addresses than some megabytes more.
LARGEST = 40_000_000

KINDS = {
    "pdf": "application/pdf",
    "zip": "application/zip",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "csv": "text/csv",
}


def link(name: str, content: bytes, text: str) -> Any:
    """Return a link that saves a file, named after its kind: ``F-1.pdf``.

    Raises
    ------
    InvalidValue
        If it is too large to travel within a page.
    """
    if len(content) > LARGEST:
        raise InvalidValue(f"{name} has {len(content):,} bytes: at most {LARGEST:,} are handed over here. Choose less.")
    kind = KINDS[name.rpartition(".")[2]]
    data = b64encode(content).decode()
    return ipywidgets.HTML(
        f'<p role="status"><a class="ik-download" download="{escape(name)}" href="data:{kind};base64,{data}">{escape(text)}</a></p>'
    )


def page(name: str, html: str, height: str = "46em") -> Any:
    """Return a page of its own, in which nothing runs: neither its style nor anything in it reaches the screen."""
    return ipywidgets.HTML(
        f'<iframe sandbox title="{escape(name)}" srcdoc="{escape(html)}" class="ik-page" style="height: {height}"></iframe>'
    )


def picture(light: str, dark: str, text: str) -> Any:
    """Return a drawing for a light page and for a dark one, and what it shows for those who do not see it."""
    drawn = [(theme, b64encode(svg.encode()).decode()) for theme, svg in (("light", light), ("dark", dark))]
    return ipywidgets.HTML(
        "".join(
            f'<img class="ik-picture ik-{theme}" alt="{escape(text)}" src="data:image/svg+xml;base64,{data}">'
            for theme, data in drawn
        )
    )
