"""How long a password may be: long enough for any sentence, short enough that hashing it costs the server little."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

LONGEST = 128


class LongestPassword:
    """Refuses more than ``LONGEST`` characters; nothing is cut off."""

    def validate(self, password: str, user: Any = None) -> None:
        """Raises ValidationError (``password_too_long``)."""
        if len(password) > LONGEST:
            raise ValidationError(self.get_help_text(), code="password_too_long")

    def get_help_text(self) -> str:
        """The sentence beside the field."""
        return _("Your password can have %(most)d characters at most.") % {"most": LONGEST}
