"""What the book keeps about itself: operations, counters, import receipts, settings."""

from invoicekit.schema.declare import Field, Table, identity

SETTINGS = Table(
    "settings",
    ("Settings", "Réglages", "Ajustes", "Einstellungen"),
    "Choices that hold for the whole book, such as its currency.",
    unique={"setting": "name"},
    fields=(
        identity("settings"),
        Field("name", "text", ("Name", "Nom", "Nombre", "Name"), "What is set.", required=True),
        Field("value", "text", ("Value", "Valeur", "Valor", "Wert"), "What it is set to."),
    ),
)

PERMISSIONS = Table(
    "permissions",
    ("Permissions", "Droits", "Permisos", "Rechte"),
    "What users may do in the book; while nobody has any, it belongs to whoever opens it.",
    unique={"permission": "concat_ws(chr(31), user_id, role, coalesce(customer, 0))"},
    fields=(
        identity("permissions"),
        Field("user_id", "reference", ("User", "Utilisateur", "Usuario", "Benutzer"), "Who.", required=True, references="users"),
        Field("role", "choice", ("Role", "Rôle", "Papel", "Rolle"), "What as.", required=True,
              choices={"owner": (), "processing": (), "read_only": ()}),
        Field("customer", "reference", ("Customer", "Client", "Cliente", "Kunde"),
              "The customer an owner is owner of, with its sub-customers; of all of them where empty.", references="customers"),
    ),
)  # fmt: skip

PASSWORDS = Table(
    "passwords",
    ("Passwords", "Mots de passe", "Contraseñas", "Passwörter"),
    "What users sign in by: hashes from which no password can be had, nor undone; while nobody has any, a name is enough.",
    versioned=False,
    fields=(
        identity("passwords"),
        Field("user_id", "reference", ("User", "Utilisateur", "Usuario", "Benutzer"), "Whose.", required=True, references="users"),
        Field("hash", "text", ("Hash", "Empreinte", "Huella", "Hash"), "By Argon2id (RFC 9106), with its salt.", required=True),
        Field("set_at", "timestamp", ("Set", "Fixé", "Fijada", "Gesetzt"), "When, in UTC.", required=True),
    ),
)  # fmt: skip

SIGN_INS = Table(
    "sign_ins",
    ("Sign-ins", "Connexions", "Accesos", "Anmeldungen"),
    "Every attempt to open the book with a password, noted before it is looked at, and again if it was right; and new passwords.",
    versioned=False,
    fields=(
        identity("sign-ins"),
        Field("name", "text", ("Name", "Nom", "Nombre", "Name"), "The name that was given, whether anybody has it or not.",
              required=True),
        Field("outcome", "choice", ("Outcome", "Résultat", "Resultado", "Ergebnis"), "What became of it.", required=True,
              choices={"tried": (), "succeeded": (), "reset": ()}),
        Field("attempted_at", "timestamp", ("At", "Quand", "Cuándo", "Wann"), "When, in UTC.", required=True),
    ),
)  # fmt: skip

OPERATIONS = Table(
    "operations",
    ("Operations", "Opérations", "Operaciones", "Vorgänge"),
    "Everything that was ever done: one row a transaction, never changed afterwards.",
    versioned=False,
    fields=(
        identity("operations"),
        Field("kind", "text", ("Kind", "Nature", "Clase", "Art"), "What was done, in two words.", required=True),
        Field("summary", "text", ("Summary", "Résumé", "Resumen", "Zusammenfassung"), "What was done, in a line."),
        Field("actor", "text", ("Actor", "Auteur", "Autor", "Bearbeiter"), "Who did it.", required=True),
        Field("recorded_at", "timestamp", ("Recorded", "Enregistré", "Registrado", "Erfasst"),
              "When it was committed, in UTC; it never runs backwards.", required=True),
        Field("parameters", "json", ("Parameters", "Paramètres", "Parámetros", "Parameter"),
              "What it was told, as JSON."),
        Field("undoes", "reference", ("Undoes", "Annule", "Deshace", "Macht rückgängig"),
              "The operation it takes back.", references="operations"),
        Field("wrote", "json", ("Wrote", "Écrit", "Escrito", "Geschrieben"),
              "SHA-256 of the rows it wrote, by table, as JSON."),
        Field("seal", "text", ("Seal", "Sceau", "Sello", "Siegel"),
              "SHA-256 of this operation and of the seal before it: whatever is changed behind the book's back shows."),
    ),
)  # fmt: skip

