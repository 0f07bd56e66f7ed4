"""Every address of the program, asked for in every role: what each may open stands in ``TABLE``."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import date
from typing import Any
from uuid import uuid4

import pytest
from django.contrib import admin
from django.db import models
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from attendance.models import Kiosk
from employees.models import Employee, User

pytestmark = pytest.mark.django_db

EVERYBODY = {"visitor", "employee", "manager", "branch", "payroll", "auditor", "it", "hr"}
USERS = EVERYBODY - {"visitor"}
READERS = {"manager", "branch", "payroll", "auditor", "hr"}
DECIDERS = {"manager", "branch", "hr"}
ENROLLERS = {"branch", "hr"}
ADMIN = {"hr", "auditor", "branch", "it"}
READ = r"(changelist|change|history)"

TABLE: list[tuple[str, set[str]]] = [
    # Whoever asks the machine itself, as this test does: presente/tests/test_metrics.py has the others.
    (r"metrics", EVERYBODY),
    (r"schema|api_docs|api_try", EVERYBODY),
    (r"healthz|readyz|welcome|home|login|logout|login_second|passkey_login|set_language", EVERYBODY),
    (r"password_(ask|asked|set)|oidc_(login|back)", EVERYBODY),
    # A device, a link's token or a key opens these, no role does; a visitor gets the same answer.
    (r"kiosk.*|correction_link|shift_calendar", EVERYBODY),
    (r"phone_(away|worker|manifest|queue)", EVERYBODY),
    (r"scim_.*", set()),
    (r"password_change|security.*|app_set_up|passkey_(add|confirm)|confirm_login|oidc_confirm", USERS),
    (r"phone|phone_(clock|selfie|key)", USERS),
    (r"my_month|own_.*|calendar_link|absence_(new|withdraw)|correction_withdraw|door.*|roll_call|my_leave", USERS),
    (r"presence.*|attendance_(day|period|periods|team.*|trends.*|files|file.*|export)", READERS),
    (r"leave_calendar(_now)?|api_leave_(balances|ledger)", READERS),
    (r"leave_entry", {"hr"}),
    (r"attendance_(month|year)|timesheet_pdf|api_(people|days|timesheets|events|adjustments)", READERS),
    (r"attendance_(report.*|exceptions|excuse|mend|seen)|(overtime|correction|absence)_decide", DECIDERS),
    (r"correction_new|period_approve(_clean|_ticked)?|approval_withdraw|punch_(add|change|remove|undo)", DECIDERS),
    (r"requests_decide|punches_mend", DECIDERS),
    (r"plan|plan_.*", DECIDERS),
    (r"my_shifts", USERS),
    (r"api_plan", READERS),
    (r"period_(create|change|delete|lock|reopen|settle)|attendance_adjust|api_identify", {"hr"}),
    # Signing: each for themselves, and deciding for those whom one decides for.
    (r"api_(absences?|corrections|decision|entered|overtime)", USERS),
    (r"enrol.*|photo_.*", ENROLLERS),
    (r"person|person_(leave|shifts)", READERS),
    (r"person_account|people_change", {"hr"}),
    (r"portrait", USERS),
    (r"face_(library|person|move|merge)", ENROLLERS),
    (r"bulk_.*", DECIDERS),
    (r"imports|import_(file|template)|api_imports?", {"hr"}),
    (r"audit_trail", {"hr", "auditor"}),
    (r"consent_link", EVERYBODY),
    (r"consent_receipt", USERS),
    (r"privacy_.*|access_request|consent_link_make|erasure_.*", {"hr"}),
    (r"company_settings", {"hr"}),
    (r"notification_company", {"hr", "it"}),
    (r"notifications(_read)?|notification_(open|choices|chat|push)", USERS),
    (r"find|badges|help.*|delegates|delegate_end", USERS),
    (r"invite|pins_give", {"hr"}),
    (r"invitation", EVERYBODY),
    (r"admin:(login|logout)", EVERYBODY),
    (r"admin:(index|jsi18n|autocomplete|app_list|view_on_site|password.*|search)", ADMIN),
    (r"admin:employees_(employee|consent|enrolmentphoto)_" + READ, ENROLLERS | {"auditor"}),
    (r"admin:employees_employee_(add|enrol|badge|unlock)|admin:employees_consent_(add|withdraw)", ENROLLERS),
    (r"admin:(attendance_kiosk|doors_door|webhooks_webhook)_" + READ, {"hr", "it", "auditor"}),
    (r"admin:recognition_(modelversion|trainingrun|operatingpoint)_" + READ, {"hr", "it", "auditor"}),
    (r"admin:(attendance_kiosk|doors_door|webhooks_webhook)_.*", {"hr", "it"}),
    (r"admin:recognition_(modelversion|trainingrun|operatingpoint)_.*", {"hr", "it"}),
    (r"admin:auth_group_.*", {"hr"}),
    (r"admin:axes_.*", {"hr"}),
    (r"admin:[a-z]+_[a-z]+_" + READ, {"hr", "auditor"}),
    (r"admin:[a-z]+_[a-z]+_.*", {"hr"}),
]
"""Which roles get an answer; the first row that fits counts. In what is answered each sees their own people."""
SOMETIMES = re.compile(
    r"admin:(?!index|.*_changelist).*|admin:axes_.*|door.*|roll_call|api_.*|own_period_.*|consent_receipt|import_(file|template)|punch_.*|.*_withdraw"
)
"""What is closed to some whom the table names: rows that are kept, doors of others, requests of others."""
HIDES = re.compile(
    r"attendance_(month|year|excuse|mend|seen)|person(_leave|_shifts)?|timesheet_pdf|correction_new|overtime_decide|enrol.*|photo.*|punch_.*|face_(person|move|merge)"
)
"""To whoever may not know of the person, there is none (404)."""


def patterns(resolver: Any = None, space: str = "") -> Iterator[tuple[str, URLPattern]]:
    """Each address's name with its namespace."""
    for entry in (resolver or get_resolver()).url_patterns:
        if isinstance(entry, URLResolver):
            yield from patterns(entry, f"{space}{entry.namespace}:" if entry.namespace else space)
        else:
            yield f"{space}{entry.name}", entry


