"""A file from its upload to its last line: read and shown, asked about, then stored by a worker in small parts."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Q
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from common import audit
from common.inputs import no_table
from common.jobs import enqueue
from common.leases import LeaseLost
from common.refusals import Refusal
from employees import vault
from employees.access import is_hr
from employees.importing import registry
from employees.importing.plan import Fate, Importer, Row, refusal_text
from employees.importing.registry import Reading
from employees.models import Import, User
from employees.refusals import EmployeeError
from employees.signals import import_ended

log = logging.getLogger(__name__)
State = Import.State
UNCONFIRMED, KEPT = timedelta(days=1), timedelta(days=30)
"""How long a file waits for its confirmation, and how long it is known what became of one."""
MAX_ATTEMPTS = 20
"""Each goes on where the one before it ended."""
AT_ONCE, LONGEST_HOLD = 20, 0.25
"""Lines of one transaction, and the seconds after which it is ended earlier."""
PAUSE = 0.12
"""Seconds between two transactions: who waits for SQLite's lock tries every 0.1 s, and so gets a turn each time."""
TOLD = 200
"""So many refused lines are kept with their reasons."""
Step = tuple[Row, Callable[[], None]]


def import_start(*, kind: str, content: bytes, file_name: str, by: User) -> Import:
    """Keep a file that can be read as a table. Raises ``Refusal``."""
    if kind not in registry.KINDS:
        raise EmployeeError("kind_unknown", _("This kind of file is not known."), field="kind", status=400)
    if fault := no_table(content):
        raise EmployeeError("no_table", fault, field="file", status=400)
    job = Import(kind=kind, file_name=file_name[:120], by=by, language=translation.get_language() or "en")
    _read(job, content)
    job.sealed = vault.wrap(content, context=job.context)
    job.save()
    return job


def import_replace(*, job: Import, content: bytes, file_name: str) -> None:
    """Take a corrected file in the place of one that nobody confirmed. Raises ``Refusal``; the first one is then kept.

    Answers count for the corrected file as well, and so does the order of its dates, but not its encoding.
    """
    if fault := no_table(content):
        raise EmployeeError("no_table", fault, field="file", status=400)
    job.choices = {name: said for name, said in job.choices.items() if name in ("answers", "dates")}
    job.file_name, job.error = file_name[:120], ""
    _read(job, content)
    Import.objects.filter(pk=job.pk, state=State.OPEN).update(
        sealed=vault.wrap(content, context=job.context),
        file_name=job.file_name,
        choices=job.choices,
        error="",
        created_at=timezone.now(),
    )


def import_read(*, job: Import) -> Reading:
    """The file as it is read now, with what would become of each line. Raises ``Refusal``."""
    return _read(job, vault.unwrap(bytes(job.sealed), context=job.context))


def import_say(*, job: Import, choices: dict[str, str], answers: dict[str, str]) -> None:
    """Note how the file is to be read, and answers to what was asked."""
    said = {**job.choices, **choices}
    said["answers"] = {**dict(said.get("answers") or {}), **answers}
    if Import.objects.filter(pk=job.pk, state=State.OPEN).update(choices=said):
        job.choices = said


def import_confirm(*, job: Import, seen: str) -> None:
    """Have a worker store what the preview showed. Raises ``EmployeeError`` where it is not ready, or changed since."""
    reading = import_read(job=job)
    if not reading.ready:
        raise EmployeeError("not_ready", _("Answer what is asked, and correct what is refused, first."))
    if reading.plan.seen != seen:
        raise EmployeeError("changed", _("Something changed since the preview. Look at it again, then confirm."))
    with transaction.atomic():
        # Kept with the file, so that a worker reads it as it was shown.
        said = {
            "choices": {**job.choices, "dates": reading.order.said},
            "language": translation.get_language() or "en",
            "counts": reading.plan.counts,
        }
        if Import.objects.filter(pk=job.pk, state=State.OPEN).update(state=State.WAITING, seen=seen, **said):
            details = {"kind": job.kind, **reading.plan.counts}
            audit.record("import", object=job.file_name or f"import {job.pk}", details=details)
            enqueue("employees.import_run", job.pk)


def import_discard(*, job: Import) -> None:
    """Forget a file that nobody confirmed."""
    Import.objects.filter(pk=job.pk, state=State.OPEN).delete()


def import_run(*, job_id: UUID | str) -> Import:
    """Store the file. Safe to run twice and in two workers at once; one that was stopped goes on where it was."""
    job = Import.claim(job_id, Q(state__in=[State.WAITING, State.RUNNING]), state=State.RUNNING)
    if job is None:
        return Import.objects.get(pk=job_id)
    try:
        with translation.override(job.language), audit.acting(f"user {job.by.get_username()}"):
            _run(job)
    except LeaseLost:
        log.warning("import %s was taken over by another worker", job.pk)
    return Import.objects.get(pk=job_id)


