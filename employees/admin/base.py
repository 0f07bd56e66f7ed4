"""What HR's pages share: rows that are kept, and the question before something is ended."""

# unfold's decorators carry no types.
# mypy: disable-error-code="untyped-decorator"

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar

from django.contrib import admin
from django.contrib.admin.utils import flatten
from django.contrib.messages import get_messages
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin
from unfold.decorators import action, display

from common.fields import finding
from employees.access import is_hr, narrow_to, powers
from employees.fresh import ask_again, is_fresh
from employees.models import Department, Employee
from employees.signals import ask_first


class FindingAdmin(ModelAdmin):
    """People are found in the list without their accents; other columns as they are written."""

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        """Rows in which every word stands in one of the columns."""
        for word in search_term.split():
            found = Q()
            for name in self.get_search_fields(request):
                found |= finding(word, where=name) if name.endswith("searched") else Q(**{f"{name}__icontains": word})
            queryset = queryset.filter(found)
        return queryset, False

    @display(description=_("their pages"))
    def open_person(self, obj: Any) -> str:
        """A link to the person whom the row is about."""
        who: Employee | None = getattr(obj, "employee", None)
        if who is None:
            return "–"
        text = format_html('<span aria-hidden="true">→</span><span class="admin-hidden">{}</span>', who.name)
        return format_html('<a class="admin-open" href="{}">{}</a>', reverse("person", args=[who.number]), text)


class KeptAdmin(FindingAdmin):
    """Rows that are kept: there is another way to end them than to delete them. Branch HR meets its own people."""

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return narrow_to(super().get_queryset(request), request.user)

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """Who looks after some departments chooses among those, and among their people."""
        field = super().formfield_for_foreignkey(db_field, request, **kwargs)
        limited = powers(request.user).sees == "departments"
        if limited and field is not None and field.queryset.model in (Employee, Department):
            field.queryset = narrow_to(field.queryset, request.user)
            field.required = field.required or field.queryset.model is Department
        return field

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class ImportsFiles(ModelAdmin):
    """Rows that files bring: the list has a button to the page of imports."""

    import_kind: ClassVar[str] = ""
    actions_list = ("import_files",)

    @action(description=_("Import"), url_path="import", icon="upload_file", permissions=["import_files"])
    def import_files(self, request: HttpRequest) -> HttpResponse:
        """Open the page of imports."""
        return redirect(f"{reverse('imports')}?kind={self.import_kind}")

    def has_import_files_permission(self, request: HttpRequest, object_id: str = "") -> bool:
        """HR alone."""
        return is_hr(request.user)


class FreshAdmin(ModelAdmin):
    """Rows that give access to others: whoever logged in a while ago shows again who they are."""

    def changeform_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        return super().changeform_view(request, *args, **kwargs) if is_fresh(request) else ask_again(request)


class ReadOnlyAdmin(KeptAdmin):
    """Evidence: looked at, never typed."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class SaysWhatChanges(ModelAdmin):
    """Before something is saved or deleted that hours are counted from, its page says what would be otherwise."""

    def changeform_view(
        self, request: HttpRequest, object_id: str | None = None, form_url: str = "", extra_context: Any = None
    ) -> Any:
        """The form; what it would change of people's hours is said before it is saved."""
        view = super().changeform_view
        return self._say_first(request, lambda: view(request, object_id, form_url, extra_context))

    def delete_view(self, request: HttpRequest, object_id: str, extra_context: Any = None) -> Any:
        """The same for one row."""
        view = super().delete_view
        return self._say_first(request, lambda: view(request, object_id, extra_context))

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> Any:
        """The same for several."""
        view = super().changelist_view
        return self._say_first(request, lambda: view(request, extra_context))

    def _say_first(self, request: HttpRequest, answer: Callable[[], Any]) -> Any:
        if request.method != "POST" or "locked_seen" in request.POST:
            return answer()
        said = ask_first(type(self), answer)
        # Nothing of the trial stays, its messages neither.
        queued: Any = get_messages(request)
        queued._queued_messages.clear()
        if not said:
            return answer()
        sent = [(name, value) for name, values in request.POST.lists() for value in values]
        context: dict[str, Any] = {"said": said, "sent": [one for one in sent if one[0] != "csrfmiddlewaretoken"]}
        title = gettext("Closed periods stay as they are") if said.locked else gettext("Before it is saved")
        context |= {**admin.site.each_context(request), "title": title}
        response = TemplateResponse(request, "admin/locked.html", context)
        response["Cache-Control"] = "no-store"
        return response


class OpenWhereWrong(ModelAdmin):
    """A folded part of the form is open where something in it has to be read: an error, or what ``needs`` says."""

    def needs(self, form: Any) -> set[str]:
        """The fields that this row asks for, by their names."""
        return set()

    def render_change_form(self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any) -> Any:
        """Unfold those parts."""
        shown = context["adminform"]
        wanted = set(shown.form.errors) | self.needs(shown.form)
        shown.fieldsets = [
            (title, {**part, "classes": [one for one in part.get("classes", ()) if one != "collapse"]})
            if wanted & set(flatten(part["fields"]))
            else (title, part)
            for title, part in shown.fieldsets
        ]
        return super().render_change_form(request, context, *args, **kwargs)


def confirm(request: HttpRequest, *, title: str, text: str, button: str, back: str, ends: bool = False) -> HttpResponse:
    """The page that asks before something is done; its form posts to the same address.

    ``ends``: whether something is ended that does not come back by itself; the button warns then.
    """
    asked = {"title": title, "text": text, "button": button, "back": back, "ends": ends}
    context = {**admin.site.each_context(request), **asked}
    return TemplateResponse(request, "admin/confirm.html", context)
