"""What goes out: templates, documents as they were first written, messages on their way, reminders."""

from invoicekit.schema.declare import LANGUAGES, Field, Table, identity

CUSTOMER = ("Customer", "Client", "Cliente", "Kunde")
DOCUMENT_KINDS: dict[str, tuple[str, ...]] = {"invoice": (), "statement": (), "reminder": ()}

TEMPLATES = Table(
    "templates",
    ("Templates", "Modèles", "Plantillas", "Vorlagen"),
    "What documents look like, where that is not the usual way.",
    unique={"template": "name"},
    fields=(
        identity("templates"),
        Field("name", "text", ("Name", "Nom", "Nombre", "Name"), "What it is called in the menu.", required=True),
        Field("kind", "choice", ("Kind", "Nature", "Clase", "Art"), "What it is a template of.", required=True,
              choices=DOCUMENT_KINDS),
        Field("language", "choice", ("Language", "Langue", "Idioma", "Sprache"), "Of a reminder: the language it is for, if one.",
              choices=dict.fromkeys(LANGUAGES, ())),
        Field("level", "integer", ("Level", "Niveau", "Nivel", "Stufe"), "Of a reminder: the level it is for, if one.", least=1),
        Field("source", "text", ("Source", "Source", "Fuente", "Quelltext"), "Jinja2 and HTML.", required=True),
    ),
)  # fmt: skip

KEPT_DOCUMENTS = Table(
    "kept_documents",
    ("Documents as written", "Documents tels qu'écrits", "Documentos tal como se escribieron", "Dokumente wie geschrieben"),
    "The bytes of what went out, as they were first written: a reprint gives these.",
    unique={"document of an invoice": "case when invoice is not null then concat_ws(chr(31), invoice, form) end"},
    fields=(
        identity("documents"),
        Field("kind", "choice", ("Kind", "Nature", "Clase", "Art"), "What it is.", required=True, choices=DOCUMENT_KINDS),
        Field("invoice", "reference", ("Invoice", "Facture", "Factura", "Rechnung"), "The invoice or credit note it is.",
              references="invoices", part_of=True),
        Field("form", "choice", ("Form", "Format", "Formato", "Form"), "How it is written.", required=True,
              choices={"pdf": (), "facturx": (), "ubl": (), "cii": ()}),
        Field("name", "text", ("Name", "Nom", "Nombre", "Name"), "Name of the file.", required=True),
        Field("sha256", "text", ("SHA-256", "SHA-256", "SHA-256", "SHA-256"), "Hash of its bytes.", required=True),
        Field("content", "bytes", ("Content", "Contenu", "Contenido", "Inhalt"), "Its bytes.", required=True),
    ),
)  # fmt: skip

MAIL_ACCOUNTS = Table(
    "mail_accounts",
    ("Mail accounts", "Comptes de messagerie", "Cuentas de correo", "E-Mail-Konten"),
    "Where mail is handed in. The password is kept outside: in the environment, or in the keyring.",
    fields=(
        identity("mail accounts"),
        Field("host", "text", ("Server", "Serveur", "Servidor", "Server"), "Name of the SMTP server.", required=True),
        Field("port", "integer", ("Port", "Port", "Puerto", "Port"), "Its port; 587 or 465 unless given.", least=1),
        Field("security", "choice", ("Security", "Sécurité", "Seguridad", "Sicherheit"),
              "starttls: encrypted after a greeting, tls: from the first byte, none: not at all.",
              choices={"starttls": (), "tls": (), "none": ()}),
        Field("user", "text", ("User", "Utilisateur", "Usuario", "Benutzer"), "Who signs in there; nobody where empty."),
        Field("sender", "email", ("Sender", "Expéditeur", "Remitente", "Absender"), "The address mail comes from.", required=True),
        Field("sender_name", "text", ("Name of sender", "Nom de l'expéditeur", "Nombre del remitente", "Name des Absenders"),
              "The name beside it; the seller's unless given."),
        Field("reply_to", "email", ("Reply to", "Répondre à", "Responder a", "Antwort an"), "Where answers go, if elsewhere."),
        Field("copy_to", "email", ("Blind copy to", "Copie cachée à", "Copia oculta a", "Blindkopie an"),
              "Who gets a copy of everything, unseen."),
        Field("form", "choice", ("Attach", "Joindre", "Adjuntar", "Anhang"),
              "What invoices are sent as: pdf, or facturx, which is a PDF with the data inside.",
              choices={"pdf": (), "facturx": ()}),
    ),
)  # fmt: skip

