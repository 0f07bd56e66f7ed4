"""Where a request stands, for programs: who said yes or no, for whom, and who has to decide now."""

from __future__ import annotations

from typing import Any, ClassVar

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from approvals.models import Step
from approvals.selectors import Course, courses_of
from common.endpoints import InstantField
from employees.models import User
from employees.services.delegations import name_of


class StepSerializer(serializers.Serializer[Step]):
    """A yes or no."""

    step = serializers.IntegerField(source="number", help_text="1, or 2 for a second approval.")
    approved = serializers.BooleanField()
    by = serializers.SerializerMethodField(help_text="A name.")
    acting_for = serializers.SerializerMethodField(help_text="Whose delegate that was, or null.")
    at = InstantField()

    def get_by(self, row: Step) -> str | None:
        return _name(row.by)

    def get_acting_for(self, row: Step) -> str | None:
        return _name(row.acting_for)


class CourseSerializer(serializers.Serializer[Course]):
    """What was said so far."""

    steps = StepSerializer(many=True)
    waits_for = serializers.CharField(
        allow_blank=True, help_text="Who gives the second approval, in words; empty where none is waited for."
    )


class WithCourse(serializers.Serializer[Any]):
    """Rows of requests with where they stand; a few statements for a page of them."""

    PREFIX: ClassVar[str]
    """How approvals name the table's rows."""
    approval = serializers.SerializerMethodField(help_text="Null as long as nobody has decided.")

    @extend_schema_field(CourseSerializer(allow_null=True))
    def get_approval(self, row: Any) -> dict[str, Any] | None:
        rows = self.parent.instance if isinstance(self.parent, serializers.ListSerializer) else [row]
        known = self.__dict__.setdefault("_courses", {})
        if row.pk not in known:
            known.update(dict.fromkeys([one.pk for one in rows or [row]]))
            known.update(courses_of(rows or [row], lambda key: f"{self.PREFIX}:{key}"))
        found = known.get(row.pk)
        return None if found is None else dict(CourseSerializer(found).data)


def _name(user: User | None) -> str | None:
    return name_of(user) if user is not None else None
