"""What every screen is: a box that hears of changes, tells what happened, asks, and shows another screen inside."""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Callable, Iterator, Sequence
from html import escape
from typing import Any

import ipywidgets

from invoicekit.errors import InvoicekitError
from invoicekit.forms.parts.frame import Frame
from invoicekit.forms.parts.later import Later
from invoicekit.forms.parts.question import Question
from invoicekit.forms.parts.words import Words
from invoicekit.store import Hold

__all__ = ["Screen", "let_go", "replace"]

_LOG = logging.getLogger("invoicekit.forms")

# After how many seconds a change of the book shows; many in a row show once.
SOON = 0.1


class Screen:
    """A screen over a book.

    Parameters
    ----------
    hold
        The book it is of; while the screen is in use, the file stays open.
    language
        Of its texts.
    closed
        Called when it was closed.

    Attributes
    ----------
    box
        The widget to show.
    said
        Where it tells what happened.
    slot
        Where it shows what it asks, or another screen.
    question
        What was asked last.
    inner
        The screen that is open inside, if any.
    name
        What stands above it.
    """

    name: str = ""
    question: Question | None = None
    inner: Screen | None = None

    def __init__(self, hold: Hold, *, language: str = "en", closed: Callable[[], object] | None = None) -> None:
        self._hold, self._store = hold, hold.store
        self.words = Words(language)
        self.language = language
        self._closed = closed
        self.is_open = True
        self.frame = Frame(_silent=self.words("no_answer"), _dead=self.words("not_connected"))
        self.heading = ipywidgets.HTML()
        self.said = ipywidgets.HTML()
        self.slot = ipywidgets.VBox()
        self.slot.add_class("ik-slot")
        self.box = ipywidgets.VBox()
        self.box.add_class("ik")
        self._refresh_soon = Later(self._show_change, SOON)
        self._end_watch: Callable[[], None] | None = None
        # Tells where this screen is shown inside another one.
        self.teller: Callable[[str, str], object] | None = None

    def compose(self, *parts: Any) -> None:
        """Say what the screen is made of, from top to bottom; from then on it hears of changes."""
        self.box.children = (self.frame, *parts)
        if self._end_watch is None:
            self._end_watch = self._store.watch(self._refresh_soon)

    def title(self, text: str) -> None:
        """Show what stands above."""
        self.name = text
        self.heading.value = f'<h3 class="ik-title">{escape(text)}</h3>'

    def refresh(self) -> None:
        """Show what the book says now; a screen overrides this."""

    def button(
        self, text: str, act: Callable[[], object], *, style: str = "", tooltip: str = "", label: str = ""
    ) -> Any:
        """Return a button; what it does may be refused, and the screen tells so."""
        button = ipywidgets.Button(
            description=text, tooltip=tooltip or label, button_style=style, layout=ipywidgets.Layout(width="auto")
        )
        button.on_click(lambda _: self.do(act))
        return button

    def bar(self, *widgets: Any, kind: str = "ik-bar") -> Any:
        """Return widgets side by side, in as many lines as they need."""
        bar = ipywidgets.HBox([widget for widget in widgets if widget is not None])
        bar.add_class(kind)
        return bar

    def do(self, act: Callable[[], object]) -> bool:
        """Do something that may be refused, and return whether it was done; a refusal is told."""
        try:
            act()
        except InvoicekitError as error:
            self.say(str(error), "refused")
        except Exception as error:  # noqa: BLE001 - a click that ends in nothing would be taken for done
            # A fault: whoever sits here must hear that it was not done, and whoever runs this can see why.
            _LOG.exception("A screen could not do what was asked")
            self.say(f"{type(error).__name__}: {error}", "refused")
        else:
            return True
        return False

    @contextlib.contextmanager
    def told(self) -> Iterator[None]:
        """Show a refusal instead of raising it."""
        try:
            yield
        except InvoicekitError as error:
            self.say(str(error), "refused")

    def say(self, text: str, tone: str = "saved") -> None:
        """Tell something; ``refused`` and ``warning`` are said at once to those who hear the screen."""
        role = "alert" if tone in ("refused", "warning") else "status"
        self.said.value = f'<p role="{role}" class="ik-{tone}">{escape(text)}</p>' if text else ""

    def ask(self, text: str, *answers: tuple[str, Callable[[], object]], details: Sequence[Any] = ()) -> Question:
        """Ask something; what was open inside is saved and closed."""
        return self.put(Question(text, [(label, self._answered(act)) for label, act in answers], details))

    def put(self, question: Question, *, look: bool = True) -> Question:
        """Show a question."""
        self.say("")
        self.close_inner()
        self.question = question
        self._show(question.box, look=look)
        return question

    def enter(self, screen: Screen) -> Screen:
        """Show another screen inside; what was typed in the one before is saved."""
        self.say("")
        self.close_inner()
        self.inner, screen.teller = screen, self.say
        self._show(screen.box)
        return screen

    def close_inner(self) -> None:
        """Save and close what is open inside; what it could not save, or a dialog was given, is told."""
        inner, self.inner = self.inner, None
        unsaved, where = self._asked(), self.name
        if inner is not None and inner.is_open:
            unsaved, where = inner.not_saved(), inner.name
            inner.close()
        self._empty()
        if unsaved:
            self.say(self.words("left_unsaved", where=where or "…", what=unsaved), "refused")

    def show_widget(self, widget: Any) -> None:
        """Show something inside that is no screen of its own."""
        self.say("")
        self.close_inner()
        self._show(widget)

    def inner_closed(self) -> None:
        """Forget the screen inside, which closed by itself."""
        self.inner = None
        self._empty()

    def done_with_chosen(self) -> None:
        """Choose nothing any more: it was done; a list overrides this."""

    def flush(self) -> None:
        """Save now whatever was typed."""
        if self.inner is not None and self.inner.is_open:
            self.inner.flush()

    def not_saved(self) -> str:
        """Name what was typed and is not saved, with what was typed; nothing where all is saved."""
        if self.inner is not None and self.inner.is_open:
            return self.inner.not_saved()
        return self._asked()

    def gone(self, text: str) -> None:
        """Close, because what this is about is no more; what was typed and not saved is told where the screen was shown."""
        unsaved, teller = self.not_saved(), self.teller
        self.close()
        if teller is not None:
            left = f" {self.words('not_kept', what=unsaved)}" if unsaved else ""
            teller(f"{text}{left}", "warning")

    def close(self) -> None:
        """Save what was typed and take the screen away."""
        if not self.is_open:
            return
        self.is_open = False
        if self._end_watch is not None:
            self._end_watch()
        self._refresh_soon.cancel()
        inner, self.inner = self.inner, None
        if inner is not None and inner.is_open:
            inner.close()
        for widget in (self.box, self.heading, self.said, self.slot):
            let_go(widget)
        if self._closed is not None:
            self._closed()

    def _asked(self) -> str:
        """Name what a dialog that is open was given."""
        if self.question is not None and self.question.box in self.slot.children:
            return self.question.given()
        return ""

    def _answered(self, act: Callable[[], object]) -> Callable[[], object]:
        return lambda: self.do(act)

    def _show(self, widget: Any, *, look: bool = True) -> None:
        before = self.slot.children
        self.slot.children = (widget,)
        for one in before:
            let_go(one)
        if look:
            self.frame.look_at(".ik-slot")

    def _empty(self) -> None:
        before, self.slot.children = self.slot.children, ()
        for one in before:
            let_go(one)

    def _show_change(self) -> None:
        # What the screen is of, or the book, may be gone by now: it then shows what it last knew.
        with contextlib.suppress(InvoicekitError):
            if self.is_open:
                self.refresh()

    def _repr_mimebundle_(self, **kwargs: Any) -> Any:
        return self.box._repr_mimebundle_(**kwargs)


def let_go(widget: Any) -> None:
    """Close a widget with everything inside it: nothing of it is kept in memory, here or on the page."""
    for child in getattr(widget, "children", ()):
        let_go(child)
    for part in ("layout", "style"):
        with contextlib.suppress(AttributeError):
            getattr(widget, part).close()
    widget.close()


def replace(box: Any, *widgets: Any) -> None:
    """Show widgets in a box in place of those that were there, and close these."""
    before, box.children = box.children, widgets
    for one in before:
        if one not in widgets:
            let_go(one)
