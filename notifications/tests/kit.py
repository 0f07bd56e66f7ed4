"""What the tests of notifications share: a mail server, and messages that are sent as a worker would."""

from __future__ import annotations

import socketserver
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, timedelta
from email import message_from_bytes
from email.message import Message
from threading import Thread

from django.utils import timezone

from attendance.models import Absence, AbsenceType
from attendance.services.absences import absence_request
from employees.models import User
from notifications.models import Delivery
from notifications.services.delivering import deliver


@dataclass
class MailServer:
    """Where it listens, and what it took."""

    port: int = 0
    taken: list[tuple[str, Message]] = field(default_factory=list)


@contextmanager
def mail_server() -> Iterator[MailServer]:
    """An SMTP server on this machine until the block ends."""
    server = MailServer()

    class Handler(socketserver.StreamRequestHandler):
        def say(self, text: str) -> None:
            self.wfile.write(f"{text}\r\n".encode())

        def handle(self) -> None:
            to = ""
            self.say("220 here")
            while line := self.rfile.readline():
                word = line[:4].upper()
                if word == b"RCPT":
                    to = line.decode().partition("<")[2].partition(">")[0]
                if word == b"DATA":
                    self.say("354 go on")
                    content = b""
                    while (part := self.rfile.readline()) not in (b".\r\n", b""):
                        content += part
                    server.taken.append((to, message_from_bytes(content)))
                self.say("221 bye" if word == b"QUIT" else "250 ok")
                if word == b"QUIT":
                    return

    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler) as listening:
        server.port = listening.server_address[1]
        thread = Thread(target=listening.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        thread.start()
        try:
            yield server
        finally:
            listening.shutdown()
            thread.join()


def send_all() -> list[str]:
    """Send what is due, as workers do; the state of every message, the oldest first."""
    for key in Delivery.objects.filter(next_try_at__lte=timezone.now()).values_list("pk", flat=True):
        deliver(delivery_id=key)
    return list(Delivery.objects.order_by("created_at").values_list("state", flat=True))


def away(user: User, *, day: date | None = None) -> Absence:
    """The person of this account requests a day off, three weeks from now."""
    first = day or timezone.now().date() + timedelta(days=21)
    kind, _new = AbsenceType.objects.get_or_create(code="leave", defaults={"name": "Leave"})
    return absence_request(employee=user.employee, by=user, kind=kind, first=first, last=first, reason="a wedding")
