"""Who may call the enrolment page's endpoints, and how the others are refused."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from common.problems import Problem, json_refusals, problem_response
from common.refusals import Refusal
from employees.access import may_enrol

View = Callable[..., HttpResponse]


def hr_endpoint(*methods: str) -> Callable[[View], View]:
    """HR and branch HR alone, these methods alone; every refusal is a problem with its code, and no answer is kept."""

    def decorate(view: View) -> View:
        @wraps(view)
        @json_refusals
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            if not request.user.is_authenticated:
                raise Refusal("login_required", _("You are logged out."), remedy=_("Log in and try again."), status=401)
            if not may_enrol(request.user):
                raise Refusal("forbidden", _("Only HR may do this."), status=403)
            if request.method not in methods:
                refused = Problem(405, "method_not_allowed", _("This address does not take that method."))
                response = problem_response(refused)
                response["Allow"] = ", ".join(methods)
                return response
            try:
                return view(request, *args, **kwargs)
            except Http404:
                message = _("There is no such person or photo.")
                raise Refusal("not_found", message, remedy=_("Load the page again."), status=404) from None

        def uncached(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            response = guarded(request, *args, **kwargs)
            response.setdefault("Cache-Control", "no-store")
            return response

        return uncached

    return decorate
