"""Clients that ask over HTTP, one connection each."""

from __future__ import annotations

import http.client
import itertools
import secrets
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

Request = tuple[str, bytes, dict[str, str]]


@dataclass(frozen=True, slots=True)
class Load:
    """What a number of clients saw: seconds of each answer, seconds of all, the last answer, how often it was later."""

    seconds: list[float]
    wall: float
    last: bytes
    refused: int = 0

    @property
    def per_second(self) -> float:
        return len(self.seconds) / self.wall


def ask(port: int, make: Callable[[int], Request], *, requests: int, clients: int, every: float = 0.0) -> Load:
    """Send ``requests`` POSTs with ``clients`` at once; raises RuntimeError at the first answer that is no success.

    ``every``: seconds from one request of a client to its next, where it was answered by then. Who is told to come
    later (503 with ``Retry-After``) does so, and the seconds are those of the try that was served.
    """
    numbers = itertools.count()
    lock = threading.Lock()

    def client(place: int) -> tuple[list[float], bytes, int]:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        seconds: list[float] = []
        body, refused = b"", 0
        due = time.perf_counter() + place * every / clients
        while True:
            time.sleep(max(0.0, due - time.perf_counter()))
            due += every
            with lock:
                number = next(numbers)
            if number >= requests:
                connection.close()
                return seconds, body, refused
            path, content, headers = make(number)
            while True:
                started = time.perf_counter()
                answer = _post(connection, path, content, headers)
                if not isinstance(answer, Later):
                    break
                refused += 1
                time.sleep(answer.seconds)
            body = answer
            seconds.append(time.perf_counter() - started)

    started = time.perf_counter()
    with ThreadPoolExecutor(clients) as pool:
        done = [future.result() for future in [pool.submit(client, place) for place in range(clients)]]
    wall = time.perf_counter() - started
    return Load(
        [second for seconds, _body, _refused in done for second in seconds],
        wall,
        next(body for _seconds, body, _refused in done if body),
        sum(refused for _seconds, _body, refused in done),
    )


def multipart(picture: bytes) -> tuple[bytes, str]:
    """A form with the picture as ``file``, and its content type."""
    boundary = secrets.token_hex(16)
    head = (
        f'--{boundary}\r\nContent-Disposition: form-data; name="file"; filename="frame.jpg"\r\n'
        "Content-Type: image/jpeg\r\n\r\n"
    )
    return head.encode() + picture + f"\r\n--{boundary}--\r\n".encode(), f"multipart/form-data; boundary={boundary}"


@dataclass(frozen=True, slots=True)
class Later:
    """The line is full; the seconds after which to ask again."""

    seconds: float


def _post(connection: http.client.HTTPConnection, path: str, content: bytes, headers: dict[str, str]) -> bytes | Later:
    try:
        connection.request("POST", path, content, headers)
        response = connection.getresponse()
    except (http.client.RemoteDisconnected, ConnectionError):
        # The server closed a connection that had been idle: open it again, once.
        connection.close()
        connection.request("POST", path, content, headers)
        response = connection.getresponse()
    body = response.read()
    if response.status == http.HTTPStatus.SERVICE_UNAVAILABLE and response.getheader("Retry-After"):
        return Later(float(response.headers["Retry-After"]))
    if response.status not in {200, 201}:
        raise RuntimeError(f"{path} answered {response.status}: {body[:300].decode(errors='replace')}")
    return body