@pytest.fixture
def roles(
    client: Client,
    client_of: Callable[[User], Client],
    hr: User,
    manager: User,
    colleague: User,
    branch_hr: User,
    payroll: User,
    auditor: User,
    technician: User,
) -> dict[str, Client]:
    users = {
        "employee": colleague,
        "manager": manager,
        "branch": branch_hr,
        "payroll": payroll,
        "auditor": auditor,
        "it": technician,
        "hr": hr,
    }
    return {"visitor": client} | {name: client_of(user) for name, user in users.items()}


def first_key(name: str) -> Any:
    """Of the model whose admin page has this name: a row's, or one that no row has."""
    for model in admin.site._registry:
        if name.startswith(f"admin:{model._meta.app_label}_{model._meta.model_name}_"):
            key = model._meta.pk
            # A row that belongs to another one has that one's key.
            kind = key.target_field if isinstance(key, models.OneToOneField) else key
            none = uuid4() if isinstance(kind, models.UUIDField) else 1
            return model._default_manager.values_list("pk", flat=True).first() or none
    return 1


def address(name: str, pattern: URLPattern, ana: Employee) -> str | None:
    """Where the pattern leads for Ana, or for the first row of the admin's model."""
    grouped = {"app_label": "employees", "report": "day", "file_format": "csv"}
    regex = getattr(pattern.pattern, "regex", re.compile(""))
    given: dict[str, Any] = {key: grouped[key] for key in regex.groupindex if key in grouped}
    for key, converter in pattern.pattern.converters.items():
        kind = type(converter).__name__
        given[key] = {"IntConverter": 1, "UUIDConverter": uuid4()}.get(kind, "1")
        if key == "number":
            given[key] = ana.number
        if "month" in key:
            given[key] = f"{date.today():%Y-%m}"
        if "object_id" in key and name.startswith("admin:"):
            given[key] = first_key(name)
    try:
        return reverse(name, kwargs=given) if given else reverse(name)
    except Exception:
        return None


def is_open(name: str, answer: Any) -> bool:
    """False for a refusal, for the way to the login, and where there is nobody for this reader."""
    login = answer.status_code == 302 and "/login/" in answer["Location"]
    closed = {401, 403, 404} if HIDES.fullmatch(name) else {401, 403}
    return answer.status_code not in closed and not login


def allowed(name: str) -> set[str] | None:
    return next((who for pattern, who in TABLE if re.fullmatch(pattern, name)), None)


def asked(browser: Client, name: str, url: str) -> Iterator[Any]:
    """What the address answers, to reading and to writing."""
    browser.raise_request_exception = False
    read = browser.get(url)
    if read.status_code != 405:
        yield read
    if "logout" not in name and (written := browser.post(url)).status_code != 405:
        yield written


def test_each_role_opens_what_the_table_says(
    roles: dict[str, Client], ana: Employee, door: tuple[Kiosk, Client]
) -> None:
    wrong = []
    for name, pattern in patterns():
        if name.endswith("None"):
            continue
        url, who = address(name, pattern, ana), allowed(name)
        if url is None or who is None:
            wrong.append(f"{name} {pattern.pattern} stands in no row of the table")
            continue
        for role, browser in roles.items():
            if role in who and not SOMETIMES.fullmatch(name):
                answers = [browser.get(url)]
                expected = [True, answers[0].status_code == 405]
            elif role in who:
                continue
            else:
                answers, expected = list(asked(browser, name, url)), [False]
            wrong += [
                f"{role} {name} {url}: {answer.status_code}"
                for answer in answers
                if answer.status_code >= 500 or is_open(name, answer) not in expected
            ]
    assert wrong == [], "\n".join(wrong)
