"""Files by e-mail at their hour: set up, made with the rights of whoever gets them, sent, tried again, switched off.

By default the message holds a link and not the file. A mailbox keeps what it got for years, on servers of others, and
forwards it; behind the link the login asks each time who it is, and the file is gone after a week.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable
from datetime import datetime, timedelta
from smtplib import SMTPException
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.core.exceptions import ValidationError
from django.core.files.storage import storages
from django.db import connection, transaction
from django.db.models import Q, QuerySet
from django.urls import reverse
from django.utils import formats, timezone, translation
from django.utils.translation import gettext as _

from common.refusals import Refusal
from common.unsent_mail import mail_server_set
from employees.access import POWERS, acting_users, is_hr, is_manager, reads_reports, visible_employees
from employees.mail import language_of, link, mail_send
from employees.models import User
from reporting.due import Every, covered, next_due
from reporting.files.build import Spec, people_for
from reporting.models import ExportJob, ReportDelivery, ReportSchedule
from reporting.services.exports import export_request

log = logging.getLogger(__name__)
State = ReportDelivery.State
PAUSES = (60, 600, 3600, 4 * 3600)
"""Seconds before each new try."""
LOOK_AGAIN = timedelta(seconds=10)
LEASE = timedelta(minutes=5)
GIVEN_UP = timedelta(hours=24)
KEPT = timedelta(days=90)
LARGEST = 10 * 1024 * 1024
"""Bytes; a larger file comes as a link whatever was chosen."""


class ReportRefused(Refusal):
    """A schedule of reports that cannot be."""


def recipients_for(user: User) -> QuerySet[User]:
    """Whom this user may send reports to: HR any manager or HR; a manager themselves, HR, and who manages with them."""
    readers = [role for role, each in POWERS.items() if each.reads_reports]
    able = acting_users().filter(role__in=readers).exclude(email="")
    if is_hr(user):
        return able.order_by("username")
    own = getattr(user, "employee", None)
    beside = able.filter(employee__managed_departments__managers=own) if own else able.none()
    keys = {user.pk, *beside.values_list("pk", flat=True)}
    return able.filter(Q(pk__in=keys) | Q(role=User.Role.HR)).order_by("username")


def report_create(*, by: User, recipients: Iterable[User], **fields: Any) -> ReportSchedule:
    """A manager or HR has a file sent; ``fields`` are those of the schedule. Raises ``ReportRefused``."""
    if not is_manager(by):
        raise ReportRefused("not_allowed", _("Only managers and HR can do this."))
    chosen = {user.pk for user in recipients}
    if not chosen or chosen - set(recipients_for(by).values_list("pk", flat=True)):
        raise ReportRefused("recipients", _("Choose who gets it, among those who may see reports."))
    schedule = ReportSchedule(owner=by, **fields)
    schedule.next_due = _next(schedule, timezone.now())
    department = schedule.department
    if department is not None and not visible_employees(by).filter(department=department).exists():
        raise ReportRefused("department", _("You see nobody of this department."))
    try:
        schedule.full_clean()
    except ValidationError as error:
        raise ReportRefused("invalid", " ".join(error.messages)) from error
    with transaction.atomic():
        schedule.save()
        schedule.recipients.set(chosen)
    return schedule


def reports_of(user: User) -> QuerySet[ReportSchedule]:
    """What the user set up or gets; HR sees all."""
    found = ReportSchedule.objects.select_related("owner", "department", "layout")
    return found if is_hr(user) else found.filter(Q(owner=user) | Q(recipients=user)).distinct()


def report_switch(*, schedule: ReportSchedule, by: User, active: bool) -> ReportSchedule:
    """Whoever set it up, or HR, switches it off or on again. What was missed meanwhile is not made up for."""
    if schedule.owner_id != by.pk and not is_hr(by):
        raise ReportRefused("not_allowed", _("Only whoever created the schedule, or HR, can do this."))
    schedule.active = active
    schedule.next_due = _next(schedule, timezone.now())
    schedule.save(update_fields=["active", "next_due"])
    return schedule


def report_leave(*, schedule: ReportSchedule, by: User) -> None:
    """Whoever gets it wants it no more; without anybody left it is switched off."""
    schedule.recipients.remove(by)
    if not schedule.recipients.exists():
        ReportSchedule.objects.filter(pk=schedule.pk).update(active=False)


def reports_sweep(*, now: datetime | None = None) -> int:
    """Begin what is due, and send what is made; the number of messages sent. Safe to run twice and in two workers.

    Of several due times that were missed while no worker ran only the last is made.
    """
    moment = now or timezone.now()
    ReportDelivery.objects.exclude(state=State.WAITING).filter(created_at__lt=moment - KEPT).delete()
    while _begin_one(moment):
        pass
    waiting = ReportDelivery.objects.filter(state=State.WAITING, next_try_at__lte=moment).order_by("next_try_at")
    keys = list(waiting.values_list("pk", flat=True)[:200])
    return sum(report_deliver(delivery_id=key, now=moment).state == State.SENT for key in keys)


def report_deliver(*, delivery_id: UUID | str, now: datetime | None = None) -> ReportDelivery:
    """Send one message whose file is ready. Two workers at once send one: the first claims it for five minutes."""
    moment = now or timezone.now()
    claimed = ReportDelivery.objects.filter(pk=delivery_id, state=State.WAITING, next_try_at__lte=moment).update(
        next_try_at=moment + LEASE
    )
    delivery = ReportDelivery.objects.select_related(
        "schedule__department", "schedule__owner", "user__employee", "job"
    ).get(pk=delivery_id)
    if not claimed:
        return delivery
    with translation.override(language_of(delivery.user)):
        if (why := _refusal(delivery)) is not None:
            return _close(delivery, State.REFUSED, why)
        job = delivery.job
        if job is None or job.state == ExportJob.State.FAILED:
            return _close(delivery, State.FAILED, job.error if job else _("The file was deleted before it was sent."))
        if job.state != ExportJob.State.DONE:
            if moment - delivery.created_at > GIVEN_UP:
                return _close(delivery, State.FAILED, _("The file could not be prepared within a day."))
            return _wait(delivery, moment + LOOK_AGAIN)
        return _send(delivery, job, moment)


def _begin_one(now: datetime) -> bool:
    """Ask for the files of one schedule that is due; False where none is."""
    with transaction.atomic():
        free = ReportSchedule.objects.select_for_update(skip_locked=connection.features.has_select_for_update)
        schedule = free.filter(active=True, next_due__lte=now).order_by("next_due").first()
        if schedule is None:
            return False
        due = schedule.next_due
        while (later := _next(schedule, due)) <= now:
            due = later
        for user in schedule.recipients.all():
            delivery, created = ReportDelivery.objects.get_or_create(
                schedule=schedule, user=user, due_at=due, defaults={"created_at": now, "next_try_at": now}
            )
            if created and _refusal(delivery) is None:
                with translation.override(language_of(user)):
                    delivery.job = export_request(spec=spec_of(schedule, due), by=user)
                delivery.save(update_fields=["job"])
        schedule.next_due = later
        schedule.save(update_fields=["next_due"])
    return True


def spec_of(schedule: ReportSchedule, due: datetime) -> Spec:
    """What is in the file that is due then."""
    first, last = covered(due, every=Every(schedule.every), zone=ZoneInfo(schedule.time_zone))
    return Spec(
        report=schedule.report,
        form=schedule.form,
        first=first,
        last=last,
        layout=schedule.layout_id,
        department=schedule.department_id,
    )


def _next(schedule: ReportSchedule, after: datetime) -> datetime:
    return next_due(
        after,
        every=Every(schedule.every),
        hour=schedule.hour,
        zone=ZoneInfo(schedule.time_zone),
        weekday=schedule.weekday,
        monthday=schedule.monthday,
    )


def _refusal(delivery: ReportDelivery) -> str | None:
    """Why this person gets no file now, by the rights they have now; None where they do."""
    schedule, user = delivery.schedule, delivery.user
    if not schedule.active or not schedule.recipients.filter(pk=user.pk).exists():
        return _("It was switched off.")
    if not is_manager(schedule.owner):
        return _("Whoever created the schedule may no longer see reports. Create another schedule.")
    if not reads_reports(user):
        return _("This person may no longer see reports.")
    if not people_for(spec_of(schedule, delivery.due_at), user).exists():
        return _("This person may see nobody of whom the file tells.")
    if not user.email:
        return _("This person has no e-mail address.")
    if not mail_server_set():
        return _("No mail server is set.")
    return None


def _send(delivery: ReportDelivery, job: ExportJob, now: datetime) -> ReportDelivery:
    delivery.tries += 1
    try:
        _write(delivery, job)
    except (OSError, SMTPException) as error:
        if delivery.tries > len(PAUSES):
            return _close(delivery, State.FAILED, str(error) or type(error).__name__)
        log.warning("report %s could not be sent: %s", delivery.pk, error)
        pause = timedelta(seconds=PAUSES[delivery.tries - 1])
        return _wait(delivery, now + pause, str(error) or type(error).__name__)
    delivery.sent_at = now
    return _close(delivery, State.SENT, "")


def _write(delivery: ReportDelivery, job: ExportJob) -> None:
    schedule, spec = delivery.schedule, Spec.from_json(job.spec)
    first, last = (formats.date_format(day, "SHORT_DATE_FORMAT") for day in (spec.first, spec.last))
    attached = _attachment(job, spec) if schedule.attach else None
    where = (
        _("The file is in this message.")
        if attached
        else _("Download it here after logging in; it is kept for a week:")
        + "\n"
        + link(reverse("attendance_file_fetch", args=[job.pk]))
    )
    mail_send(
        to=delivery.user.email,
        subject=_("Presente: %(name)s, %(first)s – %(last)s") % {"name": schedule.name, "first": first, "last": last},
        lines=[
            _("%(name)s, from %(first)s to %(last)s, is ready.")
            % {"name": schedule.name, "first": first, "last": last},
            "",
            where,
            "",
            _("You receive this because %(owner)s created the schedule. To unsubscribe:") % {"owner": schedule.owner},
            link(reverse("attendance_reports")),
        ],
        key=str(delivery.pk),
        attachment=attached,
    )


def _attachment(job: ExportJob, spec: Spec) -> tuple[str, bytes, str] | None:
    storage = storages["exports"]
    if storage.size(job.path) > LARGEST:
        return None
    with storage.open(job.path) as file:
        return job.file_name, file.read(), spec.content_type.partition(";")[0]


def _wait(delivery: ReportDelivery, until: datetime, error: str = "") -> ReportDelivery:
    delivery.next_try_at, delivery.error = until, error[:300]
    delivery.save(update_fields=["next_try_at", "tries", "error"])
    return delivery


def _close(delivery: ReportDelivery, state: str, error: str) -> ReportDelivery:
    delivery.state, delivery.error = state, error[:300]
    delivery.save(update_fields=["state", "error", "tries", "sent_at"])
    return delivery
