"""`manage.py demo`: a made-up company on an empty database; `--clock-in URL` then shows its kiosk at work."""

from __future__ import annotations

import argparse
from typing import Any

from django.core.management.base import CommandError
from django.utils import translation

from common.commands import CheckedCommand
from common.company import company
from employees.models import Employee, User
from presente.demo import clock_in, faces, people
from recognition.engine.types import EngineError


class Command(CheckedCommand):
    help = "Load the demo into an empty database, or clock its person in at a running server."

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("--clock-in", metavar="URL", help="clock in over HTTP at this running server")
        parser.add_argument("--no-photos", action="store_true", help="load everything but the face")

    def handle(self, *args: Any, clock_in: str | None = None, no_photos: bool = False, **options: Any) -> None:
        if clock_in:
            self._clock_in(clock_in.rstrip("/"))
        else:
            self._load(photos=not no_photos)

    def _load(self, *, photos: bool) -> None:
        if Employee.objects.exists() or User.objects.exists():
            raise CommandError("The demo is for an empty database, and this one has people in it. Nothing was changed.")
        self.stdout.write("Loading the demo")
        demo = people.load()
        self.stdout.write(
            f"  people      {demo.people} in {demo.departments} departments, {demo.events} punches of four weeks"
        )
        if photos and faces.fetch(self.stdout.write):
            try:
                with translation.override(people.spoken(company().country)):
                    faces.enrol(demo.famous, self.stdout.write)
            except EngineError as error:
                self.stdout.write(f"  not enrolled: {error.message}")
        logins = "   ".join(f"{name} / {password}" for name, password in demo.logins.items())
        self.stdout.write(f"  logins      {logins}   (kept in {demo.login_file})")
        self.stdout.write(f"  PIN         {people.PIN} for the numbers D001 to D{demo.people:03}")

    def _clock_in(self, url: str) -> None:
        if not Employee.objects.filter(number=people.FAMOUS).exists():
            raise CommandError("The demo is not loaded here. Run `manage.py demo` on an empty database first.")
        clock_in.run(url, self.stdout.write)
