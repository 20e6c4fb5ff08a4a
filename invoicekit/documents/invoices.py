"""Invoices with what goes out of them: a look chosen when they are issued, and mail."""

from __future__ import annotations

import datetime
import re
import warnings
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from invoicekit import ledger
from invoicekit.documents.content import contents, look_of, parties_context
from invoicekit.documents.keeping import keep, kept
from invoicekit.documents.mail import RESULTS, Mail, must_be_kept_first
from invoicekit.documents.making import Making, made
from invoicekit.documents.templates import chosen
from invoicekit.errors import InvalidValue, InvoicekitError, MailRefused
from invoicekit.ledger.billing.sending import Sending, clean_message, must_be_sendable
from invoicekit.signs import turned
from invoicekit.store import frame

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Invoices"]

_BLANK = re.compile(r"\{(number|date|due_date|amount|customer|seller)\}")


class Invoices(ledger.Invoices):
    """The invoices and credit notes of a book."""

    def finalize(
        self,
        invoice: int,
        *,
        date: datetime.date | str | None = None,
        template: str | None = None,
        send: bool = False,
    ) -> str:
        """Give a draft its number, post what is owed, bill its work, freeze what it says, and return the number.

        It cannot be undone: a number once given stays given, and what is wrong is cancelled by a credit note.

        Parameters
        ----------
        date
            Day of issue; the draft's unless given.
        template
            What it is to look like, one of ``book.documents.templates.list()``; the draft's, or the usual one, unless given.
        send
            Mail it at once, as `send` does. If that fails, it is issued all the same, and not sent.

        Raises
        ------
        IllegalTransition
            If it is no draft.
        Incomplete
            If seller or customer lack what the law of their country, or the book's complete profile, wants on an invoice.
        InvalidValue
            If the day is before some of the work, or before that of the last number of the series.
        PeriodLocked
            If the day is locked.
        NotAllowed
            Unless who opened the book is owner of the customer, and processes invoices, where users have roles.
        NotFound
            If there is no such template.

        Warns
        -----
        UserWarning
            If it was issued, and could not be sent.
        """
        if send:
            must_be_kept_first(self.store)
        with self.store.operation("finalize invoice") as op:
            self._look(op, [self.get(invoice)], template)
            number = super().finalize(invoice, date=date)
        if send:
            self._send_after([invoice])
        return number

    def finalize_all(
        self,
        invoices: Iterable[int],
        *,
        date: datetime.date | str | None = None,
        template: str | None = None,
        send: bool = False,
    ) -> Sequence[str]:
        """Finalise several drafts in one operation, all or none, and return their numbers; see `finalize`."""
        if send:
            must_be_kept_first(self.store)
        drafts = [one["id"] for one in self.several(invoices)]
        with self.store.operation("finalize invoices") as op:
            self._look(op, self.several(drafts), template)
            numbers = super().finalize_all(drafts, date=date)
        if send:
            self._send_after(drafts)
        return numbers

    def send(
        self,
        invoices: int | Iterable[int] | pd.DataFrame,
        *,
        to: str | None = None,
        subject: str | None = None,
        body: str | None = None,
        copy_to: str | None = None,
        form: str | None = None,
        dry_run: bool = False,
    ) -> pd.DataFrame:
        """Mail issued invoices, a message each with its PDF, and return what became of each.

        What goes out is put into the outbox first; what cannot be handed over waits there (``book.mail``).

        Parameters
        ----------
        to
            Where to; each customer's e-mail address unless given. Several addresses have commas between.
        subject, body
            What it says; a few words in the customer's language unless given. ``{number}``, ``{date}``,
            ``{due_date}``, ``{amount}``,
            ``{customer}`` and ``{seller}`` are filled in.
        form
            ``pdf`` or ``facturx``; as the mail account says unless given.
        dry_run
            Say what would go out, and send nothing.

        Returns
        -------
        pandas.DataFrame
            ``message``, ``invoice``, ``number``, ``recipient``, ``subject``, ``state`` and ``answer``: a row for
            each. Of several, one that
            lacks something is ``not sent``, and the others go out.

        Raises
        ------
        IllegalTransition
            If one of them is a draft, closed, on its way already, or one of several was sent already: several are sent only for the
            first time.
        InvalidValue
            If a single one has no recipient, subject or text.
        MailRefused
            If nobody has said how mail goes out.
        NotAllowed
            Unless who opened the book is owner of the customers, and processes invoices, where users have roles.
        """
        if not dry_run:
            must_be_kept_first(self.store)
        mail = Mail(self._hold)
        account = mail.get()
        if not account["host"] and not dry_run:
            raise MailRefused(
                "Nobody has said by which server mail goes out. Say it: book.mail.change(host=..., sender=...)."
            )
        wanted = form or account["form"] or "pdf"
        if wanted not in ("pdf", "facturx"):
            raise InvalidValue(f'Invoices are sent as pdf or facturx, not as "{wanted}".')
        held = self.several(invoices)
        said = {
            "recipient": to,
            "subject": subject,
            "body": body,
            "copy_to": copy_to,
            "sender": account["sender"] or "nobody@localhost",
        }
        with self.store.operation("queue mail") as op:
            must_be_sendable(op, self.store.actor, held)
        ready, lacking = self._messages(held, said, alone=len(held) == 1)
        # Printed in an operation of its own: what is kept stays, whatever becomes of the mail.
        documents, refused = self._documents([message["invoice"] for message in ready], wanted, keeps=not dry_run)
        if refused and len(held) == 1:
            raise next(iter(refused.values()))
        lacking += [{**one, "answer": str(refused[one["invoice"]])} for one in ready if one["invoice"] in refused]
        ready = [one for one in ready if one["invoice"] not in refused]
        if dry_run:
            return frame(_listed([*ready, *lacking], "would be sent"))
        with self.store.operation("queue mail") as op:
            must_be_sendable(op, self.store.actor, held)
            queued = Sending(self._hold).queue(
                op, [{**_stored(message), "document": documents[message["invoice"]]} for message in ready]
            )
            op.summary = ", ".join(message["number"] for message in ready[:5])
        sent = mail.sent(queued) if queued else RESULTS.empty_table()
        return frame(pa.concat_tables([sent, _listed(lacking, "not sent")]))

    def mail_of(self, invoice: int) -> dict[str, str | None]:
        """Return the mail an invoice would go out by if nothing else were said: ``to``, ``subject`` and ``body``.

        ``to`` is None where the customer has no address.

        Examples
        --------
        >>> import invoicekit as ik, tempfile, pathlib
        >>> book = ik.open(pathlib.Path(tempfile.mkdtemp()) / "acme.duckdb")
        >>> acme = book.customers.add(display_name="Acme SA", email="ana@acme.example")
        >>> book.invoices.mail_of(book.invoices.record(acme, number="F-1", date="2026-01-10", total="100"))["to"]
        'ana@acme.example'
        """
        held = self.get(invoice)
        said = dict.fromkeys(("recipient", "subject", "body", "copy_to"))
        composed = _composed(contents(self.store, [held["id"]])[held["id"]], said)
        to = self.store.rows("select email from customers where id = $id", id=held["customer"])[0]["email"]
        return {"to": to, "subject": composed["subject"], "body": composed["body"]}

    def _look(self, op: Any, drafts: Sequence[Mapping[str, Any]], template: str | None) -> None:
        """Give drafts the look that was chosen, and see that each is to be had."""
        if template is not None:
            name = None if chosen(op, template) == chosen(op, None) else template
            op.update(
                "invoices", [{"id": draft["id"], "template": name} for draft in drafts if draft["status"] == "draft"]
            )
        else:
            for name in {draft["template"] for draft in drafts}:
                chosen(op, name)

    def _send_after(self, issued: Sequence[int]) -> None:
        try:
            results = self.send(issued)
            left = [
                f"{row.number} ({row.answer if isinstance(row.answer, str) else 'it waits in the outbox: book.mail.run()'})"
                for row in results.itertuples()
                if row.state != "sent"
            ]
        except InvoicekitError as error:
            left = [str(error)]
        if left:
            warnings.warn(f"Issued, but not sent: {'; '.join(left[:5])}", stacklevel=3)

    def _messages(
        self, held: Sequence[Mapping[str, Any]], said: Mapping[str, Any], *, alone: bool
    ) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
        """Return what goes out, and what lacks something; of a single one that is an error."""
        ready, lacking = [], []
        content_of = contents(self.store, [one["id"] for one in held])
        reached = {
            row["id"]: row["email"]
            for row in self.store.rows(
                "select id, email from customers where id in (select unnest($ids::bigint[]))",
                ids=[one["customer"] for one in held],
            )
        }
        for one in held:
            message = {**_composed(content_of[one["id"]], said), "kind": "invoice", "invoice": one["id"], "number": one["number"],
                       "customer": one["customer"]}  # fmt: skip
            if said["recipient"] is None:
                message["recipient"] = reached[one["customer"]]
            try:
                _must_be_reachable(one, content_of[one["id"]], message["recipient"], said["recipient"])
                ready.append({**message, **clean_message(message)})
            except InvalidValue as error:
                if alone:
                    raise
                lacking.append({**message, "answer": str(error)})
        return ready, lacking

    def _documents(
        self, ids: Sequence[int], form: str, *, keeps: bool
    ) -> tuple[dict[int, int], dict[int, InvoicekitError]]:
        """Return the kept documents that are attached, by invoice, and why others cannot be printed.

        What never was printed is printed now.
        """
        there, look = kept(self.store, ids, form), look_of(self.store)
        missing = [id_ for id_ in ids if id_ not in there]
        content_of = contents(self.store, missing)
        looks = {one["id"]: one["template"] for one in self.several(missing)} if missing else {}
        written: list[tuple[int, Making, bytes]] = []
        refused: dict[int, InvoicekitError] = {}
        for id_ in missing:
            try:
                making = Making(content_of[id_], chosen(self.store, looks[id_]), look, form)
                written.append((id_, making, made(making)))
            except InvoicekitError as error:
                refused[id_] = error
        if keeps:
            keep(self.store, form, written)
        query = (
            "select invoice, id from kept_documents where form = $form and invoice in (select unnest($ids::bigint[]))"
        )
        return {row["invoice"]: row["id"] for row in self.store.rows(query, form=form, ids=[*ids])}, refused


