"""One HTTP request to an address that somebody typed in: which addresses are allowed, and how it is sent.

The name is resolved once, every address it has is checked, and the connection goes to a checked address: a name that
answers differently the second time gains nothing. Redirects are not followed and no proxy of the environment is used.
"""

from __future__ import annotations

import contextlib
import socket
import ssl
import threading
from dataclasses import dataclass, field
from ipaddress import IPv4Address, IPv6Address, ip_address
from typing import Any
from urllib.parse import SplitResult, urlsplit

import httpx
from django.conf import settings
from django.utils.translation import gettext as _

from common.refusals import Refusal

Address = IPv4Address | IPv6Address

CREDENTIALS = {
    ip_address(one) for one in ("fd00:ec2::254", "fd20:ce::254", "fd00:42::42", "192.0.0.192", "100.100.100.200")
}
"""Where cloud providers keep a machine's credentials, besides the link-local addresses; within private networks."""


class AddressRefused(Refusal):
    """An address that nothing is sent to."""


def check_form(url: str) -> SplitResult:
    """The parts of an address that could be one; raises AddressRefused. Asks no name server."""
    try:
        parts = urlsplit(url)
        usable = parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
    except ValueError:
        usable = False
    if not usable or not url.isascii() or any(letter <= " " for letter in url):
        raise AddressRefused("address_malformed", _("Write the address as https://host/path."))
    if parts.username or parts.password:
        raise AddressRefused(
            "address_with_password", _("Leave user and password out of the address: messages are signed instead.")
        )
    return parts


def resolve(url: str) -> tuple[SplitResult, Address]:
    """The parts of the address and the machine to connect to; raises AddressRefused.

    Private networks are allowed: a company's payroll and its locks are there. This machine itself (unless
    ``PRESENTE_WEBHOOK_LOOPBACK``), link-local addresses, where cloud providers keep their credentials, multicast and
    reserved ones are not; and plain HTTP stays within private networks.
    """
    parts = check_form(url)
    port = parts.port or (443 if parts.scheme == "https" else 80)
    return parts, resolve_host(str(parts.hostname), port, parts.scheme)


def resolve_host(host: str, port: int, scheme: str) -> Address:
    """The machine of this name to connect to, by the rules of ``resolve``; raises AddressRefused."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        message = _("The name %(host)s is not known here. Check the address.") % {"host": host}
        raise AddressRefused("host_unknown", message) from error
    addresses = [unmapped(ip_address(str(one[4][0]).partition("%")[0])) for one in found]
    for address in addresses:
        check_address(address, scheme)
    return addresses[0]


def send(
    url: str, body: bytes, headers: dict[str, str], *, wait: float, deadline: float, most: int
) -> tuple[int, bytes]:
    """POST the body; the status and at most ``most`` bytes of the answer.

    ``wait``: seconds for the connection and for each piece of the answer; ``deadline``: for all of it. Raises
    ``AddressRefused``, ``httpx.ConnectError`` and ``httpx.ConnectTimeout`` where nothing was sent, any other
    ``httpx.HTTPError`` where it may have arrived.
    """
    cut = _Deadline(deadline)
    sent = {"Accept-Encoding": "identity", **headers}
    with (
        httpx.Client(transport=PinnedTransport(), timeout=wait, trust_env=False, follow_redirects=False) as client,
        cut,
        client.stream("POST", url, content=body, headers=sent, extensions={"trace": cut.watch}) as response,
    ):
        answer = b""
        for piece in response.iter_raw():
            answer += piece
            if len(answer) >= most:
                break
        return response.status_code, answer[:most]


class PinnedTransport(httpx.BaseTransport):
    """Connects to the address that was checked, and has the certificate proved for the name."""

    def __init__(self) -> None:
        self._inner = httpx.HTTPTransport(verify=ssl.create_default_context(), trust_env=False)

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Raises ``AddressRefused`` besides what httpx raises."""
        parts, address = resolve(str(request.url))
        # The Host header names the host already; TLS asks for the host's certificate by this extension.
        request.extensions = {**request.extensions, "sni_hostname": parts.hostname}
        request.url = request.url.copy_with(host=str(address))
        return self._inner.handle_request(request)

    def close(self) -> None:
        """Let go of the connection."""
        self._inner.close()


@dataclass
class _Deadline:
    """Cuts the connection when the time is over: a receiver that drips a byte now and then must not hold the worker."""

    seconds: float
    _sockets: list[socket.socket] = field(default_factory=list)

    def __enter__(self) -> None:
        self._timer = threading.Timer(self.seconds, self._cut)
        self._timer.daemon = True
        self._timer.start()

    def __exit__(self, *_error: object) -> None:
        self._timer.cancel()

    def watch(self, event: str, info: dict[str, Any]) -> None:
        """Told by httpcore what happens: keeps the socket of the connection, or of TLS upon it."""
        if event in {"connection.connect_tcp.complete", "connection.start_tls.complete"}:
            self._sockets[:] = [info["return_value"].get_extra_info("socket")]

    def _cut(self) -> None:
        for one in self._sockets:
            with contextlib.suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)


def unmapped(address: Address) -> Address:
    """The IPv4 address inside an IPv6 one: ``::ffff:127.0.0.1`` is this machine too, and so is ``2002:7f00:1::``."""
    mapped = (address.ipv4_mapped or address.sixtofour) if isinstance(address, IPv6Address) else None
    return mapped or address


def check_address(address: Address, scheme: str) -> None:
    """Raise ``AddressRefused`` for a machine that nothing is sent to by ``http`` or ``https``."""
    if address.is_loopback:
        if not settings.WEBHOOK_LOOPBACK:
            raise AddressRefused(
                "address_of_this_machine",
                _("Messages are not sent to this machine itself. PRESENTE_WEBHOOK_LOOPBACK=1 allows it."),
            )
        return
    forbidden = (address.is_link_local, address.is_multicast, address.is_unspecified, address.is_reserved)
    if any(forbidden) or address in CREDENTIALS:
        message = _("Messages are not sent to %(address)s, which is no address of a server.")
        raise AddressRefused("address_not_allowed", message % {"address": address})
    if scheme == "http" and not address.is_private:
        raise AddressRefused(
            "plain_http", _("Outside the company's own network messages are sent over https:// alone.")
        )
