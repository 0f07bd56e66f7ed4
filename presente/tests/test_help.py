"""The documentation in the program: every page opens, its links stay inside, and nothing else of the disk is read."""

from __future__ import annotations

import itertools
import re
from pathlib import Path
from urllib.parse import unquote

import pytest
from django.test import Client
from django.urls import reverse

from presente.help import BESIDE, FOLDER, TOPICS, anchor, language_of, names, page, topic, version
from tests.test_every_address import patterns

pytestmark = pytest.mark.django_db
TRANSLATED = sorted(path.relative_to(FOLDER / "es") for path in (FOLDER / "es").rglob("*.md"))


@pytest.mark.parametrize("name", names())
def test_each_page_has_a_title_and_links_that_lead_somewhere(name: str) -> None:
    title, text = page(name)
    inside = re.findall(r'href="/help/(?!images/)([\w/-]+)/', text)
    pictures = re.findall(r'(?:href|src)="/help/images/([^"]+)"', text)

    assert title
    assert [one for one in inside if one not in names()] == []
    assert [one for one in pictures if not (FOLDER / "images" / one).is_file()] == []
    assert [one for one in ("&lt;br", "<pre>", "<th></th>") if one in text] == []
    assert text.count("<table>") == text.count('<div class="table-scroll"')
    assert re.findall(r'(?:href|src)="(?!/|https?:|#)[^"]*"', text) == []


@pytest.mark.parametrize("language", ["en", "es"])
@pytest.mark.parametrize("name", names())
def test_a_link_to_a_part_of_a_page_finds_it(name: str, language: str) -> None:
    lost = []
    for about, part in re.findall(r'href="(?:/help/([\w/-]+)/)?#([^"]+)"', page(name, language)[1]):
        there = about or name
        if f'id="{unquote(part)}"' not in page(there, language)[1]:
            lost.append((there, part))

    assert lost == []


def test_templates_to_be_signed_are_in_the_language_of_their_folder() -> None:
    assert [language_of(f"privacy/{folder}/notice", "es") for folder in ("es", "en")] == ["es", "en"]
    assert language_of("privacy/es/notice", "en") == "es"


def test_a_page_is_read_by_whoever_is_logged_in(colleague_client: Client, client: Client) -> None:
    shown = colleague_client.get(reverse("help_first"))

    assert "Setting up a company" in shown.text
    assert f"Presente {version()}" in shown.text
    assert client.get(reverse("help_first")).status_code == 302


@pytest.mark.parametrize(
    ("address", "about"),
    [("plan", "planning"), ("my_leave", "leave"), ("presence", "attendance"), ("notifications", "notifications")],
)
def test_the_question_mark_of_a_page_leads_to_what_is_written_about_it(
    manager_client: Client, address: str, about: str
) -> None:
    shown = manager_client.get(reverse(address), follow=True)

    assert f'class="bell bell--help"\n   href="/help/{about}/"' in shown.text


def test_the_admins_pages_have_one_too(hr_client: Client) -> None:
    assert 'href="/help/kiosk/"' in hr_client.get("/admin/attendance/kiosk/").text
    assert 'href="/help/training/"' in hr_client.get("/admin/recognition/trainingrun/").text


def test_every_topic_is_a_page_and_every_pattern_is_somebodys() -> None:
    views = [name for name, _pattern in patterns()]

    assert {about for _pattern, about in TOPICS} <= set(names())
    firsts = {next((pattern for pattern, _about in TOPICS if re.match(pattern, view)), "") for view in views}
    assert {pattern for pattern, _about in TOPICS} <= firsts
    assert topic("nothing_of_ours") == "setting-up"


@pytest.mark.parametrize("path", TRANSLATED, ids=str)
def test_a_spanish_page_says_what_the_english_one_says(path: Path) -> None:
    source = FOLDER.parent if path.stem in BESIDE and path.parent == Path() else FOLDER
    spanish, english = (_shape(folder / path) for folder in (FOLDER / "es", source))

    for kind, parts in english.items():
        assert spanish[kind] == parts, kind


