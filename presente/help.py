"""The documentation, read in the program itself: no page of it needs a network.

Pages that offices use have a Spanish translation in docs/es, and templates to be signed lie in docs/privacy in both
languages; the others are shown in English.
"""

from __future__ import annotations

import re
import tomllib
from functools import lru_cache
from itertools import pairwise
from pathlib import Path
from urllib.parse import unquote

from django.conf import settings
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language
from django.views.decorators.http import require_safe
from markdown_it import MarkdownIt
from markdown_it.token import Token

from employees.access import login_needed

FOLDER: Path = settings.BASE_DIR / "docs"
FIRST = "setting-up"
BESIDE = ("README", "CONTRIBUTING", "CHANGELOG")
"""Pages of the folder above."""
TOPICS = (
    (r"import|.*import_files", "imports"),
    (r"pins_give|person_account|security|passkey|password|invit|confirm_login|oidc|app_set_up", "sign-in"),
    (r"admin:(employees_user|auth_|axes_|password)", "sign-in"),
    (r"person_leave|.*absence|leave|my_leave|admin:leave", "leave"),
    (r"person_shifts|my_shifts|plan|own_s|admin:attendance_shift", "planning"),
    (r"phone|admin:phone", "phone"),
    (r"notification|admin:kiosk_notification", "notifications"),
    (r"delegat|admin:(approvals|employees_delegation)", "approvals"),
    (r"kiosk|admin:(kiosk|attendance_kiosk)", "kiosk"),
    (r"door|roll_call|admin:doors", "doors"),
    (r"company_settings|welcome|admin:index|admin:employees_(department|site|contract)", "setting-up"),
    (r"admin:attendance_workpolicy", "attendance-rules"),
    (r"admin:recognition_(modelversion|trainingrun|report)", "training"),
    (r"admin:recognition", "recognition"),
    (r"api_|admin:(webhooks|employees_apikey)", "integrations"),
    (r"privacy|audit|erasure|own_(data|access|consent)|consent|admin:(privacy|employees_consent)", "privacy/README"),
    (r"people|person|face|enrol|photo|portrait|badges|bulk|admin:employees", "people"),
    (
        r"attendance|presence|my_month|own_period|punch|correction|overtime|period|admin:(attendance|reporting)",
        "attendance",
    ),
)
"""By the beginning of an address's name: the page of the documentation that is about it; the first that fits."""
PAGE = re.compile(r"(?:\.\./)*(?:docs/(?:es/)?)?([\w/-]+)\.md(#[\w%-]+)?$")
PICTURE = re.compile(r"(?:\.\./)*(?:docs/)?images/([\w/.-]+)$")
READER = MarkdownIt("commonmark", {"html": False}).enable("table")
REPLACED = {
    # Markdown has no sign for a line's end within a cell.
    "&lt;br&gt;": "<br>",
    # Code that is too wide is scrolled with the keyboard as well; a heading without words is none.
    "<pre>": '<pre tabindex="0">',
    "<th></th>": "<td></td>",
}


@lru_cache(maxsize=1)
def version() -> str:
    """The program's version, as its project file says."""
    found = tomllib.loads((settings.BASE_DIR / "pyproject.toml").read_text(encoding="utf-8"))
    return str(found["project"]["version"])


@lru_cache(maxsize=1)
def names() -> tuple[str, ...]:
    """Every page, by its name: nothing else is ever read."""
    found = sorted(path.relative_to(FOLDER).with_suffix("").as_posix() for path in FOLDER.rglob("*.md"))
    return (*(name for name in found if not name.startswith("es/")), *BESIDE)


def topic(view: str) -> str:
    """The page about what an address of that name shows."""
    return next((name for pattern, name in TOPICS if re.match(pattern, view)), FIRST)


def language_of(name: str, wanted: str) -> str:
    """In which language the page is shown to whoever reads that one."""
    if name.startswith("privacy/es/"):
        return "es"
    return "es" if wanted == "es" and (FOLDER / "es" / f"{name}.md").is_file() else "en"


