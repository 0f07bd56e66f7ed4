"""What the audit trail records, in words: the acts that are no change of a row, and who is at work."""

from __future__ import annotations

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

ACTS: dict[str, str | Promise] = {
    "access_request": _("Access request handed over"),
    "api.read": _("Read over the API, first in an hour"),
    "api.reads": _("Reads over the API in an hour"),
    "audit.searched": _("Audit trail searched"),
    "chat.company": _("Company chat changed"),
    "consent.link": _("Consent link handed out"),
    "delegate.acted": _("Decided as a delegate"),
    "export": _("File downloaded"),
    "face.read": _("Face looked at"),
    "import": _("File imported"),
    "login": _("Login"),
    "login.failed": _("Failed login"),
    "login.linked": _("Account linked to the company login"),
    "login.unlinked": _("Account no longer linked to the company login"),
    "logout": _("Logout"),
    "page.read": _("Page read"),
    "people.merged": _("Records of one person merged"),
    "person.joined": _("Account made by the company directory"),
    "person.left": _("Account closed by the company directory"),
    "person.returned": _("Account reopened by the company directory"),
    "phonekey.retired": _("Phone removed"),
    "photo.moved": _("Photo moved to another person"),
    "plan.drafted": _("Plan changed, as a draft"),
    "plan.open_shift": _("Open shift added"),
    "plan.open_shift_removed": _("Open shift removed"),
    "plan.open_shifts": _("Open shifts published"),
    "plan.published": _("Plan published"),
    "plan.request_approved": _("Request for an open shift approved"),
    "plan.request_refused": _("Request for an open shift refused"),
    "plan.request_withdrawn": _("Request for an open shift withdrawn"),
    "plan.rotation": _("Rotation assigned"),
    "plan.rotation_undone": _("Rotation undone"),
    "plan.undone": _("Change of the plan undone"),
    "portraits.read": _("Portraits shown on a page"),
    "retention": _("Retention run"),
}
LABELS: dict[str, str | Promise] = {
    "address": _("address"),
    "asked": _("Question"),
    "changed": _("Changed"),
    "count": _("count"),
    "day": _("day"),
    "days": _("days"),
    "from": _("from"),
    "hour": _("hour"),
    "into": _("other record"),
    "issuer": _("login server"),
    "new": _("New"),
    "out": _("Not imported"),
    "pictures": _("pictures"),
    "refused": _("Refused"),
    "same": _("Unchanged"),
    "shift": _("shift"),
    "to": _("to"),
}
"""Details beside the fields of a row."""
VALUES: dict[str, str | Promise] = {"free": _("free")}
ACTORS: dict[str, str | Promise] = {
    "user": _("user %(name)s"),
    "employee": _("employee %(name)s"),
    "key": _("API key %(name)s"),
    "kiosk": _("kiosk %(name)s"),
    "task": _("background task %(name)s"),
    "command": _("command %(name)s"),
    "process": _("program %(name)s"),
}
