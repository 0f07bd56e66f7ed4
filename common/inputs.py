"""What is refused before any view or service reads it: documents and texts that no database and no parser can take."""

from __future__ import annotations

import json
import math
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.http import HttpRequest
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _

from common.refusals import Refusal

DEEPEST = 64
"""Levels that a JSON document may have; ours need six."""
PICTURES = (b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"BM", b"II*\x00", b"MM\x00*")
HEIC = {b"heic", b"heix", b"mif1", b"msf1", b"avif"}
"""How pictures begin, and what those of phones say next."""


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
    return address if address.startswith("/") and is_ours(request, address) else otherwise


def is_ours(request: HttpRequest, address: str) -> bool:
    """Whether an address is a page of this server, reached as safely as the request was."""
    return url_has_allowed_host_and_scheme(address, {request.get_host()}, require_https=request.is_secure())


def _encodable(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _too_deep() -> UnreadableInput:
    return UnreadableInput("json_too_deep", _("The JSON is nested too deeply."))


def address_fault(address: str) -> str:
    """Which character of an e-mail address cannot be there, in words; empty where each may."""
    strange = next((one for one in address if not one.isascii() or one.isspace()), "")
    if not strange:
        return ""
    if strange.isspace():
        return _("An e-mail address has no blanks.")
    return _("“%(letter)s” cannot stand in an e-mail address: it has no accents. Write it as the mailbox is named.") % {
        "letter": strange
    }


def address_check(address: str) -> None:
    """Raise ``ValidationError``, which names what is wrong, for what is no e-mail address."""
    if fault := address_fault(address):
        raise ValidationError(fault, code="invalid")
    validate_email(address)


def is_picture(content: bytes) -> bool:
    """Whether it begins as a photo or another picture does."""
    if content.startswith(b"BM"):
        # Two letters alone begin many a text as well.
        return content[6:10] == b"\x00" * 4
    webp = content[:4] == b"RIFF" and content[8:12] == b"WEBP"
    return content.startswith(PICTURES) or webp or (content[4:8] == b"ftyp" and content[8:12] in HEIC)


def no_table(content: bytes) -> str:
    """Why a file is not read as a table, in words; empty where it may be one."""
    if is_picture(content):
        return _("This is a picture, not a table. Choose the file with the rows: XLSX or CSV.")
    if content.startswith(b"%PDF"):
        return _("This is a PDF, not a table. Save the table as XLSX or CSV, and choose that file.")
    return ""
