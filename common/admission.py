"""How much is looked at on this machine at once: pictures are decoded and recognised in a line, and it is short.

Without it every request is answered, and every one too late: a queue that nobody sees grows in the web server.
"""

from __future__ import annotations

import os
import random
import threading
import time
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager

from django.conf import settings
from django.utils.translation import gettext as _

from common.refusals import Refusal

KIOSKS_NEAR_SECONDS = 60.0
"""So long after a kiosk's picture one core stays free for the next."""


class Busy(Refusal):
    """The line is full: 503, and when to ask again. Kiosks do so by themselves."""

    status = 503

    def __init__(self) -> None:
        super().__init__(
            "busy",
            _("Many pictures are being looked at in this moment. Send it again."),
            # Not all at the same moment again.
            retry_after=random.randint(1, 3),
        )


class Line:
    """``cores`` pictures are looked at at once; of kiosks ``kiosks`` may be inside or wait, of all others ``others``.

    Whoever comes then is refused at once. A kiosk's turn comes before all others': somebody stands there.
    """

    def __init__(self, *, cores: int, kiosks: int, others: int) -> None:
        self._cores = cores
        self._most = {True: kiosks, False: others}
        self._inside = {True: 0, False: 0}
        self._served = {True: 0, False: 0}
        self._waiting: dict[bool, deque[threading.Event]] = {True: deque(), False: deque()}
        self._kiosk_seen = -KIOSKS_NEAR_SECONDS
        self._lock = threading.Lock()

    @property
    def inside(self) -> int:
        """How many are served or wait."""
        return sum(self._inside.values())

    @contextmanager
    def turn(self, *, kiosk: bool = False) -> Iterator[None]:
        """Wait for a turn and hold it; raises ``Busy``."""
        mine = threading.Event()
        with self._lock:
            if kiosk:
                self._kiosk_seen = time.monotonic()
            if self._inside[kiosk] >= self._most[kiosk]:
                raise Busy
            self._inside[kiosk] += 1
            self._waiting[kiosk].append(mine)
            self._call()
        try:
            mine.wait()
            yield
        finally:
            with self._lock:
                self._inside[kiosk] -= 1
                self._served[kiosk] -= 1
                self._call()

    def _call(self) -> None:
        """Give the free cores to those who wait, kiosks first. Called with the lock held."""
        for kiosk in (True, False):
            while self._waiting[kiosk] and self._is_free(kiosk):
                self._served[kiosk] += 1
                self._waiting[kiosk].popleft().set()

    def _is_free(self, kiosk: bool) -> bool:
        """Whether there is a core: for others all but one while kiosks are in use."""
        near = time.monotonic() - self._kiosk_seen < KIOSKS_NEAR_SECONDS
        others = max(1, self._cores - 1) if near else self._cores
        return sum(self._served.values()) < self._cores and (kiosk or self._served[False] < others)


CORES = max(1, (os.cpu_count() or 1) // settings.WEB_PROCESSES)
"""Those of the machine that are this web process's share."""
LINE = Line(cores=CORES, kiosks=max(2, settings.WEB_THREADS // 2), others=max(2, settings.WEB_THREADS // 2 - 3))
"""One picture a core. Three of the web server's threads stay free for pages and for refusals."""


@contextmanager
def image_work(*, kiosk: bool = False) -> Iterator[None]:
    """Hold a place while a picture is decoded and recognised; raises ``Busy``."""
    with LINE.turn(kiosk=kiosk):
        yield
