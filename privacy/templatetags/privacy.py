"""How entries of the audit trail are written on pages."""

from __future__ import annotations

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

register = template.Library()

ACTS: dict[str, str | Promise] = {
    "access_request": gettext_lazy("Access request handed over"),
    "api.read": gettext_lazy("Read over the API, first in an hour"),
    "api.reads": gettext_lazy("Reads over the API in an hour"),
    "audit.searched": gettext_lazy("Audit trail searched"),
    "consent.link": gettext_lazy("Consent link handed out"),
    "export": gettext_lazy("File downloaded"),
    "face.read": gettext_lazy("Face looked at"),
    "login": gettext_lazy("Login"),
    "login.failed": gettext_lazy("Failed login"),
    "logout": gettext_lazy("Logout"),
    "page.read": gettext_lazy("Page read"),
    "people.merged": gettext_lazy("Records of one person merged"),
    "photo.moved": gettext_lazy("Photo moved to another person"),
    "portraits.read": gettext_lazy("Portraits shown on a page"),
    "retention": gettext_lazy("Retention run"),
}
DONE: dict[str, str | Promise] = {
    "added": gettext_lazy("%(what)s: added"),
    "changed": gettext_lazy("%(what)s: changed"),
    "deleted": gettext_lazy("%(what)s: deleted"),
}


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
    kind, _point, done = entry.act.rpartition(".")
    model = _models().get(kind)
    if model is None or done not in DONE:
        return ""
    name = str(model._meta.verbose_name)
    return str(DONE[done]) % {"what": name[:1].upper() + name[1:]}


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


def _label(model: type[models.Model] | None, name: str) -> str:
    if model is not None:
        try:
            label = str(getattr(model._meta.get_field(name), "verbose_name", name))
            return label[:1].upper() + label[1:]
        except FieldDoesNotExist:
            pass
    return name


def _text(value: Any) -> str:
    if value in (None, ""):
        return "–"
    if isinstance(value, bool):
        return _("Yes") if value else _("No")
    if isinstance(value, list):
        return ", ".join(map(str, value))
    return str(value)


@cache
def _models() -> dict[str, type[models.Model]]:
    return {str(model._meta.model_name): model for model in apps.get_models()}
