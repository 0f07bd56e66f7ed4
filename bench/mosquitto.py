"""A real MQTT broker, for what measures doors and for what tests them."""

from __future__ import annotations

import shutil
import signal
import socket
import subprocess
from pathlib import Path


class NoMosquitto(Exception):
    """It is not installed."""


class Mosquitto:
    """On a port of its own; it forgets everything when it is killed."""

    def __init__(self, folder: Path) -> None:
        """``folder`` holds its configuration. Raises ``NoMosquitto``."""
        path = shutil.which("mosquitto") or shutil.which("mosquitto", path="/usr/sbin:/usr/local/sbin")
        if path is None:
            raise NoMosquitto("no Mosquitto here (apt-get install mosquitto)")
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = int(probe.getsockname()[1])
        config = folder / "mosquitto.conf"
        config.write_text(f"listener {self.port} 127.0.0.1\nallow_anonymous true\npersistence false\n")
        self._command = [path, "-c", str(config)]
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start, and return when it listens."""
        self._process = subprocess.Popen(self._command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        while True:
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", self.port)) == 0:
                    return
            assert self._process.poll() is None, "Mosquitto did not start"

    def kill(self) -> None:
        """As a power cut does it."""
        if self._process is not None:
            self._process.send_signal(signal.SIGKILL)
            self._process.wait()
            self._process = None
