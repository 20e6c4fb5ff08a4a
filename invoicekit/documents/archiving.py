"""A PDF -> PDF/A-3b, with the invoice's XML inside where there is one: Factur-X, which the Germans call ZUGFeRD.

The same input gives the same bytes. What cairo, which draws the pages, writes and the standard does not allow is put right; streams
are copied as they are.

Notes
-----
Source: ISO 19005-3 (PDF/A-3), level B; Factur-X 1.0, chapter 6.
"""

from __future__ import annotations

import io
import re
import zlib
from datetime import datetime
from functools import cache
from typing import TYPE_CHECKING, Any
from xml.sax.saxutils import escape

if TYPE_CHECKING:
    import pikepdf

__all__ = ["archivable"]

# The flag of an annotation that is printed with its page (ISO 32000-1, table 165).
_PRINTED = 4
_NAMESPACE = "urn:factur-x:pdfa:CrossIndustryDocument:invoice:1p0#"
_PROFILE = "EN 16931"
# What Factur-X says of itself in the file; a PDF/A has to explain it.
_SAID = {
    "DocumentType": "INVOICE",
    "DocumentFileName": "",
    "Version": "1.0",
    "ConformanceLevel": _PROFILE,
}
_EXPLAINED = {
    "DocumentType": "What the attached XML is",
    "DocumentFileName": "Name of the attached XML",
    "Version": "Version of the schema the attached XML follows",
    "ConformanceLevel": "Profile the attached XML conforms to",
}
# What XML 1.0 has no place for.
_UNWRITABLE = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_SHAPES = {
    "Title": '<dc:title><rdf:Alt><rdf:li xml:lang="x-default">{}</rdf:li></rdf:Alt></dc:title>',
    "Author": "<dc:creator><rdf:Seq><rdf:li>{}</rdf:li></rdf:Seq></dc:creator>",
    "Subject": '<dc:description><rdf:Alt><rdf:li xml:lang="x-default">{}</rdf:li></rdf:Alt></dc:description>',
    "Creator": "<xmp:CreatorTool>{}</xmp:CreatorTool>",
    "Producer": "<pdf:Producer>{}</pdf:Producer>",
}


def archivable(
    pdf: bytes,
    *,
    title: str,
    author: str,
    subject: str,
    moment: datetime,
    language: str,
    attachment: tuple[str, bytes] | None = None,
) -> bytes:
    """Return a PDF as PDF/A-3b.

    Parameters
    ----------
    moment
        When it says it was made, in UTC.
    language
        Of its text, as in ``fr-FR``.
    attachment
        Name and bytes of an electronic invoice of the EN 16931 profile (``factur-x.xml``).
    """
    import pikepdf

    with pikepdf.Pdf.open(io.BytesIO(pdf)) as document:
        _mend(document)
        info = document.trailer.get("/Info", pikepdf.Dictionary())
        texts = {
            "Title": title, "Author": author, "Subject": subject,
            **{key: str(info.get(f"/{key}", "")) for key in ("Creator", "Producer")},
        }  # fmt: skip
        texts = {key: plain for key, text in texts.items() if (plain := _UNWRITABLE.sub("", text))}
        stamp = pikepdf.String(f"D:{moment:%Y%m%d%H%M%S}Z")
        said = {f"/{key}": pikepdf.String(text) for key, text in texts.items()}
        document.trailer.Info = document.make_indirect(
            pikepdf.Dictionary({**said, "/CreationDate": stamp, "/ModDate": stamp})
        )
        document.Root.Metadata = pikepdf.Stream(
            document, _metadata(texts, moment, attachment[0] if attachment else None), Type=pikepdf.Name.Metadata,
            Subtype=pikepdf.Name.XML,
        )  # fmt: skip
        document.Root.OutputIntents = pikepdf.Array([_colours(document)])
        document.Root.Lang = pikepdf.String(language)
        if attachment is not None:
            _attach(document, *attachment, stamp)
        written = io.BytesIO()
        document.save(
            written,
            force_version="1.7",
            fix_metadata_version=False,  # else what the file says of itself is written anew, with the time it is now
            deterministic_id=True,
            stream_decode_level=pikepdf.StreamDecodeLevel.none,
            object_stream_mode=pikepdf.ObjectStreamMode.generate,
        )
    return written.getvalue()


def _mend(document: pikepdf.Pdf) -> None:
    import pikepdf

    for thing in document.objects:
        if isinstance(thing, pikepdf.Stream):
            # Every picture asks to be smoothed, which no archive allows.
            if "/Interpolate" in thing:
                del thing["/Interpolate"]
        elif isinstance(thing, pikepdf.Dictionary) and thing.get("/Subtype") == pikepdf.Name.CIDFontType2:
            # The usual mapping, but it has to be said.
            thing.CIDToGIDMap = pikepdf.Name.Identity
    for page in document.pages:
        for annotation in page.get("/Annots", ()):
            annotation.F = _PRINTED


