"""`manage.py install_service`: unit files for systemd, for an installation without containers."""

from __future__ import annotations

import argparse
import getpass
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from presente.management.commands.backup import keys_beside
from presente.management.commands.run import port_number
from presente.service_files import Places, service_files


class Command(BaseCommand):
    help = (
        "Write unit files for systemd: the program as a service that can write to its own folders alone, and a backup "
        "every night. Settings go into /etc/presente.env, NAME=value a line."
    )
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """--print, --folder, --user, --port, --backup, --keys and --gpio."""
        parser.add_argument("--print", action="store_true", help="print them instead of writing them")
        parser.add_argument("--folder", type=Path, default=Path("/etc/systemd/system"), help="where they are written")
        parser.add_argument("--user", default=getpass.getuser(), help="the account that runs it (default: yours)")
        parser.add_argument("--port", type=port_number, default=8000)
        parser.add_argument("--backup", type=Path, metavar="DIR", help="where backups go (default: PRESENTE_BACKUP)")
        parser.add_argument("--keys", type=Path, metavar="DIR2", help="where the keys' backups go (default: DIR-keys)")
        parser.add_argument("--gpio", action="store_true", help="a door is opened by this machine's own pins")

    def handle(self, *args: Any, folder: Path, **options: Any) -> None:
        backup = Path(options["backup"] or settings.BACKUP_DIR).resolve()
        places = Places(
            user=options["user"],
            port=options["port"],
            backup=backup,
            backup_keys=keys_beside(backup, options["keys"]),
            gpio=options["gpio"],
        )
        files = service_files(places)
        if options["print"]:
            for name, content in files.items():
                self.stdout.write(f"# {folder / name}\n{content}")
            return
        try:
            for name, content in files.items():
                (folder / name).write_text(content)
                (folder / name).chmod(0o644)
        except OSError as error:
            raise CommandError(
                f"{error.filename} cannot be written ({error.strerror}). Use sudo, or --print."
            ) from error
        self.stdout.write(f"Written to {folder}: {', '.join(files)}. Now:")
        self.stdout.write("  systemctl daemon-reload && systemctl enable --now presente.service presente-backup.timer")
