"""Files that come by e-mail at their hour, and the log of what was sent to whom."""

from __future__ import annotations

import uuid

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from employees.models import Department, User, check_time_zone
from reporting.models.exports import ExportJob
from reporting.models.payroll import PayrollLayout


class ReportSchedule(models.Model):
    """Which file, how often, to whom. Whom it shows is asked anew each time, with the rights of whoever gets it."""

    class Report(models.TextChoices):
        PERIOD = "period", _("Summary by person")
        DAYS = "days", _("Daily detail")
        PAYROLL = "payroll", _("Payroll layout")

    class Form(models.TextChoices):
        XLSX = "xlsx", "XLSX"
        CSV = "csv", "CSV"

    class Every(models.TextChoices):
        DAY = "day", _("Every day, about the day before")
        WEEK = "week", _("Every week, about the seven days before")
        MONTH = "month", _("Every month, about the month before")

    name = models.CharField(_("name"), max_length=80)
    owner = models.ForeignKey(
        User, verbose_name=_("created by"), on_delete=models.CASCADE, related_name="report_schedules"
    )
    report = models.CharField(_("report"), max_length=8, choices=Report.choices)
    layout = models.ForeignKey(
        PayrollLayout,
        verbose_name=_("payroll layout"),
        null=True,
        blank=True,
        on_delete=models.CASCADE,
        related_name="+",
    )
    form = models.CharField(_("format"), max_length=4, choices=Form.choices, default=Form.XLSX)
    department = models.ForeignKey(
        Department, verbose_name=_("department"), null=True, blank=True, on_delete=models.CASCADE, related_name="+"
    )
    every = models.CharField(_("how often"), max_length=5, choices=Every.choices, default=Every.MONTH)
    weekday = models.PositiveSmallIntegerField(_("weekday"), default=0, validators=[MaxValueValidator(6)])
    monthday = models.PositiveSmallIntegerField(
        _("day of the month"), default=1, validators=[MinValueValidator(1), MaxValueValidator(28)]
    )
    hour = models.PositiveSmallIntegerField(_("hour"), default=7, validators=[MaxValueValidator(23)])
    time_zone = models.CharField(_("time zone"), max_length=64, validators=[check_time_zone])
    attach = models.BooleanField(_("the file in the message"), default=False)
    recipients: models.ManyToManyField[User, models.Model] = models.ManyToManyField(
        User, verbose_name=pgettext_lazy("message", "to"), related_name="reports_received"
    )
    active = models.BooleanField(_("active"), default=True)
    next_due = models.DateTimeField(_("next"))
    created_at = models.DateTimeField(_("created"), default=timezone.now)

    class Meta:
        ordering = ("name", "pk")
        verbose_name = _("scheduled report")
        verbose_name_plural = _("scheduled reports")
        constraints = [
            models.CheckConstraint(
                condition=Q(report="payroll", layout__isnull=False) | (~Q(report="payroll") & Q(layout=None)),
                name="schedule_layout_of_payroll",
            ),
            models.CheckConstraint(
                condition=Q(hour__lte=23, weekday__lte=6, monthday__gte=1, monthday__lte=28), name="schedule_when"
            ),
        ]
        indexes = [models.Index(fields=["next_due"], name="schedule_due", condition=Q(active=True))]

    def __str__(self) -> str:
        return self.name


class ReportDelivery(models.Model):
    """One file for one person at one due time: once, whoever looks how often."""

    class State(models.TextChoices):
        WAITING = "waiting", _("Waiting")
        SENT = "sent", _("Sent")
        FAILED = "failed", _("Failed")
        REFUSED = "refused", _("Not sent")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    schedule = models.ForeignKey(
        ReportSchedule, verbose_name=_("scheduled report"), on_delete=models.CASCADE, related_name="deliveries"
    )
    user = models.ForeignKey(
        User, verbose_name=pgettext_lazy("message", "to"), on_delete=models.CASCADE, related_name="report_deliveries"
    )
    due_at = models.DateTimeField(_("due"))
    job = models.OneToOneField(ExportJob, null=True, on_delete=models.SET_NULL, related_name="delivery")
    state = models.CharField(_("state"), max_length=8, choices=State.choices, default=State.WAITING)
    tries = models.PositiveSmallIntegerField(_("tries"), default=0)
    next_try_at = models.DateTimeField(_("next try"), default=timezone.now)
    error = models.CharField(_("error"), max_length=300, blank=True)
    sent_at = models.DateTimeField(_("sent"), null=True)
    created_at = models.DateTimeField(_("created"), default=timezone.now)

    class Meta:
        ordering = ("-due_at", "-created_at")
        verbose_name = _("report by e-mail")
        verbose_name_plural = _("reports by e-mail")
        constraints = [
            models.UniqueConstraint(fields=["schedule", "user", "due_at"], name="report_once_per_due_time"),
        ]
        indexes = [models.Index(fields=["next_try_at"], name="report_open", condition=Q(state="waiting"))]

    def __str__(self) -> str:
        return f"{self.schedule} · {self.user}"