def _colours(document: pikepdf.Pdf) -> pikepdf.Object:
    import pikepdf

    called = pikepdf.String("sRGB IEC61966-2.1")
    return pikepdf.Dictionary(
        Type=pikepdf.Name.OutputIntent, S=pikepdf.Name.GTS_PDFA1, OutputConditionIdentifier=called, Info=called,
        DestOutputProfile=_deflated(document, _profile(), N=3),
    )  # fmt: skip


@cache
def _profile() -> bytes:
    """Return the sRGB profile, of the version PDF 1.7 knows, and without the time it was made, which would be now."""
    from PIL import ImageCms

    profile = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    profile[8:12] = bytes((4, 0x20, 0, 0))
    profile[24:36] = b"".join(part.to_bytes(2, "big") for part in (2000, 1, 1, 0, 0, 0))
    profile[84:100] = bytes(16)
    return bytes(profile)


def _attach(document: pikepdf.Pdf, name: str, data: bytes, stamp: pikepdf.String) -> None:
    import pikepdf

    file = _deflated(
        document, data, Type=pikepdf.Name.EmbeddedFile, Subtype=pikepdf.Name("/text/xml"),
        Params=pikepdf.Dictionary(Size=len(data), ModDate=stamp),
    )  # fmt: skip
    called = pikepdf.String(name)
    told = document.make_indirect(
        pikepdf.Dictionary(
            Type=pikepdf.Name.Filespec, F=called, UF=called, Desc=pikepdf.String("Factur-X invoice"),
            AFRelationship=pikepdf.Name.Alternative, EF=pikepdf.Dictionary(F=file, UF=file),
        )
    )  # fmt: skip
    root = document.Root
    root.AF = pikepdf.Array([told])
    if "/Names" not in root:
        root.Names = pikepdf.Dictionary()
    root.Names.EmbeddedFiles = pikepdf.Dictionary(Names=pikepdf.Array([called, told]))


def _deflated(document: pikepdf.Pdf, data: bytes, **entries: Any) -> pikepdf.Stream:
    import pikepdf

    return pikepdf.Stream(document, zlib.compress(data), Filter=pikepdf.Name.FlateDecode, **entries)


def _metadata(texts: dict[str, str], moment: datetime, attached: str | None) -> bytes:
    """Return what the file says of itself as XMP: the same as in its information."""
    parts = ["<pdfaid:part>3</pdfaid:part><pdfaid:conformance>B</pdfaid:conformance>"]
    parts += [_SHAPES[key].format(escape(text)) for key, text in texts.items()]
    parts += [f"<xmp:{key}>{moment:%Y-%m-%dT%H:%M:%S}Z</xmp:{key}>" for key in ("CreateDate", "ModifyDate")]
    if attached is not None:
        parts.append(_of_facturx(attached))
    return (
        '<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>\n'
        '<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
        '<rdf:Description rdf:about="" xmlns:pdfaid="http://www.aiim.org/pdfa/ns/id/" xmlns:dc="http://purl.org/dc/elements/1.1/" '
        'xmlns:xmp="http://ns.adobe.com/xap/1.0/" xmlns:pdf="http://ns.adobe.com/pdf/1.3/" '
        'xmlns:pdfaExtension="http://www.aiim.org/pdfa/ns/extension/" xmlns:pdfaSchema="http://www.aiim.org/pdfa/ns/schema#" '
        f'xmlns:pdfaProperty="http://www.aiim.org/pdfa/ns/property#" xmlns:fx="{_NAMESPACE}">'
        f"{''.join(parts)}</rdf:Description></rdf:RDF></x:xmpmeta>\n"
        '<?xpacket end="w"?>'
    ).encode()


def _of_facturx(name: str) -> str:
    said = {**_SAID, "DocumentFileName": escape(name)}
    explained = "".join(
        f'<rdf:li rdf:parseType="Resource"><pdfaProperty:name>{key}</pdfaProperty:name>'
        "<pdfaProperty:valueType>Text</pdfaProperty:valueType><pdfaProperty:category>external</pdfaProperty:category>"
        f"<pdfaProperty:description>{text}</pdfaProperty:description></rdf:li>"
        for key, text in _EXPLAINED.items()
    )
    return (
        "".join(f"<fx:{key}>{value}</fx:{key}>" for key, value in said.items())
        + '<pdfaExtension:schemas><rdf:Bag><rdf:li rdf:parseType="Resource">'
        "<pdfaSchema:schema>Factur-X PDFA Extension Schema</pdfaSchema:schema>"
        f"<pdfaSchema:namespaceURI>{_NAMESPACE}</pdfaSchema:namespaceURI><pdfaSchema:prefix>fx</pdfaSchema:prefix>"
        f"<pdfaSchema:property><rdf:Seq>{explained}</rdf:Seq></pdfaSchema:property></rdf:li></rdf:Bag></pdfaExtension:schemas>"
    )
