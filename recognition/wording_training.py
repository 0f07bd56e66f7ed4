"""The sentences of training runs: the gate's reasons and the findings about photos."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _

from employees.models import Employee, EnrolmentPhoto
from recognition.wording import change


def group_name(group: str) -> str:
    """A group of the gate's exam."""
    names = {
        "old": _("people known before"),
        "new": _("people who are new"),
        "unseen": _("people not in the training set"),
    }
    return names.get(group, group)


def reason_text(reason: Mapping[str, Any]) -> str:
    """One of the gate's reasons as a sentence; points are hundredths of the share named rightly."""
    code = str(reason["code"])
    words = {
        "too_few_people": _(
            "Too few people: the training set and the test set need two people each, with two or more photos each. "
            "Enrol more people, or add photos of those who have one."
        ),
        "not_better": _(
            "Nothing is better than before, so nothing changes: a version is replaced only by a better one."
        ),
        "parent_changed": _(
            "Another version became active while this one was made: it was tested against one that is no longer in "
            "use. Start a new training."
        ),
    }
    if code in words:
        return words[code]
    figures = {
        "group": group_name(str(reason.get("group", ""))),
        "points": change(100 * float(reason["value"]), 2),
        "low": change(100 * float(reason["low"]), 2),
        "high": change(100 * float(reason["high"]), 2),
    }
    sentences = {
        "worse": _("Worse for %(group)s: %(points)s points (%(low)s to %(high)s)."),
        "better": _("Better for %(group)s: %(points)s points (%(low)s to %(high)s)."),
        "strangers_worse": _("More strangers pass: %(points)s points (%(low)s to %(high)s)."),
        "strangers_better": _("Fewer strangers pass: %(points)s points (%(low)s to %(high)s)."),
        "worse_at_door": _("Worse for %(group)s at your own threshold: %(points)s points (%(low)s to %(high)s)."),
        "strangers_worse_at_door": _(
            "More strangers pass at your own threshold: %(points)s points (%(low)s to %(high)s)."
        ),
    }
    return sentences[code] % figures


def finding_texts(findings: list[dict[str, Any]]) -> list[str]:
    """What the checks found, by name; people and photos that were deleted since are left out."""
    ids = {one[side] for one in findings for side in ("person", "other") if one.get(side) is not None}
    people = {employee.pk: employee for employee in Employee.objects.filter(pk__in=ids)}
    photos = {
        str(photo.pk): photo
        for photo in EnrolmentPhoto.objects.filter(pk__in=[one["photo"] for one in findings if one["photo"]])
    }
    lines = []
    for one in findings:
        person, other = people.get(one["person"]), people.get(one.get("other") or 0)
        photo = photos.get(one["photo"] or "")
        if person is None:
            continue
        figures = {"name": str(person), "other": str(other or ""), "file": _file_name(photo)}
        if one["code"] == "same_person" and other:
            lines.append(_("%(name)s and %(other)s look like one person under two names.") % figures)
        elif one["code"] == "looks_like_other" and other:
            lines.append(_("%(file)s of %(name)s looks like %(other)s.") % figures)
        elif one["code"] == "unlike_own":
            lines.append(_("%(file)s of %(name)s does not look like the person's other photos.") % figures)
    return lines


def _file_name(photo: EnrolmentPhoto | None) -> str:
    return (photo.file_name if photo else "") or _("A photo")
