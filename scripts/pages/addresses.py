"""Which pages there are: every address of the program that answers a role with a page, filled with the company's rows.

A new address is walked from its first day. One that needs a row nobody made stands in ``Found.missing``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from django.contrib import admin
from django.contrib.auth.tokens import default_token_generator
from django.db import models
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse
from django.utils import timezone
from django.utils.encoding import force_bytes
from django.utils.http import urlsafe_base64_encode

from attendance.models import CorrectionLink, Period
from attendance.services.links import link_token
from employees.models import Employee, Import, User
from kiosk.services.pairing import kiosk_pairing_link
from presente.invitations import invitation_path
from privacy.services.consents import link_make
from scripts.pages.company import Made
from scripts.pages.roles import KIOSK, VISITOR

SKIPPED = re.compile(
    r"api_(?!docs).*|scim_.*|schema|metrics|.*_live|.*_worker|.*_manifest|healthz|readyz|badges|set_language|logout|kiosk_.*"
    r"|oidc_.*|help|help_picture|.*\.txt|admin:(app_list|view_on_site|jsi18n|autocomplete|search|log(in|out))"
    r"|attendance_export|calendar_link|shift_calendar|notification_open|phone_(selfie|key|queue|clock)|own_data|.*access_request"
    r"|portrait|bulk_(done|undo)|delegate_end|import_template|photo_.*|punch_.*|.*_withdraw|.*_approve(_.*)?|.*_decide"
    r"|period_(lock|reopen|settle)|correction_link|plan_open_remove|own_shift_ask|own_swap_answer|attendance_file_fetch"
    r"|attendance_report_switch|door_open|consent_(receipt|link)|erasure_(verify|receipt)|invitation|password_set"
    r"|admin:auth_user_password_change|admin:password_change.*|admin:employees_delegation_end|admin:recognition_report_(picture|text)"
)
"""No pages: data, parts of pages, what is only posted to, the documentation, which another suite looks at, and links
that the visitor's walk opens."""
REFUSALS = {"not_found": 404, "kiosk_unpaired": 401}
"""Pages that say no, and how."""
QUERIES = {
    "attendance_team": "show=overtime",
    "find": "q=demo",
    "plan_cell": "person={number}&day={monday}&week={week}",
}


@dataclass(frozen=True, slots=True)
class Address:
    """One page: what it is called, and where it lies."""

    name: str
    url: str


@dataclass(slots=True)
class Found:
    """A role's pages, its cookies, and the addresses that need a row which nobody made."""

    cookies: dict[str, str] = field(default_factory=dict)
    pages: list[Address] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)


def patterns(resolver: Any = None, space: str = "") -> Iterator[tuple[str, URLPattern]]:
    """Each address of the program, by its name with its namespace."""
    for entry in (resolver or get_resolver()).url_patterns:
        if isinstance(entry, URLResolver):
            yield from patterns(entry, f"{space}{entry.namespace}:" if entry.namespace else space)
        else:
            yield f"{space}{entry.name}", entry


def pages_of(role: str, made: Made, beginnings: Sequence[str] = ("",)) -> Found:
    """The pages that this role opens, of those whose names begin so."""
    client = Client()
    client.raise_request_exception = False
    if role in made.users:
        client.force_login(made.users[role], backend="django.contrib.auth.backends.ModelBackend")
    if role == "hr":
        _select(client)
    if role == KIOSK:
        client.post(kiosk_pairing_link(kiosk=made.kiosk, by=None))
    found = Found()
    wanted = {VISITOR: _for_visitors, KIOSK: _for_kiosks}.get(role)
    given = wanted(made) if wanted else _by_patterns(made, found)
    for address in given:
        if not address.name.startswith(tuple(beginnings)):
            continue
        # Links lead to the page that their token opens.
        answer: Any = client.get(address.url, follow=role == VISITOR)
        expected = REFUSALS.get(address.name, 200)
        if answer.status_code == expected and answer["Content-Type"].startswith("text/html"):
            found.pages.append(address)
    found.cookies = {name: morsel.value for name, morsel in client.cookies.items()}
    return found


def _select(client: Client) -> None:
    """Some people ticked in the list of employees, for the pages that then ask about them."""
    chosen = list(Employee.objects.filter(user=None).order_by("number").values_list("pk", flat=True)[:3])
    session = client.session
    session.update({"invite_people": chosen, "change_people": chosen, "pin_people": chosen})
    session.save()


def _for_visitors(made: Made) -> list[Address]:
    """Without a login, and by links."""
    user = made.users["employee"]
    token = urlsafe_base64_encode(force_bytes(user.pk)), default_token_generator.make_token(user)
    correction = link_token(CorrectionLink.objects.latest("created_at"))
    return [
        *(Address(name, reverse(name)) for name in ("login", "password_ask", "password_asked", "api_docs")),
        Address("password_set", reverse("password_set", args=token)),
        Address("invitation", invitation_path(made.users["it"])),
        Address("correction_link", reverse("correction_link", args=[correction])),
        Address("consent_link", reverse("consent_link", args=[link_make(employee=made.person, by=made.users["hr"])])),
        Address("kiosk_unpaired", reverse("kiosk")),
        Address("kiosk_pair", kiosk_pairing_link(kiosk=made.kiosk, by=None)),
        Address("not_found", "/nowhere/"),
    ]


def _for_kiosks(made: Made) -> list[Address]:
    """The paired tablet; its screens are shown one after the other."""
    return [Address("kiosk", reverse("kiosk"))]


def _by_patterns(made: Made, found: Found) -> Iterator[Address]:
    for name, pattern in patterns():
        if name.endswith("None") or SKIPPED.fullmatch(name):
            continue
        given = _arguments(name, pattern, made.person)
        if None in given.values():
            found.missing.append(name)
            continue
        url = reverse(name, kwargs=given) if given else reverse(name)
        query = QUERIES.get(name, "").format(**_words(made.person))
        yield Address(name, f"{url}?{query}" if query else url)
    yield Address("help", reverse("help", args=["attendance"]))


def _words(person: Employee) -> dict[str, Any]:
    today = timezone.localdate()
    monday = today + timedelta(days=7 - today.weekday())
    year, week, _weekday = monday.isocalendar()
    return {"number": person.number, "monday": monday, "week": f"{year}-W{week:02}"}


def _arguments(name: str, pattern: URLPattern, person: Employee) -> dict[str, Any]:
    """What the address needs, from the company's rows; None for a row that is not there."""
    given: dict[str, Any] = {}
    for key in pattern.pattern.converters:
        if key == "number":
            given[key] = person.number
        elif key == "month":
            given[key] = f"{date.today():%Y-%m}"
        elif key == "year":
            given[key] = date.today().year
        elif name.startswith("admin:") and "object_id" in key:
            given[key] = _first_row(name)
        else:
            given[key] = _row(name)
    return given


def _row(name: str) -> Any:
    rows: dict[str, models.QuerySet[Any]] = {
        "attendance_period": Period.objects.filter(state=Period.State.OPEN),
        "import_file": Import.objects.all(),
    }
    return rows[name].values_list("pk", flat=True).first() if name in rows else None


def _first_row(name: str) -> Any:
    """The key of the first row of an admin page's model."""
    for model in admin.site._registry:
        if name.startswith(f"admin:{model._meta.app_label}_{model._meta.model_name}_"):
            rows = model._default_manager.order_by("pk")
            if model is Employee:
                rows = rows.filter(photos__isnull=False)
            if model is User:
                rows = rows.filter(role=User.Role.EMPLOYEE)
            return rows.values_list("pk", flat=True).first()
    return None
