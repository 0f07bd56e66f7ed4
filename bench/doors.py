"""How long a door takes: from the decision that opens it to the command at the lock, over a real MQTT broker."""

from __future__ import annotations

import json
import tempfile
import threading
import time
from pathlib import Path
from statistics import median

from bench.mosquitto import Mosquitto, NoMosquitto
from bench.table import heading, quantile, table

GRANTS = 300
TOPIC = "presente/bench"


def run() -> None:
    """Measure and print."""
    heading("Doors: from the decision to the lock, Mosquitto on this machine, SQLite")
    with tempfile.TemporaryDirectory() as folder:
        try:
            mosquitto = Mosquitto(Path(folder))
        except NoMosquitto as error:
            print(f"  left out: {error}")
            return
        mosquitto.start()
        try:
            decided, reached = _grants(mosquitto.port)
        finally:
            mosquitto.kill()
    rows = [
        [name, f"{median(figures):.1f}", f"{quantile(figures, 0.95):.1f}", f"{max(figures):.1f}"]
        for name, figures in (("decided, recorded, sent", decided), ("heard by the lock", reached))
    ]
    table([f"{GRANTS} grants, ms", "median", "p95", "longest"], rows)


def _grants(port: int) -> tuple[list[float], list[float]]:
    """Milliseconds until each grant was sent, and until the lock had heard it."""
    from django.conf import settings
    from paho.mqtt.client import Client, MQTTMessage
    from paho.mqtt.enums import CallbackAPIVersion

    from doors.models import Door
    from doors.relays import wiring
    from doors.services import access_request
    from employees.models import Employee

    settings.WEBHOOK_LOOPBACK = True  # the broker runs on this machine
    heard: dict[str, float] = {}
    arrived, listening = threading.Condition(), threading.Event()
    lock = Client(CallbackAPIVersion.VERSION2)
    lock.on_connect = lambda client, *_rest: client.subscribe(f"{TOPIC}/pulse")
    lock.on_subscribe = lambda *_rest: listening.set()

    def hear(_client: object, _data: object, message: MQTTMessage) -> None:
        with arrived:
            heard[json.loads(message.payload)["id"]] = time.perf_counter()
            arrived.notify_all()

    lock.on_message = hear
    lock.connect("127.0.0.1", port)
    lock.loop_start()
    listening.wait(10)
    door = Door.objects.create(name="Bench", driver="mqtt", wiring={"host": "127.0.0.1", "port": port, "topic": TOPIC})
    person = Employee.objects.first()
    decided, reached = [], []
    for number in range(GRANTS):
        begin = time.perf_counter()
        event = access_request(door=door, employee=person, method="face", key=f"bench-{number}")
        done = time.perf_counter()
        with arrived:
            arrived.wait_for(lambda key=str(event.pk): key in heard, 5)  # type: ignore[misc]
        decided.append((done - begin) * 1000)
        reached.append((heard[str(event.pk)] - begin) * 1000)
    lock.loop_stop()
    wiring.reset()
    return decided, reached
