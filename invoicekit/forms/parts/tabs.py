"""Several views of one record, of which one is shown."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import ipywidgets

from invoicekit.forms.parts.screen import Screen

__all__ = ["Tabs"]


class Tabs:
    """Buttons that show one of several screens inside another; each is made when it is first looked at.

    Parameters
    ----------
    screen
        Where they are shown.
    first
        What the screen itself is called, without anything inside.
    views
        What makes a screen or a widget, by the text of its button.
    own
        What is hidden while another view is shown.

    Attributes
    ----------
    box
        The widget to show.
    """

    def __init__(self, screen: Screen, first: str, views: Mapping[str, Callable[[], Any]], own: Any) -> None:
        self._screen, self._first, self._views, self._own = screen, first, views, own
        self._is_back = False
        self.box = ipywidgets.ToggleButtons(options=[first, *views], value=first, description="")
        self.box.add_class("ik-tabs")
        self.box.observe(self._turned, "value")

    def show(self, text: str) -> None:
        """Show a view, as a click on the button of that text does."""
        self.box.value = text

    def back(self) -> None:
        """Show the screen itself again: what was shown inside is closed."""
        self._is_back = True
        try:
            self.box.value = self._first
            self._own.layout.display = ""
        finally:
            self._is_back = False

    def _turned(self, change: Mapping[str, Any]) -> None:
        wanted = change["new"]
        if self._is_back:
            return
        with self._screen.told():
            self._screen.say("")
            self._screen.close_inner()
            self._own.layout.display = "" if wanted == self._first else "none"
            if wanted == self._first:
                return
            view = self._views[wanted]()
            if isinstance(view, Screen):
                self._screen.enter(view)
            else:
                self._screen.show_widget(view)
