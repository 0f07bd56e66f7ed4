"""The words of a test: what is done at each step, what each figure means, what to choose."""

from __future__ import annotations

from collections.abc import Mapping

from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from kiosk.models import KioskSettings
from kiosk.site_test.measures import LIVE, STRANGER, Measures, Rate, Relative
from kiosk.site_test.plan import Step
from kiosk.site_test.proposals import Proposal

KINDS = {
    LIVE: gettext_lazy("Employee"),
    STRANGER: gettext_lazy("Somebody who is not enrolled"),
    "print": gettext_lazy("Printed photo"),
    "phone_photo": gettext_lazy("Photo on a phone"),
    "phone_video": gettext_lazy("Video on a phone"),
}
CONDITIONS = {
    "plain": gettext_lazy("without glasses"),
    "glasses": gettext_lazy("with glasses"),
    "light_left": gettext_lazy("light from the left"),
    "light_right": gettext_lazy("light from the right"),
}
TITLES = {
    (LIVE, "plain"): gettext_lazy("%(name)s: look at the camera without glasses"),
    (LIVE, "glasses"): gettext_lazy("%(name)s: look at the camera with glasses"),
    (LIVE, "light_left"): gettext_lazy("%(name)s: look at the camera with the light on your left"),
    (LIVE, "light_right"): gettext_lazy("%(name)s: look at the camera with the light on your right"),
    ("print", ""): gettext_lazy("Hold a printed photo of %(name)s up to the camera"),
    ("phone_photo", ""): gettext_lazy("Hold a phone with a photo of %(name)s up to the camera"),
    ("phone_video", ""): gettext_lazy("Play a video of %(name)s on a phone before the camera"),
    (STRANGER, ""): gettext_lazy("Now people who are not enrolled, one after another"),
}
TEXTS = {
    (LIVE, "plain"): gettext_lazy("Come as you would in the morning. After each attempt, step back and come again."),
    (LIVE, "glasses"): gettext_lazy("Any glasses will do. Skip this step if there are none."),
    (LIVE, "light_left"): gettext_lazy("Turn on a lamp, or stand so that a window is on your left."),
    (LIVE, "light_right"): gettext_lazy("Turn on a lamp, or stand so that a window is on your right."),
    ("print", ""): gettext_lazy("Only the photo is to be seen, not the person who holds it. Tilt it a little."),
    ("phone_photo", ""): gettext_lazy("Make the photo as large and as bright as the screen allows."),
    ("phone_video", ""): gettext_lazy("Film the person for ten seconds, looking into the phone, and play that."),
    (STRANGER, ""): gettext_lazy(
        "Visitors, or colleagues without an enrolled face. Each looks at the camera a few times."
    ),
}


def kind_name(kind: str) -> str:
    """What a kind of look is called; kinds of a folder have the folder's name."""
    return str(KINDS.get(kind, kind))


def condition_name(condition: str) -> str:
    """As ``kind_name``, of the condition under which somebody looked."""
    return str(CONDITIONS.get(condition, condition))


def step_words(step: Step, name: str) -> tuple[str, str]:
    """The step's title and what to do. ``name``: the first name of the person whom it shows."""
    which = (step.kind, step.condition)
    return TITLES[which] % {"name": name}, str(TEXTS[which])


def up_to(rate: Rate) -> str:
    """How bad it could be in truth: ``up to 1 in 4``."""
    _low, high = rate.interval
    return _one_in(high)


def fnir_words(rate: Rate) -> str:
    """Employees who were not recognised."""
    if not rate.n:
        return _("Nobody who is enrolled looked at the camera.")
    if not rate.wrong:
        return ngettext(
            "The one attempt by an employee was recognised; with so few attempts, up to %(high)s may fail in truth.",
            "All %(n)d attempts by employees were recognised; with so few attempts, up to %(high)s may fail in truth.",
            rate.n,
        ) % {"n": rate.n, "high": up_to(rate)}
    return ngettext(
        "The one attempt by an employee was not recognised; in truth it may be %(low)s to %(high)s.",
        "Of %(n)d attempts by employees %(wrong)d were not recognised; in truth it may be %(low)s to %(high)s.",
        rate.n,
    ) % _figures(rate)


def fpir_words(rate: Rate) -> str:
    """Strangers who were taken for somebody."""
    if not rate.n:
        return _("Nobody who is not enrolled looked at the camera, so this is not known.")
    if not rate.wrong:
        return ngettext(
            "The one attempt by a stranger was taken for nobody; with so few attempts, up to %(high)s could still be.",
            "Of %(n)d attempts by strangers none was taken for an employee; with so few attempts, up to %(high)s could "
            "still be.",
            rate.n,
        ) % {"n": rate.n, "high": up_to(rate)}
    return ngettext(
        "The one attempt by a stranger was taken for an employee; in truth it may be %(low)s to %(high)s.",
        "Of %(n)d attempts by strangers %(wrong)d were taken for an employee; in truth it may be %(low)s to %(high)s.",
        rate.n,
    ) % _figures(rate)


def bpcer_words(rate: Rate) -> str:
    """Real people whom the liveness check took for a picture."""
    if not rate.n:
        return _("No real person was examined.")
    return _(
        "Of %(n)d attempts by real people %(wrong)d looked like a picture to the liveness check; in truth it may be "
        "%(low)s to %(high)s."
    ) % _figures(rate)


