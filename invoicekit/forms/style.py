"""How forms look: by the notebook's own colours, light or dark."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from typing import Any

__all__ = ["style"]


def style() -> Any:
    """Return the widget that brings the style sheet along."""
    import ipywidgets

    return ipywidgets.HTML(f"<style>{_sheet()}</style>", layout=ipywidgets.Layout(display="none"))


@cache
def _sheet() -> str:
    return (files("invoicekit.forms") / "form.css").read_text(encoding="utf-8")
