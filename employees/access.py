"""Who may do what: every view, page and endpoint asks here."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from functools import wraps
from typing import Any, Literal

from django.apps import apps as django_apps
from django.conf import settings
from django.contrib.auth.backends import BaseBackend
from django.contrib.auth.models import AnonymousUser
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.db.models import Q, QuerySet, prefetch_related_objects
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils import timezone

from employees.models import ApiKey, Delegation, Department, Employee, User

View = Callable[..., HttpResponseBase]


def has_left(user: User) -> bool:
    """The person's last day at work is over, where they worked."""
    own: Employee | None = getattr(user, "employee", None)
    if own is None:
        return False
    # Asked several times for each request: the periods are read once.
    prefetch_related_objects([own], "employment")
    return own.has_left


def may_act(user: User | AnonymousUser) -> bool:
    """Somebody whose login counts: not deactivated, and not a leaver from the day after the last one at work."""
    return isinstance(user, User) and user.is_active and not has_left(user)


def acting_users() -> QuerySet[User]:
    """Those whose login counts, for messages; by the installation's own day."""
    return User.objects.filter(is_active=True).exclude(employee__in=Employee.objects.left().order_by())


@dataclass(frozen=True, slots=True)
class Powers:
    """What a role may do. ``sees``: whose attendance; ``admin``: the models whose pages it may view and change there.

    ``actions``: what else than viewing, adding and changing a row those pages offer it; ``*`` for all.
    """

    sees: Literal["all", "departments", "team", "own"] = "own"
    reads_reports: bool = False
    decides: bool = False
    enrols: bool = False
    admin: frozenset[str] = frozenset()
    reads_admin: bool = False
    actions: frozenset[str] = frozenset()


_EVERYTHING = frozenset({"*"})
_TECHNICAL = frozenset(
    {
        "attendance.kiosk",
        "kiosk.kiosksettings",
        "doors.door",
        "doors.doorpermission",
        "recognition.modelversion",
        "recognition.trainingrun",
        "recognition.operatingpoint",
        "webhooks.webhook",
    }
)
"""No hours, no faces, nobody's name."""
_PEOPLE = frozenset({"employees.employee", "employees.consent", "employees.enrolmentphoto"})
Role = User.Role
POWERS: dict[str, Powers] = {
    Role.HR: Powers("all", reads_reports=True, decides=True, enrols=True, admin=_EVERYTHING, actions=_EVERYTHING),
    Role.BRANCH: Powers(
        "departments",
        reads_reports=True,
        decides=True,
        enrols=True,
        admin=_PEOPLE,
        actions=frozenset({"badge", "unlock", "enrol", "withdraw"}),
    ),
    Role.MANAGER: Powers("team", reads_reports=True, decides=True),
    Role.PAYROLL: Powers("all", reads_reports=True),
    Role.AUDITOR: Powers("all", reads_reports=True, reads_admin=True),
    Role.IT: Powers(admin=_TECHNICAL, actions=_EVERYTHING),
    Role.EMPLOYEE: Powers(),
}
"""The one place that says what a role may do; a set of one's own is a group of Django's beside the role."""
_NOTHING = Powers()


def powers(user: User | AnonymousUser) -> Powers:
    """What this user may do now: nothing for a visitor, a leaver and a closed account."""
    if not isinstance(user, User) or not may_act(user):
        return _NOTHING
    return POWERS[Role.HR] if user.is_superuser else POWERS.get(user.role, _NOTHING)


def is_hr(user: User | AnonymousUser) -> bool:
    """HR sees and changes everybody; a superuser is HR."""
    return isinstance(user, User) and (user.is_superuser or user.role == Role.HR) and may_act(user)


def may_audit(user: User | AnonymousUser) -> bool:
    """HR, and who was given ``common.view_auditentry``, search the audit trail; neither changes it."""
    return is_hr(user) or (isinstance(user, User) and may_act(user) and user.has_perm("common.view_auditentry"))


def acting_for(user: User | AnonymousUser) -> list[Delegation]:
    """The delegations by which this user decides for others today: read once for each request.

    Not those of a leaver, a closed account or a user who decides nothing (any more); a delegate passes on only what is
    their own.
    """
    if not isinstance(user, User) or not may_act(user):
        return []
    now = timezone.now()
    known: tuple[Any, list[Delegation]] = user.__dict__.get("_acting_for", (None, []))
    if known[0] != now.date():
        rows = Delegation.objects.around(now).filter(delegate=user).select_related("principal__employee")
        held = [one for one in rows if one.holds(user_today(one.principal)) and powers(one.principal).decides]
        known = user.__dict__["_acting_for"] = (now.date(), held)
    return known[1]


