"""Reports as files: sums and days in XLSX and CSV, payroll in mapped columns, large ones from a worker."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from datetime import date, timedelta

import openpyxl
import pytest
from django.core.exceptions import ValidationError
from django.core.files.storage import storages
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from openpyxl.utils import get_column_letter

from attendance.tests.fixtures import Punched
from employees.models import Department, Employee, User
from reporting.files.build import Spec
from reporting.files.formats import Column, Table, csv_lines, csv_text, xlsx_file
from reporting.models import ExportJob, PayrollColumn, PayrollLayout
from reporting.services.exports import export_request, export_run, export_sweep
from reporting.services.payroll import PRESETS, payroll_layout_from_preset
from reporting.views import files

pytestmark = pytest.mark.django_db
NOVEMBER = {"first": "2026-11-02", "last": "2026-11-08"}


@pytest.fixture
def november(ana: Employee, on_early_shift: Callable[[Employee], Employee], punched: Punched) -> Employee:
    """Monday whole, Tuesday late, Wednesday to Friday absent."""
    on_early_shift(ana)
    for direction, at in (
        ("in", "2026-11-02T09:00"),
        ("out", "2026-11-02T17:30"),
        ("in", "2026-11-03T09:40"),
        ("out", "2026-11-03T17:00"),
    ):
        punched(ana, direction, at)
    return ana


def fetched(client: Client, **wished: str) -> bytes:
    answer = client.get(reverse("attendance_file"), {**NOVEMBER, "file_format": "csv", **wished})
    assert answer.status_code == 200, answer.content
    return b"".join(answer)


def table(content: bytes, delimiter: str = ",") -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(content.decode("utf-8-sig")), delimiter=delimiter))


def test_a_line_for_each_person_sums_the_days(manager_client: Client, november: Employee) -> None:
    rows = {row["Number"]: row for row in table(fetched(manager_client, report="period"))}

    ana = rows["1001"]
    assert (ana["Scheduled hours"], ana["Worked"], ana["Late"], ana["Absent"]) == (
        "40:00:00",
        "15:50:00",
        "0:40:00",
        "24:00:00",
    )
    assert (ana["Balance"], ana["Days worked"]) == ("-24:10:00", "2")


def test_a_line_for_each_day_leaves_out_days_without_anything(manager_client: Client, november: Employee) -> None:
    rows = [row for row in table(fetched(manager_client, report="days")) if row["Number"] == "1001"]

    assert [row["Date"] for row in rows] == [f"2026-11-0{day}" for day in range(2, 7)]
    assert [row["State"] for row in rows] == ["Present", "Present", "Absent", "Absent", "Absent"]
    assert (rows[1]["In"], rows[1]["Late"]) == ("2026-11-03 09:40:00", "0:40:00")


def test_a_sheet_has_types_a_frozen_heading_and_totals_by_formula(manager_client: Client, november: Employee) -> None:
    content = fetched(manager_client, report="period", file_format="xlsx", q="ana")
    formulas = openpyxl.load_workbook(io.BytesIO(content)).active
    counted = openpyxl.load_workbook(io.BytesIO(content), data_only=True).active
    assert formulas is not None
    assert counted is not None
    names = [cell.value for cell in formulas[1]]
    worked = names.index("Worked")

    assert formulas.freeze_panes == "A2"
    assert counted[2][worked].value == timedelta(hours=15, minutes=50)
    assert counted[2][names.index("Balance (h)")].value == pytest.approx(-24.1667, abs=0.001)
    letter = get_column_letter(worked + 1)
    assert formulas[3][worked].value == f"=SUM({letter}2:{letter}2)"
    assert counted[3][worked].value == timedelta(hours=15, minutes=50)


def test_a_span_that_is_owed_is_written_with_its_sign() -> None:
    rows = [("a", timedelta(minutes=-90)), ("b", timedelta(hours=2))]
    made = Table("t", "t", [Column("Who"), Column("Balance", "hours", total=True)], rows)

    assert b"a,-1:30:00\r\n" in b"".join(csv_lines(made))
    with xlsx_file(made) as file:
        sheet = openpyxl.load_workbook(file, data_only=True).active
    assert sheet is not None
    assert [sheet[f"B{row}"].value for row in (1, 2, 3, 4)] == ["Balance (h)", -1.5, 2, 0.5]
    assert csv_text(timedelta(minutes=-30)) == "-0:30:00"


@pytest.mark.parametrize(
    "wrong",
    [{"first": "x"}, {"last": "2026-11-01"}, {"last": "2028-01-01"}, {"report": "salaries"}, {"report": "payroll-99"}],
)
def test_what_cannot_be_read_is_said_at_its_field(manager_client: Client, wrong: dict[str, str]) -> None:
    asked = {**NOVEMBER, "report": "period", "file_format": "csv", **wrong}
    answer = manager_client.get(reverse("attendance_file"), asked)

    assert answer.status_code == 400
    assert "field--wrong" in answer.content.decode()


@pytest.mark.parametrize("preset", PRESETS)
def test_every_preset_makes_a_file(hr_client: Client, november: Employee, preset: str) -> None:
    layout = payroll_layout_from_preset(preset=preset)
    again = payroll_layout_from_preset(preset=preset)

    content = fetched(hr_client, report=f"payroll-{layout.pk}")

    assert b"1001" in content
    assert again.name != layout.name


def test_payroll_gets_the_columns_that_hr_mapped(hr_client: Client, november: Employee) -> None:
    layout = PayrollLayout.objects.create(name="Nóminas", separator=";", decimal=",", encoding="cp1252")
    Source, Unit = PayrollColumn.Source, PayrollColumn.Unit
    for position, (title, source, unit) in enumerate(
        (("Código", Source.NUMBER, ""), ("Horas", Source.WORKED, Unit.HOURS), ("Retraso", Source.LATE, Unit.MINUTES))
    ):
        PayrollColumn.objects.create(
            layout=layout, position=position, title=title, source=source, unit=unit or Unit.HOURS
        )

    lines = fetched(hr_client, report=f"payroll-{layout.pk}").decode("cp1252").splitlines()

    assert lines[0] == "Código;Horas;Retraso"
    assert "1001;15,83;40" in lines


def test_a_layout_by_pay_code_has_a_line_for_each_code_with_something_to_pay(
    hr_client: Client, november: Employee
) -> None:
    layout = payroll_layout_from_preset(preset="codes")

    rows = table(fetched(hr_client, report=f"payroll-{layout.pk}"))

    mine = [(row["code"], row["hours"]) for row in rows if row["employee"] == "1001"]
    assert mine == [("100", "15.83")]


def test_a_code_belongs_to_hours_and_a_tier_to_overtime() -> None:
    layout = PayrollLayout.objects.create(name="x")

    for wrong in ({"source": "name", "code": "7"}, {"source": "worked", "tier": 150}):
        with pytest.raises(ValidationError):
            PayrollColumn(layout=layout, **wrong).full_clean()


def test_hr_makes_a_layout_from_a_preset_in_the_admin(hr_client: Client, manager_client: Client) -> None:
    address = reverse("admin:reporting_payrolllayout_preset_codes")

    hr_client.get(address)
    assert not PayrollLayout.objects.exists()
    assert manager_client.post(address, follow=True).status_code == 403
    hr_client.post(address)

    assert PayrollLayout.objects.get().columns.count() == 11


def wanted(form: str = "csv") -> Spec:
    return Spec(report="period", form=form, first=date(2026, 11, 2), last=date(2026, 11, 8))


def test_a_link_to_a_large_file_asks_for_none(
    manager_client: Client, november: Employee, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Browsers fetch links ahead, and chats preview them: each look had a worker make the file."""
    monkeypatch.setattr(files, "AT_ONCE", 0)
    wished = {**NOVEMBER, "report": "days", "file_format": "csv"}
    answer = manager_client.get(reverse("attendance_file"), wished)
    assert (answer.status_code, ExportJob.objects.count()) == (302, 0)
    form = manager_client.get(answer["Location"])
    assert "prepared" in form.text
    assert form.context["form"].data["report"] == "days"
    assert manager_client.post(reverse("attendance_file"), wished).status_code == 302
    assert ExportJob.objects.get().spec["report"] == "days"


