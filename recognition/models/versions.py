"""The tables of model versions, their templates, and the switches between them."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from employees.models import Employee, EnrolmentPhoto, User


class ModelVersion(models.Model):
    """One released set of networks; its files lie in a folder of the same name."""

    class State(models.TextChoices):
        CANDIDATE = "candidate", _("Candidate")
        ACTIVE = "active", _("Active")
        RETIRED = "retired", _("Retired")
        REFUSED = "refused", _("Refused")
        ERASED = "erased", _("Erased")
        """Its files are gone: it had learnt from somebody whose face was erased."""

    name = models.CharField(_("name"), max_length=60, unique=True)
    state = models.CharField(_("state"), max_length=10, choices=State.choices, default=State.CANDIDATE)
    parent = models.ForeignKey("self", verbose_name=_("parent"), null=True, blank=True, on_delete=models.PROTECT)
    manifest: models.JSONField[dict[str, Any], dict[str, Any]] = models.JSONField(_("manifest"), default=dict)
    created_at = models.DateTimeField(_("created"), auto_now_add=True)
    activated_at = models.DateTimeField(_("activated"), null=True, blank=True)

    class Meta:
        ordering = ("-created_at",)
        verbose_name = _("model version")
        verbose_name_plural = _("model versions")
        constraints = [
            models.UniqueConstraint(fields=["state"], condition=Q(state="active"), name="model_one_active"),
        ]

    def __str__(self) -> str:
        return self.name


class FaceTemplate(models.Model):
    """A photo's vector under one model version, encrypted with its person's key."""

    employee = models.ForeignKey(Employee, on_delete=models.CASCADE, related_name="templates")
    photo = models.ForeignKey(EnrolmentPhoto, on_delete=models.CASCADE, related_name="templates")
    version = models.ForeignKey(ModelVersion, on_delete=models.PROTECT, related_name="templates")
    sealed_vector = models.BinaryField()
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["photo", "version"], name="template_once_per_photo")]
        indexes = [models.Index(fields=["version", "employee"], name="template_by_person")]

    def __str__(self) -> str:
        return f"{self.employee} · {self.version}"


class VersionPerson(models.Model):
    """What a version knows of a person: the manifest's list as rows, so that erasure finds it."""

    class Part(models.TextChoices):
        LEARNT = "learnt", _("Training set")
        HELD_OUT = "held_out", _("Test set")

    version = models.ForeignKey(ModelVersion, on_delete=models.CASCADE, related_name="people")
    employee = models.ForeignKey(Employee, on_delete=models.CASCADE, related_name="versions")
    part = models.CharField(max_length=8, choices=Part.choices)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["version", "employee"], name="version_person_once")]


class VersionSwitch(models.Model):
    """One change of the active version: the trail, and what a rollback returns to."""

    class Kind(models.TextChoices):
        FIRST = "first", _("First version")
        PROMOTION = "promotion", _("Promoted")
        ROLLBACK = "rollback", _("Rolled back")

    at = models.DateTimeField(_("at"), default=timezone.now)
    kind = models.CharField(_("what"), max_length=9, choices=Kind.choices)
    version = models.ForeignKey(ModelVersion, verbose_name=_("to"), on_delete=models.PROTECT, related_name="switches")
    before = models.ForeignKey(
        ModelVersion, verbose_name=_("from"), null=True, on_delete=models.PROTECT, related_name="replacements"
    )
    by = models.ForeignKey(
        User, verbose_name=_("by"), null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )

    class Meta:
        ordering = ("-at", "-pk")
        verbose_name = _("version switch")
        verbose_name_plural = _("version switches")