def user_today(user: User) -> date:
    """The day where the user works; the installation's own for whoever is no employee."""
    own: Employee | None = getattr(user, "employee", None)
    return timezone.localdate(timezone=own.zone) if own is not None else timezone.localdate()


def names_delegate(user: User | AnonymousUser) -> bool:
    """Whoever decides by their own role may name somebody who acts for them."""
    return powers(user).decides


def is_manager(user: User | AnonymousUser) -> bool:
    """Who decides what people ask for: managers of their own, HR of all, branch HR of its departments, delegates."""
    return powers(user).decides or bool(acting_for(user))


def reads_reports(user: User | AnonymousUser) -> bool:
    """Who reads the attendance of others: whoever decides, payroll and auditors."""
    return powers(user).reads_reports or bool(acting_for(user))


def led_by(user: User) -> Q:
    """Whom somebody leads: a manager the own departments and who reports to them, branch HR its departments."""
    if powers(user).sees == "departments":
        return Q(department__branch_users=user)
    own: Employee | None = getattr(user, "employee", None)
    return Q(department__managers=own) | Q(manager=own) if own is not None else Q(pk=None)


def delegated_by(delegation: Delegation) -> Q:
    """Whom a delegate decides about: whom the principal leads, without the principal, who would decide by proxy."""
    own: Employee | None = getattr(delegation.principal, "employee", None)
    found = led_by(delegation.principal)
    return found & ~Q(pk=own.pk) if own is not None else found


def _own_people(user: User | AnonymousUser) -> Q | None:
    """Whom the role itself lets this user see; None for everybody."""
    sees = powers(user).sees
    if sees == "all":
        return None
    own = getattr(user, "employee", None) if may_act(user) else None
    found = Q(pk=own.pk) if own is not None else Q(pk=None)
    return found | led_by(user) if sees != "own" and isinstance(user, User) else found


def _people(found: Q | None) -> Any:
    """Joins over departments may find somebody twice."""
    if found is None:
        return Employee.objects.all()
    rows = Employee.objects.filter(found)
    return rows if _is_plain(found) else rows.distinct()


def _is_plain(found: Q) -> bool:
    return all(isinstance(one, tuple) and one[0] == "pk" for one in found.children)


def visible_employees(user: User | AnonymousUser) -> Any:
    """The employees whose attendance this user may read; everybody with an account at least their own."""
    found = _own_people(user)
    if found is not None:
        for one in acting_for(user):
            found |= delegated_by(one)
    return _people(found)


def decided_employees(user: User | AnonymousUser) -> Any:
    """The employees about whom this user decides, by the own role or as a delegate: never about themselves."""
    found = _own_people(user) if powers(user).decides else Q(pk=None)
    if found is not None:
        for one in acting_for(user):
            found |= delegated_by(one)
    own: Employee | None = getattr(user, "employee", None)
    people = _people(found)
    return people if own is None else people.exclude(pk=own.pk)


def decides_for(user: User, employee: Employee) -> User | None:
    """For whom a delegate decides about this person; None where the user does so by the own role, or not at all."""
    if powers(user).decides and _people(_own_people(user)).filter(pk=employee.pk).exists():
        return None
    for one in acting_for(user):
        if Employee.objects.filter(delegated_by(one), pk=employee.pk).exists():
            return one.principal
    return None


def has_manager(employee: Employee) -> bool:
    """Whether somebody else manages this person by their role; HR decides about whom nobody does."""
    led = Q(employee__reports=employee)
    if employee.department_id is not None:
        led |= Q(employee__managed_departments=employee.department_id)
    return acting_users().filter(led, role=Role.MANAGER).exclude(employee=employee).exists()


def led_departments(user: User | AnonymousUser) -> QuerySet[Department]:
    """The departments for which this user decides: HR all, others those that they lead, or stand in for."""
    mine = powers(user)
    if mine.decides and mine.sees == "all":
        return Department.objects.all()
    leaders = [one.principal for one in acting_for(user)]
    if isinstance(user, User) and mine.decides:
        leaders.append(user)
    found = Q(pk=None)
    for one in leaders:
        if powers(one).sees == "departments":
            found |= Q(branch_users=one)
        elif getattr(one, "employee", None) is not None:
            found |= Q(managers=one.employee)
    return Department.objects.filter(found).distinct()


def employees_of_key(key: ApiKey) -> QuerySet[Employee]:
    """Whose data a program may read and write: everybody's, or those of the departments and sites its key names."""
    found = Employee.objects.all()
    # One statement for both: this is asked with every request of a program.
    limits = type(key).objects.filter(pk=key.pk).values_list("departments", "sites")
    departments, sites = ({one for one in column if one is not None} for column in zip(*limits, strict=True))
    if departments:
        found = found.filter(department__in=departments)
    if sites:
        found = found.filter(site__in=sites)
    return found


