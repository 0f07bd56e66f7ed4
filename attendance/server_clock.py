"""Whether this machine's own clock can be believed: every punch is stored with what it says.

It is held against what nobody sets: the last stored punch, before which no new one arrives, and the time since the
machine started. Where the kernel says that NTP holds the clock, that is enough.
"""

from __future__ import annotations

import ctypes
import logging
import time
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Literal

from django.conf import settings
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from attendance.models import ClockEvent
from common.kept_secrets import write_durably

logger = logging.getLogger(__name__)

TOLERANCE = timedelta(minutes=2)
LONG_SILENCE = timedelta(days=60)
"""Nobody has clocked for so long: a closed company, or a clock that was set ahead."""
_ERROR = 5
"""What adjtimex answers while the clock is not synchronised."""


@dataclass(frozen=True, slots=True)
class ClockTrouble:
    """``behind`` and ``jumped`` stop punches, ``silence`` is only told; ``text`` says what to do."""

    code: Literal["behind", "jumped", "silence"]
    text: str

    @property
    def stops(self) -> bool:
        return self.code != "silence"


def server_clock(*, now: datetime | None = None) -> ClockTrouble | None:
    """What is wrong with the clock; None for nothing."""
    moment = now or timezone.now()
    if settings.TRUST_NTP and ntp_holds():
        return None
    last = _last_arrival()
    if last is not None and moment < last - TOLERANCE:
        text = _(
            "The server's clock says %(now)s, and a punch was recorded at %(last)s. Set the clock; if the clock is "
            "right and the punch was wrong, run `manage.py trust_clock`."
        )
        return ClockTrouble("behind", text % {"now": _told(moment), "last": _told(last)})
    moved = timedelta(seconds=time.time() - _WALL - (_running() - _RUNNING))
    if abs(moved) > TOLERANCE:
        text = _(
            "The server's clock was moved by %(minutes)d minutes while Presente ran. Set it right and restart Presente."
        )
        return ClockTrouble("jumped", text % {"minutes": moved // timedelta(minutes=1)})
    if last is not None and moment > last + LONG_SILENCE:
        text = _("The server's clock says %(now)s, and the last punch is of %(last)s. Check the date of the server.")
        return ClockTrouble("silence", text % {"now": _told(moment), "last": _told(last)})
    return None


def clock_trust() -> datetime | None:
    """Believe the clock now and pass over what was stored with a later time; the latest such time, if there is one."""
    now = timezone.now()
    last = _arrivals().filter(received_at__gt=now).first()
    if last is not None:
        # Whole or not at all: on a full disk half of it would be worth nothing.
        write_durably(_trusted(), f"{now.isoformat()} {last.isoformat()}".encode(), replace=True)
    return last


def ntp_holds() -> bool:
    """Whether the kernel says that its clock is synchronised; False where it cannot be asked."""
    try:
        ask = ctypes.CDLL(None).adjtimex
    except (AttributeError, OSError):
        return False
    # struct timex has 208 bytes; without modes nothing is set.
    answer: int = ask(ctypes.create_string_buffer(256))
    return 0 <= answer < _ERROR


def _arrivals() -> QuerySet[ClockEvent, datetime]:
    return ClockEvent.objects.order_by("-received_at").values_list("received_at", flat=True)


def _last_arrival() -> datetime | None:
    rows = _arrivals()
    if (trusted := _read_trusted()) is not None:
        since, until = trusted
        rows = rows.exclude(received_at__gt=since, received_at__lte=until)
    return rows.first()


def _read_trusted() -> tuple[datetime, datetime] | None:
    """When the clock was believed, and up to which stored time; None where nobody did, or the file is damaged."""
    try:
        since, until = map(datetime.fromisoformat, _trusted().read_text().split())
    except FileNotFoundError:
        return None
    except (OSError, ValueError) as error:
        # As if nobody had: punches are refused where the clock is in doubt, and trust_clock writes it anew.
        logger.warning("%s cannot be read and is passed over: %s", _trusted(), error)
        return None
    if since.tzinfo is None or until.tzinfo is None:
        logger.warning("%s names times without a zone and is passed over", _trusted())
        return None
    return since, until


def _trusted() -> Path:
    return Path(settings.DATA_DIR) / "clock-trusted"


def _told(moment: datetime) -> str:
    return f"{timezone.localtime(moment):%Y-%m-%d %H:%M}"


def _running() -> float:
    """Seconds that nobody sets: since the machine started, asleep or not, where the system counts that."""
    return time.clock_gettime(getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC))


_WALL, _RUNNING = time.time(), _running()
