"""The company's settings: every default follows from the place, and a clock that nobody chose is said."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from html import unescape
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.urls import reverse
from django.utils import formats, timezone, translation
from holidays.countries.sri_lanka import SriLanka

from attendance.models import AbsenceType, Kiosk, WorkPolicy
from attendance.rules.holiday_calendar import public_holidays
from common import company
from common.models import AuditEntry, Company
from common.moments import day_text, moment_text
from common.places import city_names, country_name, country_of, first_weekday, language_of, places
from employees.models import Employee, Site, User
from employees.services import employee_create
from presente import checks_around
from presente.checks_around import time_zone
from presente.company_page import region_of

pytestmark = pytest.mark.django_db
PAGE = "company_settings"
LA_PAZ = {"name": "Demo", "time_zone": "America/La_Paz", "language": "es", "week_start": "0", "date_style": ""}
BEGINS = {"start-holidays": "on", "start-rules": "on", "start-absences": ["vacation", "medical-check"]}


@pytest.fixture(autouse=True)
def _formats_of_the_language() -> Iterator[None]:
    yield
    formats.reset_format_cache()


@pytest.fixture
def bolivia() -> Company:
    found = Company(country="BO", time_zone="America/La_Paz", language="es")
    company.company_change(found)
    return found


def test_the_place_gives_country_language_and_week() -> None:
    with translation.override("es"):
        bolivia = dict(places())["Bolivia"]

    assert bolivia == [("America/La_Paz", "Bolivia: La Paz")]
    assert country_of("America/La_Paz") == "BO"
    assert (language_of("BO"), language_of("US"), language_of("JP")) == ("es", "en", "")
    assert (first_weekday("BO"), first_weekday("US")) == (0, 6)
    assert country_name("ES", "es") == "España"


def test_hr_says_where_the_company_is_and_everything_follows(hr_client: Client) -> None:
    hr_client.post(reverse(PAGE), LA_PAZ)
    hr_client.post(reverse(PAGE), {**LA_PAZ, "region": "L", **BEGINS})

    stored = Company.objects.get()
    policy = WorkPolicy.objects.get()
    assert (stored.country, stored.region, stored.time_zone) == ("BO", "L", "America/La_Paz")
    assert (policy.holiday_country, policy.holiday_region, policy.pack) == ("BO", "L", "bolivia")
    assert policy.valid_from == date(timezone.localdate().year, 1, 1)
    assert set(AbsenceType.objects.values_list("code", "name")) == {
        ("vacation", "Vacaciones"),
        ("medical-check", "Control médico anual"),
    }


def test_people_and_kiosks_then_have_that_clock(hr_client: Client, bolivia: Company) -> None:
    someone = employee_create(number="7", first_name="Demo")
    form = hr_client.get(reverse("admin:attendance_kiosk_add")).context["adminform"].form

    assert someone.time_zone == "America/La_Paz"
    assert form["time_zone"].value() == "America/La_Paz"


def test_kiosks_and_people_that_had_utc_get_the_clock(hr_client: Client, ana: Employee) -> None:
    kiosk = Kiosk.objects.create(name="Door")
    elsewhere = Kiosk.objects.create(name="Gate", time_zone="Europe/Madrid")

    page = hr_client.post(reverse(PAGE), {**LA_PAZ, "everywhere": "on"}, follow=True)

    for row in (kiosk, elsewhere, ana):
        row.refresh_from_db()
    assert (kiosk.time_zone, elsewhere.time_zone, ana.time_zone) == (
        "America/La_Paz",
        "Europe/Madrid",
        "America/La_Paz",
    )
    assert (page.context["utc_kiosks"], page.context["utc_people"]) == (0, 0)


def test_a_page_shows_the_companys_day(hr_client: Client, bolivia: Company) -> None:
    hr_client.get(reverse("presence"))
    with company.in_company_zone():
        here = timezone.get_current_timezone_name()

    assert here == "America/La_Paz"
    assert timezone.get_current_timezone_name() == "UTC"


def test_the_companys_language_is_everybodys_who_chose_none(client: Client, hr: User, bolivia: Company) -> None:
    asked = {"accept-language": "en"}
    chosen = client.get(reverse("login"), headers=asked).text
    client.post(reverse("set_language"), {"language": "en"})

    assert '<html lang="es"' in chosen
    assert '<html lang="en"' in client.get(reverse("login"), headers=asked).text


@pytest.mark.parametrize(
    ("style", "english", "spanish"),
    [("", "28 November 2026", "28/11/2026"), ("ymd", "2026-11-28", "2026-11-28"), ("mdy", "11/28/2026", "11/28/2026")],
)
def test_dates_are_written_as_the_company_chose(style: str, english: str, spanish: str) -> None:
    company.company_change(Company(date_style=style))
    day = date(2026, 11, 28)

    written = []
    for language in ("en", "es"):
        with translation.override(language):
            written.append(formats.date_format(day))

    assert written == [english, spanish]


def test_a_calendar_begins_on_the_companys_day() -> None:
    company.company_change(Company(week_start=6))

    assert formats.get_format("FIRST_DAY_OF_WEEK", "en") == 0


@pytest.mark.parametrize(
    ("change", "field"),
    [({"time_zone": ""}, "time_zone"), ({"time_zone": "Mars/Base"}, "time_zone"), ({"week_start": "3"}, "week_start")],
)
def test_what_is_no_place_is_refused_at_its_field(hr_client: Client, change: dict[str, Any], field: str) -> None:
    page = hr_client.post(reverse(PAGE), {**LA_PAZ, **change})

    assert page.status_code == 422
    assert list(page.context["form"].errors) == [field]
    assert not Company.objects.exists()


def test_another_country_forgets_the_region(hr_client: Client) -> None:
    company.company_change(Company(country="BO", region="L", time_zone="America/La_Paz"))

    hr_client.post(reverse(PAGE), {**LA_PAZ, "region": "L", "time_zone": "Europe/Madrid"})

    stored = Company.objects.get()
    assert (stored.country, stored.region) == ("ES", "")


def test_a_policy_that_stands_is_left_alone(hr_client: Client, bolivia: Company) -> None:
    WorkPolicy.objects.create(name="Ours", valid_from=date(2026, 1, 1))

    page = hr_client.get(reverse(PAGE))
    hr_client.post(reverse(PAGE), {**LA_PAZ, **BEGINS})

    assert "holidays" not in page.context["start"].fields
    assert [policy.name for policy in WorkPolicy.objects.all()] == ["Ours"]


def test_a_clock_that_nobody_chose_is_said(hr_client: Client) -> None:
    before = hr_client.get(reverse("admin:index"))
    found = time_zone()
    hr_client.post(reverse(PAGE), LA_PAZ)
    after = hr_client.get(reverse("admin:index"))

    assert (found.id, found.status) == ("presente.W013", "warn")
    assert "zone-title" in before.text
    assert "zone-title" not in after.text
    assert time_zone().status == "ok"


def test_the_doctor_names_kiosks_left_on_utc(bolivia: Company) -> None:
    Kiosk.objects.create(name="Door")

    found = time_zone()

    assert (found.status, found.detail) == ("warn", "America/La_Paz, but 1 kiosks have UTC")


@pytest.fixture
def sri_lanka(monkeypatch: pytest.MonkeyPatch) -> Company:
    """Its holidays follow the moon and are told from year to year: here up to 2026, whatever the library knows."""
    monkeypatch.setattr(SriLanka, "end_year", 2026)
    found = Company(country="LK", time_zone="Asia/Colombo", language="en")
    company.company_change(found)
    return found


@pytest.mark.parametrize(("when", "told"), [("2025-12-31", False), ("2026-12-31", True), ("2027-01-01", True)])
def test_that_next_years_holidays_are_not_known_yet_is_said(
    client: Client, hr: User, sri_lanka: Company, when: str, told: bool
) -> None:
    with time_machine.travel(f"{when}T04:00Z", tick=False):
        client.force_login(hr, backend="django.contrib.auth.backends.ModelBackend")
        page = client.get(reverse(PAGE))

    assert ("knows them only until 2026" in page.text) == told


def test_the_doctor_names_countries_whose_holidays_end(sri_lanka: Company) -> None:
    WorkPolicy.objects.create(name="Ours", valid_from=date(2026, 1, 1), holiday_country="LK")
    Site.objects.create(name="Elsewhere", holiday_country="BO")

    with time_machine.travel("2026-10-20T04:00Z", tick=False):
        early = checks_around.public_holidays()
    with time_machine.travel("2026-12-01T04:00Z", tick=False):
        late = checks_around.public_holidays()

    assert (early.status, early.detail) == ("ok", "those of BO, LK are known")
    assert (late.status, late.detail) == ("warn", "known of LK only until 2026")
    assert "company holidays" in late.remedy


def test_a_change_is_in_the_audit_trail(hr_client: Client) -> None:
    hr_client.post(reverse(PAGE), LA_PAZ)

    entry = AuditEntry.objects.get(act="company.added")
    assert entry.details["time_zone"] == [None, "America/La_Paz"]


def test_moments_in_sentences_are_written_as_in_lists() -> None:
    moment = datetime(2026, 11, 28, 9, 5, 7)
    with translation.override("en"):
        english = moment_text(moment), day_text(moment.date())
    with translation.override("es"):
        spanish = moment_text(moment, seconds=True)

    assert english == ("28 Nov 2026, 09:05", "28 Nov 2026")
    assert spanish == "28/11/2026, 09:05:07"


def test_the_region_called_as_the_city_is_proposed_at_the_start(hr_client: Client) -> None:
    company.company_change(Company(country="BO", time_zone="America/La_Paz"))

    begun = hr_client.get(f"{reverse(PAGE)}?begin").context["form"]
    later = hr_client.get(reverse(PAGE)).context["form"]

    assert (begun["region"].value(), later["region"].value()) == ("L", "")
    assert "La Paz" in begun["region"].help_text


def test_another_country_leads_back_to_its_regions(hr_client: Client, bolivia: Company) -> None:
    answer = hr_client.post(reverse(PAGE), {**LA_PAZ, "time_zone": "Europe/Madrid"}, follow=True)

    assert answer.context["form"]["region"].value() == "MD"


@pytest.mark.parametrize(
    ("zone", "country", "region"),
    [
        ("America/Mexico_City", "MX", ""),
        ("America/Sao_Paulo", "BR", "SP"),
        ("Europe/Vienna", "AT", "9"),
        ("Europe/Berlin", "DE", "BE"),
        ("America/Lima", "PE", ""),
    ],
)
def test_a_region_is_found_by_the_name_of_the_city(zone: str, country: str, region: str) -> None:
    assert region_of(country, city_names(zone)) == region


def test_all_holidays_of_this_year_and_the_next_can_be_read(hr_client: Client, bolivia: Company) -> None:
    answer = hr_client.get(reverse(PAGE))

    year = timezone.localdate().year
    assert [one for one, _days in answer.context["holiday_years"]] == [year, year + 1]
    for number in (year, year + 1):
        for name in public_holidays("BO", bolivia.region, number).values():
            assert name in unescape(answer.content.decode())
