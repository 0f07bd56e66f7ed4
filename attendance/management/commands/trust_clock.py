"""`manage.py trust_clock`: the server's clock is right, and punches that were stored with a later time are wrong."""

from __future__ import annotations

from typing import Any

from attendance.server_clock import clock_trust
from common.commands import CheckedCommand


class Command(CheckedCommand):
    help = "Take punches again although some are stored with a time that is still to come. Set the clock right first."

    def handle(self, *args: Any, **options: Any) -> None:
        last = clock_trust()
        if last is None:
            self.stdout.write("No punch was stored with a time that is still to come; nothing was changed.")
        else:
            self.stdout.write(f"Punches are taken again. Correct those stored until {last:%Y-%m-%d %H:%M} UTC.")
