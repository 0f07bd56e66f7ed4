"""``/api/v1/imports``: a file of people, shifts or assignments, what is asked about it, how far it is."""

from __future__ import annotations

from typing import Any, ClassVar
from uuid import UUID

from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiExample, OpenApiResponse, extend_schema
from rest_framework import serializers
from rest_framework.exceptions import PermissionDenied
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response

from common.api_schema import example, refusals
from common.endpoints import Endpoint, InstantField, SafeJSONParser, StrictSerializer
from common.inputs import check_text
from common.refusals import Refusal
from common.spreadsheets import LARGEST
from employees.access import is_hr
from employees.authentication import calling_user
from employees.importing.dates import DAY_FIRST, MONTH_FIRST, Order, in_words, read_day
from employees.importing.plan import Fate, Question
from employees.importing.registry import Reading
from employees.models import ApiKey, Import, User
from employees.services.imports import import_confirm, import_discard, import_read, import_say, import_start

FORM_OVERHEAD = 64 * 1024
"""What a form adds to its file."""
SIGNED = frozenset({"punches"})
"""Kinds that count as time worked: a person signs them, and a key is none."""
SHOWN = 200
"""So many questions and refused lines are told."""
HOW = ("dates", "encoding", "separator", "sheet", "states")
ASKED = {
    "id": "9b0f6a2e-1d0c-4f0e-9d0b-6f6f3f1f2a11",
    "kind": "people",
    "state": "open",
    "counts": {"new": 41, "changed": 8, "same": 0, "refused": 0, "asked": 1, "out": 0},
    "questions": [
        {
            "key": "alike:42",
            "text": "Nobody has the number “42”, but one that looks like it is known. Who is it?",
            "lines": [17],
            "options": [
                {"value": "=known", "label": "It is Ana Demo, number 00042"},
                {"value": "=new", "label": "Somebody new"},
                {"value": "out", "label": "Leave the line out"},
            ],
            "answer": "",
        }
    ],
    "refused": [],
    "notices": ["New departments that will be made: Workshop."],
    "done": 0,
    "total": 0,
    "problems": [],
    "error": "",
    "created_at": "2026-03-02T07:59:12Z",
    "finished_at": None,
}
WAITING = ASKED | {"state": "waiting", "questions": [], "notices": []}
DONE = WAITING | {"state": "done", "done": 49, "total": 49, "finished_at": "2026-03-02T07:59:31Z"}
REFUSED = (
    example(403, "key_without_person", "This key imports in the name of whoever made it, who has to work in HR."),
    example(403, "key_cannot_sign", "A person signs this, and an API key is none. Log in instead."),
    example(404, "not_found", "Not found."),
)


class OptionSerializer(serializers.Serializer[Any]):
    """An answer that may be given."""

    value = serializers.CharField()
    label = serializers.CharField(help_text="For people.")  # type: ignore[assignment]


class ImportQuestionSerializer(serializers.Serializer[Question]):
    """What only a person knows, and the answers that may be given."""

    key = serializers.CharField()
    text = serializers.CharField(help_text="For people.")
    lines = serializers.ListField(child=serializers.IntegerField())
    options = OptionSerializer(many=True)
    answer = serializers.CharField(allow_blank=True)


class RefusedLineSerializer(serializers.Serializer[Any]):
    """A line that cannot be stored, and what to do about it."""

    line = serializers.IntegerField()
    problems = serializers.ListField(child=serializers.CharField())


class ImportSerializer(serializers.Serializer[Any]):
    """A file on its way into the database."""

    id = serializers.UUIDField()
    kind = serializers.CharField()
    state = serializers.CharField(
        help_text="`open`: nothing is stored yet, because something is asked or refused, or it was a dry run. Then "
        "`waiting`, `running`, and `done` or `failed`."
    )
    counts = serializers.DictField(child=serializers.IntegerField(), help_text="How many lines come to what.")
    questions = ImportQuestionSerializer(many=True, help_text=f"At most {SHOWN}, those without an answer first.")
    refused = RefusedLineSerializer(many=True, help_text=f"At most {SHOWN}.")
    notices = serializers.ListField(child=serializers.CharField(), help_text="What else would be made.")
    done = serializers.IntegerField(help_text="Steps that are stored.")
    total = serializers.IntegerField(help_text="Steps in all, 0 before the worker has begun.")
    problems = serializers.ListField(
        child=serializers.CharField(), help_text="Lines that were refused only while they were stored."
    )
    error = serializers.CharField(allow_blank=True)
    created_at = InstantField()
    finished_at = InstantField(allow_null=True)


