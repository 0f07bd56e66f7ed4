"""Read what ``manage.py evaluate_model`` measured, as sections or as Markdown in the reader's language.

A version's reports lie in ``DATA_DIR/reports/<version>/<protocol>/``: ``report.json`` (the figures), the pictures, and
the pages that were written with them. The admin shows the same sections from the same figures.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _

from recognition.wording import figure

PROTOCOLS = ("open", "closed", "pairs")
FIGURES = "report.json"
MOST_MISTAKES = 50


@dataclass(frozen=True, slots=True)
class Section:
    """A heading, what it means in a sentence or two, a table (first its heads), pictures (file, description)."""

    title: str
    words: list[str] = field(default_factory=list)
    table: list[list[str]] = field(default_factory=list)
    pictures: list[tuple[str, str]] = field(default_factory=list)


def folder_of(version: str) -> Path:
    """Where the reports of a version lie, a folder a protocol."""
    return Path(settings.DATA_DIR) / "reports" / version


def read(version: str) -> dict[str, dict[str, Any]]:
    """The figures by protocol, for those that were measured; a file that cannot be read counts as none."""
    found = {}
    for protocol in PROTOCOLS:
        try:
            figures = json.loads((folder_of(version) / protocol / FIGURES).read_text(encoding="utf-8"))
        except (OSError, ValueError):
            continue
        if isinstance(figures, dict) and figures.get("protocol") == protocol:
            found[protocol] = figures
    return found


def title(figures: dict[str, Any]) -> str:
    """The report's heading."""
    names = {"open": _("Open protocol"), "closed": _("Closed protocol"), "pairs": _("Pairs")}
    return f"{figures['model']} · {names[figures['protocol']]}"


def sections(figures: dict[str, Any]) -> list[Section]:
    """The report of one protocol."""
    tell = {"open": _open, "closed": _closed, "pairs": _pairs}[figures["protocol"]]
    return [*tell(figures), _provenance(figures)]


def _open(figures: dict[str, Any]) -> list[Section]:
    words = [
        _(
            "%(repeats)s times, %(known)s of %(people)s people were enrolled with %(enroll)s photos each; all other "
            "photos were probes, those of the other people as strangers'."
        )
        % {
            "repeats": figures["repeats"],
            "known": figures["enrolled_people"],
            "people": figures["people"],
            "enroll": figures["enroll"],
        },
        _("The threshold was chosen on other people than it was measured on. Brackets: 95 % intervals over people."),
    ]
    heads = [_("Strangers to pass"), _("Named rightly (TPIR)"), _("Missed (FNIR)"), _("Strangers who passed (FPIR)")]
    parts = []
    for probe, found in ((_("One photo"), figures), (_("Three photos"), figures["burst"])):
        rows = [heads]
        for rate in found["tpir"]:
            figures_of_rate = [_with_interval(found, name, rate) for name in ("tpir", "fnir", "observed_fpir")]
            rows.append([f"{figure(100 * float(rate), 1)}%", *figures_of_rate])
        low, high = found["intervals"]["rank1"]
        first = _("Nearest person is the right one (rank 1): %(figure)s.") % {
            "figure": _between(found["rank1"], low, high)
        }
        parts.append(Section(probe, [*(words if found is figures else []), first], rows))
    parts[-1].pictures.append(("det.png", _("How many enrolled people are missed at each rate of strangers passing")))
    by_group = [_groups(figures["groups"])] if "groups" in figures else []
    return [*parts, *by_group, _reliability(figures["calibration"])]


def _groups(found: dict[str, Any]) -> Section:
    heads = [_("Group"), _("Strangers to pass"), _("Named rightly (TPIR)"), _("Strangers who passed (FPIR)")]
    rows = [
        [group, f"{figure(100 * float(rate), 1)}%", *(_cell(cell[name], rate) for name in ("tpir", "fpir"))]
        for group, cell in found["cells"].items()
        for rate in ("0.01", "0.001")
    ]
    words = _(
        "At the thresholds that the program itself uses for everybody. A figure of fewer than %(fewest)s people is not "
        "shown; groups without any figure: %(not_shown)s."
    )
    return Section(_("By group"), [words % found], [heads, *rows])


def _cell(found: dict[str, Any] | None, rate: str) -> str:
    return _between(*found[rate]) if found else "–"


