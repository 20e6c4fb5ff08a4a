"""Reports: what they say, and that frame, view, sheet and chart say the same.

Proves C15, M5, S1.30.

Proves S2.11.
"""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from matplotlib.colors import to_rgb
from openpyxl import load_workbook

import invoicekit as ik
from invoicekit.book import Book
from invoicekit.demo import AS_OF
from invoicekit.errors import InvalidValue, NotFound
from invoicekit.reports import MONTH_END, Report, definitions
from invoicekit.reports.chart import _LIGHT, _shades
from invoicekit.reports.document import PAGE, reports_page
from tests.conftest import Ticking, empty_book

SNAPSHOTS = Path(__file__).parent / "snapshots"
NAMES = sorted(definitions())
OF_ANYBODY = [name for name in NAMES if not definitions()[name].of_somebody]


def asked(book: Book, name: str, **given: Any) -> Report:
    """Run a report; one that is of somebody is of the group of the sample book."""
    return book.reports.run(name, **({"tree": "Groupe Lavigne"} if definitions()[name].of_somebody else {}), **given)


@pytest.mark.parametrize("name", NAMES)
def test_M5_a_report_of_the_sample_book_says_what_it_said(
    practice: Book, name: str, request: pytest.FixtureRequest
) -> None:
    """Run with --accept-snapshots to accept a change that was meant."""
    kept = SNAPSHOTS / f"{name}.csv"
    said = csv(asked(practice, name, as_of=AS_OF))
    if request.config.getoption("--accept-snapshots"):
        kept.write_text(said, encoding="utf-8")
    assert said == kept.read_text(encoding="utf-8")


@pytest.mark.parametrize("name", NAMES)
def test_a_report_has_the_columns_its_header_promises(practice: Book, name: str) -> None:
    definition = definitions()[name]
    report = asked(practice, name, as_of=AS_OF)
    assert list(definition.columns) == report.table.column_names
    assert definition.question.endswith("?")
    assert {*definition.chart.bars, *definition.chart.label} <= set(report.table.column_names)
    assert all(str(report.table.schema.field(amount).type) == "decimal128(18, 4)" for amount in report.amounts)


@pytest.mark.parametrize("name", OF_ANYBODY)
def test_M5_the_public_view_is_the_report_of_today(practice: Book, name: str) -> None:
    assert practice.reports.run(name).df.equals(practice.sql(f"select * from {name}"))


@pytest.mark.parametrize("name", NAMES)
def test_M5_frame_sql_sheet_and_html_agree(practice: Book, name: str, tmp_path: Path) -> None:
    dated = asked(practice, name, as_of=AS_OF)
    assert dated.df.equals(practice.sql(dated.sql))
    sheet = load_workbook(dated.to_excel(tmp_path / "r.xlsx")).worksheets[0]
    rows = list(sheet.iter_rows(min_row=5, max_row=4 + len(dated.df), values_only=True))
    for written, row in zip(rows, dated.table.to_pylist(), strict=True):
        for cell, value in zip(written, row.values(), strict=True):
            if isinstance(value, Decimal):
                assert Decimal(str(cell)) == value
            elif isinstance(value, datetime):
                assert abs(cell - value) < timedelta(seconds=1)
            elif isinstance(value, date):
                assert cell.date() == value
            else:
                assert cell == value
    html = dated._repr_html_()
    assert dated.title in html
    for row in dated.table.slice(0, 5).to_pylist():
        assert str(row[dated.definition.chart.label[0]]).replace("&", "&amp;").replace("'", "&#39;") in html


@pytest.mark.parametrize("name", NAMES)
def test_a_report_has_a_real_signature_and_documentation(practice: Book, name: str) -> None:
    import inspect

    method = getattr(practice.reports, name)
    assert {"as_of", "known_at"} <= set(inspect.signature(method).parameters)
    assert definitions()[name].question in inspect.getdoc(method)
    assert name in dir(practice.reports)
    with pytest.raises(TypeError):
        method(nonsense=1)


