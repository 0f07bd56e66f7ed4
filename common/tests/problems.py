"""How every suite checks a refusal of the API."""

from __future__ import annotations

from typing import Any


def assert_problem(response: Any, status: int, code: str, field: str = "") -> dict[str, Any]:
    """The response is RFC 9457 problem details with this code, about ``field`` alone where it is given."""
    assert response.status_code == status, response.content
    assert response["Content-Type"] == "application/problem+json"
    content: dict[str, Any] = response.json()
    assert (content["status"], content["code"]) == (status, code)
    assert content["type"] == f"urn:presente:problem:{code}"
    assert content["title"]
    assert content["detail"]
    if field:
        assert [error["field"] for error in content["errors"]] == [field]
        assert content["errors"][0]["remedy"]
    return content
