"""The base of recognition's commands: what they need is checked before they begin."""

from __future__ import annotations

from typing import Any

from django.core.management.base import CommandError

from common.commands import CheckedCommand
from recognition import engine_holder
from recognition.engine.types import EngineError, ModelUnavailable


class RecognitionCommand(CheckedCommand):
    """A command that needs the version that serves, and says so where there is none."""

    def needs_model(self, **options: Any) -> bool:
        """Whether the command asks the active version when called with these options."""
        return True

    def needs_tables(self, **options: Any) -> bool:
        """The database says which version is active."""
        return self.needs_model(**options)

    def check_needs(self, **options: Any) -> None:
        """Look for the tables, then for an active version."""
        super().check_needs(**options)
        if self.needs_model(**options):
            try:
                engine_holder.active_name()
            except ModelUnavailable as error:
                raise CommandError(error.message) from error

    def execute(self, *args: Any, **options: Any) -> str | None:
        """Whatever the engine refuses ends the command with its sentence."""
        try:
            return super().execute(*args, **options)
        except EngineError as error:
            raise CommandError(error.message) from error
