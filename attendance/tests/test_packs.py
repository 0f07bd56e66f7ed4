"""Packs of countries' rules: each line names its article, and HR makes a policy of one."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils.translation import override

from attendance.models import WorkPolicy
from attendance.refusals import AttendanceRefused
from attendance.rules.packs import Pack, PackError, pack, packs
from attendance.rules.policy import Scope
from attendance.services.policies import policy_from_pack
from attendance.tests.scenarios import law
from common import company
from common.models import Company

ALL = list(packs().values())
PAGE = "admin:attendance_workpolicy_from_pack"


def test_there_are_those_that_were_asked_for() -> None:
    assert set(packs()) == {"bolivia", "spain", "mexico", "brazil", "germany", "france", "california", "flsa"}


@pytest.mark.parametrize("one", ALL, ids=lambda one: one.code)
def test_each_line_names_its_article_and_says_when_it_was_checked(one: Pack) -> None:
    assert one.checked == date(2026, 11, 28)
    assert len(one.country) == 2
    assert all(len(line.article) > 5 and line.says.endswith(".") for line in one.lines)


@pytest.mark.parametrize("one", ALL, ids=lambda one: one.code)
def test_each_pack_has_scenarios_that_name_its_law(one: Pack) -> None:
    named = [scenario for scenario in law.ALL if scenario.policy == one.policy]
    assert len(named) >= 3
    assert all(scenario.law for scenario in named)


def test_an_unknown_pack_is_refused_by_name() -> None:
    with pytest.raises(PackError, match="atlantis: no such pack; there are bolivia"):
        pack("atlantis")


@pytest.mark.django_db
@pytest.mark.parametrize("one", ALL, ids=lambda one: one.code)
def test_a_policy_says_what_its_pack_says(one: Pack) -> None:
    made = policy_from_pack(code=one.code, valid_from=date(2026, 1, 1))

    stored = WorkPolicy.objects.get(pk=made.pk)
    assert stored.plan() == one.policy
    assert (stored.pack, stored.holiday_country, stored.holiday_region) == (one.code, one.country, one.region)


@pytest.mark.django_db
def test_a_second_policy_from_the_same_day_is_refused() -> None:
    policy_from_pack(code="spain", valid_from=date(2026, 1, 1))

    with pytest.raises(AttendanceRefused) as refused:
        policy_from_pack(code="france", valid_from=date(2026, 1, 1))
    assert refused.value.code == "invalid"
    assert "There is a policy from that day already." in refused.value.message
    with pytest.raises(AttendanceRefused) as unknown:
        policy_from_pack(code="atlantis", valid_from=date(2026, 2, 1))
    assert unknown.value.code == "pack_unknown"


def test_hr_makes_a_policy_from_a_country_and_edits_it(hr_client: Client) -> None:
    page = hr_client.get(reverse(PAGE)).content.decode()
    assert "Ley Federal del Trabajo, art. 69 and 71" in page

    answer = hr_client.post(reverse(PAGE), {"code": "mexico", "valid_from": "2026-01-01", "department": ""})

    made = WorkPolicy.objects.get()
    assert answer["Location"] == reverse("admin:attendance_workpolicy_change", args=[made.pk])
    form = hr_client.get(answer["Location"]).context["adminform"].form
    sent: dict[str, Any] = {}
    for bound in form:
        value = bound.value()
        if bound.name in ("breaks", "overtime", "caps", "allowances"):
            sent[f"{bound.name}-lines"] = str(len(value))
            for number, row in enumerate(value):
                for key, field in form.fields[bound.name].cells.items():
                    sent[f"{bound.name}-{number}-{key}"] = field.prepare_value(row.get(key)) or ""
        elif value is not None and value is not False:
            sent[bound.name] = value
    assert sent["overtime-0-limit"] == "9:00"
    sent["overtime-0-limit"] = "8:00"
    changed = hr_client.post(answer["Location"], sent)
    assert changed.status_code == 302, changed.context["adminform"].form.errors

    made.refresh_from_db()
    (week,) = [rule for rule in made.plan().overtime if rule.scope is Scope.WEEK]
    assert (week.limit, week.beyond) == (8 * 3600, 300)
    assert made.plan().rest_days == frozenset()


def test_a_colleague_makes_no_policy(colleague_client: Client) -> None:
    assert colleague_client.post(reverse(PAGE), {"code": "spain", "valid_from": "2026-01-01"}).status_code in (302, 403)
    assert not WorkPolicy.objects.exists()


def test_the_countries_are_named_in_the_reader_s_language(hr_client: Client) -> None:
    company.company_change(Company(time_zone="America/Los_Angeles", country="US"))

    form = hr_client.get(reverse("admin:attendance_workpolicy_from_pack")).context["form"]

    assert form["code"].value() == "flsa"
    with override("es"):
        names = [name for _code, name in form.fields["code"].choices]
    assert names[:3] == ["Alemania", "Bolivia", "Brasil"]
    assert {"California", "Estados Unidos (FLSA)"} < set(names)