@pytest.mark.parametrize("name", ["aging", "balances", "open_items", "concentration", "invoice_register"])
def test_the_last_day_there_is_says_what_the_day_before_it_says(practice: Book, name: str) -> None:
    """People write it and mean forever; the engine's copy writes it for what is never settled."""
    last, before = (practice.reports.run(name, as_of=day) for day in ("9999-12-31", "9999-12-30"))
    assert last.totals == before.totals != {}
    assert len(last.df) == len(before.df) > 0


@pytest.mark.parametrize("name", NAMES)
def test_a_report_of_an_empty_book_is_empty_and_shows_itself(book: Book, name: str, tmp_path: Path) -> None:
    if definitions()[name].of_somebody:
        book.customers.add(display_name="Groupe Lavigne")
    report = asked(book, name, **({"as_of": "2025-01-01"} if name == "audit" else {}))
    assert report.df.empty
    assert report.totals == {}
    assert "Nothing to show." in report._repr_html_()
    assert report.to_excel(tmp_path / "empty.xlsx").exists()
    assert len(report.plot().axes) == 1


@pytest.mark.parametrize("name", NAMES)
def test_a_chart_has_a_panel_for_each_currency_title_and_units(practice: Book, name: str) -> None:
    from matplotlib.figure import Figure

    report = asked(practice, name, as_of=AS_OF)
    figure = report.plot()
    assert isinstance(figure, Figure)
    title = figure._suptitle
    assert title is not None
    assert title.get_text() == report.title
    labels = [axes.get_xlabel() + axes.get_ylabel() for axes in figure.axes]
    units = (
        "EUR",
        "GBP",
        "MXN",
        "days",
        "hours",
        "records",
        "problems",
        "operations",
        "% of all",
        "EUR)",
        "GBP)",
        "MXN)",
        "currency",
    )
    assert report.df.empty or all(label.endswith(units) for label in labels)


def csv(report: Report) -> str:
    """Return a report as text; moments of recording are those of the test."""
    kept = report.df.drop(columns=[name for name in report.df if name == "recorded_at"])
    return str(kept.to_csv(index=False, lineterminator="\n"))


def test_aging_puts_the_day_it_is_due_into_current_and_the_rest_where_it_belongs(book: Book) -> None:
    acme = book.customers.add(display_name="Acme")
    due = {"0": "2026-04-01", "1": "2026-03-31", "30": "2026-03-02", "31": "2026-03-01", "60": "2026-01-31", "61": "2026-01-30",
           "90": "2026-01-01", "91": "2025-12-31", "-5": "2026-04-06"}  # fmt: skip
    for place, (number, day) in enumerate(due.items()):
        book.invoices.record(acme, number=number, date="2025-12-01", due_date=day, total=10**place)
    [row] = book.reports.aging(as_of="2026-04-01").table.to_pylist()
    assert (row["current"], row["days_1_30"], row["days_31_60"]) == (Decimal(100000001), Decimal(110), Decimal(11000))
    assert (row["days_61_90"], row["days_over_90"], row["unapplied"]) == (
        Decimal(1100000),
        Decimal(10000000),
        Decimal(0),
    )
    late = {item["number"]: item["days_late"] for item in book.reports.open_items(as_of="2026-04-01").table.to_pylist()}
    assert late["31"] == 31
    assert late["-5"] == 0


def test_as_of_leaves_out_what_was_posted_later(book: Book) -> None:
    acme = book.customers.add(display_name="Acme")
    book.invoices.record(acme, number="1", date="2026-01-10", total="10")
    book.payments.record(acme, amount="4", date="2026-02-10")
    balances = {
        day: book.reports.balances(as_of=day).df["balance"].tolist()
        for day in ("2026-01-09", "2026-01-10", "2026-02-10")
    }
    assert balances == {"2026-01-09": [], "2026-01-10": [Decimal(10)], "2026-02-10": [Decimal(6)]}


