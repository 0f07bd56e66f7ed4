"""The company's settings, asked for at set-up and changed here later; what a new company begins with is offered beside.

Every default follows from the place: country, zone, first day of the week, holidays, types of absence, rules.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import formats, timezone
from django.utils.dates import WEEKDAYS
from django.utils.translation import gettext, ngettext, override
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from attendance.models import Kiosk, WorkPolicy
from attendance.rules.holiday_calendar import has_holidays, known_until, public_holidays, regions
from attendance.services.starting import absence_types_add, absence_types_offered, pack_of, policy_begin
from common import company as own
from common import places
from common.models import Company
from common.plain import plain
from employees.access import hr_required
from employees.models import Employee
from employees.services import employee_move

BEGIN = "begin"
"""In the address while the company is being set up: the dashboard comes next."""
REGION = "region"
"""In the address after the country was changed: its region is still to be chosen."""
NEXT_HOLIDAYS = 3


def place_choices() -> list[Any]:
    """Every city that a zone is named after, under its country; and UTC, for a company of no place."""
    return [("", _("Choose…")), *places.places(), (places.UTC, places.UTC)]


def region_of(country: str, names: Iterable[str]) -> str:
    """The region of holidays that is called as one of these cities, accents and capitals aside; empty where none is."""
    wanted = {plain(name) for name in names}
    return next((code for code, name in regions(country) if plain(name) in wanted), "")


def weekdays() -> list[tuple[int, str]]:
    """The days on which a week may begin."""
    return [(day, str(WEEKDAYS[day]).capitalize()) for day in (0, 6, 5)]


class PlaceField(forms.ChoiceField):
    """A country and a city of its zone, stored as the zone."""

    def __init__(self, **given: Any) -> None:
        super().__init__(
            label=_("Country and city"),
            choices=place_choices,
            help_text=_("A city with the same clock as yours. The time of every punch follows from it."),
            widget=forms.Select(attrs={"data-place": ""}),
            **given,
        )


class CompanyForm(forms.ModelForm[Company]):
    time_zone = PlaceField()
    week_start = forms.TypedChoiceField(label=_("Week begins on"), choices=weekdays, coerce=int)
    everywhere = forms.BooleanField(
        label=_("Use this clock also for the kiosks and people that still have UTC"), required=False, initial=True
    )

    class Meta:
        model = Company
        fields = ("name", "time_zone", "region", "language", "week_start", "date_style", "kiosk_portraits")
        labels = {
            "name": _("Company"),
            "language": _("Language"),
            "date_style": _("Dates"),
            "kiosk_portraits": _("Portraits at kiosks"),
        }

    def __init__(self, *args: Any, proposes: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.known = regions(self.instance.country) if self.instance.country else []
        if self.known:
            everywhere = ("", gettext("The whole country’s alone"))
            self.fields["region"] = forms.ChoiceField(
                label=_("Region of the holidays"), choices=[everywhere, *self.known], required=False
            )
            city = self.instance.time_zone
            if (
                proposes
                and not self.instance.region
                and (found := region_of(self.instance.country, places.city_names(city)))
            ):
                self.initial["region"] = found
                said = {"city": places.city(city)}
                self.fields["region"].help_text = gettext("Proposed after %(city)s: check that you are there.") % said
        else:
            del self.fields["region"]
        if not any(unset()):
            del self.fields["everywhere"]

    def clean(self) -> dict[str, Any]:
        """Another country has other regions."""
        data = super().clean() or self.cleaned_data
        country = places.country_of(data.get("time_zone", ""))
        if country != self.instance.country:
            data["region"] = ""
        self.instance.country = country
        return data


class StartingForm(forms.Form):
    """What a new company begins with; only what it does not have yet is offered."""

    holidays = forms.BooleanField(required=False, initial=True)
    rules = forms.BooleanField(required=False, initial=True)
    absences = forms.MultipleChoiceField(
        label=_("Types of absence"), required=False, widget=forms.CheckboxSelectMultiple
    )

    def __init__(self, *args: Any, country: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        named, pack = {"country": places.country_name(country)}, pack_of(country)
        if not has_holidays(country) or WorkPolicy.objects.filter(department=None, employee=None).exists():
            del self.fields["holidays"], self.fields["rules"]
        else:
            self.fields["holidays"].label = gettext("Public holidays of %(country)s") % named
            self.fields["rules"].label = gettext("Working time and overtime by the law of %(country)s") % named
            self.fields["rules"].help_text = gettext("A starting point: check each line under Work policies.")
            if pack is None:
                del self.fields["rules"]
        offered = [(one.code, gettext(one.name)) for one in absence_types_offered(country)]
        if offered:
            chosen: Any = self.fields["absences"]
            chosen.choices, chosen.initial = offered, [code for code, _name in offered]
        else:
            del self.fields["absences"]


def unset() -> tuple[int, int]:
    """How many kiosks and people still have UTC, while the company has another clock or none."""
    if own.company().time_zone == places.UTC:
        return 0, 0
    waiting = Kiosk.objects.filter(time_zone=places.UTC, revoked_at=None).count()
    return waiting, Employee.objects.active().filter(time_zone=places.UTC).count()


def clock_set(*, zone: str) -> tuple[int, int]:
    """Give the kiosks and people that still have UTC this zone, people from today on; how many were changed."""
    kiosks = Kiosk.objects.filter(time_zone=places.UTC).update(time_zone=zone)
    people = list(Employee.objects.active().filter(time_zone=places.UTC))
    today = timezone.localdate(timezone=ZoneInfo(zone))
    for person in people:
        employee_move(employee=person, valid_from=max(today, person.hired_on or today), time_zone=zone)
    return kiosks, len(people)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@hr_required
def company_settings(request: HttpRequest) -> HttpResponse:
    """What the company is and where; beside it what follows: the clock, the next holidays, what it may begin with."""
    stored = Company.objects.filter(pk=own.ROW).first() or Company(time_zone=_default_zone())
    given = request.POST or None
    country = stored.country
    form = CompanyForm(given, instance=stored, proposes=BEGIN in request.GET or REGION in request.GET)
    start = StartingForm(given, country=stored.country, prefix="start")
    if request.method == "POST" and form.is_valid() and start.is_valid():
        changed = form.save(commit=False)
        own.company_change(changed)
        _said_of_clock(request, changed, everywhere=form.cleaned_data.get("everywhere", False))
        _begin(changed, start.cleaned_data)
        if BEGIN in request.GET:
            return redirect("admin:index")
        address = reverse("company_settings")
        return redirect(address if changed.country == country else f"{address}?{REGION}")
    context = {"form": form, "start": start, "begins": BEGIN in request.GET, **_follows(stored)}
    return render(request, "presente/settings.html", context, status=422 if form.errors or start.errors else 200)


def _default_zone() -> str:
    return own.zone_name() if own.zone_chosen() else ""


def _follows(stored: Company) -> dict[str, Any]:
    """What follows from what is stored, for the page to show."""
    if not stored.time_zone:
        return {}
    now = datetime.now(ZoneInfo(stored.time_zone))
    days: list[Any] = []
    years: list[Any] = []
    until = None
    if has_holidays(stored.country):
        until = last if (last := known_until(stored.country)) <= now.year else None
        both = {year: public_holidays(stored.country, stored.region, year) for year in (now.year, now.year + 1)}
        years = [(year, sorted(known.items())) for year, known in both.items() if known]
        days = [one for _year, known in years for one in known if one[0] >= now.date()][:NEXT_HOLIDAYS]
    kiosks, people = unset()
    return {
        "now": now,
        "city": places.city(stored.time_zone),
        "next_holidays": days,
        "holidays_until": until,
        "holiday_years": years,
        "utc_kiosks": kiosks,
        "utc_people": people,
    }


def _said_of_clock(request: HttpRequest, found: Company, *, everywhere: bool) -> None:
    now = datetime.now(ZoneInfo(found.time_zone))
    told = {"time": formats.time_format(now), "city": places.city(found.time_zone)}
    messages.success(request, gettext("Saved. It is %(time)s in %(city)s.") % told)
    if not everywhere or found.time_zone == places.UTC:
        return
    kiosks, people = clock_set(zone=found.time_zone)
    if kiosks or people:
        devices = ngettext("%(count)d kiosk", "%(count)d kiosks", kiosks) % {"count": kiosks}
        persons = ngettext("%(count)d person", "%(count)d people", people) % {"count": people}
        text = gettext("%(kiosks)s and %(people)s had UTC and have this clock now.")
        messages.info(request, text % {"kiosks": devices, "people": persons})


def _begin(found: Company, chosen: dict[str, Any]) -> None:
    with override(found.language or own.language()):
        absence_types_add(codes=chosen.get("absences") or (), country=found.country)
        if chosen.get("holidays"):
            policy_begin(
                country=found.country,
                region=found.region,
                week_start=found.week_start,
                rules=bool(chosen.get("rules")),
            )
