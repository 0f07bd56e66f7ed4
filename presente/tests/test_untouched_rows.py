"""An admin page that is saved as a browser first shows it changes none of its rows, and adds none."""

from __future__ import annotations

from collections.abc import Callable
from html.parser import HTMLParser
from typing import Any

import pytest
from django.contrib import admin
from django.core import serializers
from django.db.models import Model
from django.test import Client
from django.urls import reverse

from attendance.models import Kiosk
from doors.admin import MQTT_PORT
from doors.models import Door
from reporting.models import PayrollColumn, PayrollLayout
from reporting.services.payroll import payroll_layout_from_preset

pytestmark = pytest.mark.django_db
MADE: dict[type[Model], Callable[[], Model]] = {
    PayrollLayout: lambda: payroll_layout_from_preset(preset="hours"),
    Kiosk: lambda: Kiosk.objects.create(name="Gate"),
    Door: lambda: Door.objects.create(name="Gate", wiring={"port": MQTT_PORT}),
}
"""A row of each model whose page has rows of other ones."""
NOT_SENT = {"submit", "button", "file"}
TICKED = {"checkbox", "radio"}
WITH_ROWS = [one for one in admin.site._registry.values() if one.inlines]


class Sent(HTMLParser):
    """What a browser sends of a page's fields which nobody has touched."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.data: dict[str, list[str]] = {}
        self._select: str | None = None
        self._options: list[tuple[str, bool]] = []
        self._many = False
        self._text: str | None = None
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        said = dict(attrs)
        name = said.get("name")
        if tag == "option" and self._select:
            self._options.append((said.get("value") or "", "selected" in said))
        elif not name or "disabled" in said:
            return
        elif tag == "select":
            self._select, self._options = name, []
            self._many = "multiple" in said
        elif tag == "textarea":
            self._text, self.data[name] = name, [""]
        elif (
            tag == "input" and (kind := said.get("type")) not in NOT_SENT and (kind not in TICKED or "checked" in said)
        ):
            self.data.setdefault(name, []).append(said.get("value", "on" if kind in TICKED else "") or "")

    def handle_data(self, data: str) -> None:
        if self._text:
            self.data[self._text][0] += data

    def handle_endtag(self, tag: str) -> None:
        if tag == "textarea" and self._text:
            # The line break after the tag is no part of the text.
            self.data[self._text][0] = self.data[self._text][0].removeprefix("\n").removeprefix("\r\n")
            self._text = None
        elif tag == "select" and self._select:
            chosen = [value for value, selected in self._options if selected]
            if not self._many and not chosen:
                # A browser sends the first.
                chosen = [value for value, _selected in self._options[:1]]
            self.data[self._select] = chosen
            self._select = None


def one_more(data: dict[str, list[str]]) -> dict[str, list[str]]:
    """The same after a press on “Add another” under each of the kinds of rows."""
    more = dict(data)
    for name in [one for one in data if one.endswith("-TOTAL_FORMS")]:
        prefix, total = name.removesuffix("-TOTAL_FORMS"), int(data[name][0])
        if total >= int(data[f"{prefix}-MAX_NUM_FORMS"][0]):
            continue
        more[name] = [str(total + 1)]
        begin = f"{prefix}-__prefix__-"
        more |= {one.replace("__prefix__", str(total)): data[one] for one in data if one.startswith(begin)}
    return more


def stored(model_admin: admin.ModelAdmin[Any]) -> str:
    """Everything stored of a page's own rows and of those on it."""
    models = [model_admin.model, *(one.model for one in model_admin.inlines)]
    return "".join(serializers.serialize("json", model._default_manager.order_by("pk")) for model in models)


@pytest.mark.parametrize("again", [lambda data: data, one_more], ids=["as shown", "one more row"])
@pytest.mark.parametrize("page", ["add", "change"])
@pytest.mark.parametrize("model_admin", WITH_ROWS, ids=lambda one: one.model.__name__)
def test_an_untouched_row_is_never_saved(
    model_admin: admin.ModelAdmin[Any], page: str, again: Callable[[Any], Any], hr_client: Client
) -> None:
    key = [MADE[model_admin.model]().pk] if page == "change" else []
    address = reverse(f"admin:{model_admin.opts.label_lower.replace('.', '_')}_{page}", args=key)
    data = again(Sent(hr_client.get(address).text).data)
    before = stored(model_admin)

    answer = hr_client.post(address, data)

    assert stored(model_admin) == before
    # The page of a new row is refused for want of its name; the rows on it count as untouched all the same.
    assert (answer.status_code == 302) == (page == "change"), answer.context["errors"]
    for shown in answer.context["inline_admin_formsets"] if answer.context else ():
        assert [one.changed_data for one in shown.formset.extra_forms if one.has_changed()] == []


def test_a_column_that_is_filled_in_is_saved(hr_client: Client) -> None:
    layout = payroll_layout_from_preset(preset="hours")
    count = layout.columns.count()
    address = reverse("admin:reporting_payrolllayout_change", args=[layout.pk])
    data = Sent(hr_client.get(address).text).data

    refused = hr_client.post(address, data | {f"columns-{count}-title": ["Extra"]})
    saved = hr_client.post(address, data | {f"columns-{count}-source": [PayrollColumn.Source.NUMBER]})

    assert refused.status_code == 200
    assert saved.status_code == 302
    assert layout.columns.count() == count + 1
