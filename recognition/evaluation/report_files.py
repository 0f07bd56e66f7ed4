"""Write a report to disk: the figures as JSON, and two pages to read them by."""

from __future__ import annotations

import json
from html import escape
from pathlib import Path
from typing import Any

from django.utils.translation import get_language

from recognition.selectors import reports

PAGE = "report.html"
MARKDOWN = "report.md"
STYLE = (
    "body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;color:#1f2937;"
    "background:#fff}table{border-collapse:collapse;margin:1rem 0}th,td{border:1px solid #d1d5db;padding:.3rem .6rem;"
    "text-align:left}td{font-variant-numeric:tabular-nums}img{max-width:100%;height:auto}"
)


def write(folder: Path, figures: dict[str, Any]) -> None:
    """The figures and both pages; the pictures lie there already."""
    folder.mkdir(parents=True, exist_ok=True)
    parts = reports.sections(figures)
    (folder / MARKDOWN).write_text(reports.markdown(reports.title(figures), parts), encoding="utf-8")
    (folder / PAGE).write_text(page(reports.title(figures), parts), encoding="utf-8")
    (folder / reports.FIGURES).write_text(json.dumps(figures, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


def page(heading: str, parts: list[reports.Section]) -> str:
    """The report as one HTML page to open from the disk, with the pictures beside it."""
    body = [f"<h1>{escape(heading)}</h1>"]
    for part in parts:
        body.append(f"<h2>{escape(part.title)}</h2>")
        body += [f"<p>{escape(words)}</p>" for words in part.words]
        if part.table:
            head, *rows = part.table
            cells = "".join(f'<th scope="col">{escape(cell)}</th>' for cell in head)
            lines = "".join("<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in row) + "</tr>" for row in rows)
            body.append(f"<table><thead><tr>{cells}</tr></thead><tbody>{lines}</tbody></table>")
        body += [f'<p><img src="{escape(file)}" alt="{escape(words)}"></p>' for file, words in part.pictures]
    return (
        f'<!doctype html><html lang="{get_language() or "en"}"><head><meta charset="utf-8"><meta name="viewport" '
        f'content="width=device-width"><title>{escape(heading)}</title><style>{STYLE}</style></head>'
        f"<body>{''.join(body)}</body></html>\n"
    )
