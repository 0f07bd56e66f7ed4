"""What people agreed to, and the text that they read."""

from __future__ import annotations

import uuid
from typing import Any, ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from common.append_only import AppendOnly
from common.sealed import Sealed, SealedQuerySet
from employees.models.people import Employee, User


class ConsentText(Sealed, AppendOnly):
    """What people agree to, in one language: stored when it is first shown, and never changed."""

    STAMP = "published_at"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    version = models.CharField(_("policy version"), max_length=40)
    language = models.CharField(_("language"), max_length=7, choices=settings.LANGUAGES)
    text = models.TextField(_("text"))
    published_at = models.DateTimeField(_("published"), default=timezone.now)

    class Meta:
        ordering = ("-published_at",)
        verbose_name = _("consent text")
        verbose_name_plural = _("consent texts")
        constraints = [models.UniqueConstraint(fields=["version", "language"], name="consent_text_once")]

    def __str__(self) -> str:
        return f"{self.version} ({self.language})"


class Consent(Sealed):
    """One agreement to be recognised; a withdrawn one stays as evidence. Sealed anew with each change."""

    STAMP = "changed_at"

    class Method(models.TextChoices):
        PAPER = "paper", _("Signed form")
        IN_PERSON = "in_person", _("On screen, in person")
        ATTESTED = "attested", _("Attested by the operator")
        OWN = "own", _("By the person, logged in")
        LINK = "link", _("By the person, through a link")

    employee = models.ForeignKey(
        Employee, verbose_name=_("employee"), on_delete=models.CASCADE, related_name="consents"
    )
    policy_version = models.CharField(_("policy version"), max_length=40)
    method = models.CharField(_("how"), max_length=12, choices=Method.choices)
    note = models.CharField(_("note"), max_length=300, blank=True)
    refresh = models.BooleanField(
        _("covers photo updates"),
        default=False,
        help_text=_(
            "The person also agreed that now and then a picture from the kiosk is kept and added to their photos,"
            " so that they are still recognised as they change."
        ),
    )
    doors = models.BooleanField(_("covers doors"), default=True, help_text=_("The face may open doors, too."))
    pictures = models.BooleanField(
        _("covers keeping pictures"),
        default=False,
        help_text=_("The picture of each recognition may be kept for a while, where the company chose so."),
    )
    portrait = models.BooleanField(
        _("covers a portrait"),
        default=False,
        help_text=_("A small portrait may stand beside the name in lists, on the person’s pages and at kiosks."),
    )
    text = models.ForeignKey(
        ConsentText, verbose_name=_("text"), null=True, blank=True, on_delete=models.PROTECT, related_name="consents"
    )
    given_at = models.DateTimeField(_("given at"), default=timezone.now)
    recorded_by = models.ForeignKey(
        User, verbose_name=_("recorded by"), null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    withdrawn_at = models.DateTimeField(_("withdrawn at"), null=True, blank=True)
    withdrawn_by = models.ForeignKey(
        User, verbose_name=_("withdrawn by"), null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    changed_at = models.DateTimeField(default=timezone.now, editable=False)

    objects: ClassVar[SealedQuerySet[Consent]] = SealedQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        ordering = ("-given_at",)
        verbose_name = _("consent")
        verbose_name_plural = _("consents")
        constraints = [
            models.UniqueConstraint(fields=["employee"], condition=Q(withdrawn_at=None), name="consent_one_open"),
        ]

    def __str__(self) -> str:
        return f"{self.employee} · {self.policy_version}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Note when it was changed; the seal covers that too."""
        self.changed_at = timezone.now()
        if kwargs.get("update_fields") is not None:
            kwargs["update_fields"] = {*kwargs["update_fields"], "changed_at"}
        super().save(*args, **kwargs)
