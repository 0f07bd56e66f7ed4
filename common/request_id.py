"""The id of a request: one for the answer, every log line, and the tasks that the request left to a worker."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable
from contextvars import ContextVar
from uuid import uuid4

from django.http import HttpRequest
from django.http.response import HttpResponseBase

HEADER = "X-Request-ID"
TASK_HEADER = "presente_request_id"
GIVEN = re.compile(r"[A-Za-z0-9._-]{8,64}")
"""What a proxy may give; anything else is replaced, so that nobody writes into the logs."""

current: ContextVar[str] = ContextVar("request_id", default="")
"""The id of the request or task that is worked on; empty outside of any."""


class RequestId:
    """Give each request an id, the proxy's where it gives one, and the answer the same in ``X-Request-ID``."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        given = request.headers.get(HEADER, "")
        own = given if GIVEN.fullmatch(given) else uuid4().hex
        token = current.set(own)
        try:
            response = self.get_response(request)
        finally:
            current.reset(token)
        response[HEADER] = own
        return response


class AddRequestId(logging.Filter):
    """Let each log line know the request it belongs to."""

    def filter(self, record: logging.LogRecord) -> bool:
        record.request_id = current.get()
        return True
