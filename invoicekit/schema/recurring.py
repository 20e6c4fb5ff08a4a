"""What is billed again and again: templates of invoices."""

from invoicekit.schema.billing import CURRENCY, CUSTOMER, TAX_CATEGORIES, TAX_CATEGORY
from invoicekit.schema.declare import Field, Table, identity

RECURRING_INVOICES = Table(
    "recurring_invoices",
    ("Recurring invoices", "Factures récurrentes", "Facturas recurrentes", "Dauerrechnungen"),
    "Templates of invoices that come again; whatever else stands on them follows the customer as it is then.",
    unique={"recurring invoice": "name_key(name)"},
    fields=(
        identity("recurring invoices"),
        Field("name", "text", ("Name", "Nom", "Nombre", "Name"), "What the template is called.", required=True),
        Field("customer", "reference", CUSTOMER, "Who is billed.", required=True, references="customers"),
        Field("matter", "reference", ("Matter", "Dossier", "Asunto", "Akte"), "The matter it bills.", references="matters"),
        Field("currency", "currency", CURRENCY, "ISO 4217 code; the customer's or the book's where empty."),
        Field("subject", "text", ("Subject", "Objet", "Asunto", "Betreff"),
              "What it is for; {period} stands for the month or year it is for."),
        Field("every", "integer", ("Every", "Tous les", "Cada", "Alle"), "How many units lie between one and the next.",
              required=True, least=1),
        Field("unit", "choice", ("Unit", "Unité", "Unidad", "Einheit"), "What the interval is counted in.", required=True,
              choices={"day": (), "week": (), "month": (), "year": ()}),
        Field("starts_on", "date", ("First on", "Première le", "Primera el", "Erste am"),
              "Day of the first one: those to come fall on the same day of the month, or on its last where it is shorter.",
              required=True),
        Field("ends_on", "date", ("Ends on", "Fin le", "Termina el", "Endet am"), "No invoice is made for a later day."),
        Field("paused_on", "date", ("Paused on", "Suspendue le", "En pausa desde", "Angehalten am"),
              "Day from which none is made; empty while it runs.", importable=False),
        Field("prices_include_tax", "boolean", ("Prices include tax", "Prix TTC", "Precios con impuestos", "Bruttopreise"),
              "Whether its prices were given with tax."),
    ),
)  # fmt: skip

RECURRING_LINES = Table(
    "recurring_lines",
    ("Lines of recurring invoices", "Lignes de factures récurrentes", "Líneas de facturas recurrentes",
     "Positionen von Dauerrechnungen"),
    "What stands on each invoice of a template.",
    fields=(
        identity("lines of recurring invoices"),
        Field("recurring", "reference", ("Recurring invoice", "Facture récurrente", "Factura recurrente", "Dauerrechnung"),
              "The template.", required=True, references="recurring_invoices", part_of=True, importable=False),
        Field("position", "integer", ("Position", "Position", "Posición", "Position"), "Place among them, from 1.",
              importable=False),
        Field("item", "text", ("Item", "Article", "Artículo", "Artikel"), "Key of what is sold."),
        Field("description", "text", ("Description", "Désignation", "Descripción", "Beschreibung"),
              "What is sold; {period} stands for the month or year it is for."),
        Field("quantity", "quantity", ("Quantity", "Quantité", "Cantidad", "Menge"), "How many; one where empty."),
        Field("unit_price", "price", ("Unit price", "Prix unitaire", "Precio unitario", "Einzelpreis"), "Price of one."),
        Field("price_per", "quantity", ("Price per", "Prix pour", "Precio por", "Preis je"), "How many the price is for."),
        Field("discount", "amount", ("Discount", "Remise", "Descuento", "Rabatt"), "What is taken off."),
        Field("tax_category", "choice", TAX_CATEGORY, "How tax is charged on it; as for the customer where empty.",
              choices=TAX_CATEGORIES),
        Field("tax_rate", "rate", ("Tax rate", "Taux de TVA", "Tasa de IVA", "Steuersatz"),
              "Percent; the customer's where empty.", least=0),
    ),
)  # fmt: skip

RECURRING_PAUSES = Table(
    "recurring_pauses",
    ("Pauses of recurring invoices", "Suspensions de factures récurrentes", "Pausas de facturas recurrentes",
     "Pausen von Dauerrechnungen"),
    "Days for which a template made no invoice, and will not.",
    fields=(
        identity("pauses"),
        Field("recurring", "reference", ("Recurring invoice", "Facture récurrente", "Factura recurrente", "Dauerrechnung"),
              "The template.", required=True, references="recurring_invoices", part_of=True),
        Field("since", "date", ("Since", "Depuis", "Desde", "Seit"), "First day.", required=True),
        Field("until", "date", ("Until", "Jusqu'au", "Hasta", "Bis"), "The day before it ran again.", required=True),
    ),
)  # fmt: skip
