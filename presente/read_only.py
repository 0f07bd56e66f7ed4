"""What somebody reads on the admin's pages who may change nothing: each field as its form would show it.

The theme shows what the model keeps: ``0`` for Monday, 360 for six hours, and a property's English name.
"""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.html import conditional_escape, format_html_join
from django.utils.safestring import SafeString
from unfold.fields import UnfoldAdminReadonlyField
from unfold.utils import display_for_value

from common.audit import request_served
from common.places import zone_text

NOTHING = "–"
ZONES = {"zone", "time_zone"}
"""Columns that keep the name of a zone."""


class ReadField(UnfoldAdminReadonlyField):  # type: ignore[misc]
    """A field that is only read; it has the label and the words of the form's own one, where that has one."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        name, form = self.field["field"], self.model_admin.form
        self.typed: forms.Field | None = getattr(form, "declared_fields", {}).get(name)
        labels = getattr(getattr(form, "_meta", None), "labels", None) or {}
        if self.typed is not None:
            self.field["help_text"] = self.typed.help_text
            self.field["label"] = self.typed.label or self.field["label"]
        elif name in labels:
            self.field["label"] = labels[name]

    def contents(self) -> SafeString:
        """The value in the words of the form."""
        name = self.field["field"]
        kept = self.form.initial.get(name, getattr(self.form.instance, str(name), None))
        if name in ZONES and kept:
            return conditional_escape(zone_text(str(kept)))
        if self.typed is None or isinstance(self.typed, (forms.BooleanField, forms.ModelChoiceField)):
            said: SafeString = super().contents()
            return said
        return words(self.typed, kept)

    def get_admin_url(self, remote_field: Any, remote_obj: Any) -> str:
        """Another row by its name, as a link for whoever may open it: the theme links for everybody."""
        page = self.model_admin.admin_site._registry.get(remote_field.model)
        request = request_served()
        if page is None or request is None or not page.has_view_or_change_permission(request, remote_obj):
            return str(remote_obj)
        # Branch HR opens rows of its own people alone.
        if not page.get_queryset(request).filter(pk=remote_obj.pk).exists():
            return str(remote_obj)
        link: str = super().get_admin_url(remote_field, remote_obj)
        return link


def words(field: forms.Field, value: Any) -> SafeString:
    """A stored value as the form's field would show it, for reading."""
    cells: dict[str, forms.Field] | None = getattr(field, "cells", None)
    if value in (None, "", [], ()):
        return conditional_escape(NOTHING)
    if cells is not None:
        return format_html_join("", "<div>{}</div>", [(_line(cells, row),) for row in value])
    value = field.prepare_value(value)
    if isinstance(field, forms.ChoiceField):
        named = _named(field.choices)
        chosen = value if isinstance(value, (list, tuple)) else [value]
        return conditional_escape(", ".join(str(named.get(str(one), one)) for one in chosen))
    return conditional_escape(display_for_value(value, NOTHING))


def _line(cells: dict[str, forms.Field], row: dict[str, Any]) -> SafeString:
    """One line of a table, its columns named."""
    said = ((field.label, words(field, row[key])) for key, field in cells.items() if key in row)
    return format_html_join(" · ", "{}: {}", said)


def _named(choices: Any) -> dict[str, Any]:
    """What each choice is called, those in groups as well."""
    named: dict[str, Any] = {}
    for value, label in choices:
        named |= _named(label) if isinstance(label, (list, tuple)) else {str(value): label}
    return named
