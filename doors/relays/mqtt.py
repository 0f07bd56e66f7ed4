"""A relay that listens on an MQTT broker (Tasmota, Shelly, ESPHome, Home Assistant).

A pulse goes out with quality of service 0, unretained, only while the connection stands, and expires in the broker
with its grant: MQTT's own retries and queues would open the door for somebody who has walked on. Holding a door open in
an emergency is the opposite case, and is retained with quality of service 1.
"""

from __future__ import annotations

import json
import socket
import threading
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import paho.mqtt.client as mqtt
from paho.mqtt.enums import CallbackAPIVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

from common.outgoing import AddressRefused, resolve_host
from doors.relays.relay import ANSWER_SECONDS, Command, RelayError

KEEPALIVE = 5
CONNECT_SECONDS = 1.0
"""How long a pulse waits for a connection: the first one of a process takes some milliseconds, a lost one a second."""
FIRST_RETRY, LAST_RETRY = 1, 5
DISCOVERY = "homeassistant"


@dataclass(frozen=True, slots=True, kw_only=True)
class Broker:
    """Where the broker is and which topic is the door's (``TOPIC/pulse``, ``TOPIC/hold``).

    ``payload``: what a relay without JSON wants to hear, such as ``ON``; empty sends the whole command.
    """

    host: str
    port: int
    topic: str
    username: str = ""
    password: str = ""
    tls: bool = False
    payload: str = ""
    home_assistant: bool = False


class _Checked(mqtt.Client):
    """Connects, again and again, only to a machine that messages may be sent to; TLS still asks for the host's name."""

    refused = ""

    def _create_socket_connection(self) -> socket.socket:
        try:
            address = resolve_host(self.host, self.port, "mqtt")
        except AddressRefused as refused:
            # As if nobody answered there: paho tries again later, when the name may be of another machine.
            self.refused = refused.message
            raise ConnectionRefusedError(refused.message) from refused
        self.refused = ""
        return socket.create_connection((str(address), self.port), timeout=self.connect_timeout)


class MqttRelay:
    """One connection, kept up in the background."""

    def __init__(self, broker: Broker, *, door_id: str, name: str, seconds: float) -> None:
        self._broker = broker
        self._announced = discovery(broker, door_id=door_id, name=name, seconds=seconds)
        self._connected = threading.Event()
        client = _Checked(CallbackAPIVersion.VERSION2, protocol=mqtt.MQTTv5)
        client.on_connect, client.on_disconnect = self._on_connect, self._on_disconnect
        client.reconnect_delay_set(FIRST_RETRY, LAST_RETRY)
        if broker.username:
            client.username_pw_set(broker.username, broker.password or None)
        if broker.tls:
            client.tls_set()
        self._client = client
        client.connect_async(broker.host, broker.port, keepalive=KEEPALIVE)
        client.loop_start()

    def pulse(self, command: Command) -> None:
        """Publish the command once. Raises ``RelayError`` when there is no connection or it did not go out in time."""
        left = (command.expires - datetime.now(UTC)).total_seconds()
        if not self._connected.wait(max(0.0, min(left, CONNECT_SECONDS))):
            raise self._silent()
        left = (command.expires - datetime.now(UTC)).total_seconds()
        if left <= 0:
            raise RelayError(f"The MQTT broker {self._where} answered too late.")
        expiry = Properties(PacketTypes.PUBLISH)  # type: ignore[no-untyped-call]
        expiry.MessageExpiryInterval = max(1, int(left))
        payload = self._broker.payload or json.dumps(command.as_dict())
        sent = self._client.publish(f"{self._broker.topic}/pulse", payload, qos=0, properties=expiry)
        self._wait(sent)

    def hold(self, *, opened: bool) -> None:
        """Publish the door's lasting state, retained, so that a relay that comes back hears it too."""
        if not self._connected.wait(ANSWER_SECONDS):
            raise self._silent()
        self._wait(self._client.publish(f"{self._broker.topic}/hold", "open" if opened else "closed", 1, retain=True))

    def close(self) -> None:
        """Disconnect and end the background thread."""
        self._client.disconnect()
        self._client.loop_stop()

    def _silent(self) -> RelayError:
        return RelayError(f"The MQTT broker {self._where} does not answer. {self._client.refused}".strip())

    @property
    def _where(self) -> str:
        return f"{self._broker.host}:{self._broker.port}"

    def _wait(self, sent: mqtt.MQTTMessageInfo) -> None:
        try:
            sent.wait_for_publish(ANSWER_SECONDS)
        except (RuntimeError, ValueError) as error:
            raise RelayError(f"The MQTT broker {self._where} was lost: {error}.") from error
        # A connection that breaks marks what had not gone out as done, with an error code.
        if sent.rc != mqtt.MQTT_ERR_SUCCESS or not sent.is_published():
            raise RelayError(f"The MQTT broker {self._where} did not take the command in time.")

    def _on_connect(self, client: mqtt.Client, _data: Any, _flags: Any, code: Any, _properties: Any) -> None:
        if code.is_failure:
            return
        self._connected.set()
        if self._broker.home_assistant:
            for topic, config in self._announced.items():
                client.publish(topic, json.dumps(config), qos=1, retain=True)

    def _on_disconnect(self, *_arguments: Any) -> None:
        self._connected.clear()


def discovery(broker: Broker, *, door_id: str, name: str, seconds: float) -> dict[str, dict[str, Any]]:
    """Home Assistant's MQTT discovery: the topics and contents that make the door appear there by itself.

    A lock sensor that is open for as long as a pulse lasts, and an event for automations. Home Assistant cannot open
    the door by these: opening stays with who may open it here.
    """
    key = f"presente_{door_id.replace('-', '')}"
    device = {"identifiers": [key], "name": name, "manufacturer": "Presente"}
    pulse = f"{broker.topic}/pulse"
    return {
        f"{DISCOVERY}/binary_sensor/{key}/config": {
            "name": None,
            "unique_id": f"{key}_open",
            "device": device,
            "device_class": "lock",
            "state_topic": pulse,
            "value_template": "ON",
            "off_delay": max(1, round(seconds)),
        },
        f"{DISCOVERY}/event/{key}/config": {
            "name": "Access",
            "unique_id": f"{key}_event",
            "device": device,
            "event_types": ["opened"],
            "state_topic": pulse,
            "value_template": '{"event_type": "opened"}',
        },
    }
