"""What HR's pages share: rows that are kept, and the question before something is ended."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from unfold.admin import ModelAdmin


class KeptAdmin(ModelAdmin):
    """Rows that are kept: there is another way to end them than to delete them."""

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class ReadOnlyAdmin(KeptAdmin):
    """Evidence: looked at, never typed."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


def confirm(request: HttpRequest, *, title: str, text: str, button: str, back: str, ends: bool = False) -> HttpResponse:
    """The page that asks before something is done; its form posts to the same address.

    ``ends``: whether something is ended that does not come back by itself; the button warns then.
    """
    asked = {"title": title, "text": text, "button": button, "back": back, "ends": ends}
    context = {**admin.site.each_context(request), **asked}
    return TemplateResponse(request, "admin/confirm.html", context)
