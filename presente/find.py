"""Ctrl+K: people, pages and settings by their names, each finding what they may open."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

from common.plain import plain
from employees.access import login_needed, opens_admin, reads_reports, visible_employees
from employees.models import User
from presente.menu import pages_for, settings_for, waiting

MOST_PEOPLE, MOST_PAGES = 8, 6


@dataclass(frozen=True, slots=True)
class Found:
    """One place to go to."""

    title: str
    more: str
    url: str


@require_safe
@login_needed
@cache_control(private=True, no_store=True)
def find(request: HttpRequest) -> HttpResponse:
    """A page with a field, and what is called so; with ``part`` the findings alone, for the script."""
    assert isinstance(request.user, User)
    words = request.GET.get("q", "").strip()[:100]
    groups = [
        (_("People"), _people(request.user, words)),
        (_("Pages"), _pages(request, words)),
        (_("Settings"), _settings(request.user, words)),
    ]
    context = {"words": words, "groups": [(title, found) for title, found in groups if found]}
    template = "presente/_found.html" if "part" in request.GET else "presente/find.html"
    return render(request, template, context)


@require_safe
@login_needed
@cache_control(private=True, no_store=True)
def badges(request: HttpRequest) -> JsonResponse:
    """What waits behind the entries of the menu."""
    assert isinstance(request.user, User)
    return JsonResponse({"badges": [one.as_dict() for one in waiting(request.user) if one.count]})


def _people(user: User, words: str) -> list[Found]:
    if not words:
        return []
    reader = reads_reports(user)
    found = visible_employees(user).named(words).select_related("department")[:MOST_PEOPLE]
    return [
        Found(
            one.name,
            f"{one.number} · {one.department}" if one.department else one.number,
            reverse("person", args=[one.number]) if reader else reverse("my_month"),
        )
        for one in found
    ]


def _pages(request: HttpRequest, words: str) -> list[Found]:
    assert isinstance(request.user, User)
    entries = [(str(one.title), "", one.url) for one in pages_for(request.user)]
    if opens_admin(request.user):
        entries += _admin_entries(request)
    return list(_called(entries, words))[:MOST_PAGES]


def _settings(user: User, words: str) -> list[Found]:
    return list(_called([(str(one.title), "", one.url) for one in settings_for(user)], words))[:MOST_PAGES]


def _admin_entries(request: HttpRequest) -> list[tuple[str, str, str]]:
    site: Any = admin.site
    own = {one.url for one in (*pages_for(request.user), *settings_for(request.user))}  # type: ignore[arg-type]
    return [
        (str(item["title"]), str(group.get("title") or ""), str(item["link"]))
        for group in site.get_sidebar_list(request)
        for item in group["items"]
        if item["has_permission"] and str(item["link"]) not in own
    ]


def _called(entries: Iterable[tuple[str, str, str]], words: str) -> Iterable[Found]:
    wanted = plain(words).split()
    for title, more, url in entries if wanted else ():
        if all(word in plain(title) for word in wanted):
            yield Found(title, more, url)
