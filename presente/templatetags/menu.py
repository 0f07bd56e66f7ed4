"""The menu and the search of every page."""

from __future__ import annotations

from datetime import date
from typing import Any
from urllib.parse import urlencode

from django import template
from django.http import HttpRequest
from django.urls import reverse

from employees.models import Employee
from presente import help, person_pages
from presente.menu import pages_for
from presente.person_glance import glance
from reporting.models import PayrollLayout

register = template.Library()


@register.simple_tag(takes_context=True)
def site_menu(context: dict[str, Any]) -> list[dict[str, Any]]:
    """The entries of whoever asks, with the one that is open marked."""
    request: HttpRequest | None = context.get("request")
    if request is None:
        return []
    return [{"title": one.title, "url": one.url, "open": one.is_open(request.path)} for one in pages_for(request.user)]


@register.inclusion_tag("presente/_person_tabs.html", takes_context=True)
def person_tabs(context: dict[str, Any], employee: Employee | None) -> dict[str, Any]:
    """The breadcrumbs and the tabs of a person's pages."""
    request: HttpRequest | None = context.get("request")
    if request is None or employee is None or employee.pk is None:
        return {}
    if request.method == "POST":
        # A form that is shown anew has put into the row what was typed, a number that is none among it.
        employee = Employee.objects.filter(pk=employee.pk).first() or employee
    title, url = person_pages.above(request.user)
    tabs = person_pages.person_tabs(request.user, employee, request.path)
    return {"employee": employee, "tabs": tabs, "above": title, "above_url": url}


@register.inclusion_tag("presente/_person_glance.html", takes_context=True)
def person_glance(context: dict[str, Any], employee: Employee) -> dict[str, Any]:
    """The lines that say first how a person stands."""
    return {"facts": glance(context["request"].user, employee)}


@register.simple_tag
def payroll_files(first: date, last: date) -> list[dict[str, str]]:
    """A payroll file of these days for each layout."""
    days = {"first": first.isoformat(), "last": last.isoformat(), "file_format": "csv"}
    return [
        {
            "name": one.name,
            "url": f"{reverse('attendance_file')}?{urlencode({'report': f'payroll-{one.pk}', **days})}",
        }
        for one in PayrollLayout.objects.all()
    ]


@register.simple_tag(takes_context=True)
def help_address(context: dict[str, Any]) -> str:
    """The page of the documentation that is about the page that is shown."""
    request: HttpRequest | None = context.get("request")
    match = request.resolver_match if request is not None else None
    return reverse("help", args=[help.topic(match.view_name if match is not None else "")])


@register.simple_tag
def program_version() -> str:
    """For the foot of a page, and for whoever asks for help."""
    return help.version()
