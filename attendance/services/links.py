"""Asking whoever forgot to clock out, by e-mail: one message for a day, with a link that files its correction.

The link is signed for this purpose alone, names one stored message and with it one person and day, and works once
within a week. It is void as soon as the day is whole, asked about or locked. A manager decides as about any request.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from smtplib import SMTPException
from uuid import UUID
from zoneinfo import ZoneInfo

from django.core import signing
from django.db import transaction
from django.db.models import Q
from django.urls import reverse
from django.utils import formats, timezone, translation
from django.utils.translation import gettext as _

from attendance.models import CorrectionLink, CorrectionRequest, Period, RequestState, WorkPolicy
from attendance.refusals import AttendanceRefused
from attendance.rules.calculate import calculate
from attendance.rules.shapes import DayResult, WorkInterval
from attendance.selectors.exceptions import Exceptional, exceptional_days
from attendance.selectors.plans import PlanBook, punches_for
from attendance.services.corrections import request_file_by_link
from common.unsent_mail import mail_server_set
from employees.mail import language_of, link, mail_send
from employees.models import Employee

log = logging.getLogger(__name__)
SALT = "attendance.correction-link"
VALID = timedelta(days=7)
BACK_DAYS = 3
PAUSE = timedelta(hours=1)
MOST_TRIES = 4
KEPT = timedelta(days=90)
Mail = WorkPolicy.MissingOutMail


@dataclass(frozen=True, slots=True)
class OpenDay:
    """What the link shows: the person's own punches of the day, and its zone. Nothing else."""

    link: CorrectionLink
    result: DayResult

    @property
    def zone(self) -> ZoneInfo:
        return self.result.plan.zone

    @property
    def broken(self) -> WorkInterval:
        """The check-in that lacks its check-out."""
        return next(one for one in self.result.intervals if one.missing == "out")

    @property
    def came(self) -> datetime:
        """On the wall clock."""
        assert self.broken.came is not None
        return self.broken.came.at.astimezone(self.zone)

    @property
    def punches(self) -> list[tuple[str, datetime]]:
        """Direction and wall-clock time, in order."""
        found = [
            (name, punch) for one in self.result.intervals for name, punch in (("in", one.came), ("out", one.left))
        ]
        return [(name, punch.at.astimezone(self.zone)) for name, punch in found if punch is not None]


def links_sweep(*, now: datetime | None = None) -> int:
    """Write to whoever forgot to clock out and has an address, where the policy asks for it; how many were sent.

    Each day of each person is told once, whoever looks how often; nobody while no mail server is set.
    """
    moment = now or timezone.now()
    CorrectionLink.objects.filter(created_at__lt=moment - KEPT, request=None).delete()
    if not mail_server_set():
        return 0
    for one, login in _forgotten(moment):
        CorrectionLink.objects.get_or_create(
            employee=one.employee,
            day=one.figures.day,
            defaults={"created_at": moment, "next_try_at": moment, "expires_at": moment + VALID, "login": login},
        )
    waiting = CorrectionLink.objects.filter(
        sent_at=None, tries__lt=MOST_TRIES, next_try_at__lte=moment, expires_at__gt=moment, used_at=None
    )
    return sum(_send(key, moment) for key in list(waiting.values_list("pk", flat=True)[:500]))


def link_token(row: CorrectionLink) -> str:
    """The secret part of the link."""
    return signing.dumps(str(row.pk), salt=SALT)


def link_open(*, token: str) -> OpenDay:
    """The day that the link is about. Raises ``AttendanceRefused`` for one that is made up, used, expired or void."""
    return _open(_row(token))


def link_file(*, token: str, at: datetime, reason: str) -> CorrectionRequest:
    """File the check-out that is missing; the link is used up. Raises ``AttendanceRefused``."""
    with transaction.atomic():
        row = _row(token)
        # The person first: two windows of one browser file once.
        Employee.objects.select_for_update(no_key=True).only("pk").get(pk=row.employee_id)
        row = CorrectionLink.objects.select_for_update(of=("self",)).select_related("employee").get(pk=row.pk)
        opened = _open(row)
        asked = request_file_by_link(link=row, at=at, zone=opened.zone.key, reason=reason)
        row.used_at = timezone.now()
        row.save(update_fields=["used_at"])
        return asked


