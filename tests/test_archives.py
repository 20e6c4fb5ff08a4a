"""S4.14, C3: every Factur-X is a PDF/A-3b by veraPDF, and a Factur-X by Mustang."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from invoicekit.book import Book

pytestmark = pytest.mark.xdist_group("einvoices")
CHECK = Path(__file__).parent / "validators" / "CheckPdf.java"
# Kinds a Factur-X has no room for: three decimals, split payment.
NO_ROOM = ("dinars of three digits", "Italian split payment")


@pytest.fixture(scope="module")
def jars() -> str:
    """Return where the validators lie, or skip; CI fetches them and may not skip."""
    said = os.environ.get("INVOICEKIT_VALIDATORS")
    if said is None or shutil.which("java") is None:
        if os.environ.get("INVOICEKIT_JAVA") == "required":
            pytest.fail("CI fetches the validators and Java; INVOICEKIT_VALIDATORS says where the validators lie")
        pytest.skip("veraPDF and Mustang are not here: docs/testing.md says how to fetch them (INVOICEKIT_VALIDATORS)")
    return said


def judged(jars: str, folder: Path) -> tuple[int, dict[str, str]]:
    """Return whether all files of a folder pass, and what was said of each."""
    quick = ["-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC"]
    ran = subprocess.run(
        ["java", *quick, "-cp", f"{jars}{os.sep}*", str(CHECK), str(folder)],
        capture_output=True,
        text=True,
        check=False,
    )
    said = {
        Path(line.split(" verapdf=")[0]).stem: line.split(" verapdf=")[1]
        for line in ran.stdout.splitlines()
        if " verapdf=" in line
    }
    assert said, ran.stderr
    return ran.returncode, said


def test_every_kind_is_an_archive_and_an_electronic_invoice(
    jars: str, issued: tuple[Book, dict[str, int]], tmp_path: Path
) -> None:
    book, kinds = issued
    for name, invoice in kinds.items():
        if name not in NO_ROOM:
            (tmp_path / f"{name}.pdf").write_bytes(book.documents.invoice(invoice, form="facturx").pdf)
    passed, said = judged(jars, tmp_path)
    assert set(said.values()) == {"OK mustang=OK"}, {
        name: what for name, what in said.items() if what != "OK mustang=OK"
    }
    assert passed == 0
    assert len(said) >= 30


def test_the_validators_do_find_what_is_wrong(jars: str, issued: tuple[Book, dict[str, int]], tmp_path: Path) -> None:
    import pikepdf

    book, kinds = issued
    (tmp_path / "plain.pdf").write_bytes(book.documents.invoice(kinds["plain"]).pdf)
    whole = book.documents.invoice(kinds["plain"], form="facturx").pdf
    (tmp_path / "whole.pdf").write_bytes(whole)
    with pikepdf.open(tmp_path / "whole.pdf", allow_overwriting_input=True) as pdf:
        file = pdf.attachments["factur-x.xml"].get_file().read_bytes()
        held = pdf.Root.Names.EmbeddedFiles.Names[1].EF.F
        held.write(file.replace(b"120.00", b"120.01"))
        pdf.save(tmp_path / "tampered.pdf")
    passed, said = judged(jars, tmp_path)
    assert passed == 1
    assert said["plain"].startswith("FAIL")
    assert said["whole"] == "OK mustang=OK"
    assert "mustang=FAIL" in said["tampered"]
