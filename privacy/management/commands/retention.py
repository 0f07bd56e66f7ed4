"""``manage.py retention``: delete what has been kept long enough, or say what that would be."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Any

from django.core.management.base import CommandParser

from common.commands import CheckedCommand
from privacy.services.retention import retention_run


class Command(CheckedCommand):
    help = (
        "Delete what has been kept long enough, by the schedule in the settings (PRESENTE_KEEP_…_DAYS; 0 keeps for "
        "ever). What a legal hold names stays. Runs once a day by itself."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """--dry-run and --json."""
        parser.add_argument("--dry-run", action="store_true", help="count what would be deleted, and delete nothing")
        parser.add_argument("--json", action="store_true", help="print the report as JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        outcomes = retention_run(dry_run=options["dry_run"])
        if options["json"]:
            self.stdout.write(json.dumps([asdict(one) for one in outcomes], indent=1))
            return
        verb = "would go" if options["dry_run"] else "deleted"
        for one in outcomes:
            kept = f"after {one.days} days" if one.days else ("kept for ever" if one.code != "sessions" else "at once")
            self.stdout.write(f"{one.count:8} {verb}: {one.what} ({kept})")
