"""The web server's worker: slow, endless and huge requests hold no thread, and ordinary ones are served meanwhile."""

from __future__ import annotations

import http.client
import json
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, suppress

import pytest
from django.conf import settings

from presente import web, web_worker

THREADS = 2


@pytest.fixture(scope="module")
def server() -> Iterator[tuple[int, subprocess.Popen[bytes]]]:
    """A server of two threads that runs the worker named in presente/web.py, with its port."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(64)
        number = listener.getsockname()[1]
        command = [
            sys.executable,
            "-m",
            "gunicorn",
            "presente.tests.slow_app:application",
            "--chdir",
            str(settings.BASE_DIR),
            "--bind",
            f"fd://{listener.fileno()}",
            "--worker-class",
            web.worker_class,
            "--workers",
            "1",
            "--threads",
            str(THREADS),
            "--no-control-socket",
        ]
        server = subprocess.Popen(command, pass_fds=[listener.fileno()])
    try:
        yield number, server
    finally:
        server.terminate()
        server.wait(30)


@pytest.fixture(scope="module")
def port(server: tuple[int, subprocess.Popen[bytes]]) -> int:
    return server[0]


def _worker(server: subprocess.Popen[bytes]) -> bytes:
    """The process that serves now."""
    return subprocess.run(["pgrep", "-P", str(server.pid)], check=True, capture_output=True).stdout


def _ask(port: int, body: bytes = b"", headers: dict[str, str] | None = None) -> tuple[int, bytes]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    try:
        connection.request("POST", "/", body, headers or {})
        answer = connection.getresponse()
        return answer.status, answer.read()
    finally:
        connection.close()


def _answer(client: socket.socket) -> tuple[int, dict[str, object]]:
    """Status and problem of the whole answer; the server closes behind it."""
    text = b""
    while piece := client.recv(65536):
        text += piece
    head, _, body = text.partition(b"\r\n\r\n")
    return int(head.split()[1]), json.loads(body)


@pytest.mark.parametrize(
    "beginning",
    [b"GET / HT", b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\nabc"],
    ids=["head", "body"],
)
def test_slow_sockets_hold_no_thread(port: int, beginning: bytes) -> None:
    with ExitStack() as open_:
        slow = [open_.enter_context(socket.create_connection(("127.0.0.1", port))) for _ in range(5 * THREADS)]
        for client in slow:
            client.sendall(beginning)
        started = time.monotonic()
        assert _ask(port, b"12345") == (200, b"5")
        # Less than a head may take: nobody was served because the slow ones had been thrown out.
        assert time.monotonic() - started < web_worker.HEAD_SECONDS


def test_more_slow_sockets_than_may_wait_close_each_other_and_nothing_else(
    server: tuple[int, subprocess.Popen[bytes]],
) -> None:
    """One that made room for another and had just sent something was closed twice: the server's process ended by it."""
    port, process = server
    assert _ask(port, b"12345") == (200, b"5")
    before = _worker(process)
    with ExitStack() as open_:
        slow: list[socket.socket] = []
        for _round in range(20):
            for client in slow:
                with suppress(OSError):
                    client.send(b"a")
            for _more in range(web_worker.MOST_WAITING // 10):
                slow.append(open_.enter_context(socket.create_connection(("127.0.0.1", port))))
                slow[-1].sendall(b"GET / HTTP/1.1\r\nX-Slow: ")
        assert _ask(port, b"12345") == (200, b"5")
    assert _worker(process) == before


def test_a_request_that_takes_too_long_is_ended_with_a_reason(port: int) -> None:
    with socket.create_connection(("127.0.0.1", port), timeout=60) as client:
        client.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n")
        status, problem = _answer(client)
    assert (status, problem["code"]) == (408, "too_slow")


def test_a_body_of_gigabytes_is_refused_by_its_announced_length(port: int) -> None:
    with socket.create_connection(("127.0.0.1", port), timeout=60) as client:
        client.sendall(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1500000000\r\n\r\n")
        status, problem = _answer(client)
    assert (status, problem["code"]) == (413, "too_large")


def test_a_body_without_a_length_is_refused(port: int) -> None:
    with socket.create_connection(("127.0.0.1", port), timeout=60) as client:
        client.sendall(b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nabcde\r\n")
        status, problem = _answer(client)
    assert (status, problem["code"]) == (411, "length_required")


def test_headers_without_an_end_are_refused(port: int) -> None:
    with socket.create_connection(("127.0.0.1", port), timeout=60) as client:
        client.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n" + b"X-Filler: 0123456789\r\n" * 2000)
        status, problem = _answer(client)
    assert (status, problem["code"]) == (431, "headers_too_large")


def test_two_lengths_are_refused(port: int) -> None:
    with socket.create_connection(("127.0.0.1", port), timeout=60) as client:
        client.sendall(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nabcdef")
        status, problem = _answer(client)
    assert (status, problem["code"]) == (400, "bad_request")


def test_large_bodies_and_kept_connections_are_served(port: int) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    for size in (0, 7, 3_000_000):
        connection.request("POST", "/", b"x" * size)
        answer = connection.getresponse()
        assert (answer.status, answer.read()) == (200, str(size).encode())
    connection.close()


def test_a_client_that_asks_first_is_told_to_go_on(port: int) -> None:
    with socket.create_connection(("127.0.0.1", port), timeout=60) as client:
        client.sendall(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nExpect: 100-continue\r\n\r\n")
        assert client.recv(1000).startswith(b"HTTP/1.1 100 ")
        client.sendall(b"abc")
        text = b""
        while b"200 OK" not in text:
            piece = client.recv(1000)
            assert piece
            text += piece
