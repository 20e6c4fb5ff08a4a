"""What is worked on, and by whom: users, matters, activities, and the entries that work in progress is the sum of."""

from invoicekit.schema.declare import Field, Table, identity

_MATTER = ("Matter", "Dossier", "Asunto", "Akte")
_CUSTOMER = ("Customer", "Client", "Cliente", "Kunde")
_WORKED_BY = ("Worked by", "Intervenant", "Realizado por", "Bearbeiter")
_KIND = ("Kind", "Nature", "Clase", "Art")
_DESCRIPTION = ("Description", "Description", "Descripción", "Beschreibung")
_TAX_RATE = ("Tax rate", "Taux de TVA", "Tasa de IVA", "Steuersatz")
_CURRENCY = ("Currency", "Devise", "Moneda", "Währung")
_INACTIVE = ("Inactive", "Inactif", "Inactivo", "Inaktiv")
_INACTIVE_ALIASES = ("inactive since", "archived", "archive", "inactif depuis", "baja", "inaktiv seit")
_KINDS = {
    "time": ("time", "temps", "tiempo", "zeit", "f", "fee", "hours", "honoraires"),
    "service": ("service", "prestation", "servicio", "leistung", "flat fee", "forfait"),
    "expense": ("expense", "frais", "gasto", "spesen", "e", "soft cost"),
    "disbursement": ("disbursement", "debours", "suplido", "auslage", "hard cost"),
}

USERS = Table(
    "users",
    ("Users", "Utilisateurs", "Usuarios", "Benutzer"),
    "Who works: each has a rate, and notes the work they did.",
    aliases=("user", "timekeepers", "staff", "team", "collaborateurs", "empleados", "mitarbeiter"),
    unique={"user name": "name_key(name)"},
    fields=(
        identity("users"),
        Field("name", "text", ("User", "Utilisateur", "Usuario", "Benutzer"),
              "What they are called; the same as the name they open the book by, where they do.", required=True,
              aliases=("name", "user name", "timekeeper", "initials", "collaborateur", "nom", "nombre", "mitarbeiter")),
        Field("full_name", "text", ("Full name", "Nom complet", "Nombre completo", "Vollständiger Name"),
              "Their name as a customer reads it.", aliases=("timekeeper name", "nom et prenom")),
        Field("email", "email", ("E-mail", "E-mail", "Correo electrónico", "E-Mail"), "Where their mail goes.",
              aliases=("email", "mail", "courriel", "correo")),
        Field("rate", "price", ("Hourly rate", "Taux horaire", "Tarifa por hora", "Stundensatz"),
              "Price of an hour of theirs, before tax; a customer's or a matter's own rate comes before it.",
              aliases=("rate", "billing rate", "hourly", "tarif", "tarifa", "satz"), least=0),
        Field("tax_rate", "rate", _TAX_RATE, "Percent, where neither customer nor matter says another.", least=0),
        Field("cost_rate", "price", ("Cost of an hour", "Coût horaire", "Costo por hora", "Stundenkosten"),
              "What an hour of theirs costs the firm: profitability is worked out with it.",
              aliases=("cost rate", "internal rate", "cout horaire"), least=0),
        Field("weekly_hours", "quantity", ("Hours a week", "Heures par semaine", "Horas por semana", "Wochenstunden"),
              "How many hours a week they are there for.", aliases=("capacity", "weekly hours"), least=0),
        Field("inactive_since", "since", _INACTIVE, "The day they left; their work stays.", aliases=_INACTIVE_ALIASES),
    ),
)  # fmt: skip

ACTIVITY_CATEGORIES = Table(
    "activity_categories",
    ("Categories of activity", "Catégories d'activité", "Categorías de actividad", "Tätigkeitsarten"),
    "Sorts of work that come again, with what is usual for them.",
    unique={"category": "name_key(name)"},
    fields=(
        identity("categories"),
        Field("name", "text", ("Category", "Catégorie", "Categoría", "Kategorie"), "What it is called.", required=True),
        Field("kind", "choice", _KIND, "What sort of activity it is for; any where empty.", choices=_KINDS),
        Field("description", "text", _DESCRIPTION, "What its activities say unless told otherwise."),
        Field("rate", "price", ("Rate", "Taux", "Tarifa", "Satz"),
              "Price of an hour or a unit of it, before tax; it comes before every other rate.", least=0),
        Field("tax_rate", "rate", _TAX_RATE, "Percent.", least=0),
        Field("billable", "boolean", ("Billable", "Facturable", "Facturable", "Abrechenbar"),
              "Whether its activities are billed unless told otherwise; yes where empty."),
        Field("inactive_since", "since", _INACTIVE, "The day it went out of use; its activities keep it."),
    ),
)  # fmt: skip

