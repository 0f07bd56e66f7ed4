"""`manage.py run NAME`: become one process of Presente; this is the one place of each process's command line."""

from __future__ import annotations

import argparse
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from common import shared_folders
from presente import env, processes
from presente.broker import BrokerError
from presente.processes import NAMES, WORKERS, Program


class Command(BaseCommand):
    help = "Become one process of Presente, in the foreground. `manage.py serve` starts and watches all of them."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("name", choices=NAMES)
        parser.add_argument("--port", type=port_number, default=8000, help="web: where it listens (default: 8000)")
        parser.add_argument("--bind", help="web: the address it listens on (default: PRESENTE_BIND, or 127.0.0.1)")
        parser.add_argument("--access-log", default="-", metavar="FILE", help="web: by default it is printed")
        parser.add_argument("--concurrency", type=_at_least_one, metavar="N", help="workers: tasks at once")

    def handle(self, *args: Any, name: str, **options: Any) -> None:
        if shared_folders.storage() is not None:
            _fetch_shared()
        self._program(name, options).become()

    def _program(self, name: str, options: dict[str, Any]) -> Program:
        workers = {worker.name: worker for worker in WORKERS}
        if name in workers:
            return workers[name].program(options["concurrency"])
        if name == "web":
            host = options["bind"] or env.text("PRESENTE_BIND", "127.0.0.1")
            return processes.web(host, options["port"], options["access_log"])
        if name == "scheduler":
            return processes.scheduler()
        if settings.REDIS_URL:
            raise CommandError("REDIS_URL names the broker of this installation; unset it to use the embedded one.")
        try:
            return processes.embedded_broker()
        except BrokerError as error:
            raise CommandError(str(error)) from error


def _fetch_shared() -> None:
    """Have on this machine what the process will look for, as another machine put it into the storage."""
    # Not for every start: the engine comes with it.
    from kiosk import browser_files
    from recognition import liveness_network

    try:
        shared_folders.fetch(browser_files.SHARED, browser_files.folder())
        shared_folders.fetch(liveness_network.SHARED, liveness_network.networks_folder())
    except OSError as error:
        raise CommandError(f"{error}. Check PRESENTE_STORAGE and who may use it.") from error


def port_number(text: str) -> int:
    """The type of a ``--port``."""
    if text.isdecimal() and 1 <= int(text) <= 65535:
        return int(text)
    raise argparse.ArgumentTypeError(f"{text!r} is not a port; use a number from 1 to 65535")


def _at_least_one(text: str) -> int:
    if text.isdecimal() and int(text) >= 1:
        return int(text)
    raise argparse.ArgumentTypeError(f"{text!r} is not a number of tasks; use 1 or more")
