"""`manage.py restore DIR`: put a backup back into an empty place, verified before and examined afterwards."""

from __future__ import annotations

import argparse
import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

from django.core.management.base import CommandError

from common.commands import CheckedCommand
from presente.backup.repository import BackupError
from presente.backup.restoring import FORCE, receipts_read, restore, source_open, source_verify
from presente.management.commands.backup import keys_beside, passphrase_read


class Command(CheckedCommand):
    help = (
        "Restore a backup that `manage.py backup` made. Every file is verified before anything is touched; afterwards "
        "the schema is brought up to date, whoever was erased since is erased again, and attendance_verify and "
        "audit_verify run. Exits with 1 where they find something."
    )

    def needs_tables(self, **options: Any) -> bool:
        """No: an empty place has none."""
        return False

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """DIR, --keys, --passphrase-file, --at, --receipt, --check, --force and --json."""
        parser.add_argument("folder", type=Path, metavar="DIR", help="the folder of backups")
        parser.add_argument(
            "--keys",
            type=Path,
            metavar="DIR2",
            help="the folder with the keys' backups (default: DIR-keys; where that is missing, the keys that are here)",
        )
        parser.add_argument("--passphrase-file", type=Path, metavar="FILE", help="the passphrase of the keys' backups")
        parser.add_argument("--at", metavar="ID", help="which backup (default: the newest)")
        parser.add_argument(
            "--receipt", type=Path, action="append", default=[], metavar="FILE", help="an erasure made since; repeat it"
        )
        parser.add_argument("--check", action="store_true", help="verify every file of the backup, and change nothing")
        parser.add_argument("--force", default="", metavar="WORDS", help=f"'{FORCE}': also where there is something")
        parser.add_argument("--json", action="store_true", help="print the result as one JSON object")

    def handle(self, *args: Any, folder: Path, **options: Any) -> None:
        say = self.stderr.write if options["json"] else self.stdout.write
        keys = keys_beside(folder, options["keys"])
        try:
            source = source_open(
                folder=folder.resolve(),
                keys=keys if options["keys"] is not None or keys.exists() else None,
                passphrase=passphrase_read(options["passphrase_file"]),
                at=options["at"],
            )
            if options["check"]:
                count = source_verify(source)
                self.stdout.write(f"{folder}: backup {source.manifest.id}, {count} files, each as it was stored")
                return
            done = restore(source, force=options["force"], receipts=receipts_read(options["receipt"]), say=say)
        except BackupError as error:
            raise CommandError(str(error)) from error
        if options["json"]:
            self.stdout.write(json.dumps(asdict(done), ensure_ascii=False))
        else:
            self.stdout.write(
                f"Restored {done.id}: {done.files} files, {done.bytes / 1e6:.1f} MB"
                + (f"; erased again: {', '.join(done.erased_again)}" if done.erased_again else "")
            )
        if done.problems:
            raise CommandError("It is restored, and not all is well:\n  " + "\n  ".join(done.problems))
