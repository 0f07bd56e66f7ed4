"""Put our own admin site in the place of Django's."""

from __future__ import annotations

from django.contrib.admin.apps import AdminConfig


class PresenteAdminConfig(AdminConfig):
    default_site = "presente.admin_site.PresenteAdminSite"
