"""A relay on a pin of this machine (a Raspberry Pi), by gpiozero.

A lock that opens without power is held shut by a powered relay, so there the pin works the other way round: after a
crash, a restart or a power cut the pin falls back to "locked" where the lock stays locked without power, and to "open"
where it opens without.
"""

from __future__ import annotations

from typing import Any

from doors.relays.relay import Command, RelayError


class GpioRelay:
    """One output pin (BCM number)."""

    def __init__(self, pin: int, *, opens_without_power: bool, factory: Any = None) -> None:
        """Take the pin, locked. Raises ``RelayError`` where this machine has no such pin."""
        import gpiozero

        try:
            self._device = gpiozero.OutputDevice(
                pin, active_high=not opens_without_power, initial_value=False, pin_factory=factory
            )
        except Exception as error:  # gpiozero raises what its pin library raises, and it knows several
            raise RelayError(f"Pin {pin} cannot be used: {error}. Is lgpio installed, and is this a Pi?") from error
        self._timed: Any = None

    def pulse(self, command: Command) -> None:
        """Open, and lock again after ``seconds``; a pulse during another one begins the time anew."""
        from threading import Timer

        self._cancel()
        self._device.on()
        self._timed = Timer(command.seconds, self._device.off)
        self._timed.daemon = True
        self._timed.start()

    def hold(self, *, opened: bool) -> None:
        """Open, or lock, until told otherwise."""
        self._cancel()
        (self._device.on if opened else self._device.off)()

    def close(self) -> None:
        """Give the pin back; the lock falls to what it is without power."""
        self._cancel()
        self._device.close()

    def _cancel(self) -> None:
        if self._timed is not None:
            self._timed.cancel()
