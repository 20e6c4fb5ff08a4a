"""The text of a report for what was asked of it: what nobody asked for need not be planned.

A file of `reports/sql` is plain SQL but for these lines, which stand for what they say:

``-- if by is matter, user`` ... ``-- end``
    The lines between stand for these choices of a parameter only - of the header as well.
``-- each bucket`` ... ``-- end``
    The lines between stand once for each bucket; in them ``{bucket}``, ``{to}`` and ``{place}`` are its column, its last
    day and its number.
``-- include: name,``
    The steps of `reports/parts/name.sql`, which several reports share; a comma follows them where another step does.
``-- only: customer; currency``
    Where these columns are held against the customers and the currency that were asked for.
``{by}``
    The choice of that parameter itself.
``{tenths: a per b}``
    A ratio to one decimal, half away from zero: worked out in whole numbers, because decimals divided would be binary.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import cache
from importlib.resources import files
from typing import Any

__all__ = ["CHOSEN", "asked", "buckets", "has_filters", "shared", "with_parts"]

_EACH = re.compile(r"[ ]*-- each bucket\n(?P<text>.*?)[ ]*-- end\n", re.DOTALL)
_PART = re.compile(r"[ ]*-- if (?P<name>\w+) is (?P<choices>[\w, ]+)\n(?P<text>.*?)[ ]*-- end\n", re.DOTALL)
_INCLUDE = re.compile(r"^-- include: (?P<name>\w+)(?P<comma>,?)\n", re.MULTILINE)
_ONLY = re.compile(r"^(?P<indent> *)-- only: (?P<customer>[^;\n]*?)(?:; (?P<currency>[^\n]+))?\n", re.MULTILINE)
_TENTHS = re.compile(r"\{tenths: (?P<part>[^{}]+?) per (?P<whole>[^{}]+?)\}")
_CHOICE = re.compile(r"\{(\w+)\}")
# Later than any day anybody waits for.
_NEVER = 4_000_000

# Which customers are meant, where it is not all of them; one line for each way of choosing.
CHOSEN = {
    "customer": "id = $customer",
    "tree": "id in (select id from below)",
    "category": "lower(category) = lower($category)",
    "tag": "list_contains(list_transform(tags, lambda tag: lower(tag)), lower($tag))",
    "line_of_business": "lower(line_of_business) = lower($line_of_business)",
    "include_inactive": "(inactive_since is null or inactive_since > $as_of)",
}
_BELOW = """below as (
    select $tree::bigint as id
    union all
    select customers.id from below inner join customers on customers.parent = below.id
),

"""


def buckets(edges: Sequence[int]) -> dict[str, int]:
    """Return the column of every bucket and the last day past due it holds.

    Examples
    --------
    >>> buckets([30, 60])
    {'current': 0, 'days_1_30': 30, 'days_31_60': 60, 'days_over_60': 4000000}
    """
    named = {"current": 0}
    for before, last in zip([0, *edges], edges, strict=False):
        named[f"days_{before + 1}_{last}"] = last
    return {**named, f"days_over_{edges[-1]}": _NEVER}


@cache
def shared(name: str) -> str:
    """Return what several reports share, from `reports/parts`, read once."""
    return (files("invoicekit.reports") / "parts" / f"{name}.sql").read_text(encoding="utf-8")


def with_parts(text: str) -> str:
    """Return the text of a report with the steps it shares with others: they hold choices and filters as well."""
    return _INCLUDE.sub(lambda line: f"{shared(line['name']).rstrip()}{line['comma']}\n", text)


def has_filters(text: str) -> tuple[bool, bool]:
    """Return whether a report can be asked of some customers, and of one currency."""
    lines = [*_ONLY.finditer(text)]
    return any(line["customer"] for line in lines), any(line["currency"] for line in lines)


def asked(text: str, values: Mapping[str, Any]) -> str:
    """Return the text of a report for what was asked: choices, buckets, and who and what it is only of."""
    text = _EACH.sub(lambda part: _each(part["text"], values["buckets"]), text)
    text = _PART.sub(lambda part: part["text"] if values[part["name"]] in part["choices"].split(", ") else "", text)
    text = _TENTHS.sub(_tenths, text)
    text = _CHOICE.sub(lambda name: _choice(values, name), text)
    filters = [name for name in CHOSEN if name in values]
    several = isinstance(values.get("customer"), list)
    text = _ONLY.sub(lambda line: _only(line, filters, several=several, currency="currency" in values), text)
    return _with_chosen(text, filters, several=several) if several or filters not in ([], ["customer"]) else text


def _choice(values: Mapping[str, Any], name: re.Match[str]) -> str:
    if name[1] == "buckets":
        return ", ".join(buckets(values["buckets"]))
    return str(values.get(name[1], name[0]))


def _tenths(ratio: re.Match[str]) -> str:
    part, whole = (f"(({ratio[name]})::decimal(28, 4) * 10000)::hugeint" for name in ("part", "whole"))
    units = f"(20 * abs({part}) + abs({whole})) // (2 * abs({whole})) * sign({part}) * sign({whole})"
    return f"try_cast(try_cast({units} as decimal(38, 0)) * 0.1 as decimal(18, 1))"


def _each(text: str, edges: Sequence[int]) -> str:
    return "".join(
        text.replace("{bucket}", name).replace("{to}", str(last)).replace("{place}", str(place))
        for place, (name, last) in enumerate(buckets(edges).items())
    )


def _only(line: re.Match[str], filters: Sequence[str], *, several: bool, currency: bool) -> str:
    conditions = []
    if line["customer"] and filters == ["customer"] and not several:
        # One customer, said as a number, is found by where its rows lie.
        conditions.append(f"{line['customer']} = $customer")
    elif line["customer"] and filters:
        conditions.append(f"{line['customer']} in (select id from chosen)")
    if line["currency"] and currency:
        conditions.append(f"{line['currency']} = $currency")
    return "".join(f"{line['indent']}and {condition}\n" for condition in conditions)


def _with_chosen(text: str, filters: Sequence[str], *, several: bool) -> str:
    chosen_by = {**CHOSEN, "customer": "list_contains($customer::bigint[], id)"} if several else CHOSEN
    conditions = "\n        and ".join(chosen_by[name] for name in filters)
    below = _BELOW if "tree" in filters else ""
    chosen = f"{below}chosen as (\n    select id\n    from customers\n    where\n        {conditions}\n),\n\n"
    recursive = " recursive" if below else ""
    return re.sub(
        r"^with( recursive)?\s", lambda said: f"with{said[1] or recursive} {chosen}", text, count=1, flags=re.MULTILINE
    )
