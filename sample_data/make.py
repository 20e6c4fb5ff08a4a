"""Make the sample workbooks: what a small law and accounting practice really has lying about.

    python sample_data/make.py

Three offices - Lyon, Puebla, Leeds - keep their books in three languages and three habits.
Every person and firm is invented. A fixed seed gives the same cells every time.
"""

from __future__ import annotations

import csv
import random
from datetime import date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from typing import Any

from openpyxl import Workbook
from openpyxl.styles import Font, PatternFill
from openpyxl.worksheet.worksheet import Worksheet

HERE = Path(__file__).parent
SEED = 20261031
LAST = date(2026, 10, 28)

FRENCH = [
    # number, name, main customer, town, postal code, VAT number, terms, inactive
    ("00003", "Lavigne Transport", "Groupe Lavigne", "Villeurbanne", "69100", "FR40303265045", "30 jours", ""),
    ("00001", "Groupe Lavigne", "", "Lyon", "69002", "FR83404833048", "30 jours fin de mois", ""),
    ("00004", "Lavigne Immobilier", "Groupe Lavigne", "Lyon", "69006", "", "30 jours", ""),
    ("00007", "Boulangerie Martin", "", "Bourg-en-Bresse", "01000", "", "à réception", ""),
    ("00012", "Société Éole", "", "Grenoble", "38000", "FR23334175221", "45 jours", ""),
    ("00015", "Cabinet dentaire Nguyễn", "", "Lyon", "69003", "", "30 jours", ""),
    ("00018", "Atelier Brégançon", "", "Annecy", "74000", "", "30 jours", ""),
    ("00021", "Les Jardins d'Ainay", "", "Lyon", "69002", "", "à réception", ""),
    ("00022", "Menuiserie Œuvrard", "", "Vienne", "38200", "", "30 jours", "31/12/2025"),
    ("00026", "Pharmacie de la Croix-Rousse", "", "Lyon", "69004", "", "30 jours", ""),
    ("00031", "Boulangerie Martin", "", "Mâcon", "71000", "", "à réception", ""),
    ("00034", "Imprimerie Vasseur", "", "Saint-Étienne", "42000", "", "60 jours", ""),
    ("00037", "Château Rémy-Laval", "", "Beaune", "21200", "", "30 jours fin de mois", ""),
    ("00040", "Garage des Brotteaux", "", "Lyon", "69006", "", "30 jours", "15/01/2026"),
    ("00041", "Théâtre du Passage", "", "Lyon", "69001", "", "30 jours", ""),
]
MEXICAN = [
    ("C-001", "Alimentos del Valle SA de CV", "ADV010203AB1", "Puebla", "72000", "30 días"),
    ("C-002", "Constructora Peñafiel", "CPE990817H25", "Puebla", "72160", "15 días"),
    ("C-003", "Mariscos Ensenada", "MEN050511KL8", "Ensenada", "22800", "contado"),
    ("C-004", "Talavera Núñez Hermanos", "TNH880424QW3", "Cholula", "72760", "30 días"),
    ("C-005", "Clínica San Andrés", "CSA120930TT4", "Tlaxcala", "90000", "30 días"),
    ("C-006", "Público en general", "XAXX010101000", "Puebla", "72000", "contado"),
]
BRITISH = [
    ("Aldgate Ceramics Ltd", "NET 30"),
    ("Bramley & Daughters", "14 days"),
    ("Calder Valley Brewing Co", "NET 30"),
    ("Dewsbury Wool Exchange", "NET 30"),
    ("Ellwood Veterinary Practice", "due on receipt"),
    ("Headingley Cricket Tours", "NET 30"),
    ("Otley Mountain Rescue Trust", "NET 30"),
    ("Roundhay Books", "14 days"),
]
WORK_FR = [
    ("Consultation", "150"), ("Rédaction d'un bail commercial", "1250.5"), ("Tenue de la comptabilité", "95"),
    ("Déclaration de TVA", "120"), ("Assemblée générale annuelle", "480"), ("Honoraires, dossier prud'homal", "180"),
]  # fmt: skip
WORK_MX = [
    ("Consulta fiscal", "1800"), ("Declaración mensual", "2450"), ("Nómina quincenal", "3200.50"),
    ("Asesoría en contratos", "4100"), ("Registro de marca ante el IMPI", "6900"),
]  # fmt: skip

