"""A day of a lawyer: stopwatch, phone call, court fee, work on the wrong matter, month end.

Proves M8, S3.1, S3.3, S3.8, S3.11, S3.12, S3.17, S3.19, S3.20.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

import invoicekit as ik
from invoicekit.errors import ActivityTaken
from tests.conftest import ready_to_bill


class Day:
    """The clock on the wall."""

    def __init__(self, *when: int) -> None:
        self.now = datetime(*when).astimezone(UTC).replace(tzinfo=None)  # type: ignore[arg-type]

    def __call__(self) -> datetime:
        return self.now

    def until(self, hour: int, minute: int) -> None:
        here = self.now.replace(tzinfo=UTC).astimezone().replace(hour=hour, minute=minute, second=0, microsecond=0)
        self.now = here.astimezone(UTC).replace(tzinfo=None)


def test_a_day_of_a_lawyer(tmp_path: Path) -> None:
    wall = Day(2026, 10, 29, 9, 0)
    book = ik.open(tmp_path / "chambers.duckdb", actor="claire", clock=wall)
    book.settings.time_step = 6
    ready_to_bill(book)

    # The chambers: Claire at 240 an hour, two clients, three matters.
    book.users.add("claire", full_name="Claire Morel", rate="240", weekly_hours=35)
    book.customers.add(display_name="Éole")
    book.customers.add(display_name="Lavigne", rate="200")
    book.matters.open("Trade mark", number="E-1", customers="Éole", budget=1500)
    book.matters.open("Dispute", number="L-1", customers="Lavigne")
    lease = book.matters.open("Lease", number="L-2", customers="Lavigne", rate="180")

    # At nine she starts the stopwatch on the trade mark; the kernel is started anew, and she pauses for coffee.
    book.stopwatches.start("E-1", description="Search of earlier marks")
    wall.until(9, 50)
    book.close()
    book = ik.open(tmp_path / "chambers.duckdb", actor="claire", clock=wall)
    book.stopwatches.pause()
    wall.until(10, 5)
    book.stopwatches.resume()
    wall.until(10, 17)
    search = book.stopwatches.stop()
    # 62 minutes worked, 66 billed: eleven steps of six.
    held = book.activities.get(search)
    assert (held["worked"], held["billed"], held["amount"]) == (62 * 60, 66 * 60, Decimal(264))

    # A phone call: she opens the customer, who has one open matter.
    call = book.activities.add(customer="Éole", worked="10 min", description="Call")
    assert book.activities.list("E-1")["id"].tolist() == [call, search]
    assert book.activities.list(customer="Éole")["id"].tolist() == [call, search]
    assert book.activities.get(call)["amount"] == Decimal(48)  # twelve minutes at 240

    # The court's fee is paid for the client, and passed on at cost outside the taxable base.
    fee = book.activities.add("L-1", "disbursement", amount="37.45", paid_to="Court of Lyon", receipt="G-2291")
    assert not book.activities.get(fee)["taxable"]

    # The hearing stands in her calendar.
    calendar = tmp_path / "calendar.ics"
    calendar.write_text(
        "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//x//EN\r\nBEGIN:VEVENT\r\nUID:h1\r\nDTSTAMP:20261001T000000Z\r\n"
        "DTSTART:20261029T120000Z\r\nDTEND:20261029T133000Z\r\nSUMMARY:Hearing\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
    )
    hearing = book.activities.from_record(calendar, "L-1")
    assert book.activities.get(hearing)["amount"] == Decimal(300)  # an hour and a half at Lavigne's 200

    # Month end: what has been worked and not yet billed is printed.
    wall.now += timedelta(days=2)
    printed = book.reports.wip(as_of="2026-10-31")
    assert printed.df[["matter", "hours", "wip"]].values.tolist() == [
        ["L-1 Dispute", Decimal("1.50"), Decimal("337.45")], ["E-1 Trade mark", Decimal("1.30"), Decimal(312)],
    ]  # fmt: skip

    # In November the dispute turns out to be about the lease: fee and hearing move, and an entry that was noted late.
    wall.now += timedelta(days=3)
    late = book.activities.add("L-1", worked="20 min", date="2026-10-30", description="Letter")
    moved = book.activities.transfer(book.activities.list("L-1"), "L-2")
    assert sorted(moved.ids) == [fee, hearing, late]

    # The trade mark is billed, and the same work is not billed again.
    invoice = book.invoices.draft("E-1", date="2026-11-03")
    with pytest.raises(ActivityTaken, match="is reserved by the draft"):
        book.invoices.draft(activities=call)
    book.invoices.finalize(invoice)
    assert book.invoices.get(invoice)["total"] == Decimal(312)

    # The month end is the same as it was printed; asked today it holds the letter, and says that it came late.
    assert book.reports.wip(as_of="2026-10-31", known_at="2026-10-31").df.equals(printed.df)
    today = book.reports.wip(as_of="2026-10-31").df
    assert today[["matter", "wip", "recorded_late"]].values.tolist() == [
        ["L-1 Dispute", Decimal("417.45"), Decimal(80)], ["E-1 Trade mark", Decimal(312), Decimal(0)],
    ]  # fmt: skip
    now = book.reports.wip(as_of="2026-11-03").df
    assert now[["matter_id", "wip"]].values.tolist() == [[lease, Decimal("417.45")]]
    assert book.check().empty
    book.close()