MATTERS = Table(
    "matters",
    ("Matters", "Dossiers", "Asuntos", "Akten"),
    "A file, case, engagement or project on which work is noted.",
    aliases=("matter", "projects", "cases", "engagements", "projets", "expedientes", "mandate", "projekte"),
    unique={"matter number": "number"},
    fields=(
        identity("matters"),
        Field("number", "text", ("Matter number", "Numéro de dossier", "Número de asunto", "Aktenzeichen"),
              "Its number as the practice writes it.",
              aliases=("matter id", "matter no", "project number", "case number", "dossier", "expediente")),
        Field("title", "text", ("Title", "Intitulé", "Título", "Bezeichnung"), "What the matter is about.",
              required=True, aliases=("matter", "matter name", "project", "project name", "case", "projet", "asunto")),
        Field("nature", "text", ("Nature", "Nature", "Naturaleza", "Art"), "Kind of work.",
              aliases=("practice area", "matter type", "domaine")),
        Field("responsible", "reference", ("Responsible", "Responsable", "Responsable", "Verantwortlich"),
              "Who answers for it.", references="users", aliases=("partner", "associe", "owner", "manager")),
        Field("opened_on", "date", ("Opened", "Ouvert le", "Apertura", "Eröffnet am"), "Day it was opened.",
              aliases=("open date", "start date", "date ouverture")),
        Field("closed_on", "date", ("Closed", "Clos le", "Cierre", "Geschlossen am"),
              "Day it was closed; empty while open.", aliases=("close date", "end date", "date cloture")),
        Field("currency", "currency", _CURRENCY, "ISO 4217 code of its rates and amounts."),
        Field("rate", "price", ("Hourly rate", "Taux horaire", "Tarifa por hora", "Stundensatz"),
              "Price of an hour of anybody's work on it, before tax.", aliases=("rate", "hourly", "tarif", "tarifa"), least=0),
        Field("tax_rate", "rate", _TAX_RATE, "Percent.", least=0),
        Field("time_step", "integer", ("Time step", "Pas de temps", "Fracción de tiempo", "Zeittakt"),
              "Minutes to which billed time is rounded up on it, each entry by itself: 5, 6, 10 or 15; 0 for not at all, and "
              "as the book does where empty."),
        Field("budget", "amount", ("Budget", "Budget", "Presupuesto", "Budget"), "Amount agreed, before tax.", least=0),
        Field("notes", "text", ("Notes", "Notes", "Notas", "Notizen"), "Free text.",
              aliases=("note", "comment", "remarks", "memo", "observaciones", "bemerkung")),
    ),
)  # fmt: skip

MATTER_CLIENTS = Table(
    "matter_clients",
    ("Clients of matters", "Clients des dossiers", "Clientes de asuntos", "Mandanten"),
    "Which customers a matter is for.",
    unique={"client of a matter": "concat_ws(chr(31), matter, customer)"},
    fields=(
        identity("clients of matters"),
        Field("matter", "reference", _MATTER, "The matter.",
              required=True, references="matters", part_of=True),
        Field("customer", "reference", _CUSTOMER, "One of its clients.",
              required=True, references="customers",
              aliases=("customer", "client", "clients", "customers", "client name", "customer name", "cliente", "clientes", "kunde",
                       "mandant", "mandanten", "nom du client")),
    ),
)  # fmt: skip

MATTER_PARTIES = Table(
    "matter_parties",
    ("Other parties", "Autres parties", "Otras partes", "Weitere Beteiligte"),
    "Who else a matter concerns: the other side, its counsel, a court, an expert.",
    fields=(
        identity("other parties"),
        Field("matter", "reference", _MATTER, "The matter.", required=True, references="matters", part_of=True),
        Field("name", "text", ("Name", "Nom", "Nombre", "Name"), "Who it is.", required=True),
        Field("role", "text", ("Role", "Rôle", "Papel", "Rolle"), "What they are in it."),
        Field("customer", "reference", ("Known as", "Connu comme", "Conocido como", "Bekannt als"),
              "The contact or customer it is, where the book knows it.", references="customers"),
        Field("notes", "text", ("Notes", "Notes", "Notas", "Notizen"), "Free text."),
    ),
)  # fmt: skip

