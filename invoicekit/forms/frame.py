"""What every screen brings along: how it looks, and that its keys are its own."""

from __future__ import annotations

from pathlib import Path

import anywidget

__all__ = ["Frame"]


class Frame(anywidget.AnyWidget):
    """An invisible part of a screen.

    It brings the style sheet, by the notebook's own colours; it keeps keys that are pressed on a list or
    a button of the screen from being taken for the notebook's shortcuts; and it brings into sight what
    the screen wants looked at.
    """

    _esm = Path(__file__).with_name("frame.js")
    _css = Path(__file__).with_name("form.css")

    def look_at(self, selector: str) -> None:
        """Scroll to a part of the screen, and put the cursor on the first thing there that takes it."""
        self.send({"type": "look", "selector": selector})
