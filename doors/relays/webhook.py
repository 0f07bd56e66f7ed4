"""A relay that is asked by a signed HTTP request.

``Presente-Signature: t=<seconds>,v1=<HMAC-SHA256 of "t.body" under the door's secret>``. The request is sent again only
where the connection was never made: once the command may have left, a second one could open a second time.
"""

from __future__ import annotations

import hashlib
import hmac
import http.client
import json
import time
from datetime import UTC, datetime
from urllib.parse import urlsplit

from doors.relays.relay import ANSWER_SECONDS, Command, RelayError

BETWEEN_TRIES = 0.2
HOLD_TRIES = 3


def signature(secret: str, body: bytes, at: int) -> str:
    """The header's value for a body sent at ``at`` (seconds since 1970)."""
    digest = hmac.new(secret.encode(), f"{at}.".encode() + body, hashlib.sha256).hexdigest()
    return f"t={at},v1={digest}"


class WebhookRelay:
    """POSTs JSON to one address."""

    def __init__(self, url: str, secret: str) -> None:
        """Raises ``RelayError`` for an address that is not http(s)."""
        parts = urlsplit(url)
        if parts.scheme not in {"http", "https"} or not parts.hostname:
            raise RelayError(f"{url} is not an http or https address.")
        self._secure, self._host, self._port = parts.scheme == "https", parts.hostname, parts.port
        self._path = parts.path + (f"?{parts.query}" if parts.query else "") or "/"
        self._secret = secret

    def pulse(self, command: Command) -> None:
        """Ask once; connect again until the grant is over. Raises ``RelayError``."""
        connection = self._connect(command.expires)
        self._send(connection, command.as_dict(), command.id)

    def hold(self, *, opened: bool) -> None:
        """Ask up to three times: to hold a door twice does no harm. Raises ``RelayError``."""
        for attempt in range(HOLD_TRIES):
            try:
                connection = self._open()
                self._send(connection, {"command": "hold", "opened": opened}, "")
            except (RelayError, OSError) as error:
                if attempt == HOLD_TRIES - 1:
                    raise RelayError(f"{self._host} could not be told to hold the door: {error}.") from error
            else:
                return

    def close(self) -> None:
        """Nothing is kept open between two pulses."""

    def _open(self) -> http.client.HTTPConnection:
        kind = http.client.HTTPSConnection if self._secure else http.client.HTTPConnection
        connection = kind(self._host, self._port, timeout=ANSWER_SECONDS)
        connection.connect()
        return connection

    def _connect(self, expires: datetime) -> http.client.HTTPConnection:
        while True:
            try:
                return self._open()
            except OSError as error:
                if (expires - datetime.now(UTC)).total_seconds() <= BETWEEN_TRIES:
                    raise RelayError(f"{self._host} does not answer: {error}.") from error
            time.sleep(BETWEEN_TRIES)

    def _send(self, connection: http.client.HTTPConnection, content: dict[str, object], key: str) -> None:
        body = json.dumps(content).encode()
        headers = {"Content-Type": "application/json", "Presente-Signature": signature(self._secret, body, _now())}
        if key:
            headers["Idempotency-Key"] = key
        try:
            connection.request("POST", self._path, body, headers)
            status = connection.getresponse().status
        except (OSError, http.client.HTTPException) as error:
            raise RelayError(f"{self._host} took the command and did not answer: {error}.") from error
        finally:
            connection.close()
        if not 200 <= status < 300:
            raise RelayError(f"{self._host} answered {status}.")


def _now() -> int:
    return int(time.time())
