"""`manage.py fetch_browser_files`: what the kiosk's page runs beside our own scripts, fetched once and hash-checked."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from kiosk import browser_files


class Command(BaseCommand):
    help = "Fetch the face detector and code reader of the kiosk's page. Does nothing where they are there already."

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            browser_files.fetch(self.stdout.write)
        except browser_files.BrowserFilesError as error:
            raise CommandError(str(error)) from error
        self.stdout.write(f"the kiosk's page has its files in {browser_files.folder()}")
