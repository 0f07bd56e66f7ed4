"""Every address, room by room."""

from __future__ import annotations

from django.contrib import admin
from django.urls import URLPattern, URLResolver, include, path

urlpatterns: list[URLPattern | URLResolver] = [
    path("", include("recognition.urls")),
    path("", include("attendance.urls")),
    path("", include("presente.site_urls")),
    path("admin/", admin.site.urls),
]
