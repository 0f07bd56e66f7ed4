"""The first account, made once; and where the front door leads each role afterwards."""

from __future__ import annotations

import threading

import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from common.redaction import redact
from employees.models import Employee, User
from presente.checks_around import first_account
from presente.first_run import FirstRunOver, first_account_create, setup_link

FIRST = {
    "first_name": "Hanna",
    "last_name": "Demo",
    "username": "hanna",
    "password": "unusual-words-9",
    "repeated": "unusual-words-9",
    "company": "Demo",
    "time_zone": "America/La_Paz",
    "language": "en",
}


@pytest.mark.django_db
@pytest.mark.parametrize("address", ["/", "/login/"])
def test_an_empty_installation_leads_to_the_welcome(client: Client, address: str) -> None:
    assert client.get(address)["Location"] == reverse("welcome")


@pytest.mark.django_db
@pytest.mark.parametrize("token", ["", "?token=", "?token=guessed"])
def test_without_the_link_nobody_makes_the_first_account(client: Client, token: str) -> None:
    page = client.get(reverse("welcome") + token)
    assert page.status_code == 403
    assert "manage.py doctor" in page.text
    assert client.post(reverse("welcome") + token, FIRST).status_code == 403
    assert not User.objects.exists()


@pytest.mark.django_db
def test_the_doctor_prints_the_link_until_there_is_an_account(client: Client) -> None:
    found = first_account()
    assert (found.status, setup_link() in found.remedy) == ("warn", True)
    User.objects.create_user("first", password="unusual-words-9")
    assert first_account().status == "ok"
    assert client.get(setup_link("")).status_code == 302


@pytest.mark.django_db
def test_the_links_token_stays_out_of_the_address_and_of_logs(client: Client) -> None:
    link = setup_link()
    assert client.get(link)["Location"] == reverse("welcome")
    assert client.get(reverse("welcome")).status_code == 200
    assert link.partition("token=")[2] not in redact(f"GET {link} HTTP/1.1")


@pytest.mark.django_db
def test_the_first_account_is_hr_logged_in_and_shown_what_follows_from_the_place(client: Client) -> None:
    client.get(setup_link())

    page = client.post(reverse("welcome"), FIRST, follow=True)

    hanna = User.objects.get()
    assert (hanna.role, hanna.is_staff, hanna.is_superuser) == ("hr", True, False)
    assert page.redirect_chain[-1][0] == f"{reverse('company_settings')}?begin"
    assert page.context["city"] == "La Paz"


@pytest.mark.django_db
def test_the_first_steps_come_once_the_place_is_confirmed(client: Client) -> None:
    client.get(setup_link())
    client.post(reverse("welcome"), FIRST)
    confirmed = {"name": "Demo", "time_zone": "America/La_Paz", "language": "en", "week_start": "0"}

    page = client.post(f"{reverse('company_settings')}?begin", confirmed, follow=True)

    assert page.redirect_chain[-1][0] == reverse("admin:index")
    assert page.context["steps"]


@pytest.mark.django_db
@pytest.mark.parametrize(
    "change",
    [
        {"password": "12345678", "repeated": "12345678"},
        {"repeated": "other-9"},
        {"username": ""},
        {"username": "a b"},
        {"time_zone": ""},
    ],
)
def test_a_bad_first_account_is_refused_with_its_reason(client: Client, change: dict[str, str]) -> None:
    client.get(setup_link())
    page = client.post(reverse("welcome"), {**FIRST, **change})
    assert page.status_code == 422
    assert page.context["form"].errors
    assert not User.objects.exists()


@pytest.mark.django_db
def test_it_closes_with_the_first_account(client: Client, colleague: User) -> None:
    assert client.get(reverse("welcome"))["Location"] == reverse("home")
    client.post(reverse("welcome"), FIRST)
    assert not User.objects.filter(username="hanna").exists()
    with pytest.raises(FirstRunOver):
        first_account_create(username="hanna", password="unusual-words-9")


@pytest.mark.django_db(transaction=True)
def test_of_many_at_once_one_succeeds() -> None:
    start = threading.Barrier(4)
    ends: list[str] = []

    def attempt(number: int) -> None:
        start.wait()
        try:
            first_account_create(username=f"first{number}", password="unusual-words-9")
            ends.append("made")
        except FirstRunOver:
            ends.append("over")
        finally:
            connection.close()

    threads = [threading.Thread(target=attempt, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(ends) == ["made", "over", "over", "over"]
    assert User.objects.count() == 1


@pytest.mark.django_db
def test_each_role_has_its_own_first_page(
    client: Client, hr_client: Client, manager_client: Client, colleague_client: Client, colleague: User
) -> None:
    own = Employee.objects.get(user=colleague)
    month = timezone.localdate().strftime("%Y-%m")
    assert client.get("/")["Location"].startswith(reverse("login"))
    assert hr_client.get("/")["Location"] == reverse("admin:index")
    assert manager_client.get("/")["Location"] == reverse("presence")
    assert colleague_client.get("/")["Location"] == reverse("attendance_month", args=[own.number, month])


@pytest.mark.django_db
def test_an_account_without_a_person_is_told_so(client: Client) -> None:
    lone = User.objects.create_user("lone", password="unusual-words-9")
    client.force_login(lone, backend="django.contrib.auth.backends.ModelBackend")
    page = client.get("/")
    assert page.status_code == 403
    assert b"Ask HR" in page.content


@pytest.mark.django_db
def test_login_leads_on_to_safe_addresses_alone_and_logout_back(client: Client, hr: User) -> None:
    sent = {"username": "hr", "password": "correct-horse-battery"}
    assert client.post(reverse("login"), {**sent, "password": "wrong"}).status_code == 200
    forged = client.post(reverse("login"), {**sent, "next": "https://evil.example/"})
    assert forged["Location"] == reverse("home")
    assert client.post(reverse("logout"))["Location"] == reverse("login")
    assert client.get(reverse("logout")).status_code == 405


@pytest.mark.django_db
def test_too_many_wrong_passwords_close_the_login_with_a_plain_page(client: Client, hr: User) -> None:
    for _attempt in range(8):
        page = client.post(reverse("login"), {"username": "hr", "password": "wrong"})
    assert page.status_code in {403, 429}
    assert b"Too many attempts" in page.content


@pytest.mark.django_db
def test_the_first_account_may_have_an_address_for_a_forgotten_password(client: Client) -> None:
    client.get(setup_link())
    assert "forgotten" in client.get(reverse("welcome")).text

    wrong = client.post(reverse("welcome"), {**FIRST, "email": "maría@example.com"})
    client.post(reverse("welcome"), {**FIRST, "email": "hanna@example.com"})

    assert "“í”" in wrong.text
    assert User.objects.get().email == "hanna@example.com"
