"""What would become of each line of a file of people, and what has to be asked first."""

from __future__ import annotations

import unicodedata
import zoneinfo
from datetime import date
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from common.company import zone_name
from common.inputs import address_check
from common.spreadsheets import fold
from employees.importing.columns import Table
from employees.importing.dates import Order, in_words
from employees.importing.plan import KNOWN, NEW, Asking, Change, People, Plan, Row, alike, begin, day_of, text_of
from employees.models import Contract, Department, Employee, Site
from employees.pins import pin_fault
from employees.services import EmployeeError, employment_dates

RENAMED = "=renamed"
TRIED = 200
"""So many changed dates are tried in the preview, in which they are taken back; of more the worker tells."""

TEXTS = ("first_name", "last_name", "email")
PLACES: dict[str, type[Site] | type[Contract]] = {"site": Site, "contract": Contract}


class PeoplePlanning:
    """One file on its way to a plan."""

    def __init__(self, table: Table, order: Order, answers: dict[str, str]) -> None:
        self._order = order
        self._asking = Asking(answers)
        self._people = People()
        self._departments = {fold(one.name): one for one in Department.objects.all()}
        self._new_departments: dict[str, str] = {}
        self._places: dict[str, dict[str, Any]] = {
            name: {fold(one.name): one for one in model._default_manager.all()} for name, model in PLACES.items()
        }
        self._zones = {one.casefold(): one for one in zoneinfo.available_timezones()}
        self._rows = begin(table)
        self._tried = 0
        self._taken = set(self._people.by_number)

    def plan(self) -> Plan:
        """The whole file: who is who first, since managers are looked for among all lines."""
        persons = [self._who(row) for row in self._rows]
        self._check_twice()
        self._names = self._by_name()
        for row, person in zip(self._rows, persons, strict=True):
            self._read(row, person)
            row.settle(new=person is None or "frees" in row.data)
        notices = []
        kept = {row.data.get("department") for row in self._rows if row.fate in ("new", "changed", "asked", "refused")}
        made = {key: name for key, name in self._new_departments.items() if key in kept}
        if made:
            notices.append(_("New departments that will be made: %(names)s.") % {"names": ", ".join(made.values())})
        return Plan(self._rows, list(self._asking.found.values()), notices, {"departments": made})

    def _who(self, row: Row) -> Employee | None:
        """The known person whom the line is about; None for a new one."""
        raw = text_of(row, "number")
        row.data.update(number=raw, person=None)
        row.title = f"{raw} {text_of(row, 'first_name')} {text_of(row, 'last_name')}".strip()
        if not raw:
            row.refuse("number", _("This cell is empty. Give the person's number."))
            return None
        person = self._people.by_number.get(raw)
        if person is None:
            person = self._unknown(row, raw)
        if person is None and not row.asked:
            self._check_field(row, "number", row.data["number"])
        if person is not None:
            row.data.update(number=person.number, person=person.pk)
            row.title = str(person)
            self._name(row, person)
        elif not text_of(row, "first_name"):
            row.refuse("first_name", _("This cell is empty. Give the person's first name."))
        return person

    def _unknown(self, row: Row, raw: str) -> Employee | None:
        if self._people.like(raw):
            answer = self._people.ask_alike(
                row, raw, self._asking, new=_("A new person with the number %(number)s") % {"number": raw}
            )
            return self._people.by_number.get(answer)
        plain = unicodedata.normalize("NFKC", raw)
        if plain != raw:
            row.data["number"] = plain
            row.notes.append(_("The number is read as %(number)s.") % {"number": plain})
        return None

    def _name(self, row: Row, person: Employee) -> None:
        """A known number with another name: the same person, or somebody else to whom no face comes along?"""
        first, last = text_of(row, "first_name"), text_of(row, "last_name")
        said = f"{first or person.first_name} {last or person.last_name}".strip()
        words, known = set(fold(said).split()), set(fold(person.name).split())
        if (not first and not last) or words <= known or known <= words:
            return
        answer = self._asking.ask(
            row,
            key=f"name:{person.number}:{fold(said)}",
            group=_("Known numbers with another name"),
            text=_("The number %(number)s belongs to %(known)s; the file says %(said)s. Who is it?")
            % {"number": person.number, "known": person.name, "said": said},
            options=[
                (RENAMED, _("The same person, with another name")),
                (NEW, _("Another person: the face, the punches and the PIN stay with the earlier one")),
            ],
        )
        if answer != NEW:
            return
        if not person.has_left:
            row.refuse(
                "number",
                _("%(name)s still works under this number. Enter their last day first, or give the new person another.")
                % {"name": person.name},
            )
            return
        if not first:
            row.refuse("first_name", _("This cell is empty. Give the person's first name."))
        freed = next(one for number in range(1, 10_000) if (one := f"{person.number[:34]}-{number}") not in self._taken)
        self._taken.add(freed)
        row.data["frees"] = freed
        row.notes.append(
            _("%(name)s keeps their face and hours, under the number %(number)s.")
            % {"name": person.name, "number": freed}
        )

    def _check_twice(self) -> None:
        """The same number on two lines is refused; numbers that look alike within the file are asked about."""
        first: dict[str, Row] = {}
        similar: dict[str, Row] = {}
        for row in self._rows:
            number = row.data["number"]
            if row.out or not number:
                continue
            if (before := first.get(number)) is not None:
                if before.entry.cells == row.entry.cells:
                    row.out = True
                    row.notes.append(_("The same as line %(line)d.") % {"line": before.line})
                    continue
                message = _(
                    "Lines %(first)d and %(second)d have the same number and are not alike. Correct one of them."
                )
                for one in (before, row):
                    one.refuse("number", message % {"first": before.line, "second": row.line})
                continue
            first[number] = row
            other = similar.setdefault(alike(number), row)
            if other is not row and row.data["person"] is None and other.data["person"] is None:
                self._asking.ask(
                    row,
                    key=f"alike:{number}",
                    group=_("Numbers that look alike"),
                    text=_("%(number)s looks like %(other)s of line %(line)d. Are these two people?")
                    % {"number": number, "other": other.data["number"], "line": other.line},
                    options=[(NEW, _("Two people"))],
                )

    def _by_name(self) -> dict[str, set[str]]:
        """The numbers behind each name, of people known and in the file."""
        names: dict[str, set[str]] = {}
        for person in self._people.by_number.values():
            names.setdefault(fold(person.name), set()).add(person.number)
            names.setdefault(fold(f"{person.last_name} {person.first_name}"), set()).add(person.number)
        for row in self._rows:
            first, last = text_of(row, "first_name"), text_of(row, "last_name")
            names.setdefault(fold(f"{first} {last}"), set()).add(row.data["number"])
            names.setdefault(fold(f"{last} {first}"), set()).add(row.data["number"])
        self._in_file = {row.data["number"]: row for row in self._rows if not row.out}
        self._written = {text_of(row, "number"): row for row in self._rows if not row.out and not row.asked}
        self._alike_in_file: dict[str, list[Row]] = {}
        for number, row in self._in_file.items():
            self._alike_in_file.setdefault(alike(number), []).append(row)
        return names

    def _read(self, row: Row, person: Employee | None) -> None:
        known = None if "frees" in row.data else person
        for name in TEXTS:
            value = text_of(row, name)
            if name == "first_name" and known is not None and _is_whole_name(row, known):
                continue
            if value:
                self._check_field(row, name, value)
                self._set(row, known, name, value, value)
        self._department(row, known)
        for name in PLACES:
            self._place(row, known, name)
        self._zone(row, known)
        self._manager(row, known)
        self._dates(row, known)
        self._pin(row)
        if known is None:
            row.changes.insert(0, Change("number", "", row.data["number"]))

    def _set(self, row: Row, known: Employee | None, name: str, value: Any, said: str) -> None:
        """Take a value over where it is another one."""
        before = getattr(known, name) if known else None
        if known is None or before != value:
            row.data[name] = value
            row.changes.append(Change(name, str(before or ""), said))

    def _check_field(self, row: Row, name: str, value: str) -> None:
        field: Any = Employee._meta.get_field(name)
        try:
            if name == "email":
                address_check(value)
            field.clean(value, None)
        except ValidationError as error:
            row.refuse(name, " ".join(error.messages))

    def _department(self, row: Row, known: Employee | None) -> None:
        text = text_of(row, "department")
        if not text:
            return
        key = fold(text)
        if not key:
            row.refuse(
                "department", _("“%(value)s” is no name. Leave the cell empty, or give one.") % {"value": text[:40]}
            )
            return
        found = self._departments.get(key)
        if found is not None:
            self._set(row, known, "department", found, found.name)
            return
        if len(text) > 80:
            row.refuse("department", _("The name of a department has at most 80 characters."))
        name = self._new_departments.setdefault(key, text)
        self._set(row, known, "department", key, _("%(name)s (new)") % {"name": name})

    def _place(self, row: Row, known: Employee | None, name: str) -> None:
        text = text_of(row, name)
        if not text:
            return
        found = self._places[name].get(fold(text))
        if found is None:
            row.refuse(
                name,
                _("There is no “%(value)s” here. Add it first, or correct the cell. There are: %(known)s.")
                % {
                    "value": text[:80],
                    "known": ", ".join(one.name for one in list(self._places[name].values())[:8]) or "–",
                },
            )
            return
        self._set(row, known, name, found, found.name)

    def _zone(self, row: Row, known: Employee | None) -> None:
        text = text_of(row, "time_zone")
        if text and text.casefold() not in self._zones:
            row.refuse(
                "time_zone",
                _("%(value)s is not a time zone. Use a name such as America/La_Paz.") % {"value": text[:60]},
            )
        elif text or known is None:
            zone = self._zones[text.casefold()] if text else zone_name()
            self._set(row, known, "time_zone", zone, zone)

    def _manager(self, row: Row, known: Employee | None) -> None:
        text = text_of(row, "manager")
        if not text:
            return
        number = self._manager_number(row, text)
        if not number:
            return
        if number == row.data["number"]:
            row.refuse("manager", _("Nobody is their own manager."))
            return
        before = known.manager if known else None
        if before is None or before.number != number:
            line = self._in_file.get(number)
            said = line.title if line else str(self._people.by_number[number])
            row.data["manager"] = number
            row.changes.append(Change("manager", str(before or ""), said))

    def _manager_number(self, row: Row, text: str) -> str:
        """The number of whom the cell names by number or by name, known or elsewhere in the file."""
        if text in self._in_file or text in self._people.by_number:
            return text
        if (other := self._written.get(text)) is not None:
            # Who was written in another way on their own line, and is known by now.
            return str(other.data["number"])
        named = self._names.get(fold(text), set())
        if len(named) == 1:
            return next(iter(named))
        if len(named) > 1:
            message = _("Several people are called “%(value)s”. Give the manager's number: %(numbers)s.")
            row.refuse("manager", message % {"value": text, "numbers": ", ".join(sorted(named)[:8])})
            return ""
        if not self._people.like(text) and (near := self._near(row, text)):
            return near
        answer = self._people.ask_alike(row, text, self._asking)
        if answer in self._people.by_number:
            return answer
        if not row.asked and not row.out:
            message = _(
                "There is no “%(value)s” here, nor in this file. Give the manager's number, or their whole name."
            )
            row.refuse("manager", message % {"value": text[:80]})
        return ""

    def _near(self, row: Row, text: str) -> str:
        """The number of the one line of the file that looks like this one, once somebody has said that it is meant."""
        near = self._alike_in_file.get(alike(text), [])
        if len(near) != 1:
            return ""
        answer = self._asking.ask(
            row,
            key=f"manager:{text}",
            group=_("Numbers that look alike"),
            text=_("Nobody has the number “%(number)s”, but one that looks like it is known. Who is it?")
            % {"number": text},
            options=[(KNOWN, _("It is line %(line)d: %(who)s") % {"line": near[0].line, "who": near[0].title})],
        )
        return str(near[0].data["number"]) if answer == KNOWN else ""

    def _dates(self, row: Row, known: Employee | None) -> None:
        hired, left = (day_of(row, name, self._order) for name in ("hired_on", "left_on"))
        period = known.period if known else None
        if hired and left and left < hired:
            row.refuse("left_on", _("The last day cannot be before the day of hiring."))
            return
        row.data.update(hired_on=hired, left_on=left)
        if period is None:
            begin_on = hired or timezone.localdate()
            row.data["hired_on"] = begin_on
            if hired:
                row.changes.append(Change("hired_on", "", in_words(begin_on)))
            elif "hired_on" not in row.entry.cells:
                said = _("%(day)s (today: the file says nothing)") % {"day": in_words(begin_on)}
                row.changes.append(Change("hired_on", "", said))
            if left:
                row.changes.append(Change("left_on", "", in_words(left)))
            return
        again = hired and period.left_on and period.left_on < hired
        for name, day in (("hired_on", hired), ("left_on", left)):
            before: date | None = getattr(period, name)
            if day and (again or day != before):
                said = _("%(day)s (employed again)") if again and name == "hired_on" else "%(day)s"
                row.changes.append(Change(name, in_words(before) if before else "", said % {"day": in_words(day)}))
        moved = any(change.label in ("hired_on", "left_on") for change in row.changes)
        if moved and known is not None and self._tried < TRIED:
            self._tried += 1
            self._try(row, known, hired, left)

    def _try(self, row: Row, known: Employee, hired: date | None, left: date | None) -> None:
        """Whether the dates would be taken, which punches may forbid: tried and taken back."""
        try:
            with transaction.atomic():
                employment_dates(employee=known, hired_on=hired, left_on=left)
                transaction.set_rollback(True)
        except EmployeeError as refused:
            row.refuse(refused.field, refused.message)

    def _pin(self, row: Row) -> None:
        pin = text_of(row, "pin")
        if not pin:
            return
        row.data["pin"] = pin
        row.changes.append(Change("pin", "", "••••"))
        if fault := pin_fault(pin, number=row.data["number"]):
            row.refuse("pin", fault[1])


def _is_whole_name(row: Row, known: Employee) -> bool:
    """Whether the file has the known person's whole name in one column, in either order."""
    said = fold(text_of(row, "first_name"))
    whole = {fold(known.name), fold(f"{known.last_name} {known.first_name}")}
    return not text_of(row, "last_name") and bool(known.last_name) and said in whole
