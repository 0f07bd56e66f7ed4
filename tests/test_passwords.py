"""Everybody changes their own password, or sets it by a mailed link; nobody signs with somebody else's."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.core import mail
from django.test import Client
from django.urls import reverse

from conftest import PASSWORD
from employees.models import Employee, User
from presente.tasks import password_mail

pytestmark = pytest.mark.django_db
NEW = "another-long-sentence"


def sign_in(client: Client, name: str, password: str = PASSWORD) -> int:
    return client.post("/login/", {"username": name, "password": password}).status_code


def change(client: Client, old: str, new: str = NEW) -> Any:
    return client.post("/password/", {"old_password": old, "new_password1": new, "new_password2": new})


def mailed_link(user: User) -> str:
    password_mail(user.pk)
    found = re.search(r"/password/set/\S+", str(mail.outbox[-1].body))
    assert found
    return found.group()


@pytest.mark.parametrize("role", ["hr", "manager", "colleague"])
def test_everybody_changes_their_own_password(role: str, request: pytest.FixtureRequest, client: Client) -> None:
    user: User = request.getfixturevalue(role)
    other = Client()
    for one in (client, other):
        assert sign_in(one, user.username) == 302
    assert change(client, PASSWORD).status_code == 302
    assert client.get("/password/").status_code == 200, "the session that changed it stays"
    assert other.get("/password/").status_code == 302
    assert (sign_in(Client(), user.username), sign_in(Client(), user.username, NEW)) == (200, 302)


def test_the_old_password_is_asked_for(hr: User, client: Client) -> None:
    sign_in(client, "hr")
    assert change(client, "wrong").status_code == 200
    assert sign_in(Client(), "hr") == 302


@pytest.mark.parametrize("weak", ["elevenchars", "password1234"])
def test_short_and_common_passwords_are_refused(weak: str, hr: User, client: Client) -> None:
    sign_in(client, "hr")
    assert change(client, PASSWORD, weak).status_code == 200
    assert sign_in(Client(), "hr", weak) == 200


def test_a_long_sentence_is_taken_whole_and_an_endless_one_refused(hr: User, client: Client) -> None:
    long = "eight blue doors 🚪 " * 6
    sign_in(client, "hr")
    assert change(client, PASSWORD, "x y" * 43).status_code == 200
    assert change(client, PASSWORD, long).status_code == 302
    assert (sign_in(Client(), "hr", long), sign_in(Client(), "hr", long[:72])) == (302, 200)


def test_a_mailed_link_sets_the_password_once(colleague: User, client: Client) -> None:
    address = mailed_link(colleague)
    page = client.get(address)
    form = page["Location"]
    assert client.post(form, {"new_password1": NEW, "new_password2": NEW}).status_code == 302
    assert sign_in(Client(), colleague.username, NEW) == 302
    assert "used or is too old" in Client().get(address).text


def test_the_link_comes_in_the_persons_language(colleague: User) -> None:
    Employee.objects.filter(user=colleague).update(language="es")
    mailed_link(User.objects.get(pk=colleague.pk))
    assert "contraseña" in str(mail.outbox[-1].body)


def test_asking_tells_nothing_about_who_has_an_account(
    colleague: User, django_capture_on_commit_callbacks: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent: list[list[Any]] = []
    monkeypatch.setattr("common.jobs.current_app.send_task", lambda name, arguments: sent.append([name, *arguments]))
    answers = []
    for address in (colleague.email, "nobody@example.com"):
        with django_capture_on_commit_callbacks(execute=True):
            answers.append(Client().post("/password/forgotten/", {"email": address}))
    assert {(one.status_code, one["Location"]) for one in answers} == {(302, "/password/sent/")}
    assert sent == [["presente.password_mail", colleague.pk]]
    assert mail.outbox == []


def test_links_cannot_be_asked_for_without_end(colleague: User) -> None:
    codes = {
        Client().post("/password/forgotten/", {"email": f"n{number}@example.com"}).status_code for number in range(25)
    }
    assert codes == {302, 429}


def test_who_may_not_log_in_gets_no_link(colleague: User) -> None:
    colleague.is_active = False
    colleague.save()
    password_mail(colleague.pk)
    assert mail.outbox == []


def test_hr_sends_a_link_and_learns_no_password(colleague: User, hr_client: Client) -> None:
    before = colleague.password
    address = reverse("admin:auth_user_password_change", args=[colleague.pk])
    hr_client.post(address, {"password1": NEW, "password2": NEW, "usable_password": "true"})
    colleague.refresh_from_db()
    assert colleague.password == before


def test_what_hr_sets_for_somebody_without_mail_has_to_be_changed(
    colleague: User, hr_client: Client, client: Client
) -> None:
    User.objects.filter(pk=colleague.pk).update(email="")
    address = reverse("admin:auth_user_password_change", args=[colleague.pk])
    hr_client.post(address, {"password1": NEW, "password2": NEW, "usable_password": "true"})
    assert sign_in(client, colleague.username, NEW) == 302
    assert client.get("/attendance/me/")["Location"] == "/password/"
    refused = client.get("/api/v1/people")
    assert (refused.status_code, refused.json()["code"]) == (403, "password_temporary")
    change(client, NEW, "a-third-long-sentence")
    assert client.get("/password/").status_code == 200
    assert client.get("/").status_code != 302 or "/password/" not in client.get("/")["Location"]


def test_hr_changes_nothing_of_a_superuser(hr_client: Client) -> None:
    root = User.objects.create_superuser("root", "", PASSWORD)
    for address, content in (
        (reverse("admin:auth_user_password_change", args=[root.pk]), {"password1": NEW, "password2": NEW}),
        (reverse("admin:employees_user_change", args=[root.pk]), {"username": "root", "email": "hr@example.com"}),
        (reverse("admin:employees_user_delete", args=[root.pk]), {"post": "yes"}),
    ):
        assert hr_client.post(address, content).status_code == 403
    root.refresh_from_db()
    assert (root.email, root.check_password(PASSWORD)) == ("", True)


@pytest.mark.parametrize("address", ["/password/forgotten/", "/password/sent/", "/password/set/x/y/", "/login/"])
def test_the_pages_speak_both_languages(hr: User, address: str) -> None:
    pages = [Client(headers={"accept-language": language}).get(address).text for language in ("en", "es")]
    assert pages[0] != pages[1]
    assert 'lang="es"' in pages[1]
