"""Asking before something is done that moves much."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from html import escape
from typing import Any

import ipywidgets

__all__ = ["Question"]


class Question:
    """A question with answers; nothing happens unless one is clicked.

    Parameters
    ----------
    text
        What is asked, in plain text.
    answers
        Pairs of a button's text and what it does; the question goes away before.
    details
        What to look at before answering.

    Attributes
    ----------
    box
        The widget to show.
    take_over
        What else can be chosen before answering, if anything.
    """

    take_over: Any = None

    #: Names what was given and not answered for, if anything.
    given: Callable[[], str] = staticmethod(str)

    def __init__(
        self, text: str, answers: Sequence[tuple[str, Callable[[], object]]], details: Sequence[Any] = ()
    ) -> None:
        self.text = text
        self._buttons = []
        for place, (label, act) in enumerate(answers):
            button = ipywidgets.Button(
                description=label,
                button_style="primary" if place == 0 else "",
                layout=ipywidgets.Layout(width="auto"),
            )
            button.on_click(lambda _, act=act: self._answer(act))
            self._buttons.append(button)
        said = ipywidgets.HTML(f'<p role="alert">{escape(text)}</p>')
        buttons = ipywidgets.HBox(self._buttons)
        buttons.add_class("ik-bar")
        self.box = ipywidgets.VBox([said, *details, buttons])
        self.box.add_class("ik-question")

    def click(self, label: str) -> None:
        """Answer, as a click on the button of that text does."""
        next(button for button in self._buttons if button.description == label).click()

    def again(self) -> None:
        """Ask once more: the answer was refused."""
        self.box.layout.display = ""

    def _answer(self, act: Callable[[], object]) -> None:
        self.box.layout.display = "none"
        act()
