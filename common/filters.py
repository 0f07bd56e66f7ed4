"""Query parameters that more than one endpoint may use."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from django.core.exceptions import ValidationError as FormError
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _
from django_filters.fields import IsoDateTimeField
from django_filters.filters import IsoDateTimeFilter

from common.endpoints import NO_OFFSET, YEARS


class _InstantFormField(IsoDateTimeField):
    def to_python(self, value: Any) -> datetime | None:
        """The instant in UTC, None for nothing; raises ValidationError."""
        if value in self.empty_values:
            return None
        try:
            parsed = parse_datetime(str(value))
        except ValueError:
            parsed = None
        if parsed is None or parsed.year not in YEARS:
            raise FormError(_("This is no instant. Write it as 2026-03-02T08:59:00+01:00."), "invalid")
        if timezone.is_naive(parsed):
            raise FormError(_("%(why)s (In an address, write + as %%2B.)"), "no_offset", {"why": str(NO_OFFSET)})
        return parsed.astimezone(UTC)


class InstantFilter(IsoDateTimeFilter):
    """A query parameter that is an ISO 8601 instant with its offset."""

    field_class = _InstantFormField
