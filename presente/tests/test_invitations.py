"""Logins for people: by mail or on printed slips, once, in bulk; nobody but the person learns a password."""

from __future__ import annotations

import re
from datetime import date, timedelta
from typing import Any

import pytest
from django.core import mail
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from employees.models import Department, Employee, User
from employees.services.accounts import LIFETIME, accounts_invite, invitations
from employees.tests.employment_kit import employ
from presente.invitations import invitation_path, invitation_send
from presente.tasks import invitation_mail

pytestmark = pytest.mark.django_db
NEW = "another-long-sentence"
LINK = re.compile(r"/invitation/[^/\s<]+/[^/\s<]+/")


def choose(browser: Client, path: str) -> Any:
    """Open the link and choose a password."""
    opened = browser.get(path, follow=True)
    place = opened.redirect_chain[-1][0] if opened.redirect_chain else path
    return browser.post(place, {"new_password1": NEW, "new_password2": NEW})


def account(person: Employee) -> User:
    """The person's account, as an invitation makes it."""
    (made,) = accounts_invite(people=[Employee.objects.get(pk=person.pk)])
    return made


def select(hr_client: Client, *people: Employee) -> None:
    """Tick people in the admin's list and run the action."""
    keys = [person.pk for person in people]
    ran = hr_client.post(
        reverse("admin:employees_employee_changelist"), {"action": "give_logins", "_selected_action": keys}
    )
    assert ran["Location"] == reverse("invite")


def slips(page: Any) -> list[str]:
    return list(dict.fromkeys(LINK.findall(page.text)))


def test_whoever_was_selected_gets_a_slip_by_which_they_choose_a_password(
    hr_client: Client, client: Client, ana: Employee, ben: Employee
) -> None:
    select(hr_client, ana, ben)
    shown = hr_client.get(reverse("invite"))

    page = hr_client.post(reverse("invite"), {"how": "slips"})

    assert [one.number for one in shown.context["found"].people] == ["1001", "1002"]
    assert len(slips(page)) == 2
    assert choose(client, slips(page)[0]).status_code == 302
    assert client.post("/login/", {"username": "1001", "password": NEW}).status_code == 302
    account = User.objects.get(employee=ana)
    assert (account.role, account.is_staff, account.password_temporary) == ("employee", False, False)


def test_who_has_an_address_gets_a_mail_and_the_others_slips(hr_client: Client, ana: Employee, ben: Employee) -> None:
    Employee.objects.filter(pk=ana.pk).update(email="ana@example.com")
    select(hr_client, ana, ben)

    page = hr_client.post(reverse("invite"), {"how": "mail"})
    invitation_mail(User.objects.get(employee=ana).pk)

    assert [slip.employee for slip in page.context["slips"]] == [ben]
    assert mail.outbox[-1].to == ["ana@example.com"]
    assert LINK.search(str(mail.outbox[-1].body))


def test_the_login_after_the_chosen_password_knows_the_name_once(client: Client, ana: Employee) -> None:
    choose(client, invitation_path(account(ana)))

    form = client.get("/login/").context["form"]
    again = client.get("/login/").context["form"]

    assert 'value="1001"' in str(form["username"])
    assert "autofocus" not in str(form["username"])
    assert "autofocus" in str(form["password"])
    assert "1001" not in str(again["username"])
    assert "autofocus" in str(again["username"])


def test_a_link_works_once(client: Client, ana: Employee) -> None:
    path = invitation_path(account(ana))
    first = choose(client, path)

    again = Client().get(path, follow=True)

    assert first.status_code == 302
    assert "no longer works" in again.text


def test_a_newer_invitation_ends_the_earlier_one(client: Client, ana: Employee) -> None:
    lost = invitation_path(account(ana))
    found = invitation_path(account(ana))

    assert "no longer works" in client.get(lost, follow=True).text
    assert choose(Client(), found).status_code == 302


@pytest.mark.parametrize(("later", "valid"), [(LIFETIME - 60, True), (LIFETIME + 60, False)])
def test_it_stands_for_two_weeks(ana: Employee, monkeypatch: pytest.MonkeyPatch, later: int, valid: bool) -> None:
    user = account(ana)
    token = invitations.make_token(user)
    now = invitations._now() + timedelta(seconds=later)
    monkeypatch.setattr(type(invitations), "_now", lambda self: now)

    assert invitations.check_token(user, token) is valid


def test_it_is_no_link_for_a_new_password(client: Client, ana: Employee) -> None:
    user = account(ana)
    place = invitation_path(user).replace("/invitation/", "/password/set/")

    assert "used or is too old" in client.get(place, follow=True).text


def test_who_logs_in_already_keeps_password_and_role(hr_client: Client, manager: User) -> None:
    person, before = Employee.objects.get(user=manager), manager.password
    select(hr_client, person)

    page = hr_client.post(reverse("invite"), {"how": "slips"})

    manager.refresh_from_db()
    assert page.status_code == 302
    assert (manager.password, manager.role) == (before, "manager")


