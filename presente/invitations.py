"""HR gives people logins: by mail to whoever has an address, on printed slips with a QR code to the others."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.encoding import force_bytes
from django.utils.http import urlsafe_base64_encode
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from common.jobs import enqueue
from common.own_address import address_trouble, shared_uri
from common.qr import qr_svg
from common.unsent_mail import mail_server_set
from employees.access import hr_required, may_act
from employees.fresh import fresh_required
from employees.mail import language_of, link, mail_send
from employees.models import Employee, User
from employees.services.accounts import LIFETIME, Invited, accounts_invite, invitations, to_invite
from presente.passwords import PasswordSet

CHOSEN = "invite_people"
"""Where the admin's list leaves the keys of the people who were selected."""
MOST = 1000
DAYS = LIFETIME // 86400


@dataclass(frozen=True, slots=True)
class Slip:
    """What is printed for one person."""

    employee: Employee
    user: User
    language: str
    url: str
    qr: SafeString
    until: datetime


class InvitationAccept(PasswordSet):
    """The page that an invitation opens: the person chooses the password."""

    template_name = "presente/invitation.html"
    token_generator = invitations

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(**kwargs) | {"invited": self.user}


def invitation_path(user: User) -> str:
    """The address that works once, within two weeks."""
    parts = [urlsafe_base64_encode(force_bytes(user.pk)), invitations.make_token(user)]
    return reverse("invitation", args=parts)


def invitation_send(*, user: User) -> None:
    """Mail the invitation; nothing for who has no address, no access or a password. Raises OSError or SMTPException."""
    if not user.email or not may_act(user) or user.has_usable_password():
        return
    path = invitation_path(user)
    with translation.override(language_of(user)):
        mail_send(
            to=user.email,
            subject=_("Presente: your login"),
            key=f"invitation-{path.rstrip('/').rpartition('/')[2]}",
            lines=[
                _("Hello %(name)s,") % {"name": user.get_full_name() or user.username},
                "",
                _("by this link you choose a password and see your own hours. It works once, for %(days)d days:")
                % {"days": DAYS},
                link(path),
                "",
                _("Your user name is %(name)s.") % {"name": user.username},
            ],
        )


@never_cache
@require_http_methods(["GET", "POST"])
@hr_required
@fresh_required
def invite(request: HttpRequest) -> HttpResponse:
    """Show who would be invited and how; then do it, and show the slips to print."""
    found = to_invite(_chosen(request))
    addressed = [one for one in found.people if one.email]
    mailed = addressed if mail_server_set() else []
    if request.method == "POST":
        return _done(request, found, mailed if request.POST.get("how") == "mail" else [])
    context = {
        "found": found,
        "mailed": mailed,
        "slips": len(found.people) - len(mailed),
        "days": DAYS,
        "no_mail": bool(addressed) and not mailed,
        "trouble": address_trouble(request),
    }
    return render(request, "presente/invite.html", context)


def _chosen(request: HttpRequest) -> list[Employee]:
    """Those selected in the admin's list, or the one whom the address names."""
    people = Employee.objects.select_related("user").prefetch_related("employment")
    if number := request.GET.get("person"):
        found = list(people.filter(number=number))
        if not found:
            raise Http404
        return found
    keys = request.session.get(CHOSEN, [])[:MOST]
    return list(people.filter(pk__in=keys))


def _done(request: HttpRequest, found: Invited, mailed: list[Employee]) -> HttpResponse:
    by_mail = {one.pk for one in mailed}
    slips = []
    for person, user in zip(found.people, accounts_invite(people=found.people), strict=True):
        if person.pk in by_mail:
            enqueue("presente.invitation_mail", user.pk)
        else:
            slips.append(_slip(request, person, user))
    request.session.pop(CHOSEN, None)
    if mailed:
        said = ngettext("%(count)d invitation goes by e-mail.", "%(count)d invitations go by e-mail.", len(mailed))
        messages.success(request, said % {"count": len(mailed)})
    if not slips:
        return redirect("admin:employees_employee_changelist")
    return render(request, "presente/slips.html", {"slips": slips, "trouble": address_trouble(request)})


def _slip(request: HttpRequest, person: Employee, user: User) -> Slip:
    url = shared_uri(request, invitation_path(user))
    until = timezone.localtime(timezone.now() + timedelta(seconds=LIFETIME))
    return Slip(person, user, language_of(person), url, qr_svg(url), until)
