"""``manage.py audit_anchors``: the anchors of the chain, a line of JSON a day, to be kept elsewhere."""

from __future__ import annotations

import base64
import json
from typing import Any

from common.chain import anchor_make
from common.commands import CheckedCommand
from common.models import ChainAnchor


class Command(CheckedCommand):
    help = (
        "Print the anchors of the audit trail, a line of JSON for each day. Keep them where nobody who runs the "
        "program can change them (print, mail, have them timestamped): audit_verify --anchors holds the chain "
        "against them. Each comes with its timestamps (RFC 3161), in base64."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        anchor_make()
        for one in ChainAnchor.objects.prefetch_related("timestamps"):
            said: dict[str, Any] = {"day": one.day.isoformat(), "number": one.number, "hash": bytes(one.hash).hex()}
            if signed := [base64.b64encode(bytes(each.response)).decode() for each in one.timestamps.all()]:
                said["timestamps"] = signed
            self.stdout.write(json.dumps(said))
