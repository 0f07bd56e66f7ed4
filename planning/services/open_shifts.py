"""Shifts without a person: offered, asked for, given."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from approvals.services import case_withdraw
from attendance.models import PlannedShift, RequestState, Shift
from attendance.services.changes import days_check_open
from attendance.services.planned import people_lock
from common import audit
from employees.access import is_hr
from employees.employment import employed_on
from employees.models import Department, Employee, User
from planning.access import FIRST_DAY, LAST_DAY, NotPlanned, PlanRefused, planned_departments
from planning.models import OpenShift, ShiftRequest
from planning.selectors import PlanView
from planning.services.publishing import days_publish
from planning.signals import shift_request_changed
from planning.subjects import approver_check, of_request, request_key, step


def open_shift_add(
    *, day: date, shift: Shift, department: Department | None, wanted: int, by: User, note: str = ""
) -> OpenShift:
    """Want so many people for a shift of a day; a draft until the week is published. Raises ``PlanRefused``."""
    _check_department(department, by)
    if not 1 <= wanted <= 500:
        raise PlanRefused("wanted", _("Ask for 1 to 500 people."), field="wanted")
    if not FIRST_DAY <= day <= LAST_DAY:
        raise PlanRefused("day", _("Choose a day between 2000 and 2099."), field="day")
    with transaction.atomic():
        days_check_open(days=[day])
        made = OpenShift.objects.create(
            day=day, shift=shift, department=department, wanted=wanted, note=note.strip()[:200]
        )
        audit.record("plan.open_shift", object=f"openshift {made.pk}", details={"day": f"{day}", "shift": shift.name})
        return made


def open_shift_remove(*, open_shift: OpenShift, by: User) -> None:
    """Want nobody more for it; who has it keeps it. Raises ``PlanRefused`` while requests wait."""
    _check_department(open_shift.department, by)
    with transaction.atomic():
        found = OpenShift.objects.select_for_update().get(pk=open_shift.pk)
        if found.requests.filter(state=RequestState.REQUESTED).exists():
            raise PlanRefused("requests_waiting", _("Somebody asks for this shift. Decide that first."))
        audit.record("plan.open_shift_removed", object=f"openshift {found.pk}", details={"day": f"{found.day}"})
        found.delete()


def shift_ask(*, open_shift: OpenShift, employee: Employee, today: date) -> ShiftRequest:
    """A person asks for an open shift of their department. Raises ``PlanRefused``."""
    with transaction.atomic():
        found = OpenShift.objects.select_for_update().filter(pk=open_shift.pk, state=OpenShift.State.PUBLISHED).first()
        if found is None or found.day < today:
            raise PlanRefused("not_open", _("This shift is no longer offered."))
        if found.department_id not in (None, employee.department_id):
            raise NotPlanned("other_department", _("This shift is of another department."))
        if not employed_on(employee, found.day):
            raise PlanRefused("not_employed", _("You do not work here on that day."))
        if taken(found) >= found.wanted:
            raise PlanRefused("taken", _("This shift has been given to somebody else."))
        try:
            with transaction.atomic():
                made = ShiftRequest.objects.create(open_shift=found, employee=employee)
        except IntegrityError as error:
            raise PlanRefused("asked_already", _("You have asked for this shift already.")) from error
        shift_request_changed.send(ShiftRequest, request=made)
        return made


def shift_ask_withdraw(*, request: ShiftRequest, employee: Employee) -> ShiftRequest:
    """The person takes back what is not decided yet. Raises ``PlanRefused``."""
    if request.employee_id != employee.pk:
        raise NotPlanned("not_yours", _("This is somebody else's request."))
    with transaction.atomic():
        found = _waiting(request)
        case_withdraw(key=request_key(found.pk))
        return _decided(found, RequestState.WITHDRAWN, None, "")


def shift_give(*, request: ShiftRequest, by: User, approve: bool, answer: str = "") -> ShiftRequest:
    """Who plans the person gives them the shift, beside what they have on that day, or refuses.

    What is given is published at once; where a rule asks for a second approval, once that is
    given. Raises ``PlanRefused`` and ``PeriodLocked``.
    """
    message = _("Only the manager or HR decides, and nobody about themselves.")
    approver_check(subject=of_request(request), by=by, message=message)
    if not approve and not answer.strip():
        raise PlanRefused("answer_missing", _("Say why, so that the person knows what to do."), field="answer")
    with transaction.atomic():
        people_lock([request.employee_id])
        open_shift = OpenShift.objects.select_for_update().get(pk=request.open_shift_id)
        found = _waiting(request)
        if not approve:
            step(subject=of_request(found), by=by, approve=False)
            return _decided(found, RequestState.REFUSED, by, answer)
        if taken(open_shift) >= open_shift.wanted:
            raise PlanRefused("taken", _("This shift has been given to somebody else."))
        if not employed_on(found.employee, open_shift.day):
            message = _("%(name)s does not work here on that day.") % {"name": found.employee.name}
            raise PlanRefused("not_employed", message)
        view = PlanView([found.employee], open_shift.day, open_shift.day)
        has = view.counted(found.employee, open_shift.day)
        if open_shift.shift_id in has:
            raise PlanRefused("has_it", _("The person has this shift on that day already."))
        if not step(subject=of_request(found), by=by, approve=True):
            return found
        rows = day_rows(found.employee, open_shift.day, (*has, open_shift.shift_id))
        days_publish(days={(found.employee_id, open_shift.day): rows}, by=by)
        return _decided(found, RequestState.APPROVED, by, answer)


def day_rows(employee: Employee, day: date, shifts: Sequence[int]) -> list[PlannedShift]:
    """The rows of a day with these shifts; one that says free where there is none."""
    if not shifts:
        return [PlannedShift(employee=employee, day=day, kind=PlannedShift.Kind.FREE)]
    return [PlannedShift(employee=employee, day=day, shift_id=key) for key in shifts]


def taken(open_shift: OpenShift) -> int:
    """How many people have been given the shift."""
    return open_shift.requests.filter(state=RequestState.APPROVED).count()


def _check_department(department: Department | None, by: User) -> None:
    if is_hr(by):
        return
    if department is None or not planned_departments(by).filter(pk=department.pk).exists():
        raise NotPlanned("not_allowed", _("Choose a department that you manage."), field="department")


def _waiting(request: ShiftRequest) -> ShiftRequest:
    rows = ShiftRequest.objects.select_for_update(of=("self",)).select_related("employee", "open_shift__shift")
    found = rows.get(pk=request.pk)
    if found.state != RequestState.REQUESTED:
        raise PlanRefused("already_decided", _("Somebody has decided this meanwhile. Reload the page."))
    return found


def _decided(found: ShiftRequest, state: RequestState, by: User | None, answer: str) -> ShiftRequest:
    found.state, found.decided_by, found.decided_at = state, by, timezone.now()
    found.answer = answer.strip()[:300]
    found.save(update_fields=["state", "decided_by", "decided_at", "answer"])
    audit.record(f"plan.request_{state}", subject=found.employee.number, object=f"shiftrequest {found.pk}")
    shift_request_changed.send(ShiftRequest, request=found)
    return found
