"""A request's id is in its answer, in the log lines about it, and in the tasks that it left to a worker."""

from __future__ import annotations

import json
import logging
from datetime import timedelta
from io import StringIO
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from celery.signals import before_task_publish
from django.test import Client
from gunicorn.config import Config

from common import request_id
from common.jobs import enqueue
from common.request_id import AddRequestId
from presente.access_log import AccessLog
from presente.celery import app, begin_request, end_request, name_request
from presente.log_settings import log_settings

ID = "0af7651916cd43dd8448eb211c80319c"


@pytest.mark.parametrize("address", ["/healthz", "/kiosk/", "/no-such-page"])
@pytest.mark.django_db
def test_each_answer_has_one(client: Client, address: str) -> None:
    first, second = (client.get(address)["X-Request-ID"] for _number in range(2))

    assert len(first) == 32
    assert first != second
    assert request_id.current.get() == ""


@pytest.mark.parametrize(
    ("given", "taken"),
    [(ID, True), ("short", False), ("x" * 65, False), ("two\nlines-of-a-log", False), ("<script>alert", False)],
)
def test_what_a_proxy_gives_is_taken_where_it_is_an_id(client: Client, given: str, taken: bool) -> None:
    answer = client.get("/healthz", headers={"X-Request-ID": given})

    assert (answer["X-Request-ID"] == given) is taken


def test_a_task_carries_the_id_of_its_request() -> None:
    headers: dict[str, Any] = {}
    token = request_id.current.set(ID)
    name_request(headers=headers)
    request_id.current.reset(token)

    class Task:
        request = type("Request", (), headers)

    begin_request(task=Task)
    inside = request_id.current.get()
    end_request()

    assert (inside, request_id.current.get()) == (ID, "")
    begin_request(task=type("Task", (), {"request": object()}))
    assert request_id.current.get() == ""


@pytest.mark.django_db(transaction=True)
def test_what_a_request_enqueues_is_sent_with_it() -> None:
    sent: list[dict[str, Any]] = []

    def seen(headers: dict[str, Any], **_more: Any) -> None:
        sent.append(dict(headers))

    before_task_publish.connect(seen)
    token = request_id.current.set(ID)
    try:
        enqueue("presente.heartbeat")
    finally:
        request_id.current.reset(token)
        before_task_publish.disconnect(seen)
        app.control.purge()

    assert [one[request_id.TASK_HEADER] for one in sent] == [ID]


def test_log_lines_are_json_where_that_is_chosen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PRESENTE_LOG_FORMAT", "json")
    chosen = log_settings()
    assert chosen["handlers"]["console"]["formatter"] == "json"
    about = dict(chosen["formatters"]["json"])
    stream, log = StringIO(), logging.Logger("presente.door")
    handler = logging.StreamHandler(stream)
    module, _dot, name = about.pop("()").rpartition(".")
    handler.setFormatter(getattr(__import__(module, fromlist=[name]), name)(**about))
    handler.addFilter(AddRequestId())
    log.addHandler(handler)
    token = request_id.current.set(ID)

    log.warning("the door %s stays closed", "north")

    request_id.current.reset(token)
    line = json.loads(stream.getvalue())
    assert (line["level"], line["name"], line["message"]) == ("WARNING", "presente.door", "the door north stays closed")
    assert line["request_id"] == ID
    assert "at" in line


def test_an_unknown_format_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PRESENTE_LOG_FORMAT", "xml")

    with pytest.raises(Exception, match=r"PRESENTE_LOG_FORMAT='xml' is not one of line, json"):
        log_settings()


def test_the_access_log_is_json_too(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PRESENTE_LOG_FORMAT", "json")
    config = Config()
    config.set("accesslog", str(tmp_path / "access.log"))
    log = AccessLog(config)
    answer = SimpleNamespace(status="200 OK", sent=17, headers=[("X-Request-ID", ID)])
    asked = {
        "REQUEST_METHOD": "GET",
        "RAW_URI": "/c/secret-token-of-a-link/",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "REMOTE_ADDR": "10.1.2.3",
    }
    try:
        log.access(answer, SimpleNamespace(headers=[]), asked, timedelta(seconds=0.25))
    finally:
        for handler in list(log.access_log.handlers):
            log.access_log.removeHandler(handler)
            handler.close()

    line = json.loads((tmp_path / "access.log").read_text())
    assert line["message"] == "GET /c/…/ HTTP/1.1"
    assert (line["status"], line["seconds"], line["request_id"]) == ("200", "0.250000", ID)
