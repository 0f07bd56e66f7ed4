"""The admin site: who enters follows from the role, and everybody logs in at the same door."""

from __future__ import annotations

from typing import Any

from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.urls import ResolverMatch, reverse
from django.utils.http import urlencode
from django.utils.translation import gettext_lazy as _
from unfold.sites import UnfoldAdminSite

from employees.access import is_hr, may_act_in_admin, opens_admin, powers
from presente.single_sign_on import SignOut

ROW_PAGES = {"changelist", "add", "change", "history", "delete"}


class PresenteAdminSite(UnfoldAdminSite):  # type: ignore[misc]
    index_title = _("Dashboard")

    def has_permission(self, request: HttpRequest) -> bool:
        """Who may open the page that was asked for; ``is_staff`` by itself opens nothing.

        Every address of a model's pages is asked for here, those of our own actions too, so that one that forgets to
        ask is closed to all but HR.
        """
        if not opens_admin(request.user) or request.resolver_match is None:
            return False
        name = request.resolver_match.url_name or ""
        found = [one for one in self._registry.items() if name.startswith(self._stem(one[0]))]
        for model, _page in found:
            self._check_key(request.resolver_match, model)
        return is_hr(request.user) or self._opens(request, request.resolver_match, found)

    @staticmethod
    def _stem(model: Any) -> str:
        return f"{model._meta.app_label}_{model._meta.model_name}_"

    @staticmethod
    def _check_key(match: ResolverMatch, model: Any) -> None:
        """A key that the model's rows cannot have is nobody's: no page needs to think of it."""
        if key := match.kwargs.get("object_id"):
            try:
                model._meta.pk.to_python(unquote(str(key)))
            except ValidationError as error:
                raise Http404 from error

    def _opens(self, request: HttpRequest, match: ResolverMatch, found: list[tuple[Any, Any]]) -> bool:
        name = match.url_name or ""
        for model, page in found:
            return self._opens_row(request, match, page) and self._opens_page(
                request, page, name.removeprefix(self._stem(model))
            )
        return name in {"index", "app_list", "autocomplete", "jsi18n", "logout", "login", "view_on_site"} or not name

    def _opens_page(self, request: HttpRequest, page: Any, action: str) -> bool:
        if action in ROW_PAGES:
            writes = request.method not in {"GET", "HEAD"}
            verb = "delete" if action == "delete" else "add" if action == "add" else "change" if writes else "view"
            return self._permitted(request, page, verb)
        return self._permitted(request, page, "change") and may_act_in_admin(request.user, action)

    @staticmethod
    def _permitted(request: HttpRequest, page: Any, verb: str) -> bool:
        meta = page.model._meta
        names = {verb, "change"} if verb == "view" else {verb}
        return any(request.user.has_perm(f"{meta.app_label}.{name}_{meta.model_name}") for name in names)

    @staticmethod
    def _opens_row(request: HttpRequest, match: ResolverMatch, page: Any) -> bool:
        """Branch HR opens rows of its own people alone."""
        if powers(request.user).sees != "departments" or not (key := match.kwargs.get("object_id")):
            return True
        return page.get_object(request, unquote(str(key))) is not None

    def index(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponseBase:
        """The dashboard is about everybody; who may not see that begins with the first list they may."""
        if is_hr(request.user) or powers(request.user).reads_admin:
            answer: HttpResponseBase = super().index(request, extra_context)
            return answer
        for model in self._registry:
            if request.user.has_perm(f"{model._meta.app_label}.view_{model._meta.model_name}"):
                return redirect(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")
        raise PermissionDenied

    def password_change(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponseBase:
        """One's own password has one page, for whoever enters here too."""
        return redirect("password_change")

    def logout(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponseBase:
        """The one way out, which ends a login at the company's login server as well."""
        answer: HttpResponseBase = SignOut.as_view()(request)
        return answer

    def login(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponseBase:
        """Send visitors to the one login page; somebody who is logged in and has no right is told so."""
        if request.user.is_authenticated and ("next" in request.GET or not self.has_permission(request)):
            raise PermissionDenied
        target = request.GET.get("next") or reverse("admin:index")
        return redirect(f"{reverse('login')}?{urlencode({'next': target})}")
