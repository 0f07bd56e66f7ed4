"""Work that one worker at a time holds: taken for a while, kept by renewing, noticed when it was lost."""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta
from typing import Any, ClassVar, Self

from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class LeaseLost(Exception):
    """Another worker has taken the row over, or somebody ended it: whoever held it stops at once."""


class Leased(models.Model):
    """A row that a worker takes by ``claim`` and holds by ``lease_token`` until ``lease_until``.

    A worker that dies leaves a lease that runs out, and the row goes to the next one. ``attempts`` counts the claims.
    """

    LEASE: ClassVar[timedelta]

    lease_token = models.UUIDField(null=True, editable=False)
    lease_until = models.DateTimeField(null=True, editable=False)
    attempts = models.PositiveSmallIntegerField(_("tries"), default=0, editable=False)

    class Meta:
        abstract = True

    @classmethod
    def lease_length(cls) -> timedelta:
        """How long a worker holds a row without renewing."""
        return cls.LEASE

    @staticmethod
    def stale(now: datetime | None = None, prefix: str = "") -> Q:
        """Rows whose holder let the lease run out; ``prefix`` for a query that starts at another model."""
        return Q(**{f"{prefix}lease_until__lt": now or timezone.now()})

    @classmethod
    def free(cls, now: datetime | None = None, prefix: str = "") -> Q:
        """Rows that nobody holds."""
        return Q(**{f"{prefix}lease_until": None}) | cls.stale(now, prefix)

    @classmethod
    def claim(cls, pk: Any, where: Q | None = None, **changes: Any) -> Self | None:
        """Take the row with ``changes`` where it is free and meets ``where``; None where it is not to be had.

        One UPDATE: of two workers that ask at the same moment, one gets it.
        """
        now, token = timezone.now(), uuid.uuid4()
        rows = cls._default_manager.filter(cls.free(now), where or Q(), pk=pk)
        until = now + cls.lease_length()
        if not rows.update(lease_token=token, lease_until=until, attempts=F("attempts") + 1, **changes):
            return None
        return cls._default_manager.get(pk=pk)

    def renew(self, **changes: Any) -> None:
        """Keep the lease, and store ``changes`` with it; raises ``LeaseLost``."""
        self.lease_until = timezone.now() + self.lease_length()
        if not self._mine().update(lease_until=self.lease_until, **changes):
            raise LeaseLost
        for name, value in changes.items():
            setattr(self, name, value)

    def hold(self, *related: str) -> Self:
        """The row as it is now, locked to the end of the transaction; raises ``LeaseLost``. Ask it before finishing."""
        rows = self._mine().select_for_update()
        row = (rows.select_related(*related) if related else rows).first()
        if row is None:
            raise LeaseLost
        return row

    def release(self, **changes: Any) -> bool:
        """Give the row back with ``changes``; False where somebody else has it already, and nothing is stored."""
        return bool(self._mine().update(lease_token=None, lease_until=None, **changes))

    def lease_end(self) -> None:
        """Nobody holds this row any more, once it is saved."""
        self.lease_token = self.lease_until = None

    def _mine(self) -> models.QuerySet[Self]:
        rows: models.QuerySet[Self] = type(self)._default_manager.filter(pk=self.pk, lease_token=self.lease_token)
        # A row that was never claimed has no token; looked for, that would find every row that nobody holds.
        return rows if self.lease_token is not None else rows.none()