MATTERS = [
    ("Groupe Lavigne", "Lavigne, bail", ("Relecture du bail", "Appel du bailleur", "Rendez-vous")),
    ("Société Éole", "Éole, marque", ("Recherche d'antériorité", "Rédaction du dépôt", "Appel du client")),
    ("Château Rémy-Laval", "Rémy-Laval, cession", ("Audit des contrats", "Projet d'acte", "Réunion à Beaune")),
    ("Théâtre du Passage", "Théâtre, assemblée", ("Procès-verbal", "Convocations")),
]


def main() -> None:
    chance = random.Random(SEED)
    french_clients(HERE / "clients_lyon.xlsx")
    french_invoices(HERE / "factures_lyon.xlsx", chance)
    french_payments(HERE / "reglements_lyon.xlsx", chance)
    mexican_book(HERE / "despacho_puebla.xlsx", chance)
    british_invoices(HERE / "invoices_leeds.csv", HERE / "payments_leeds.csv", chance)
    french_time(HERE / "temps_lyon.csv", random.Random(SEED))


def french_clients(path: Path) -> None:
    """Title rows, French headings, a child before its parent, two wrong rows, a blank row, a totals row."""
    book, sheet = _new("Clients")
    _title(sheet, "Cabinet Moreau & Associés - bureau de Lyon", "Liste des clients au 31 octobre 2026")
    _headings(
        sheet,
        4,
        "N° client",
        "Raison sociale",
        "Rattaché à",
        "Adresse",
        "Code postal",
        "Ville",
        "Pays",
        "N° TVA",
        "Courriel",
        "Conditions de paiement",
        "Inactif",
        "Chargé de dossier",
    )
    for place, (number, name, parent, town, code, vat, terms, inactive) in enumerate(FRENCH):
        mail = "" if place % 5 == 4 else f"compta{number}@exemple.fr"
        sheet.append(
            [
                number,
                name,
                parent,
                f"{place * 7 + 3} rue de la République",
                code,
                town,
                "France",
                vat,
                mail,
                terms,
                inactive,
                "AM" if place % 2 else "JB",
            ]
        )
        if place == 6:
            sheet.append([])
    # Said twice, word for word.
    sheet.append([cell.value for cell in sheet[9]])
    # Nobody, and terms nobody understands.
    sheet.append(["", "", "", "12 quai Tilsitt", "69002", "Lyon", "France", "", "", "30 jours", "", "AM"])
    sheet.append(
        [
            "00044",
            "Transports Vidal",
            "",
            "4 rue Bât d'Argent",
            "69001",
            "Lyon",
            "France",
            "",
            "vidal(at)exemple.fr",
            "quand il veut",
            "",
            "JB",
        ]
    )
    sheet.append(["Total", f"{len(FRENCH)} clients"])
    _save(book, path)