@lru_cache(maxsize=256)
def page(name: str, language: str = "en") -> tuple[str, SafeString]:
    """The page's title and its text as HTML, for a reader of that language; raises ``Http404``."""
    if name not in names():
        raise Http404
    tokens = READER.parse(_file(name, language).read_text(encoding="utf-8"))
    title = ""
    for number, token in enumerate(tokens):
        if token.type == "heading_open":
            words = tokens[number + 1].content
            title = title or words
            token.attrSet("id", anchor(words))
        for child in token.children or ():
            key = {"link_open": "href", "image": "src"}.get(child.type)
            if key:
                child.attrs[key] = _leads(name, language, str(child.attrs[key]))
                if not child.attrs[key]:
                    child.attrs.pop(key)
    shown = READER.renderer.render(_framed(tokens), READER.options, {})
    for plain, better in REPLACED.items():
        shown = shown.replace(plain, better)
    # Our own files, in which no HTML is let through.
    return title, mark_safe(shown)


def _framed(tokens: list[Token]) -> list[Token]:
    """The page with a frame around each table, named by the heading above: on a phone the table alone scrolls."""
    framed = []
    heading = ""
    for token in tokens:
        heading = str(token.attrs["id"]) if token.type == "heading_open" else heading
        if token.type == "table_open":
            frame = f'<div class="table-scroll" role="group" aria-labelledby="{heading}" tabindex="0">\n'
            framed.append(Token("html_block", "", 0, content=frame))
        framed.append(token)
        if token.type == "table_close":
            framed.append(Token("html_block", "", 0, content="</div>\n"))
    return framed


def anchor(words: str) -> str:
    """What a link to a heading names: as where the files are read without the program, so that one link fits both."""
    return re.sub(r"[^\w -]", "", words.lower()).replace(" ", "-")


def _file(name: str, language: str) -> Path:
    """The page in a language; where it is not written in that one, the English one."""
    translated = FOLDER / "es" / f"{name}.md"
    english = (settings.BASE_DIR if name in BESIDE else FOLDER) / f"{name}.md"
    return translated if language == "es" and translated.is_file() else english


def _leads(name: str, language: str, wanted: str) -> str:
    """Where a page's link leads in the program; empty for folders and files that only the project itself has."""
    if found := PAGE.match(wanted):
        there = _beside(name, found[1])
        part = unquote(found[2] or "").removeprefix("#")
        # A part of an English page that the reader gets in Spanish has the Spanish name there.
        if part and _file(name, language) == _file(name, "en") and there in names():
            parts = dict(zip(_anchors(there, "en"), _anchors(there, language), strict=False))
            part = parts.get(part, part)
        return reverse("help", args=[there]) + (f"#{part}" if part else "")
    if found := PICTURE.match(wanted):
        return reverse("help_picture", args=[found[1]])
    return wanted if re.match(r"https?:|#", wanted) else ""


def _anchors(name: str, language: str) -> list[str]:
    """What links to the page's headings name, from its beginning."""
    tokens = READER.parse(_file(name, language).read_text(encoding="utf-8"))
    return [anchor(after.content) for token, after in pairwise(tokens) if token.type == "heading_open"]


def _beside(name: str, wanted: str) -> str:
    """The page that a link names, seen from this page's own folder."""
    near = f"{name.rpartition('/')[0]}/{wanted}".lstrip("/")
    return near if near in names() else wanted


@require_safe
@login_needed
def help_page(request: HttpRequest, name: str = FIRST) -> HttpResponse:
    """One page, and the list of all."""
    wanted = "es" if (get_language() or "").startswith("es") else "en"
    title, text = page(name, wanted)
    # Those in the reader's language first.
    ordered = sorted((one for one in names() if "/" not in one), key=lambda one: language_of(one, wanted) != wanted)
    others = [(one, language_of(one, wanted), page(one, wanted)[0]) for one in ordered]
    shown = {"title": title, "text": text, "language": language_of(name, wanted), "others": others, "name": name}
    return render(request, "presente/help.html", shown)


@require_safe
@login_needed
def help_picture(request: HttpRequest, name: str) -> FileResponse:
    """A picture of the documentation."""
    path = (FOLDER / "images" / name).resolve()
    shown = path.is_relative_to(FOLDER / "images") and path.suffix in {".png", ".jpg", ".svg", ".webp"}
    if not shown or not path.is_file():
        raise Http404
    # Not every machine has a name for the kind of the sheets.
    return FileResponse(path.open("rb"), content_type="image/webp" if path.suffix == ".webp" else None)
