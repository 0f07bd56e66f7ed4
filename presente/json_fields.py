"""Stored structures on the admin's pages, as rows of name and value that anybody can read."""

from __future__ import annotations

from typing import Any

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext


def json_as_rows(data: Any, encoder: Any = None) -> SafeString:
    """The value of a JSON field as HTML: a line for each entry, names without underscores, nothing as a dash.

    It stands in for the theme's ``prettify_json``, whose colours are inline styles that our content policy blocks.
    """
    if isinstance(data, dict) and data:
        rows = [(str(name).replace("_", " "), json_as_rows(value)) for name, value in sorted(data.items())]
        return format_html("<div>{}</div>", format_html_join("", "<div>{}: {}</div>", rows))
    if isinstance(data, list) and data:
        return format_html_join("", "<div>{}</div>", [(json_as_rows(value),) for value in data])
    if isinstance(data, bool):
        return format_html("{}", gettext("Yes") if data else gettext("No"))
    return format_html("{}", "–" if data in (None, "", [], {}) else data)
