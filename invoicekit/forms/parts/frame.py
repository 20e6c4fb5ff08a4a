"""What every screen brings along: how it looks, that its keys are its own, and whether anybody hears it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import anywidget
import traitlets

__all__ = ["Frame"]


class Frame(anywidget.AnyWidget):
    """An invisible part of a screen.

    It brings the style sheet, by the notebook's own colours; it keeps keys that are pressed on a list or
    a button of the screen from being taken for the notebook's shortcuts; it brings into sight what
    the screen wants looked at; and whenever somebody does something on the screen it asks whether there is an answer, so
    that a screen whose kernel is gone says so.
    """

    _esm = Path(__file__).with_name("frame.js")
    _css = Path(__file__).with_name("form.css")

    _silent = traitlets.Unicode().tag(sync=True)
    _dead = traitlets.Unicode().tag(sync=True)

    def __init__(self, **given: Any) -> None:
        super().__init__(**given)
        self.on_msg(self._receive)

    def look_at(self, selector: str) -> None:
        """Scroll to a part of the screen, and put the cursor on the first thing there that takes it."""
        self.send({"type": "look", "selector": selector})

    def _receive(self, _widget: object, content: Any, _buffers: object) -> None:
        if isinstance(content, dict) and content.get("type") == "beat":
            self.send({"type": "beat"})
