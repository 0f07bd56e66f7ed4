"""The board: people down, days across; a day's own page, publishing, copying a week, rotations."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from attendance.models import PlannedShift, Shift
from attendance.selectors import viewer_today
from attendance.views.reports import private
from common.problems import as_problem, problem_response
from common.refusals import Refusal
from employees.access import decided_employees, manager_required, powers, visible_employees
from employees.models import Employee, User
from planning.access import days_between, planned_by
from planning.forms import CellForm, CopyWeekForm, MoveForm, PlanFilter, RotationForm
from planning.models import OpenShift, PlanChange
from planning.offers import offered_to_plan, open_shifts_between
from planning.selectors import PlanView
from planning.services.drafts import Wish, change_undo, drafts_set, shift_move, week_copy
from planning.services.publishing import plan_publish
from planning.services.rotations import rotation_assign, rotation_undo
from planning.views.lines import Lines

PAGE_ROWS = 300
WEEK = timedelta(days=7)


def _people(user: User) -> QuerySet[Employee]:
    """Whoever plans sees their own row too; whoever stands in for a manager, that manager's people alone."""
    found: QuerySet[Employee] = visible_employees(user) if powers(user).decides else decided_employees(user)
    return found


def filter_of(request: HttpRequest) -> PlanFilter:
    """The board's filter as the address says it."""
    return PlanFilter(request.GET, employees=_people(user_of(request)), today=viewer_today(request.user))


@require_safe
@manager_required
@private
def board(request: HttpRequest) -> HttpResponse:
    """The weeks of the viewer's people."""
    form, user = filter_of(request), user_of(request)
    people = form.employed()
    page = Paginator(people, PAGE_ROWS).get_page(request.GET.get("page"))
    view = PlanView(page.object_list, form.first, form.last)
    rows, days = view.rows(_plannable(user, view.people)), days_between(form.first, form.last)
    lines = Lines(days, form.query)
    return render(
        request,
        "planning/board.html",
        {
            "form": form,
            "copy_form": CopyWeekForm(auto_id="copy-%s"),
            "query": form.query,
            "days": days,
            "lines": [lines.line(row) for row in rows],
            "page": page,
            "shifts": sorted(view.shifts.values(), key=lambda one: one.name),
            "open_shifts": open_shifts_between(user, form.first, form.last),
            "warned": sum(bool(cell.warnings) for row in rows for cell in row.cells),
            "drafts": _draft_count(people, form) + _offers(user, form).filter(state=OpenShift.State.DRAFT).count(),
            "undo": PlanChange.objects.filter(user=user).exists(),
            "today": viewer_today(request.user),
            "previous": form.address(form.first - WEEK),
            "following": form.address(form.first + WEEK),
        },
    )


@require_http_methods(["GET", "POST"])
@manager_required
def cell(request: HttpRequest) -> HttpResponse:
    """One person's day as a page of forms; what a script sends is answered with the lines that changed."""
    form, user = filter_of(request), user_of(request)
    people = planned_by(user)
    person, day = _person(request, people), _day(request)
    view = PlanView([person], day, day)
    (shown,) = view.row(person).cells
    chosen = {"shifts": [one.pk for one in shown.shifts], "note": shown.note}
    cell_form = CellForm(initial=chosen)
    move_form = MoveForm(people=people, initial={"to_person": person.number, "to_day": day})
    shift_field = move_form.fields["shift"]
    shift_field.queryset = Shift.objects.filter(pk__in=[one.pk for one in shown.shifts])  # type: ignore[attr-defined]
    if request.method == "POST":
        try:
            said, touched = _cell_change(request, user, person, day)
        except Refusal as refused:
            if _by_script(request):
                problem = as_problem(refused)
                assert problem is not None
                return problem_response(problem)
            messages.error(request, refused.message)
        else:
            if _by_script(request):
                return _changed(form, user, said, touched)
            messages.success(request, said)
        return _back(form)
    return render(
        request,
        "planning/cell.html",
        {
            "form": cell_form,
            "move_form": move_form,
            "filter": form,
            "employee": person,
            "day": day,
            "cell": shown,
        },
    )


@require_POST
@manager_required
def undo(request: HttpRequest) -> HttpResponse:
    """Take the viewer's last change back, be it drafts or a rotation."""

    def work() -> str:
        if (people := rotation_undo(by=user_of(request))) is not None:
            said = ngettext(
                "The rotation was taken back: %(count)d person works as before.",
                "The rotation was taken back: %(count)d people work as before.",
                people,
            )
            return said % {"count": people}
        count = change_undo(by=user_of(request))
        return ngettext("%(count)d day is as it was.", "%(count)d days are as they were.", count) % {"count": count}

    return _done(request, work)


@require_POST
@manager_required
def copy_week(request: HttpRequest) -> HttpResponse:
    """Copy the first week that is shown to the weeks after it, for the people who are shown."""
    form, user = filter_of(request), user_of(request)
    asked = CopyWeekForm(request.POST)

    def work() -> str:
        if not asked.is_valid():
            raise Refusal("weeks", _("Copy to 1 to 12 weeks."))
        people = _whom(user, form)
        count = week_copy(people=people, monday=form.first, weeks=asked.cleaned_data["weeks_on"], by=user)
        return ngettext("%(count)d day was changed.", "%(count)d days were changed.", count) % {"count": count}

    return _done(request, work)


