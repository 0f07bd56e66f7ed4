"""What a key opens, and when it opens nothing."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django.fixtures import Settings
from rest_framework.settings import api_settings
from rest_framework.test import APIClient

from employees.authentication import HasScope, KeyThrottle
from employees.models import ApiKey
from employees.services import api_key_create

URL = "/api/v1/attendance/events"


def code_of(response: Any) -> tuple[int, str]:
    assert response["Content-Type"] == "application/problem+json"
    return response.status_code, response.json()["code"]


@pytest.fixture
def made(db: None) -> tuple[ApiKey, str]:
    return api_key_create(name="payroll", scopes=["attendance:read"])


@pytest.mark.parametrize(
    "headers",
    [
        lambda key: {"HTTP_AUTHORIZATION": f"Api-Key {key}"},
        lambda key: {"HTTP_AUTHORIZATION": f"api-key   {key} "},
        lambda key: {"HTTP_X_API_KEY": key},
    ],
)
def test_a_key_may_come_in_either_header(made: tuple[ApiKey, str], headers: Callable[[str], dict[str, str]]) -> None:
    response: Any = Client().generic("GET", URL, **headers(made[1]))  # type: ignore[arg-type]

    assert response.status_code == 200


@pytest.mark.parametrize(
    "forge",
    [
        lambda key: "",
        lambda key: "nonsense",
        lambda key: key.partition(".")[0],
        lambda key: key[:-1],
        lambda key: key + "x",
        lambda key: key.partition(".")[0] + "." + "A" * 32,
        lambda key: "ü" * 20,
        lambda key: "x" * 5000,
        lambda key: key.replace(".", "\x00."),
    ],
)
def test_a_key_that_is_not_ours_is_unknown(made: tuple[ApiKey, str], forge: Callable[[str], str]) -> None:
    response = Client().get(URL, HTTP_X_API_KEY=forge(made[1]))

    assert code_of(response) == (401, "key_unknown")
    assert response["WWW-Authenticate"] == 'Api-Key realm="presente"'


def test_a_revoked_key_opens_nothing(made: tuple[ApiKey, str]) -> None:
    ApiKey.objects.filter(pk=made[0].pk).update(revoked=True)

    assert code_of(Client().get(URL, HTTP_X_API_KEY=made[1])) == (401, "key_revoked")


def test_that_a_key_was_revoked_is_told_to_its_holder_alone(made: tuple[ApiKey, str]) -> None:
    ApiKey.objects.filter(pk=made[0].pk).update(revoked=True)

    guess = f"{made[0].prefix}.{'A' * 32}"

    assert code_of(Client().get(URL, HTTP_X_API_KEY=guess)) == (401, "key_unknown")


def test_an_expired_key_opens_nothing(db: None) -> None:
    _row, key = api_key_create(name="old", scopes=["attendance:read"], expires=timezone.now() - timedelta(seconds=1))

    assert code_of(Client().get(URL, HTTP_X_API_KEY=key)) == (401, "key_expired")


def test_a_bad_key_is_not_made_good_by_a_login(hr_client: Client) -> None:
    assert code_of(hr_client.get(URL, HTTP_X_API_KEY="nonsense")) == (401, "key_unknown")


def test_a_key_without_scopes_opens_nothing(api_client_factory: Callable[..., APIClient]) -> None:
    client = api_client_factory()

    assert code_of(client.get(URL)) == (403, "scope_missing")
    assert code_of(client.post("/api/v1/identify", {}, format="multipart")) == (403, "scope_missing")


@pytest.mark.parametrize("scheme", ["Basic aHI6eA==", "Bearer abc", "Api-Keys abc"])
def test_other_schemes_are_no_key(db: None, scheme: str) -> None:
    assert code_of(Client().get(URL, HTTP_AUTHORIZATION=scheme)) == (401, "not_authenticated")


def test_the_stored_row_does_not_hold_the_key(made: tuple[ApiKey, str]) -> None:
    secret = made[1].partition(".")[2]

    assert all(secret not in str(value) for value in ApiKey.objects.values_list().get())


def test_the_rate_is_counted_by_key_not_by_claimed_address(
    api_client_factory: Callable[..., APIClient], settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(KeyThrottle, "THROTTLE_RATES", {"identify": "2/minute"})
    first, second = api_client_factory("identify"), api_client_factory("identify")

    def ask(client: APIClient, address: str) -> Any:
        return client.post("/api/v1/identify", {}, format="multipart", HTTP_X_FORWARDED_FOR=address)

    assert [ask(first, f"10.0.0.{n}").status_code for n in range(3)] == [400, 400, 429]
    assert ask(second, "10.0.0.1").status_code == 400
    late = ask(first, "10.9.9.9")
    assert code_of(late) == (429, "throttled")
    assert int(late["Retry-After"]) > 0


def test_every_endpoint_is_closed_unless_it_says_otherwise() -> None:
    defaults: Any = api_settings.DEFAULT_PERMISSION_CLASSES

    assert defaults == [HasScope]
