"""One rendering for everything: what a document says -> the page -> its PDF, or the PDF with the data inside.

All of it is worked out from what it is given, so that another process can do it as well.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any

from invoicekit.documents.archiving import archivable
from invoicekit.documents.content import Look, invoice_context
from invoicekit.documents.printing import printed
from invoicekit.documents.rendering import render
from invoicekit.einvoices import written

__all__ = ["FORMS", "SUFFIXES", "Making", "file_name", "made", "page", "plain_name"]

FORMS = ("pdf", "facturx", "ubl", "cii")
SUFFIXES = {"pdf": ".pdf", "facturx": ".pdf", "ubl": ".ubl.xml", "cii": ".cii.xml"}


@dataclass(frozen=True, slots=True)
class Making:
    """An invoice that is to be written.

    Attributes
    ----------
    content
        What it says.
    template
        What it is to look like.
    form
        One of `FORMS`.
    """

    content: Mapping[str, Any]
    template: str
    look: Look
    form: str = "pdf"
    language: str | None = None


def page(making: Making) -> str:
    """Return an invoice as HTML."""
    return render(making.template, invoice_context(making.content, making.look, making.language), making.look.own)


def made(making: Making) -> bytes:
    """Return the bytes of an invoice in the form that is wanted; the same ones whenever it is made."""
    if making.form in ("ubl", "cii"):
        return written(making.content, making.form)
    context = invoice_context(making.content, making.look, making.language)
    html = render(making.template, context, making.look.own)
    day, author = date.fromisoformat(making.content["document"]["date"]), context["seller"]["name"] or ""
    pdf = printed(html, title=context["title"], author=author, day=day)
    if making.form == "pdf":
        return pdf
    xml = written(making.content, "cii")
    return archivable(
        pdf, title=context["title"], author=author, subject=making.content["document"].get("subject") or "",
        moment=datetime.combine(day, time()), language=context["t"].tag, attachment=("factur-x.xml", xml),
    )  # fmt: skip


# What Windows takes for a device, whatever follows behind a full stop.
_DEVICE = re.compile(r"(con|prn|aux|nul|(com|lpt)\d) *", re.IGNORECASE)


def file_name(content: Mapping[str, Any], id_: int) -> str:
    """Return what a file of an invoice is called: its number, as far as file systems allow."""
    number = content["document"]["number"]
    return plain_name(number or f"draft {id_}") or f"invoice {id_}"


def plain_name(said: str) -> str:
    """Return a text as every file system takes it for a name: letters, digits and a few marks, a hundred of them at most.

    Examples
    --------
    >>> plain_name("Relevé A/B: 2026?")
    'Relevé A-B- 2026-'
    """
    plain = "".join(one if one.isalnum() or one in "-_. ()" else "-" for one in said)
    name = plain.strip(" .")[:100].strip(" .")
    return f"{name}_" if _DEVICE.fullmatch(name.partition(".")[0]) else name
