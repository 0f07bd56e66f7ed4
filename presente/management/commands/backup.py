"""`manage.py backup DIR`: one consistent, encrypted backup of everything, and the keys into a folder apart."""

from __future__ import annotations

import argparse
import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

from django.core.management.base import CommandError

from common.audit import record
from common.commands import CheckedCommand
from presente.backup.making import BACKUPS_KEPT, KEY_BACKUPS_DAYS, Made, backup_make
from presente.backup.repository import BackupError


class Command(CheckedCommand):
    help = (
        "Back up the database, photos, models and files into DIR, encrypted, while everything runs; the keys that open "
        "it go into a folder of their own. Only what changed is stored. An interrupted backup goes on when run again."
    )

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """DIR, --keys, --no-keys, --passphrase-file, --keep, --keep-keys-days and --json."""
        parser.add_argument("folder", type=Path, metavar="DIR", help="the folder of backups, best on another disk")
        parser.add_argument(
            "--keys", type=Path, metavar="DIR2", help="the folder for the keys, on yet another disk (default: DIR-keys)"
        )
        parser.add_argument("--no-keys", action="store_true", help="the keys are backed up in another way")
        parser.add_argument(
            "--passphrase-file", type=Path, metavar="FILE", help="encrypts the keys' backup with what is in FILE"
        )
        parser.add_argument(
            "--keep", type=_count, default=BACKUPS_KEPT, help=f"how many backups stay (default: {BACKUPS_KEPT}; 0: all)"
        )
        parser.add_argument(
            "--keep-keys-days",
            type=_count,
            default=KEY_BACKUPS_DAYS,
            help=f"days after which the keys' backups are deleted (default: {KEY_BACKUPS_DAYS})",
        )
        parser.add_argument("--json", action="store_true", help="print the result as one JSON object")

    def handle(self, *args: Any, folder: Path, **options: Any) -> None:
        keys = None if options["no_keys"] else keys_beside(folder, options["keys"])
        try:
            made = backup_make(
                folder=folder.resolve(),
                keys=keys,
                passphrase=passphrase_read(options["passphrase_file"]),
                keep=options["keep"],
                keep_keys_days=options["keep_keys_days"],
                say=self.stderr.write if options["json"] else self.stdout.write,
            )
        except BackupError as error:
            raise CommandError(str(error)) from error
        # Whoever copies everything is seen doing it.
        record("backup", object=made.id, details={"folder": made.folder, "keys": made.keys})
        if options["json"]:
            self.stdout.write(json.dumps(asdict(made)))
        else:
            self._tell(made)

    def _tell(self, made: Made) -> None:
        self.stdout.write(
            f"{made.folder}: backup {made.id}, {made.files} files, {made.bytes / 1e6:.1f} MB, of which "
            f"{made.new_bytes / 1e6:.1f} MB had to be stored ({made.seconds} s)"
        )
        if not made.keys:
            self.stdout.write("The keys are not in it. Without them nothing of it can be read: back them up apart.")
            return
        self.stdout.write(f"{made.keys}: the keys. Keep this folder on another disk than {made.folder}.")
        if made.keys_open:
            self.stdout.write(
                "It opens by itself: --passphrase-file would encrypt it. Both in one hand show everything."
            )
        if made.erased_from_keys:
            self.stdout.write(f"{made.erased_from_keys} keys of people erased since were destroyed in earlier backups.")


def keys_beside(folder: Path, given: Path | None) -> Path:
    """Where the backups of the keys lie: as given, or beside the data's."""
    folder = folder.resolve()
    return given.resolve() if given is not None else folder.with_name(f"{folder.name}-keys")


def passphrase_read(path: Path | None) -> str | None:
    """The passphrase in the file; raises ``CommandError`` where there is none, or a weak one."""
    if path is None:
        return None
    try:
        found = path.read_text().strip()
    except (OSError, UnicodeDecodeError) as error:
        raise CommandError(f"The passphrase cannot be read from {path} ({error}).") from error
    if len(found) < 16:
        raise CommandError(f"The passphrase in {path} has {len(found)} characters; take 16 or more.")
    return found


def _count(text: str) -> int:
    if text.isdecimal():
        return int(text)
    raise argparse.ArgumentTypeError(f"{text!r} is not a number from 0 on")
