"""The process that sends one chat message with Apprise: reads what to send as JSON, says as JSON what came of it.

    {"url": …, "title": …, "body": …, "loopback": false} -> {"state": "sent", "service": "Telegram"}

Without a body the address is only looked at. It knows no database and no setting of ours.
"""

from __future__ import annotations

import json
import logging
import sys
from ipaddress import ip_address
from typing import Any

ALLOWED = frozenset(
    {
        *("discord", "gchat", "gotify", "gotifys", "json", "jsons", "matrix", "matrixs", "mmost", "mmosts", "msteams"),
        *("ntfy", "ntfys", "rocket", "rockets", "signal", "signals", "slack", "tgram", "webex", "wxteams", "whatsapp"),
        *("workflow", "workflows", "zulip"),
    }
)
"""What sends by HTTP alone. Others open files, run programs or speak to a host's ports in other ways."""
LONGEST = 300


def main() -> None:
    """One message; the last line of the output is the answer."""
    asked = json.load(sys.stdin)
    try:
        answer = send(asked)
    except Exception as error:
        # A library's own mistake about somebody's address is a message that was not sent, with its name.
        answer = {"state": "failed", "why": type(error).__name__}
    print(json.dumps(answer))


def send(asked: dict[str, Any]) -> dict[str, str]:
    """Look at the address and, with a body, send."""
    from apprise import Apprise

    schema = asked["url"].partition(":")[0].casefold()
    # An address of a service's own page, such as https://hooks.slack.com/…, is read as that service or not at all.
    server = Apprise.instantiate(asked["url"]) if schema in ALLOWED or schema == "https" else None
    if server is None or not allowed(server):
        return {"state": "unknown"}
    answer = {"state": "sent", "service": str(server.service_name)}
    if not asked["body"]:
        return answer
    said = _Heard()
    logging.getLogger("apprise").addHandler(said)
    refusals = guard(scheme="https" if secure(server) else "http", loopback=asked["loopback"])
    if server.notify(body=asked["body"], title=asked["title"]):
        return answer
    if refusals:
        return {"state": "refused", "why": refusals[0][:LONGEST]}
    return {"state": "failed", "why": (said.lines or ["?"])[-1][:LONGEST]}


def allowed(server: Any) -> bool:
    """Whether it is one of those services, and takes no file."""
    return bool(schemas(server) & ALLOWED)


def schemas(server: Any, *, secure_alone: bool = False) -> set[str]:
    """What the service's addresses begin with."""
    found: set[str] = set()
    for given in (server.secure_protocol, None if secure_alone else server.protocol):
        found |= {given} if isinstance(given, str) else set(given or ())
    return found


def secure(server: Any) -> bool:
    """Whether it speaks HTTPS: always, or because its address says so."""
    return bool(server.secure) or not server.protocol


def guard(*, scheme: str, loopback: bool) -> list[str]:
    """From here on no connection is opened to a machine that nothing is sent to; the list fills with why.

    Python itself asks before each connection of a socket, by whatever library and after the name was resolved.
    """
    import requests
    from django.conf import settings

    settings.configure(WEBHOOK_LOOPBACK=loopback, USE_I18N=False)
    from common.outgoing import AddressRefused, check_address, unmapped

    refusals: list[str] = []

    def ask(event: str, arguments: tuple[Any, ...]) -> None:
        if event != "socket.connect" or not isinstance(arguments[1], tuple):
            return
        try:
            check_address(unmapped(ip_address(str(arguments[1][0]).partition("%")[0])), scheme)
        except AddressRefused as refused:
            refusals.append(refused.message)
            raise ConnectionRefusedError(refused.message) from refused

    sys.addaudithook(ask)

    class NotFollowed(requests.Session):
        """A redirect is an answer like others: where it leads was chosen by nobody here."""

        def get_redirect_target(self, resp: requests.Response) -> None:
            return None

    requests.Session = requests.sessions.Session = NotFollowed  # type: ignore[misc]
    return refusals


class _Heard(logging.Handler):
    """What Apprise says while it sends, without the addresses that it prints for debugging."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(" ".join(record.getMessage().split()))
