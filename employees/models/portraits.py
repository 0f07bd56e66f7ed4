"""The small picture of a person that stands beside the name."""

from __future__ import annotations

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from employees.models.people import Employee, EnrolmentPhoto


class Portrait(models.Model):
    """That a person has a portrait, and of which photo it was cut; the pictures lie encrypted beside that photo.

    It is there only while a consent that covers it stands: whoever finds a row may show it.
    """

    SIZES = (96, 192)
    """In pixels, square: for lists, and for a page's head or a kiosk."""

    employee = models.OneToOneField(
        Employee, verbose_name=_("employee"), on_delete=models.CASCADE, related_name="portrait"
    )
    photo = models.OneToOneField(
        EnrolmentPhoto, verbose_name=_("photo"), on_delete=models.CASCADE, related_name="portrait"
    )
    made_at = models.DateTimeField(_("made at"), default=timezone.now)

    class Meta:
        verbose_name = _("portrait")
        verbose_name_plural = _("portraits")

    def __str__(self) -> str:
        return str(self.employee)