@require_http_methods(["GET", "POST"])
@manager_required
def publish(request: HttpRequest) -> HttpResponse:
    """What would be published, with what speaks against it; then it is."""
    form, user = filter_of(request), user_of(request)
    people = _whom(user, form)
    if request.method == "POST":

        def work() -> str:
            count = plan_publish(people=people, first=form.first, last=form.last, by=user, offered=_offers(user, form))
            return ngettext(
                "Published: %(count)d change. The people concerned see it.",
                "Published: %(count)d changes. The people concerned see them.",
                count,
            ) % {"count": count}

        return _done(request, work)
    view = PlanView(people, form.first, form.last)
    drafts = view.draft_days
    touched = {key for key, _day in drafts}
    warned = [
        (row.employee, cell)
        for row in (view.row(one) for one in people if one.pk in touched)
        for cell in row.cells
        if cell.warnings
    ]
    offered = _offers(user, form).filter(state=OpenShift.State.DRAFT).select_related("shift", "department")
    context = {"form": form, "count": len(drafts), "people": len(touched), "warned": warned, "offered": offered}
    return render(request, "planning/publish.html", context)


@require_http_methods(["GET", "POST"])
@manager_required
def rotation(request: HttpRequest) -> HttpResponse:
    """Choose a rotation, when it begins and who works it."""
    form, user = filter_of(request), user_of(request)
    people = form.employed().filter(pk__in=planned_by(user).order_by().values("pk"))
    asked = RotationForm(request.POST or None, people=people, initial={"start": form.first + WEEK})
    if request.method == "POST" and asked.is_valid():
        try:
            count = rotation_assign(
                people=list(asked.cleaned_data["people"]),
                turns=asked.turns(),
                start=asked.cleaned_data["start"],
                by=user,
            )
        except Refusal as refused:
            asked.add_error(refused.field if refused.field in asked.fields else None, refused.message)
        else:
            said = ngettext("%(count)d person works this rotation.", "%(count)d people work this rotation.", count)
            messages.success(request, said % {"count": count})
            return _back(form)
    return render(request, "planning/rotation.html", {"form": asked, "filter": form})


def user_of(request: HttpRequest) -> User:
    """Whoever is logged in."""
    assert isinstance(request.user, User)
    return request.user


def _cell_change(request: HttpRequest, user: User, person: Employee, day: date) -> tuple[str, list[Employee]]:
    """What was asked for about a day; what to say, and whose lines have changed."""
    do, touched = request.POST.get("do", "set"), [person]
    if do in ("move", "copy"):
        form = MoveForm(request.POST, people=planned_by(user))
        if not form.is_valid():
            raise Refusal("target", _("Choose a shift, a person and a day."))
        target: Employee = form.cleaned_data["to_person"]
        shift_move(
            employee=person,
            day=day,
            shift=form.cleaned_data["shift"],
            to_employee=target,
            to_day=form.cleaned_data["to_day"],
            by=user,
            copy=do == "copy",
        )
        touched = [person] if target == person else [person, target]
        said = _("Copied as a draft.") if do == "copy" else _("Moved as a draft.")
        return said, touched
    asked = CellForm(request.POST)
    if not asked.is_valid():
        raise Refusal("shift_unknown", _("Choose shifts that there are."), field="shifts")
    shifts: tuple[int, ...] | None = tuple(one.pk for one in asked.cleaned_data["shifts"])
    if do in ("free", "assigned"):
        shifts = () if do == "free" else None
    drafts_set(wishes=[Wish(person, day, shifts, asked.cleaned_data["note"])], by=user)
    return _("Saved as a draft."), touched


def _changed(form: PlanFilter, user: User, said: str, touched: list[Employee]) -> JsonResponse:
    """The lines of the board that have changed, as the page has them."""
    view = PlanView(touched, form.first, form.last)
    lines = Lines(days_between(form.first, form.last), form.query)
    rows = {row.employee.number: lines.line(row) for row in view.rows(one.pk for one in touched)}
    drafts = _draft_count(form.employed(), form) + _offers(user, form).filter(state=OpenShift.State.DRAFT).count()
    return JsonResponse({"said": said, "rows": rows, "drafts": drafts})


def _done(request: HttpRequest, work: Callable[[], str]) -> HttpResponse:
    """Do it, say what was done or why not, and show the board again."""
    try:
        messages.success(request, work())
    except Refusal as refused:
        messages.error(request, refused.message)
    return _back(filter_of(request))


def _back(form: PlanFilter) -> HttpResponse:
    return redirect(f"{reverse('plan')}?{form.query}")


def _whom(user: User, form: PlanFilter) -> list[Employee]:
    """Those of the filter whom the user plans."""
    return list(form.employed().filter(pk__in=planned_by(user).order_by().values("pk")))


def _plannable(user: User, people: list[Employee]) -> list[int]:
    keys = [one.pk for one in people]
    return list(planned_by(user).filter(pk__in=keys).order_by().values_list("pk", flat=True))


def _offers(user: User, form: PlanFilter) -> QuerySet[OpenShift]:
    """The open shifts of those days that the user publishes: of the chosen department alone where one is chosen."""
    found = offered_to_plan(user).filter(day__gte=form.first, day__lte=form.last)
    return found if form.chosen is None else found.filter(department=form.chosen)


def _draft_count(people: QuerySet[Employee], form: PlanFilter) -> int:
    rows = PlannedShift.objects.filter(
        state=PlannedShift.State.DRAFT,
        employee__in=people.order_by().values("pk"),
        day__gte=form.first,
        day__lte=form.last,
    )
    return rows.order_by().values("employee", "day").distinct().count()


def _by_script(request: HttpRequest) -> bool:
    return request.headers.get("Accept") == "application/json"


def _person(request: HttpRequest, people: QuerySet[Employee]) -> Employee:
    found = people.filter(number=request.GET.get("person", "")).first()
    if found is None:
        raise Http404
    return found


def _day(request: HttpRequest) -> date:
    try:
        found = date.fromisoformat(request.GET.get("day", ""))
    except ValueError as error:
        raise Http404 from error
    if not 2000 <= found.year <= 2099:
        raise Http404
    return found