def french_invoices(path: Path, chance: random.Random) -> None:
    """One row a line, decimal commas as text among numbers, dates as text among dates, a few wrong cells."""
    book, sheet = _new("Lignes de factures")
    _title(sheet, "Journal des ventes")
    _headings(
        sheet, 3, "N° facture", "Date facture", "Code client", "Désignation", "Quantité", "PU HT", "Taux TVA", "Statut"
    )
    row = 0
    for number, (day, client) in enumerate(_calendar(chance, [c[0] for c in FRENCH if not c[7]], 70), 1):
        status = "Clôturée" if day < date(2026, 3, 1) and chance.random() < 0.8 else "Émise"
        for _ in range(chance.choice((1, 1, 2, 3))):
            work, price = chance.choice(WORK_FR)
            hours = Decimal(chance.randrange(2, 24)) / 4
            row += 1
            as_text = row % 4 == 0
            sheet.append(
                [
                    f"F{day.year}-{number:04d}",
                    day.strftime("%d/%m/%Y") if row % 5 == 0 else day,
                    client,
                    work,
                    _comma(hours) if as_text else hours,
                    _comma(Decimal(price)) + " €" if as_text else Decimal(price),
                    "20 %" if as_text else 20,
                    status,
                ]
            )
    sheet.append(["F2026-0090", "31/02/2026", "00012", "Consultation", 1, 150, 20, "Émise"])
    sheet.append(["F2026-0091", date(2026, 9, 14), "00012", "Audit", 1, "sur devis", 20, "Émise"])
    sheet.append(["F2026-0092", date(2026, 9, 15), "", "Consultation", 1, 150, 20, "Émise"])
    # A credit note.
    sheet.append(["A2026-0003", date(2026, 6, 12), "00012", "Avoir sur honoraires", -1, 150, 20, "Émise"])
    _save(book, path)


def french_payments(path: Path, chance: random.Random) -> None:
    """Pay most of what was invoiced at Lyon, late, and with a few mistakes."""
    book, sheet = _new("Règlements")
    _title(sheet, "Encaissements 2024-2026", "Relevé de banque retraité à la main")
    _headings(
        sheet, 4, "Date de règlement", "Code client", "Pour la facture", "Montant", "Mode de règlement", "Libellé"
    )
    for invoice, client, day, gross, closed in _issued(HERE / "factures_lyon.xlsx"):
        fate = 0.5 if closed else chance.random()
        paid_on = day + timedelta(days=chance.randrange(5, 95))
        if fate < 0.2 or paid_on > LAST:
            continue
        amount = gross if fate < 0.85 else _cents(gross / 2)
        named = invoice if chance.random() < 0.8 else ""
        sheet.append(
            [
                paid_on,
                client,
                named,
                _comma(amount) if chance.random() < 0.3 else amount,
                chance.choice(("virement", "chèque", "CB")),
                f"VIR {client}",
            ]
        )
    sheet.append([date(2026, 8, 3), "00099", "", Decimal(240), "virement", "client inconnu"])
    sheet.append([date(2026, 8, 4), "00007", "", Decimal("-35.50"), "chèque", "rejet de chèque"])
    sheet.append([None, "00015", "", Decimal(180), "virement", "date illisible"])
    sheet.append(["Total", "", "", "", "", ""])
    _save(book, path)


def mexican_book(path: Path, chance: random.Random) -> None:
    """Four linked sheets, Spanish headings, day/month dates as text, numbers as numbers."""
    book, clients = _new("Clientes")
    _headings(clients, 1, "Clave", "Nombre", "RFC", "Ciudad", "C.P.", "País", "Moneda", "Plazo de pago")
    for key, name, rfc, town, code, terms in MEXICAN:
        clients.append([key, name, rfc, town, code, "México", "MXN", terms])
    bills, details, paid = (book.create_sheet(name) for name in ("Facturas", "Conceptos", "Pagos"))
    _headings(bills, 1, "Folio", "Clave cliente", "Fecha", "Subtotal", "IVA", "Total", "Estado")
    _headings(details, 1, "Folio", "Descripción", "Cantidad", "Precio unitario")
    _headings(paid, 1, "Fecha de pago", "Clave cliente", "Folio", "Importe", "Forma de pago")
    for number, (day, client) in enumerate(_calendar(chance, [c[0] for c in MEXICAN], 34), 701):
        lines = [(*chance.choice(WORK_MX), chance.randrange(1, 4)) for _ in range(chance.choice((1, 2)))]
        net = sum((Decimal(price) * count for _, price, count in lines), Decimal(0))
        tax = (net * Decimal("0.16")).quantize(Decimal("0.01"))
        bills.append(
            [number, client, day.strftime("%d/%m/%Y"), net, tax, net + tax, "Cerrada" if day.year < 2026 else "Emitida"]
        )
        for work, price, count in lines:
            details.append([number, work, count, Decimal(price)])
        late = day + timedelta(days=chance.randrange(1, 70))
        if (chance.random() < 0.7 or day.year < 2026) and late <= LAST:
            paid.append([late.strftime("%d/%m/%Y"), client, number, net + tax, "transferencia"])
    details.append([9999, "Concepto sin factura", 1, Decimal(100)])
    _save(book, path)