def test_C15_known_at_shows_a_past_report_without_what_was_recorded_later(book: Book) -> None:
    acme = book.customers.add(display_name="Acme")
    book.invoices.record(acme, number="1", date="2026-01-10", total="10")
    known = book.operations()["recorded_at"].max().to_pydatetime()
    book.invoices.record(acme, number="late", date="2026-01-11", total="5")
    book.customers.change(acme, display_name="Renamed")
    then = book.reports.balances(as_of="2026-01-31", known_at=known.isoformat() + "+00:00")
    assert then.df[["customer", "balance"]].to_dict("list") == {"customer": ["Acme"], "balance": [Decimal(10)]}
    assert book.reports.balances(as_of="2026-01-31").df["balance"].tolist() == [Decimal(15)]
    assert book.sql("select count(*) as n from invoices", known_at=2)["n"].tolist() == [1]


def test_inactive_customers_are_flagged_or_dormant(book: Book) -> None:
    flagged, quiet, busy, new = (book.customers.add(display_name=name) for name in ("Flagged", "Quiet", "Busy", "New"))
    book.customers.make_inactive(flagged, since="2026-01-15")
    book.invoices.record(quiet, number="1", date="2025-01-01", total="10")
    book.payments.record(quiet, amount="10", date="2025-02-01")
    book.invoices.record(busy, number="2", date="2026-01-20", total="10")
    rows = book.reports.inactive_customers(as_of="2026-02-01", days=365).table.to_pylist()
    assert [(row["customer"], row["state"], row["days_quiet"]) for row in rows] == [
        ("Flagged (inactive)", "inactive", None),
        ("Quiet", "dormant", 365),
        ("New", "dormant", None),
    ]
    assert rows[1]["last_payment"] == date(2025, 2, 1)
    fewer = book.reports.inactive_customers(as_of="2026-02-01", days=366).df["customer"].tolist()
    assert fewer == ["Flagged (inactive)", "New"]
    assert new


def test_S1_30_reports_do_not_change_when_a_customer_becomes_inactive(book: Book) -> None:
    acme = book.customers.add(display_name="Acme")
    book.invoices.record(acme, number="1", date="2026-01-10", total="10")
    book.payments.record(acme, amount="10", date="2026-02-10")
    before = book.reports.balances(as_of="2026-03-01").totals
    book.customers.make_inactive(acme)
    after = book.reports.balances(as_of="2026-03-01")
    assert after.totals == before
    assert after.df["customer"].tolist() == ["Acme (inactive)"]


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"as_of": "31/10/2026"}, "is not a date"),
        ({"days": -1}, "wants a whole number"),
        ({"known_at": "soon"}, "is not a moment"),
    ],
)
def test_a_parameter_that_makes_no_sense_is_refused(book: Book, given: dict[str, object], said: str) -> None:
    with pytest.raises(InvalidValue, match=said):
        book.reports.inactive_customers(**given)


NASTY = ["<img src=x onerror=alert(1)>", "=HYPERLINK(\"http://x\")", "+1+1", "@SUM(A1)", "$x_1$ & co", "🙂" * 40,
         "مرحبا", "a" * 10_000]  # fmt: skip


@pytest.mark.parametrize("name", NASTY)
def test_a_name_is_shown_as_the_text_it_is_everywhere(book: Book, tmp_path: Path, name: str) -> None:
    acme = book.customers.add(display_name=name)
    book.invoices.record(acme, number="=1+1", date="2026-01-01", total="10")
    report = book.reports.open_items(as_of="2026-02-01")
    html = report._repr_html_()
    assert "<img" not in html
    sheet = load_workbook(report.to_excel(tmp_path / "r.xlsx")).worksheets[0]
    assert sheet["B5"].data_type == "s"
    assert sheet["B5"].value == name
    assert sheet["F5"].value == "=1+1"
    assert sheet["F5"].data_type == "s"
    figure = report.plot()
    figure.savefig(tmp_path / "chart.png") if "مرحبا" not in name and "🙂" not in name else None


