"""Templates and what they say -> HTML: sandboxed, escaped, strict about names.

What a template is given, it may print and nothing else: texts of customers are data and never compiled, attributes
of Python are out of
reach, and a name that does not exist is told with its line.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from invoicekit.documents.addresses import address_lines, name_of, shipping_of
from invoicekit.documents.words import Words
from invoicekit.errors import InvalidValue

if TYPE_CHECKING:
    from jinja2.sandbox import SandboxedEnvironment

__all__ = ["USUAL", "render", "source_of", "undeclared"]

# The templates that are there, by what they are templates of.
USUAL = {"invoice": "invoice.html", "statement": "statement.html", "reminder": "reminder.html"}

# So long may what a template makes by repeating be.
_LONGEST = 100_000


def source_of(name: str) -> str:
    """Return the source of a template that is there, such as ``invoice.html``."""
    return (files("invoicekit.documents") / "templates" / name).read_text(encoding="utf-8")


def render(template: str, context: Mapping[str, Any], own: Mapping[str, str] | None = None) -> str:
    """Return what a template makes of what it is given.

    Parameters
    ----------
    template
        Its name: one of ``own``, or of those that are there.
    context
        What it may print; ``t`` holds the words of a language, ``currency`` the one of amounts.
    own
        Sources of templates of the book, by name.

    Raises
    ------
    InvalidValue
        With the line, and the name that is unknown or the thing that may not be done.
    """
    from jinja2 import TemplateError, TemplateSyntaxError

    # Templates that are there are compiled once; those of a book may change with it.
    sandbox = _sandbox() if not own else _made(own)
    words: Words = context["t"]
    helpers = {
        "money": lambda amount: words.money(amount, context["currency"]),
        "amount": lambda amount: words.amount(amount, context["currency"]) if amount is not None else "",
    }
    try:
        return sandbox.get_template(template).render({**helpers, **context, "words": words})
    except TemplateSyntaxError as error:
        raise InvalidValue(_told(error.name or template, error.lineno, error.message or "")) from None
    except (
        TemplateError,
        InvalidValue,
        TypeError,
        ValueError,
        OverflowError,
        ArithmeticError,
        RecursionError,
        MemoryError,
    ) as error:
        raise InvalidValue(_told(*_place(error, template), _reason(error))) from None


def undeclared(name: str, source: str, known: Iterable[str]) -> str | None:
    """Return what is wrong with a template before it is rendered: how it is written, or a name it is not given."""
    from jinja2 import TemplateSyntaxError, nodes
    from jinja2.meta import find_undeclared_variables

    sandbox = _made({name: source})
    try:
        tree = sandbox.parse(source, name)
        sandbox.compile(source, name)
    except TemplateSyntaxError as error:
        return _told(name, error.lineno, error.message or "")
    # Blocks see what the template brings in or makes at its top.
    made = {name if isinstance(name, str) else name[1] for one in tree.find_all(nodes.FromImport) for name in one.names}
    made |= {one.target for one in tree.find_all(nodes.Import)} | {one.name for one in tree.find_all(nodes.Macro)}
    unknown = find_undeclared_variables(tree) - {*known, *made, "money", "amount", "words"}
    for one in tree.find_all(nodes.Name):
        if one.name in unknown:
            return _told(name, one.lineno, f'"{one.name}" is unknown')
    return None


def _told(name: str, line: int | None, reason: str) -> str:
    where = f", line {line}" if line else ""
    return f"The template {name}{where}: {reason.rstrip('.')}. Correct it there; docs/templates.md lists what a template is given."


def _place(error: BaseException, template: str) -> tuple[str, int | None]:
    """Return the innermost template, and the line of it, that an error arose on."""
    found: tuple[str, int | None] = (template, None)
    trace = error.__traceback__
    while trace is not None:
        # The engine puts frames of the template's own lines in place of those of its code.
        if "__jinja_exception__" in trace.tb_frame.f_globals:
            found = (trace.tb_frame.f_code.co_filename, trace.tb_lineno)
        trace = trace.tb_next
    return found


def _reason(error: BaseException) -> str:
    from jinja2.exceptions import SecurityError, TemplateNotFound, UndefinedError

    if isinstance(error, SecurityError):
        return f"it does what no template may ({error})"
    if isinstance(error, UndefinedError):
        return f"{error}".replace("'dict object' has no attribute", "there is nothing called")
    if isinstance(error, TemplateNotFound):
        return f'there is no template "{error}" to build on'
    return str(error).rstrip(".") or type(error).__name__


@cache
def _sandbox() -> SandboxedEnvironment:
    return _made({})


def _made(own: Mapping[str, str]) -> SandboxedEnvironment:
    from jinja2 import FunctionLoader, StrictUndefined

    def load(name: str) -> tuple[str, str, None] | None:
        source = own.get(name) or (source_of(name) if name in _THERE else None)
        return (source, name, None) if source is not None else None

    sandbox = _kind()(
        loader=FunctionLoader(load),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    sandbox.filters.update(_FILTERS)
    sandbox.filters["address"] = _address
    return sandbox


@cache
def _kind() -> type[SandboxedEnvironment]:
    from jinja2.exceptions import SecurityError
    from jinja2.sandbox import ImmutableSandboxedEnvironment

    class Sandbox(ImmutableSandboxedEnvironment):
        intercepted_binops = frozenset(["*", "**", "%"])

        def call_binop(self, context: Any, operator: str, left: Any, right: Any) -> Any:
            if operator == "%" and isinstance(left, str):
                raise SecurityError(
                    "texts are not filled in that way: write t(...), or several parts beside one another"
                )
            if operator == "**":
                raise SecurityError("powers are not worked out in a template")
            for one, times in ((left, right), (right, left)):
                if isinstance(one, str | list | tuple) and isinstance(times, int) and len(one) * times > _LONGEST:
                    raise SecurityError("that would be repeated too often")
            return super().call_binop(context, operator, left, right)

    return Sandbox


_THERE = ("page.html", "style.css", *USUAL.values())


def _said(parts: Iterable[Any]) -> str:
    return " · ".join(str(part) for part in parts if part)


def _iban(number: str | None) -> str:
    plain = "".join((number or "").split())
    return " ".join(plain[start : start + 4] for start in range(0, len(plain), 4))


def _address(party: Mapping[str, Any]) -> list[str]:
    return address_lines(party)


def _absolute(value: Any) -> Any:
    return abs(value) if isinstance(value, int | Decimal) else value


_FILTERS: dict[str, Callable[..., Any]] = {
    "said": _said,
    "iban": _iban,
    "name": name_of,
    "shipping": shipping_of,
    "abs": _absolute,
}
