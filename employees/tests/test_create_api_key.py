"""manage.py create_api_key: the key once, and nothing that cannot be used."""

from __future__ import annotations

import io
import json

import pytest
from django.core.management import CommandError, call_command
from django.test import Client

from employees.models import ApiKey


def run(*arguments: str) -> str:
    out = io.StringIO()
    call_command("create_api_key", *arguments, stdout=out)
    return out.getvalue()


def test_the_last_line_is_the_key_alone_and_it_works(db: None) -> None:
    lines = run("payroll", "--scope", "attendance:read", "--scope", "identify").splitlines()

    row = ApiKey.objects.get()
    assert row.name == "payroll"
    assert row.scopes == ["attendance:read", "identify"]
    assert Client().get("/api/v1/attendance/events", HTTP_X_API_KEY=lines[-1]).status_code == 200
    assert sum(lines[-1] in line for line in lines) == 1


def test_json(db: None) -> None:
    content = json.loads(run("door", "--scope", "identify", "--json", "--days", "30"))

    row = ApiKey.objects.get()
    assert (content["name"], content["scopes"], content["prefix"]) == ("door", ["identify"], row.prefix)
    assert row.is_valid(content["key"])
    assert row.expiry_date is not None
    assert content["expires"] == row.expiry_date.isoformat()


def test_the_same_scope_twice_is_one(db: None) -> None:
    run("door", "--scope", "identify", "--scope", "identify")

    assert ApiKey.objects.get().scopes == ["identify"]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["door", "--scope", "everything"], "Unknown scope: everything. Use one of: identify, attendance:read"),
        (["door"], "Add --scope"),
        (["", "--scope", "identify"], "blank"),
        (["n" * 51, "--scope", "identify"], "50"),
        (["door", "--scope", "identify", "--days", "0"], "--days"),
    ],
)
def test_a_key_that_could_not_be_used_is_not_made(db: None, arguments: list[str], said: str) -> None:
    with pytest.raises(CommandError, match=said):
        run(*arguments)
    assert not ApiKey.objects.exists()