def british_invoices(invoices: Path, payments: Path, chance: random.Random) -> None:
    """Text files with names instead of numbers, month names, thousands separators, a totals row."""
    total = Decimal(0)
    rows: list[list[str]] = []
    money: list[list[str]] = []
    for number, (day, (name, _)) in enumerate(_calendar(chance, BRITISH, 40), 1101):
        net = Decimal(chance.randrange(15000, 640000)) / 100
        vat = (net * Decimal("0.2")).quantize(Decimal("0.01"))
        total += net + vat
        due = day + timedelta(days=30)
        rows.append(
            [
                f"INV-{number}",
                f"{day.day} {day:%b %Y}",
                f"{due.day} {due:%b %Y}",
                name,
                "GBP",
                f"{net:,.2f}",
                f"{vat:,.2f}",
                f"{net + vat:,.2f}",
                "closed" if day.year < 2026 else "open",
            ]
        )
        paid_on = day + timedelta(days=chance.randrange(10, 80))
        if (chance.random() < 0.75 or day.year < 2026) and paid_on <= LAST:
            money.append([f"{paid_on.day} {paid_on:%b %Y}", name, f"INV-{number}", f"{net + vat:,.2f}", "GBP", "BACS"])
    with invoices.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(
            ["Invoice no", "Date issued", "Due", "Customer name", "Currency", "Net", "VAT", "Total", "Status"]
        )
        writer.writerows([*rows, ["Total", "", "", "", "", "", "", f"{total:,.2f}", ""]])
    with payments.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["Date paid", "Received from", "Applied to", "Amount received", "Currency", "Method"])
        writer.writerows(money)


