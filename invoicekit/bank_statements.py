"""Bank statements -> what was booked: when, how much, from whom, with which words (ISO 20022, CAMT.053)."""

from __future__ import annotations

import hashlib
import os
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from xml.etree.ElementTree import Element, TreeBuilder
from xml.parsers import expat

from invoicekit.errors import FileMissing, InvalidValue, NotAWorkbook
from invoicekit.money import amount, is_currency

__all__ = ["Booking", "Statement", "read_statements"]

# What banks write where they have no reference.
_NO_REFERENCE = ("NONREF", "NOTPROVIDED", "NOTAVAILABLE", "NONE", "N/A")

# A statement of a year has some megabytes.
_LARGEST = 200_000_000


@dataclass(frozen=True, slots=True)
class Booking:
    """One movement of an account.

    Attributes
    ----------
    key
        What it is known by: the bank's own reference, or a hash of its contents; the same when the statement is read again.
    amount
        Positive for what came in.
    returned
        Whether it takes back an earlier movement: a transfer or a direct debit that was returned.
    party, account
        Who paid, or was paid, and the IBAN.
    words
        What the payer wrote, structured references included.
    """

    key: str
    date: date
    amount: Decimal
    currency: str
    returned: bool
    party: str | None
    account: str | None
    end_to_end: str | None
    words: str


@dataclass(frozen=True, slots=True)
class Statement:
    """A statement of one account.

    Attributes
    ----------
    opening, closing
        Booked balances, where it states them.
    """

    id: str
    account: str
    opening: Decimal | None
    closing: Decimal | None
    bookings: tuple[Booking, ...]

    @property
    def difference(self) -> Decimal:
        """What the movements lack to lead from the opening to the closing balance."""
        if self.opening is None or self.closing is None:
            return Decimal(0)
        return self.closing - self.opening - sum((booking.amount for booking in self.bookings), Decimal(0))


def read_statements(path: str | os.PathLike[str]) -> list[Statement]:
    """Read the statements in a CAMT.053 file, of whichever version.

    Raises
    ------
    FileMissing
        If there is no such file.
    NotAWorkbook
        If it is no such statement, or declares entities: no bank does.
    """
    if not isinstance(path, str | os.PathLike):
        raise FileMissing(f"{path!r} is no file. Give the path of a bank statement.")
    where = Path(path).expanduser()
    if not where.is_file():
        raise FileMissing(f"There is no file {where}. Check the path.")
    if where.stat().st_size > _LARGEST:
        raise NotAWorkbook(f"{where.name} is too large for a bank statement. Split it, or check that it is one.")
    root = _tree(where)
    statements = [node for node in root.iter() if node.tag == "Stmt"]
    if not statements:
        raise NotAWorkbook(
            f"{where.name} holds no bank statement (CAMT.053, BkToCstmrStmt). Ask the bank for one in that format."
        )
    try:
        return [_statement(node) for node in statements]
    except (ValueError, TypeError, AttributeError) as error:
        raise NotAWorkbook(
            f"{where.name} is not a bank statement as CAMT.053 has it: {error}. Ask the bank for it again."
        ) from error


def _tree(path: Path) -> Element:
    """Return the elements of a file by their local names; nothing outside of it is ever read."""
    builder = TreeBuilder()
    parser = expat.ParserCreate(namespace_separator="}")

    def refuse(*_: object) -> None:
        raise NotAWorkbook(f"{path.name} declares a document type: no bank statement does, so it is not read.")

    parser.StartDoctypeDeclHandler = refuse
    parser.StartElementHandler = lambda name, given: builder.start(name.rpartition("}")[2], dict(given))
    parser.EndElementHandler = lambda name: builder.end(name.rpartition("}")[2])
    parser.CharacterDataHandler = builder.data
    try:
        parser.Parse(path.read_bytes(), True)
    except (expat.ExpatError, LookupError) as error:
        raise NotAWorkbook(
            f"{path.name} is not XML ({error}), and so no bank statement. Ask the bank for CAMT.053."
        ) from error
    return builder.close()


def _statement(node: Element) -> Statement:
    account = _text(node, "Acct/Id/IBAN") or _text(node, "Acct/Id/Othr/Id") or ""
    seen: Counter[str] = Counter()
    bookings = tuple(booking for entry in node.findall("Ntry") for booking in _bookings(entry, seen))
    return Statement(
        id=_text(node, "Id") or "", account=account, opening=_balance(node, ("OPBD", "PRCD")), closing=_balance(node, ("CLBD",)),
        bookings=bookings,
    )  # fmt: skip


