"""When a person works here and where they belong: periods of employment, and within them postings from a day on."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ValidationError
from django.db import models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.backends.ddl_references import Statement, Table
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from employees import labels
from employees.models.people import Department, Employee, check_time_zone

WEEK_MINUTES = 7 * 24 * 60


class NoOverlap(models.BaseConstraint):
    """No two periods of one person share a day: an exclusion constraint on PostgreSQL, triggers on SQLite."""

    POSTGRESQL = """ALTER TABLE %(table)s ADD CONSTRAINT %(name)s EXCLUDE USING gist
        (int8range(employee_id, employee_id, '[]') WITH &&, daterange(hired_on, left_on, '[]') WITH &&)"""
    SQLITE = """CREATE TRIGGER %(name)s BEFORE %(verb)s ON %(table)s WHEN EXISTS
        (SELECT 1 FROM %(table)s AS other WHERE other.employee_id = NEW.employee_id AND other.id IS NOT NEW.id
         AND (other.left_on IS NULL OR other.left_on >= NEW.hired_on)
         AND (NEW.left_on IS NULL OR other.hired_on <= NEW.left_on))
        BEGIN SELECT RAISE(ABORT, 'Two periods of one person share a day.'); END"""

    def __eq__(self, other: object) -> bool:
        return isinstance(other, NoOverlap) and self.deconstruct() == other.deconstruct()

    def __hash__(self) -> int:
        return hash(self.name)

    def constraint_sql(self, model: type[models.Model] | None, schema_editor: BaseDatabaseSchemaEditor | None) -> Any:
        """Nothing within CREATE TABLE; what enforces it is made right after it."""
        assert model is not None
        assert schema_editor is not None
        # Typed as strings alone, though Django puts statements there, whose table may be renamed.
        deferred: list[Any] = schema_editor.deferred_sql
        deferred.extend(self._statements(model, schema_editor))
        return None

    def create_sql(self, model: type[models.Model] | None, schema_editor: BaseDatabaseSchemaEditor | None) -> Any:
        """PostgreSQL's statement; SQLite makes the table anew instead of asking."""
        assert model is not None
        assert schema_editor is not None
        return self._statements(model, schema_editor)[0]

    def remove_sql(self, model: type[models.Model] | None, schema_editor: BaseDatabaseSchemaEditor | None) -> Any:
        """PostgreSQL's statement."""
        assert model is not None
        assert schema_editor is not None
        table = Table(model._meta.db_table, schema_editor.quote_name)
        return Statement("ALTER TABLE %(table)s DROP CONSTRAINT %(name)s", table=table, name=self.name)

    def validate(
        self, model: type[models.Model], instance: models.Model, exclude: Any = None, using: str = "default"
    ) -> None:
        """Raise ValidationError where another period of the person has one of the days."""
        assert isinstance(instance, EmploymentPeriod)
        others = model._default_manager.using(using).filter(employee=instance.employee_id).exclude(pk=instance.pk)
        others = others.filter(Q(left_on=None) | Q(left_on__gte=instance.hired_on))
        if instance.left_on is not None:
            others = others.filter(hired_on__lte=instance.left_on)
        if others.exists():
            raise ValidationError(self.get_violation_error_message(), code=self.violation_error_code)

    def _statements(self, model: type[models.Model], schema_editor: BaseDatabaseSchemaEditor) -> list[Statement]:
        table = Table(model._meta.db_table, schema_editor.quote_name)
        if schema_editor.connection.vendor == "postgresql":
            return [Statement(self.POSTGRESQL, table=table, name=self.name)]
        return [
            Statement(self.SQLITE, table=table, name=f"{self.name}_{verb.lower()}", verb=verb)
            for verb in ("INSERT", "UPDATE")
        ]


class Site(models.Model):
    """A place of work, with the public holidays that are kept there."""

    name = models.CharField(_("name"), max_length=80, unique=True)
    holiday_country = models.CharField(
        _("public holidays of country"),
        max_length=2,
        blank=True,
        help_text=_("Two letters, such as ES. Empty: those of the work policy."),
    )
    holiday_region = models.CharField(_("and region"), max_length=10, blank=True, help_text=_("Such as MD for Madrid."))

    class Meta:
        ordering = ("name",)
        verbose_name = _("site")
        verbose_name_plural = _("sites")

    def __str__(self) -> str:
        return self.name


class Contract(models.Model):
    """A kind of contract: how long its week is. Work policies may be for one."""

    name = models.CharField(_("name"), max_length=80, unique=True)
    weekly_minutes = models.PositiveIntegerField(
        _("hours a week"), help_text=_("What the contract asks for: work beyond it may be overtime by the policy.")
    )

    class Meta:
        ordering = ("name",)
        verbose_name = _("contract")
        verbose_name_plural = _("contracts")
        constraints = [
            models.CheckConstraint(
                condition=Q(weekly_minutes__lte=WEEK_MINUTES),
                name="contract_week",
                violation_error_message=_("A week has at most 168 hours."),
            ),
        ]

    def __str__(self) -> str:
        return self.name


class EmploymentPeriod(models.Model):
    """From the day of hiring to the last day at work; who comes back has another one."""

    employee = models.ForeignKey(
        Employee, verbose_name=_("employee"), on_delete=models.CASCADE, related_name="employment"
    )
    hired_on = models.DateField(_("hired on"))
    left_on = models.DateField(_("left on"), null=True, blank=True, help_text=_("The last day at work."))

    class Meta:
        ordering = ("hired_on",)
        verbose_name = _("employment period")
        verbose_name_plural = _("employment periods")
        constraints = [
            models.CheckConstraint(
                condition=Q(left_on=None) | Q(left_on__gte=F("hired_on")),
                name="employment_left_after_hired",
                violation_error_message=_("The last day cannot be before the day of hiring."),
            ),
            NoOverlap(
                name="employment_no_overlap",
                violation_error_message=_("The person is employed on some of these days already."),
            ),
        ]
        indexes = [models.Index(fields=["employee", "hired_on", "left_on"], name="employment_by_person")]

    def __str__(self) -> str:
        return f"{self.employee_id} {self.hired_on} – {self.left_on or ''}"


class Posting(models.Model):
    """Where a person belongs from a day on, until the next posting.

    Whoever never moved has none: the employee's own row says it, as it says for everybody what holds today.
    """

    PLACED = ("department", "site", "manager", "time_zone", "contract")
    """What the employee's row and each posting say alike."""

    employee = models.ForeignKey(
        Employee, verbose_name=_("employee"), on_delete=models.CASCADE, related_name="postings"
    )
    valid_from = models.DateField(_("from"))
    department = models.ForeignKey(
        Department, verbose_name=_("department"), null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    site = models.ForeignKey(
        Site, verbose_name=_("site"), null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    manager = models.ForeignKey(
        Employee, verbose_name=labels.MANAGER, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    time_zone = models.CharField(_("time zone"), max_length=64, validators=[check_time_zone])
    contract = models.ForeignKey(
        Contract, verbose_name=_("contract"), null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )

    class Meta:
        ordering = ("valid_from",)
        verbose_name = _("posting")
        verbose_name_plural = _("postings")
        constraints = [
            models.UniqueConstraint(fields=["employee", "valid_from"], name="posting_one_from_a_day"),
            models.CheckConstraint(
                condition=Q(manager=None) | ~Q(manager=F("employee")),
                name="posting_manager_another",
                violation_error_message=_("Nobody is their own manager."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.employee_id} {self.valid_from}"
