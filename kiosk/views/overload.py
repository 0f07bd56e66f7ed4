"""More faces at once than this machine can recognise: the next few wait in line, the rest are told when to ask again.

Without it every request is answered, and every one too late: a queue that nobody sees grows in the web server.
"""

from __future__ import annotations

import os
import random
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import wraps

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from attendance.models import Kiosk
from kiosk.views.guards import DeviceView, problem


class Busy(Exception):
    """The line is full."""


class Line:
    """``at_once`` are served, ``room`` more wait for their turn; whoever comes then is refused at once."""

    def __init__(self, *, at_once: int, room: int) -> None:
        self._turn = threading.BoundedSemaphore(at_once)
        self._most = at_once + room
        self._inside = 0
        self._lock = threading.Lock()

    @property
    def inside(self) -> int:
        """How many are served or wait."""
        return self._inside

    @contextmanager
    def turn(self) -> Iterator[None]:
        """Wait for a turn and hold it; raises ``Busy``."""
        with self._lock:
            if self._inside >= self._most:
                raise Busy
            self._inside += 1
        try:
            with self._turn:
                yield
        finally:
            with self._lock:
                self._inside -= 1


CORES = os.cpu_count() or 1
LINE = Line(at_once=CORES, room=max(1, settings.WEB_THREADS - CORES - 2))
"""One recognition a core; two of the web server's threads stay free for what takes no time, refusals among it."""


def in_turn(view: DeviceView) -> DeviceView:
    """Serve the view in its turn; 429 with Retry-After when the line is full. A kiosk waits so long and asks again."""

    @wraps(view)
    def waiting(request: HttpRequest, kiosk: Kiosk) -> HttpResponse:
        try:
            with LINE.turn():
                return view(request, kiosk)
        except Busy:
            # Not all at the same moment again.
            wait = random.randint(1, 3)
            text = _("Many people are clocking at this moment. It goes on by itself.")
            return problem(429, "busy", text, retry_after=wait)

    return waiting
