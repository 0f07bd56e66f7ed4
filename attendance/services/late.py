"""Later changes of locked periods: counted by a worker, shown to HR, and said before somebody makes them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from itertools import islice

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from attendance.models import ClockEvent, DirtySpan, LateChange, Period
from attendance.refusals import AttendanceRefused, NotAllowed
from attendance.selectors.late import Difference, Recount
from attendance.selectors.moved import Moved, Reach, Snapshot, moved_between, reach_of
from employees.access import is_hr
from employees.models import Employee, User

PEOPLE = 50
MOST = 200
"""So many people's periods are counted before a change is made; of more, HR is told how many there are."""
WEEK = timedelta(days=6)


@dataclass(frozen=True, slots=True)
class Preview:
    """What a change would have done to locked periods, and what it does to open days.

    ``more`` people's locked periods were not counted.
    """

    found: Sequence[tuple[Period, Difference]]
    more: int = 0
    moved: Moved = field(default_factory=Moved)


def late_mark(spans: Iterable[tuple[int, date, date]]) -> None:
    """Have those people's locked periods counted again that these days touch."""
    due = timezone.now()
    rows = [LateChange(employee_id=key, period=period, due_at=due) for period, key in _touched(spans)]
    LateChange.objects.bulk_create(
        rows, batch_size=1000, update_conflicts=True, unique_fields=["period", "employee"], update_fields=["due_at"]
    )


def late_refresh() -> int:
    """Count what is due, some people at a time; the number counted. Safe to run twice, and by two workers."""
    total = 0
    while True:
        first = LateChange.objects.exclude(due_at=None).order_by("period", "employee").first()
        if first is None:
            return total
        due = LateChange.objects.filter(period=first.period_id).exclude(due_at=None).order_by("employee")[:PEOPLE]
        marks = {one.employee_id: one for one in due}
        # Counted outside a transaction; a mark that was made meanwhile stays.
        found = {one.employee.pk: one for one in Recount(marks, Period.objects.get(pk=first.period_id)).differences()}
        for key, mark in marks.items():
            _store(mark, found.get(key))
        total += len(marks)


def late_leave(*, employee: Employee, period: Period, by: User, reason: str) -> None:
    """HR leaves a locked period as it is, and says why; another difference is shown again.

    Raises ``AttendanceRefused``.
    """
    if not is_hr(by):
        raise NotAllowed("not_allowed", _("Only HR can do this."))
    if not reason.strip():
        raise AttendanceRefused("reason_missing", _("Say why it stays as it is."))
    with transaction.atomic():
        row = LateChange.objects.select_for_update().filter(employee=employee, period=period).first()
        if row is None:
            raise AttendanceRefused("nothing", _("Nothing is different from what was closed."))
        row.left_days, row.left_by, row.left_at, row.left_reason = row.days, by, timezone.now(), reason.strip()[:300]
        row.save(update_fields=["left_days", "left_by", "left_at", "left_reason"])


def change_preview(change: Callable[[], object]) -> Preview:
    """What ``change`` would do to locked periods and open days. It is made, looked at, and taken back.

    What it touches is known from the marks that it makes. The counting itself happens after the transaction.
    """
    if not (ClockEvent.objects.exists() or Period.objects.filter(state=Period.State.LOCKED).exists()):
        return Preview(())
    with transaction.atomic():
        newest = DirtySpan.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
        change()
        marks = list(DirtySpan.objects.filter(pk__gt=newest).values_list("employee_id", "first", "last"))
        touched = _touched(marks)
        by_period: dict[Period, list[int]] = defaultdict(list)
        for period, key in islice(touched, MOST):
            by_period[period].append(key)
        counts = [Recount(keys, period) for period, keys in by_period.items()]
        reach = reach_of(marks)
        after = Snapshot(reach) if reach is not None and reach.small else None
        transaction.set_rollback(True)
    return Preview(
        [(one.period, found) for one in counts for found in one.differences()],
        more=max(0, len(touched) - MOST),
        moved=_moved(reach, after),
    )


def _moved(reach: Reach | None, after: Snapshot | None) -> Moved:
    if reach is None:
        return Moved()
    if after is None:
        return Moved(len(reach.people), reach.days, counted=False)
    return moved_between(Snapshot(reach), after)


def _touched(spans: Iterable[tuple[int, date, date]]) -> list[tuple[Period, int]]:
    """The locked periods with the people whose marked days lie in them, or in the week before."""
    spans = list(spans)
    since = min((first for _key, first, _last in spans), default=date.max)
    locked = Period.objects.filter(state=Period.State.LOCKED, last__gte=since).order_by("-first") if spans else []
    found: dict[tuple[Period, int], None] = {}
    for period in locked:
        for key, first, last in spans:
            if first <= period.last and last >= period.first - WEEK:
                found[period, key] = None
    return list(found)


def _store(mark: LateChange, found: Difference | None) -> None:
    seen = LateChange.objects.filter(pk=mark.pk, due_at=mark.due_at)
    if found is None:
        seen.delete()
        return
    seen.update(
        days={
            day.isoformat(): {str(tier): seconds for tier, seconds in one.items()} for day, one in found.days.items()
        },
        figures={name: list(pair) for name, pair in found.figures.items()},
        counted_at=timezone.now(),
        due_at=None,
    )
