"""What is worked on: matters, their clients, and activities."""

from invoicekit.schema.declare import Field, Table, identity

MATTERS = Table(
    "matters",
    ("Matters", "Dossiers", "Asuntos", "Akten"),
    "A file, case, engagement or project on which work is noted.",
    aliases=("matter", "projects", "cases", "engagements", "projets", "expedientes", "mandate", "projekte"),
    fields=(
        identity("matters"),
        Field("number", "text", ("Matter number", "Numéro de dossier", "Número de asunto", "Aktenzeichen"),
              "Its number as the practice writes it.",
              aliases=("matter id", "matter no", "project number", "case number", "dossier", "expediente")),
        Field("title", "text", ("Title", "Intitulé", "Título", "Bezeichnung"), "What the matter is about.",
              required=True, aliases=("matter", "matter name", "project", "project name", "case", "projet", "asunto")),
        Field("nature", "text", ("Nature", "Nature", "Naturaleza", "Art"), "Kind of work.",
              aliases=("practice area", "matter type", "domaine")),
        Field("responsible", "text", ("Responsible", "Responsable", "Responsable", "Verantwortlich"),
              "Who answers for it.", aliases=("partner", "associe", "owner", "manager")),
        Field("opened_on", "date", ("Opened", "Ouvert le", "Apertura", "Eröffnet am"), "Day it was opened.",
              aliases=("open date", "start date", "date ouverture")),
        Field("closed_on", "date", ("Closed", "Clos le", "Cierre", "Geschlossen am"),
              "Day it was closed; empty while open.", aliases=("close date", "end date", "date cloture")),
        Field("currency", "currency", ("Currency", "Devise", "Moneda", "Währung"), "ISO 4217 code of its rates."),
        Field("rate", "price", ("Hourly rate", "Taux horaire", "Tarifa por hora", "Stundensatz"),
              "Price of an hour, before tax.", aliases=("rate", "hourly", "tarif", "tarifa")),
        Field("tax_rate", "rate", ("Tax rate", "Taux de TVA", "Tasa de IVA", "Steuersatz"), "Percent."),
        Field("budget", "amount", ("Budget", "Budget", "Presupuesto", "Budget"), "Amount agreed, before tax."),
    ),
)  # fmt: skip

MATTER_CLIENTS = Table(
    "matter_clients",
    ("Clients of matters", "Clients des dossiers", "Clientes de asuntos", "Mandanten"),
    "Which customers a matter is for.",
    unique={"client of a matter": "concat_ws(chr(31), matter, customer)"},
    fields=(
        identity("clients of matters"),
        Field("matter", "reference", ("Matter", "Dossier", "Asunto", "Akte"), "The matter.",
              required=True, references="matters", part_of=True),
        Field("customer", "reference", ("Customer", "Client", "Cliente", "Kunde"), "One of its clients.",
              required=True, references="customers"),
    ),
)  # fmt: skip

ACTIVITIES = Table(
    "activities",
    ("Activities", "Activités", "Actividades", "Tätigkeiten"),
    "Work noted on a matter: time, a service, an expense or a disbursement.",
    aliases=("activity", "time entries", "timesheet", "temps", "horas", "zeiten"),
    fields=(
        identity("activities"),
        Field("matter", "reference", ("Matter", "Dossier", "Asunto", "Akte"), "The matter it was done for.",
              required=True, references="matters"),
        Field("customer", "reference", ("Customer", "Client", "Cliente", "Kunde"),
              "The client of the matter it was done for, where there are several.", references="customers"),
        Field("kind", "choice", ("Kind", "Nature", "Clase", "Art"), "What sort of activity it is.", required=True,
              choices={"time": ("time", "temps", "tiempo", "zeit"),
                       "service": ("service", "prestation", "servicio", "leistung"),
                       "expense": ("expense", "frais", "gasto", "spesen"),
                       "disbursement": ("disbursement", "debours", "suplido", "auslage")}),
        Field("date", "date", ("Date", "Date", "Fecha", "Datum"), "Day of the work.", required=True,
              aliases=("work date", "activity date")),
        Field("worked_by", "text", ("Worked by", "Intervenant", "Realizado por", "Bearbeiter"), "Who did it.",
              aliases=("user", "timekeeper", "collaborateur", "usuario", "mitarbeiter")),
        Field("description", "text", ("Description", "Description", "Descripción", "Beschreibung"), "What was done.",
              aliases=("narrative", "details", "libelle", "concepto", "text")),
        Field("quantity", "quantity", ("Quantity", "Quantité", "Cantidad", "Menge"), "Hours or units.",
              aliases=("hours", "heures", "horas", "stunden", "units", "qty")),
        Field("rate", "price", ("Rate", "Taux", "Tarifa", "Satz"), "Price of an hour or a unit, before tax.",
              aliases=("hourly rate", "unit price", "taux horaire", "stundensatz")),
        Field("tax_rate", "rate", ("Tax rate", "Taux de TVA", "Tasa de IVA", "Steuersatz"), "Percent."),
        Field("amount", "amount", ("Amount", "Montant", "Importe", "Betrag"), "What it comes to, before tax."),
        Field("billable", "boolean", ("Billable", "Facturable", "Facturable", "Abrechenbar"),
              "Whether it may reach an invoice."),
    ),
)  # fmt: skip