ACTIVITIES = Table(
    "activities",
    ("Activities", "Activités", "Actividades", "Tätigkeiten"),
    "Work noted on a matter: time, a service, an expense or a disbursement.",
    aliases=("activity", "time entries", "timesheet", "temps", "horas", "zeiten"),
    unique={
        "activity number": "case when external_id is not null then concat_ws(chr(31), source, matter, external_id) end"
    },
    fields=(
        identity("activities"),
        Field("source", "text", ("Source", "Source", "Origen", "Quelle"), "The other system it comes from.", importable=False),
        Field("external_id", "text", ("Activity number", "Numéro d'activité", "Número de actividad", "Tätigkeitsnummer"),
              "Its key there; made of its contents where there is none.",
              aliases=("activity id", "entry id", "time entry id", "id")),
        Field("matter", "reference", _MATTER, "The matter it was done for.",
              required=True, references="matters",
              aliases=("matter", "matter number", "matter name", "project", "project name", "case", "dossier", "projet", "asunto",
                       "expediente", "akte", "projekt", "mandat", "law firm matter id", "matter no", "matter id",
                       "numero de dossier", "numero de asunto", "aktenzeichen", "case number", "project number")),
        Field("customer", "reference", _CUSTOMER,
              "The client of the matter it was done for, where there are several.", references="customers",
              aliases=("customer", "client", "client name", "customer name", "client id", "cliente", "kunde", "mandant")),
        Field("kind", "choice", _KIND, "What sort of activity it is.", required=True, choices=_KINDS,
              aliases=("activity type", "exp fee inv adj type")),
        Field("category", "reference", ("Category", "Catégorie", "Categoría", "Kategorie"),
              "Its category, which says what is usual for it.", references="activity_categories", importable=False),
        Field("date", "date", ("Date", "Date", "Fecha", "Datum"), "Day of the work.", required=True,
              aliases=("work date", "activity date", "line item date")),
        Field("worked_by", "reference", _WORKED_BY, "Who did it.", references="users",
              aliases=("user", "timekeeper", "timekeeper name", "collaborateur", "usuario", "mitarbeiter")),
        Field("description", "text", _DESCRIPTION, "What was done.",
              aliases=("narrative", "details", "libelle", "concepto", "text", "line item description")),
        Field("worked", "duration", ("Time worked", "Temps passé", "Tiempo trabajado", "Arbeitszeit"),
              "How long it took; kept in seconds.",
              aliases=("hours", "duration", "duree", "duracion", "dauer", "heures", "horas", "stunden", "time")),
        Field("billed", "duration", ("Time billed", "Temps facturé", "Tiempo facturado", "Abgerechnete Zeit"),
              "How much time is to be billed, kept in seconds: what was worked, rounded up, until somebody says otherwise.",
              aliases=("billed hours", "billable hours", "heures facturees", "horas facturadas")),
        Field("billed_by_hand", "boolean", ("Billed by hand", "Facturé à la main", "Facturado a mano", "Von Hand abgerechnet"),
              "Whether somebody said how much time is to be billed; else it follows the time worked.", importable=False),
        Field("quantity", "quantity", ("Quantity", "Quantité", "Cantidad", "Menge"),
              "How many units of a service or an expense; read as hours where the activity is time.",
              aliases=("units", "qty", "line item number of units", "anzahl")),
        Field("rate", "price", ("Rate", "Taux", "Tarifa", "Satz"), "Price of an hour or a unit, before tax.",
              aliases=("hourly rate", "unit price", "taux horaire", "stundensatz", "line item unit cost")),
        Field("rate_from", "choice", ("Rate from", "Origine du taux", "Origen de la tarifa", "Herkunft des Satzes"),
              "Who said the rate: one that was given stays when the others change.", importable=False,
              choices={"given": (), "category": (), "matter": (), "customer": (), "user": (), "book": ()}),
        Field("tax_rate", "rate", _TAX_RATE, "Percent.", least=0),
        Field("tax_from", "choice", ("Tax from", "Origine de la TVA", "Origen del impuesto", "Herkunft der Steuer"),
              "Who said the tax rate: one that was given stays when the others change.", importable=False,
              choices={"given": (), "category": (), "matter": (), "customer": (), "user": ()}),
        Field("taxable", "boolean", ("Taxable", "Imposable", "Gravable", "Steuerpflichtig"),
              "Whether tax is charged on it. A disbursement passed on at cost stands outside the taxable base "
              "(Directive 2006/112/EC, article 79 c)."),
        Field("amount", "amount", ("Amount", "Montant", "Importe", "Betrag"), "What it comes to, before tax.",
              aliases=("line item total",)),
        Field("paid_to", "text", ("Paid to", "Payé à", "Pagado a", "Bezahlt an"),
              "The third party an expense or a disbursement was paid to.", aliases=("vendor", "supplier", "payee", "fournisseur")),
        Field("receipt", "text", ("Receipt", "Justificatif", "Comprobante", "Beleg"),
              "Where the receipt of an expense or a disbursement is found: its number, or a file.",
              aliases=("receipt number", "receipt reference", "voucher", "piece", "piece justificative", "belegnummer")),
        Field("billable", "boolean", ("Billable", "Facturable", "Facturable", "Abrechenbar"),
              "Whether it may reach an invoice."),
        Field("invoice", "reference", ("Invoice", "Facture", "Factura", "Rechnung"),
              "The draft that reserves it, or the invoice that bills it; empty while it is neither.",
              references="invoices", importable=False),
        Field("written_off_on", "date", ("Written off", "Passé en perte", "Dado de baja", "Abgeschrieben"),
              "Day it was given up; empty where it was not.", importable=False),
        Field("write_off_reason", "text", ("Reason", "Motif", "Motivo", "Grund"), "Why it was given up.", importable=False),
    ),
)  # fmt: skip