COUNTERS = Table(
    "counters",
    ("Counters", "Compteurs", "Contadores", "Zähler"),
    "The last number given of every kind, inside the same transaction as its use.",
    versioned=False,
    fields=(
        Field("name", "text", ("Name", "Nom", "Nombre", "Name"), "What is counted.", required=True),
        Field("value", "integer", ("Value", "Valeur", "Valor", "Wert"), "The last number given.", required=True),
    ),
)  # fmt: skip

IMPORT_MAPPINGS = Table(
    "import_mappings",
    ("Mappings", "Correspondances", "Correspondencias", "Zuordnungen"),
    "What the columns of files were found to mean, so that the next such file is read alike.",
    fields=(
        identity("mappings"),
        Field("name", "text", ("Name", "Nom", "Nombre", "Name"), "What it was saved as; empty where an import confirmed it."),
        Field("fingerprint", "text", ("Fingerprint", "Empreinte", "Huella", "Fingerabdruck"),
              "Hash of the headings, in whatever order they stand.", required=True),
        Field("target", "text", ("Records", "Enregistrements", "Registros", "Datensätze"), "What the rows hold.", required=True),
        Field("mapping", "json", ("Mapping", "Correspondance", "Correspondencia", "Zuordnung"),
              "Column to field, as JSON.", required=True),
    ),
)  # fmt: skip

IMPORTS = Table(
    "imports",
    ("Imports", "Importations", "Importaciones", "Importe"),
    "One receipt for each import, kept even when the import is undone.",
    versioned=False,
    fields=(
        identity("imports"),
        Field("operation", "reference", ("Operation", "Opération", "Operación", "Vorgang"),
              "The operation that wrote it.", required=True, references="operations"),
        Field("file", "text", ("File", "Fichier", "Archivo", "Datei"), "Name of the file.", required=True),
        Field("sha256", "text", ("SHA-256", "SHA-256", "SHA-256", "SHA-256"), "Hash of its bytes.", required=True),
        Field("source", "text", ("Source", "Source", "Origen", "Quelle"), "The system its keys belong to."),
        Field("mapping", "json", ("Mapping", "Correspondance", "Correspondencia", "Zuordnung"),
              "Column to field, and how each column was read, as JSON."),
        Field("created", "integer", ("Created", "Créés", "Creados", "Angelegt"), "Records created."),
        Field("updated", "integer", ("Updated", "Modifiés", "Actualizados", "Geändert"), "Records changed."),
        Field("unchanged", "integer", ("Unchanged", "Inchangés", "Sin cambios", "Unverändert"),
              "Records found as the file says."),
        Field("rejected", "integer", ("Rejected", "Refusés", "Rechazados", "Abgelehnt"), "Rows refused, with reason."),
        Field("skipped", "integer", ("Skipped", "Ignorés", "Omitidos", "Übersprungen"), "Rows left out on purpose."),
    ),
)  # fmt: skip

IMPORT_ROWS = Table(
    "import_rows",
    ("Import rows", "Lignes importées", "Filas importadas", "Importzeilen"),
    "What became of every row of an imported file.",
    versioned=False,
    fields=(
        Field("import", "reference", ("Import", "Importation", "Importación", "Import"), "The receipt.",
              required=True, references="imports"),
        Field("sheet", "text", ("Sheet", "Feuille", "Hoja", "Blatt"), "Name of the sheet."),
        Field("row", "integer", ("Row", "Ligne", "Fila", "Zeile"), "Row of the sheet, as the spreadsheet counts."),
        Field("table", "text", ("Table", "Table", "Tabla", "Tabelle"), "What the row holds."),
        Field("outcome", "choice", ("Outcome", "Résultat", "Resultado", "Ergebnis"), "What became of it.",
              choices={"created": (), "updated": (), "unchanged": (), "rejected": (), "skipped": ()}),
        Field("record", "integer", ("Record", "Fiche", "Registro", "Datensatz"), "The record it became, if any."),
        Field("reason", "text", ("Reason", "Motif", "Motivo", "Grund"), "Why, where that needs saying."),
        Field("position", "integer", ("Position", "Position", "Posición", "Position"), "Place on the receipt, from 1."),
    ),
)  # fmt: skip

MIGRATIONS = Table(
    "migrations",
    ("Migrations", "Migrations", "Migraciones", "Migrationen"),
    "Which versions of the layout this book went through.",
    versioned=False,
    fields=(
        Field("version", "integer", ("Version", "Version", "Versión", "Version"), "Number of the layout.",
              required=True),
        Field("name", "text", ("Name", "Nom", "Nombre", "Name"), "What it changed.", required=True),
        Field("applied_at", "timestamp", ("Applied", "Appliquée", "Aplicada", "Angewandt"), "When, in UTC.",
              required=True),
    ),
)  # fmt: skip
