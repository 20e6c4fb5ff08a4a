"""Everything can be imported, templates for all of it can be filled in, and a whole book moves into another."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import openpyxl
import pytest

import invoicekit as ik
from invoicekit.book import Book
from invoicekit.errors import InvalidValue
from invoicekit.imports.headings import TARGETS
from invoicekit.schema import LANGUAGES
from tests.conftest import Ticking, empty_book, ready_to_bill
from tests.workbooks import text_table, workbook


def _read(book: Book, folder: Path, **sheets: list[list[object]]):
    return book.imports.read(
        workbook(folder / "all.xlsx", {name.replace("_", " "): rows for name, rows in sheets.items()})
    )


def test_contact_persons_find_their_customer_and_are_not_doubled(book: Book, tmp_path: Path) -> None:
    book.customers.add(display_name="Acme")
    rows = [
        ["Customer", "Name", "Role", "E-mail"],
        ["Acme", "Ann", "Boss", "a@a.fr"],
        ["Nobody", "Bo", "", ""],
        ["ACME", "ann", "", ""],
    ]
    receipt = _read(book, tmp_path, Contact_persons=rows).apply()
    assert receipt.rows[["outcome", "reason"]].fillna("").values.tolist() == [
        ["created", ""],
        ["rejected", 'there is no customer "Nobody" in the file or in the book; import the customers first'],
        ["rejected", "it repeats row 2"],
    ]
    again = _read(book, tmp_path, Contact_persons=[rows[0], ["Acme", "Ann", "Director", ""]]).apply()
    assert again.updated == {"contact_persons": 1}
    assert book.people.list("Acme")[["role", "email"]].values.tolist() == [["Director", "a@a.fr"]]


def test_matters_bring_their_clients(book: Book, tmp_path: Path) -> None:
    rows: list[list[object]] = [
        ["Matter number", "Title", "Clients", "Opened"],
        ["M1", "Trade mark", "Acme; Beta", "2026-01-02"],
        ["M1", "Trade mark", "Cedar", ""],
        ["", "Lease", "Acme", "2026-02-01"],
        ["", "", "Acme", ""],
    ]
    plan = _read(book, tmp_path, Matters=rows)
    receipt = plan.apply()
    assert receipt.created == {"customers": 3, "matters": 2}
    clients = book.sql(
        "select title, display_name from matter_clients join matters on matters.id = matter "
        "join customers on customers.id = customer order by 1, 2"
    )
    assert clients.values.tolist() == [["Lease", "Acme"], *(["Trade mark", name] for name in ("Acme", "Beta", "Cedar"))]
    assert _read(book, tmp_path, Matters=rows).apply().unchanged == {"matters": 2}
    assert len(book.check()) == 0
    book.undo(receipt)
    assert len(book.sql("select * from matter_clients")) == 0


def test_activities_of_a_time_sheet_open_the_matters_they_name(book: Book, tmp_path: Path) -> None:
    rows = [
        ["User", "Client", "Project", "Description", "Billable", "Start date", "Duration", "Rate"],
        ["Ann", "Acme", "Site", "Call", "Yes", "2026-03-04", "01:30:00", "100"],
        ["Ann", "Acme", "Site", "Call", "Yes", "2026-03-04", "01:30:00", "100"],
        ["Bo", "Beta", "Site", "Plan", "No", "2026-03-05", "00:20:00", ""],
        ["Bo", "Acme", "", "Plan", "No", "2026-03-05", "00:20:00", ""],
    ]
    path = text_table(tmp_path / "toggl.csv", rows)
    receipt = book.imports.read(path).apply()
    assert receipt.created == {"customers": 2, "users": 2, "matters": 1, "activities": 3}
    assert receipt.rows["reason"].dropna().tolist() == [
        'it repeats row 2 to the letter: twice real, or one too many? plan.repeats("once")', "it names no matter",
    ]  # fmt: skip
    held = book.sql(
        "select kind, worked::varchar, amount::varchar, billable from activities order by id"
    ).values.tolist()
    assert held[0] == ["time", "5400.0000", "150.0000", True]
    assert [held[2][1], held[2][3]] == ["1200.0000", False]
    assert book.imports.read(path).apply().unchanged == {"activities": 3}
    assert len(book.check()) == 0


def test_an_activity_is_for_a_client_of_its_matter_and_says_what_it_comes_to(book: Book, tmp_path: Path) -> None:
    book.customers.add(display_name="Stranger")
    matters = [["Matter number", "Title", "Clients"], ["M1", "Trade mark", "Acme"]]
    activities = [
        ["Matter", "Client", "Kind", "Date", "Hours", "Amount"],
        ["M1", "Acme", "time", "2026-01-05", 2, 200],
        ["M1", "Stranger", "time", "2026-01-05", 1, 100],
        ["M1", "", "expense", "2026-01-05", "", ""],
        ["M2", "", "time", "2026-01-05", 1, ""],
    ]
    plan = _read(book, tmp_path, Matters=matters, Activities=activities)
    told = plan.preview
    assert told[told["table"] == "activities"]["reason"].fillna("").tolist() == [
        "",
        "Stranger is no client of the matter M1 Trade mark. Name one of its clients, or none.",
        "An expense or a disbursement needs an amount. Give what it cost.",
        'there is no matter "M2" in the file or in the book; import the matters first',
    ]


def test_users_come_with_their_rates_and_are_found_by_name_full_name_or_mail(book: Book, tmp_path: Path) -> None:
    rows: list[list[object]] = [
        ["User", "Full name", "E-mail", "Hourly rate", "Hours per week"],
        ["ann", "Ann Lee", "ann@x.org", "250", "35"],
        ["bo", "Bo Ek", "", "-5", ""],
        ["ANN", "", "", "", ""],
        ["", "", "zed@x.org", "", ""],
    ]
    receipt = _read(book, tmp_path, Users=rows).apply()
    assert receipt.created == {"users": 1}
    assert receipt.rows["reason"].fillna("").tolist() == [
        "",
        'Hourly rate "-5" is below 0',
        "it repeats row 2",
        "it has no name",
    ]
    book.matters.open("Lease", number="M1")
    work = [["Matter", "Date", "Timekeeper", "Hours"]]
    work += [["M1", "2026-01-05", who, "1h20"] for who in ("Ann Lee", "ann@x.org", "ANN", "Cy")]
    told = _read(book, tmp_path, Activities=work).apply()
    assert told.rows["outcome"].tolist() == ["created"] * 3 + ["rejected"]  # nobody knows what an hour of Cy's costs
    assert told.created == {"users": 1, "activities": 3}
    book.users.set_rate("Cy", 80)
    assert _read(book, tmp_path, Activities=work).apply().created == {"activities": 1}
    assert book.activities.list()["worked_by"].tolist() == ["Cy", "ann", "ann", "ann"]
    assert book.activities.get(1)["amount"] == Decimal("333.33")


def test_ledes_lines_are_work_where_that_is_asked(book: Book, shared_data: Path) -> None:
    plan = book.imports.read(shared_data / "ledes" / "ledes_98B.txt", into="activities")
    receipt = plan.apply()
    assert receipt.created == {"customers": 1, "users": 2, "matters": 1, "activities": 5}
    held = book.activities.list()
    assert sorted(set(held["kind"])) == ["expense", "time"]
    # What is billed are these lines and, rejected here, two adjustments of the whole invoice.
    refused = receipt.rows[receipt.rows["outcome"] == "rejected"]["reason"]
    assert refused.str.contains('"IF" is none of time, service').all()
    assert len(refused) == 2
    assert sum(held["amount"]) == Decimal("1684.45")  # the total of the invoice
    assert book.imports.read(shared_data / "ledes" / "ledes_98B.txt", into="activities").apply().unchanged == {
        "activities": 5
    }


def test_allocations_say_what_a_payment_settles(book: Book, tmp_path: Path) -> None:
    sheets = {
        "Invoices": [
            ["Invoice number", "Customer", "Date", "Total"],
            ["F1", "Acme", "2026-01-02", 100],
            ["F2", "Acme", "2026-01-03", 50],
        ],
        "Payments": [
            ["Payment number", "Customer", "Date", "Amount"],
            ["P1", "Acme", "2026-02-02", 80],
            ["P2", "Acme", "2026-02-03", 10],
        ],
        "Allocations": [
            ["Payment number", "Invoice number", "Amount applied"],
            ["P1", "F2", 50],
            ["P1", "F1", 40],
            ["P9", "F1", 1],
        ],
    }
    receipt = _read(book, tmp_path, **sheets).apply()
    told = receipt.rows[receipt.rows["table"] == "allocations"]
    assert told["reason"].fillna("").tolist() == [
        "",
        "Of the payment 80 waits to be applied, less than the 90 told. Correct the amounts.",
        "there is no payment P9 in the file or in the book",
    ]
    assert book.sql("select sum(amount)::varchar as s from entries where invoice = 2").s.tolist() == ["0.0000"]
    assert book.payments.list().set_index("id")["unapplied"].astype("str").to_dict() == {1: "30.0000", 2: "0.0000"}
    assert _read(book, tmp_path, **sheets).apply().unchanged["allocations"] == 1
    assert len(book.check()) == 0


def test_opening_balances_are_owed_from_their_day_and_come_once(book: Book, tmp_path: Path) -> None:
    rows = [
        ["Customer", "Open balance", "As of"],
        ["Acme", "1,120.50", "2025-12-31"],
        ["Beta", "(20.00)", "2025-12-31"],
    ]
    path = text_table(tmp_path / "opening.csv", [[f'"{cell}"' for cell in row] for row in rows])
    receipt = book.imports.read(path, into="opening_balances").apply()
    assert receipt.created == {"customers": 2, "invoices": 2}
    balances = book.reports.balances(as_of="2026-01-01").df
    assert dict(zip(balances["customer"], balances["balance"].astype("str"), strict=True)) == {
        "Acme": "1120.5000",
        "Beta": "-20.0000",
    }
    assert len(book.reports.balances(as_of="2025-12-30").df) == 0
    assert book.imports.read(path, into="opening_balances").apply().unchanged == {"invoices": 2}


@pytest.mark.parametrize(
    "language", [code if code == "fr" else pytest.param(code, marks=pytest.mark.long) for code in LANGUAGES]
)
def test_a_template_is_read_again_heading_by_heading_and_its_example_is_skipped(
    book: Book, tmp_path: Path, language: str
) -> None:
    for target in TARGETS:
        path = book.imports.template(target, tmp_path / f"{target}.xlsx", language)
        sheet = openpyxl.load_workbook(path).active
        assert sheet is not None
        plan = book.imports.read(path, into=target)
        headings = [cell.value for cell in sheet[1]]
        assert [column.heading for column in plan.tables[0].columns if column.made is None and column.field] == headings
        assert all(cell.comment is not None for cell in sheet[1])
        assert plan.preview["reason"].tolist() == ["it is the example of the template"]


def test_what_is_filled_into_a_template_is_imported(book: Book, tmp_path: Path) -> None:
    path = book.imports.template("customers", tmp_path / "t.xlsx", "de")
    file = openpyxl.load_workbook(path)
    sheet = file.active
    assert sheet is not None
    places = {cell.value: cell.column for cell in sheet[1]}
    for heading, text in {"Kundennummer": "007", "Name": "Müller", "Postleitzahl": "01067"}.items():
        sheet.cell(3, places[heading], text)
    assert sheet.data_validations.dataValidation
    file.save(path)
    assert book.imports.read(path).apply().created == {"customers": 1}
    assert [book.customers.get("Müller")[name] for name in ("external_id", "postal_code")] == ["007", "01067"]
    with pytest.raises(InvalidValue, match="There are templates of customers"):
        book.imports.template("clients", path)


def _work(book: Book, customer: int) -> None:
    book.users.add("ann", rate="99.50", email="ann@example.org")
    book.categories.add("Call", kind="time", billable=True)
    matter = book.matters.open("Lease; =1+1", number="M-1", customers=customer, responsible="ann", currency="EUR")
    book.matters.add_party(matter, "Court", role="court")
    work = [
        book.activities.add(matter, worked=f"{n} min", category="Call", worked_by="ann", date="2026-01-05")
        for n in (20, 25, 30)
    ]
    book.activities.write_off(work[0], "Slow", on="2026-01-06")
    invoice = book.invoices.draft(activities=work[1:], date="2026-01-31")
    ready_to_bill(book)
    book.invoices.finalize(invoice)
    book.invoices.credit(invoice, date="2026-02-01")
    book.invoices.draft(activities=work[1], date="2026-02-02")
    book.stopwatches.start(matter, worked_by="ann")
    book.invoices.mark_sent(invoice, by="hand", to="Ann; =1+1")
    book.series.change("credit notes", prefix="N-", width=3)
    book.recurring.add(
        "Rent",
        customer,
        lines=[{"description": "Rent {period}", "unit_price": "9.999999"}],
        starts_on="2026-01-31",
        subject="x",
    )
    book.recurring.pause("Rent", on="2026-03-01")
    book.recurring.resume("Rent", on="2026-04-01")
    lines = [{"description": "a\nb", "quantity": "3", "unit_price": "1.234567", "price_per": "2", "discount": "0.01"}]
    wrong = [{"percent": "7.5", "reason": "Loyal"}]
    book.invoices.draft(
        customer=customer,
        lines=lines,
        discounts=wrong,
        prices_include_tax=True,
        smallest_coin="0.05",
        date="2026-02-02",
    )
    paid = book.payments.record(customer, amount="3", date="2026-02-03", currency="EUR")
    book.payments.bounce(paid, on="2026-02-04", reason="No funds")
    book.payments.record(customer, amount="50", date="2026-02-05", currency="EUR")
    book.payments.refund(customer, amount="1", date="2026-02-06", currency="EUR")
    book.users.add("ana")
    book.access.grant("ana", "owner")
    book.access.grant("ana", "processing")


def _moved(book: Book, folder: Path, path: Path) -> Book:
    other = ik.open(folder / "moved.duckdb", actor="ana", clock=Ticking())
    other.imports.read(book.export(path)).apply()
    return other


@pytest.mark.parametrize("kind", ["folder", "workbook"])
def test_a_whole_book_comes_back_equal(practice: Book, tmp_path: Path, kind: str) -> None:
    with _moved(practice, tmp_path, tmp_path / ("out.xlsx" if kind == "workbook" else "out")) as other:
        assert len(practice.diff(other)) == 0
        assert len(other.check()) == 0
        for name in ("balances", "open_items", "aging"):
            ours, theirs = (getattr(one.reports, name)(as_of="2026-06-30").df for one in (practice, other))
            assert ours.equals(theirs)
        [operation] = other.operations()["id"]
        other.undo(operation)
        assert len(other.sql("select * from entries")) == 0


def test_a_whole_book_comes_back_equal_with_all_that_is_odd_in_it(book: Book, tmp_path: Path) -> None:
    acme = book.customers.add(
        display_name="Acme", tags="a, b;c", extra={"Agent": 'Ann "x"'}, notes="line 1\nline 2; =1+1"
    )
    book.customers.add(display_name="'' =cmd()", parent=acme, bill_to="parent")
    twin = book.customers.add(display_name="ACME SA", external_id="0001", tax_id="x", tax_id_kind="other")
    book.invoices.record(twin, number="F1", date="2026-01-02", total="10.50", currency="MXN")
    book.invoices.record(
        acme, number="F1", date="2026-01-02", lines=[{"description": "Pen", "quantity": "1.5", "unit_price": "3"}]
    )
    book.payments.record(twin, amount="4", date="2026-01-03", currency="MXN")
    book.people.add(acme, "Ann", role="Boss")
    book.customers.merge(twin, into=book.customers.add(display_name="ACME S.A.", external_id="0002")).confirm()
    book.settings.currency = "MXN"
    book.settings.lock_date = "2025-12-31"
    book.customers.tell_apart(acme, book.customers.add(display_name="Acme bis"))
    _work(book, acme)
    with _moved(book, tmp_path, tmp_path / "out") as other:
        assert len(book.diff(other)) == 0
        for name in ("wip", "timesheet", "realisation", "matter_profitability", "lock_up"):
            assert other.reports.run(name, as_of="2026-12-31").df.equals(book.reports.run(name, as_of="2026-12-31").df)
        # The next number goes on from those that came along.
        [left] = other.activities.list("M-1", state="unbilled")["id"]
        assert other.invoices.finalize(other.invoices.draft(activities=left, date="2026-03-01")) == "3"
        assert (other.settings.currency, str(other.settings.lock_date)) == ("MXN", "2025-12-31")
        assert len(other.check()) == 0


@pytest.mark.parametrize(
    ("name", "out"),
    [
        ("online_retail/online_retail_II.xlsx", "folder"),
        # A folder is one file a table, and each is read by a process of its own: once is enough.
        ("chinook/chinook.xlsx", "out.xlsx"),
        ("ledes/ledes_98B.txt", "out.xlsx"),
        pytest.param("chinook/chinook.xlsx", "folder", marks=pytest.mark.long),
        pytest.param("ledes/ledes_98B.txt", "folder", marks=pytest.mark.long),
    ],
)
def test_real_files_leave_and_come_back_equal(
    book: Book, shared_data: Path, tmp_path: Path, name: str, out: str
) -> None:
    book.imports.read(shared_data / name).same_names("separate").apply()
    with _moved(book, tmp_path, tmp_path / out) as other:
        assert len(book.diff(other)) == 0


def test_a_whole_book_with_a_wrong_cell_is_refused_and_into_a_book_with_something_it_is_a_file_like_any(
    book: Book, tmp_path: Path
) -> None:
    acme = book.customers.add(display_name="Acme", phone="12")
    book.invoices.record(acme, number="F1", date="2026-01-02", total="10")
    out = book.export(tmp_path / "out.xlsx")
    book.customers.change("Acme", phone="13")
    plan = book.imports.read(out)
    assert {table.target for table in plan.tables} == {"customers", "invoices"}
    assert plan.policy("create").apply().created == {}
    with ik.open(empty_book(tmp_path / "other.duckdb")) as other:
        _spoil(out, "entries", "amount", "11")
        with pytest.raises(InvalidValue, match="cannot be taken over: "):
            other.imports.read(out).apply()
        for column, text in (("total", "a lot"), ("customer.record", "77"), ("status", "paid")):
            _spoil(out, "invoices", column, text)
        move = other.imports.read(out)
        assert set(move.problems["problem"]) == {
            "is not what the field holds", "is no record there", "is none of draft, final, closed",
        }  # fmt: skip
        with pytest.raises(
            InvalidValue, match='invoices, row 2: customer "77" is no record there|total "a lot"|status "paid"'
        ):
            move.apply()
        assert len(other.customers.list()) == 0


def _spoil(path: Path, table: str, column: str, text: str) -> None:
    file = openpyxl.load_workbook(path)
    sheet = file[table]
    sheet.cell(2, [cell.value for cell in sheet[1]].index(column) + 1, text)
    file.save(path)


def test_what_goes_out_moves_with_the_book(book: Book, tmp_path: Path) -> None:
    """Templates of many lines, pictures, printed bytes and mail are taken over as they are."""
    ready_to_bill(book)
    book.seller.change(logo=Path(__file__).parents[1] / "docs" / "pictures" / "statement.png")
    book.customers.add(display_name="Acme", email="ana@acme.example", country="IE")
    book.documents.templates.new("ours")
    draft = book.invoices.draft(customer="Acme", date="2026-01-01", lines=[{"description": "x", "unit_price": "1"}])
    book.invoices.finalize(draft, template="ours")
    printed = book.documents.invoice(draft).pdf
    book.mail.change(host="127.0.0.1", port=1, security="none", sender="billing@lee.example")
    with pytest.warns(UserWarning, match="cannot be reached"):
        book.invoices.send(draft, body='One; two\n"three"; four\n\n;')
    book.export(tmp_path / "out")
    with ik.open(empty_book(tmp_path / "other.duckdb"), clock=Ticking()) as other:
        other.imports.read(tmp_path / "out").apply()
        assert other.documents.invoice(draft).pdf == printed
        for query in (
            "select name, source from templates",
            "select body, state from messages",
            "select logo from sellers",
        ):
            assert other.sql(query).equals(book.sql(query)), query
        assert other.check().empty


def test_a_customer_may_owe_in_two_currencies_from_the_beginning(book: Book, tmp_path: Path) -> None:
    rows = [
        ["Customer", "Date", "Balance", "Currency"], ["Acme", "2025-12-31", "100", "EUR"], ["Acme", "2025-12-31", "50", "USD"],
        ["Beta", "2025-12-31", "7", "USD"],
    ]  # fmt: skip
    path = text_table(tmp_path / "opening.csv", rows)
    book.imports.read(path, into="opening_balances").apply()
    held = book.sql("select number, currency from invoices order by id").values.tolist()
    assert held == [["Opening balance", "EUR"], ["Opening balance (USD)", "USD"], ["Opening balance", "USD"]]
    assert book.imports.read(path, into="opening_balances").apply().unchanged == {"invoices": 3}


def test_opening_balances_in_another_order_are_the_same(book: Book, tmp_path: Path) -> None:
    book.customers.add(display_name="Cedar", currency="USD")
    head = ["Customer", "Date", "Balance", "Currency"]
    told = [["Acme", "2025-12-31", "100", "EUR"], ["Acme", "2025-12-31", "50", "USD"], ["Cedar", "2025-12-31", "9", ""],
            ["Cedar", "2025-12-31", "8", "EUR"]]  # fmt: skip
    for nth, rows in enumerate((told, told[::-1], told[1:2])):
        path = text_table(tmp_path / f"opening {nth}.csv", [head, *rows])
        receipt = book.imports.read(path, into="opening_balances").apply()
        if nth:
            assert receipt.unchanged == {"invoices": len(rows)}
    balances = book.reports.balances(as_of="2026-01-31").df
    assert sorted(zip(balances["customer"], balances["currency"], balances["balance"], strict=True)) == [
        ("Acme", "EUR", 100), ("Acme", "USD", 50), ("Cedar", "EUR", 8), ("Cedar", "USD", 9),
    ]  # fmt: skip


def test_a_list_of_matters_that_says_nothing_of_currencies_leaves_them(book: Book, tmp_path: Path) -> None:
    book.customers.add(display_name="Acme")
    matter = book.matters.open("M", customers="Acme", rate="100", currency="USD", number="M1")
    book.activities.add(matter, worked="1h", date="2026-01-02")
    path = text_table(
        tmp_path / "m.csv", [["Matter number", "Title", "Customer", "Rate"], ["M1", "New title", "Acme", "120"]]
    )
    book.imports.read(path, into="matters").apply()
    assert (book.matters.get(matter)["title"], book.matters.get(matter)["currency"]) == ("New title", "USD")
