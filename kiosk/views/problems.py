"""How the kiosk's endpoints refuse."""

from __future__ import annotations

from django.http import JsonResponse


def problem(status: int, code: str, detail: str) -> JsonResponse:
    """An RFC 9457 problem with our machine-readable ``code``."""
    body = {"type": "about:blank", "title": code, "status": status, "code": code, "detail": detail}
    return JsonResponse(body, status=status, content_type="application/problem+json")