def test_the_public_name_opens_a_book(tmp_path: Path) -> None:
    with ik.open(tmp_path / "a.duckdb", currency="MXN") as book:
        assert "0 customers, 0 invoices, 0 payments" in repr(book)
        assert "MXN" in book._repr_html_()


FILTERED = [name for name in NAMES if {"tag", "currency"} <= {one.name for one in definitions()[name].filters}]


@pytest.fixture(scope="session")
def three(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Book]:
    """Return a book of three customers that differ in category, tags, currency and place; tests only read it."""
    with ik.open(empty_book(tmp_path_factory.mktemp("three") / "three.duckdb"), clock=Ticking()) as book:
        for name, fields in (
            ("A", {"category": "Industry", "tags": ["VIP"], "line_of_business": "steel", "currency": "GBP"}),
            ("B", {"tags": ["it's"], "parent": "A", "bill_to": "self"}),
            ("C", {"email": "c@example.org"}),
        ):
            book.customers.add(display_name=name, **fields)
            currency = fields.get("currency", "EUR")
            closed = book.invoices.record(name, number=f"{name}1", date="2026-01-01", total="10", currency=currency)
            book.payments.record(name, amount="10", date="2026-01-20", currency=currency, invoices=[closed])
            book.invoices.close(closed, on="2026-02-01")
            book.invoices.record(name, number=f"{name}2", date="2026-01-05", total="7", currency=currency)
            matter = book.matters.open(f"Matter {name}", customers=name, currency=currency, opened_on="2026-01-01")
            book.activities.add(matter, worked="1h", rate="100", date="2026-01-07", description="call")
        book.customers.add(display_name="Gone")
        book.invoices.record("Gone", number="G", date="2026-01-02", total="5", currency="GBP")
        book.payments.record("Gone", amount="5", date="2026-01-20", currency="GBP")
        book.customers.make_inactive("Gone", since="2026-03-01")
        yield book


@pytest.mark.parametrize("name", FILTERED)
def test_S2_11_M9_every_report_is_of_some_customers_or_one_currency_where_that_is_asked(three: Book, name: str) -> None:
    def of(**given: Any) -> Report:
        if definitions()[name].of_somebody and not {"customer", "tree"} & given.keys():
            given["tree"] = "A"
        return three.reports.run(name, as_of="2026-03-10", **given)

    pairs = [
        ({"category": "industry"}, "A"),
        ({"tag": "vip"}, "A"),
        ({"tag": "it's"}, "B"),
        ({"line_of_business": "STEEL"}, "A"),
    ]
    for given, expected in pairs:
        report = of(**given)
        assert report.df.equals(of(customer=expected).df), given
        assert str(next(iter(given.values()))) in report.title
        assert three.sql(report.sql).equals(report.df)
    assert of(tree="C").df.equals(of(customer="C").df)
    if not definitions()[name].of_somebody:
        by_customer: dict[str, dict[str, Decimal]] = {}
        for customer in ("A", "B", "C", "Gone"):
            for currency, sums in of(customer=customer).totals.items():
                for column, amount in sums.items():
                    held = by_customer.setdefault(currency, {})
                    held[column] = held.get(column, Decimal(0)) + amount
        assert of().totals == {code: by_customer[code] for code in of().totals}
        only = of(currency="gbp")
        if only.has_totals_by_currency and only.totals:
            assert only.totals == {"GBP": of().totals["GBP"]}
    without = of(include_inactive=False)
    assert "Gone" not in str(without.df.to_csv())


def test_a_filter_that_is_none_is_refused(three: Book) -> None:
    for given, said in (
        ({"currency": "euros"}, "is no currency"), ({"tag": 3}, "wants text"), ({"include_inactive": "no"}, "True or False"),
        ({"by": "moon"}, "is one of customer, tree"), ({"buckets": [30, 30]}, "rising"), ({"buckets": []}, "rising"),
        ({"buckets": [0, 30]}, "rising"), ({"buckets": "30"}, "rising"), ({"buckets": [True]}, "rising"),
    ):  # fmt: skip
        with pytest.raises(InvalidValue, match=said):
            three.reports.aging(**given)
    with pytest.raises(NotFound, match="Zebra"):
        three.reports.aging(customer="Zebra")
    with pytest.raises(InvalidValue, match="is of one customer"):
        three.reports.statement()


