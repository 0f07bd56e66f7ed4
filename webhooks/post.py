"""Sending one message to an address that HR chose: which addresses are allowed, and one HTTP request to them.

The name is resolved once, every address it has is checked, and the connection goes to the checked address: a name
that answers differently the second time gains nothing. Redirects are not followed and no proxy of the environment is
used.
"""

from __future__ import annotations

import contextlib
import http.client
import socket
import ssl
import threading
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, ip_address
from urllib.parse import SplitResult, urlsplit

from django.conf import settings
from django.utils.translation import gettext as _

from common.refusals import Refusal

CONNECT_SECONDS = 5.0
DEADLINE_SECONDS = 15.0
KEPT_ANSWER = 300
"""So many characters of an answer are kept: what a receiver says about its refusal."""

Address = IPv4Address | IPv6Address


class AddressRefused(Refusal):
    """An address that messages are not sent to."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back: the HTTP status, or None with the reason why there is none."""

    status: int | None
    detail: str

    @property
    def delivered(self) -> bool:
        return self.status is not None and 200 <= self.status < 300


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

    Private networks are allowed: a company's payroll lives there. This machine itself (unless
    ``PRESENTE_WEBHOOK_LOOPBACK``), link-local addresses, where cloud providers keep their credentials, multicast and
    reserved ones are not; and plain HTTP stays within private networks.
    """
    parts = check_form(url)
    port = parts.port or (443 if parts.scheme == "https" else 80)
    try:
        found = socket.getaddrinfo(parts.hostname, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        message = _("The name %(host)s is not known here. Check the address.") % {"host": parts.hostname}
        raise AddressRefused("host_unknown", message) from error
    addresses = [_unmapped(ip_address(str(one[4][0]).partition("%")[0])) for one in found]
    for address in addresses:
        _check(address, parts)
    return parts, addresses[0]


def post(url: str, body: bytes, headers: dict[str, str]) -> Answer:
    """Send the body; any failure is an answer too, so that it can be logged and tried again."""
    try:
        parts, address = resolve(url)
    except AddressRefused as refused:
        return Answer(None, refused.message)
    connection = _connection(parts, address)
    # A receiver that drips a byte now and then must not hold the worker.
    timer = threading.Timer(DEADLINE_SECONDS, _cut, [connection])
    timer.daemon = True
    timer.start()
    try:
        target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        connection.request("POST", target, body, headers)
        response = connection.getresponse()
        text = response.read(KEPT_ANSWER * 4).decode(errors="replace")
        return Answer(response.status, " ".join(text.split())[:KEPT_ANSWER].replace("\x00", ""))
    except (OSError, http.client.HTTPException, ValueError) as error:
        return Answer(None, f"{type(error).__name__}: {error}"[:KEPT_ANSWER])
    finally:
        timer.cancel()
        connection.close()


def _unmapped(address: Address) -> Address:
    """The IPv4 address inside an IPv6 one: ``::ffff:127.0.0.1`` is this machine too."""
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return mapped or address


def _check(address: Address, parts: SplitResult) -> None:
    if address.is_loopback:
        if not settings.WEBHOOK_LOOPBACK:
            raise AddressRefused(
                "address_of_this_machine",
                _("Messages are not sent to this machine itself. PRESENTE_WEBHOOK_LOOPBACK=1 allows it."),
            )
        return
    forbidden = (address.is_link_local, address.is_multicast, address.is_unspecified, address.is_reserved)
    if any(forbidden):
        message = _("Messages are not sent to %(address)s, which is no address of a server.")
        raise AddressRefused("address_not_allowed", message % {"address": address})
    if parts.scheme == "http" and not address.is_private:
        raise AddressRefused(
            "plain_http", _("Outside the company's own network messages are sent over https:// alone.")
        )


def _connection(parts: SplitResult, address: Address) -> http.client.HTTPConnection:
    host = parts.hostname or ""
    if parts.scheme == "https":
        return _PinnedHTTPS(host, parts.port, address)
    return _PinnedHTTP(host, parts.port, address)


class _PinnedHTTP(http.client.HTTPConnection):
    """Speaks to ``address`` and names ``host``."""

    def __init__(self, host: str, port: int | None, address: Address) -> None:
        super().__init__(host, port, timeout=CONNECT_SECONDS)
        self._address = str(address)

    def connect(self) -> None:
        """To the checked address, whatever the name says by now."""
        self.sock = socket.create_connection((self._address, self.port), self.timeout)


class _PinnedHTTPS(http.client.HTTPSConnection):
    """The same over TLS; the certificate must be the host's."""

    def __init__(self, host: str, port: int | None, address: Address) -> None:
        self._tls = ssl.create_default_context()
        super().__init__(host, port, timeout=CONNECT_SECONDS, context=self._tls)
        self._address = str(address)

    def connect(self) -> None:
        """To the checked address; the name is proved by the certificate."""
        plain = socket.create_connection((self._address, self.port), self.timeout)
        self.sock = self._tls.wrap_socket(plain, server_hostname=self.host)


def _cut(connection: http.client.HTTPConnection) -> None:
    sock = connection.sock
    if sock is not None:
        with contextlib.suppress(OSError):
            sock.shutdown(socket.SHUT_RDWR)
