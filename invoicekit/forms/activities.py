"""Activities on a screen: the list with what can be done with many at once, and the form of one, its kind first."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any

import ipywidgets

from invoicekit import money
from invoicekit.errors import InvalidValue
from invoicekit.folders import OwnFolder
from invoicekit.forms.finding import categories_found, clients_found, matters_found, users_found
from invoicekit.forms.parts.dialog import ask_for, control
from invoicekit.forms.parts.form import Form
from invoicekit.forms.parts.grid import Column
from invoicekit.forms.parts.listing import Action, Listing
from invoicekit.forms.parts.picker import Picker
from invoicekit.forms.parts.screen import Screen
from invoicekit.forms.parts.words import Words
from invoicekit.ledger import Activities, Changed, Customers, Matters
from invoicekit.ledger.parties.customers import Which
from invoicekit.schema import TABLES
from invoicekit.store import Hold

__all__ = ["ActivitiesScreen", "ActivityForm", "NewActivity"]

KINDS = ("time", "service", "expense", "disbursement")

# What each kind asks for beside what all are asked for.
_DETAILS = {
    "time": ("worked", "billed", "rate", "tax_rate"),
    "service": ("quantity", "rate", "tax_rate"),
    "expense": ("amount", "paid_to", "receipt", "tax_rate"),
    "disbursement": ("amount", "paid_to", "receipt", "taxable", "tax_rate"),
}
_COMMON = ("date", "customer", "worked_by", "category", "description", "billable")

# What a new activity may be given before anybody typed.
_FILLED_IN = frozenset({"date", "matter", "customer", "worked_by"})

_UNBILLED = frozenset({"unbilled", "not_billable"})


class ActivitiesScreen(Listing):
    """The activities of a book, of one matter or of one customer, with group actions."""

    def __init__(
        self,
        hold: Hold,
        *,
        matter: Which | None = None,
        customer: Which | None = None,
        language: str = "en",
        closed: Callable[[], object] | None = None,
    ) -> None:
        w, self._of = Words(language), {"matter": matter, "customer": customer}
        self._activities = Activities(hold)
        states = ("unbilled", "reserved", "billed", "written_off", "not_billable")
        filter_style = {"layout": ipywidgets.Layout(width="14em"), "style": {"description_width": "initial"}}
        self.state = ipywidgets.Dropdown(
            options=[(w("all"), ""), *((w.value(state), state) for state in states)],
            description=w("state"),
            **filter_style,
        )
        self.kind = ipywidgets.Dropdown(
            options=[(w("all"), ""), *((w.value(kind), kind) for kind in KINDS)],
            description=w.label("activities", "kind"), **filter_style,
        )  # fmt: skip
        columns = (
            Column("date", w.label("activities", "date"), width="104px"),
            Column("kind", w.label("activities", "kind"), width="110px"),
            Column("matter", w.label("activities", "matter"), width="2fr"),
            Column("customer", w.label("activities", "customer"), width="1.6fr"),
            Column("description", w.label("activities", "description"), width="3fr"),
            Column("worked_by", w.label("activities", "worked_by"), width="1fr"),
            Column("hours_worked", w("hours_worked"), "right", "90px"),
            Column("hours_billed", w("hours_billed"), "right", "90px"),
            Column("amount", w.label("activities", "amount"), "right", "130px"),
            Column("state", w("state"), width="110px"),
        )
        actions = (
            Action(w("edit"), lambda ids: self.open(ids[0]), single=True),
            Action(w("duplicate"), lambda ids: self._told_of(self._activities.duplicate(ids), "duplicated")),
            Action(w("set_client"), self._set_client, when=_UNBILLED),
            Action(w("transfer"), self._transfer, when=_UNBILLED),
            Action(w("billable"), lambda ids: self._told_of(self._activities.set_billable(ids), "changed"),
                   when=frozenset({"not_billable"})),
            Action(w("not_billable"), lambda ids: self._told_of(self._activities.set_billable(ids, billable=False), "changed"),
                   when=frozenset({"unbilled"})),
            Action(w("rerate"), lambda ids: self._told_of(self._activities.rerate(ids), "changed"), when=_UNBILLED),
            Action(w("write_off"), self._write_off, when=frozenset({"unbilled"})),
            Action(w("restore"), lambda ids: self._told_of(self._activities.restore(ids), "changed"),
                   when=frozenset({"written_off"})),
            Action(w("delete"), self._remove, when=_UNBILLED, style="danger"),
        )  # fmt: skip
        super().__init__(
            hold, columns, self._query, w("activities"), actions=actions, state="state", sums=("amount",),
            filters=(self.state, self.kind), opens=self.open, height_px=360, language=language, closed=closed,
            more=((w("new_activity"), self.add), (w("from_calendar"), self._from_record)),
        )  # fmt: skip

    def open(self, activity: int) -> ActivityForm:
        """Open the form of an activity below the list."""
        form = ActivityForm(self._hold, activity, language=self.language, closed=self.inner_closed)
        self.enter(form)
        return form

    def add(self) -> NewActivity:
        """Ask for a new activity: its kind first."""
        new = NewActivity(self._hold, **self._of, language=self.language, closed=self.inner_closed)
        self.enter(new)
        return new

    def look(self, row: Mapping[str, Any]) -> str | None:
        """Show what is settled muted."""
        return "inactive" if row["state"] in ("billed", "written_off") else None

    def _query(self) -> Any:
        return self._activities.pages(**self._of, state=self.state.value or None, kind=self.kind.value or None)

    def _told_of(self, changed: Changed, key: str) -> None:
        """Tell how many were done, and which were refused and why."""
        self.grid.tick(())
        left = changed.refused.to_dict("records")
        told = self.words.count(key, len(changed))
        why = "; ".join(f"{row['activity']}: {row['reason']}" for row in left[:3])
        more = f" {self.words('left_out', number=len(left), why=why)}" if left else ""
        self.say(f"{told}{more}", "warning" if left else "saved")

    def _set_client(self, ids: list[int]) -> None:
        found = {self._activities.get(id_)["matter"] for id_ in ids[:200]}
        only = next(iter(found)) if len(found) == 1 else None
        client = Picker(
            self.words.label("activities", "customer"),
            clients_found(self._hold, lambda: only)[0],
            lambda _: None,
            self.words,
        )
        act = lambda given: self._told_of(self._activities.set_client(ids, given["client"]), "changed")  # noqa: E731
        ask_for(
            self, self.words.count("set_client_question", len(ids)), {"client": client}, {self.words("set_client"): act}
        )

    def _transfer(self, ids: list[int]) -> None:
        matter = Picker(
            self.words.label("activities", "matter"), matters_found(self._hold)[0], lambda _: None, self.words
        )

        def act(given: dict[str, Any]) -> None:
            if given["matter"] is None:
                raise InvalidValue(self.words("choose_a_matter"))
            self._told_of(self._activities.transfer(ids, given["matter"]), "transferred")

        ask_for(
            self, self.words.count("transfer_question", len(ids)), {"matter": matter}, {self.words("transfer"): act}
        )

    def _write_off(self, ids: list[int]) -> None:
        reason = control("text", self.words("reason"))
        act = lambda given: self._told_of(self._activities.write_off(ids, given["reason"] or ""), "written_off_many")  # noqa: E731
        ask_for(
            self, self.words.count("write_off_question", len(ids)), {"reason": reason}, {self.words("write_off"): act}
        )

    def _remove(self, ids: list[int]) -> None:
        act = lambda: self._told_of(self._activities.remove(ids), "deleted")  # noqa: E731
        self.ask(
            self.words.count("delete_question", len(ids)), (self.words("yes"), act), (self.words("no"), lambda: None)
        )

    def _from_record(self) -> None:
        """Convert an appointment of a calendar file, or an e-mail, into an activity."""
        file = ipywidgets.FileUpload(accept=".ics,.eml", description=self.words("calendar_or_mail"),
                                     layout=ipywidgets.Layout(width="auto"))  # fmt: skip
        matter = Picker(
            self.words.label("activities", "matter"), matters_found(self._hold)[0], lambda _: None, self.words
        )
        length = control("text", self.words.label("activities", "worked"), hint="1:30")
        if self._of["matter"] is not None:
            held = int(Matters(self._hold).get(self._of["matter"])["id"])
            matter.show(matters_found(self._hold)[1](held), held)

        def act(given: dict[str, Any]) -> None:
            if not given["file"]:
                raise InvalidValue(self.words("choose_a_file"))
            [sent] = given["file"]
            with OwnFolder() as folder:
                path = folder / Path(sent["name"]).name
                path.write_bytes(bytes(sent["content"]))
                worked = {"worked": given["length"]} if given["length"] else {}
                found = self._activities.records(path)
                keys = found[found["activity"].isna()]["key"].tolist()
                if not keys:
                    raise InvalidValue(self.words("nothing_to_convert"))
                with self._store.operation("convert records"):
                    for key in keys if len(found) > 1 else [None]:
                        self._activities.from_record(path, given["matter"], key=key, **worked)
            self.say(self.words.count("converted", len(keys)))

        ask_for(
            self,
            self.words("convert_question"),
            {"file": file, "matter": matter, "length": length},
            {self.words("convert"): act},
        )


class ActivityForm(Form):
    """The form of one activity, or of one that is yet to be noted: it is stored as soon as nothing needed is missing.

    Attributes
    ----------
    id
        Whose form it is; None until it is stored.
    """

    def __init__(
        self,
        hold: Hold,
        activity: int | None,
        *,
        kind: str | None = None,
        given: Mapping[str, Any] | None = None,
        language: str = "en",
        closed: Callable[[], object] | None = None,
    ) -> None:
        self._activities = Activities(hold)
        self.id, self._given = activity, dict(given or {})
        held = self._activities.get(activity) if activity is not None else {"kind": kind, **self._given}
        self._kind = str(held["kind"])
        w, declared = Words(language), TABLES["activities"]
        names = ("matter", *_COMMON)
        super().__init__(
            hold,
            self._held,
            self._keep,
            {
                w.value(self._kind): [declared.field(name) for name in _DETAILS[self._kind]],
                w("about"): [declared.field(name) for name in names],
            },
            choices={
                "matter": matters_found(hold),
                "customer": clients_found(hold, lambda: self._held().get("matter")),
                "worked_by": users_found(hold),
                "category": categories_found(hold),
            },
            language=language,
            closed=closed,
        )
        self.buttons.children = (self.button(w("close"), self.leave),)
        self.refresh()
        self.compose_form()

    def called(self, record: Mapping[str, Any]) -> str:
        """Return what it comes to, or that it is not stored."""
        if self.id is None:
            return self.words("not_stored_yet", kind=self.words.value(self._kind))
        currency = Matters(self._hold).get(record["matter"])["currency"]
        worth = f": {money.show(record['amount'], currency)}" if record["amount"] is not None else ""
        return f"{self.words.value(self._kind)}{worth}"

    def refresh(self) -> None:
        """Show the activity as it is now."""
        super().refresh()
        self._show_client()

    def not_saved(self) -> str:
        """Name what was typed of an activity that is not stored yet, and what could not be saved."""
        if self.is_open and self.id is None:
            self.flush()
        if not self.is_open or self.id is not None:
            return super().not_saved()
        given = [name for name, one in self._given.items() if one is not None and name not in _FILLED_IN]
        typed = [f'{self.fields[name].label}: "{self.fields[name].text}"' for name in given]
        return ", ".join(typed)

    def _held(self) -> Mapping[str, Any]:
        return self._activities.get(self.id) if self.id is not None else {"billable": True, **self._given}

    def _keep(self, name: str, value: Any) -> None:
        if self.id is not None:
            if name == "matter":
                refused = self._activities.transfer(self.id, value).refused
                if len(refused):
                    raise InvalidValue(str(refused["reason"].iloc[0]))
                return
            self._activities.change(self.id, **{name: value})
            return
        self._given[name] = value
        given = {field: one for field, one in self._given.items() if one is not None}
        self.id = self._activities.add(kind=self._kind, **given)
        for field in given.keys() & self.fields.keys() - {name}:
            if self.fields[field].text:
                self.fields[field].stored()

    def _show_client(self) -> None:
        """Ask for the client where the matter has several; a matter of one client leaves nothing to choose."""
        matter = self._held().get("matter")
        several = matter is not None and len(Matters(self._hold).clients(matter)) > 1
        asked = several or self._held().get("customer") is not None
        self.fields["customer"].box.layout.display = "" if asked else "none"


class NewActivity(Screen):
    """A new activity: first its kind, then the matter where none is said, then the rest.

    Attributes
    ----------
    kinds
        The buttons of the four kinds.
    form
        The form, once the kind was chosen.
    """

    def __init__(
        self,
        hold: Hold,
        *,
        matter: Which | None = None,
        customer: Which | None = None,
        language: str = "en",
        closed: Callable[[], object] | None = None,
    ) -> None:
        super().__init__(hold, language=language, closed=closed)
        whose = Customers(hold).get(customer) if customer is not None else None
        self._given: dict[str, Any] = {"date": hold.store.today}
        if matter is not None:
            self._given["matter"] = Matters(hold).get(matter)["id"]
        if whose is not None:
            self._given["customer"] = whose["id"]
            open_ones = Matters(hold).find(customer=whose["id"])
            if len(open_ones) == 1:
                self._given["matter"] = int(open_ones["id"].iloc[0])
        self.kinds = {kind: self.button(self.words.value(kind), partial(self.choose, kind)) for kind in KINDS}
        self.title(self.words("new_activity"))
        ask = ipywidgets.HTML(f"<p>{self.words('which_kind')}</p>")
        self.compose(self.heading, ask, self.bar(*self.kinds.values()), self.said, self.slot)

    @property
    def form(self) -> ActivityForm | None:
        """The form that is open, once the kind was chosen."""
        return self.inner if isinstance(self.inner, ActivityForm) else None

    def choose(self, kind: str) -> ActivityForm:
        """Choose the kind, and show what it needs."""
        for name, button in self.kinds.items():
            button.button_style = "primary" if name == kind else ""
        form = ActivityForm(
            self._hold, None, kind=kind, given=self._given, language=self.language, closed=lambda: self._left(form)
        )
        self.enter(form)
        return form

    def _left(self, form: ActivityForm) -> None:
        """Close with the form; not where another kind was chosen instead."""
        if self.inner is form:
            self.inner = None
            self.close()
