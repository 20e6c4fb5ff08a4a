"""The page of fields, written from the registry: ``python -m invoicekit.schema.document``."""

from __future__ import annotations

from pathlib import Path

from invoicekit.schema import KINDS, LANGUAGES, TABLES, Field

__all__ = ["PAGE", "fields_page"]

PAGE = Path(__file__).parents[2] / "docs" / "fields.md"


def fields_page() -> str:
    """Return the page: a section a table, a row a field."""
    lines = [
        "# Tables and fields",
        "",
        "Written by `python -m invoicekit.schema.document` from the registry in `invoicekit/schema/`.",
        "Headings of imported files are matched with the labels, in every language, and with further aliases.",
        "",
    ]
    for table in TABLES.values():
        kept = "Every version is kept." if table.versioned else "Rows are written once."
        lines += [f"## {table.name}", "", f"{table.help} {kept}", ""]
        lines += [f"| field | holds | {' | '.join(LANGUAGES)} | meaning |", "|---" * (3 + len(LANGUAGES)) + "|"]
        lines += [
            f"| `{field.name}` | {_holds(field)} | {' | '.join(field.label)} | {field.help} |" for field in table.fields
        ]
        lines.append("")
    return "\n".join(lines)


def _holds(field: Field) -> str:
    if field.references:
        return f"a record of [{field.references}](#{field.references})"
    if field.choices:
        return ", ".join(f"`{choice}`" for choice in field.choices)
    return KINDS[field.kind].wants


if __name__ == "__main__":
    PAGE.write_text(fields_page(), encoding="utf-8")
