"""Logging in at the company's own provider: whose account it opens, and what is not believed."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from joserfc.jwk import OctKey, RSAKey

from common.models import AuditEntry
from common.redaction import redact
from conftest import PASSWORD
from employees.fresh import BEGUN, FRESH_SECONDS
from employees.models import EmploymentPeriod, ProviderLogin, User
from employees.second_factors import app_add, app_secret
from presente import env
from tests.oidc_provider import CLIENT, SECRET, Provider, provider_running
from tests.test_second_step import code_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def provider(settings: Any, colleague: User) -> Iterator[Provider]:
    """Knows the colleague, by a verified address."""
    with provider_running() as running:
        running.claims = {"sub": "7f3a", "email": "Colleague@example.com", "email_verified": True}
        settings.OIDC = env.Oidc(running.issuer, CLIENT, SECRET, "")
        settings.SITE_URL = "http://testserver"
        yield running


def begin(client: Client, address: str = "/login/oidc/", **query: str) -> dict[str, str]:
    """What the provider is asked."""
    answer = client.get(address, query)
    assert answer.status_code == 302, answer.text
    return dict(parse_qsl(urlsplit(answer["Location"]).query))


def come_back(client: Client, provider: Provider, asked: dict[str, str]) -> Any:
    return client.get(provider.code_for(asked))


def log_in(client: Client, provider: Provider, **query: str) -> Any:
    return come_back(client, provider, begin(client, **query))


def is_in(client: Client) -> bool:
    return "_auth_user_id" in client.session


def test_a_verified_address_opens_the_account_that_has_it(client: Client, provider: Provider, colleague: User) -> None:
    answer = log_in(client, provider, next="/attendance/me/")
    assert answer["Location"] == "/attendance/me/"
    assert client.session["_auth_user_id"] == str(colleague.pk)
    assert ProviderLogin.objects.get().user == colleague
    assert set(AuditEntry.objects.values_list("act", flat=True)) >= {"login", "login.linked"}


@pytest.mark.parametrize(
    "elsewhere", ["https://evil.example/", "//evil.example/", "/\\evil.example", "javascript:alert(1)"]
)
def test_whoever_confirms_is_sent_to_no_other_site(
    client: Client, provider: Provider, colleague: User, elsewhere: str
) -> None:
    client.force_login(colleague, backend="django.contrib.auth.backends.ModelBackend")
    begin(client, next=elsewhere)
    answer = client.post(reverse("confirm_login"), {"password": PASSWORD})
    assert (answer.status_code, answer["Location"]) == (302, reverse("security"))


def test_once_linked_the_subject_counts_and_the_address_no_more(
    client: Client, provider: Provider, colleague: User, hr: User
) -> None:
    log_in(client, provider)
    provider.claims |= {"email": hr.email, "email_verified": False}
    again = Client()
    log_in(again, provider)
    assert again.session["_auth_user_id"] == str(colleague.pk)


def test_an_address_that_the_provider_gave_to_somebody_else_opens_nothing(client: Client, provider: Provider) -> None:
    log_in(client, provider)
    provider.claims["sub"] = "a new person"
    again = Client()
    assert log_in(again, provider).status_code == 403
    assert not is_in(again)


def test_unlinked_by_its_owner_another_subject_may_come(client: Client, provider: Provider) -> None:
    log_in(client, provider)
    assert provider.issuer in client.get("/account/").text
    client.post(reverse("security_change"), {"do": "unlink"})
    provider.claims["sub"] = "another"
    assert log_in(Client(), provider).status_code == 302
    assert ProviderLogin.objects.get().subject == "another"


def test_hr_unlinks_an_account(client: Client, provider: Provider, colleague: User, hr_client: Client) -> None:
    address = reverse("admin:employees_user_unlink", args=[colleague.pk])
    assert hr_client.post(address).status_code == 403
    log_in(client, provider)
    assert address in hr_client.get(reverse("admin:employees_user_change", args=[colleague.pk])).text
    assert "Unlink" in hr_client.get(address).text
    assert hr_client.post(address).status_code == 302
    assert not ProviderLogin.objects.exists()


def test_hr_does_not_unlink_a_superuser(provider: Provider, hr_client: Client) -> None:
    root = User.objects.create_superuser("root", "", PASSWORD)
    ProviderLogin.objects.create(user=root, issuer=provider.issuer, subject="1")
    assert hr_client.post(reverse("admin:employees_user_unlink", args=[root.pk])).status_code == 403
    assert ProviderLogin.objects.exists()


@pytest.mark.parametrize(
    "claims",
    [
        {"email_verified": False},
        {"email_verified": None},
        {"email_verified": "false"},
        {"email": "nobody@example.com"},
        {"email": "colleague@example.com\x00"},
        {"sub": "4711\x00"},
        {"email": ""},
        {"email": "%"},
    ],
)
def test_no_account_is_made_and_no_unverified_address_believed(
    client: Client, provider: Provider, claims: dict[str, Any]
) -> None:
    before = User.objects.count()
    provider.spoil = claims
    assert log_in(client, provider).status_code == 403
    assert not is_in(client)
    assert (User.objects.count(), ProviderLogin.objects.count()) == (before, 0)


def test_roles_that_the_provider_names_give_nothing(client: Client, provider: Provider, colleague: User) -> None:
    provider.claims |= {"role": "hr", "groups": ["hr", "admin"], "is_superuser": True}
    log_in(client, provider)
    colleague.refresh_from_db()
    assert (colleague.role, colleague.is_superuser, colleague.groups.count()) == ("employee", False, 0)
    assert client.get("/admin/", follow=True).status_code == 403


def test_an_address_of_two_accounts_opens_neither(client: Client, provider: Provider, colleague: User) -> None:
    User.objects.create_user("second", colleague.email.upper())
    assert log_in(client, provider).status_code == 403
    assert not is_in(client)


@pytest.mark.parametrize("gone", ["left", "deactivated"])
def test_who_has_left_is_refused(client: Client, provider: Provider, colleague: User, gone: str) -> None:
    log_in(Client(), provider)
    day = timezone.localdate() - timedelta(days=2)
    if gone == "left":
        EmploymentPeriod.objects.filter(employee__user=colleague).update(hired_on=day, left_on=day)
    else:
        User.objects.filter(pk=colleague.pk).update(is_active=False)
    answer = log_in(client, provider)
    assert answer.status_code == 403
    assert "Ask HR" in answer.text
    assert not is_in(client)


def test_a_second_step_that_was_set_up_here_is_asked_for(client: Client, provider: Provider, colleague: User) -> None:
    secret = app_secret()
    app_add(user=colleague, secret=secret, code=code_of(secret, steps=-1))
    assert log_in(client, provider)["Location"] == reverse("login_second")
    assert not is_in(client)
    client.post(reverse("login_second"), {"code": code_of(secret)})
    assert is_in(client)


def test_state_nonce_and_pkce_go_along_and_each_counts(client: Client, provider: Provider) -> None:
    asked = begin(client)
    assert (asked["code_challenge_method"], asked["response_type"], asked["scope"]) == ("S256", "code", "openid email")
    other = begin(Client())
    assert len({asked["state"], asked["nonce"], other["state"], other["nonce"]}) == 4
    # Somebody else's answer, put into this browser.
    assert client.get(provider.code_for(other)).status_code == 403
    # A code that was asked for with another challenge.
    assert client.get(provider.code_for(begin(client) | {"code_challenge": "x" * 43})).status_code == 403
    assert not is_in(client)
    assert come_back(client, provider, begin(client)).status_code == 302


def test_an_answer_works_once(client: Client, provider: Provider) -> None:
    asked = begin(client)
    address = provider.code_for(asked)
    assert client.get(address).status_code == 302
    again = Client()
    assert again.get(address).status_code == 403
    assert client.get(address).status_code == 403


@pytest.mark.parametrize(
    "spoilt",
    [
        {"iss": "https://elsewhere.example"},
        {"aud": "another program"},
        {"aud": None},
        {"exp": int(time.time()) - 3600},
        {"nonce": "another"},
        {"nonce": None},
        {"sub": None},
        {"iat": "yesterday"},
        {"azp": "another program"},
    ],
)
def test_a_token_that_says_anything_else_is_refused(client: Client, provider: Provider, spoilt: dict[str, Any]) -> None:
    provider.spoil = spoilt
    assert log_in(client, provider).status_code == 403
    assert not is_in(client)


@pytest.mark.filterwarnings("ignore:JWS algorithm")
@pytest.mark.parametrize("forged", ["another key", "the secret", "none"])
def test_a_token_that_the_provider_did_not_sign_is_refused(client: Client, provider: Provider, forged: str) -> None:
    if forged == "another key":
        provider.signs_with = RSAKey.generate_key(2048, {"kid": "one"})
    else:
        provider.signs_with = OctKey.import_key(SECRET)
        provider.header = {"alg": "none" if forged == "none" else "HS256", "kid": "one"}
    assert log_in(client, provider).status_code == 403
    assert not is_in(client)


def test_a_new_key_of_the_provider_is_fetched(client: Client, provider: Provider) -> None:
    log_in(Client(), provider)
    provider.key = RSAKey.generate_key(2048, {"kid": "two", "use": "sig", "alg": "RS256"})
    provider.header["kid"] = "two"
    assert log_in(client, provider).status_code == 302


@pytest.mark.parametrize("query", ["", "?error=access_denied", "?code=a&state=b", "?state=%00", "?code[]=a"])
def test_an_answer_that_nobody_asked_for_is_refused(client: Client, provider: Provider, query: str) -> None:
    assert client.get(f"/login/oidc/back/{query}").status_code in {400, 403}
    assert not is_in(client)


def test_a_provider_that_is_away_is_told_and_the_password_still_works(client: Client, provider: Provider) -> None:
    provider.away = True
    answer = client.get("/login/oidc/")
    assert (answer.status_code, "password" in answer.text) == (503, True)
    assert client.post("/login/", {"username": "colleague", "password": PASSWORD}).status_code == 302


def test_the_metadata_of_another_issuer_is_refused(client: Client, provider: Provider, settings: Any) -> None:
    settings.OIDC = env.Oidc(provider.issuer.replace("127.0.0.1", "localhost"), CLIENT, SECRET, "")
    assert client.get("/login/oidc/").status_code == 403


@pytest.mark.parametrize("target", ["https://elsewhere.example/", "//elsewhere.example/", "javascript:alert(1)"])
def test_it_leads_to_no_other_site(client: Client, provider: Provider, target: str) -> None:
    assert log_in(client, provider, next=target)["Location"] == "/"


def test_a_session_is_not_the_one_from_before_the_login(client: Client, provider: Provider) -> None:
    begin(client)
    before = client.session.session_key
    log_in(client, provider)
    assert client.session.session_key != before


def test_a_fresh_login_there_confirms_and_an_old_one_does_not(client: Client, provider: Provider) -> None:
    log_in(client, provider)
    for stale in (True, False):
        session = client.session
        session[BEGUN] = time.time() - FRESH_SECONDS - 1
        session.save()
        assert client.get(reverse("app_set_up"))["Location"] == reverse("confirm_login")
        assert reverse("oidc_confirm") in client.get(reverse("confirm_login")).text
        asked = begin(client, reverse("oidc_confirm"))
        assert (asked["prompt"], asked["max_age"]) == ("login", "0")
        provider.spoil = {"auth_time": int(time.time()) - 7200} if stale else {}
        assert come_back(client, provider, asked).status_code == (403 if stale else 302)
    assert client.get(reverse("app_set_up")).status_code == 200


def test_another_person_does_not_confirm(client: Client, provider: Provider, manager: User) -> None:
    client.force_login(manager, backend="django.contrib.auth.backends.ModelBackend")
    asked = begin(client, reverse("oidc_confirm"))
    assert come_back(client, provider, asked).status_code == 403
    assert client.session["_auth_user_id"] == str(manager.pk)


@pytest.mark.parametrize("door", ["logout", "admin:logout"])
def test_logging_out_ends_the_login_there_too(client: Client, provider: Provider, door: str) -> None:
    User.objects.filter(username="colleague").update(role="hr")
    log_in(client, provider)
    answer = client.post(reverse(door))
    assert answer["Location"].startswith(f"{provider.issuer}/logout?")
    query = dict(parse_qsl(urlsplit(answer["Location"]).query))
    assert (query["client_id"], query["post_logout_redirect_uri"]) == (CLIENT, "http://testserver/login/")
    assert query["id_token_hint"].count(".") == 2
    assert not is_in(client)


def test_whoever_came_by_password_is_not_sent_there(hr_client: Client, provider: Provider) -> None:
    assert hr_client.post(reverse("logout"))["Location"] == "/login/"


def test_a_password_that_hr_set_does_not_stand_in_the_way(client: Client, provider: Provider, colleague: User) -> None:
    User.objects.filter(pk=colleague.pk).update(password_temporary=True)
    log_in(client, provider)
    assert client.get("/attendance/me/").status_code == 200


def test_without_a_provider_there_is_no_button_and_no_address(client: Client, hr: User, settings: Any) -> None:
    settings.OIDC = None
    assert "oidc" not in client.get("/login/").text
    assert {client.get(f"/login/oidc/{end}").status_code for end in ("", "back/")} == {404}


def test_the_button_has_the_name_that_was_set(client: Client, provider: Provider, settings: Any) -> None:
    assert "Log in with your company login" in client.get("/login/").text
    settings.OIDC = env.Oidc(provider.issuer, CLIENT, SECRET, "Northwind")
    assert "Log in with Northwind" in client.get("/login/").text


def test_no_code_and_no_state_stands_in_a_log() -> None:
    line = redact('"GET /login/oidc/back/?code=abc123&state=xyz789 HTTP/1.1" 302')
    assert not {"abc123", "xyz789"} & set(line.replace("=", " ").replace("&", " ").split())
    assert "abc123" not in line
    assert "xyz789" not in line


@pytest.mark.parametrize("issuer", ["ldap://x", "http://login.example.com", "https://", "login.example.com"])
def test_an_address_without_encryption_stops_the_start(
    issuer: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PRESENTE_OIDC_ISSUER", issuer)
    monkeypatch.setenv("PRESENTE_OIDC_CLIENT", CLIENT)
    monkeypatch.setenv("PRESENTE_OIDC_SECRET", SECRET)
    with pytest.raises(ImproperlyConfigured, match="PRESENTE_OIDC_ISSUER"):
        env.oidc(tmp_path / "oidc.secret")


def test_the_secret_may_lie_in_a_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PRESENTE_OIDC_ISSUER", "https://login.example.com/realms/acme/")
    monkeypatch.setenv("PRESENTE_OIDC_CLIENT", CLIENT)
    monkeypatch.delenv("PRESENTE_OIDC_SECRET", raising=False)
    file = tmp_path / "oidc.secret"
    with pytest.raises(ImproperlyConfigured, match="PRESENTE_OIDC_SECRET"):
        env.oidc(file)
    file.write_text(f"{SECRET}\n")
    found = env.oidc(file)
    assert found == env.Oidc("https://login.example.com/realms/acme", CLIENT, SECRET, "")
    assert found.origin == "https://login.example.com"
