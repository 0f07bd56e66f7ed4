"""What attendance refuses a kiosk with."""

from __future__ import annotations

from common.refusals import Refusal


class KioskError(Refusal):
    """A request of a kiosk that is not taken."""