def test_M5_totals_of_a_sheet_are_formulas_that_agree(practice: Book, tmp_path: Path) -> None:
    report = practice.reports.balances(as_of=AS_OF)
    path = report.to_excel(tmp_path / "r.xlsx")
    formulas, values = load_workbook(path).worksheets[0], load_workbook(path, data_only=True).worksheets[0]
    last = 4 + len(report)
    assert (formulas["A1"].value, formulas.freeze_panes, formulas["A3"].value) == (
        report.title,
        "A5",
        "by: customer; as of: 2026-10-31",
    )
    names = report.table.column_names
    for row, (currency, sums) in enumerate(report.totals.items(), last + 2):
        for name, total in sums.items():
            column = names.index(name) + 1
            letter, of = (
                formulas.cell(row, column).column_letter,
                formulas.cell(row, names.index("currency") + 1).column_letter,
            )
            assert (
                formulas.cell(row, column).value
                == f'=SUMIFS({letter}5:{letter}{last},${of}$5:${of}${last},"{currency}")'
            )
            assert Decimal(str(values.cell(row, column).value)) == total
            listed = [
                (values.cell(n, names.index("currency") + 1).value, values.cell(n, column).value)
                for n in range(5, last + 1)
            ]
            assert sum(Decimal(str(value)) for code, value in listed if code == currency) == total
    assert formulas.auto_filter.ref == f"A4:I{last}"
    assert [sheet.title for sheet in load_workbook(path).worksheets] == ["Balances", "Charts"]
    assert len(load_workbook(path).worksheets[1]._charts) == 3


def test_a_sheet_keeps_what_a_spreadsheet_would_lose(book: Book, tmp_path: Path) -> None:
    acme = book.customers.add(display_name="Acme")
    for number, total in (("1", "12345678901234.56"), ("2", "0.01")):
        book.invoices.record(acme, number=number, date="2026-01-01", total=total)
    sheet = load_workbook(book.reports.open_items(as_of="2026-02-01").to_excel(tmp_path / "r.xlsx")).worksheets[0]
    amounts = [cell.value for cell in sheet["K"]]
    assert amounts[4:] == ["12345678901234.56", 0.01, None, "12345678901234.57"]


def test_M5_a_pack_holds_every_report_with_contents_and_charts(practice: Book, tmp_path: Path) -> None:
    path = practice.reports.to_workbook(tmp_path / "deep" / "pack.xlsx", as_of=AS_OF, period="quarter", currency="EUR")
    pack = load_workbook(path)
    assert pack.sheetnames[0] == "Contents"
    assert pack.sheetnames[-1] == "Charts"
    assert len(pack.sheetnames) == len(MONTH_END) + 2
    titles = [pack[name]["A1"].value for name in pack.sheetnames[1:-1]]
    assert "Revenue by currency by quarter (currency EUR) as of 2026-10-31" in titles
    assert [row[2].value for row in pack["Contents"].iter_rows(min_row=4)] == [
        len(report) for report in practice.reports.several(as_of=AS_OF, period="quarter", currency="EUR")
    ]
    assert (
        path.read_bytes()
        == practice.reports.to_workbook(path, as_of=AS_OF, period="quarter", currency="EUR").read_bytes()
    )
    document = practice.documents.pack(as_of=AS_OF, reports=["aging", "vat"])
    assert document.pdf.startswith(b"%PDF")
    assert document.html.count("<section>") == 2
    for given, said in (({"reports": ["nonsense"]}, "no report nonsense"), ({"moon": 1}, "can be told moon")):
        with pytest.raises(InvalidValue, match=said):
            practice.reports.to_workbook(path, **given)