def may_enrol(user: User | AnonymousUser) -> bool:
    """Who takes photos and records consent: HR, and branch HR for the own departments."""
    return powers(user).enrols


def may_manage(user: User | AnonymousUser, employee: Employee) -> bool:
    """Whose photos, consent, badge and PIN this user looks after."""
    return may_enrol(user) and _people(_own_people(user)).filter(pk=employee.pk).exists()


def narrow_to(rows: QuerySet[Any], user: User | AnonymousUser) -> QuerySet[Any]:
    """The rows of the people whom branch HR looks after; the others' are left as they are."""
    if powers(user).sees != "departments":
        return rows
    if rows.model is Employee:
        return rows.filter(pk__in=_people(_own_people(user)).order_by().values("pk"))
    if rows.model is Department:
        return rows.filter(branch_users=user)
    if any(field.name == "employee" for field in rows.model._meta.get_fields()):
        return rows.filter(employee__in=_people(_own_people(user)).order_by().values("pk"))
    return rows.none()


def may_decide(user: User | AnonymousUser, employee: Employee) -> bool:
    """HR, branch HR, the person's managers and their delegates decide what is asked for; nobody about themselves."""
    return employee.pk in may_decide_about_some(user, [employee.pk])


def may_decide_about_some(user: User | AnonymousUser, people: Sequence[int]) -> set[int]:
    """Keys of those of ``people`` about whom the user may decide, asked once for all of them."""
    if not people or not is_manager(user):
        return set()
    own = getattr(user, "employee", None)
    found = set(decided_employees(user).filter(pk__in=people).values_list("pk", flat=True))
    return found - {own.pk} if own is not None else found


VERBS = {"view", "add", "change", "delete"}


def may_admin(user: User | AnonymousUser, model: str, verb: str) -> bool:
    """Whether the role lets this user ``view``, ``add``, ``change`` or ``delete`` rows of ``app.model``."""
    mine = powers(user)
    if "*" in mine.admin:
        return model.partition(".")[0] in settings.OWN_APPS or model == "auth.group"
    if model in mine.admin:
        return verb != "delete" or model in _TECHNICAL
    return mine.reads_admin and verb == "view" and model.partition(".")[0] in settings.OWN_APPS


def may_act_in_admin(user: User | AnonymousUser, action: str) -> bool:
    """Whether the role has an admin page's action beside viewing, adding and changing."""
    mine = powers(user)
    return "*" in mine.actions or action in mine.actions


def opens_admin(user: User | AnonymousUser) -> bool:
    """Whose role, or a group of whose, opens any page of the admin."""
    if not isinstance(user, User) or not may_act(user):
        return False
    return bool(powers(user).admin) or powers(user).reads_admin or user.groups.exists()


class RoleBackend(BaseBackend):
    """Gives each role its permissions; groups of Django's add to them. It logs nobody in."""

    def has_perm(self, user_obj: Any, perm: str, obj: Any = None) -> bool:
        app, _dot, name = perm.partition(".")
        verb, _line, model = name.partition("_")
        return verb in VERBS and may_admin(user_obj, f"{app}.{model}", verb)

    def has_module_perms(self, user_obj: Any, app_label: str) -> bool:
        """Whether the admin lists the app."""
        models = django_apps.get_app_config(app_label).get_models()
        return any(may_admin(user_obj, f"{app_label}.{model._meta.model_name}", "view") for model in models)


def hr_required(view: View) -> View:
    """Send a visitor to the login and refuse (403) everybody but HR."""
    return guarded_by(view, is_hr)


def manager_required(view: View) -> View:
    """Send a visitor to the login and refuse (403) whoever decides for nobody."""
    return guarded_by(view, is_manager)


def reader_required(view: View) -> View:
    """Send a visitor to the login and refuse (403) whoever reads nobody's attendance but their own."""
    return guarded_by(view, reads_reports)


def enroller_required(view: View) -> View:
    """Send a visitor to the login and refuse (403) whoever takes nobody's photos."""
    return guarded_by(view, may_enrol)


def auditor_required(view: View) -> View:
    """Send a visitor to the login and refuse (403) everybody but those who may audit."""
    return guarded_by(view, may_audit)


def login_needed(view: View) -> View:
    """Send a visitor to the login; object access is then asked through ``visible_employees``."""
    return guarded_by(view, may_act)


def guarded_by(view: View, allowed: Callable[[User | AnonymousUser], bool]) -> View:
    """Send a visitor to the login and refuse (403) whoever is not ``allowed``."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if not request.user.is_authenticated:
            return redirect_to_login(request.get_full_path())
        if not allowed(request.user):
            raise PermissionDenied
        return view(request, *args, **kwargs)

    return guarded