def french_time(path: Path, chance: random.Random) -> None:
    """Two people's work of a quarter: durations in four habits, expenses, court fees, and a few wrong rows."""
    rows: list[list[str]] = []
    for nth in range(48):
        day = date(2026, 8, 3) + timedelta(days=nth * 9 // 5 + chance.randrange(2))
        client, matter, work = MATTERS[chance.randrange(len(MATTERS))]
        who, rate = (("Claire Morel", "180"), ("Hugo Petit", "95"))[chance.random() < 0.4]
        minutes = chance.choice((10, 20, 25, 30, 45, 50, 60, 75, 90, 120, 150, 200))
        told = (
            f"{minutes // 60}h{minutes % 60:02}", f"{minutes} min", f"{minutes // 60}:{minutes % 60:02}",
            _comma(Decimal(minutes) / 60) if minutes % 15 == 0 else f"{minutes} min",
        )[nth % 4]  # fmt: skip
        billable = "non" if chance.random() < 0.15 else "oui"
        rows.append(
            [f"{day:%d/%m/%Y}", who, client, matter, "temps", chance.choice(work), told, rate, "", "", billable]
        )
    eole, lavigne, remy = ("Société Éole", "Éole, marque"), ("Groupe Lavigne", "Lavigne, bail"), MATTERS[2][:2]
    claire, hugo = "Claire Morel", "Hugo Petit"
    rows += [
        ["15/09/2026", claire, *eole, "débours", "Taxe de dépôt INPI", "", "", "190,00", "INPI 8812", "oui"],
        ["22/09/2026", hugo, *lavigne, "frais", "Train Lyon-Grenoble", "", "", "48,60", "SNCF 77", "oui"],
        ["06/10/2026", claire, *remy, "débours", "Greffe", "", "", "37,45", "", "oui"],
        ["07/10/2026", claire, lavigne[0], "", "temps", "Appel", "20 min", "180", "", "", "oui"],
        ["08/10/2026", hugo, *eole, "temps", "Recherche", "longtemps", "95", "", "", "oui"],
        ["09/10/2026", hugo, *eole, "prestation", "Dépôt de marque, forfait", "", "", "650,00", "", "oui"],
    ]
    headings = "Date;Intervenant;Client;Dossier;Nature;Libellé;Durée;Taux;Montant;Justificatif;Facturable"
    with path.open("w", encoding="cp1252", newline="") as file:
        writer = csv.writer(file, delimiter=";", lineterminator="\n")
        writer.writerow(headings.split(";"))
        writer.writerows(rows)


def _calendar(chance: random.Random, clients: list[Any], count: int) -> list[tuple[date, Any]]:
    """Spread work over two years; the last two clients stopped coming in the first of them."""
    days = []
    for _ in range(count):
        day = date(2026, 10, 25) - timedelta(days=int(chance.triangular(0, 600, 20)))
        asleep = clients[-2:] if len(clients) > 4 else []
        choice = chance.choice(clients)
        if choice in asleep and day > date(2025, 6, 30):
            choice = clients[0]
        days.append((day, choice))
    return sorted(days, key=lambda pair: pair[0])


def _issued(path: Path) -> list[tuple[str, str, date, Decimal, bool]]:
    """Add up the gross of the French invoices, as their lines say, leaving out the wrong ones."""
    from openpyxl import load_workbook

    sums: dict[str, tuple[str, date, Decimal, bool]] = {}
    sheet = load_workbook(path).active
    assert sheet is not None
    for number, day, client, _, quantity, price, _, status in sheet.iter_rows(min_row=4, values_only=True):
        if not client or price == "sur devis" or day == "31/02/2026" or str(number).startswith("A"):
            continue
        when = datetime.strptime(day, "%d/%m/%Y").date() if isinstance(day, str) else day.date()
        held = sums.get(number, (client, when, Decimal(0), status == "Clôturée"))
        sums[number] = (*held[:2], held[2] + _cents(_number(quantity) * _number(price)), held[3])
    return [
        (number, client, day, net + _cents(net * Decimal("0.2")), closed)
        for number, (client, day, net, closed) in sums.items()
    ]


def _cents(value: Decimal) -> Decimal:
    return value.quantize(Decimal("0.01"), rounding=ROUND_HALF_UP)


def _number(value: Any) -> Decimal:
    return Decimal(str(value).replace(" €", "").replace(" ", "").replace(",", "."))


def _comma(value: Decimal) -> str:
    return f"{value:,.2f}".replace(",", " ").replace(".", ",")


def _new(name: str) -> tuple[Workbook, Worksheet]:
    book = Workbook()
    book.properties.creator = "sample"
    book.properties.created = book.properties.modified = datetime(2026, 10, 31)
    sheet = book.active
    assert sheet is not None
    sheet.title = name
    return book, sheet


def _title(sheet: Worksheet, *lines: str) -> None:
    for row, line in enumerate(lines, 1):
        sheet.cell(row, 1, line).font = Font(bold=True, size=14 if row == 1 else 10)
    sheet.merge_cells("A1:E1")


def _headings(sheet: Worksheet, row: int, *names: str) -> None:
    for column, name in enumerate(names, 1):
        cell = sheet.cell(row, column, name)
        cell.font = Font(bold=True)
        cell.fill = PatternFill("solid", fgColor="DDE3EA")


def _save(book: Workbook, path: Path) -> None:
    for sheet in book.worksheets:
        for column in "ABCDEFGHIJKL":
            sheet.column_dimensions[column].width = 18
    book.save(path)


if __name__ == "__main__":
    main()
