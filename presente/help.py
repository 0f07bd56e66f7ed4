"""The documentation, read in the program itself: no page of it needs a network."""

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
from django.views.decorators.http import require_safe
from markdown_it import MarkdownIt

from employees.access import login_needed

FOLDER: Path = settings.BASE_DIR / "docs"
FIRST = "setting-up"
BESIDE = ("README", "CONTRIBUTING", "CHANGELOG")
"""Pages of the folder above."""
PAGE = re.compile(r"(?:\.\./)*(?:docs/)?([\w/-]+)\.md(#[\w-]+)?$")
PICTURE = re.compile(r"(?:\.\./)*(?:docs/)?images/([\w/.-]+)$")


@lru_cache(maxsize=1)
def version() -> str:
    """The program's version, as its project file says."""
    found = tomllib.loads((settings.BASE_DIR / "pyproject.toml").read_text(encoding="utf-8"))
    return str(found["project"]["version"])


@lru_cache(maxsize=1)
def names() -> tuple[str, ...]:
    """Every page, by its name: nothing else is ever read."""
    return tuple(sorted(path.relative_to(FOLDER).with_suffix("").as_posix() for path in FOLDER.rglob("*.md"))) + BESIDE


@lru_cache(maxsize=128)
def page(name: str) -> tuple[str, SafeString]:
    """The page's title and its text as HTML; raises ``Http404``."""
    if name not in names():
        raise Http404
    folder = settings.BASE_DIR if name in BESIDE else FOLDER
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
    title, text = page(name)
    others = [(one, page(one)[0]) for one in names() if "/" not in one]
    return render(request, "presente/help.html", {"title": title, "text": text, "others": others, "name": name})


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
