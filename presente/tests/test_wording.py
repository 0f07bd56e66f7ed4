"""The words that pages, messages and docs use: those of an HR office, in English and in Latin American Spanish.

What is banned was found by reading every page as a new user would; beside each pattern stands what to write instead.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import cache
from importlib.util import find_spec
from pathlib import Path

import polib
import pytest
from django.conf import settings
from django.utils.translation import gettext, override
from django.utils.translation.template import templatize
from rest_framework import exceptions, fields, relations, serializers

ROOT: Path = settings.BASE_DIR
FOLDER = ROOT / "locale" / "es" / "LC_MESSAGES"
PACKAGES = (
    "approvals",
    "attendance",
    "common",
    "doors",
    "employees",
    "kiosk",
    "leave",
    "planning",
    "phone",
    "notifications",
    "presente",
    "privacy",
    "recognition",
    "reporting",
    "webhooks",
)
MOST_WORDS = 2500

ENGLISH = {
    r"sure enough": "Recognition strictness",
    r"[Rr]efreshing": "automatic photo updates",
    r"^Decisions$|\blooks? into\b|^Look again$|\. Look again\.": "recognition log, attempts, Refresh, Reload the page",
    r"[Tt]raining runs?\b|[Hh]eld out|[Ll]earnt from|Nothing to learn": "model training, test set, training set",
    r"\b[Mm]ade offline": "offline punches",
    r"^Files$|Make the file|^Fetch\b|Files by e-mail|Set it up|Send it to me": "Reports & exports, Export, Download",
    r"A line for each person": "Summary by person, Daily detail",
    r"\b[Mm]issing (in|out)\b": "No check-in, No check-out",
    r"^Stored?\b|signed with your name|kept with your name|was stored": "Save, Saved, Recorded under your name",
    r"empties as you": "(leave it out)",
    r"^To know$": "For information",
    r"days away|^Was away|asked for nothing|^Wrong\?$": "Request time off, Reason for absence, Report a problem",
    r"^Not expected now$|^Gone$": "Off today, Left",
    r"^Required\b|were required|are not required": "Scheduled hours",
    r"People down": "Click a day to see how it was calculated",
    r"^What was done$|^Open again$|changes any more": "History, Reopen, Closed for changes",
    r"lies in a period|for an adjustment": "… is in a closed period",
    r"^Fate$|What becomes of|left as they are|Left as it is": "Result, Preview, unchanged",
    r"no CSV file": "We could not read this file",
    r"\b[Ll]iving face|live face|show life": "liveness check, liveness challenge",
    r"frames that come again|mirrored lamp": "detect replayed video, detect screens and prints",
    r"tells who it is|By itself, when|on the screen's side": "Face identifies the person (1:N), Front camera",
    r"camera rests": "the camera is off",
    r"needs somebody|^Silent\b|is silent|how it is$|binds itself": "needs attention, Offline, status, secured",
    r"hand wide|signed paper lies": "about a third of the picture; where is it filed",
    r"entering twice|^leads$": "anti-passback, direction",
    r"offer is not ours|no longer stands": "This confirmation has expired",
    r"^Not for you$|^There is nothing here$|^Our mistake$": "No access, Page not found, Server error",
    r"several times and never": "The export failed several times",
    r"[Ll]ock(ed)? (the )?periods?|period (is|was) locked|what was locked": "closed period, close the period",
    r"[Cc]lock events?": "punch",
    r"\blooks? by\b|\beach look\b": "attempt",
    r"\bby mail\b|\b[Ss]ign(ed)?[- ]in\b": "by e-mail; log in, login",
}
DOCS = {
    r"\bthe house\b|rooms of": "architecture, packages",
    r"\bfilms?\b": "video",
    r"\bbursts?\b": "several pictures",
    r"\b[Ll]iving face|\blive face": "liveness check",
    r"[Tt]raining runs?\b|\b[Hh]eld out\b": "model training, test set",
    r"[Rr]efreshing of templates|How sure is sure": "automatic photo updates, recognition strictness",
    r"\broster\b|sign of life|\bthe marks\b": "gallery revision, heartbeat, invalidation",
    r"[Ff]iles by e-mail": "scheduled reports",
    r"[Ll]ocked periods?": "closed period",
}
SPANISH = {
    r"\bfich(ar|aje|ajes|ado|ada|an|ando|e|en|ó)\b|\bse ficha\b|\bficha (con|a quien)\b": "marcar, marcación",
    r"\bordenador(es)?\b|\bmóvil(es)?\b": "computadora, celular",
    r"\bañad\w*": "agregar",
    r"(?<!/)\bpuls(e|ar|a|en)\b(?!/)|\bteclee\b|\bteclear\b|\btecle(ó|ado)\b": "presione, ingrese",
    r"\bnóminas?\b|\bfestivos?\b": "planilla de sueldos, feriado",
    r"\bcaduc\w*|\bcostes?\b|\bvale desde\b": "vencer, costo, rige desde ahora",
    r"\bfecha de (alta|baja)\b": "fecha de ingreso, fecha de retiro",
    r"\bcaras?\b|\brostros? vivos?\b": "rostro; no se detectó una persona real",
    r"\bquioscos?\b|\ben silencio\b|necesita a alguien": "terminal, sin conexión, requiere atención",
    r"\bresponsables?\b": "supervisor, jefe inmediato",
    r"\bdebidas\b|\bsaldo\b|\bsin asentar\b": "horas programadas, diferencia, sin cerrar",
    r"\bquién está$|\bya fuera\b|no se esperan ahora": "presentes, salieron, libres hoy",
    r"^archivos$|crear el archivo|\binformes?\b": "reportes, exportar",
    r"\bmiradas?\b|cuánta seguridad": "intentos, exigencia del reconocimiento",
    r"\berróneos?\b|^pruebas$": "incorrectos, evidencia",
    r"\bmadrid\b|\+01:00": "La Paz, -04:00",
    r"renovación|persona de la plantilla|ajuste fino|^aprendida|^apartadas?$": "actualización de fotos, entrenamiento",
    r"\bnormas de trabajo\b": "política laboral",
    r"(mis|reglas?|movimientos?|año) (de )?vacaciones|solicitar permisos?|\bde permiso\b": "ausencias, año de cómputo",
    # Who decides, by the role or the department; and the one person somebody reports to, which is a field of theirs.
    r"\bjefes?\b(?! inmediatos?\b)": "supervisor, jefe inmediato",
    r"\bextrañ[oa]s?\b|\bcompañer[oa]s?\b|\bdictamen": "desconocido, colega, resultado",
    r"\ben directo\b|\bbarbilla\b|\bperíodos?\b|\bde uno en uno\b": "en vivo, mentón, periodo, una persona a la vez",
    r"\b(hacer|haga|hace|hecha) (la |una |unas |ninguna )?fotos?\b|\bfotos? hechas?\b": "tomar fotos",
    # A login is an account; who passes a door leaves a *paso*. A passkey and a request for one's data keep their names.
    r"\baccesos\b|\b(dar|dé|tienen?|reciben?|su|con) acceso\b(?! a)": "cuenta de usuario, paso por una puerta",
    r"servidor de acceso|acceso (propio )?de (la|su) empresa": "servidor de inicio de sesión, cuenta de la empresa",
    r"\bgafas\b|\bcoger\b|\bvosotros\b|\bvuestr\w+": "lentes, tomar, ustedes",
}
# Words of tú; and its imperatives where a sentence begins: within one they may tell of a third person.
INFORMAL = {
    r"(?i:\b(tu|tus|tú|te|ti|contigo|tuy[oa]s?|eres|estás|has|puedes|quieres|tienes|debes|deseas|sabes|necesitas|verás"
    r"|podrás|haz|inténtalo|asegúrate|olvidaste|regístrate|conéctate|descárgalo|míralo)\b)": "usted",
    r"\b(Pulsa|Elige|Escribe|Introduce|Ingresa|Comprueba|Añade|Agrega|Vuelve a|Espera un momento|Recarga|Presiona"
    r"|Selecciona|Mira|Usa|Copia|Envía|Abre|Cierra|Inicia|Pide|Toca|Acércate|Gira|Quítate)\b": "usted",
}
LETTERS = re.compile(r"[^\W\d_]{2,}")
PLACEHOLDER = re.compile(r"%\(\w+\)\w|\{\w*\}|%%|<[^>]+>")
CALLS = {"_", "gettext", "gettext_lazy", "gettext_noop", "ngettext", "ngettext_lazy", "pgettext", "pgettext_lazy"}
TEXT = r"""u?(?:'(?:\\.|[^'\\])*'|"(?:\\.|[^"\\])*")"""
IN_TEMPLATE = re.compile(rf"(n?)(p?)gettext\(({TEXT})(?:,\s*({TEXT}))?(?:,\s*({TEXT}))?")
# Of the pages of Django for developers, never shown to people here.
DEVELOPERS = ("DEBUG=True", "Connect, get help")


