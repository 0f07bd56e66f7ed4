"""Writes about other programs' keys."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import cast

from employees.models import ApiKey, User


def api_key_create(
    *, name: str, scopes: Iterable[str], expires: datetime | None = None, by: User | None = None
) -> tuple[ApiKey, str]:
    """A new key's row and the key itself, which is nowhere to be read again.

    Raises django.core.exceptions.ValidationError for a name that is empty or too long and for unknown scopes.
    """
    draft = ApiKey(name=name, scopes=list(dict.fromkeys(scopes)), expiry_date=expires, created_by=by)
    draft.clean_fields(exclude=["id", "prefix", "hashed_key", "created_by"])
    draft.clean()
    row, key = ApiKey.objects.create_key(name=name, scopes=draft.scopes, expiry_date=expires, created_by=by)
    return cast(ApiKey, row), key
