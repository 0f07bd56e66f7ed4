"""What a role means to Django's own permission checks: the admin asks here, and here ``employees.access`` answers."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib.auth.backends import BaseBackend

from employees.access import is_hr


class RoleBackend(BaseBackend):
    """HR may do everything with our models; nobody needs a permission ticked by hand. It logs nobody in."""

    def has_perm(self, user_obj: Any, perm: str, obj: Any = None) -> bool:
        return perm.partition(".")[0] in settings.OWN_APPS and is_hr(user_obj)

    def has_module_perms(self, user_obj: Any, app_label: str) -> bool:
        """Whether the admin lists the app."""
        return app_label in settings.OWN_APPS and is_hr(user_obj)