MESSAGES = Table(
    "messages",
    ("Outbox", "Boîte d'envoi", "Bandeja de salida", "Postausgang"),
    "Mail, from the moment it is to go out: what became of it stands in its state.",
    unique={"message": "message_id"},
    fields=(
        identity("messages"),
        Field("kind", "choice", ("Kind", "Nature", "Clase", "Art"), "What it brings.", required=True, choices=DOCUMENT_KINDS),
        Field("invoice", "reference", ("Invoice", "Facture", "Factura", "Rechnung"), "The invoice it brings, if one.",
              references="invoices"),
        Field("customer", "reference", CUSTOMER, "Whom it is for.", required=True, references="customers"),
        Field("document", "reference", ("Attachment", "Pièce jointe", "Adjunto", "Anhang"), "What is attached.",
              references="kept_documents"),
        Field("sender", "text", ("Sender", "Expéditeur", "Remitente", "Absender"), "Whom it comes from.", required=True),
        Field("recipient", "text", ("To", "À", "Para", "An"), "Where it goes.", required=True),
        Field("copy_to", "text", ("Copy to", "Copie à", "Copia a", "Kopie an"), "Who else gets it."),
        Field("subject", "text", ("Subject", "Objet", "Asunto", "Betreff"), "Its subject.", required=True),
        Field("body", "text", ("Text", "Texte", "Texto", "Text"), "What it says.", required=True),
        Field("message_id", "text", ("Message-ID", "Message-ID", "Message-ID", "Message-ID"),
              "The same however often it is tried, so that a receiver knows it again (RFC 5322, 3.6.4).", required=True),
        Field("state", "choice", ("State", "État", "Estado", "Stand"),
              "queued; sending: handed over, and no answer yet; sent; deferred: the server wants it later; "
              "failed: it does not want it; "
              "unknown: cut off before the answer, so that a person has to say.", required=True,
              choices={"queued": (), "sending": (), "sent": (), "deferred": (), "failed": (), "unknown": ()}),
        Field("tries", "integer", ("Tries", "Essais", "Intentos", "Versuche"), "How often it was handed over.", least=0),
        Field("answer", "text", ("Answer", "Réponse", "Respuesta", "Antwort"), "What the server said last."),
    ),
)  # fmt: skip

REMINDER_LEVELS = Table(
    "reminder_levels",
    ("Levels of reminders", "Niveaux de relance", "Niveles de recordatorio", "Mahnstufen"),
    "After how many days each level of reminder is due.",
    unique={"level": "level"},
    fields=(
        identity("levels of reminders"),
        Field("level", "integer", ("Level", "Niveau", "Nivel", "Stufe"), "From 1, the friendliest.", required=True, least=1),
        Field("days_late", "integer", ("Days late", "Jours de retard", "Días de retraso", "Tage Verzug"),
              "How many days after the due date.", required=True, least=1),
    ),
)  # fmt: skip

REMINDERS = Table(
    "reminders",
    ("Reminders", "Relances", "Recordatorios", "Mahnungen"),
    "Which invoice was reminded of when, and how urgently.",
    fields=(
        identity("reminders"),
        Field("invoice", "reference", ("Invoice", "Facture", "Factura", "Rechnung"), "What was reminded of.", required=True,
              references="invoices", part_of=True),
        Field("level", "integer", ("Level", "Niveau", "Nivel", "Stufe"), "How urgently.", required=True, least=1),
        Field("date", "date", ("Date", "Date", "Fecha", "Datum"), "Day of the reminder.", required=True),
        Field("open", "amount", ("Open", "Ouvert", "Pendiente", "Offen"), "What was owed on it then.", required=True),
        Field("message", "reference", ("Message", "Message", "Mensaje", "Nachricht"),
              "The mail that carried it; none where it went by other means.", references="messages"),
    ),
)  # fmt: skip