def test_C16_currencies_are_added_up_at_stated_rates_or_not_at_all(practice: Book, tmp_path: Path) -> None:
    report = practice.reports.balances(as_of=AS_OF)
    rates = {"GBP": "1.17", "MXN": Decimal("0.047")}
    in_euro = report.in_currency("EUR", rates)
    assert list(in_euro.totals) == ["EUR"]
    expected = sum(
        (row["balance"] * Decimal(rates.get(row["currency"], 1))).quantize(Decimal("0.01"), ROUND_HALF_UP)
        for row in report.table.to_pylist()
    )
    assert in_euro.totals["EUR"]["balance"] == expected
    assert in_euro.title == f"{report.title}, in EUR at stated rates"
    assert in_euro.df["of_currency"].tolist() == report.df["currency"].tolist()
    sheet = load_workbook(in_euro.to_excel(tmp_path / "r.xlsx")).worksheets[0]
    assert "1 GBP = 1.17; 1 MXN = 0.047" in sheet["A3"].value
    assert len(in_euro.plot().axes) == 1
    for given, said in (
        ({"GBP": "1.17"}, "No rate is stated for MXN"), ({"GBP": 1.17, "MXN": "1"}, "not exact"),
        ({"GBP": "0", "MXN": "1"}, "more than nothing"),
        ({"GBP": "x", "MXN": "1"}, "is no number"), ({"EUR": "2", "GBP": "1", "MXN": "1"}, "its rate is 1"),
    ):  # fmt: skip
        with pytest.raises(InvalidValue, match=said):
            report.in_currency("EUR", given)
    for wrong in (lambda: report.in_currency("EURO", rates), lambda: in_euro.in_currency("GBP", {"EUR": "1"}),
                  lambda: in_euro.explain(0), lambda: practice.reports.audit().in_currency("EUR", {})):  # fmt: skip
        with pytest.raises(InvalidValue):
            wrong()


def test_M6_the_call_that_mends_exists(book: Book) -> None:
    for name, email in (("Éole", "not an address"), ("Eole", None)):
        book.customers.add(display_name=name, email=email, company_name=name)
    book.invoices.record("Eole", number="1", date="2024-01-01", due_date="2024-01-31", total="10")
    book.payments.record("Éole", amount="5", date="2025-01-01")
    book.matters.open("Old", opened_on="2024-01-01")
    rows = book.reports.data_quality(as_of="2026-02-01").table.to_pylist()
    assert {(row["area"], row["problem"]) for row in rows} >= {
        ("customers", "the e-mail address is none"), ("customers", "no e-mail address: nothing can be sent"),
        ("customers", "named like Éole but for accents"), ("customers", "no terms: invoices fall due at once"),
        ("invoices", "late for more than a year"), ("payments", "waits for an invoice for more than 30 days"),
        ("matters", "no client"), ("matters", "nothing noted for a year"),
    }  # fmt: skip
    for row in rows:
        for call in re.findall(r"book\.(\w+)\.(\w+)\(", row["mend"]):
            assert callable(getattr(getattr(book, call[0]), call[1])), row["mend"]
    areas = {row["area"]: row for row in book.reports.data_quality(as_of="2026-02-01", by="area").table.to_pylist()}
    assert (areas["customers"]["records"], areas["customers"]["flawed"], areas["customers"]["score"]) == (2, 2, 0)
    assert areas["all"]["problems"] == len(rows)


def test_a_report_is_markdown_in_which_nothing_is_markup(book: Book) -> None:
    book.invoices.record(book.customers.add(display_name="A|B *<b>*"), number="1", date="2026-01-01", total="1234.5")
    text = book.reports.balances(as_of="2026-02-01").to_markdown()
    assert r"| A\|B \*\<b\>\* | EUR | 1,234.50 |" in text
    assert "| **Total EUR** |" in text
    assert "Nothing to show." in book.reports.balances(as_of="2020-01-01").to_markdown()


