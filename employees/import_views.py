"""HR's pages for files of people, shifts, assignments and punches: upload, preview with questions, progress, result."""

from __future__ import annotations

from contextlib import suppress
from typing import Any, cast

from django import forms
from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.http import content_disposition_header
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_http_methods, require_safe

from common.inputs import check_text
from common.refusals import Refusal
from common.spreadsheets import ENCODINGS, LARGEST, SEPARATORS
from employees.access import hr_required
from employees.bulk import change_people
from employees.importing.dates import DAY_FIRST, MONTH_FIRST, in_words, read_day
from employees.importing.plan import KNOWN, NEW, Fate, Question
from employees.importing.registry import KINDS, Reading
from employees.importing.template_files import TYPES, template_file
from employees.models import Import, User
from employees.services.imports import (
    import_confirm,
    import_discard,
    import_read,
    import_replace,
    import_say,
    import_start,
)

EACH_PAGE = 50
QUESTIONS = 100
"""So many are shown at once, those without an answer first: a form has a limit."""
ORDER = (Fate.REFUSED, Fate.ASKED, Fate.CHANGED, Fate.NEW, Fate.OUT, Fate.SAME)
"""What needs somebody comes first."""
HOW = ("encoding", "separator", "sheet", "dates", "states")


class CorrectedForm(forms.Form):
    """The file alone."""

    file = forms.FileField(label=gettext_lazy("File (XLSX, CSV, or .dat of a ZKTeco device)"))

    def clean_file(self) -> Any:
        """Nothing longer than what is read."""
        file = self.cleaned_data["file"]
        if file.size > LARGEST:
            raise forms.ValidationError(_("The file is too large: up to 10 MB are read. Split it."))
        return file


class FileForm(CorrectedForm):
    """What is in the file, and the file."""

    kind = forms.ChoiceField(label=gettext_lazy("What is in the file?"))
    field_order = ("kind", "file")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        kind: Any = self.fields["kind"]
        kind.choices = [(name, importer.title) for name, importer in KINDS.items()]


