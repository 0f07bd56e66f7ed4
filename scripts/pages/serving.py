"""A database of its own with the made-up company in it, served on a free port until the walk is over."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from django.conf import settings
from django.core.management import call_command
from django.test.utils import setup_test_environment, teardown_test_environment
from pytest_django.live_server_helper import LiveServer

from presente.testing import embedded_broker
from recognition.models import ModelVersion
from recognition.services.versions import version_record
from recognition.tests.fake_engine import VERSION
from scripts.pages.company import Made, fill


@contextmanager
def served() -> Iterator[tuple[str, Made]]:
    """The address of the program, and what was made."""
    data = Path(settings.DATA_DIR)
    data.mkdir(parents=True, exist_ok=True)
    # Most roles may not open most addresses, and each refusal would be a line.
    logging.getLogger("django.request").setLevel(logging.CRITICAL)
    setup_test_environment()
    settings.ALLOWED_HOSTS.append("localhost")
    with embedded_broker(data):
        call_command("migrate", verbosity=0)
        if not ModelVersion.objects.exists():
            version_record(name=VERSION, manifest={})
        made = fill()
        server = LiveServer("localhost")
        try:
            yield server.url, made
        finally:
            server.stop()
    teardown_test_environment()
