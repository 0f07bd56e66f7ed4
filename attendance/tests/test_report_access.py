"""Who may open which report: a visitor, a plain employee, a manager of another department, the right manager, HR."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse

from employees.models import Employee, User

pytestmark = pytest.mark.django_db

ANA = {"number": "1001", "month": "2026-11"}
LISTS = ["presence", "presence_live", "attendance_day"]


def month_urls(number: str) -> list[str]:
    return [
        reverse("attendance_month", kwargs={"number": number, "month": "2026-11"}),
        *(
            reverse("attendance_export", kwargs={"report": "month", "file_format": form})
            + f"?person={number}&month=2026-11"
            for form in ("csv", "xlsx")
        ),
    ]


def list_urls() -> list[str]:
    exports = [reverse("attendance_export", kwargs={"report": "day", "file_format": form}) for form in ("csv", "xlsx")]
    return [*(reverse(name) for name in LISTS), *exports]


def test_a_visitor_is_sent_to_the_login(client: Client, ana: Employee) -> None:
    for url in [*list_urls(), *month_urls("1001"), reverse("my_month")]:
        response = client.get(url)
        assert response.status_code == 302, url
        assert "next=" in response["Location"], url


def test_a_colleague_sees_no_lists(colleague_client: Client, ana: Employee) -> None:
    for url in list_urls():
        response = colleague_client.get(url)
        assert response.status_code == 403, url
        assert b"Ana Demo" not in response.content


def test_a_colleague_sees_the_own_month_and_nobody_elses(colleague_client: Client, ana: Employee) -> None:
    for url in month_urls("2003"):
        assert colleague_client.get(url).status_code == 200, url
    for number in ("1001", "2001", "nobody"):
        for url in month_urls(number):
            assert colleague_client.get(url).status_code == 404, url


def test_a_person_out_of_reach_looks_like_a_person_who_does_not_exist(colleague_client: Client, ana: Employee) -> None:
    hidden = colleague_client.get("/attendance/people/1001/2026-11/").content.replace(b"1001", b"#")
    absent = colleague_client.get("/attendance/people/9999/2026-11/").content.replace(b"9999", b"#")
    assert _without_tokens(hidden) == _without_tokens(absent)


def _without_tokens(page: bytes) -> bytes:
    import re

    return re.sub(rb'name="csrfmiddlewaretoken" value="[^"]*"', b"", page)


def test_the_manager_sees_their_department(manager_client: Client, ana: Employee, ben: Employee) -> None:
    for url in month_urls("1001"):
        assert manager_client.get(url).status_code == 200, url
    for url in month_urls("1002"):
        assert manager_client.get(url).status_code == 404, url
    for url in (reverse(name) for name in LISTS):
        page = manager_client.get(url).content.decode()
        assert "Ana Demo" in page
        assert "Ben Demo" not in page


def test_another_departments_manager_sees_nobody_of_it(outsider_client: Client, ana: Employee, ben: Employee) -> None:
    for url in month_urls("1001"):
        assert outsider_client.get(url).status_code == 404, url
    for url in list_urls():
        response = outsider_client.get(url)
        content = b"".join(response) if response.streaming else response.content
        assert b"Ana Demo" not in content, url
    for department in ("", str(ana.department_id)):
        page = outsider_client.get(f"{reverse('presence')}?department={department}").content.decode()
        assert "Ana Demo" not in page
        assert "Workshop" not in page


def test_hr_sees_everybody(hr_client: Client, ana: Employee, ben: Employee) -> None:
    for number in ("1001", "1002"):
        for url in month_urls(number):
            assert hr_client.get(url).status_code == 200, url


def test_who_was_deactivated_is_out_at_once(manager_client: Client, manager: User, ana: Employee) -> None:
    User.objects.filter(pk=manager.pk).update(is_active=False)
    assert manager_client.get(reverse("presence")).status_code == 302


def test_who_is_no_longer_a_manager_keeps_only_the_own_month(
    manager_client: Client, manager: User, ana: Employee
) -> None:
    User.objects.filter(pk=manager.pk).update(role=User.Role.EMPLOYEE)
    assert manager_client.get(reverse("presence")).status_code == 403
    assert manager_client.get(month_urls("1001")[0]).status_code == 404
    assert manager_client.get(month_urls("2001")[0]).status_code == 200


@pytest.mark.parametrize("number", ["%2e%2e", "'; DROP TABLE", "ANA", "1001 ", "0"])
def test_guessed_numbers_are_not_found(manager_client: Client, ana: Employee, number: str) -> None:
    assert manager_client.get(f"/attendance/people/{number}/2026-11/").status_code in {301, 404}
    assert manager_client.get("/attendance/export/month.csv", {"person": number, "month": "2026-11"}).status_code == 404


@pytest.mark.parametrize("query", ["", "?person=1001", "?month=2026-11", "?person=1001&month=2026-1x"])
def test_an_export_without_a_person_or_a_month_is_not_found(hr_client: Client, ana: Employee, query: str) -> None:
    assert hr_client.get(f"/attendance/export/month.csv{query}").status_code == 404


@pytest.mark.parametrize("name", ["year.csv", "day.pdf", "day", "month.xls"])
def test_no_other_exports(hr_client: Client, name: str) -> None:
    assert hr_client.get(f"/attendance/export/{name}").status_code == 404
