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
    """What a number of clients saw: seconds of each request, seconds of all, and the last answer."""

    seconds: list[float]
    wall: float
    last: bytes

    @property
    def per_second(self) -> float:
        return len(self.seconds) / self.wall


def ask(port: int, make: Callable[[int], Request], *, requests: int, clients: int) -> Load:
    """Send ``requests`` POSTs with ``clients`` at once; raises RuntimeError at the first answer that is no success."""
    numbers = itertools.count()
    lock = threading.Lock()

    def client() -> tuple[list[float], bytes]:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        seconds: list[float] = []
        body = b""
        while True:
            with lock:
                number = next(numbers)
            if number >= requests:
                connection.close()
                return seconds, body
            path, content, headers = make(number)
            started = time.perf_counter()
            body = _post(connection, path, content, headers)
            seconds.append(time.perf_counter() - started)

    started = time.perf_counter()
    with ThreadPoolExecutor(clients) as pool:
        done = [future.result() for future in [pool.submit(client) for _ in range(clients)]]
    wall = time.perf_counter() - started
    return Load(
        [second for seconds, _body in done for second in seconds], wall, next(body for _s, body in done if body)
    )


def multipart(picture: bytes) -> tuple[bytes, str]:
    """A form with the picture as ``file``, and its content type."""
    boundary = secrets.token_hex(16)
    head = (
        f'--{boundary}\r\nContent-Disposition: form-data; name="file"; filename="frame.jpg"\r\n'
        "Content-Type: image/jpeg\r\n\r\n"
    )
    return head.encode() + picture + f"\r\n--{boundary}--\r\n".encode(), f"multipart/form-data; boundary={boundary}"


def _post(connection: http.client.HTTPConnection, path: str, content: bytes, headers: dict[str, str]) -> bytes:
    try:
        connection.request("POST", path, content, headers)
        response = connection.getresponse()
    except (http.client.RemoteDisconnected, ConnectionError):
        # The server closed a connection that had been idle: open it again, once.
        connection.close()
        connection.request("POST", path, content, headers)
        response = connection.getresponse()
    body = response.read()
    if response.status not in {200, 201}:
        raise RuntimeError(f"{path} answered {response.status}: {body[:300].decode(errors='replace')}")
    return body