def apcer_words(rate: Rate) -> str:
    """Pictures that the liveness check did not see to be one."""
    if not rate.n:
        return _("Not tried.")
    return _(
        "Of %(n)d attempts the liveness check missed %(wrong)d; in truth it may be %(low)s to %(high)s."
    ) % _figures(rate)


def iapar_words(rate: Rate) -> str:
    """Pictures that were let in by the kiosk as it is set."""
    if not rate.n:
        return _("Not tried.")
    return _(
        "As the kiosk is set, %(wrong)d of %(n)d attempts were let in; in truth it may be %(low)s to %(high)s."
    ) % _figures(rate)


def riapar_words(relative: Relative) -> str:
    """How the kiosk does as a whole: pictures let in and people not let in."""
    if relative.rate is None:
        return _("Not known: it takes attempts by employees and with their pictures.")
    low, high = relative.interval
    return _("%(rate)s (%(low)s to %(high)s): pictures let in and employees not let in, added up.") % {
        "rate": percent(relative.rate),
        "low": percent(low),
        "high": percent(high),
    }


def measures_words(found: Measures) -> list[dict[str, str]]:
    """The report's lines: the figure's name, what it says in words, and the figure itself."""
    lines = [
        _line("FNIR", _("Employees not recognised"), found.fnir, fnir_words(found.fnir)),
        _line("FPIR", _("Strangers taken for an employee"), found.fpir, fpir_words(found.fpir)),
        _line("BPCER", _("Real people taken for a picture"), found.bpcer, bpcer_words(found.bpcer)),
    ]
    for kind, rate in found.apcer.items():
        name = _("%(kind)s: not noticed") % {"kind": kind_name(kind)}
        lines.append(_line("APCER", name, rate, apcer_words(rate)))
    for kind, rate in found.iapar.items():
        lines.append(_line("IAPAR", _("%(kind)s: let in") % {"kind": kind_name(kind)}, rate, iapar_words(rate)))
    for kind, relative in found.riapar.items():
        name = _("%(kind)s: both errors together") % {"kind": kind_name(kind)}
        lines.append(_line("RIAPAR", name, relative, riapar_words(relative)))
    return lines


def unusable_words(unusable: Mapping[str, int]) -> str:
    """Looks that count in no figure."""
    if not unusable:
        return ""
    counted = ", ".join(f"{kind_name(kind)}: {count}" for kind, count in unusable.items())
    return _("Attempts without one good face, which count in no figure: %(counted)s.") % {"counted": counted}


def proposal_words(proposal: Proposal) -> str:
    """What to choose and why, in a sentence or two."""
    figures = {"passed": proposal.passed, "n": proposal.n, "cost": proposal.cost, "honest": proposal.honest}
    match proposal.code:
        case "attacks_passed":
            kinds = ", ".join(kind_name(kind).lower() for kind in proposal.detail)
            said = _("%(passed)d of %(n)d attempts with a picture were let in (%(kinds)s). Choose “%(choice)s”.")
            cost = _("Of %(honest)d attempts by employees that were let in, %(cost)d would have been asked to move.")
            choice = KioskSettings.Liveness(proposal.proposed).label
            return f"{said % {**figures, 'kinds': kinds, 'choice': choice}} {cost % figures}"
        case "attacks_stopped":
            return _("Liveness check: leave it as it is. None of %(n)d attempts with a picture was let in.") % figures
        case "attacks_untried":
            return _("Liveness check: leave it as it is. No picture of an employee was tried, so this says nothing.")
        case "strangers_stopped":
            return _("Strictness: leave it as it is. None of %(n)d attempts by strangers was let in.") % figures
        case "strangers_untried":
            return _("Strictness: leave it as it is. No stranger was there, so this says nothing.")
        case "missed":
            said = _("%(passed)d of %(n)d attempts by employees were not recognised. Add photos that look like this.")
            under = ", ".join(condition_name(condition) for condition in proposal.detail)
            return said % figures + (" " + _("It happened here: %(under)s.") % {"under": under} if under else "")
    if proposal.setting == "strictness":
        said = _("%(passed)d of %(n)d attempts by strangers were taken for an employee. Choose %(share)s.")
        cost = _("Of %(honest)d attempts that were recognised, %(cost)d would no longer be.")
        return f"{said % {**figures, 'share': share_words(float(proposal.proposed))}} {cost % figures}"
    said = _("%(passed)d of %(n)d attempts by strangers were taken for an employee, and no strictness would stop them.")
    return f"{said % figures} " + _("Choose number and PIN first, so that the face only confirms them.")


def share_words(share: float) -> str:
    """``1 in 1,000``."""
    return _("1 in %(number)s") % {"number": number_format(round(1 / share), force_grouping=True)}


def percent(share: float) -> str:
    """``24.2 %`` with a non-breaking space."""
    return f"{number_format(round(100 * share, 1), 1)}\N{NO-BREAK SPACE}%"


def _line(code: str, name: str, rate: Rate | Relative, words: str) -> dict[str, str]:
    figure, interval = "–", ""
    if rate.rate is not None:
        low, high = rate.interval
        figure, interval = percent(rate.rate), f"{percent(low)} – {percent(high)}"
    return {"code": code, "name": name, "words": words, "figure": figure, "interval": interval}


def _figures(rate: Rate) -> dict[str, object]:
    low, high = rate.interval
    return {"n": rate.n, "wrong": rate.wrong, "low": percent(low), "high": percent(high)}


def _one_in(share: float) -> str:
    """A share as people say it: ``1 in 4``; more than a third as a percentage."""
    if share > 1 / 3:
        return percent(share)
    return share_words(share)