def _must_be_reachable(
    invoice: Mapping[str, Any], content: Mapping[str, Any], recipient: str | None, said: str | None
) -> None:
    if content["document"]["elsewhere"]:
        raise InvalidValue(
            f"{invoice['number']} was issued by another system, and is sent from there. Note that it was: book.invoices.mark_sent."
        )
    if not recipient and said is None:
        raise InvalidValue(
            f"{content['buyer']['display_name']} has no e-mail address. Give it (book.customers.change), or say to=."
        )


def _composed(content: Mapping[str, Any], said: Mapping[str, Any]) -> dict[str, Any]:
    """Return a message about an invoice: what was said, and a few words in the customer's language where nothing was."""
    whole = turned(content)
    document, seller = whole["document"], whole["seller"] or {}
    words, _ = parties_context(seller, whole["buyer"], None)
    values = {
        "number": document["number"], "date": words.date(document["date"]), "due_date": words.date(document["due_date"]),
        "amount": words.money(whole["totals"]["payable"], document["currency"]),
        "customer": whole["buyer"]["display_name"], "seller": seller.get("name") or "",
    }  # fmt: skip
    kind = document["kind"]
    subject, body = said["subject"], said["body"]
    if subject is None:
        subject = words(f"mail_{kind}_subject", number=values["number"], seller=values["seller"])
    if body is None:
        lines = [
            words("dear"),
            "",
            words(f"mail_{kind}", number=values["number"], date=values["date"], amount=values["amount"]),
        ]
        if kind == "invoice" and document["due_date"]:
            lines.append(words("mail_due", date=values["due_date"]))
        body = "\n".join([*lines, "", words("regards"), values["seller"]])
    return {
        **said,
        "subject": " ".join(_filled(subject, values).split()) if said["subject"] is None else _filled(subject, values),
        "body": _filled(body, values) if said["body"] is not None else body,
    }


def _filled(text: Any, values: Mapping[str, str]) -> Any:
    return _BLANK.sub(lambda blank: str(values[blank[1]]), text) if isinstance(text, str) else text


def _stored(message: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in message.items() if name != "number"}


def _listed(messages: Sequence[Mapping[str, Any]], state: str) -> pa.Table:
    rows = [
        {
            "message": None, "invoice": one["invoice"], "number": one["number"], "recipient": one["recipient"] or None,
            "subject": one["subject"], "state": "not sent" if one.get("answer") else state, "answer": one.get("answer"),
        }
        for one in messages
    ]  # fmt: skip
    return pa.Table.from_pylist(rows, schema=RESULTS)