STOPWATCHES = Table(
    "stopwatches",
    ("Stopwatches", "Chronomètres", "Cronómetros", "Stoppuhren"),
    "Time that is being measured, or paused; it becomes an activity when it is stopped.",
    unique={"running stopwatch of user": "case when running_since is not null then worked_by::varchar end"},
    fields=(
        identity("stopwatches"),
        Field("worked_by", "reference", _WORKED_BY, "Whose it is.", required=True, references="users"),
        Field("matter", "reference", _MATTER, "What it is for; may be said when it is stopped.", references="matters"),
        Field("customer", "reference", _CUSTOMER, "The client of the matter it is for.", references="customers"),
        Field("category", "reference", ("Category", "Catégorie", "Categoría", "Kategorie"), "Of the activity it becomes.",
              references="activity_categories"),
        Field("description", "text", _DESCRIPTION, "What is being done."),
        Field("date", "date", ("Date", "Date", "Fecha", "Datum"), "Day it was started: that of the activity.", required=True),
        Field("running_since", "timestamp", ("Running since", "En marche depuis", "En marcha desde", "Läuft seit"),
              "When it was started or taken up again, in UTC; empty while it is paused."),
        Field("counted", "duration", ("Counted", "Compté", "Contado", "Gezählt"),
              "What it measured before that; kept in seconds.", required=True),
    ),
)  # fmt: skip

WIP_ENTRIES = Table(
    "wip_entries",
    ("Entries of work in progress", "Écritures d'encours", "Asientos de trabajo en curso", "Buchungen unfertiger Leistungen"),
    "Postings to billable work that is not billed: work in progress as of any day is a sum of these.",
    fields=(
        identity("entries of work in progress"),
        Field("activity", "reference", ("Activity", "Activité", "Actividad", "Tätigkeit"), "The work.",
              required=True, references="activities", part_of=True),
        Field("event", "choice", ("Event", "Événement", "Suceso", "Ereignis"), "What happened to it.", required=True,
              choices={"recorded": (), "edited": (), "transferred": (), "billed": (), "freed": (), "written_off": (),
                       "restored": ()}),
        Field("invoice", "reference", ("Invoice", "Facture", "Factura", "Rechnung"),
              "The invoice that billed it, or the credit note that freed it.", references="invoices"),
        Field("entry_date", "date", ("Entry date", "Date d'écriture", "Fecha de asiento", "Buchungsdatum"),
              "Business date: a report as of an earlier day leaves it out.", required=True),
        Field("recorded_on", "date", ("Recorded on", "Enregistré le", "Registrado el", "Erfasst am"),
              "Day of the local calendar on which it was posted: what was recorded late can be told.", required=True),
        Field("work_date", "date", ("Work date", "Date du travail", "Fecha del trabajo", "Arbeitstag"),
              "Day of the work: its age is counted from it.", required=True),
        Field("matter", "reference", _MATTER, "The matter it stands on.", required=True, references="matters"),
        Field("customer", "reference", _CUSTOMER, "The client it was done for, where the activity names one.",
              references="customers"),
        Field("worked_by", "reference", _WORKED_BY, "Who did it.", references="users"),
        Field("kind", "choice", _KIND, "What sort of activity it is.", required=True,
              choices=dict.fromkeys(_KINDS, ())),
        Field("currency", "currency", _CURRENCY, "ISO 4217 code.", required=True),
        Field("seconds", "duration", ("Time", "Temps", "Tiempo", "Zeit"), "Signed: time to be billed; kept in seconds."),
        Field("amount", "amount", ("Amount", "Montant", "Importe", "Betrag"),
              "Signed: what makes work in progress more is positive.", required=True),
    ),
)  # fmt: skip