@pytest.mark.parametrize("form", ["csv", "xlsx"])
def test_a_worker_makes_the_file_and_its_owner_alone_fetches_it(
    manager_client: Client, outsider_client: Client, hr_client: Client, manager: User, november: Employee, form: str
) -> None:
    job = export_request(spec=wanted(form), by=manager)
    assert manager_client.get(reverse("attendance_file_fetch", args=[job.pk])).status_code == 404

    done = export_run(job_id=job.pk)
    export_run(job_id=job.pk)

    assert (done.state, done.done, done.attempts) == ("done", done.total, 1)
    answer = manager_client.get(reverse("attendance_file_fetch", args=[job.pk]))
    content = b"".join(answer.streaming_content)  # type: ignore[attr-defined]
    assert content[:2] == b"PK" if form == "xlsx" else b"1001" in content
    for other in (outsider_client, hr_client):
        assert other.get(reverse("attendance_file_fetch", args=[job.pk])).status_code == 404


def test_the_file_shows_whom_its_owner_may_see_when_it_is_made(
    manager: User, outsider_manager: User, november: Employee
) -> None:
    job = export_request(spec=wanted(), by=outsider_manager)
    gone = export_request(spec=wanted(), by=manager)
    User.objects.filter(pk=manager.pk).update(role=User.Role.EMPLOYEE)

    with storages["exports"].open(export_run(job_id=job.pk).path) as file:
        assert b"1001" not in file.read()
    assert export_run(job_id=gone.pk).state == "failed"


def test_a_file_with_somebody_who_went_to_another_department_is_not_fetched_any_more(
    manager_client: Client, manager: User, november: Employee
) -> None:
    job = export_run(job_id=export_request(spec=wanted(), by=manager).pk)
    elsewhere = Department.objects.create(name="Elsewhere")
    Employee.objects.filter(pk=november.pk).update(department=elsewhere, manager=None)

    answer = manager_client.get(reverse("attendance_file_fetch", args=[job.pk]), follow=True)

    assert not answer.streaming
    assert "whom you may not see any more" in answer.content.decode()


def test_the_sweep_takes_over_a_dead_workers_file_and_forgets_old_ones(manager: User, november: Employee) -> None:
    job = export_request(spec=wanted(), by=manager)
    ExportJob.objects.update(state="running", lease_until=timezone.now() - timedelta(seconds=1), attempts=1)
    assert export_sweep() == 1
    done = export_run(job_id=job.pk)
    assert done.state == "done"

    ExportJob.objects.update(created_at=timezone.now() - timedelta(days=8))
    export_sweep()

    assert not ExportJob.objects.exists()
    assert not storages["exports"].exists(job.path)


def test_a_file_that_is_never_finished_is_given_up(manager: User) -> None:
    job = export_request(spec=wanted(), by=manager)
    ExportJob.objects.update(attempts=3)

    assert export_run(job_id=job.pk).state == "failed"
