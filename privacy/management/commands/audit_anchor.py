"""``manage.py audit_anchor``: make the anchor of today, and have it timestamped (RFC 3161)."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import CommandError, CommandParser

from common.chain import anchor_make
from common.commands import CheckedCommand
from common.refusals import Refusal
from common.timestamps import roots_chosen, roots_read, timestamp_fetch


class Command(CheckedCommand):
    help = (
        "Make the anchor of the audit trail for today (UTC), or print the one that is there. With --timestamp an "
        "authority outside signs when it was there (RFC 3161); audit_verify verifies that. PRESENTE_TIMESTAMP_URL and "
        "PRESENTE_TIMESTAMP_ROOTS do it daily. Exits with 1 where no timestamp that verifies was got."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """--timestamp, --roots and --json."""
        parser.add_argument(
            "--timestamp",
            nargs="?",
            const=settings.TIMESTAMP_URL,
            metavar="URL",
            help="have it signed by this authority (PRESENTE_TIMESTAMP_URL where no URL is given)",
        )
        parser.add_argument(
            "--roots", type=Path, metavar="FILE", help="the authority's root certificate (PRESENTE_TIMESTAMP_ROOTS)"
        )
        parser.add_argument("--json", action="store_true", help="print it as JSON")

    def handle(self, *args: Any, timestamp: str | None, roots: Path | None, **options: Any) -> None:
        if timestamp == "":
            raise CommandError("Give --timestamp the address of an authority, or set PRESENTE_TIMESTAMP_URL.")
        anchor = anchor_make()
        said = {"day": anchor.day.isoformat(), "number": anchor.number, "hash": bytes(anchor.hash).hex()}
        if timestamp:
            try:
                trusted = roots_read(roots) if roots else roots_chosen()
                made = timestamp_fetch(anchor=anchor, url=timestamp, roots=trusted)
            except Refusal as refused:
                raise CommandError(refused.message) from refused
            said |= {"authority": made.authority, "signed_at": made.signed_at.isoformat()}
        if options["json"]:
            self.stdout.write(json.dumps(said))
            return
        self.stdout.write(f"The anchor of {said['day']}: link {said['number']}, {said['hash']}")
        if timestamp:
            self.stdout.write(f"  signed at {said['signed_at']} by {said['authority']}")
