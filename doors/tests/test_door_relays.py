"""The relays by themselves: an HTTP server, a mock pin and a real broker stand where the lock would be."""

from __future__ import annotations

import contextlib
import json
import socket
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest
from pytest_django import Settings

from doors.relays.gpio import GpioRelay
from doors.relays.mqtt import Broker, MqttRelay, discovery
from doors.relays.relay import Command, RelayError
from doors.relays.webhook import WebhookRelay, signature
from doors.tests.door_kit import Listener, broker


def command(seconds: float = 0.05, *, left: float = 3.0) -> Command:
    return Command("the-event", "Front", seconds, datetime.now(UTC) + timedelta(seconds=left))


class Lock(HTTPServer):
    """Keeps the requests it got and answers ``status``."""

    status = 204

    def __init__(self) -> None:
        self.got: list[tuple[dict[str, str], bytes]] = []
        server = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                server.got.append((dict(self.headers), body))
                self.send_response(server.status)
                if server.status == 307:
                    self.send_header("Location", "/elsewhere")
                self.end_headers()

            def log_message(self, *args: Any) -> None:
                """Quiet."""

        super().__init__(("127.0.0.1", 0), Handler)


@pytest.fixture
def lock() -> Iterator[Lock]:
    server = Lock()
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield server
    server.shutdown()
    server.server_close()


@pytest.fixture(autouse=True)
def _locks_on_this_machine(settings: Settings) -> None:
    settings.WEBHOOK_LOOPBACK = True


@pytest.mark.parametrize("opened", [None, True])
def test_this_machine_is_not_asked_unless_the_operator_allows_it(
    lock: Lock, settings: Settings, opened: bool | None
) -> None:
    settings.WEBHOOK_LOOPBACK = False
    relay = WebhookRelay(f"http://127.0.0.1:{lock.server_port}/", "secret")

    with pytest.raises(RelayError, match="this machine itself"):
        relay.pulse(command()) if opened is None else relay.hold(opened=opened)
    with pytest.raises(RelayError, match="no address of a server"):
        WebhookRelay("http://169.254.169.254/latest/", "secret").pulse(command())

    assert lock.got == []


def test_a_lock_that_sends_elsewhere_is_not_followed(lock: Lock) -> None:
    lock.status = 307

    with pytest.raises(RelayError, match="answered 307"):
        WebhookRelay(f"http://127.0.0.1:{lock.server_port}/", "secret").pulse(command())

    assert len(lock.got) == 1


def test_the_request_is_signed_and_names_its_event(lock: Lock) -> None:
    WebhookRelay(f"http://127.0.0.1:{lock.server_port}/open?door=1", "secret").pulse(command())

    [(headers, body)] = lock.got
    sent_at = int(headers["Presente-Signature"].removeprefix("t=").partition(",")[0])
    assert headers["Presente-Signature"] == signature("secret", body, sent_at)
    assert headers["Idempotency-Key"] == json.loads(body)["id"] == "the-event"


def test_a_lock_that_answers_an_error_is_not_asked_again(lock: Lock) -> None:
    lock.status = 500

    with pytest.raises(RelayError, match="answered 500"):
        WebhookRelay(f"http://127.0.0.1:{lock.server_port}/", "secret").pulse(command())

    assert len(lock.got) == 1


def test_a_lock_that_is_not_there_is_given_up_when_the_grant_is_over() -> None:
    with HTTPServer(("127.0.0.1", 0), BaseHTTPRequestHandler) as gone:
        port = gone.server_port

    with pytest.raises(RelayError, match="does not answer"):
        WebhookRelay(f"http://127.0.0.1:{port}/", "secret").pulse(command(left=0.3))


def test_an_address_that_is_not_http_is_refused() -> None:
    with pytest.raises(RelayError, match="not an http"):
        WebhookRelay("file:///etc/passwd", "secret")


@pytest.mark.parametrize(("opens_without_power", "locked"), [(False, 0), (True, 1)])
def test_a_pin_opens_for_a_moment_and_falls_back_to_locked(opens_without_power: bool, locked: int) -> None:
    from gpiozero.pins.mock import MockFactory

    factory = MockFactory()
    relay = GpioRelay(17, opens_without_power=opens_without_power, factory=factory)
    pin = factory.pin(17)
    assert pin.state == locked

    relay.pulse(command(0.01))
    relay._timed.join()

    assert [state.state for state in pin.states][-3:] == [locked, 1 - locked, locked]
    relay.hold(opened=True)
    assert pin.state == 1 - locked
    relay.close()
    factory.reset()


def test_home_assistant_finds_a_lock_and_an_event_and_no_way_to_open() -> None:
    broker = Broker(host="h", port=1883, topic="presente/front")

    found = discovery(broker, door_id="1-2", name="Front", seconds=3)

    assert sorted(found) == ["homeassistant/binary_sensor/presente_12/config", "homeassistant/event/presente_12/config"]
    assert all(config["state_topic"] == "presente/front/pulse" for config in found.values())
    assert not any("command_topic" in config for config in found.values())


@pytest.fixture
def own_machine(settings: Settings) -> None:
    """The broker of the test is on this machine."""
    settings.WEBHOOK_LOOPBACK = True


@pytest.mark.parametrize(
    "host",
    ["127.0.0.1", "localhost", "127.1", "2130706433", "0177.0.0.1", "::1", "::ffff:127.0.0.1", "169.254.169.254"],
)
def test_no_broker_is_asked_on_this_machine_or_at_its_provider(host: str, settings: Settings) -> None:
    settings.WEBHOOK_LOOPBACK = False
    opened: list[str] = []
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(0.3)
        relay = MqttRelay(
            Broker(host=host, port=server.getsockname()[1], topic="x"), door_id="1", name="Front", seconds=3
        )
        with pytest.raises(RelayError, match="Messages are not sent to"):
            relay.pulse(command(left=0.5))
        with contextlib.suppress(TimeoutError):
            opened.append(str(server.accept()[1]))
        relay.close()
    assert opened == []


@pytest.mark.usefixtures("own_machine")
def test_a_pulse_is_heard_and_is_not_kept_for_who_comes_later(tmp_path: Path) -> None:
    mosquitto = broker(tmp_path)
    mosquitto.start()
    relay = MqttRelay(
        Broker(host="127.0.0.1", port=mosquitto.port, topic="presente/front", home_assistant=True),
        door_id="1",
        name="Front",
        seconds=3,
    )
    early = Listener(mosquitto.port, "presente/front/#")
    try:
        assert early.subscribed.wait(5)
        relay.pulse(command())
        relay.hold(opened=True)
        assert early.wait_for("open")
        assert json.loads(early.heard[0])["id"] == "the-event"
        late = Listener(mosquitto.port, "#")
        assert late.wait_for("open")
        assert late.wait_for("off_delay")
        late.close()
        assert not any(b"the-event" in payload for payload in late.heard)
    finally:
        early.close()
        relay.close()
        mosquitto.kill()


@pytest.mark.usefixtures("own_machine")
def test_without_a_broker_the_pulse_is_given_up_in_time(tmp_path: Path) -> None:
    mosquitto = broker(tmp_path)
    relay = MqttRelay(Broker(host="127.0.0.1", port=mosquitto.port, topic="x"), door_id="1", name="Front", seconds=3)
    with pytest.raises(RelayError, match="does not answer"):
        relay.pulse(command(left=0.2))
    relay.close()