@pytest.mark.parametrize("path", TRANSLATED, ids=str)
def test_its_links_lead_to_files_where_it_is_read_without_the_program(path: Path) -> None:
    page_file = FOLDER / "es" / path
    links = re.findall(r"\]\((?!https?:|#)([^)#]+)", page_file.read_text(encoding="utf-8"))

    assert [link for link in links if not (page_file.parent / link).exists()] == []
    # And to the Spanish page, where there is one.
    found = {(page_file.parent / link).resolve() for link in links}
    assert {one for one in found if one.is_relative_to(FOLDER) and one.relative_to(FOLDER) in TRANSLATED} == set()


def _shape(path: Path) -> dict[str, list[str]]:
    """What has to be the same in both languages: headings, columns and rows, rules, figures, code, where links lead."""
    text = path.read_text(encoding="utf-8")
    prose = re.sub(r"```.*?```", "", text, flags=re.DOTALL)
    # 1,000 and 0.5 are 1000 and 0,5 in Spanish.
    figures = re.sub(r"(?<=\d)[., ](?=\d{3}\b)", "", re.sub(r"\]\([^)]*\)", "]", prose))
    return {
        "headings": re.findall(r"^#+(?= )", prose, re.MULTILINE),
        "tables": [str(line.count("|")) for line in re.findall(r"^\|.*\|$", prose, re.MULTILINE)],
        "rules": re.findall(r"\bR\d+\b", prose),
        "figures": sorted(re.findall(r"\d+", figures)),
        "links": [_target(path, link) for link in re.findall(r"\]\(([^)]*)\)", prose)],
        "commands": re.findall(
            r"^[^#\n]+?(?=\s*(?:#.*)?$)", "\n".join(re.findall(r"```\w*\n(.*?)```", text, re.DOTALL)), re.MULTILINE
        ),
    }


def _target(path: Path, link: str) -> str:
    """The file that a link leads to, of a translated page or template the English one; and which of its headings."""
    file, _hash, part = link.partition("#")
    if file.startswith("http"):
        return link
    found = (path.parent / file).resolve() if file else path
    headings = re.findall(r"^#+ (.*)$", found.read_text(encoding="utf-8"), re.MULTILINE) if part else []
    heading = f" {[anchor(words) for words in headings].index(part)}" if part else ""
    english = FOLDER / found.relative_to(FOLDER / "es") if found.is_relative_to(FOLDER / "es") else found
    if english.parent == FOLDER and english.stem in BESIDE:
        english = FOLDER.parent / english.name
    return str(english).replace("/privacy/es/", "/privacy/en/").replace("-es.webp", "-en.webp") + heading


def test_who_reads_spanish_gets_it_where_it_is_written(colleague_client: Client) -> None:
    def shown(name: str) -> str:
        return colleague_client.get(reverse("help", args=[name]), headers={"accept-language": "es"}).text

    assert '<article class="card help__text" lang="es">' in shown("kiosk")
    assert '<article class="card help__text" lang="en">' in shown("security")


def test_a_link_of_an_english_page_finds_its_part_in_spanish(colleague_client: Client) -> None:
    shown = colleague_client.get(reverse("help", args=["operations"]), headers={"accept-language": "es"}).text

    assert 'href="/help/backup/#archivos-en-un-almacenamiento-de-objetos"' in shown


@pytest.mark.parametrize(("wanted", "order"), [("es", ["es", "en"]), ("en", ["en"])])
def test_the_list_begins_with_the_pages_in_the_readers_language(
    colleague_client: Client, wanted: str, order: list[str]
) -> None:
    shown = colleague_client.get(reverse("help_first"), headers={"accept-language": wanted}).text
    spoken = re.findall(r'<a href="/help/[\w/-]+/"\s+lang="(\w+)"', shown)

    assert len(spoken) > 20
    assert [one for one, _same in itertools.groupby(spoken)] == order


@pytest.mark.parametrize("name", ["../README", "secret", "images/presence"])
def test_there_is_no_other_page(colleague_client: Client, name: str) -> None:
    assert colleague_client.get(f"/help/{name}/").status_code == 404


def test_pictures_come_from_their_folder_alone(colleague_client: Client) -> None:
    picture = colleague_client.get(reverse("help_picture", args=["dashboard.png"]))

    assert picture["Content-Type"] == "image/png"
    assert colleague_client.get("/help/images/../../manage.py").status_code == 404
    assert colleague_client.get("/help/images/%2e%2e/%2e%2e/manage.py").status_code == 404