class _HowSerializer(StrictSerializer):
    """How the file is to be read, where that is not found out rightly."""

    dates = serializers.ChoiceField([DAY_FIRST, MONTH_FIRST], required=False, help_text="What 12/11/2026 means.")
    encoding = serializers.CharField(required=False, max_length=100)
    separator = serializers.CharField(required=False, max_length=100, trim_whitespace=False)
    sheet = serializers.CharField(required=False, max_length=100, help_text="The worksheet's name.")
    states = serializers.CharField(required=False, max_length=100)
    dry_run = serializers.BooleanField(default=False, help_text="Only look: nothing is stored.")


class NewImportSerializer(_HowSerializer):
    kind = serializers.CharField(
        max_length=20, help_text="What is in the file: `people`, `shifts`, `assignments` or `punches`."
    )
    file = serializers.FileField(help_text="XLSX, CSV, or `.dat` of a ZKTeco device; up to 10 MB.")


class ImportAnswersSerializer(_HowSerializer):
    answers = serializers.DictField(
        child=serializers.CharField(max_length=200), default=dict, help_text="By the question's key, a value of it."
    )


class _ImportEndpoint(Endpoint):
    required_scopes: ClassVar = dict.fromkeys(("GET", "POST", "DELETE"), ApiKey.Scope.IMPORT.value)
    reads = frozenset({"GET", "HEAD", "POST"})


class ImportsView(_ImportEndpoint):
    """Files to import."""

    body_limit = LARGEST + FORM_OVERHEAD
    parser_classes = [MultiPartParser]

    @extend_schema(
        operation_id="imports_create",
        tags=["imports"],
        summary="Send a file to import",
        description="A worker stores it at once where nothing is asked and no line is refused; else it waits, open, "
        "for `POST /api/v1/imports/{id}`. A file that is sent twice stores nothing twice. A key imports in the name of "
        "the person of HR who made it; files of punches are signed by a person who is logged in. Scope: "
        "`imports:write`.",
        request={"multipart/form-data": NewImportSerializer},
        responses={
            201: OpenApiResponse(ImportSerializer, description="Kept.", examples=[OpenApiExample("waiting", WAITING)]),
            **refusals(
                example(
                    400,
                    "invalid",
                    "Correct these fields: kind.",
                    [
                        {
                            "field": "kind",
                            "code": "required",
                            "message": "This field is required.",
                            "remedy": "Send this field.",
                        }
                    ],
                ),
                example(413, "too_large", "The request is too large: 10.1 MiB are taken here. Send less at once."),
                example(422, "unreadable", "We could not read this file. Save it as XLSX or CSV."),
                *REFUSED,
            ),
        },
    )
    def post(self, request: Request) -> Response:
        """Keep it, and store it where it may be."""
        form = NewImportSerializer(data=request.data)
        form.is_valid(raise_exception=True)
        content: dict[str, Any] = form.validated_data
        kind, file = content["kind"], content["file"]
        by = _acting(request, kind)
        check_text(str(file.name))
        job = import_start(kind=kind, content=file.read(), file_name=str(file.name), by=by)
        return Response(_said(job, content, {}), status=201)


class ImportView(_ImportEndpoint):
    """One file."""

    parser_classes = [SafeJSONParser]

    @extend_schema(
        operation_id="imports_read",
        tags=["imports"],
        summary="How far an import is, and what is asked",
        description="Known for 30 days; a file that nobody saves is forgotten after a day. Scope: `imports:write`.",
        responses={
            200: OpenApiResponse(ImportSerializer, examples=[OpenApiExample("done", DONE)]),
            **refusals(*REFUSED),
        },
    )
    def get(self, request: Request, key: UUID) -> Response:
        """As it is now."""
        return Response(_shown(_found(request, key)))

    @extend_schema(
        operation_id="imports_answer",
        tags=["imports"],
        summary="Answer what is asked, and store the file",
        description="Answers of before stay. Scope: `imports:write`.",
        request=ImportAnswersSerializer,
        responses={
            200: OpenApiResponse(ImportSerializer, examples=[OpenApiExample("asked", ASKED)]),
            **refusals(example(422, "not_open", "This file is stored already, or on its way."), *REFUSED),
        },
        examples=[OpenApiExample("answers", request_only=True, value={"answers": {"alike:42": "=known"}})],
    )
    def post(self, request: Request, key: UUID) -> Response:
        """Note it, and store the file where it may be."""
        form = ImportAnswersSerializer(data=request.data)
        form.is_valid(raise_exception=True)
        content: dict[str, Any] = form.validated_data
        job = _found(request, key)
        if job.state != Import.State.OPEN:
            raise Refusal("not_open", _("This file is stored already, or on its way."))
        return Response(_said(job, content, content["answers"]))

    @extend_schema(
        operation_id="imports_discard",
        tags=["imports"],
        summary="Forget a file that is not stored",
        description="One that is on its way stays. Scope: `imports:write`.",
        responses={
            200: OpenApiResponse(ImportSerializer, description="As it was.", examples=[OpenApiExample("open", ASKED)]),
            **refusals(*REFUSED),
        },
    )
    def delete(self, request: Request, key: UUID) -> Response:
        """Forget it."""
        job = _found(request, key)
        shown = _shown(job)
        import_discard(job=job)
        return Response(shown)


