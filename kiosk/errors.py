"""What a kiosk is refused with, and the HTTP status that each refusal is answered with."""

from __future__ import annotations

from common.refusals import Refusal

STATUS = {
    "badge_off": 403,
    "counter_reused": 409,
    "device_key_taken": 409,
    "kiosk_under_test": 409,
    "key_unknown": 403,
    "nonce_expired": 403,
    "nonce_used": 409,
    "pin_off": 403,
    "pin_throttled": 429,
    "proposal_foreign": 403,
    "queue_full": 429,
    "signature_missing": 403,
    "signature_wrong": 403,
    "test_running": 409,
    "too_large": 413,
}
"""Any other code is answered with 400."""


class KioskError(Refusal):
    """A request of a kiosk that is not taken; what a person did wrong is an answer instead (``services.attempt``)."""

    def __init__(self, code: str, message: str, *, retry_after: int | None = None) -> None:
        """``retry_after``: the seconds after which it is worth asking again, where that is known."""
        super().__init__(code, message, status=STATUS.get(code, 400), retry_after=retry_after)
