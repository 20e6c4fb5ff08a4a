"""Invoices that come again: one for each template and period, whatever is run twice, following the customer as it is then."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from invoicekit.dates import to_date
from invoicekit.errors import IllegalTransition, InvalidValue, NotFound
from invoicekit.ledger.billing import amounts
from invoicekit.ledger.billing.drafting import due_dates
from invoicekit.ledger.billing.issuing import Issuing
from invoicekit.ledger.billing.series import OWN
from invoicekit.ledger.part import Part, clean, statement
from invoicekit.ledger.parties.customers import Customers, Which
from invoicekit.ledger.settings import Settings
from invoicekit.ledger.work.matters import Matters
from invoicekit.schema import TABLES
from invoicekit.store import Operation, frame

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Recurring"]

_LINE = [name for name in TABLES["recurring_lines"].names if name not in ("id", "recurring", "position")]


class Recurring(Part):
    """The recurring invoices of a book: templates, named by their id or their name."""

    def add(
        self,
        name: str,
        customer: Which,
        *,
        lines: Iterable[Mapping[str, Any]],
        starts_on: datetime.date | str,
        every: int = 1,
        unit: str = "month",
        ends_on: datetime.date | str | None = None,
        matter: Which | None = None,
        **fields: Any,
    ) -> int:
        """Add a template and return its id; `run` makes its invoices.

        Parameters
        ----------
        name
            What it is called; no two have the same name.
        customer
            Who is billed. Addresses, e-mail, payment method, terms and tax are the customer's on the day of each invoice.
        lines
            Dicts: ``description``, ``quantity``, ``unit_price``, ``tax_rate`` ... ``{period}`` in a description, or in the subject,
            stands for the month or year an invoice is for.
        starts_on
            Day of the first; those to come fall on the same day of the month - on its last where it is shorter.
        every, unit
            Each so many ``day``, ``week``, ``month`` or ``year``.
        ends_on
            No invoice is made for a later day.
        **fields
            ``subject``, ``currency``, ``prices_include_tax``.

        Raises
        ------
        InvalidValue
            If there is no line, one of them has no price, or the name is taken.

        Examples
        --------
        >>> import invoicekit as ik, tempfile, pathlib
        >>> book = ik.open(pathlib.Path(tempfile.mkdtemp()) / "acme.duckdb")
        >>> acme = book.customers.add(display_name="Acme SA")
        >>> line = {"description": "Rent {period}", "unit_price": "900"}
        >>> _ = book.recurring.add("Rent", acme, lines=[line], starts_on="2026-01-31")
        >>> [str(day) for day in book.recurring.preview(until="2026-04-30")["period"]]
        ['2026-01-31', '2026-02-28', '2026-03-31', '2026-04-30']
        """
        with self.store.operation("add recurring invoice") as op:
            on = {
                "customer": Customers(self._hold).get(customer)["id"],
                "matter": Matters(self._hold).get(matter)["id"] if matter is not None else None,
            }
            said = {"name": name, "every": every, "unit": unit, "starts_on": starts_on, "ends_on": ends_on, **fields}
            row: dict[str, Any] = {**clean("recurring_invoices", said), **on}
            self._must_be_sound(op, row, None)
            [template] = op.insert("recurring_invoices", [row])
            self._write_lines(op, template, lines)
            op.summary = f"{row['name']}: every {row['every']} {row['unit']} from {row['starts_on']}"
            return template

    def change(self, recurring: Which, *, lines: Iterable[Mapping[str, Any]] | None = None, **fields: Any) -> None:
        """Change a template for the invoices to come; those that were made stay as they are.

        Parameters
        ----------
        lines
            All of its lines, in place of those it has.
        **fields
            ``name``, ``subject``, ``every``, ``unit``, ``starts_on``, ``ends_on``, ``currency``, ``prices_include_tax``.
        """
        with self.store.operation("change recurring invoice") as op:
            held = self.get(recurring)
            given = clean("recurring_invoices", fields)
            self._must_be_sound(op, {**held, **given}, held["id"])
            if any(name in given and given[name] != held[name] for name in ("starts_on", "every", "unit")):
                self._never_again(op, held, given)
            op.update("recurring_invoices", [{"id": held["id"], **given}])
            if lines is not None:
                op.delete(
                    "recurring_lines",
                    [
                        row["id"]
                        for row in op.rows("select id from recurring_lines where recurring = $id", id=held["id"])
                    ],
                )
                self._write_lines(op, held["id"], lines)
            op.summary = f"{held['name']}: {', '.join([*fields, *(['lines'] if lines is not None else [])])}"

    def get(self, recurring: Which) -> dict[str, Any]:
        """Return a template's fields.

        Raises
        ------
        NotFound
            If there is none with this id or name.
        """
        by = "name_key(name) = name_key($which)" if isinstance(recurring, str) else "id = $which"
        known = isinstance(recurring, str | int) and not isinstance(recurring, bool)
        found = (
            self.store.rows(f"select * exclude (operation) from recurring_invoices where {by}", which=recurring)
            if known
            else []
        )
        if not found:
            raise NotFound(f"There is no recurring invoice {recurring!r}. book.recurring.list() shows them all.")
        return found[0]

    def list(self) -> pd.DataFrame:
        """Return the templates, with how many invoices each made, and the day of the next one."""
        return frame(
            self.store.arrow(statement("recurring_listed"), horizon=self.store.today + datetime.timedelta(days=3660))
        )

    def lines(self, recurring: Which) -> pd.DataFrame:
        """Return the lines of a template, in their order."""
        query = (
            "select * exclude (id, operation, recurring) from recurring_lines where recurring = $id order by position"
        )
        return frame(self.store.arrow(query, id=self.get(recurring)["id"]))

    def preview(self, *, until: datetime.date | str | None = None, recurring: Which | None = None) -> pd.DataFrame:
        """Return the invoices due up to a day and not made yet.

        Parameters
        ----------
        until
            A day to come shows the next ones; today unless given.

        Returns
        -------
        pandas.DataFrame
            ``recurring``, ``customer``, ``period``, ``amount`` (what its lines come to in the prices they are given in, with
            tax where those include it), ``currency``, and the ``problem`` that keeps one from being made.
        """
        return frame(self._due_for(self.store, until, recurring).drop_columns(["id", "customer_id"]))

    def run(
        self, *, until: datetime.date | str | None = None, recurring: Which | None = None, final: bool = False,
        date: datetime.date | str | None = None,
    ) -> pd.DataFrame:  # fmt: skip
        """Make the invoices that are due up to a day, each once, in one operation.

        Parameters
        ----------
        until
            Today unless given.
        recurring
            One template only.
        final
            Issue them; drafts otherwise.
        date
            Day of issue of all of them, where that is not the day each is for.

        Returns
        -------
        pandas.DataFrame
            ``recurring``, ``customer``, ``period``, ``invoice``, ``number``, and the ``problem`` that kept one from being made.
        """
        with self.store.operation("run recurring invoices") as op:
            due = self._due_for(op, until, recurring)
            op.stage("due_periods", due)
            ready = [row for row in due.to_pylist() if row["problem"] is None]
            made = self._draft(op, ready, to_date(date) if date is not None else None) if ready else []
            if final and made:
                op.stage("made_ids", pa.table({"id": pa.array(made, pa.int64())}))
                drafts = op.rows(
                    "select invoices.* exclude (operation) from invoices inner join made_ids using (id) order by date, id"
                )
                Issuing(self._hold).issue(op, drafts)
            op.summary = f"{len(made):,} {'invoices' if final else 'drafts'}"
            return frame(op.arrow(statement("recurring_made")))

    def pause(self, recurring: Which, *, on: datetime.date | str | None = None) -> None:
        """Make no invoices from a day on, until `resume`."""
        with self.store.operation("pause recurring invoice") as op:
            held = self.get(recurring)
            if held["paused_on"] is not None:
                raise IllegalTransition(f"{held['name']} is paused since {held['paused_on']} already.")
            day = to_date(on) if on is not None else op.today
            op.update("recurring_invoices", [{"id": held["id"], "paused_on": day}])
            op.summary = f"{held['name']} from {day}"

    def resume(self, recurring: Which, *, on: datetime.date | str | None = None, catch_up: bool = False) -> None:
        """Make invoices again from a day on.

        Parameters
        ----------
        catch_up
            Make those of the pause as well, on the next run; else they are never made.
        """
        with self.store.operation("resume recurring invoice") as op:
            held = self.get(recurring)
            if held["paused_on"] is None:
                raise IllegalTransition(f"{held['name']} is not paused.")
            day = to_date(on) if on is not None else op.today
            if day < held["paused_on"]:
                raise InvalidValue(
                    f"{held['name']} is paused since {held['paused_on']}, and cannot go on from {day}. Give a later day."
                )
            if not catch_up and day > held["paused_on"]:
                until = day - datetime.timedelta(days=1)
                op.insert("recurring_pauses", [{"recurring": held["id"], "since": held["paused_on"], "until": until}])
            op.update("recurring_invoices", [{"id": held["id"], "paused_on": None}])
            op.summary = f"{held['name']} from {day}"

    def end(self, recurring: Which, *, on: datetime.date | str | None = None) -> None:
        """Make no invoices for days after this one; those that were made stay."""
        with self.store.operation("end recurring invoice") as op:
            held = self.get(recurring)
            day = to_date(on) if on is not None else op.today
            op.update("recurring_invoices", [{"id": held["id"], "ends_on": day}])
            op.summary = f"{held['name']} on {day}"

    @staticmethod
    def _never_again(op: Operation, held: dict[str, Any], given: dict[str, Any]) -> None:
        """See that another rhythm bills nothing again of what was billed by the one before."""
        last = op.rows("select max(period) as day from invoices where recurring = $id", id=held["id"])[0]["day"]
        if last is not None:
            since = min(held["starts_on"], given.get("starts_on") or held["starts_on"])
            op.insert("recurring_pauses", [{"recurring": held["id"], "since": since, "until": last}])

    def _due_for(self, where: Any, until: datetime.date | str | None, recurring: Which | None) -> pa.Table:
        which = self.get(recurring)["id"] if recurring is not None else None
        last = to_date(until) if until is not None else self.store.today
        return where.arrow(statement("recurring_due"), until=last, which=which)

    def _draft(self, op: Operation, ready: Sequence[dict[str, Any]], issued: datetime.date | None) -> Sequence[int]:
        op.stage("billed_clients", pa.table({"customer": pa.array({row["customer_id"] for row in ready}, pa.int64())}))
        debtors = {row["customer"]: row["debtor"] for row in op.rows(statement("debtors"))}
        due_dates(op, [(debtor, op.today) for debtor in debtors.values()])
        own = {
            row["id"]: row["currency"]
            for row in op.rows("select id, currency from customers inner join bill_customers using (id)")
        }
        templates = {row["id"]: row for row in op.rows("select * from recurring_invoices")}
        held: dict[int, Any] = {}
        for line in op.rows("select * from recurring_lines order by recurring, position"):
            held.setdefault(line["recurring"], []).append(line)
        drafts, lines = [], []
        for nth, row in enumerate(ready, 1):
            template, debtor, called = (
                templates[row["id"]],
                debtors[row["customer_id"]],
                _period(templates[row["id"]], row["period"]),
            )
            drafts.append(
                {
                    "row": nth, "kind": "invoice", "series": OWN, "status": "draft", "customer": debtor, "recorded_for": debtor,
                    "billed_for": row["customer_id"] if row["customer_id"] != debtor else None, "matter": template["matter"],
                    "currency": template["currency"] or own.get(debtor) or Settings(self._hold).currency,
                    "date": issued or row["period"],
                    "subject": _said(template["subject"], called), "recurring": template["id"], "period": row["period"],
                    "prices_include_tax": template["prices_include_tax"],
                }
            )  # fmt: skip
            lines += [
                {
                    "row": nth,
                    "place": line["position"],
                    **{name: line[name] for name in _LINE},
                    "description": _said(line["description"], called),
                }
                for line in held[template["id"]]
            ]
        amounts.stage(op, drafts, lines)
        return amounts.write(op)

    def _must_be_sound(self, op: Operation, row: dict[str, Any], itself: int | None) -> None:
        if not row["name"]:
            raise InvalidValue("A recurring invoice needs a name. Say what it is called.")
        taken = op.rows(
            "select id from recurring_invoices where name_key(name) = name_key($name) and id is distinct from $itself",
            name=row["name"],
            itself=itself,
        )
        if taken:
            raise InvalidValue(f"There is a recurring invoice {row['name']} already. Give this one another name.")
        for name in ("every", "unit", "starts_on"):
            if row[name] is None:
                raise InvalidValue(f"A recurring invoice cannot be without {name}. Say it.")
        if row["ends_on"] is not None and row["ends_on"] < row["starts_on"]:
            raise InvalidValue(
                f"{row['name']} cannot end on {row['ends_on']}: it starts on {row['starts_on']}. Give a later day."
            )

    def _write_lines(self, op: Operation, template: int, lines: Iterable[Mapping[str, Any]]) -> None:
        given = amounts.lines_given(lines)
        if not given:
            raise InvalidValue("A recurring invoice needs a line. Give what it bills.")
        for line in given:
            if line.get("net") is not None or line.get("unit_price") is None:
                raise InvalidValue(
                    f"Line {line['place']} of a recurring invoice needs a unit_price; net is worked out of it."
                )
        op.insert(
            "recurring_lines",
            [
                {"recurring": template, "position": line["place"], **{name: line.get(name) for name in _LINE}}
                for line in given
            ],
        )


def _period(template: dict[str, Any], day: datetime.date) -> str:
    """Return what an invoice is for, as it is written: 2026, 2026-01 or 2026-01-31."""
    return str(day)[: {"year": 4, "month": 7}.get(template["unit"], 10)]


def _said(text: str | None, period: str) -> str | None:
    return text.replace("{period}", period) if text else text
