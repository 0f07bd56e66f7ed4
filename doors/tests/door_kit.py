"""What the door tests share: a relay that counts, and a broker that can be killed."""

from __future__ import annotations

import threading
from pathlib import Path

import paho.mqtt.client as mqtt
from paho.mqtt.enums import CallbackAPIVersion

from bench.mosquitto import Mosquitto, NoMosquitto
from common.testing import skip_or_fail
from doors.relays.relay import Command, RelayError


def broker(folder: Path) -> Mosquitto:
    """A broker that can be killed; without one the test is left out."""
    try:
        return Mosquitto(folder)
    except NoMosquitto as error:
        skip_or_fail(str(error))


class CountingRelay:
    """Counts its pulses by access event; fails while ``broken``."""

    def __init__(self) -> None:
        self.pulses: list[str] = []
        self.held: list[bool] = []
        self.broken = False

    def pulse(self, command: Command) -> None:
        self.pulses.append(command.id)
        if self.broken:
            raise RelayError("the relay is broken")

    def hold(self, *, opened: bool) -> None:
        if self.broken:
            raise RelayError("the relay is broken")
        self.held.append(opened)

    def close(self) -> None:
        """Nothing is open."""


class Listener:
    """The lock's side: what arrived on a topic, however often the broker died."""

    def __init__(self, port: int, topic: str) -> None:
        self.heard: list[bytes] = []
        self.subscribed = threading.Event()
        self._news = threading.Condition()
        self._client = mqtt.Client(CallbackAPIVersion.VERSION2, protocol=mqtt.MQTTv5)
        self._client.reconnect_delay_set(1, 1)
        self._client.on_connect = lambda client, *_rest: client.subscribe(topic)
        self._client.on_subscribe = lambda *_rest: self.subscribed.set()
        self._client.on_message = lambda _client, _data, message: self._hear(bytes(message.payload))
        self._client.connect_async("127.0.0.1", port, keepalive=5)
        self._client.loop_start()

    def wait_for(self, text: str, seconds: float = 10) -> bool:
        """Whether a message with that text arrives (or has arrived)."""
        with self._news:
            return self._news.wait_for(lambda: any(text.encode() in payload for payload in self.heard), seconds)

    def _hear(self, payload: bytes) -> None:
        with self._news:
            self.heard.append(payload)
            self._news.notify_all()

    def close(self) -> None:
        """Stop listening."""
        self._client.disconnect()
        self._client.loop_stop()
