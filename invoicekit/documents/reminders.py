"""Reminders: who is late, how urgently to write, and what was written when."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from functools import partial
from itertools import groupby
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from invoicekit import ledger
from invoicekit.dates import to_date
from invoicekit.documents.content import look_of, parties_context
from invoicekit.documents.document import Document
from invoicekit.documents.mail import RESULTS, Mail, must_be_kept_first
from invoicekit.documents.making import plain_name
from invoicekit.documents.paying import scan_code
from invoicekit.documents.printing import printed
from invoicekit.documents.rendering import USUAL, render
from invoicekit.errors import IllegalTransition, InvalidValue, MailRefused, NotFound
from invoicekit.ledger import Customers
from invoicekit.ledger.access import must_own, must_process
from invoicekit.ledger.billing.sending import Sending, clean_message
from invoicekit.ledger.part import Part, clean
from invoicekit.ledger.parties.customers import Which
from invoicekit.store import Operation, frame
from invoicekit.store.sql import load

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Reminders"]

# After how many days late each level is due, where the book does not say otherwise.
_USUAL = {1: 7, 2: 21, 3: 45}
# The last of the texts there are: levels beyond it say the same.
_TEXTS = 3


class Reminders(Part):
    """Reminders of invoices that are late.

    An invoice is reminded of once at each level, one level after the other: the first when it is so many days
    late, each further one
    when it is as many days later as the levels lie apart. What is disputed (``invoices.dispute``), or promised for
    a day that is still to
    come (``invoices.promise``), is held back.
    """

    @property
    def levels(self) -> dict[int, int]:
        """After how many days late each level is due."""
        held = {
            row["level"]: row["days_late"]
            for row in self.store.rows("select level, days_late from reminder_levels order by level")
        }
        return held or dict(_USUAL)

    @levels.setter
    def levels(self, days: Mapping[int, int]) -> None:
        if not isinstance(days, Mapping) or not all(type(level) is int for level in days):
            raise InvalidValue(f"Levels are a dict of level to days late, such as {{1: 7, 2: 21}}: not {days!r}.")
        given = sorted(days.items())
        if [level for level, _ in given] != [*range(1, len(given) + 1)] or not given:
            raise InvalidValue(
                f"Levels are 1, 2, 3 ... without a gap, not {', '.join(str(level) for level in days) or 'none'}."
            )
        rows = [clean("reminder_levels", {"level": level, "days_late": late}) for level, late in given]
        late = [row["days_late"] for row in rows]
        if None in late or late != sorted(set(late)):
            raise InvalidValue(f"Each level comes after more days than the one before it, not after {late}.")
        with self.store.operation(
            "change levels of reminders", ", ".join(f"{level}: {days_} days" for level, days_ in given)
        ) as op:
            must_process(op, self.store.actor, "change levels of reminders")
            op.delete("reminder_levels", [row["id"] for row in op.rows("select id from reminder_levels")])
            op.insert("reminder_levels", rows)

    def due(self, as_of: date | str | None = None, *, customer: Which | None = None) -> pd.DataFrame:
        """Return the invoices that are late, with the level each would be reminded at: what `send` would send.

        Returns
        -------
        pandas.DataFrame
            ``customer_id``, ``customer``, ``recipient``, ``invoice``, ``number``, ``due_date``, ``days_late``, ``total``, ``open``,
            ``currency``, ``last_level``, ``last_date``, ``level`` (the next one; empty where nothing is due) and
            ``held``: why it is not
            reminded of (disputed, promised, too early, last level), empty where it is.
        """
        day, which = self._day(as_of), Customers(self._hold).get(customer)["id"] if customer is not None else None
        return frame(self._late(day, which))

    def show(
        self, customer: Which, as_of: date | str | None = None, *, language: str | None = None
    ) -> Sequence[Document]:
        """Return the letters a customer would get, one for each currency.

        Raises
        ------
        NotFound
            If none of its invoices is to be reminded of.
        """
        day, buyer = self._day(as_of), Customers(self._hold).get(customer)
        letters = self._letters(day, buyer["id"])
        if not letters:
            raise NotFound(
                f"Nothing is to be reminded of: no invoice of {buyer['display_name']} is late enough. "
                f"book.reminders.due() says why."
            )
        return [self._document(items, day, language)[0] for items in letters]

    def send(
        self,
        as_of: date | str | None = None,
        *,
        customers: Which | Iterable[Which] | None = None,
        dry_run: bool = False,
    ) -> pd.DataFrame:
        """Mail reminders of everything that is due, one letter for each customer and currency, and return what became of each.

        Parameters
        ----------
        customers
            Only to these.
        dry_run
            Say what would go out, and send nothing.

        Returns
        -------
        pandas.DataFrame
            ``message``, ``number`` (of the invoices), ``recipient``, ``subject``, ``state`` and ``answer``.

        Raises
        ------
        MailRefused
            If nobody has said how mail goes out.
        NotAllowed
            Unless who opened the book is owner of the customers, and processes invoices, where users have roles.
        """
        if not dry_run:
            must_be_kept_first(self.store)
        day, account = self._day(as_of), Mail(self._hold).get()
        if not account["host"] and not dry_run:
            raise MailRefused(
                "Nobody has said by which server mail goes out. Say it: book.mail.change(host=..., sender=...)."
            )
        named = [customers] if isinstance(customers, str | int) else customers
        wanted = None if named is None else {Customers(self._hold).get(one)["id"] for one in named}
        letters = [items for items in self._letters(day, None) if wanted is None or items[0]["customer_id"] in wanted]
        ready, lacking = self._ready(letters, day, account)
        if dry_run:
            return frame(_told([*ready, *lacking], "would be sent"))
        queued = []
        with self.store.operation("queue reminders") as op:
            must_own(op, self.store.actor, [one["customer"] for one in ready], "send reminders")
            for one in ready:
                queued += self._queue(op, one, day)
            op.summary = f"{len(ready)} letters of {day}"
        sent = Mail(self._hold).sent(queued) if queued else RESULTS.empty_table()
        return frame(pa.concat_tables([_with_numbers(sent, ready), _told(lacking, "not sent")]))

    def note(self, invoices: int | Iterable[int], level: int, *, on: date | str | None = None) -> None:
        """Note that invoices were reminded of by other means, by post say.

        Raises
        ------
        InvalidValue
            If that is no level, or nothing is owed on one of them.
        """
        if type(level) is not int or level not in self.levels:
            raise InvalidValue(f"There is no level {level}: they are {', '.join(map(str, self.levels))}.")
        with self.store.operation("note reminders") as op:
            day = self._day(on)
            held = ledger.Invoices(self._hold).several(invoices)
            found = {row["invoice"]: row for row in self._late(day, None, op).to_pylist()}
            for one in held:
                row = found.get(one["id"])
                if row is None:
                    raise InvalidValue(
                        f"Invoice {one['number'] or one['id']} cannot be reminded of: nothing is owed on it that is late on {day}."
                    )
                if (row["last_level"] or 0) >= level:
                    raise InvalidValue(
                        f"Invoice {one['number']} was reminded of at level {row['last_level']} already, on {row['last_date']}."
                    )
            must_own(op, self.store.actor, [one["customer"] for one in held], "send reminders")
            op.insert(
                "reminders",
                [{"invoice": one["id"], "level": level, "date": day, "open": found[one["id"]]["open"]} for one in held],
            )
            op.summary = f"level {level}: {', '.join(one['number'] for one in held[:5])}"

    def log(self, invoice: int | None = None) -> pd.DataFrame:
        """Return which invoices were reminded of, newest first: when, at which level, of how much, and what became of the mail."""
        which = ledger.Invoices(self._hold).get(invoice)["id"] if invoice is not None else None
        return frame(self.store.arrow(load("invoicekit.documents", "reminders_listed"), invoice=which))

    def _late(self, day: date, customer: int | None, op: Operation | None = None) -> pa.Table:
        said: dict[str, Any] = {"as_of": day, "customer": customer, "levels": [*self.levels.values()]}
        return (op or self.store).arrow(load("invoicekit.documents", "reminders_due"), **said)

    def _letters(self, day: date, customer: int | None) -> list[list[dict[str, Any]]]:
        # One letter for each level: who is asked kindly for one invoice is not threatened for another.
        due = [row for row in self._late(day, customer).to_pylist() if row["held"] is None]
        due.sort(key=lambda row: (row["customer"], row["customer_id"], row["currency"], row["level"]))
        return [[*items] for _, items in groupby(due, lambda row: (row["customer_id"], row["currency"], row["level"]))]

    def _ready(
        self, letters: Sequence[Sequence[dict[str, Any]]], day: date, account: Mapping[str, Any]
    ) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
        ready, lacking = [], []
        for items in letters:
            document, message = self._document(items, day, None)
            message |= {
                "kind": "reminder", "customer": items[0]["customer_id"], "recipient": items[0]["recipient"], "copy_to": None,
                "sender": account["sender"] or "nobody@localhost", "number": ", ".join(item["number"] for item in items),
            }  # fmt: skip
            try:
                _must_be_reachable(items[0])
                ready.append({**message, **clean_message(message), "items": items, "letter": document})
            except InvalidValue as error:
                lacking.append({**message, "answer": str(error)})
        return ready, lacking

    def _queue(self, op: Operation, one: Mapping[str, Any], day: date) -> list[int]:
        content = one["letter"].pdf
        [document] = op.insert(
            "kept_documents",
            [
                {
                    "kind": "reminder", "form": "pdf", "name": f"{one['letter'].name}.pdf",
                    "sha256": hashlib.sha256(content).hexdigest(), "content": content,
                }
            ],
        )  # fmt: skip
        kept = ("kind", "customer", "recipient", "copy_to", "sender", "subject", "body")
        [message] = Sending(self._hold).queue(op, [{**{name: one[name] for name in kept}, "document": document}])
        op.insert(
            "reminders",
            [
                {
                    "invoice": item["invoice"],
                    "level": item["level"],
                    "date": day,
                    "open": item["open"],
                    "message": message,
                }
                for item in one["items"]
            ],
        )
        return [message]

    def _document(
        self, items: Sequence[Mapping[str, Any]], day: date, language: str | None
    ) -> tuple[Document, dict[str, Any]]:
        """Return the letter about some invoices, and the mail that brings it."""
        buyer = Customers(self._hold).get(items[0]["customer_id"])
        sellers = self.store.rows("select * exclude (operation, logo) from sellers")
        seller, look = sellers[0] if sellers else {}, look_of(self.store)
        level = max(item["level"] for item in items)
        says, currency = min(level, _TEXTS), items[0]["currency"]
        words, parties = parties_context(seller, buyer, language)
        title, owed = words(f"reminder_{says}"), sum((item["open"] for item in items), Decimal(0))
        context = {
            **parties, "title": title, "currency": currency, "colour": look.colour, "logo": look.logo, "watermark": None,
            "as_of": day,            "level": level, "says": says, "items": [dict(item) for item in items], "owed": owed,
            "qr": scan_code(parties["seller"], owed, currency, ", ".join(item["number"] for item in items)),
        }  # fmt: skip
        html = render(self._template(words.language, level), context, look.own)
        name, seller_name = (
            plain_name(f"{title} {buyer['display_name'][:60]} {currency} {day}"),
            seller.get("name") or "",
        )
        amount = words.money(owed, currency)
        body = [
            words("dear"),
            "",
            words("mail_reminder", count=len(items), amount=amount),
            "",
            words("regards"),
            seller_name,
        ]
        subject = words("mail_reminder_subject", title=title, seller=seller_name)
        document = Document(name, html, partial(printed, html, title=title, author=seller_name, day=day))
        return document, {"subject": " ".join(subject.split()), "body": "\n".join(body)}

    def _template(self, language: str, level: int) -> str:
        """Return the book's template for a language and a level: the one that says most of both, else the usual one."""
        query = (
            "select name from templates where kind = 'reminder' and (language is null or language = $language) "
            "and (level is null or level = $level) order by (language is not null)::int + (level is not "
            "null)::int desc, id desc limit 1"
        )
        found = self.store.rows(query, language=language, level=level)
        return found[0]["name"] if found else USUAL["reminder"]

    def _day(self, as_of: date | str | None) -> date:
        day = to_date(as_of) if as_of is not None else self.store.today
        if day > self.store.today:
            raise IllegalTransition(
                f"Nobody is reminded on {day}: that day is still to come. Today is {self.store.today}."
            )
        return day


def _must_be_reachable(item: Mapping[str, Any]) -> None:
    if not item["recipient"]:
        raise InvalidValue(f"{item['customer']} has no e-mail address. Give it: book.customers.change.")


def _told(messages: Sequence[Mapping[str, Any]], state: str) -> pa.Table:
    rows = [
        {"message": None, "invoice": None, "number": one["number"], "recipient": one["recipient"], "subject": one["subject"],
         "state": "not sent" if one.get("answer") else state, "answer": one.get("answer")}
        for one in messages
    ]  # fmt: skip
    return pa.Table.from_pylist(rows, schema=RESULTS)


def _with_numbers(sent: pa.Table, ready: Sequence[Mapping[str, Any]]) -> pa.Table:
    """Name the invoices of each letter: they were queued in this order."""
    numbers = pa.array([one["number"] for one in ready], pa.string())
    return sent.set_column(sent.schema.get_field_index("number"), "number", numbers) if sent.num_rows else sent
