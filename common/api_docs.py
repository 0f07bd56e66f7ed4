"""The description of the HTTP API as a page of the program's own: every call, read from the schema."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import translation
from django.utils.safestring import SafeString
from django.views.decorators.http import require_safe
from drf_spectacular.generators import SchemaGenerator
from markdown_it import MarkdownIt

DEEPEST = 3
"""How far fields of fields are listed; an example shows the rest."""


MARKDOWN = MarkdownIt("commonmark", {"html": False})
"""What the schema's texts are written in; HTML in them is escaped."""


@dataclass(frozen=True, slots=True)
class Field:
    """A parameter, or a field of what is sent or answered."""

    name: str
    kind: str
    needed: bool
    text: SafeString


@dataclass(frozen=True, slots=True)
class Answer:
    """What a call may answer."""

    status: str
    text: str
    example: str


@dataclass(frozen=True, slots=True)
class Call:
    """One address with one method."""

    key: str
    method: str
    path: str
    text: SafeString
    parameters: tuple[Field, ...]
    body: tuple[Field, ...]
    example: str
    answers: tuple[Answer, ...]


@require_safe
def api_docs(request: HttpRequest) -> HttpResponse:
    """Every call with its parameters, fields, answers and examples."""
    return render(request, "api/docs.html", {"calls": calls()})


@lru_cache(maxsize=1)
def calls() -> tuple[Call, ...]:
    """Every call, in the order of the addresses; the schema is the same for everybody, and in English."""
    with translation.override("en"):
        schema = json.loads(json.dumps(SchemaGenerator().get_schema(request=None, public=True), default=str))  # type: ignore[no-untyped-call]
    return tuple(
        _call(schema, path, method, operation)
        for path, operations in schema["paths"].items()
        for method, operation in operations.items()
    )


def _call(schema: dict[str, Any], path: str, method: str, operation: dict[str, Any]) -> Call:
    found: dict[str, Any] = next(iter(operation.get("requestBody", {}).get("content", {}).values()), {})
    return Call(
        key=operation["operationId"],
        method=method.upper(),
        path=path,
        text=SafeString(MARKDOWN.render(operation.get("description", ""))),
        parameters=tuple(
            Field(
                one["name"], _kind(schema, one["schema"]), one.get("required", False), _line(one.get("description", ""))
            )
            for one in operation.get("parameters", ())
        ),
        body=tuple(_fields(schema, found.get("schema", {}))),
        example=_example(found),
        answers=tuple(
            Answer(status, one.get("description", ""), _example(next(iter(one.get("content", {}).values()), {})))
            for status, one in sorted(operation["responses"].items())
        ),
    )


def _line(text: str) -> SafeString:
    return SafeString(MARKDOWN.renderInline(text))


def _fields(schema: dict[str, Any], given: dict[str, Any], before: str = "", depth: int = 1) -> Iterator[Field]:
    found = _resolved(schema, given)
    for name, one in found.get("properties", {}).items():
        inner = _resolved(schema, one)
        listed = inner.get("type") == "array"
        yield Field(
            f"{before}{name}",
            _kind(schema, one),
            name in found.get("required", ()),
            _line(one.get("description") or inner.get("description", "")),
        )
        if depth < DEEPEST:
            deeper = inner["items"] if listed else inner
            yield from _fields(schema, deeper, f"{before}{name}{'[]' if listed else ''}.", depth + 1)


def _kind(schema: dict[str, Any], given: dict[str, Any]) -> str:
    found = _resolved(schema, given)
    if choices := found.get("enum"):
        return " | ".join(str(one) for one in choices if one is not None)
    if found.get("type") == "array":
        return f"array of {_kind(schema, found['items'])}"
    if several := found.get("oneOf") or found.get("anyOf"):
        return " | ".join(_kind(schema, one) for one in several)
    return str(found.get("format") or found.get("type", ""))


def _resolved(schema: dict[str, Any], given: dict[str, Any]) -> dict[str, Any]:
    while (link := given.get("$ref")) or len(given.get("allOf", ())) == 1:
        given = schema["components"]["schemas"][link.rpartition("/")[2]] if link else given["allOf"][0]
    return given


def _example(content: dict[str, Any]) -> str:
    first = next(iter(content.get("examples", {}).values()), None)
    return json.dumps(first["value"], indent=2, ensure_ascii=False) if first and "value" in first else ""