def _reliability(calibration: dict[str, Any]) -> Section:
    rows = [[_("Confidence said"), _("Came true"), _("Share of probes")]]
    rows += [
        [figure(one["said"], 3), figure(one["right"], 3), f"{figure(100 * one['share'], 2)}%"]
        for one in calibration["bins"]
    ]
    words = _("A confidence of 0.9 should come true nine times in ten. On average it is off by %(ece)s (ECE).") % {
        "ece": figure(calibration["ece"], 4)
    }
    picture = ("reliability.png", _("Confidence said against the share that came true"))
    return Section(_("Confidence"), [words], rows, [picture])


def _closed(figures: dict[str, Any]) -> list[Section]:
    names = {
        "accuracy": _("Accuracy"),
        "macro_precision": _("Precision, mean over people"),
        "macro_recall": _("Recall, mean over people"),
        "macro_f1": _("F1, mean over people"),
    }
    words = _("%(tested)s photos of %(people)s people that the model had not seen; nobody else was shown to it.") % {
        "tested": figures["tested"],
        "people": figures["people"],
    }
    rows = [[_("Figure"), _("Value")], *([label, figure(figures[name], 4)] for name, label in names.items())]
    picture = ("confusion.png", _("Whose photo was given which name"))
    parts = [Section(_("Who is it, of these people?"), [words], rows, [picture])]
    if figures["mistakes"]:
        wrong = [[_("Photo"), _("Named")]]
        wrong += [[one["file"], one["named"] or _("no face found")] for one in figures["mistakes"][:MOST_MISTAKES]]
        parts.append(Section(_("Mistakes"), [], wrong))
    return parts


def _pairs(figures: dict[str, Any]) -> list[Section]:
    words = _(
        "%(pairs)s pairs of photos, %(same)s of them of one person, in ten folds: each is decided at the "
        "distance that was best on the other nine."
    )
    rows = [
        [_("Figure"), _("Value")],
        [_("Accuracy"), f"{figure(figures['accuracy'], 4)} ± {figure(figures['standard_error'], 4)}"],
        [_("Equal error rate"), figure(figures["eer"], 4)],
        [_("at the distance"), figure(figures["eer_distance"], 3)],
        [_("Pairs with a photo without a face"), str(figures["pairs_without_face"])],
    ]
    pictures = [
        ("roc.png", _("Same pairs recognised against different pairs taken for one person")),
        ("distances.png", _("Distances of same and of different pairs")),
    ]
    return [Section(_("Are these two one person?"), [words % figures], rows, pictures)]


def _provenance(figures: dict[str, Any]) -> Section:
    rows = [
        [_("What"), _("Which")],
        [_("Model"), figures["model"]],
        [_("Photos from"), figures["data"]],
        [_("Photos"), str(figures["photos"])],
        [_("without a face"), str(figures["no_face"])],
        [_("Fingerprint of the data"), figures["fingerprint"][:16]],
        [_("Seed"), str(figures["seed"])],
        [_("Measured"), figures["measured"]],
    ]
    return Section(_("What was measured"), [], rows)


def _between(value: float, low: float, high: float) -> str:
    return f"{figure(value, 4)} [{figure(low, 4)} – {figure(high, 4)}]"


def _with_interval(found: dict[str, Any], name: str, rate: str) -> str:
    return _between(found[name][rate], *found["intervals"][name][rate])


def markdown(heading: str, parts: list[Section]) -> str:
    """The report as Markdown; pictures by their file names."""
    lines = [f"# {_plain(heading)}"]
    for part in parts:
        lines += ["", f"## {_plain(part.title)}", *(line for words in part.words for line in ("", words))]
        if part.table:
            head, *rows = [[_plain(cell) for cell in row] for row in part.table]
            lines += ["", f"| {' | '.join(head)} |", f"|{' --- |' * len(head)}"]
            lines += [f"| {' | '.join(row)} |" for row in rows]
        lines += [line for file, words in part.pictures for line in ("", f"![{words}]({file})")]
    return "\n".join(lines) + "\n"


def _plain(text: str) -> str:
    """A cell of a Markdown table: no pipe, no line break, no tag."""
    return text.replace("|", "\\|").replace("\n", " ").replace("<", "&lt;")
