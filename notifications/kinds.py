"""The kinds of notification: who gets each by which channels unless they chose, and what it says, in any language."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from django.utils.dateparse import parse_date, parse_datetime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from common.moments import day_text, moment_text
from employees.access import acting_for
from employees.models import User
from notifications.models import Channel, Kind

Data = Mapping[str, Any]
Role = User.Role
APP, EMAIL, PUSH, CHAT = Channel.APP, Channel.EMAIL, Channel.PUSH, Channel.CHAT
EVERYWHERE = frozenset({APP, EMAIL, PUSH, CHAT})
EVERYBODY = frozenset(Role.values)
DECIDERS = frozenset({Role.MANAGER, Role.BRANCH, Role.HR})


@dataclass(frozen=True, slots=True)
class Text:
    """What a notification says: a sentence, and more lines of a message."""

    title: str
    lines: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Rule:
    """To which ``roles`` a kind goes, and by which ``channels``; ``fewer`` for roles that get much of it.

    ``certain``: by these channels whatever somebody chose, at once, and without a link, which could be somebody
    else's. ``company``: names nobody, so that the company's own chat may have it. ``of_others``: only for who may
    decide about the person when the message is sent.
    """

    say: Callable[[Data], Text]
    roles: frozenset[str] = EVERYBODY
    channels: frozenset[str] = EVERYWHERE
    fewer: Mapping[str, frozenset[str]] = field(default_factory=dict)
    certain: frozenset[str] = frozenset()
    company: bool = False
    of_others: bool = False

    def usual(self, role: str) -> frozenset[str]:
        """The channels of somebody who chose none."""
        return self.fewer.get(role, self.channels)


def text(kind: str, data: Data) -> Text:
    """The words in the language that is active."""
    return RULES[kind].say(data)


ACCOUNT_CHANGES: dict[str, Any] = {
    "password": gettext_lazy("The password of your account was changed."),
    "address": gettext_lazy("Your account has another e-mail address now; this one is told for the last time."),
    "app": gettext_lazy("An authenticator app was set up for your account."),
    "passkey": gettext_lazy("A passkey was added to your account."),
    "removed": gettext_lazy("An authenticator app or a passkey was removed from your account."),
    "linked": gettext_lazy("Your account can be opened by the company login now."),
    "unlinked": gettext_lazy("Your account is no longer linked to the company login."),
}
_REQUESTS: dict[str, Any] = {
    "absence": gettext_lazy("%(name)s requests time off: %(days)s"),
    "correction": gettext_lazy("%(name)s requests a correction: %(days)s"),
    "overtime": gettext_lazy("%(name)s has overtime to approve: %(days)s"),
    "shift": gettext_lazy("%(name)s asks for a shift: %(days)s"),
    "swap": gettext_lazy("%(name)s asks to swap shifts: %(days)s"),
}
_DECISIONS: dict[tuple[str, str], Any] = {
    ("absence", "approved"): gettext_lazy("Your time off was approved: %(days)s"),
    ("absence", "refused"): gettext_lazy("Your time off was refused: %(days)s"),
    ("correction", "approved"): gettext_lazy("Your correction was approved: %(days)s"),
    ("correction", "refused"): gettext_lazy("Your correction was refused: %(days)s"),
    ("overtime", "approved"): gettext_lazy("Your overtime was approved: %(days)s"),
    ("overtime", "part"): gettext_lazy("Your overtime was approved in part: %(days)s"),
    ("overtime", "refused"): gettext_lazy("Your overtime was refused: %(days)s"),
}


def _request(data: Data) -> Text:
    return Text(_REQUESTS[data["what"]] % {"name": data["name"], "days": _days(data)})


def _reminder(data: Data) -> Text:
    since = {"day": day_text(_day(data["since"]))}
    if data["escalated"]:
        return Text(str(_request(data).title), [_("Nobody has decided since %(day)s. You may decide now.") % since])
    return Text(str(_request(data).title), [_("It has waited for your decision since %(day)s.") % since])


def _delegate(data: Data) -> Text:
    return Text(
        _("You decide for %(name)s: %(days)s") % {"name": data["name"], "days": _days(data)},
        [_("What waits is in To do. Both your names are kept with each decision.")],
    )


def _decision(data: Data) -> Text:
    return Text(_DECISIONS[data["what"], data["state"]] % {"days": _days(data)})


def _missing(data: Data) -> Text:
    said = {"day": day_text(_day(data["day"]))}
    if data["missing"] == "in":
        return Text(_("No check-in is known for %(day)s") % said, [_("Say when you came; your manager decides.")])
    return Text(_("No check-out is known for %(day)s") % said, [_("Say when you left; your manager decides.")])


def _gap(data: Data) -> Text:
    said = {"name": data["name"], "day": day_text(_day(data["day"]))}
    if data["missing"] == "in":
        return Text(_("%(name)s has no check-in on %(day)s") % said, [_("It can be put right in To do.")])
    return Text(_("%(name)s has no check-out on %(day)s") % said, [_("It can be put right in To do.")])


def _late(data: Data) -> Text:
    said = {"name": data["name"], "day": day_text(_day(data["day"])), "time": data["time"]}
    return Text(_("%(name)s was expected at %(time)s on %(day)s and was not there") % said)


def _kiosk(data: Data) -> Text:
    since = _("Offline since %(time)s: check its power, its network and its browser.")
    return Text(
        _("The kiosk %(name)s is offline") % {"name": data["name"]},
        [since % {"time": moment_text(_moment(data["since"]))}],
    )


def _period(data: Data) -> Text:
    return Text(
        _("The period is over and can be closed: %(days)s") % {"days": _days(data)},
        [_("Its page lists what still waits before it is closed.")],
    )


def _approval(data: Data) -> Text:
    said = {"name": data["name"], "first": day_text(_day(data["first"])), "last": day_text(_day(data["last"]))}
    spans = [_days({"first": first, "last": last}) for first, last in data.get("spans", ())]
    return Text(
        _("The hours of %(name)s from %(first)s to %(last)s have changed since they were approved.") % said,
        [
            *([_("Periods: %(spans)s.") % {"spans": "; ".join(spans)}] if len(spans) > 1 else []),
            _("Every approval given for them was taken back. Check the hours, then approve them again."),
        ],
    )


def _backup(data: Data) -> Text:
    if data.get("days") is None:
        title = _("There is no backup")
    else:
        title = _("The last backup is %(days)s days old") % {"days": data["days"]}
    return Text(title, [_("Run `manage.py backup` every night: docs/backup.md says how.")])


def _account(data: Data) -> Text:
    return Text(
        str(ACCOUNT_CHANGES[data["change"]]),
        [_("Was that you? Then you need do nothing. If it was not, tell HR at once.")],
    )


def _days(data: Data) -> str:
    first, last = _day(data["first"]), _day(data.get("last", data["first"]))
    return day_text(first) if first == last else f"{day_text(first)} – {day_text(last)}"


def _day(said: str) -> date:
    found = parse_date(said)
    assert found is not None
    return found


def _moment(said: str) -> datetime:
    found = parse_datetime(said)
    assert found is not None
    return found


RULES: dict[str, Rule] = {
    Kind.REQUEST: Rule(_request, DECIDERS, fewer={Role.HR: frozenset({APP})}, of_others=True),
    Kind.REMINDER: Rule(_reminder, DECIDERS, fewer={Role.HR: frozenset({APP})}, of_others=True),
    Kind.DELEGATE: Rule(_delegate),
    Kind.DECISION: Rule(_decision),
    # Whether that is mailed, with a link for whoever has no account, the work policy says.
    Kind.MISSING: Rule(_missing, channels=frozenset({APP, PUSH, CHAT})),
    Kind.GAP: Rule(_gap, DECIDERS, frozenset({APP}), fewer={Role.HR: frozenset()}, of_others=True),
    Kind.LATE: Rule(_late, DECIDERS, frozenset({APP}), of_others=True),
    Kind.KIOSK: Rule(_kiosk, frozenset({Role.HR, Role.IT}), company=True),
    Kind.PERIOD: Rule(_period, frozenset({Role.HR}), frozenset({APP, EMAIL}), company=True),
    Kind.APPROVAL: Rule(_approval, channels=frozenset({APP, EMAIL})),
    Kind.BACKUP: Rule(_backup, frozenset({Role.HR, Role.IT}), frozenset({APP, EMAIL}), company=True),
    Kind.ACCOUNT: Rule(_account, channels=frozenset({APP}), certain=frozenset({EMAIL})),
}
"""One for each kind; a new kind is a line here, its words, and a call of ``tell``."""
COMPANY_KINDS = tuple(kind for kind, rule in RULES.items() if rule.company)


def kinds_of(user: User) -> list[str]:
    """The kinds that this user may be told of, in the order of the list."""
    roles = {Role.HR if user.is_superuser else user.role, *([Role.MANAGER] if acting_for(user) else [])}
    return [kind for kind, rule in RULES.items() if roles & rule.roles]


def wanted(user: User, kind: str, chosen: Mapping[str, Sequence[str]] | None) -> frozenset[str]:
    """The channels by which this user is told of a kind: as chosen, else as the role has it."""
    rule = RULES[kind]
    role = Role.HR if user.is_superuser else user.role
    own = frozenset(chosen[kind]) if chosen and kind in chosen else rule.usual(role)
    return own | rule.certain
