"""`manage.py support_bundle FILE.zip`: how the installation is, for whoever helps, with nobody in it."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from django.core.management.base import CommandError

from common.commands import CheckedCommand
from presente.support_bundle import support_bundle


class Command(CheckedCommand):
    help = (
        "Write versions, what the doctor says, settings without secrets, row counts and the last log lines into a zip. "
        "Names, numbers, addresses and tokens are left out; look through it before you send it all the same."
    )

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """FILE.zip."""
        parser.add_argument("file", type=Path, metavar="FILE.zip", help="the zip to write; it must not exist yet")

    def handle(self, *args: Any, file: Path, **options: Any) -> None:
        try:
            with file.open("xb") as target:
                file.chmod(0o600)
                names = support_bundle(target)
        except FileExistsError as error:
            raise CommandError(f"{file} is there already. Choose another name.") from error
        except OSError as error:
            raise CommandError(f"{file} cannot be written ({error.strerror}).") from error
        self.stdout.write(f"{file}: {', '.join(names)}")
