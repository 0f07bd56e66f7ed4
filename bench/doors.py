"""How long a door takes: from the decision that opens it to the command at the lock, over a real MQTT broker."""

from __future__ import annotations

import json
import shutil
import socket
import subprocess
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median

from bench.table import heading, quantile, table

GRANTS = 300


def run() -> None:
    """Measure and print."""
    from paho.mqtt.client import Client, MQTTMessage
    from paho.mqtt.enums import CallbackAPIVersion

    from attendance.doors import wiring
    from attendance.models import Door
    from attendance.services.doors import access_request
    from employees.models import Employee

    heading("Doors: from the decision to the lock, Mosquitto on this machine, SQLite")
    path = shutil.which("mosquitto") or shutil.which("mosquitto", path="/usr/sbin:/usr/local/sbin")
    if path is None:
        print("  left out: Mosquitto is not installed here (apt-get install mosquitto)")
        return
    heard: dict[str, float] = {}
    arrived, listening = threading.Condition(), threading.Event()
    with _broker(path) as port:
        lock = Client(CallbackAPIVersion.VERSION2)
        lock.on_connect = lambda client, *_rest: client.subscribe("presente/bench/pulse")
        lock.on_subscribe = lambda *_rest: listening.set()

        def hear(_client: object, _data: object, message: MQTTMessage) -> None:
            with arrived:
                heard[json.loads(message.payload)["id"]] = time.perf_counter()
                arrived.notify_all()

        lock.on_message = hear
        lock.connect("127.0.0.1", port)
        lock.loop_start()
        listening.wait(10)
        door = Door.objects.create(
            name="Bench", driver="mqtt", wiring={"host": "127.0.0.1", "port": port, "topic": "presente/bench"}
        )
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
    rows = [
        [name, f"{median(figures):.1f}", f"{quantile(figures, 0.95):.1f}", f"{max(figures):.1f}"]
        for name, figures in (("decided, recorded, sent", decided), ("heard by the lock", reached))
    ]
    table([f"{GRANTS} grants, ms", "median", "p95", "longest"], rows)


@contextmanager
def _broker(path: str) -> Iterator[int]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    with tempfile.TemporaryDirectory() as folder:
        config = Path(folder) / "mosquitto.conf"
        config.write_text(f"listener {port} 127.0.0.1\nallow_anonymous true\n")
        process = subprocess.Popen([path, "-c", str(config)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            while True:
                with socket.socket() as probe:
                    if probe.connect_ex(("127.0.0.1", port)) == 0:
                        break
            yield port
        finally:
            process.terminate()
            process.wait()
