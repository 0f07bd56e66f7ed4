"""The documentation, read in the program itself: no page of it needs a network.

Pages that offices use have a Spanish translation in docs/es; the others are shown in English.
"""

from __future__ import annotations

import re
import tomllib
from functools import lru_cache
from pathlib import Path

from django.conf import settings
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language
from django.views.decorators.http import require_safe
from markdown_it import MarkdownIt

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
    return "es" if wanted.startswith("es") and (FOLDER / "es" / f"{name}.md").is_file() else "en"


@lru_cache(maxsize=256)
def page(name: str, language: str = "en") -> tuple[str, SafeString]:
    """The page's title and its text as HTML, as ``language_of`` says; raises ``Http404``."""
    if name not in names():
        raise Http404
    folder = settings.BASE_DIR if name in BESIDE else FOLDER / "es" if language == "es" else FOLDER
    text = (folder / f"{name}.md").read_text(encoding="utf-8")
    reader = MarkdownIt("commonmark", {"html": False}).enable("table")
    tokens = reader.parse(text)
    title = ""
    for number, token in enumerate(tokens):
        if token.type == "heading_open":
            words = tokens[number + 1].content
            title = title or words
            token.attrSet("id", re.sub(r"[^\w]+", "-", words.lower()).strip("-"))
        for child in token.children or ():
            if child.type == "link_open" and (found := PAGE.match(str(child.attrGet("href")))):
                child.attrSet("href", reverse("help", args=[_beside(name, found[1])]) + (found[2] or ""))
            for kind, key in (("image", "src"), ("link_open", "href")):
                if child.type == kind and (found := PICTURE.match(str(child.attrGet(key)))):
                    child.attrSet(key, reverse("help_picture", args=[found[1]]))
    # Our own files, in which HTML is not let through.
    return title, mark_safe(reader.renderer.render(tokens, reader.options, {}))


def _beside(name: str, wanted: str) -> str:
    """The page that a link names, seen from this page's own folder."""
    near = f"{name.rpartition('/')[0]}/{wanted}".lstrip("/")
    return near if near in names() else wanted


@require_safe
@login_needed
def help_page(request: HttpRequest, name: str = FIRST) -> HttpResponse:
    """One page, and the list of all."""
    wanted = get_language() or ""
    language = language_of(name, wanted)
    title, text = page(name, language)
    # Those in the reader's language first.
    ordered = sorted((one for one in names() if "/" not in one), key=lambda one: language_of(one, wanted) != wanted[:2])
    others = [(one, language_of(one, wanted), page(one, language_of(one, wanted))[0]) for one in ordered]
    shown = {"title": title, "text": text, "language": language, "others": others, "name": name}
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
