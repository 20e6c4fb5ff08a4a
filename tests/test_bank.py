"""M15: a bank statement (CAMT.053) is matched to open items with a score and reasons, and never booked without a yes."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from invoicekit.book import Book
from invoicekit.errors import FileMissing, InvalidValue, NotAWorkbook, NotFound
from tests.conftest import contents

OWN = "FR7630006000011234567890189"
ACME = "DE89370400440532013000"
HEAD = (
    '<?xml version="1.0" encoding="UTF-8"?>'
    '<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.{version}"><BkToCstmrStmt>'
)


def entry(amount: str, words: str = "", *, party: str = "", account: str = "", ref: str = "", day: str = "2026-04-02",
          more: str = "", status: str = "<Sts>BOOK</Sts>", new: bool = False) -> str:  # fmt: skip
    out = amount.startswith("-")
    side = "Cdtr" if out else "Dbtr"
    name = f"<Pty><Nm>{party}</Nm></Pty>" if new else f"<Nm>{party}</Nm>"
    return (
        f'<Ntry><Amt Ccy="EUR">{amount.lstrip("-")}</Amt><CdtDbtInd>{"DBIT" if out else "CRDT"}</CdtDbtInd>{status}'
        f"<BookgDt><Dt>{day}</Dt></BookgDt>{f'<AcctSvcrRef>{ref}</AcctSvcrRef>' if ref else ''}<NtryDtls><TxDtls>"
        f"<Refs><EndToEndId>NOTPROVIDED</EndToEndId></Refs><RltdPties><{side}>{name}</{side}><{side}Acct><Id><IBAN>{account}</IBAN></Id></{side}Acct></RltdPties>"
        f"<RmtInf><Ustrd>{words}</Ustrd></RmtInf>{more}</TxDtls></NtryDtls></Ntry>"
    )


def statement(
    path: Path, *entries: str, opening: str = "1000.00", closing: str | None = None, version: str = "02"
) -> Path:
    def balance(code: str, amount: str) -> str:
        return f'<Bal><Tp><CdOrPrtry><Cd>{code}</Cd></CdOrPrtry></Tp><Amt Ccy="EUR">{amount}</Amt><CdtDbtInd>CRDT</CdtDbtInd></Bal>'

    path.write_text(
        HEAD.format(version=version) + f"<Stmt><Id>2026-04</Id><Acct><Id><IBAN>{OWN}</IBAN></Id></Acct>{balance('OPBD', opening)}"
        + (balance("CLBD", closing) if closing else "") + "".join(entries) + "</Stmt></BkToCstmrStmt></Document>",
        encoding="utf-8",
    )  # fmt: skip
    return path


@pytest.fixture
def owed(book: Book) -> dict[str, int]:
    """Acme owes F-1001 (100) and F-1002 (50), Béta owes F-1003 (70), its branch F-1004 (30), Cedar 7 (44)."""
    acme = book.customers.add(display_name="Acme", company_name="Acme Industries GmbH")
    beta = book.customers.add(display_name="Béta Conseil")
    north = book.customers.add(display_name="Beta North", parent=beta)
    cedar = book.customers.add(display_name="Cedar")
    return {
        number: book.invoices.record(customer, number=number, date=day, total=total)
        for customer, number, day, total in (
            (acme, "F-1001", "2026-01-01", 100), (acme, "F-1002", "2026-02-01", 50), (beta, "F-1003", "2026-02-01", 70),
            (north, "F-1004", "2026-03-01", 30), (cedar, "7", "2026-03-01", 44),
        )
    }  # fmt: skip


def rows(read: Any) -> list[tuple[Any, ...]]:
    table = read.df[["state", "customer", "invoices", "score", "reasons"]].astype(object)
    return [tuple(row) for row in table.where(table.notna(), None).values.tolist()]


def test_what_came_in_is_matched_by_number_amount_account_and_name(
    book: Book, owed: dict[str, int], tmp_path: Path
) -> None:
    book.payments.record("Cedar", amount="1", date="2026-01-02")
    path = statement(
        tmp_path / "a.xml",
        entry("100.00", "Invoice F-1001 thanks", party="Acme Industries GmbH", account=ACME),
        entry("150.00", "f1001 / F 1002", party="A. C. M. E."),
        entry("70.00", "Virement", party="BETA CONSEIL"),
        entry("44.00", "Facture 7"),
        entry("30.00", "nothing said", party="Somebody else"),
        entry("12.34", "nothing said", party="Somebody else"),
        entry("-9.99", "Bank fees"),
    )
    before = contents(book)
    read = book.bank.read(path)
    assert rows(read) == [
        ("proposed", "Acme", "F-1001", 0.99, "names F-1001; amount is what is open on them; called like that"),
        ("proposed", "Acme", "F-1001, F-1002", 0.95, "names F-1001, F-1002; amount is what is open on them"),
        ("proposed", "Béta Conseil", "F-1003", 0.75, "amount is open on one invoice of theirs; called like that"),
        ("proposed", "Cedar", "7", 0.7, "names 7; more than is open on them"),
        ("proposed", "Beta North", "F-1004", 0.3, "amount is open on one invoice only"),
        ("unknown", None, None, None, None),
        ("out", None, None, None, None),
    ]  # fmt: skip
    assert contents(book) == before


def test_nothing_is_booked_without_a_yes_and_nothing_twice(book: Book, owed: dict[str, int], tmp_path: Path) -> None:
    path = statement(
        tmp_path / "a.xml", entry("100.00", "F-1001", account=ACME, ref="R1"), entry("70.00", "?", party="Unknown Ltd", ref="R2"),
        entry("5.00", "?", party="Nobody", ref="R3"), opening="0.00", closing="175.00",
    )  # fmt: skip
    read = book.bank.read(path)
    assert read.problems == []
    with pytest.raises(InvalidValue, match="Nothing says which movements are right"):
        read.accept()
    with pytest.raises(NotFound, match="There is no row 9: the statement has 3"):
        read.accept([1, 9])
    with pytest.raises(InvalidValue, match=r"Row 3 \(EUR 5.00 of 2026-04-02\) is of nobody known. Say who paid"):
        read.accept(3)
    assert len(read.accept(at_least=0.9)) == 1
    assert book.reports.open_items(as_of="2026-04-30").df["number"].tolist().count("F-1001") == 0
    payment = book.sql("select * from payments").iloc[0]
    assert (payment["payer_account"], payment["method"], payment["reference"]) == (ACME, "bank transfer", "F-1001")
    assert read.df["state"].tolist() == ["booked", "proposed", "unknown"]
    again = book.bank.read(path)
    assert again.df["state"].tolist() == ["booked", "proposed", "unknown"]
    with pytest.raises(InvalidValue, match="was booked already, as payment 1"):
        again.accept(1)
    again.accept(3, customer="Cedar")
    again.accept(2, customer="Béta Conseil", invoices={owed["F-1003"]: "40", owed["F-1004"]: "30"})
    due = book.reports.open_items(as_of="2026-04-30").df.set_index("number")["amount"].to_dict()
    assert due == {"F-1002": 50, "F-1003": 30, "7": 39}
    assert book.check().empty


def test_an_account_is_known_again(book: Book, owed: dict[str, int], tmp_path: Path) -> None:
    book.bank.read(statement(tmp_path / "a.xml", entry("100.00", "F-1001", account=ACME))).accept(1)
    read = book.bank.read(statement(tmp_path / "b.xml", entry("50.00", "thanks", account=ACME, day="2026-05-02")))
    assert rows(read) == [
        ("proposed", "Acme", "F-1002", 0.9, "amount is open on one invoice of theirs; paid from this account before")
    ]


def test_a_transfer_that_came_back_is_a_payment_that_bounced(book: Book, owed: dict[str, int], tmp_path: Path) -> None:
    book.bank.read(statement(tmp_path / "a.xml", entry("100.00", "F-1001", account=ACME))).accept(1)
    back = entry(
        "-100.00", "returned", account=ACME, day="2026-04-09", more="<RtrInf><Rsn><Cd>AC04</Cd></Rsn></RtrInf>"
    )
    read = book.bank.read(statement(tmp_path / "b.xml", back))
    assert read.df[["state", "customer", "payment"]].values.tolist() == [["returned", "Acme", 1]]
    read.accept(1)
    assert book.reports.open_items(as_of="2026-04-08").df["number"].tolist().count("F-1001") == 0
    assert book.reports.open_items(as_of="2026-04-09").df["number"].tolist().count("F-1001") == 1
    with pytest.raises(InvalidValue, match="went out, and is no payment that came back"):
        book.bank.read(statement(tmp_path / "c.xml", entry("-5.00", "fees"))).accept(1)


def test_every_version_is_read_and_what_is_pending_is_not(book: Book, owed: dict[str, int], tmp_path: Path) -> None:
    new = statement(
        tmp_path / "new.xml", entry("100.00", "F-1001", party="Acme", status="<Sts><Cd>BOOK</Cd></Sts>", new=True),
        entry("50.00", "F-1002", status="<Sts><Cd>PDNG</Cd></Sts>"), version="08",
    )  # fmt: skip
    assert book.bank.read(new).df[["party", "amount"]].values.tolist() == [["Acme", Decimal("100.0000")]]
    batch = (
        '<Ntry><Amt Ccy="EUR">150.00</Amt><CdtDbtInd>CRDT</CdtDbtInd><Sts>BOOK</Sts>'
        "<BookgDt><DtTm>2026-04-02T10:00:00Z</DtTm></BookgDt><AcctSvcrRef>B1</AcctSvcrRef><NtryDtls>"
        + "".join(
            f'<TxDtls><AmtDtls><TxAmt><Amt Ccy="EUR">{amount}</Amt></TxAmt></AmtDtls>'
            f"<RmtInf><Strd><CdtrRefInf><Ref>{number}</Ref></CdtrRefInf></Strd></RmtInf></TxDtls>"
            for amount, number in (("100.00", "F-1001"), ("50.00", "F-1002"))
        )
        + "</NtryDtls></Ntry>"
    )
    read = book.bank.read(statement(tmp_path / "batch.xml", batch))
    assert read.df[["amount", "invoices"]].values.tolist() == [[100, "F-1001"], [50, "F-1002"]]
    same = entry("5.00", "same")
    keys = {
        booking.key
        for one in book.bank.read(statement(tmp_path / "same.xml", same, same)).statements
        for booking in one.bookings
    }
    assert len(keys) == 2


def test_a_statement_that_does_not_tie_says_so(book: Book, tmp_path: Path) -> None:
    read = book.bank.read(statement(tmp_path / "a.xml", entry("100.00", "x"), opening="10.00", closing="120.00"))
    assert read.problems == [
        f"Statement 2026-04 of {OWN}: the movements and the opening balance miss the closing balance by 10.00."
    ]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("no xml at all", "is not XML"),
        ("<html></html>", "holds no bank statement"),
        ('<!DOCTYPE a [<!ENTITY x "y">]><Document/>', "declares a document type"),
        (HEAD.format(version="02") + "<Stmt><Ntry><CdtDbtInd>CRDT</CdtDbtInd></Ntry></Stmt></BkToCstmrStmt></Document>",
         "not a bank statement as"),
        (HEAD.format(version="02") + '<Stmt><Ntry><Amt Ccy="EUR">x</Amt><BookgDt><Dt>2026-01-01</Dt></BookgDt></Ntry></Stmt>'
         "</BkToCstmrStmt></Document>", "not a bank statement as"),
    ],
)  # fmt: skip
def test_what_is_no_statement_is_refused(book: Book, tmp_path: Path, text: str, said: str) -> None:
    path = tmp_path / "a.xml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(NotAWorkbook, match=said):
        book.bank.read(path)
    with pytest.raises(FileMissing, match="There is no file"):
        book.bank.read(tmp_path / "none.xml")


def test_who_paid_twice_stops_nobody_else(book: Book, owed: dict[str, int], tmp_path: Path) -> None:
    read = book.bank.read(statement(
        tmp_path / "a.xml", entry("100.00", "F-1001", account=ACME, ref="R1"), entry("100.00", "F-1001", account=ACME, ref="R2"),
        entry("70.00", "F-1003", party="Beta Conseil", ref="R3"),
    ))  # fmt: skip
    assert len(read.accept(at_least=0.5)) == 3
    due = book.reports.open_items(as_of="2026-04-30").df.groupby("customer")["amount"].sum().to_dict()
    assert due == {"Acme": -50, "Beta North": 30, "Cedar": 44}
    assert book.check().empty