def _acting(request: Request, kind: str) -> User:
    """In whose name the file is stored: of whoever is logged in, or of the person of HR who made the key."""
    user = calling_user(request)
    if user is not None:
        return user
    if kind in SIGNED:
        raise PermissionDenied(_("A person signs this, and an API key is none. Log in instead."), "key_cannot_sign")
    key = request.auth
    assert isinstance(key, ApiKey)
    made: User | None = key.created_by
    if made is None or not made.is_active or not is_hr(made) or key.is_limited:
        message = _("This key imports in the name of whoever made it, who has to work in HR, and for everybody.")
        raise PermissionDenied(message, "key_without_person")
    return made


def _found(request: Request, key: UUID) -> Import:
    """A file that the caller may know of: a key those of whoever made it, and none of punches."""
    rows = Import.objects.select_related("by")
    if calling_user(request) is None:
        rows = rows.filter(by=_acting(request, "")).exclude(kind__in=SIGNED)
    return get_object_or_404(rows, pk=key)


def _said(job: Import, content: dict[str, Any], answers: dict[str, str]) -> dict[str, Any]:
    """Note what was said of the file, have it stored where it may be, and tell how it stands."""
    choices = {name: content[name] for name in HOW if name in content}
    # The order of day and month is told as a question, and may be answered as one.
    choices |= {"dates": answers.pop("dates")} if "dates" in answers else {}
    import_say(job=job, choices=choices, answers=answers)
    reading = _read(job)
    if not content["dry_run"] and isinstance(reading, Reading) and reading.ready and not _asks_order(reading):
        import_confirm(job=job, seen=reading.plan.seen)
        job.refresh_from_db()
    return _shown(job, reading)


def _read(job: Import) -> Reading | Refusal:
    """The file as it is read, or why it cannot be read as it was said."""
    try:
        return import_read(job=job)
    except Refusal as refused:
        return refused


def _shown(job: Import, read: Reading | Refusal | None = None) -> dict[str, Any]:
    found = (read or _read(job)) if job.state == Import.State.OPEN else None
    plan = found.plan if isinstance(found, Reading) else None
    names = [str(name) for name in ImportSerializer().fields]
    content: dict[str, Any] = {name: getattr(job, name) for name in names if hasattr(job, name)}
    content |= {
        "counts": plan.counts if plan else job.counts,
        "questions": sorted(plan.questions, key=lambda one: bool(one.answer))[:SHOWN] if plan else [],
        "refused": [row for row in plan.rows if row.fate == Fate.REFUSED][:SHOWN] if plan else [],
        "notices": plan.notices if plan else [],
        "error": found.message if isinstance(found, Refusal) else job.error,
    }
    if isinstance(found, Reading) and _asks_order(found):
        content["questions"] = [_order_question(found.order), *content["questions"]]
    return _told(content)


def _asks_order(reading: Reading) -> bool:
    """Whether nothing in the file tells day from month: what a page guesses by its language, a person sees there."""
    return not reading.order.said or reading.order.why == "language"


def _order_question(order: Order) -> Question:
    """Which of day and month comes first."""
    options = [(one, in_words(read_day(order.both or "12/11/2026", one))) for one in (DAY_FIRST, MONTH_FIRST)]
    text = _("Which day is %(day)s? Nothing in the file tells.") % {"day": order.both or "12/11/2026"}
    return Question("dates", "", text, options)


def _told(content: dict[str, Any]) -> dict[str, Any]:
    content["questions"] = [
        {
            "key": one.key,
            "text": one.text,
            "lines": one.lines,
            "options": [{"value": value, "label": label} for value, label in one.options],
            "answer": one.answer,
        }
        for one in content["questions"]
    ]
    return dict(ImportSerializer(content).data)
