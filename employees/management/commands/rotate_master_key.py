"""``manage.py rotate_master_key``: a new master key, under which every stored key is wrapped anew."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.management.base import CommandError

from common.cipher import VaultError
from common.commands import CheckedCommand
from employees import key_store, master_key
from employees.master_key import MasterKeyError


class Command(CheckedCommand):
    help = (
        "Make a new master key and wrap every key of the key store with it. Photos and templates are not touched, and "
        "everything goes on running. It can be interrupted at any moment: run it again, and it goes on."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            if not settings.MASTER_KEY:
                key_store.switch()
            elif not settings.MASTER_KEY_PREVIOUS:
                master_key.switch()
            done = key_store.rewrap()
            if lost := list(key_store.problems()):
                raise CommandError(lost[0])
            now = master_key.current().identifier
        except (MasterKeyError, VaultError) as error:
            raise CommandError(str(error)) from error
        if not settings.MASTER_KEY:
            master_key.previous_forget()
        self.stdout.write(f"{done} keys are wrapped with the new master key, whose identifier is {now}.")
        self.stdout.write(
            "Back up the new master key now. The one before it opens nothing any more but older backups of the keys."
            + (" Unset PRESENTE_MASTER_KEY_PREVIOUS." if settings.MASTER_KEY else "")
        )
