"""``manage.py audit_verify``: was any evidence changed, removed, put in or put back?"""

from __future__ import annotations

import base64
import json
from datetime import date
from pathlib import Path
from typing import Any

from django.core.management.base import CommandError, CommandParser

from common.chain import chain_extend
from common.chain_verify import Kept, chain_check
from common.commands import CheckedCommand
from common.refusals import Refusal


class Command(CheckedCommand):
    help = (
        "Verify the audit trail, clock events, decisions, consents and acts on periods: each row's seal, and the chain "
        "over all of them. Exits with 1 where anything does not fit."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """--json and --anchors."""
        parser.add_argument("--json", action="store_true", help="print the findings as JSON")
        parser.add_argument(
            "--anchors", type=Path, metavar="FILE", help="hold the chain against anchors that audit_anchors exported"
        )

    def handle(self, *args: Any, anchors: Path | None = None, **options: Any) -> None:
        kept = _read(anchors) if anchors else {}
        chain_extend(everything=True)
        try:
            result = chain_check(anchors=kept)
        except Refusal as refused:
            raise CommandError(refused.message) from refused
        if options["json"]:
            content = {
                "links": result.links,
                "rows": result.rows,
                "timestamps": result.timestamps,
                "findings": [one.as_dict() for one in result.findings],
            }
            self.stdout.write(json.dumps(content, indent=1, ensure_ascii=False))
        else:
            for one in result.findings:
                self.stdout.write(f"  {' '.join(filter(None, (one.code, one.table, one.row, one.detail)))}")
            self.stdout.write(
                f"{result.rows} rows, {result.links} links, {result.timestamps} timestamps verified, "
                f"{len(result.findings)} findings"
            )
        if result.findings:
            raise CommandError("Evidence was touched outside of the program, or an older backup was restored.")


def _read(path: Path) -> dict[date, Kept]:
    try:
        rows = [json.loads(line) for line in path.read_text().splitlines() if line.strip()]
        return {date.fromisoformat(one["day"]): _kept(one) for one in rows}
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise CommandError(f"{path} holds no anchors ({error}). Give the file that audit_anchors wrote.") from error


def _kept(one: dict[str, Any]) -> Kept:
    timestamps = tuple(base64.b64decode(text, validate=True) for text in one.get("timestamps", []))
    return Kept(int(one["number"]), str(one["hash"]), timestamps)
