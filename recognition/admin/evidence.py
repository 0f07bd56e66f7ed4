"""The base of admin pages for rows that nobody may change."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest

from employees.admin.base import FindingAdmin


class EvidenceAdmin(FindingAdmin):
    """Looked at, never typed and never deleted."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False
