"""What every relay can do, and how it says that it could not."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

ANSWER_SECONDS = 2.0
"""How long a relay may take before the pulse counts as not delivered; a grant is void after three seconds anyway."""


class RelayError(Exception):
    """The relay was not reached: ``message`` says what to look at. Whether the lock moved may be unknown."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


@dataclass(frozen=True, slots=True)
class Command:
    """One pulse. ``id`` is the access event's; a relay that keeps the last ids opens once even if it hears twice.

    ``seconds``: how long the lock stays open. ``expires``: the instant after which it must not open any more (UTC).
    """

    id: str
    door: str
    seconds: float
    expires: datetime

    def as_dict(self) -> dict[str, object]:
        """The command as relays read it."""
        return {
            "id": self.id,
            "command": "pulse",
            "door": self.door,
            "seconds": self.seconds,
            "expires": self.expires.isoformat(),
        }


class Relay(Protocol):
    """One door's relay in this process. Thread-safe."""

    def pulse(self, command: Command) -> None:
        """Open for a moment, once. Never tries twice after the command may have left. Raises ``RelayError``."""

    def hold(self, *, opened: bool) -> None:
        """Keep the door open (emergency) or give it back to the lock. May be repeated. Raises ``RelayError``."""

    def close(self) -> None:
        """Let go of connections and pins."""


class SimulatedRelay:
    """Moves nothing: what it would have done is read from the pulses in the database."""

    def pulse(self, command: Command) -> None:
        """Nothing to move."""

    def hold(self, *, opened: bool) -> None:
        """Nothing to hold."""

    def close(self) -> None:
        """Nothing to let go of."""
