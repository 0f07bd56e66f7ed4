"""A relay that is asked by a signed HTTP request.

``Presente-Signature: t=<seconds>,v1=<HMAC-SHA256 of "t.body" under the door's secret>``. The request is sent again only
where the connection was never made: once the command may have left, a second one could open a second time.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import time
from datetime import UTC, datetime

import httpx

from common.outgoing import AddressRefused, check_form, send
from doors.relays.relay import ANSWER_SECONDS, Command, RelayError

BETWEEN_TRIES = 0.2
HOLD_TRIES = 3
DEADLINE_SECONDS = 2 * ANSWER_SECONDS
ANSWER_BYTES = 1024


class _NotSent(RelayError):
    """The connection was not made: the lock has heard nothing."""


def signature(secret: str, body: bytes, at: int) -> str:
    """The header's value for a body sent at ``at`` (seconds since 1970)."""
    digest = hmac.new(secret.encode(), f"{at}.".encode() + body, hashlib.sha256).hexdigest()
    return f"t={at},v1={digest}"


class WebhookRelay:
    """POSTs JSON to one address."""

    def __init__(self, url: str, secret: str) -> None:
        """Raises ``RelayError`` for an address that is not http(s)."""
        try:
            self._host = check_form(url).hostname
        except AddressRefused as refused:
            raise RelayError(f"{url} is not an http or https address. {refused.message}") from refused
        self._url, self._secret = url, secret

    def pulse(self, command: Command) -> None:
        """Ask once; connect again until the grant is over. Raises ``RelayError``."""
        while True:
            try:
                return self._send(command.as_dict(), command.id)
            except _NotSent:
                if (command.expires - datetime.now(UTC)).total_seconds() <= BETWEEN_TRIES:
                    raise
            time.sleep(BETWEEN_TRIES)

    def hold(self, *, opened: bool) -> None:
        """Ask up to three times: to hold a door twice does no harm. Raises ``RelayError``."""
        for attempt in range(HOLD_TRIES):
            try:
                return self._send({"command": "hold", "opened": opened}, "")
            except RelayError as error:
                if attempt == HOLD_TRIES - 1:
                    raise RelayError(f"{self._host} could not be told to hold the door: {error}") from error

    def close(self) -> None:
        """Nothing is kept open between two pulses."""

    def _send(self, content: dict[str, object], key: str) -> None:
        body = json.dumps(content).encode()
        headers = {"Content-Type": "application/json", "Presente-Signature": signature(self._secret, body, _now())}
        if key:
            headers["Idempotency-Key"] = key
        try:
            status, _answer = send(
                self._url, body, headers, wait=ANSWER_SECONDS, deadline=DEADLINE_SECONDS, most=ANSWER_BYTES
            )
        except AddressRefused as refused:
            # A name server that does not answer now may do so in a moment; an address that is refused stays refused.
            kind = _NotSent if refused.code == "host_unknown" else RelayError
            raise kind(refused.message) from refused
        except (httpx.ConnectError, httpx.ConnectTimeout) as error:
            raise _NotSent(f"{self._host} does not answer: {error}.") from error
        except httpx.HTTPError as error:
            raise RelayError(f"{self._host} took the command and did not answer: {error}.") from error
        if not 200 <= status < 300:
            raise RelayError(f"{self._host} answered {status}.")


def _now() -> int:
    return int(time.time())
