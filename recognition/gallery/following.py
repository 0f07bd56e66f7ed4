"""Follow the changes: who is asked for a face has the gallery of this moment, and waits for nobody who changes it.

A process that answers at a door follows in a thread of its own (``follow``): five times a second it asks for the
revision, reads who changed, makes the next view beside the one that is in use, and puts it in its place in one
assignment. A look takes whatever view is there. Elsewhere, and where that thread is late, the caller asks for the
revision and reads what changed; a second caller meanwhile takes the view that is there.

A view may so be some tenths of a second behind. Nobody is named by it who may not be: ``GalleryView.person`` asks the
database once more.
"""

from __future__ import annotations

import logging
import math
import threading
from dataclasses import dataclass
from datetime import date
from time import monotonic

from django.db import connection
from django.utils import timezone

from employees import gallery_revision
from employees.models import EmploymentPeriod
from recognition.engine.index import Index
from recognition.engine.protocol import Engine
from recognition.engine_holder import follow as follow_version
from recognition.engine_holder import forget_erased, of
from recognition.gallery import reading, snapshot
from recognition.gallery.view import GalleryView, viewed

log = logging.getLogger(__name__)

EVERY = 0.2
"""Seconds between two questions for the revision."""
LATE = 1.0
"""After so many seconds without an answer who looks asks for themselves."""


@dataclass(frozen=True, slots=True)
class _Held:
    """What is in use: ``mark`` is its revision's, ``day`` the one on which it was read (who leaves does so by date)."""

    view: GalleryView
    mark: int
    day: date


class Follower(threading.Thread):
    """Brings the view up to date until it is stopped; ``seen`` is when it last was (``time.monotonic``)."""

    def __init__(self) -> None:
        super().__init__(name="gallery", daemon=True)
        self.seen = -math.inf
        self._failed = ""
        self._end = threading.Event()
        self._round, self._rounds = threading.Condition(), 0

    def run(self) -> None:
        while not self._end.wait(EVERY):
            self.follow_once()
            with self._round:
                self._rounds += 1
                self._round.notify_all()
        connection.close()

    def follow_once(self) -> None:
        """Read what changed; what stands in the way is logged, and told to whoever looks next."""
        began = monotonic()
        try:
            with _lock:
                _catch_up()
            self.seen, self._failed = began, ""
        except Exception as error:
            # Once, and not five times a second.
            if str(error) != self._failed:
                log.warning("The gallery is not followed at the moment: %s", error)
            self._failed = str(error)
            connection.close()

    def rounds_pass(self, rounds: int, seconds: float) -> bool:
        """Wait until it has looked so many times more; False where it did not in time."""
        with self._round:
            until = self._rounds + rounds
            return self._round.wait_for(lambda: self._rounds >= until, seconds)

    def stop(self) -> None:
        """End it, and wait until it has."""
        self._end.set()
        self.join()


_lock = threading.Lock()
"""Held by who makes the next view; who looks never waits for it, but for the first view of a process."""
_held: _Held | None = None
_follower: Follower | None = None


def current() -> GalleryView:
    """The gallery of this moment; without a statement where a thread follows, in one when nothing has changed.

    A switch of the model version is a change as well: another engine is loaded. Raises ``ModelUnavailable``.
    """
    held, follower = _held, _follower
    if held is not None and follower is not None and monotonic() - follower.seen < LATE:
        return held.view
    if held is not None and _is_current(held):
        return held.view
    # The first view is waited for; after it whoever comes second takes the one that is there.
    if not _lock.acquire(blocking=held is None):
        assert held is not None
        return held.view
    try:
        return _catch_up().view
    finally:
        _lock.release()


def follow() -> None:
    """Have a thread of this process follow from now on; once is enough."""
    global _follower
    if _follower is None:
        _follower = Follower()
        _follower.start()


def following_stop() -> None:
    """End that thread, and wait until it has."""
    global _follower
    follower, _follower = _follower, None
    if follower is not None:
        follower.stop()


def snapshot_write() -> bool:
    """Write what this process has in memory to the file that others start from; False where that stands already.

    Raises ``ModelUnavailable``.
    """
    key = snapshot.key_make()
    with _lock:
        held = _catch_up()
    view = held.view
    if snapshot.revision_of(view.engine.version) == view.revision:
        return False
    snapshot.write(snapshot.Stored(view.engine.version, view.revision, held.mark, held.day, view.gallery), key)
    return True


def under(version: str) -> GalleryView:
    """The gallery of any version, from the templates there are under it; read anew on each call.

    Raises ``ModelUnavailable``.
    """
    loaded, revision = of(version), gallery_revision.current()
    return viewed(revision, loaded, _empty(loaded).filled(reading.everybody(version)))


def reset() -> None:
    """Forget what is in memory; the next call loads everything again."""
    global _held
    with _lock:
        _held = None


def _is_current(held: _Held) -> bool:
    return held.view.revision == gallery_revision.current() and held.day == timezone.localdate()


def _catch_up() -> _Held:
    """Bring what is in use up to date. While ``_lock`` is held."""
    global _held
    held = _held
    if held is None or not _is_current(held):
        forget_erased()
        _held = held = _anew(None) if held is None else _next(held)
    return held


def _next(held: _Held) -> _Held:
    """The view after the changes that were committed since."""
    day = timezone.localdate()
    # Read first: what changes after it comes with the next revision, and is read again then.
    revision = gallery_revision.current()
    before = held.view
    stored = snapshot.Stored(before.engine.version, before.revision, held.mark, held.day, before.gallery)
    now = _brought_on(stored, revision, day)
    if now is None:
        return _anew(held)
    after, changed = now
    view = viewed(after.revision, before.engine, after.index, before=before, changed=changed)
    return _Held(view, after.mark, day)


def _brought_on(stored: snapshot.Stored, revision: int, day: date) -> tuple[snapshot.Stored, int] | None:
    """The templates after what was committed since, up to ``revision`` at least, and how many people changed.

    None where that cannot be told.
    """
    changes = gallery_revision.changes(stored.revision, stored.mark)
    if changes is None or changes.revision < revision:
        return None
    people = changes.people if day == stored.day else changes.people | _left(stored.day, day)
    index = stored.index
    if people:
        index = index.changed(people, reading.some(stored.version, people, index))
    return snapshot.Stored(stored.version, changes.revision, changes.mark, day, index), len(people)


def _anew(held: _Held | None) -> _Held:
    """The view from the snapshot and what changed since, where a process begins; else from every row there is.

    Vectors that are in memory are not decrypted again."""
    revision, day = gallery_revision.current(), timezone.localdate()
    mark = gallery_revision.mark_of(revision)
    loaded = follow_version()
    if held is None and (stored := snapshot.read(loaded.version, _empty(loaded))) is not None:
        now = _brought_on(stored, revision, day)
        if now is not None:
            after, _changed = now
            return _Held(viewed(after.revision, loaded, after.index), after.mark, day)
    known = held.view.gallery if held is not None and held.view.engine.version == loaded.version else None
    return _Held(viewed(revision, loaded, _empty(loaded).filled(reading.everybody(loaded.version, known))), mark, day)


def _left(since: date, today: date) -> frozenset[int]:
    """Whose last day lay between: nothing else says that they are gone."""
    over = EmploymentPeriod.objects.filter(left_on__gte=since, left_on__lt=today)
    return frozenset(over.values_list("employee_id", flat=True))


def _empty(loaded: Engine) -> Index:
    calibration = loaded.calibration
    return Index.empty(centre=calibration.centre, centre_people=calibration.centre_people)
