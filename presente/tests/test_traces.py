"""Traces: nothing of them where they are off; where they are on, no span says who or with which words."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest
from django.conf import settings
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

PROCESS = """
import sys
from presente import wsgi
from django.conf import settings
from django.test import Client
# redis-py looks whether the rest is there.
ours = ("opentelemetry.exporter", "opentelemetry.instrumentation")
assert not [name for name in sys.modules if name.startswith(ours)]

settings.TRACES_URL = sys.argv[1]
from presente import traces
provider = traces.install("web")
client = Client(HTTP_HOST="localhost", raise_request_exception=False)
client.get("/healthz")
client.get("/login/?name=Ana", headers={"user-agent": "Ana's own", "x-request-id": "request-of-the-test"})
client.get("/people/Ana/")
provider.shutdown()
"""


@pytest.fixture
def collector() -> Iterator[tuple[str, list[bytes]]]:
    """The address of a collector, and what it was sent."""
    sent: list[bytes] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            assert self.path == "/v1/traces"
            sent.append(self.rfile.read(int(self.headers["Content-Length"])))
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_more: object) -> None:
            """Nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}", sent
    server.shutdown()


def test_off_by_default_and_then_without_names(collector: tuple[str, list[bytes]]) -> None:
    address, sent = collector
    environment = {**os.environ, "DJANGO_SETTINGS_MODULE": "tests.settings", "OTEL_EXPORTER_OTLP_COMPRESSION": "none"}

    subprocess.run([sys.executable, "-c", PROCESS, address], cwd=settings.BASE_DIR, env=environment, check=True)

    assert not [content for content in sent if b"Ana" in content]
    received = [ExportTraceServiceRequest.FromString(content) for content in sent]
    spans = [
        span for one in received for part in one.resource_spans for each in part.scope_spans for span in each.spans
    ]
    said = {
        str(next(each.value.string_value for each in span.attributes if each.key == "http.route")): {
            each.key: each.value.string_value or each.value.int_value for each in span.attributes
        }
        for span in spans
    }
    assert said["login/"]["presente.request_id"] == "request-of-the-test"
    assert "healthz" not in said
    assert len(spans) == 2
