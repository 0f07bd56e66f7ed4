"""The test of a kiosk on files: what the guided test at the door measures, from folders of pictures."""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from django.core.management.base import CommandError, CommandParser

from attendance.models import Kiosk
from doors.models import Door
from employees.models import Employee
from kiosk.models import KioskSettings
from kiosk.services.door import door_of
from kiosk.services.faces import frames_examine, use_of
from kiosk.services.site_test import USABLE, conditions_of, outcome_of
from kiosk.site_test.folder import LAYOUT, Look, enrolment_frames, guests_of, looks_in
from kiosk.site_test.measures import LIVE, Seen, measure
from kiosk.site_test.proposals import Conditions, propose
from kiosk.site_test.words import measures_words, proposal_words, unusable_words
from recognition.management.base import RecognitionCommand
from recognition.management.progress import progress_bar
from recognition.services import Answer, GalleryView, can_verify, guests_enrol, liveness_network_stands


def share(text: str) -> float:
    """An argparse type: 0 or more, less than 1."""
    value = float(text)
    if not 0 <= value < 1:
        raise argparse.ArgumentTypeError(f"{text} is not between 0 and 1")
    return value


class Command(RecognitionCommand):
    help = "Test recognition and liveness check on files, as a kiosk is tested at its door.\n\n" + LAYOUT

    def create_parser(self, prog_name: str, subcommand: str, **kwargs: Any) -> CommandParser:
        """With the layout's lines as they stand."""
        return super().create_parser(
            prog_name, subcommand, formatter_class=argparse.RawDescriptionHelpFormatter, **kwargs
        )

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("--frames", type=Path, required=True, metavar="FOLDER", help="the pictures, laid out so")
        parser.add_argument("--kiosk", metavar="NAME", help="judge by this kiosk's settings (a new one's)")
        parser.add_argument("--in-memory", action="store_true", help="leave the company's employees out of it")
        parser.add_argument("--photos", type=int, default=5, metavar="K", help="pictures enrolled a person (5)")
        parser.add_argument(
            "--strangers",
            type=share,
            default=0.0,
            metavar="SHARE",
            help="the least share of people in memory who stay strangers, the last by name (0)",
        )
        parser.add_argument("--json", action="store_true", help="print one JSON object instead of the report")

    def handle(self, *args: Any, frames: Path, **options: Any) -> None:
        chosen, door = _settings(options["kiosk"])
        try:
            looks = looks_in(frames)
            employees = {} if options["in_memory"] else _employees(looks)
            sessions = {} if employees else guests_of(looks, strangers=options["strangers"])
        except (OSError, ValueError) as error:
            raise CommandError(str(error)) from error
        view: GalleryView | None = None
        if sessions:
            photos = {person: enrolment_frames(looks, person, session) for person, session in sessions.items()}
            view = guests_enrol(photos=photos, most=options["photos"])
            assert view.guests is not None
            employees = {guest.number: guest for guest in view.guests.values()}
            looks = [look for look in looks if not (look.kind == LIVE and sessions.get(look.person) == look.session)]
        conditions = conditions_of(chosen=chosen, door=door, view=view)
        seen: list[Seen] = []
        with progress_bar("look", silent=options["json"]) as advance:
            for place, look in enumerate(looks, start=1):
                person = employees.get(look.person)
                claimed = (person or next(iter(employees.values()))) if conditions.verifies else None
                answer = frames_examine(
                    chosen=chosen,
                    use=use_of(door),
                    images=[frame.read_bytes() for frame in look.frames],
                    times=json.dumps([1000 * at for at in look.times]),
                    claimed=claimed,
                    view=view,
                )
                seen.append(_seen(look, answer, person))
                advance(place, len(looks))
        strangers = sorted({look.person for look in looks if look.kind in (LIVE, "stranger")} - employees.keys())
        enrolled = {
            "how": "in memory" if sessions else "employees",
            "people": sorted(employees),
            "sessions": sessions,
            "photos": options["photos"] if sessions else None,
        }
        if options["json"]:
            self.stdout.write(json.dumps(_report(seen, conditions, enrolled, strangers)))
        else:
            self._print(seen, conditions, enrolled, strangers)

    def _print(
        self, seen: Sequence[Seen], conditions: Conditions, enrolled: dict[str, Any], strangers: Sequence[str]
    ) -> None:
        found = measure(seen, strength=conditions.liveness)
        self.stdout.write(f"Enrolled ({enrolled['how']}): {', '.join(enrolled['people'])}")
        self.stdout.write(f"Strangers: {', '.join(strangers) or 'none'}")
        if not liveness_network_stands():
            self.stdout.write("The liveness check has no network: run `manage.py fetch_liveness_model`.")
        for line in measures_words(found):
            self.stdout.write(f"{line['code']:<7}{line['figure']:>9}  {line['interval']:<18} {line['name']}")
            self.stdout.write(f"{'':<18}{line['words']}")
        self.stdout.write(unusable_words(found.unusable))
        for proposal in propose(seen, conditions):
            self.stdout.write(f"* {proposal_words(proposal)}")


def _report(
    seen: Sequence[Seen], conditions: Conditions, enrolled: dict[str, Any], strangers: Sequence[str]
) -> dict[str, Any]:
    """One object: the rates by their names, each with n and interval, and what to choose."""
    return {
        "n": len(seen),
        **measure(seen, strength=conditions.liveness).as_dict(),
        "proposals": [{**one.as_dict(), "text": proposal_words(one)} for one in propose(seen, conditions)],
        "enrolled": enrolled,
        "strangers": list(strangers),
        "settings": {"liveness": conditions.liveness, "use": conditions.use, "target": conditions.target},
        "network": liveness_network_stands(),
    }


def _settings(name: str | None) -> tuple[KioskSettings, Door | None]:
    if name is None:
        return KioskSettings(), None
    kiosk = Kiosk.objects.filter(name=name).first()
    if kiosk is None:
        known = ", ".join(Kiosk.objects.values_list("name", flat=True)) or "none"
        raise CommandError(f"There is no kiosk {name}. Kiosks: {known}.")
    return KioskSettings.of(kiosk), door_of(kiosk)


def _employees(looks: Sequence[Look]) -> dict[str, Employee]:
    """The people of the folder who are enrolled here, by their number."""
    numbers = {look.person for look in looks if look.kind == LIVE}
    found = Employee.objects.recognisable().filter(number__in=numbers).distinct()
    return {employee.number: employee for employee in found if can_verify(employee)}


def _seen(look: Look, answer: Answer, person: Employee | None) -> Seen:
    outcome = outcome_of(answer, person)
    return Seen(
        kind=look.kind,
        named=outcome["named"],
        confidence=outcome["confidence"],
        liveness=outcome["liveness"],
        usable=outcome["outcome"] in USABLE,
        enrolled=person is not None,
        condition=look.session,
    )