def _row(token: str) -> CorrectionLink:
    try:
        key = UUID(signing.loads(token, salt=SALT, max_age=VALID))
        return CorrectionLink.objects.select_related("employee").get(pk=key, login=False)
    except (signing.BadSignature, ValueError, TypeError, CorrectionLink.DoesNotExist) as error:
        raise AttendanceRefused("link_unknown", _("This link does not work, or no longer. Log in instead.")) from error


def _open(row: CorrectionLink) -> OpenDay:
    day = row.day
    if row.used_at is not None:
        raise AttendanceRefused("link_used", _("This link was used already. Log in to see your request."))
    if row.expires_at <= timezone.now():
        raise AttendanceRefused("link_expired", _("This link has expired. Log in instead."))
    if Period.objects.filter(state=Period.State.LOCKED, first__lte=day, last__gte=day).exists():
        raise AttendanceRefused("period_locked", _("This day is in a closed period. HR can add an adjustment."))
    people = [row.employee]
    (result,) = calculate(
        PlanBook(people, day, day).of(row.employee),
        punches_for(people, day, day).get(row.employee_id, ()),
        first=day,
        last=day,
    )
    opened = OpenDay(row, result)
    if not any(one.missing == "out" for one in result.intervals) or _asked(opened):
        raise AttendanceRefused("link_void", _("Nothing is missing on this day any more, or it is asked for already."))
    return opened


def _asked(opened: OpenDay) -> bool:
    """Whether the person asked for this check-out by their own page already."""
    came = opened.came
    waiting = CorrectionRequest.objects.filter(employee=opened.link.employee, state=RequestState.REQUESTED)
    return waiting.filter(direction="out", at__gt=came, at__lte=came + timedelta(days=1)).exists()


def _forgotten(now: datetime) -> Iterable[tuple[Exceptional, bool]]:
    """The days without a check-out of whoever the policy has written to; and whether the link asks for the login."""
    if not WorkPolicy.objects.exclude(missing_out_mail=Mail.NONE).exists():
        return
    first, last = now.date() - timedelta(days=BACK_DAYS), now.date()
    people = Employee.objects.active().exclude(email="")
    days = [
        one for one in exceptional_days(employees=people, first=first, last=last, now=now) if one.figures.missing_out
    ]
    told = set(CorrectionLink.objects.filter(day__gte=first).values_list("employee_id", "day"))
    locked = [(one.first, one.last) for one in Period.objects.filter(state=Period.State.LOCKED, last__gte=first)]
    book = PlanBook([one.employee for one in days], first, last)
    for one in days:
        day = one.figures.day
        policy = book.policy_row(one.employee, day)
        wish = policy.missing_out_mail if policy else ""
        closed = any(begin <= day <= end for begin, end in locked)
        if wish and (one.employee.pk, day) not in told and not closed:
            yield one, wish == Mail.LOGIN


def _send(key: UUID, now: datetime) -> bool:
    """Claim the message for an hour and send it; a server that does not answer is asked again, four times in all."""
    free = CorrectionLink.objects.filter(Q(next_try_at__lte=now), pk=key, sent_at=None, tries__lt=MOST_TRIES)
    row = CorrectionLink.objects.select_related("employee").get(pk=key)
    if not free.update(next_try_at=now + PAUSE, tries=row.tries + 1):
        return False
    try:
        opened = _open(row)
        with translation.override(language_of(row.employee)):
            _write(opened)
    except (OSError, SMTPException, AttendanceRefused) as error:
        log.warning("message %s about a missing check-out was not sent: %s", key, error)
        CorrectionLink.objects.filter(pk=key).update(error=str(error)[:300])
        return False
    CorrectionLink.objects.filter(pk=key).update(sent_at=now, error="")
    return True


def _write(opened: OpenDay) -> None:
    row, day = opened.link, opened.link.day
    said = formats.date_format(day, "DATE_FORMAT")
    if row.login:
        how = _("Say when you left; the page asks for your login:")
        address = reverse("correction_new", args=[row.employee.number]) + f"?day={day:%Y-%m-%d}"
    else:
        how = _("Say when you left. The link works once, for this day alone, within a week:")
        address = reverse("correction_link", args=[link_token(row)])
    mail_send(
        to=row.employee.email,
        subject=_("Presente: when did you leave on %(day)s?") % {"day": said},
        lines=[
            _("You came at %(time)s on %(day)s, and no check-out is known.")
            % {"time": f"{opened.came:%H:%M}", "day": said},
            "",
            how,
            link(address),
        ],
        key=str(row.pk),
    )
