"""How much is looked at on this machine at once: pictures are decoded and recognised in a line, and it is short.

Without it every request is answered, and every one too late: a queue that nobody sees grows in the web server.
"""

from __future__ import annotations

import os
import random
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from django.conf import settings
from django.utils.translation import gettext as _

from common.refusals import Refusal


class Busy(Refusal):
    """The line is full: 503, and when to ask again. Kiosks do so by themselves."""

    status = 503

    def __init__(self) -> None:
        super().__init__(
            "busy", _("Many pictures are being looked at in this moment. Send it again."),
            # Not all at the same moment again.
            retry_after=random.randint(1, 3),
        )  # fmt: skip


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
OTHERS = Line(at_once=max(1, CORES - 1), room=1)
"""What is not a kiosk's, before it joins the line: whoever stands at a door does not wait behind a folder of photos."""
LINE = Line(at_once=CORES, room=max(1, settings.WEB_THREADS - CORES - 3))
"""One picture a core; with those who wait for ``OTHERS``, two of the web server's threads stay free for refusals."""


@contextmanager
def image_work(*, kiosk: bool = False) -> Iterator[None]:
    """Hold a place while a picture is decoded and recognised; raises ``Busy``."""
    if kiosk:
        with LINE.turn():
            yield
        return
    with OTHERS.turn(), LINE.turn():
        yield
