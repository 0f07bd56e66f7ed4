"""How entries of the audit trail are written on pages."""

from __future__ import annotations

import re
from contextlib import suppress
from datetime import date
from functools import cache
from typing import Any, NamedTuple

from django import template
from django.apps import apps
from django.core.exceptions import FieldDoesNotExist
from django.db import models
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from common.models import AuditEntry
from common.moments import day_text
from privacy.acts import ACTORS, ACTS, LABELS, VALUES

register = template.Library()

DONE: dict[str, str | Promise] = {
    "added": gettext_lazy("%(what)s: added"),
    "changed": gettext_lazy("%(what)s: changed"),
    "deleted": gettext_lazy("%(what)s: deleted"),
}


SWAP = "plan.swap_"
DAY = re.compile(r"20\d\d-(0[1-9]|1[0-2])-([0-2]\d|3[01])")


class Change(NamedTuple):
    """One line of an entry: what, before and after; ``after`` None where there is just one value."""

    label: str
    before: str
    after: str | None


@register.filter
def said(entry: AuditEntry) -> str:
    """What was done, in words; empty where there are none for it."""
    if entry.act in ACTS:
        return str(ACTS[entry.act])
    if entry.act.startswith(SWAP):
        return _("Shift swap: %(state)s") % {"state": _swap_state(entry.act.removeprefix(SWAP))}
    kind, _point, done = entry.act.rpartition(".")
    model = _models().get(kind)
    if model is None or done not in DONE:
        return ""
    name = str(model._meta.verbose_name)
    return str(DONE[done]) % {"what": name[:1].upper() + name[1:]}


@register.filter
def actor_said(actor: str) -> str:
    """Who was at work, as it is recorded (``user anna``), in the reader's language."""
    kind, _blank, name = actor.partition(" ")
    return str(ACTORS[kind]) % {"name": name} if name and kind in ACTORS else actor


@register.filter
def object_said(name: str) -> str:
    """On what it was done, as it is recorded (``enrolmentphoto 7``), under the names of the pages."""
    kind, _blank, key = name.partition(" ")
    model = _models().get(kind)
    return f"{model._meta.verbose_name} {key}" if model is not None and key else name


@register.filter
def changes(entry: AuditEntry) -> list[Change]:
    """What an entry says beside who, when and on what: fields with before and after, under the names of the pages."""
    model = _models().get(entry.act.rpartition(".")[0])
    found = []
    for name, value in entry.details.items():
        pair = isinstance(value, list) and len(value) == 2
        before, after = (value[0], _text(value[1])) if pair else (value, None)
        found.append(Change(_label(model, name), _text(before), after))
    return found


def _swap_state(name: str) -> str:
    states = dict(apps.get_model("planning", "Swap").State.choices)
    return str(states.get(name, _("Requested") if name == "asked" else name))


def _label(model: type[models.Model] | None, name: str) -> str:
    if model is not None:
        try:
            label = str(getattr(model._meta.get_field(name), "verbose_name", name))
            return label[:1].upper() + label[1:]
        except FieldDoesNotExist:
            pass
    label = str(LABELS.get(name, name))
    return label[:1].upper() + label[1:]


def _text(value: Any) -> str:
    if value in (None, ""):
        return "–"
    if isinstance(value, bool):
        return _("Yes") if value else _("No")
    if isinstance(value, list):
        return ", ".join(map(_text, value))
    if isinstance(value, dict):
        return "; ".join(f"{_text(name)}: {_text(each)}" for name, each in value.items())
    if isinstance(value, str) and DAY.fullmatch(value):
        with suppress(ValueError):
            return day_text(date.fromisoformat(value))
    return str(VALUES.get(value, value)) if isinstance(value, str) else str(value)


@cache
def _models() -> dict[str, type[models.Model]]:
    return {str(model._meta.model_name): model for model in apps.get_models()}
