"""Who changed how an account is opened is not alone in knowing it: the owner gets a mail. And an old backup is told."""

from __future__ import annotations

from datetime import time, timedelta

import pytest
import time_machine
from django.contrib.auth.hashers import Argon2PasswordHasher, make_password
from django.core import mail
from django.test import Client
from django.utils import timezone

from conftest import PASSWORD
from employees.models import Employee, ProviderLogin, SecondFactor, User
from employees.second_factors import app_add, app_secret, factor_remove
from notifications.models import Delivery, Kind, Notification
from notifications.services.choosing import choices_change
from notifications.services.delivering import deliver
from presente.checks_around import messages
from presente.notices import backup_tell
from tests.test_second_step import code_of

pytestmark = pytest.mark.django_db
NEW = "another-long-sentence"


def asked() -> list[tuple[str, str]]:
    """What was told of accounts, and the address that its mail goes to, in the order in which it happened."""
    rows = Delivery.objects.filter(notification__kind=Kind.ACCOUNT).select_related("notification__user")
    return [
        (one.notification.data["change"], one.to or one.notification.user.email)
        for one in rows.order_by("created_at")
        if one.notification.user is not None
    ]


def test_a_new_password_is_told_and_a_new_hash_of_the_same_is_not(colleague: User) -> None:
    older = Argon2PasswordHasher().encode(PASSWORD, "a salt of before")
    User.objects.filter(pk=colleague.pk).update(password=older)
    client = Client()
    client.post("/login/", {"username": "colleague", "password": PASSWORD})
    colleague.refresh_from_db()
    assert (colleague.password != older, asked()) == (True, [])
    client.post("/password/", {"old_password": PASSWORD, "new_password1": NEW, "new_password2": NEW})
    assert asked() == [("password", colleague.email)]


def test_the_first_password_of_an_invitation_is_no_change(colleague: User) -> None:
    User.objects.filter(pk=colleague.pk).update(password=make_password(None), last_login=None)
    for text in (NEW, f"{NEW}-again"):
        user = User.objects.get(pk=colleague.pk)
        user.set_password(text)
        user.save()

    # The second is one: somebody had the first.
    assert [change for change, _to in asked()] == ["password"]


def test_another_address_is_told_to_the_old_one(colleague: User, hr: User) -> None:
    colleague.email = "new@example.com"
    colleague.save()
    assert asked() == [("address", "colleague@example.com")]


def test_factors_and_links_are_told_when_they_come_and_when_they_go(colleague: User) -> None:
    secret = app_secret()
    app_add(user=colleague, secret=secret, code=code_of(secret))
    ProviderLogin.objects.create(user=colleague, issuer="https://login.example.com", subject="1")
    factor_remove(user=colleague, key=SecondFactor.objects.get().pk)
    ProviderLogin.objects.all().delete()
    assert [change for change, _to in asked()] == ["app", "linked", "removed", "unlinked"]


def test_who_has_no_access_or_no_address_is_told_nothing(colleague: User) -> None:
    for change in ({"email": ""}, {"email": "a@example.com", "is_active": False}):
        User.objects.filter(pk=colleague.pk).update(**change)
        user = User.objects.get(pk=colleague.pk)
        user.set_password(NEW)
        user.save()
    assert asked() == []


def test_an_account_that_is_deleted_tells_nothing_of_its_factors(colleague: User) -> None:
    SecondFactor.objects.create(user=colleague, kind=SecondFactor.Kind.PASSKEY, credential_id="x")
    Employee.objects.filter(user=colleague).update(user=None)
    colleague.delete()
    assert asked() == []


def test_the_mail_is_in_the_persons_language_at_once_and_names_no_secret(colleague: User) -> None:
    Employee.objects.filter(user=colleague).update(language="es")
    choices_change(user=colleague, channels={}, digest="daily", quiet_from=time(0), quiet_to=time(23, 59))
    SecondFactor.objects.create(user=colleague, kind=SecondFactor.Kind.PASSKEY, credential_id="x")
    deliver(delivery_id=Delivery.objects.get().pk)
    message = mail.outbox[0]
    assert (len(mail.outbox), message.to) == (1, [colleague.email])
    assert "llave de acceso" in str(message.body)
    assert "http" not in str(message.body)


def test_an_old_backup_is_told_once_a_week_to_who_looks_after_the_installation(ana: Employee, hr: User) -> None:
    assert [backup_tell(), backup_tell()] == [1, 0]
    told = Notification.objects.get()
    assert (told.user, told.kind) == (hr, Kind.BACKUP)
    with time_machine.travel(timezone.now() + timedelta(days=7)):
        assert backup_tell() == 1


def test_the_doctor_tells_of_messages_that_were_given_up(ana: Employee, hr: User) -> None:
    assert messages().status == "ok"
    backup_tell()
    Delivery.objects.update(state=Delivery.State.FAILED, finished_at=timezone.now(), error="Connection refused")
    assert "Connection refused" in messages().detail
    assert messages().status == "warn"
