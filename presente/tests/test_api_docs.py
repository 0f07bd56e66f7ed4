"""The schema, its pages, and what /api/ says where there is nothing."""

from __future__ import annotations

import io
import json
import re
from typing import Any

import pytest
from django.core.management import call_command
from django.test import Client


@pytest.fixture
def schema(client: Client) -> dict[str, Any]:
    response = client.get("/api/schema/", HTTP_ACCEPT="application/vnd.oai.openapi+json")
    assert response.status_code == 200
    content: dict[str, Any] = json.loads(response.content)
    return content


def test_the_schema_is_valid_and_without_a_warning(db: None) -> None:
    call_command("spectacular", "--validate", "--fail-on-warn", stdout=io.StringIO())


def test_the_schema_names_the_endpoints_alone(schema: dict[str, Any], db: None) -> None:
    assert {path: set(operations) for path, operations in schema["paths"].items()} == {
        "/api/v1/identify": {"post"},
        "/api/v1/people": {"get"},
        "/api/v1/attendance/events": {"get", "post"},
        "/api/v1/attendance/days": {"get"},
        "/api/v1/attendance/timesheets": {"get"},
        "/api/v1/attendance/adjustments": {"get", "post"},
        "/api/v1/attendance/absences": {"get", "post"},
        "/api/v1/attendance/absences/{key}/decision": {"post"},
        "/api/v1/attendance/corrections": {"get", "post"},
        "/api/v1/attendance/corrections/entered": {"post"},
        "/api/v1/attendance/corrections/{key}/decision": {"post"},
        "/api/v1/attendance/overtime": {"post"},
        "/api/v1/leave/balances": {"get"},
        "/api/v1/leave/ledger": {"get", "post"},
        "/api/v1/plan": {"get", "post", "delete"},
        "/api/v1/imports": {"post"},
        "/api/v1/imports/{key}": {"get", "post", "delete"},
    }


def test_the_schema_names_every_filter_and_the_pages(schema: dict[str, Any], db: None) -> None:
    operation = schema["paths"]["/api/v1/attendance/events"]["get"]

    assert {parameter["name"] for parameter in operation["parameters"]} == {
        *("employee", "from", "to", "direction", "method", "department"),
        *("cursor", "page_size"),
    }
    assert {p["schema"].get("format") for p in operation["parameters"] if p["name"] in {"from", "to"}} == {"date-time"}
    page = operation["responses"]["200"]["content"]["application/json"]["schema"]["$ref"].rpartition("/")[2]
    assert set(schema["components"]["schemas"][page]["properties"]) == {"next", "previous", "results"}


def test_every_operation_says_how_to_authenticate_and_how_it_refuses(schema: dict[str, Any], db: None) -> None:
    for operations in schema["paths"].values():
        for operation in operations.values():
            # What a person signs, no key opens.
            signed = operation["security"] == [{"cookieAuth": []}]
            assert signed or {"apiKey": []} in operation["security"]
            assert signed or {"apiKeyAuthorization": []} in operation["security"]
            assert {"401", "403", "503"} <= set(operation["responses"])
            for status, response in operation["responses"].items():
                if status >= "400":
                    problem = response["content"]["application/problem+json"]
                    assert problem["schema"] == {"$ref": "#/components/schemas/Problem"}
                    assert problem["examples"]
                else:
                    assert response["content"]["application/json"]["examples"]


def test_the_docs_page_lists_every_call_with_its_fields(client: Client, schema: dict[str, Any], db: None) -> None:
    html = client.get("/api/docs/").content.decode()

    for path, operations in schema["paths"].items():
        for method, operation in operations.items():
            assert f"<code>{method.upper()} {path}</code>" in html
            assert f'id="{operation["operationId"]}"' in html
    for name in ("idempotency_key", "page_size"):
        assert f"<code>{name}</code>" in html
    assert "urn:presente:problem:scope_missing" in html
    assert "`from`" not in html
    assert "<code>from</code>" in html


@pytest.mark.parametrize("address", ["/api/docs/", "/api/docs/try/"])
def test_the_docs_pages_obey_the_content_policy(client: Client, db: None, address: str) -> None:
    page = client.get(address)

    html = page.content.decode()
    assert page.status_code == 200
    assert "unsafe" not in page["Content-Security-Policy"]
    assert not re.search(r"<style|<script(?![^>]*\bsrc=)|\son\w+=|\sstyle=", html)
    for address in re.findall(r'<(?:script|link)\b[^>]*?(?:src|href)="([^"]+)"', html):
        assert address.startswith("/")
        found = client.get(address.replace("&amp;", "&"))
        assert found.status_code == 200, address
        assert found.getvalue()


def test_nothing_is_a_problem_too(client: Client, db: None) -> None:
    response = client.get("/api/v2/nothing")

    assert response.status_code == 404
    assert response["Content-Type"] == "application/problem+json"
    assert response.json()["code"] == "not_found"


def test_pages_outside_the_api_keep_their_own_errors(client: Client, db: None) -> None:
    response = client.get("/nothing-here")

    assert response.status_code == 404
    assert response["Content-Type"].startswith("text/html")


def test_problems_speak_the_readers_language_but_codes_do_not(client: Client, db: None) -> None:
    response = client.get("/api/v1/attendance/events", HTTP_ACCEPT_LANGUAGE="es")

    assert (response.status_code, response.json()["code"]) == (401, "not_authenticated")