@require_http_methods(["GET", "HEAD", "POST"])
@hr_required
@cache_control(private=True, no_store=True)
def imports(request: HttpRequest) -> HttpResponse:
    """The files of late, and the form for another one."""
    wanted = request.GET.get("kind", "")
    form = FileForm(initial={"kind": wanted if wanted in KINDS else ""})
    if request.method == "POST":
        form = FileForm(request.POST, request.FILES)
        if form.is_valid():
            file = form.cleaned_data["file"]
            try:
                job = import_start(
                    kind=form.cleaned_data["kind"],
                    content=file.read(),
                    file_name=file.name,
                    by=cast(User, request.user),
                )
            except Refusal as refused:
                form.add_error("file", refused.message)
            else:
                return redirect("import_file", key=job.pk)
    kinds = [(name, importer.title) for name, importer in KINDS.items()]
    context = {"form": form, "jobs": Import.objects.select_related("by")[:20], "kinds": kinds}
    return render(request, "employees/imports.html", context, status=400 if form.errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@hr_required
@cache_control(private=True, no_store=True)
def import_file(request: HttpRequest, key: str) -> HttpResponse:
    """One file: its preview with what is asked, then how far it is stored, then what became of it."""
    job = get_object_or_404(Import.objects.select_related("by"), pk=key)
    if request.method == "POST" and request.POST.get("do") == "shift" and job.state == Import.State.DONE:
        return change_people(request, job.choices.get("people", []))
    if job.state != Import.State.OPEN:
        return render(request, "employees/import_stored.html", {"job": job, "title": KINDS[job.kind].title})
    if request.method == "POST":
        return _said(request, job)
    context: dict[str, Any] = {"job": job, "title": KINDS[job.kind].title, "encodings": ENCODINGS}
    context["separators"] = SEPARATORS
    try:
        reading = import_read(job=job)
    except Refusal as refused:
        return render(request, "employees/import_preview.html", context | {"refused": refused}, status=400)
    return render(request, "employees/import_preview.html", context | _preview(request, reading))


@require_safe
@hr_required
def import_template(request: HttpRequest, kind: str, form: str) -> HttpResponse:
    """An empty file with the headings of one kind, in the reader's language."""
    if kind not in KINDS or form not in TYPES:
        raise Http404
    spanish = (get_language() or "").startswith("es")
    response = HttpResponse(template_file(KINDS[kind], form=form, spanish=spanish), content_type=TYPES[form])
    response["Content-Disposition"] = content_disposition_header(True, f"{kind}.{form}") or "attachment"
    return response


def _said(request: HttpRequest, job: Import) -> HttpResponse:
    """What was chosen and answered is noted; then the file is stored, forgotten, or shown anew."""
    if request.POST.get("do") == "discard":
        import_discard(job=job)
        messages.success(request, _("The file was discarded. Nothing was saved."))
        return redirect("imports")
    if request.POST.get("do") == "replace":
        return _replaced(request, job)
    for name, values in request.POST.lists():
        for text in (name, *values):
            check_text(text)
    choices = {name: request.POST[name][:100] for name in HOW if name in request.POST}
    asked: list[Question] = []
    # A file that cannot be read as it was said before has no questions.
    with suppress(Refusal):
        asked = import_read(job=job).plan.questions
    import_say(job=job, choices=choices, answers=_answers(request, asked))
    if request.POST.get("do") == "save":
        try:
            import_confirm(job=job, seen=request.POST.get("seen", ""))
        except Refusal as refused:
            messages.error(request, refused.message)
    return redirect("import_file", key=job.pk)


def _replaced(request: HttpRequest, job: Import) -> HttpResponse:
    """Read the corrected file in the place of the first; where it cannot be read, say so: the first one stays."""
    form = CorrectedForm(request.POST, request.FILES)
    if not form.is_valid():
        messages.error(request, " ".join(str(one) for one in form.errors["file"]))
        return redirect("import_file", key=job.pk)
    file = form.cleaned_data["file"]
    try:
        import_replace(job=job, content=file.read(), file_name=file.name)
    except Refusal as refused:
        messages.error(request, refused.message)
    else:
        messages.success(request, _("This is the corrected file."))
    return redirect("import_file", key=job.pk)


def _answers(request: HttpRequest, questions: list[Question]) -> dict[str, str]:
    """The answers by question; one for a whole group counts for those that have none, also those not shown."""
    keys = request.POST.getlist("key")
    answers = {key: one for number, key in enumerate(keys) if (one := request.POST.get(f"answer-{number}", ""))}
    for place, (_name, found) in enumerate(_by_group(questions).items()):
        for_all = request.POST.get(f"all-{place}", "")
        for question in found if for_all else []:
            if not question.answer and for_all in {value for value, _label in question.options}:
                answers.setdefault(question.key, for_all)
    return answers


def _by_group(questions: list[Question]) -> dict[str, list[Question]]:
    groups: dict[str, list[Question]] = {}
    for question in questions:
        groups.setdefault(question.group, []).append(question)
    return groups


def _preview(request: HttpRequest, reading: Reading) -> dict[str, Any]:
    plan = reading.plan
    rows = sorted(plan.rows, key=lambda row: (ORDER.index(row.fate), row.line))
    number = 0
    groups: list[tuple[int, str, list[tuple[int, Question]], list[tuple[str, str]], int]] = []
    for place, (name, found) in enumerate(_by_group(plan.questions).items()):
        first = sorted(found, key=lambda one: bool(one.answer))[: max(0, QUESTIONS - number)]
        numbered = list(enumerate(first, start=number))
        number += len(first)
        groups.append((place, name, numbered, _for_all(found), len(found) - len(first)))
    return {
        "reading": reading,
        "plan": plan,
        "counts": plan.counts,
        "page": Paginator(rows, EACH_PAGE).get_page(request.GET.get("page")),
        "groups": groups,
        "both": [
            (order, in_words(read_day(reading.order.both, order)))
            for order in (DAY_FIRST, MONTH_FIRST)
            if reading.order.both
        ],
        "asks_order": bool(reading.order.both) or not reading.order.said,
    }


def _for_all(questions: list[Question]) -> list[tuple[str, str]]:
    """The answers that every question of a group has, where there are several."""
    if len(questions) < 2:
        return []
    common = set.intersection(*({value for value, _label in one.options} for one in questions))
    general = {
        KNOWN: _("Each is the person whose number looks like it"),
        NEW: _("Each is another, new person"),
    }
    return [(value, general.get(value, label)) for value, label in questions[0].options if value in common]
