"""People from a CSV file: those whose number is known are changed, the others hired."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext as _
from import_export.fields import Field

from employees import roster
from employees.importing.base import CheckedResource, Named
from employees.models import Department, Employee
from employees.services import PIN, pin_set


class EmployeeResource(CheckedResource):
    """One row for each person."""

    needed = ("number", "first_name")
    known = (
        "number", "first_name", "last_name", "email", "department", "manager", "time_zone", "hired_on", "left_on",
        "pin",
    )  # fmt: skip

    department = Field("department", "department", widget=Named(Department, "name"))
    manager = Field("manager", "manager", widget=Named(Employee, "number"))

    class Meta(CheckedResource.Meta):
        model = Employee
        import_id_fields = ("number",)
        fields = (
            "number", "first_name", "last_name", "email", "department", "manager", "time_zone", "hired_on", "left_on",
        )  # fmt: skip

    def before_import_row(self, row: dict[str, Any], **kwargs: Any) -> None:
        """An empty zone or day of hiring means the company's zone and today, as in the form."""
        if row.get("time_zone") == "":
            row["time_zone"] = settings.TIME_ZONE
        if row.get("hired_on") == "":
            row["hired_on"] = timezone.localdate().isoformat()
        if row.get("pin") and not PIN.fullmatch(row["pin"]):
            raise ValidationError({"pin": _("A PIN is 4 to 8 digits.")})

    def after_init_instance(self, instance: Employee, new: bool, row: dict[str, Any], **kwargs: Any) -> None:
        """A new person without those columns gets what the form would offer."""
        if new:
            instance.time_zone = settings.TIME_ZONE

    def skip_row(self, instance: Employee, original: Any, row: dict[str, Any], import_validation_errors: Any) -> bool:
        """A row that would only set a PIN is not skipped."""
        unchanged: bool = super().skip_row(instance, original, row, import_validation_errors)
        return unchanged and not row.get("pin")

    def after_save_instance(self, instance: Employee, row: dict[str, Any], **kwargs: Any) -> None:
        """Hash the PIN; the preview does without the hashing, which is slow on purpose."""
        if row.get("pin") and not kwargs.get("dry_run"):
            pin_set(employee=instance, pin=row["pin"])

    def after_import_row(self, row: dict[str, Any], row_result: Any, **kwargs: Any) -> None:
        """No page shows a PIN."""
        if row.get("pin"):
            row_result.row_values = {**row, "pin": "••••"}

    def after_import(self, dataset: Any, result: Any, **kwargs: Any) -> None:
        """Who may be recognised, and under which name, may have changed."""
        if not kwargs.get("dry_run"):
            roster.bump()
