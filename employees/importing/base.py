"""What every import of a CSV file shares: how it is read, what a row's fate is called, and the admin's pages for it.

A file is all or nothing: the first page shows what would become of each row, and only a file without a refused row
can be confirmed.
"""

from __future__ import annotations

import csv
from typing import Any, ClassVar

import tablib
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db.models import Model
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from import_export.admin import ImportMixin
from import_export.fields import Field
from import_export.formats.base_formats import CSV
from import_export.resources import ModelResource
from import_export.results import RowResult
from import_export.tmp_storages import CacheStorage
from import_export.widgets import Widget
from unfold.contrib.import_export.forms import ImportForm

from employees.access import is_hr

LONGEST = 20_000
"""Rows of one file; each is written through a service, and a person waits for it."""
REFUSED = (RowResult.IMPORT_TYPE_INVALID, RowResult.IMPORT_TYPE_ERROR)


class AnyCSV(CSV):  # type: ignore[misc]
    """CSV with commas, semicolons (as Excel writes in Spain) or tabs."""

    def create_dataset(self, in_stream: Any, **kwargs: Any) -> tablib.Dataset:
        """The table; raises ValueError for what is no text or no table."""
        if in_stream is None:
            raise ValueError("the file is no longer kept")
        text = in_stream.decode(self.encoding or "utf-8-sig") if isinstance(in_stream, bytes) else in_stream
        head = text.partition("\n")[0]
        delimiter = max(",;\t", key=head.count)
        rows = [row for row in csv.reader(text.splitlines(), delimiter=delimiter, strict=True) if any(row)]
        if not rows:
            raise ValueError("the file is empty")
        table = tablib.Dataset(headers=[name.strip().lower() for name in rows[0]])
        for number, row in enumerate(rows[1:], start=2):
            if len(row) != len(rows[0]):
                raise ValueError(f"line {number} has {len(row)} cells, the heading {len(rows[0])}")
            table.append([cell.strip() for cell in row])
        return table


class ForAnHour(CacheStorage):  # type: ignore[misc]
    """Keeps a file between preview and confirmation in the cache: nothing is left on a disk, and no path is taken
    from the form."""

    CACHE_LIFETIME = 3600


class Named(Widget):  # type: ignore[misc]
    """A row that the cell names; one that is not there is said so, never made."""

    def __init__(self, model: type[Model], field: str) -> None:
        super().__init__()
        self._model, self._field = model, field

    def clean(self, value: Any, row: Any = None, **kwargs: Any) -> Model | None:
        """The row, None for an empty cell; raises ValueError."""
        if not value:
            return None
        found: Model | None = self._model._default_manager.filter(**{self._field: value}).first()
        if found is None:
            raise ValueError(_("There is no “%(value)s” here. Add it first, or correct the cell.") % {"value": value})
        return found

    def render(self, value: Any, obj: Any = None, **kwargs: Any) -> str:
        """The name, for the comparison of before and after."""
        return str(getattr(value, self._field, ""))


class CheckedResource(ModelResource):  # type: ignore[misc]
    """Rows that are checked as a form would check them."""

    needed: ClassVar[tuple[str, ...]] = ()
    known: ClassVar[tuple[str, ...]] = ()

    class Meta:
        clean_model_instances = True
        skip_unchanged = True
        report_skipped = True
        store_row_values = True
        use_transactions = True
        skip_html_diff = True

    def before_import(self, dataset: tablib.Dataset, **kwargs: Any) -> None:
        """Refuse a heading that is misspelt or missing, and a file that is too long."""
        headers = list(dataset.headers or [])
        unknown = [name for name in headers if name not in self.known]
        missing = [name for name in self.needed if name not in headers]
        if unknown:
            message = _("No column is called %(names)s. There are: %(known)s.")
            raise ValidationError(message % {"names": ", ".join(unknown), "known": ", ".join(self.known)})
        if missing:
            raise ValidationError(_("These columns are missing: %(names)s.") % {"names": ", ".join(missing)})
        if len(dataset) > LONGEST:
            raise ValidationError(_("The file has more than %(limit)d rows. Split it.") % {"limit": LONGEST})

    def get_user_visible_fields(self) -> list[Field]:
        """The columns, as the page lists them."""
        return [Field(column_name=name) for name in self.known]


class ImportingAdmin(ImportMixin):  # type: ignore[misc]
    """An admin page that takes CSV files."""

    import_template_name = "admin/import_fate.html"
    import_form_class = ImportForm
    tmp_storage_class = ForAnHour
    skip_admin_log = True

    def get_import_formats(self) -> list[type[CSV]]:
        return [AnyCSV]

    def has_import_permission(self, request: HttpRequest) -> bool:
        """HR alone."""
        return is_hr(request.user)

    def get_import_data_kwargs(self, **kwargs: Any) -> dict[str, Any]:
        """All or nothing, whatever changed between preview and confirmation."""
        return {**super().get_import_data_kwargs(**kwargs), "rollback_on_validation_errors": True}

    def add_data_read_fail_error_to_form(self, form: Any, e: Exception) -> None:
        """Say what is wrong with the file itself."""
        why = _("it is not UTF-8 text") if isinstance(e, UnicodeDecodeError) else str(e)
        form.add_error("import_file", _("We could not read this file: %(why)s. Save it as CSV (UTF-8).") % {"why": why})

    def process_import(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        """Import what was confirmed; a file that is no longer kept has to be sent again."""
        try:
            answer: HttpResponse = super().process_import(request, **kwargs)
        except ValueError:
            messages.error(request, _("The file is no longer kept. Send it again."))
            return redirect("..")
        return answer

    def process_result(self, result: Any, request: HttpRequest) -> HttpResponse:
        """Back to the list; with a row that is refused by now, nothing was stored."""
        if result.has_errors() or result.has_validation_errors():
            messages.error(request, _("Something changed since the preview: nothing was saved. Send the file again."))
            return redirect("../import/")
        answer: HttpResponse = super().process_result(result, request)
        return answer

    def add_success_message(self, result: Any, request: HttpRequest) -> None:
        """How many rows went which way."""
        totals = result.totals
        said = _("Saved: %(new)d new, %(update)d changed, %(skip)d unchanged.")
        messages.success(request, said % {name: totals[name] for name in ("new", "update", "skip")})
