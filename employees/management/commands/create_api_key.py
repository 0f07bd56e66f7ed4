"""``manage.py create_api_key NAME --scope identify``: a key for another program, shown once."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import CommandError, CommandParser
from django.utils import timezone

from common.commands import CheckedCommand
from employees.models import ApiKey
from employees.services import api_key_create


class Command(CheckedCommand):
    help = "Make an API key and print it once; it is stored hashed and cannot be read again."

    def add_arguments(self, parser: CommandParser) -> None:
        """NAME, one or more --scope, --days and --json."""
        parser.add_argument("name", help="what the key is for, as HR will read it in the admin")
        parser.add_argument(
            "--scope",
            dest="scopes",
            action="append",
            default=[],
            metavar="SCOPE",
            help=f"what the key opens; may be repeated. One of: {', '.join(ApiKey.Scope.values)}",
        )
        parser.add_argument("--days", type=int, help="the key expires after so many days (never, if left out)")
        parser.add_argument("--json", action="store_true", help="print one JSON object instead of lines")

    def handle(self, *args: Any, **options: Any) -> None:
        """Check, make, print."""
        scopes: list[str] = options["scopes"]
        self._check(scopes, options["days"])
        try:
            row, key = api_key_create(name=options["name"], scopes=scopes, expires=_in_days(options["days"]))
        except ValidationError as error:
            raise CommandError("; ".join(error.messages)) from error
        if options["json"]:
            expires = row.expiry_date.isoformat() if row.expiry_date else None
            content = {"name": row.name, "scopes": row.scopes, "prefix": row.prefix, "expires": expires, "key": key}
            self.stdout.write(json.dumps(content, ensure_ascii=False))
            return
        self.stdout.write(f"API key for {row.name}: {', '.join(row.scopes)}")
        self.stdout.write("Copy it now: it is stored hashed and cannot be shown again.")
        self.stdout.write(key)

    def _check(self, scopes: list[str], days: int | None) -> None:
        known = ", ".join(ApiKey.Scope.values)
        unknown = [scope for scope in scopes if scope not in ApiKey.Scope.values]
        if unknown:
            raise CommandError(f"Unknown scope: {', '.join(unknown)}. Use one of: {known}.")
        if not scopes:
            raise CommandError(f"A key without a scope opens nothing. Add --scope; one of: {known}.")
        if days is not None and not 1 <= days <= 3650:
            raise CommandError("--days takes 1 to 3650.")


def _in_days(days: int | None) -> datetime | None:
    return None if days is None else timezone.now() + timedelta(days=days)
