"""How the kiosk's endpoints refuse: as the API does."""

from __future__ import annotations

from django.http import HttpResponse

from common.problems import Problem, problem_response


def problem(status: int, code: str, detail: str) -> HttpResponse:
    """An RFC 9457 problem with our machine-readable ``code``."""
    return problem_response(Problem(status, code, detail))
