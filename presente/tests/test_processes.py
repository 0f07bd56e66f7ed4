"""What the web server is started with."""

from __future__ import annotations

from pytest_django import Settings

from presente.processes import web


def test_there_are_as_many_web_processes_as_were_asked_for(settings: Settings) -> None:
    settings.WEB_PROCESSES = 3
    arguments = web("127.0.0.1", 8123).arguments
    assert arguments[arguments.index("--workers") + 1] == "3"
