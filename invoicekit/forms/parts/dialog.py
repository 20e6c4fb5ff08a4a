"""Asking for a few values before something is done: nothing is stored before it is confirmed."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import ipywidgets

from invoicekit.errors import InvalidValue
from invoicekit.forms.parts.picker import Picker
from invoicekit.forms.parts.question import Question
from invoicekit.forms.parts.screen import Screen
from invoicekit.forms.parts.words import Words

__all__ = ["ask_for", "control", "picked"]

_WIDE = {"description_width": "13em"}


def control(
    kind: str, label: str, value: Any = None, *, options: Sequence[Any] = (), rows: int = 4, hint: str = ""
) -> Any:
    """Return a control of a kind: ``text``, ``lines``, ``date``, ``choice`` or ``tick``."""
    common: dict[str, Any] = {
        "description": label, "description_allow_html": False, "layout": ipywidgets.Layout(width="auto"), "style": _WIDE,
    }  # fmt: skip
    if kind == "date":
        return ipywidgets.DatePicker(value=value, **common)
    if kind == "choice":
        return ipywidgets.Dropdown(options=options, value=value, **common)
    if kind == "tick":
        return ipywidgets.Checkbox(
            value=bool(value), **{**common, "style": {"description_width": "initial"}}, indent=False
        )
    if kind == "lines":
        return ipywidgets.Textarea(value=value or "", rows=rows, **common)
    return ipywidgets.Text(value=value or "", placeholder=hint, **common)


def ask_for(
    screen: Screen,
    text: str,
    controls: Mapping[str, Any],
    answers: Mapping[str, Callable[[dict[str, Any]], object]],
    *,
    details: Sequence[Any] = (),
) -> Question:
    """Ask on a screen for some values; an answer that is refused leaves the question, and what was given, where it is.

    Parameters
    ----------
    controls
        By name; a `Picker` gives the id that was chosen.
    answers
        What is done with the values, by the text of its button. The last button does nothing.
    """
    question: Question
    first = {name: _said(one) for name, one in controls.items()}

    def done(act: Callable[[dict[str, Any]], object]) -> Callable[[], None]:
        def answer() -> None:
            if not screen.do(lambda: act({name: _value(one, screen.words) for name, one in controls.items()})):
                question.again()
            elif question.box in screen.slot.children:
                screen.inner_closed()

        return answer

    def given() -> str:
        told = [(one, _said(one)) for name, one in controls.items() if _said(one) != first[name]]
        return ", ".join(f'{getattr(one, "text", one).description.removesuffix(" *")}: "{text}"' for one, text in told)

    shown = [getattr(one, "box", one) for one in controls.values()]
    buttons = [(label, done(act)) for label, act in answers.items()]
    question = Question(text, [*buttons, (screen.words("cancel"), screen.inner_closed)], [*details, *shown])
    question.given = given
    return screen.put(question)


def _said(widget: Any) -> str:
    """Return what a control holds, as a person reads it."""
    if isinstance(widget, Picker):
        return str(widget.text.value)
    return "" if widget.value is None or isinstance(widget.value, tuple) else str(widget.value)


def picked(picker: Picker, words: Words) -> int | None:
    """Return what was chosen, if anything.

    Raises
    ------
    InvalidValue
        If something else was typed since: whoever was chosen before is not who stands there now.
    """
    if picker.is_open:
        field = picker.text.description.removesuffix(" *")
        raise InvalidValue(words("is_not_chosen_yet", field=field, text=picker.text.value))
    return picker.chosen


def _value(widget: Any, words: Words) -> Any:
    if isinstance(widget, Picker):
        return picked(widget, words)
    value = widget.value
    return (value.strip() or None) if isinstance(value, str) else value
