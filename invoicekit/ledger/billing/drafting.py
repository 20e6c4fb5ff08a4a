"""From work, or from lines given by hand, to drafts: a draft reserves what it bills."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from invoicekit.dates import due_date
from invoicekit.errors import InvalidValue
from invoicekit.ledger.billing import amounts
from invoicekit.ledger.billing.series import OWN
from invoicekit.ledger.part import statement
from invoicekit.ledger.parties.customers import Customers, Which
from invoicekit.ledger.settings import Settings
from invoicekit.ledger.work.matters import Matters
from invoicekit.ledger.work.worklist import Worklist
from invoicekit.store import Operation

if TYPE_CHECKING:
    from invoicekit.ledger.work.worklist import Some

__all__ = ["Drafting", "due_dates", "must_be_in_use"]

# Every column of lines that working out reads, empty.
_NO_LINES = "select * from no_lines where false"


class Drafting(Worklist):
    """Making drafts; the verbs of `Invoices` that do so come here."""

    def group(self, op: Operation, by: str, customer: int | None = None) -> None:
        """Stage the documents that chosen activities make as ``bills``, each with the list of its activities."""
        usual = Settings(self._hold).currency
        op.derive("assigned_work", statement("work_assigned"), currency=usual, customer=customer)
        op.derive("billed_clients", "select distinct customer from assigned_work where customer is not null")
        op.derive("debtors", statement("debtors"))
        op.derive("bills", statement("bills_of_work"), by=by)

    def write_bills(
        self,
        op: Operation,
        heads: Mapping[str, Any],
        fee: Sequence[dict[str, Any]] = (),
        adjustments: Sequence[dict[str, Any]] = (),
    ) -> list[int]:
        """Write grouped work (``bills``) as drafts, with a fee that covers it or with a line for each activity."""
        bills = op.rows("select * exclude (activities) from bills order by row")
        drafts = [
            {
                **heads, **bill, "kind": "invoice", "series": OWN, "status": "draft",
            }
            for bill in bills
        ]  # fmt: skip
        amounts.stage(op, drafts, fee, adjustments)
        op.derive("billed_work", "select row, unnest(activities) as activity from bills")
        self.stage_fees(op, fee)
        op.stage("no_lines", amounts.lines_table([]))
        op.derive("work_lines", statement("draft_lines"))
        op.derive("given_lines", "select * from drafted_lines")
        op.derive(
            "drafted_lines",
            f"{_NO_LINES} union all by name select * from given_lines union all by name select * from work_lines",
        )
        ids = amounts.write(op)
        op.update(
            "activities",
            op.arrow("select activity as id, written.id as invoice from billed_work inner join written using (row)"),
        )
        return ids

    def by_hand(
        self,
        op: Operation,
        customer: Which | None,
        matter: dict[str, Any] | None,
        heads: Mapping[str, Any],
        lines: Sequence[dict[str, Any]],
        adjustments: Sequence[dict[str, Any]],
    ) -> int:
        """Draft lines that somebody gave, and return the draft's id."""
        client = self._client(customer, matter)
        debtor = Customers(self._hold).get(Customers(self._hold).billed(client))
        must_be_in_use(debtor)
        draft = {
            "currency": (matter or {}).get("currency") or debtor["currency"] or Settings(self._hold).currency,
            **{name: value for name, value in heads.items() if value is not None},
            "row": 1, "kind": "invoice", "series": OWN, "status": "draft", "customer": debtor["id"], "recorded_for": debtor["id"],
            "billed_for": client if client != debtor["id"] else None, "matter": matter["id"] if matter else None,
        }  # fmt: skip
        amounts.stage(op, [draft], lines, adjustments)
        return amounts.write(op)[0]

    def choose(
        self,
        op: Operation,
        until: date,
        *,
        activities: Some | None = None,
        matters: Sequence[int] | None = None,
        customers: Sequence[int] | None = None,
    ) -> None:
        """Stage the activities of a draft: those given, or all that are unbilled up to a day.

        Raises
        ------
        ActivityTaken, InvalidValue
            If one of those given cannot be billed.
        """
        if activities is not None:
            refused = self._choose(op, activities)
            if refused.num_rows:
                raise InvalidValue(f"{refused.column('reason')[0].as_py()}: leave it out, and draft the rest.")
        else:
            op.stage("matters_to_bill", pa.table({"id": pa.array(matters or [], pa.int64())}))
            op.stage("clients_to_bill", pa.table({"id": pa.array(customers or [], pa.int64())}))
            asked = {"of_matters": matters is not None, "of_clients": customers is not None}
            op.derive("chosen_activities", statement("unbilled_work"), issued=until, **asked)
        only = matters[0] if matters and len(matters) == 1 else None
        for row in op.rows(statement("activities_unfit"), matter=only, issued=until):
            raise InvalidValue(f"{row['problem']} {row['hint']}")

    def must_be_one(self, op: Operation, customer: Which | None) -> None:
        """Refuse work that would make several documents (``bills``), saying why."""
        bills = op.rows("select * exclude (activities) from bills")
        currencies = sorted({row["currency"] for row in bills})
        if len(currencies) > 1:
            raise InvalidValue(
                f"The activities are in several currencies: {', '.join(currencies)}. Draft each by itself."
            )
        if customer is not None:
            held = Customers(self._hold).get(customer)
            for other in op.rows(statement("matters_of_others"), customer=held["id"]):
                raise InvalidValue(
                    f"{held['display_name']} cannot be billed for {other['matter']}: {other['problem']}. "
                    "Name one of its clients, or leave that work out."
                )
            return
        if len(bills) == 1 and bills[0]["customer"] is not None:
            return
        groups = op.rows(statement("work_of_several"))
        titles = ", ".join(sorted({row["matter_title"] for row in groups}))
        known = ", ".join(sorted({row["name"] for row in groups if row["name"]}))
        if not known:
            raise InvalidValue(f"Nothing says whom to bill for {titles}: name the client by customer=.")
        raise InvalidValue(
            f"The work on {titles} is for several clients ({known}), or for none in particular: say by customer= whom to bill, "
            "and draft each by itself."
        )

    @staticmethod
    def stage_fees(op: Operation, fee: Sequence[dict[str, Any]]) -> None:
        """Stage the lines of fees that cover work."""
        op.stage(
            "fees",
            pa.table(
                {
                    "row": pa.array([line["row"] for line in fee], pa.int64()),
                    "place": pa.array([line["place"] for line in fee], pa.int64()),
                    "amount": pa.array([line["unit_price"] for line in fee], pa.decimal128(18, 6)),
                }
            ),
        )

    def _client(self, customer: Which | None, matter: dict[str, Any] | None) -> int:
        if customer is not None:
            return int(Customers(self._hold).get(customer)["id"])
        if matter is None:
            raise InvalidValue("Nothing says whom to bill. Name a matter, a customer, or the activities themselves.")
        clients = Matters(self._hold).clients(matter["id"])
        if len(clients) != 1:
            known = ", ".join(clients["name"]) or "nobody"
            raise InvalidValue(
                f"{matter['title']} is for {known}: say by customer= whom to bill, and draft each by itself."
            )
        return int(clients["id"].iloc[0])


def due_dates(op: Operation, bills: Sequence[tuple[int, date]]) -> dict[tuple[int, date], date]:
    """Return the day each of some customers has to pay what is issued to it on a day, by its terms."""
    op.stage("bill_customers", pa.table({"id": pa.array({customer for customer, _ in bills}, pa.int64())}))
    terms = {
        row["id"]: row["terms"]
        for row in op.rows("select id, terms from customers inner join bill_customers using (id)")
    }
    return {(customer, day): due_date(day, terms.get(customer)) for customer, day in bills}


def must_be_in_use(debtor: dict[str, Any]) -> None:
    """Refuse to bill somebody who is inactive."""
    if debtor["inactive_since"] is not None:
        raise InvalidValue(
            f"{debtor['display_name']} is inactive since {debtor['inactive_since']} and cannot be billed. "
            "Activate the customer first."
        )
