"""`manage.py upgrade`: backup, migrate, look whether it works; else everything is as it was. `--check` only tells."""

from __future__ import annotations

import argparse
import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import CommandError

from common import shared_folders
from common.commands import CheckedCommand
from presente.backup.content import program_version
from presente.upgrade import Plan, UpgradeFailed, upgrade, upgrade_plan


class Command(CheckedCommand):
    help = (
        "Bring the database to this version of the program: a backup first, then all migrations and a look whether it "
        "works as one transaction. Where anything fails nothing is changed, and the version that runs goes on."
    )

    def needs_tables(self, **options: Any) -> bool:
        """No: that tables are behind is what it is for."""
        return False

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """--check, --backup and --json."""
        parser.add_argument(
            "--check", action="store_true", help="say what would happen; 1 where something stands against"
        )
        parser.add_argument(
            "--backup", type=Path, metavar="DIR", help="where the backup goes (default: PRESENTE_BACKUP)"
        )
        parser.add_argument("--json", action="store_true", help="with --check: print one JSON object")

    def handle(self, *args: Any, check: bool, **options: Any) -> None:
        folder = Path(options["backup"] or settings.BACKUP_DIR).resolve()
        if check:
            plan = upgrade_plan(folder=folder)
            if options["json"]:
                self.stdout.write(json.dumps({"version": program_version(), "ok": not plan.stops, **asdict(plan)}))
            else:
                self._tell(plan)
            if plan.stops:
                raise SystemExit(1)
            return
        try:
            if shared_folders.bucket_make():
                self.stdout.write("The object storage had no bucket of that name yet: it was made.")
        except OSError as error:
            # What needs it says so; the database does not.
            self.stderr.write(str(error))
        try:
            upgrade(folder=folder, say=self.stdout.write)
        except UpgradeFailed as error:
            raise CommandError(str(error)) from error

    def _tell(self, plan: Plan) -> None:
        self.stdout.write(f"Version {program_version()}")
        self.stdout.write(f"  migrations  {', '.join(plan.migrations) or 'none is pending'}")
        self.stdout.write(f"  runs        {', '.join(plan.running) or 'nothing on this data folder'}")
        self.stdout.write(f"  backup      {plan.backup_folder}, {plan.free_bytes / 1e9:.1f} GB free")
        self.stdout.write(f"  needs       about {plan.needed_bytes / 1e9:.1f} GB")
        for line in plan.notes:
            self.stdout.write(f"  note        {line}")
        for line in plan.stops:
            self.stdout.write(self.style.ERROR(f"  stop        {line}"))
        self.stdout.write("Something stands against it." if plan.stops else "It can be done: `manage.py upgrade`.")
