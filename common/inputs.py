"""What is refused before any view or service reads it: documents and texts that no database and no parser can take."""

from __future__ import annotations

import json
import math
from typing import Any

from django.http import HttpRequest
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _

from common.refusals import Refusal

DEEPEST = 64
"""Levels that a JSON document may have; ours need six."""


class UnreadableInput(Refusal):
    """A request that cannot be read: ``json_invalid``, ``json_too_deep``, ``number_invalid`` or ``text_invalid``."""

    status = 400


def read_json(text: str | bytes) -> Any:
    """The value of a JSON document, every text in it storable. Raises ``UnreadableInput``."""
    try:
        value = json.loads(text)
    except RecursionError as error:
        raise _too_deep() from error
    except ValueError as error:
        raise UnreadableInput("json_invalid", _("This is not JSON. Correct it and send it again.")) from error
    return check_value(value)


def check_value(value: Any) -> Any:
    """A parsed JSON value, unless it is nested too deeply or holds a text or a number that cannot be stored."""
    level = [value]
    for _depth in range(DEEPEST):
        inner: list[Any] = []
        for one in level:
            if isinstance(one, str):
                check_text(one)
            elif isinstance(one, float) and not math.isfinite(one):
                raise UnreadableInput("number_invalid", _("A number in the JSON is too large, or is none."))
            elif isinstance(one, dict):
                inner += [*one, *one.values()]
            elif isinstance(one, list):
                inner += one
        if not inner:
            return value
        level = inner
    raise _too_deep()


def check_text(text: str) -> str:
    """The text, unless it holds a NUL or half of a surrogate pair, which PostgreSQL and UTF-8 cannot."""
    if "\x00" in text or not _encodable(text):
        raise UnreadableInput(
            "text_invalid",
            _("A text in the request holds a character that cannot be stored (NUL, or half a character)."),
        )
    return text


def own_path(request: HttpRequest, address: str, otherwise: str) -> str:
    """Where a form or a link says to go next, where that is a page of ours; else ``otherwise``.

    What does not begin with a slash is no address: ``redirect`` would take it for the name of a page.
    """
    ours = url_has_allowed_host_and_scheme(address, {request.get_host()}, require_https=request.is_secure())
    return address if address.startswith("/") and ours else otherwise


def _encodable(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _too_deep() -> UnreadableInput:
    return UnreadableInput("json_too_deep", _("The JSON is nested too deeply."))
