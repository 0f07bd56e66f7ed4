"""What a kiosk may ask for: an attempt to clock, and the confirmation of the punch that it offered."""

from kiosk.services.attempt import (
    Badge,
    Evidence,
    Frames,
    NeedsChallenge,
    NeedsFace,
    NeedsPin,
    Offer,
    Outcome,
    Pin,
    Recorded,
    Refused,
    Unknown,
    attempt,
    confirm,
)

__all__ = [
    "Badge",
    "Evidence",
    "Frames",
    "NeedsChallenge",
    "NeedsFace",
    "NeedsPin",
    "Offer",
    "Outcome",
    "Pin",
    "Recorded",
    "Refused",
    "Unknown",
    "attempt",
    "confirm",
]