def test_M1_a_figure_that_records_do_not_explain_says_which_are(practice: Book) -> None:
    aging = practice.reports.aging(as_of=AS_OF)
    row = aging.df.iloc[0]
    assert aging.explain(row)["amount"].sum() == row["balance"]
    assert aging.explain(row.to_dict(), "days_1_30").equals(aging.explain(0, "days_1_30"))
    for act, said in (
        (lambda: aging.explain(999), "There is no row 999"), (lambda: aging.explain(0, "moon"), "Current, days_1_30"),
        (lambda: aging.explain({"customer": "x"}), "has no"), (lambda: aging.explain("x"), "is no row"),
        (lambda: practice.reports.audit().explain(0), "rows are records themselves"),
    ):  # fmt: skip
        with pytest.raises(InvalidValue, match=said):
            act()


def test_the_page_of_reports_is_current() -> None:
    assert PAGE.read_text(encoding="utf-8") == reports_page(), "run: python -m invoicekit.reports.document"


@pytest.mark.parametrize("name", NAMES)
def test_a_chart_can_be_told_in_grey_and_on_a_dark_page(practice: Book, name: str) -> None:
    report = asked(practice, name, as_of=AS_OF)
    for dark in (False, True):
        figure = report.plot(dark=dark)
        assert (sum(figure.get_facecolor()[:3]) < 1) is dark
        assert figure._repr_png_().startswith(b"\x89PNG")
    many = practice.reports.aging(as_of=AS_OF, buckets=[15, 30, 45, 60, 75, 90])
    shades = [
        sum(w * c for w, c in zip((0.299, 0.587, 0.114), to_rgb(shade), strict=True))
        for shade in _shades(many.definition.chart.bars[:-1], _LIGHT)
    ]
    assert shades == sorted(shades, reverse=True)
    assert min(a - b for a, b in pairwise(shades)) > 0.04


@pytest.mark.parametrize("name", ["balances", "aging", "revenue", "days_to_pay"])
def test_what_counts_under_several_tags_is_added_up_to_no_total(book: Book, name: str, tmp_path: Path) -> None:
    acme = book.customers.add(display_name="Acme", tags=["x", "y"])
    book.invoices.record(acme, number="1", date="2026-01-10", total="100")
    book.payments.record(acme, amount="40", date="2026-01-20")
    told = book.reports.run(name, as_of="2026-03-01", by="tag")
    assert len(told) == 2
    assert told.totals == {}
    assert "**Total" not in told.to_markdown()
    assert book.reports.run(name, as_of="2026-03-01", by="customer").totals


def test_a_workbook_that_cannot_be_written_is_refused_in_words(book: Book, tmp_path: Path) -> None:
    for write in (book.reports.aging().to_excel, book.reports.to_workbook):
        with pytest.raises(InvalidValue, match="cannot be written .*close it where another program has it open"):
            write(tmp_path)


def test_several_reports_are_told_what_each_of_them_knows(book: Book, tmp_path: Path) -> None:
    assert book.reports.to_workbook(tmp_path / "all.xlsx", by="tree").exists()
    with pytest.raises(InvalidValue, match="None of these reports can be told by='moon'"):
        book.reports.to_workbook(tmp_path / "all.xlsx", by="moon")


def test_an_invoice_that_was_closed_later_was_not_closed_before(book: Book) -> None:
    acme = book.customers.add(display_name="Acme")
    invoice = book.invoices.record(acme, number="1", date="2026-01-10", total="100")
    book.payments.record(acme, amount="100", date="2026-01-20")
    book.invoices.close(invoice, on="2026-03-01")
    told = {day: book.reports.invoice_register(as_of=day).df["status"].item() for day in ("2026-02-28", "2026-03-01")}
    assert told == {"2026-02-28": "final", "2026-03-01": "closed"}


@pytest.mark.skipif(not hasattr(time, "tzset"), reason="the zone of a running process is changed on Unix only")
def test_what_was_just_recorded_is_listed_where_today_is_still_yesterday(
    book: Book, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TZ", "XXX+22")
    time.tzset()
    try:
        assert definitions()["audit"].defaults["as_of"] == datetime.now(UTC).date()
        assert definitions()["aging"].defaults["as_of"] == date.today()
    finally:
        monkeypatch.undo()
        time.tzset()
