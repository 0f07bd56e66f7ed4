"""A request to an address that somebody typed in: to the machine that was checked, within its time, and no further."""

from __future__ import annotations

import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from pytest_django import Settings

from common.outgoing import AddressRefused, send

HOST = "payroll.example"


@pytest.fixture(autouse=True)
def _receivers_on_this_machine(settings: Settings) -> None:
    settings.WEBHOOK_LOOPBACK = True


@contextmanager
def serving(handler: type[BaseHTTPRequestHandler], tls: ssl.SSLContext | None = None) -> Iterator[int]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    if tls is not None:
        server.socket = tls.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield server.server_address[1]
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class Greeter(BaseHTTPRequestHandler):
    """Answers with the host it was asked for, and then with more than anybody reads."""

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(200)
        self.end_headers()
        self.wfile.write(self.headers["Host"].encode() + b" " + b"x" * 100_000)

    def log_message(self, *args: Any) -> None:
        """Quiet."""


class Dripper(Greeter):
    """Says its first line a letter at a time, and never comes to an end."""

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        self.wfile.write(b"HTTP/1.0 200 OK\r\nServer: ")
        try:
            while True:
                self.wfile.write(b"a")
                time.sleep(0.05)
        except OSError:
            """The other side has had enough."""


@pytest.fixture
def names(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The name server: the host is on this machine the first time it is asked, and elsewhere from then on."""
    answers = ["127.0.0.1", "169.254.169.254"]
    real: Callable[..., Any] = socket.getaddrinfo

    def getaddrinfo(host: Any, port: Any, *args: Any, **kwargs: Any) -> Any:
        return real(answers.pop(0) if host == HOST else host, port, *args, **kwargs)

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)
    return answers


def post(url: str, *, deadline: float = 10.0, most: int = 200) -> tuple[int, bytes]:
    return send(url, b"{}", {}, wait=5.0, deadline=deadline, most=most)


def test_the_name_is_asked_once_and_the_checked_address_is_connected_to(names: list[str]) -> None:
    with serving(Greeter) as port:
        status, answer = post(f"http://{HOST}:{port}/")

    assert (status, answer.split()[0]) == (200, f"{HOST}:{port}".encode())
    assert names == ["169.254.169.254"]


def test_a_name_that_points_elsewhere_is_refused(names: list[str]) -> None:
    names.pop(0)
    with pytest.raises(AddressRefused) as refused:
        post(f"http://{HOST}/")
    assert refused.value.code == "address_not_allowed"


def test_no_more_is_read_than_asked_for() -> None:
    with serving(Greeter) as port:
        assert len(post(f"http://127.0.0.1:{port}/", most=300)[1]) == 300


def test_who_drips_is_cut_off() -> None:
    with serving(Dripper) as port, pytest.raises(httpx.HTTPError):
        post(f"http://127.0.0.1:{port}/", deadline=0.5)


def test_nobody_there_is_told_from_an_answer_that_failed() -> None:
    with socket.create_server(("127.0.0.1", 0)) as gone:
        port = gone.getsockname()[1]
    with pytest.raises(httpx.ConnectError):
        post(f"http://127.0.0.1:{port}/")


def test_the_proxy_of_the_environment_is_not_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    with serving(Greeter) as port:
        assert post(f"http://127.0.0.1:{port}/")[0] == 200


@pytest.mark.parametrize("subject", [HOST, "another.example"])
def test_the_certificate_must_be_the_host_s(
    names: list[str], subject: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    certificate = make_certificate(tmp_path, subject)
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(certificate)
    with serving(Greeter, tls) as port:
        if subject == HOST:
            assert post(f"https://{HOST}:{port}/")[0] == 200
        else:
            with pytest.raises(httpx.ConnectError, match="certificate"):
                post(f"https://{HOST}:{port}/")


def make_certificate(folder: Path, host: str) -> Path:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, host)])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(host)]), critical=False)
        .sign(key, hashes.SHA256())
    )
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    path = folder / f"{host}.pem"
    path.write_bytes(private + made.public_bytes(serialization.Encoding.PEM))
    return path
