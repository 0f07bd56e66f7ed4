"""From a door's settings to its relay; one relay a door and process, made anew when the settings change."""

from __future__ import annotations

import json
import threading

from doors.models import Door
from doors.relays.mqtt import Broker, MqttRelay
from doors.relays.relay import Relay, RelayError, SimulatedRelay
from doors.relays.webhook import WebhookRelay
from employees import vault

_lock = threading.Lock()
_relays: dict[str, tuple[str, Relay]] = {}


def relay_for(door: Door) -> Relay:
    """The door's relay. Raises ``RelayError`` when its wiring is incomplete or its pin cannot be had."""
    key, settings = str(door.pk), _fingerprint(door)
    with _lock:
        known = _relays.get(key)
        if known is not None and known[0] == settings:
            return known[1]
        if known is not None:
            del _relays[key]
            known[1].close()
        relay = _build(door)
        _relays[key] = (settings, relay)
        return relay


def reset() -> None:
    """Close every relay of this process."""
    with _lock:
        for _settings, relay in _relays.values():
            relay.close()
        _relays.clear()


def seal_secret(door: Door, secret: str) -> bytes:
    """Encrypt a password or signing key under the master key, bound to the door."""
    return vault.wrap(secret.encode(), context=_context(door))


def open_secret(door: Door) -> str:
    """The door's password or signing key; empty where it has none."""
    return vault.unwrap(bytes(door.sealed_secret), context=_context(door)).decode() if door.sealed_secret else ""


def _context(door: Door) -> str:
    return f"door:{door.pk}"


def _fingerprint(door: Door) -> str:
    secret = bytes(door.sealed_secret).hex() if door.sealed_secret else ""
    return json.dumps([door.driver, door.wiring, secret, door.fail_mode, door.name, door.pulse_seconds], sort_keys=True)


def _build(door: Door) -> Relay:
    wiring = door.wiring
    try:
        if door.driver == Door.Driver.MQTT:
            broker = Broker(
                host=str(wiring["host"]),
                port=int(wiring["port"]),
                topic=str(wiring["topic"]),
                username=str(wiring.get("username", "")),
                password=open_secret(door),
                tls=bool(wiring.get("tls")),
                payload=str(wiring.get("payload", "")),
                home_assistant=bool(wiring.get("home_assistant")),
            )
            return MqttRelay(broker, door_id=str(door.pk), name=door.name, seconds=door.pulse_seconds)
        if door.driver == Door.Driver.WEBHOOK:
            return WebhookRelay(str(wiring["url"]), open_secret(door))
        if door.driver == Door.Driver.GPIO:
            from doors.relays.gpio import GpioRelay

            return GpioRelay(int(wiring["pin"]), opens_without_power=door.fail_mode == Door.FailMode.SAFE)
    except (KeyError, TypeError, ValueError) as error:
        raise RelayError(f"The wiring of {door.name} is incomplete ({error}); complete it in the admin.") from error
    return SimulatedRelay()
