"""A person's portrait beside the name, or the initials where there is none."""

from __future__ import annotations

from typing import Any

from django import template

from employees.models import Employee
from employees.portraits import portrait_address, portraits_show

register = template.Library()


@register.filter
def initials(person: Any) -> str:
    """The first letters of the first name and of the last one: of two last names nobody is known by the second."""
    if not person.last_name:
        # Who has one name alone may have written all of them there.
        words = _words(person.first_name)
        return "".join(word[0] for word in (words[:1] + words[1:][-1:])).upper()
    return "".join(word[0] for name in (person.first_name, person.last_name) for word in _words(name)[:1]).upper()


def _words(name: str) -> list[str]:
    return [word for word in name.split() if word[0].isalpha()] or name.split()


@register.inclusion_tag("employees/_portrait.html", takes_context=True)
def portrait(context: template.Context, person: Any) -> dict[str, Any]:
    """The picture of somebody in a list. The view calls ``portraits_show`` for all of them first."""
    number = getattr(context.get("request"), "portraits", {}).get(person.pk)
    return {"person": person, "address": portrait_address(number) if number else ""}


@register.inclusion_tag("employees/_portrait.html", takes_context=True)
def portrait_head(context: template.Context, person: Employee) -> dict[str, Any]:
    """The large one at the head of somebody's page; it asks by itself whether there is one."""
    number = portraits_show(context["request"], [person]).get(person.pk)
    address = portrait_address(number, large=True) if number else ""
    return {"person": person, "address": address, "large": True}
