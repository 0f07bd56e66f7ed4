"""The receipt of an erasure: what it says, its seal, whether it still holds, and how it is printed."""

from __future__ import annotations

import hashlib
import json
from typing import Any

import font_roboto
from django.utils.translation import gettext as _
from fpdf import FPDF

from common.seals import fits, seal
from employees import key_store
from employees.models import Employee
from kiosk.queue.review import pictures_of
from recognition.services import faces_left

FORMAT = "presente-erasure-1"
KINDS = ("pictures", "decision_pictures", "templates", "models", "queued_pictures", "keys")


class ReceiptUnreadable(Exception):
    """What was given is no receipt of this program."""


def receipt_seal(content: dict[str, Any]) -> dict[str, Any]:
    """The receipt: its content with the SHA-256 of it, and the seal of the installation that erased."""
    plain = _canonical(content)
    return {**content, "sha256": hashlib.sha256(plain).hexdigest(), "seal": seal(plain).hex()}


def receipt_read(text: str) -> dict[str, Any]:
    """A receipt from its JSON; raises ``ReceiptUnreadable``."""
    try:
        content = json.loads(text)
        ours = content["format"] == FORMAT and set(KINDS) <= set(content["erased"])
    except (ValueError, KeyError, TypeError) as error:
        raise ReceiptUnreadable("This is no receipt of an erasure.") from error
    if not ours:
        raise ReceiptUnreadable("This is no receipt of an erasure that this version can read.")
    return dict(content)


def receipt_problems(receipt: dict[str, Any]) -> list[str]:
    """Why the receipt does not hold: changed, or something of what it names is there again; empty where it holds."""
    content = {name: value for name, value in receipt.items() if name not in {"sha256", "seal"}}
    plain = _canonical(content)
    said = []
    if hashlib.sha256(plain).hexdigest() != receipt.get("sha256"):
        said.append("the receipt was changed: its SHA-256 is another one")
    try:
        sealed = fits(plain, bytes.fromhex(str(receipt.get("seal"))))
    except ValueError:
        sealed = False
    if not sealed:
        said.append("the receipt was not written by this installation, or was changed: its seal does not fit")
    employee = Employee.objects.filter(public_id=receipt["person"]["public_id"]).first()
    said += faces_left(employee=employee, found=receipt["erased"])
    kept = {one["sha256"] for one in receipt["erased"]["queued_pictures"]}
    if employee is not None:
        said += [
            f"the picture of the offline punch {one['punch']} is there"
            for one in pictures_of(employee)
            if one["sha256"] in kept
        ]
    for one in receipt["erased"]["keys"]:
        path = key_store.path_of(one["name"])
        if path.exists() and hashlib.sha256(path.read_bytes()).hexdigest() == one["sha256"]:
            said.append(f"the key {one['name']} is there: a backup of the keys was restored")
    return said


def receipt_counts(receipt: dict[str, Any]) -> list[tuple[str, int]]:
    """How much of each kind was erased, in words."""
    words = {
        "pictures": _("Photos and aligned faces"),
        "decision_pictures": _("Pictures kept with recognitions"),
        "templates": _("Templates"),
        "models": _("Model versions trained with the person’s photos"),
        "queued_pictures": _("Pictures of offline punches"),
        "keys": _("Keys"),
    }
    return [(words[kind], len(receipt["erased"][kind])) for kind in KINDS]


def receipt_pdf(receipt: dict[str, Any]) -> bytes:
    """The receipt on paper, in the language that is active."""
    paper = FPDF(format="A4")
    for style, file in (("", font_roboto.Roboto), ("B", font_roboto.RobotoBold)):
        paper.add_font("Roboto", style, file)
    paper.set_margins(18, 18)
    paper.set_auto_page_break(True, margin=16)
    paper.set_title(_("Receipt of an erasure"))
    paper.add_page()

    def line(text: str, *, bold: bool = False, size: float = 10) -> None:
        paper.set_font("Roboto", "B" if bold else "", size)
        paper.multi_cell(0, size * 0.55, text, new_x="LMARGIN", new_y="NEXT")

    line(_("Receipt of an erasure"), bold=True, size=16)
    paper.ln(3)
    line(_("Employee number: %(number)s") % {"number": receipt["person"]["number"]})
    line(_("Asked for: %(moment)s") % {"moment": receipt["requested_at"]})
    line(_("Done: %(moment)s") % {"moment": receipt["finished_at"]})
    if receipt["reason"]:
        line(_("Reason: %(reason)s") % {"reason": receipt["reason"]})
    paper.ln(3)
    for words, count in receipt_counts(receipt):
        line(f"{words}: {count}")
    if receipt["serving_instead"]:
        line(_("Model version in use since: %(name)s") % {"name": receipt["serving_instead"]})
    line(_("Punches that are kept: %(count)d") % {"count": receipt["kept"]["clock_events"]})
    paper.ln(3)
    for limit in receipt["limits"]:
        line(limit, size=8)
    paper.ln(3)
    line("SHA-256", bold=True)
    for kind in KINDS:
        for one in receipt["erased"][kind]:
            digests = one.get("files", {}) or {one.get("path") or one.get("photo") or kind: one.get("sha256", "")}
            for name, digest in digests.items():
                line(f"{name}  {digest}", size=6.5)
    line(f"{_('Receipt')}  {receipt['sha256']}", size=6.5)
    return bytes(paper.output())


def _canonical(content: dict[str, Any]) -> bytes:
    return json.dumps(content, sort_keys=True, ensure_ascii=False, separators=(",", ":")).encode()