def test_leavers_and_closed_accounts_get_none(hr_client: Client, ana: Employee, colleague: User) -> None:
    employ(ana, hired_on=date(2020, 1, 1), left_on=date(2020, 2, 1))
    User.objects.filter(pk=colleague.pk).update(is_active=False)
    select(hr_client, ana, Employee.objects.get(user=colleague))

    assert hr_client.get(reverse("invite")).context["found"].people == []
    invitation_send(user=User.objects.get(pk=colleague.pk))
    assert mail.outbox == []


def test_a_manager_gets_a_managers_role_and_a_taken_name_another(ana: Employee, department: Department) -> None:
    User.objects.create_user("1001")
    department.managers.add(ana)

    made = account(ana)

    assert (made.role, made.username) == (User.Role.MANAGER, "1001.2")


def test_one_person_is_invited_from_their_account(hr_client: Client, ana: Employee) -> None:
    account = hr_client.get(reverse("person_account", args=["1001"])).text
    address = f"{reverse('invite')}?person=1001"

    assert address in account
    assert len(slips(hr_client.post(address, {"how": "slips"}))) == 1
    assert hr_client.get(f"{reverse('invite')}?person=9999").status_code == 404


def test_slips_are_in_the_persons_language_and_kept_nowhere(hr_client: Client, ana: Employee) -> None:
    Employee.objects.filter(pk=ana.pk).update(language="es")

    page = hr_client.post(f"{reverse('invite')}?person=1001", {"how": "slips"})

    assert 'lang="es"' in page.text
    assert "Escanee el código" in page.text
    assert "no-store" in page["Cache-Control"]


def test_branch_hr_gives_no_logins(branch_hr: User, client_of: Any, ana: Employee) -> None:
    browser = client_of(branch_hr)
    ran = {"action": "give_logins", "_selected_action": [ana.pk]}

    browser.post(reverse("admin:employees_employee_changelist"), ran)

    assert browser.get(reverse("invite")).status_code == 403
    assert not User.objects.filter(employee=ana).exists()


@pytest.mark.parametrize("role", ["hr", "manager", "colleague"])
def test_every_page_says_who_is_logged_in(role: str, request: pytest.FixtureRequest, client_of: Any) -> None:
    user: User = request.getfixturevalue(role)
    User.objects.filter(pk=user.pk).update(first_name="Wer", last_name="Da")

    page = client_of(user).get(reverse("find"))

    assert "Wer Da" in page.text


UNSENT = "common.unsent_mail.EmailBackend"
HERE, THERE = {"Host": "127.0.0.1:8200"}, {"Host": "server.example"}


def test_an_address_of_this_computer_alone_is_warned_of(hr_client: Client, ana: Employee, settings: Settings) -> None:
    settings.ALLOWED_HOSTS = ["*"]
    address = f"{reverse('invite')}?person=1001"

    asked = hr_client.get(address, headers=HERE)
    printed = hr_client.post(address, {"how": "slips"}, headers=HERE)
    fine = hr_client.post(address, {"how": "slips"}, headers=THERE)

    # In full in the first steps alone; here a sentence, and where the settings are explained.
    first = hr_client.get(reverse("admin:index"), headers=HERE)
    explained = "an-address-that-other-devices-open"
    assert "PRESENTE_BIND" in first.text
    for page in (asked, printed):
        assert "127.0.0.1:8200" in page.text
        assert f"{reverse('help', args=['operations'])}#{explained}" in page.text
        assert "PRESENTE_BIND" not in page.text
    assert explained not in fine.text
    assert f'id="{explained}"' in hr_client.get(reverse("help", args=["operations"])).text


def test_each_link_of_a_slip_can_be_copied(hr_client: Client, ana: Employee) -> None:
    page = hr_client.post(f"{reverse('invite')}?person=1001", {"how": "slips"})

    assert 'id="link-1001"' in page.text
    assert 'data-copy="link-1001"' in page.text
    assert "js/copy" in page.text


def test_slips_name_the_public_address_where_there_is_one(hr_client: Client, ana: Employee, settings: Settings) -> None:
    settings.ALLOWED_HOSTS, settings.SITE_URL = ["*"], "https://presente.example.com"

    page = hr_client.post(f"{reverse('invite')}?person=1001", {"how": "slips"}, headers=HERE)

    assert page.context["slips"][0].url.startswith("https://presente.example.com/invitation/")
    assert page.context["trouble"] == ""


def test_without_a_mail_server_slips_are_offered_and_no_link_is_written_down(
    hr_client: Client, ana: Employee, settings: Settings, caplog: pytest.LogCaptureFixture, capsys: Any
) -> None:
    settings.EMAIL_BACKEND = UNSENT
    Employee.objects.filter(pk=ana.pk).update(email="ana@example.com")
    address = f"{reverse('invite')}?person=1001"

    asked = hr_client.get(address)
    done = hr_client.post(address, {"how": "mail"})
    invitation_mail(User.objects.get(employee=ana).pk)

    assert 'value="mail"' not in asked.text
    assert "EMAIL_URL" in asked.text
    assert len(slips(done)) == 1
    assert "EMAIL_URL" in caplog.text
    assert LINK.search(caplog.text + capsys.readouterr().out) is None


def test_without_a_mail_server_the_forgotten_password_says_so(client: Client, settings: Settings) -> None:
    settings.EMAIL_BACKEND = UNSENT

    assert "sends no e-mail" in client.get(reverse("password_ask")).text