@cache
def written() -> polib.POFile:
    return polib.pofile(str(FOLDER / "django.po"), encoding="utf-8")


def spanish() -> Iterator[tuple[str, str]]:
    """Each English text with the Spanish one that stands for it."""
    for entry in written():
        forms = entry.msgstr_plural or {0: entry.msgstr}
        for number, form in forms.items():
            yield (entry.msgid_plural if number else entry.msgid), form


def in_python(path: Path) -> Iterator[tuple[str | None, str]]:
    """Each text that a module hands to gettext, with its context."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if not isinstance(node, ast.Call):
            continue
        called = node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")
        if called not in CALLS:
            continue
        texts = [one.value for one in node.args if isinstance(one, ast.Constant) and isinstance(one.value, str)]
        if called.startswith("pgettext"):
            yield texts[0], texts[1]
        elif texts:
            yield None, texts[0]


def in_template(path: Path) -> Iterator[tuple[str | None, str]]:
    """Each text that a template translates, with its context."""
    for found in IN_TEMPLATE.finditer(templatize(path.read_text(encoding="utf-8"))):
        texts = [ast.literal_eval(text) for text in found.groups()[2:] if text]
        yield (texts[0], texts[1]) if found[2] else (None, texts[0])


@cache
def used() -> frozenset[tuple[str | None, str]]:
    """Each text for people in the code, with its context."""
    modules = [path for package in PACKAGES for path in (ROOT / package).rglob("*.py")]
    code = [path for path in modules if not {"tests", "migrations"} & set(path.parts)]
    texts = {text for path in code for text in in_python(path)}
    return frozenset(texts | {text for path in (ROOT / "templates").rglob("*.html") for text in in_template(path)})


def pages() -> list[Path]:
    """The pages of the documentation; decisions tell what was once thought and keep their words."""
    docs = sorted(path for path in (ROOT / "docs").rglob("*.md") if not {"decisions", "es"} & set(path.parts))
    return [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *docs]


def against(banned: dict[str, str], texts: Iterator[str] | list[str], flags: int = 0) -> list[str]:
    """What is wrong, each with what to write instead."""
    rules = [(re.compile(pattern, flags), better) for pattern, better in banned.items()]
    return [f"{text!r}: {better}" for text in texts for rule, better in rules if rule.search(text)]


def test_the_code_says_what_an_office_says() -> None:
    assert len(used()) > 1500
    assert against(ENGLISH, sorted(text for _context, text in used())) == []


def test_every_text_of_the_code_has_its_spanish_and_nothing_else_is_kept() -> None:
    kept = {(entry.msgctxt, entry.msgid) for entry in written()}

    assert sorted(used() - kept, key=str) == []
    assert sorted(kept - used(), key=str) == []


def test_the_spanish_is_that_of_an_office_in_latin_america() -> None:
    assert against(SPANISH, [text for _english, text in spanish()], re.IGNORECASE) == []


def test_the_spanish_says_usted() -> None:
    assert against(INFORMAL, [text for _english, text in spanish() if "FREQ=" not in text]) == []


def test_no_sentence_stands_in_english() -> None:
    same = [english for english, text in spanish() if english == text]

    assert [text for text in same if len(LETTERS.findall(PLACEHOLDER.sub("", text))) > 2] == []


@pytest.mark.parametrize(
    "library",
    ["django.contrib.admin", "django.contrib.auth", "django.conf", "rest_framework", "django_filters"],
)
def test_libraries_say_usted_and_the_same_words(library: str) -> None:
    spec = find_spec(library)
    assert spec is not None
    assert spec.origin is not None
    theirs = polib.mofile(str(Path(spec.origin).parent / "locale" / "es" / "LC_MESSAGES" / "django.mo"))
    singular = [entry.msgid for entry in theirs if not entry.msgid_plural and not entry.msgctxt and entry.msgid]
    with override("es"):
        shown = [gettext(text) for text in singular if not any(part in text for part in DEVELOPERS)]

    assert len(shown) > 3
    assert against(INFORMAL, shown) == []
    assert against(SPANISH, shown, re.IGNORECASE) == []


def test_what_the_api_says_of_a_field_is_translated() -> None:
    classes = [
        one
        for module in (exceptions, fields, relations, serializers)
        for one in vars(module).values()
        if isinstance(one, type) and issubclass(one, fields.Field)
    ]
    texts = {str(text) for one in classes for text in getattr(one, "default_error_messages", {}).values()}
    with override("es"):
        english = [text for text in sorted(texts) if gettext(text) == text]

    assert len(texts) > 40
    assert english == []


@pytest.mark.parametrize("page", pages(), ids=lambda page: str(page.relative_to(ROOT)))
def test_a_page_of_the_docs_is_short_and_plain(page: Path) -> None:
    text = page.read_text(encoding="utf-8")

    assert len(text.split()) <= MOST_WORDS
    assert against(DOCS, [line for line in prose(text) if line]) == []


@pytest.mark.parametrize("page", sorted((ROOT / "docs" / "es").rglob("*.md")), ids=lambda page: page.stem)
def test_a_spanish_page_of_the_docs_is_that_of_an_office_in_latin_america(page: Path) -> None:
    lines = [line for line in prose(page.read_text(encoding="utf-8")) if line]

    assert against(INFORMAL, lines) == []
    assert against(SPANISH, lines, re.IGNORECASE) == []


def prose(text: str) -> list[str]:
    """A page without its code: names of files, fields and commands stay as they are."""
    fenced = re.sub(r"```.*?```", "", text, flags=re.DOTALL)
    without_code = re.sub(r"`[^`]*`", "", fenced)
    return [line.strip() for line in re.sub(r"\]\([^)]*\)", "]", without_code).splitlines()]