def _balance(node: Element, codes: tuple[str, ...]) -> Decimal | None:
    for balance in node.findall("Bal"):
        if _text(balance, "Tp/CdOrPrtry/Cd") in codes:
            return _signed(balance)
    return None


def _bookings(entry: Element, seen: Counter[str]) -> Iterator[Booking]:
    """Return the movements of an entry: itself, or each that it is made of."""
    status = _text(entry, "Sts/Cd") or _text(entry, "Sts")
    if status not in (None, "BOOK"):
        return
    on = (
        _text(entry, "BookgDt/Dt")
        or _text(entry, "BookgDt/DtTm")
        or _text(entry, "ValDt/Dt")
        or _text(entry, "ValDt/DtTm")
    )
    if on is None:
        raise ValueError("an entry has no date")
    day = datetime.fromisoformat(on).date()
    details = entry.findall("NtryDtls/TxDtls")
    amounts = [_own_amount(detail) for detail in details]
    whole = _signed(entry)
    # Where the parts do not say what each is of, or do not add up, the entry stands for itself.
    if len(details) < 2 or None in amounts or sum(filter(None, amounts), Decimal(0)) != abs(whole):
        details, amounts = details[:1] or [entry], [abs(whole)]
    own = _text(entry, "AcctSvcrRef")
    currency = _amount_node(entry).get("Ccy", "")
    if not is_currency(currency):
        raise ValueError(f'"{currency}" is no currency')
    for nth, (detail, worth) in enumerate(zip(details, amounts, strict=True)):
        signed = (worth or Decimal(0)) * (-1 if whole < 0 else 1)
        side = "Dbtr" if signed > 0 else "Cdtr"
        party = _text(detail, f"RltdPties/{side}/Nm") or _text(detail, f"RltdPties/{side}/Pty/Nm")
        account = _text(detail, f"RltdPties/{side}Acct/Id/IBAN")
        end_to_end = _text(detail, "Refs/EndToEndId")
        words = [
            *(node.text or "" for node in detail.findall("RmtInf/Ustrd")),
            *(node.text or "" for node in detail.findall("RmtInf/Strd/CdtrRefInf/Ref")),
            *(node.text or "" for node in detail.findall("RmtInf/Strd/RfrdDocInf/Nb")),
            *([end_to_end] if end_to_end and end_to_end != "NOTPROVIDED" else []),
            *(node.text or "" for node in (entry.findall("AddtlNtryInf") if detail is entry else [])),
        ]
        said = " ".join(" ".join(word.split()) for word in words if word.strip())
        # A reference that stands for none is none, and a genuine one may come again in another year.
        if own and own.upper() not in _NO_REFERENCE:
            key = f"{own}/{day}/{signed}" + (f"/{nth}" if len(details) > 1 else "")
        else:
            parts = "\x1f".join((str(day), str(signed), currency, party or "", account or "", said))
            key = hashlib.sha256(parts.encode()).hexdigest()[:24]
        seen[key] += 1
        if seen[key] > 1:
            key = f"{key}#{seen[key]}"
        returned = _text(entry, "RvslInd") == "true" or detail.find("RtrInf") is not None
        yield Booking(key, day, signed, currency, returned, party, account, end_to_end, said)


def _own_amount(detail: Element) -> Decimal | None:
    found = _text(detail, "Amt") or _text(detail, "AmtDtls/TxAmt/Amt")
    return _amount(found) if found else None


def _amount(text: str) -> Decimal:
    """Return an amount as it is kept; a bank states no more than four decimals."""
    try:
        return amount(text.strip())
    except InvalidValue as error:
        raise ValueError(str(error)) from error


def _amount_node(node: Element) -> Element:
    found = node.find("Amt")
    if found is None or not found.text:
        raise ValueError("an entry has no amount")
    return found


def _signed(node: Element) -> Decimal:
    worth = _amount(_amount_node(node).text or "")
    return -worth if _text(node, "CdtDbtInd") == "DBIT" else worth


def _text(node: Element, path: str) -> str | None:
    found = node.find(path)
    return (found.text or "").strip() or None if found is not None else None
