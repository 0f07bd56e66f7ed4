"""Loaded by pytest before the settings: tests keep their state in a folder of their own and share built models."""

from __future__ import annotations

import atexit
import os
import shutil
import tempfile
from pathlib import Path

REPO = Path(__file__).resolve().parent.parent

if "PRESENTE_TEST_DATA" not in os.environ:
    _folder = tempfile.mkdtemp(prefix="presente-test-")
    os.environ["PRESENTE_TEST_DATA"] = _folder
    atexit.register(shutil.rmtree, _folder, ignore_errors=True)
os.environ.setdefault("PRESENTE_MODELS", str(REPO / "var" / "models"))
os.environ.setdefault("PRESENTE_BROWSER_FILES", str(REPO / "var" / "browser"))
# Tests that run beside each other keep their state, and with it their brokers, apart.
os.environ["PRESENTE_DATA"] = str(
    Path(os.environ["PRESENTE_TEST_DATA"]) / os.environ.get("PYTEST_XDIST_WORKER", "main")
)
if "PYTEST_XDIST_WORKER" in os.environ:
    # On a shared Redis the prefix does.
    os.environ["PRESENTE_QUEUE_PREFIX"] = f"{os.environ['PYTEST_XDIST_WORKER']}-"
os.environ["PRESENTE_ENGINE"] = "recognition.tests.fake_engine.FakeEngines"
# In browser tests Playwright's loop runs in the test's own thread, which Django then takes for an async caller.
os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
