"""OpenTelemetry traces, where ``PRESENTE_TRACES`` names a collector; elsewhere nothing is traced, exported or changed.

A span for each request and each task that it leaves to a worker, under one trace. What a span says is a list of ours:
the address's pattern and not the address, no argument, no header, no text of an error. So no span names a person.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.conf import settings

if TYPE_CHECKING:
    from collections.abc import Sequence

    from opentelemetry.sdk.trace import ReadableSpan, TracerProvider

KEPT = frozenset(
    {
        "celery.action",
        "celery.state",
        "celery.task_name",
        "error.type",
        "http.method",
        "http.request.method",
        "http.response.status_code",
        "http.route",
        "http.status_code",
        "messaging.destination",
    }
)
"""Beside ours (``presente.…``), what a span says; whatever the libraries add to it later stays out."""
OURS = "presente."
UNTRACED = "healthz,readyz,metrics,static/"
REQUEST_ID = "X-Request-ID"


def install(process: str) -> TracerProvider | None:
    """Trace this process, if the settings say so; once, before the web server's middleware is loaded."""
    if not settings.TRACES_URL:
        return None
    from opentelemetry import trace
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
    from opentelemetry.instrumentation.celery import CeleryInstrumentor
    from opentelemetry.instrumentation.django import DjangoInstrumentor
    from opentelemetry.sdk.resources import Resource
    from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
    from opentelemetry.sdk.trace.export import BatchSpanProcessor

    class Bare(OTLPSpanExporter):
        """Sends what ``bare`` leaves of each span."""

        def export(self, spans: Sequence[ReadableSpan]) -> Any:
            return super().export([bare(span, ReadableSpan) for span in spans])

    provider = TracerProvider(resource=Resource.create({"service.name": "presente", "presente.process": process}))
    provider.add_span_processor(BatchSpanProcessor(Bare(f"{settings.TRACES_URL.rstrip('/')}/v1/traces", timeout=5)))
    trace.set_tracer_provider(provider)
    DjangoInstrumentor().instrument(excluded_urls=UNTRACED, response_hook=_name_request)
    CeleryInstrumentor().instrument()
    _note_stages()
    return provider


def bare(span: ReadableSpan, kind: type[ReadableSpan]) -> ReadableSpan:
    """The span with what it may say, and without its events, which hold the texts of errors."""
    said = {name: value for name, value in (span.attributes or {}).items() if name in KEPT or name.startswith(OURS)}
    from opentelemetry.trace import Status

    return kind(
        name=span.name,
        context=span.context,
        parent=span.parent,
        resource=span.resource,
        attributes=said,
        links=span.links,
        kind=span.kind,
        instrumentation_scope=span.instrumentation_scope,
        status=Status(span.status.status_code),
        start_time=span.start_time,
        end_time=span.end_time,
    )


def _name_request(span: Any, _request: object, response: Any) -> None:
    """The id under which the logs have the request."""
    span.set_attribute(f"{OURS}request_id", response.headers.get(REQUEST_ID, ""))


def _note_stages() -> None:
    """A recognition's span says how long each of its stages took."""
    from django.db.models.signals import post_save
    from opentelemetry import trace

    from recognition.models import Decision

    def stored(instance: Decision, created: bool, **_more: Any) -> None:
        if created:
            for stage, milliseconds in instance.milliseconds.items():
                trace.get_current_span().set_attribute(f"{OURS}{stage}_ms", milliseconds)

    post_save.connect(stored, sender=Decision, dispatch_uid="presente.traces", weak=False)