def import_sweep() -> int:
    """Queue what waits without a worker and forget what is old; returns how many were queued."""
    now = timezone.now()
    Import.objects.filter(state=State.OPEN, created_at__lt=now - UNCONFIRMED).delete()
    Import.objects.filter(created_at__lt=now - KEPT).delete()
    stale = Q(state=State.WAITING, created_at__lt=now - timedelta(seconds=10))
    stale |= Q(Import.stale(now), state=State.RUNNING)
    waiting = list(Import.objects.filter(stale).order_by("created_at").values_list("pk", flat=True)[:50])
    for key in waiting:
        enqueue("employees.import_run", key)
    return len(waiting)


def _read(job: Import, content: bytes) -> Reading:
    return registry.read(
        job.kind,
        content,
        file_name=job.file_name,
        choices=job.choices,
        user=job.by,
        spanish=job.language.startswith("es"),
    )


def _run(job: Import) -> None:
    if job.attempts > MAX_ATTEMPTS:
        return _finish(job, State.FAILED, _("It was interrupted too often. Import the rest of the file again."))
    if not is_hr(job.by):
        return _finish(job, State.FAILED, _("Your role no longer imports files."))
    importer = registry.KINDS[job.kind]
    reading = import_read(job=job)
    if not job.total and (not reading.ready or reading.plan.seen != job.seen):
        # Nothing is stored of a file that would become something else than was confirmed.
        job.release(state=State.OPEN, seen="", error=_("Something changed since the preview: nothing was saved."))
        return None
    rows = reading.plan.rows
    first: list[Step] = [(row, _storing(importer, row, job.by)) for row in rows]
    # Positions are those of the file's lines, whatever is stored already: a second run counts the same steps.
    afterwards = {id(row): step for row, step in importer.after(rows)}
    later: list[Step] = [(row, afterwards.get(id(row), _nothing)) for row in rows]
    steps = first + (later if _has_later(importer, reading) else [])
    with transaction.atomic():
        importer.before(reading.plan)
        # From here on the file is stored to its end: what it makes itself is no change since the preview.
        job.renew(total=len(steps), error="")
    _store_all(job, importer, steps, len(first))
    return _finish(job, State.DONE, "", choices={**job.choices, "people": importer.people(rows)})


def _has_later(importer: Importer, reading: Reading) -> bool:
    return any(column in reading.table.present for column in importer.later)


def _storing(importer: Importer, row: Row, user: User) -> Callable[[], None]:
    def store() -> None:
        if row.fate in (Fate.NEW, Fate.CHANGED):
            importer.store(row, user=user)
        elif row.fate in (Fate.REFUSED, Fate.ASKED):
            raise EmployeeError("changed", " ".join(row.problems) or _("This line has changed since the preview."))

    return store


def _nothing() -> None:
    """A line about which nothing is left to do."""


def _store_all(job: Import, importer: Importer, steps: Sequence[Step], slow_until: int) -> None:
    """Store the steps that are left, a few in each transaction, which notes with them how far it came."""
    problems = list(job.problems)
    while job.done < len(steps):
        part = steps[job.done : job.done + AT_ONCE]
        for number, (row, _do) in enumerate(part, start=job.done):
            if number < slow_until and row.fate in (Fate.NEW, Fate.CHANGED):
                importer.slow(row)
        began, count = time.monotonic(), 0
        with transaction.atomic():
            for row, do in part:
                if said := _tried(row, do):
                    problems.append(said)
                count += 1
                if time.monotonic() - began > LONGEST_HOLD:
                    break
            job.renew(done=job.done + count, problems=problems[:TOLD])
        time.sleep(PAUSE)


def _tried(row: Row, do: Callable[[], None]) -> str:
    """Do one step; what it refuses as a sentence, and nothing of it is stored."""
    try:
        with transaction.atomic():
            do()
    except (Refusal, ValidationError) as error:
        return _("Line %(line)d: %(why)s") % {"line": row.line, "why": refusal_text(error)}
    return ""


def _finish(job: Import, state: str, error: str, **more: Any) -> None:
    changes: dict[str, Any] = {
        **more,
        "state": state,
        "error": error[:300],
        "finished_at": timezone.now(),
        "sealed": b"",
    }
    with transaction.atomic():
        if not job.release(**changes):
            raise LeaseLost
        import_ended.send(Import, job=Import.objects.get(pk=job.pk))
    log.info("import %s of %s is %s", job.pk, job.kind, state)
