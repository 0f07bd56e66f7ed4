"""How the kiosk's endpoints refuse: as the API does, in words for whoever stands there."""

from __future__ import annotations

from django.http import HttpResponse
from django.utils.translation import gettext as _

from common.problems import Problem, as_problem, problem_response
from recognition.services import ModelUnavailable


def problem(status: int, code: str, detail: str) -> HttpResponse:
    """An RFC 9457 problem with our machine-readable ``code``."""
    return problem_response(Problem(status, code, detail))


def refused(error: Exception) -> HttpResponse:
    """The problem that an error stands for; raises it where it is a bug."""
    if isinstance(error, ModelUnavailable):
        return problem(503, error.code, _("Faces cannot be recognised now. Use your PIN and tell HR."))
    found = as_problem(error)
    if found is None:
        raise error
    return problem_response(found)
