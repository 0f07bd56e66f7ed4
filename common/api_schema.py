"""What the OpenAPI schema says beyond the serializers: how to authenticate, and how refusals look."""

from __future__ import annotations

from typing import Any

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.utils import OpenApiExample, OpenApiResponse
from drf_spectacular.views import SpectacularSwaggerSplitView
from rest_framework import serializers

from common.problems import CONTENT_TYPE, TITLES

Responses = dict[tuple[int, str], OpenApiResponse]


class FieldErrorSerializer(serializers.Serializer[Any]):
    """One field that has to be mended."""

    field = serializers.CharField(help_text="Its name; empty where the whole request is meant.", allow_blank=True)
    code = serializers.CharField(help_text="For programs.")
    message = serializers.CharField(help_text="What is wrong, for people.")
    remedy = serializers.CharField(help_text="What to do about it.", allow_blank=True)


class ProblemSerializer(serializers.Serializer[Any]):
    """RFC 9457 problem details."""

    type = serializers.CharField(help_text="urn:presente:problem: and the code.")
    title = serializers.CharField()
    status = serializers.IntegerField()
    detail = serializers.CharField(help_text="What is wrong and what to do about it.")
    code = serializers.CharField(help_text="For programs; stable across versions and languages.")
    errors = FieldErrorSerializer(many=True, required=False)  # type: ignore[assignment]


def example(status: int, code: str, detail: str, errors: list[dict[str, str]] | None = None) -> OpenApiExample:
    """A problem as the schema shows it."""
    value: dict[str, Any] = {
        "type": f"urn:presente:problem:{code}",
        "title": str(TITLES[status]),
        "status": status,
        "detail": detail,
        "code": code,
        **({"errors": errors} if errors else {}),
    }
    return OpenApiExample(code, value=value, response_only=True, status_codes=[str(status)], media_type=CONTENT_TYPE)


def refusals(*examples: OpenApiExample) -> Responses:
    """The refusals every endpoint shares, with those of ``examples`` beside them."""
    shared = [
        example(401, "key_unknown", "This API key is not known. Ask HR for a new one."),
        example(403, "scope_missing", "This API key lacks the scope. Ask HR for a key that has it."),
        example(429, "throttled", "Request was throttled. Expected available in 3 seconds."),
        example(503, "database_unavailable", "The database did not answer. Try again."),
    ]
    by_status: dict[int, list[OpenApiExample]] = {}
    for one in [*examples, *shared]:
        by_status.setdefault(one.value["status"], []).append(one)
    return {
        (status, CONTENT_TYPE): OpenApiResponse(ProblemSerializer, description=str(TITLES[status]), examples=found)
        for status, found in sorted(by_status.items())
    }


class ApiKeyScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    """The two headers in which a key may be sent."""

    target_class = "employees.authentication.ApiKeyAuthentication"
    name = ["apiKey", "apiKeyAuthorization"]

    def get_security_requirement(self, auto_schema: Any) -> list[dict[str, list[Any]]]:
        """Either header will do."""
        return [{name: []} for name in self.name]

    def get_security_definition(self, auto_schema: Any) -> list[dict[str, Any]]:
        """As OpenAPI security schemes."""
        note = "Made in the admin or by `manage.py create_api_key NAME --scope SCOPE`."
        return [
            {"type": "apiKey", "in": "header", "name": "X-Api-Key", "description": f"The key alone. {note}"},
            {
                "type": "apiKey",
                "in": "header",
                "name": "Authorization",
                "description": f"The word `Api-Key`, a space and the key. {note}",
            },
        ]


class TryView(SpectacularSwaggerSplitView):
    """Swagger UI, to try calls; ``/api/docs/`` says the same in a page that everybody can use.

    Its script lies in a file of its own and its styles have the nonce: our content policy stays whole.
    """

    template_name = "api/try.html"
