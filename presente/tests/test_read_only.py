"""What is read on the admin's pages by whoever may change nothing: the forms' words, and no button that refuses."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, time

from django.test import Client
from django.urls import reverse

from attendance.models import Kiosk, Shift, WorkPolicy
from employees.models import Employee, User
from recognition.models import OperatingPoint

ClientOf = Callable[[User], Client]


def _page(client: Client, name: str, *args: object) -> str:
    answer = client.get(reverse(f"admin:{name}", args=args))
    assert answer.status_code == 200
    return " ".join(answer.content.decode().split())


def test_days_of_the_week_have_their_names(auditor: User, client_of: ClientOf) -> None:
    shift = Shift.objects.create(name="Workshop", starts_at=time(8), ends_at=time(16), weekdays=[0, 2])

    assert "Monday, Wednesday" in _page(client_of(auditor), "attendance_shift_change", shift.pk)


def test_the_lines_of_a_policy_are_said_in_hours_and_words(auditor: User, client_of: ClientOf) -> None:
    policy = WorkPolicy.objects.create(
        name="Everybody",
        valid_from=date(2026, 1, 1),
        breaks=[{"after": 360, "length": 30, "deducts": False}],
        overtime=[{"scope": "week", "after": 2400, "tier": 150}],
    )

    page = _page(client_of(auditor), "attendance_workpolicy_change", policy.pk)

    assert "After hours of work: 6:00 · Break: 0:30 · What lacks: is only shown" in page
    assert "Work: of a week · Beyond hours: 40:00 · Per cent: 150" in page


def test_dates_of_employment_have_the_words_and_the_style_of_the_language(
    auditor: User, client_of: ClientOf, ana: Employee
) -> None:
    client = client_of(auditor)
    client.cookies["django_language"] = "es"

    page = _page(client, "employees_employee_change", ana.pk)

    assert "Fecha de ingreso" in page
    assert "Hired on" not in page
    assert ana.hired_on is not None
    assert f"{ana.hired_on:%d/%m/%Y}" in page


def test_how_a_password_is_kept_is_for_nobody_to_read(
    auditor: User, client_of: ClientOf, hr: User, hr_client: Client
) -> None:
    for_auditors = _page(client_of(auditor), "employees_user_change", hr.pk)
    for_hr = _page(hr_client, "employees_user_change", auditor.pk)

    assert "Password" not in for_auditors
    assert "A password is set." in for_hr
    assert "argon2" not in for_auditors + for_hr


def test_each_role_has_its_name_in_the_list_of_users(auditor: User, client_of: ClientOf) -> None:
    client = client_of(auditor)
    client.cookies["django_language"] = "es"
    for role in User.Role.values:
        User.objects.create_user(f"one-{role}", role=role)

    page = _page(client, "employees_user_changelist")

    for name in ("Auditoría", "Sistemas", "Planilla de sueldos", "RR. HH. de sucursal", "Supervisor", "Empleado"):
        assert f"> {name} <" in page or f">{name}<" in page, name


def test_whoever_may_only_read_gets_no_button_that_refuses(
    auditor: User, client_of: ClientOf, hr_client: Client, ana: Employee
) -> None:
    kiosk = Kiosk.objects.create(name="Front door", time_zone="America/La_Paz")
    places = [
        ("attendance_kiosk_change", (kiosk.pk,), "Pair a device"),
        ("recognition_trainingrun_changelist", (), "Fine-tune now"),
        ("recognition_operatingpoint_changelist", (), "Choose this"),
        ("recognition_refreshment_changelist", (), "Switch on"),
        ("employees_employee_change", (ana.pk,), "Enrol face"),
    ]
    for name, args, button in places:
        assert button in _page(hr_client, name, *args), name
        assert button not in _page(client_of(auditor), name, *args), name


def test_another_row_is_a_link_for_whoever_may_open_it(
    technician: User, client_of: ClientOf, hr: User, hr_client: Client
) -> None:
    point = OperatingPoint.objects.create(use="clocking", target=1e-6, chosen_by=hr, reason="a break-in")
    link = f'href="{reverse("admin:employees_user_change", args=[hr.pk])}"'

    page = _page(client_of(technician), "recognition_operatingpoint_change", point.pk)

    assert link not in page
    assert str(hr) in page
    assert link in _page(hr_client, "recognition_operatingpoint_change", point.pk)
