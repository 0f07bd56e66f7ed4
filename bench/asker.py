"""Somebody who stands at the door all the time and asks over HTTP who this is."""

from __future__ import annotations

import http.client
import json
import threading
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from bench import load
from bench.server import IDENTIFY

PAUSE_SECONDS = 0.3
"""Between two questions: a door, not a load test, which would starve the training on two cores."""
TIMEOUT_SECONDS = 60


@dataclass(frozen=True, slots=True)
class Probe:
    """A photo, and the number of the employee whom it shows."""

    number: str
    photo: bytes


class Asker(threading.Thread):
    """Counts ``answers``, and those that named nobody (``unsure``), by version; ``wrong`` are those that were no answer
    or another person's."""

    def __init__(self, port: int, key: str, probes: Sequence[Probe]) -> None:
        super().__init__(daemon=True, name="asker")
        self.answers: Counter[str] = Counter()
        self.unsure: Counter[str] = Counter()
        self.wrong: list[str] = []
        self.longest = 0.0
        self._port, self._key, self._over = port, key, threading.Event()
        self._bodies = [(probe.number, *load.multipart(probe.photo)) for probe in probes]

    def run(self) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=TIMEOUT_SECONDS)
        asked = 0
        while not self._over.wait(PAUSE_SECONDS):
            number, body, kind = self._bodies[asked % len(self._bodies)]
            asked += 1
            begun = time.monotonic()
            try:
                connection.request(
                    "POST", IDENTIFY, body, {"Authorization": f"Api-Key {self._key}", "Content-Type": kind}
                )
                response = connection.getresponse()
                content = response.read()
            # Whatever it is, somebody stood there and was not answered.
            except (OSError, http.client.HTTPException) as error:
                connection.close()
                self.wrong.append(f"no answer: {error!r}")
                continue
            self.longest = max(self.longest, time.monotonic() - begun)
            self._look(number, response.status, content)
        connection.close()

    def stop(self) -> None:
        """After the answer that is awaited."""
        self._over.set()
        self.join()

    def _look(self, number: str, status: int, content: bytes) -> None:
        if status != http.HTTPStatus.OK:
            self.wrong.append(f"{status}: {content[:200].decode(errors='replace')}")
            return
        answer = json.loads(content)
        person, version = answer["person"], answer["model_version"]
        self.answers[version] += 1
        if person is None:
            self.unsure[version] += 1
        elif person["number"] != number:
            self.wrong.append(f"{person['number']} instead of {number}, by {version}")
