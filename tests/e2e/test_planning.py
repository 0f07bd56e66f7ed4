"""The plan in a real browser: drag, keyboard, copied week, rotation, publishing, swap; any console error fails."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date, time, timedelta

import pytest
from django.conf import settings
from django.test import Client
from django.utils import timezone
from playwright.sync_api import ConsoleMessage, Locator, Page, expect
from pytest_django.live_server_helper import LiveServer

from attendance.models import PlannedShift, Shift, ShiftAssignment
from employees.models import Department, Employee, User
from employees.services import employee_create
from employees.tests.employment_kit import employ
from planning.models import Swap
from planning.tests.plan_kit import counted, published
from tests.e2e.access import violations
from tests.e2e.conftest import Launch

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
PATIENCE = 60_000
DAY = timedelta(days=1)
Visit = Callable[..., Page]


@pytest.fixture
def visit(launch: Launch, server: LiveServer) -> Iterator[Visit]:
    """Opens a browser in which somebody is logged in."""
    errors: list[str] = []

    def console(message: ConsoleMessage) -> None:
        if message.type == "error":
            errors.append(f"{message.text} ({message.location})")

    def start(user: User, *, width: int = 1400, touch: bool = False, language: str = "en-GB") -> Page:
        client = Client()
        client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
        cookie = client.cookies[settings.SESSION_COOKIE_NAME].value
        context = launch().new_context(
            viewport={"width": width, "height": 900}, base_url=server.url, locale=language, has_touch=touch
        )
        context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": cookie, "url": server.url}])
        page = context.new_page()
        page.set_default_timeout(PATIENCE)
        expect.set_options(timeout=PATIENCE)
        page.on("console", console)
        page.on("pageerror", lambda error: errors.append(str(error)))
        return page

    yield start
    assert errors == []


@pytest.fixture
def monday() -> date:
    """Next week's."""
    today = timezone.now().date()
    return today + (7 - today.weekday()) * DAY


@pytest.fixture
def board(monday: date) -> str:
    year, week, _weekday = monday.isocalendar()
    return f"/plan/?week={year}-W{week:02}"


@pytest.fixture
def early(db: None) -> Shift:
    return Shift.objects.create(name="Early", starts_at=time(6), ends_at=time(14), weekdays=[0, 1, 2, 3, 4])


@pytest.fixture
def late(db: None) -> Shift:
    return Shift.objects.create(name="Late", starts_at=time(14), ends_at=time(22), weekdays=[0, 1, 2, 3, 4])


@pytest.fixture
def people(department: Department, early: Shift, late: Shift) -> list[Employee]:
    """Abel works early, Berta has no shift."""
    found = [
        employee_create(number=f"P{number}", first_name=name, last_name=f"Demo{number}", department=department)
        for number, name in enumerate(("Abel", "Berta"))
    ]
    employ(Employee.objects.filter(number__startswith="P"), hired_on=date(2020, 1, 1), time_zone="America/La_Paz")
    ShiftAssignment.objects.create(employee=found[0], shift=early, valid_from=date(2020, 1, 1))
    return list(Employee.objects.filter(number__startswith="P").order_by("number"))


def cell(page: Page, person: str, weekday: int) -> Locator:
    return page.locator(f"tr[data-person={person}] td").nth(weekday)


def drag(page: Page, chip: Locator, target: Locator) -> None:
    """By mouse, in steps, as a hand does it."""
    chip.scroll_into_view_if_needed()
    start, end = chip.bounding_box(), target.bounding_box()
    assert start is not None
    assert end is not None
    page.mouse.move(start["x"] + 10, start["y"] + 8)
    page.mouse.down()
    page.mouse.move(start["x"] + 40, start["y"] + 20, steps=3)
    page.mouse.move(end["x"] + end["width"] / 2, end["y"] + 20, steps=5)
    page.mouse.up()


def test_a_shift_is_dragged_undone_and_copied(
    visit: Visit, board: str, manager: User, people: list[Employee], monday: date
) -> None:
    page = visit(manager)
    page.goto(board)
    drag(page, cell(page, "P0", 0).locator("[data-shift]"), cell(page, "P1", 2))
    expect(cell(page, "P1", 2)).to_contain_text("Early")
    expect(cell(page, "P0", 0)).to_contain_text("Free")
    expect(page.locator("[data-said]")).to_have_text("Moved as a draft.")
    expect(page.locator("[data-drafts]")).to_have_text("2")

    page.get_by_role("button", name="Undo my last change").click()
    expect(cell(page, "P0", 0)).to_contain_text("Early")
    expect(cell(page, "P1", 2)).not_to_contain_text("Early")

    page.keyboard.down("Control")
    drag(page, cell(page, "P0", 0).locator("[data-shift]"), cell(page, "P1", 5))
    page.keyboard.up("Control")
    expect(cell(page, "P1", 5)).to_contain_text("Early")
    expect(cell(page, "P0", 0)).to_contain_text("Early")
    assert PlannedShift.objects.get().day == monday + 5 * DAY


def test_a_finger_holds_a_shift_and_drags_it(visit: Visit, board: str, manager: User, people: list[Employee]) -> None:
    page = visit(manager, width=1024, touch=True)
    page.goto(board)
    chip, target = cell(page, "P0", 0).locator("[data-shift]"), cell(page, "P1", 1)
    chip.scroll_into_view_if_needed()
    start, end = chip.bounding_box(), target.bounding_box()
    assert start is not None
    assert end is not None
    finger = page.context.new_cdp_session(page)

    def touch(kind: str, *points: tuple[float, float]) -> None:
        finger.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": [{"x": x, "y": y} for x, y in points]})

    touch("touchStart", (start["x"] + 10, start["y"] + 8))
    expect(page.locator(".plan-ghost")).to_be_visible()
    touch("touchMove", (end["x"] + 30, end["y"] + 15))
    touch("touchMove", (end["x"] + 40, end["y"] + 20))
    expect(page.locator(".slot--over")).to_have_count(1)
    touch("touchEnd")

    expect(cell(page, "P1", 1)).to_contain_text("Early")
    expect(cell(page, "P0", 0)).to_contain_text("Free")


def test_the_board_by_keyboard(
    visit: Visit, board: str, manager: User, people: list[Employee], late: Shift, monday: date
) -> None:
    page = visit(manager)
    page.goto(board)
    cell(page, "P0", 0).locator("a").focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowDown")
    expect(cell(page, "P1", 1).locator("a")).to_be_focused()

    page.keyboard.press("Enter")
    menu = page.locator("[data-menu]")
    expect(menu).to_contain_text("Berta Demo1")
    assert violations(page, within="[data-menu]") == []
    expect(menu.get_by_role("button", name="Early")).to_be_focused()
    page.keyboard.press("ArrowDown")
    expect(menu.get_by_role("button", name="Late")).to_be_focused()
    page.keyboard.press("Enter")
    expect(cell(page, "P1", 1)).to_contain_text("Late")
    expect(cell(page, "P1", 1).locator("a")).to_be_focused()

    page.keyboard.press("Control+c")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Control+v")
    expect(cell(page, "P1", 2)).to_contain_text("Late")
    expect(cell(page, "P1", 2).locator("a")).to_be_focused()
    page.keyboard.press("Delete")
    expect(cell(page, "P1", 2)).not_to_contain_text("Late")
    page.keyboard.press("Control+z")
    expect(cell(page, "P1", 2)).to_contain_text("Late")
    assert set(PlannedShift.objects.values_list("day", "shift")) == {
        (monday + DAY, late.pk),
        (monday + 2 * DAY, late.pk),
    }


def test_a_week_is_planned_copied_and_published_with_its_warnings(
    visit: Visit, board: str, manager: User, people: list[Employee], monday: date
) -> None:
    page = visit(manager)
    page.goto(board)
    for person, weekday, name in (("P0", 0, "Late"), ("P1", 6, "Late")):
        cell(page, person, weekday).locator("a").click()
        page.locator("[data-menu]").get_by_role("button", name=name).click()
        expect(cell(page, person, weekday)).to_contain_text(name)
    expect(cell(page, "P0", 1)).to_contain_text("Rest of 8 h 00 min after Late of the day before")

    page.locator("summary", has_text="Copy this week").click()
    page.get_by_role("button", name="Copy the week").click()
    expect(page.locator(".notice--success")).to_have_text("2 days were changed.")
    page.get_by_role("link", name="Publish").click()
    expect(page.locator("main")).to_contain_text("Days that change: 2. People concerned: 2.")
    expect(page.locator("main")).to_contain_text("Rest of 8 h 00 min after Late of the day before")
    assert violations(page) == []
    page.get_by_role("button", name="Publish").click()
    expect(page.locator(".notice--success")).to_contain_text("Published: 2 changes.")

    assert counted(people[0], monday) == ["Late"]
    assert counted(people[0], monday + 7 * DAY) == ["Early"]
    page.get_by_role("link", name="Week after").click()
    expect(cell(page, "P1", 6)).to_contain_text("Draft")


def test_a_rotation_is_chosen_without_a_recurrence_rule(
    visit: Visit, board: str, manager: User, people: list[Employee], monday: date
) -> None:
    page = visit(manager)
    page.goto(board)
    page.get_by_role("link", name="Rotation").click()
    page.get_by_label("A shift a week, such as week A and week B").check()
    page.get_by_label("First shift, or that of week A").select_option(label="Early 06:00–14:00")
    page.get_by_label("Second shift, or that of week B").select_option(label="Late 14:00–22:00")
    page.get_by_label("Begins on").fill(f"{monday}")
    page.get_by_label("Abel Demo0").check()
    page.get_by_label("Berta Demo1").check()
    assert violations(page) == []
    page.get_by_role("button", name="Assign the rotation").click()
    expect(page.locator(".notice--success")).to_have_text("2 people work this rotation.")

    for person in people:
        assert [counted(person, monday + number * DAY) for number in (0, 6, 7)] == [["Early"], [], ["Late"]]


def test_two_people_swap_with_the_managers_approval(
    visit: Visit, manager: User, colleague: User, people: list[Employee], early: Shift, late: Shift, monday: date
) -> None:
    cleo, berta = colleague.employee, people[1]
    employ(cleo, hired_on=date(2020, 1, 1), time_zone="America/La_Paz")
    user = User.objects.create_user("berta", role=User.Role.EMPLOYEE)
    Employee.objects.filter(pk=berta.pk).update(user=user)
    published(cleo, monday, early)
    published(berta, monday, late)

    asking = visit(colleague, width=390)
    asking.goto("/plan/me/")
    assert violations(asking) == []
    assert asking.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")
    asking.get_by_role("link", name="Swap").first.click()
    asking.get_by_label("Shift of a colleague").select_option(value=f"{berta.pk}:{monday}:{late.pk}")
    asking.get_by_role("button", name="Ask my colleague").click()
    expect(asking.locator(".notice--success")).to_contain_text("Your colleague is asked.")

    answering = visit(user)
    answering.goto("/plan/me/")
    answering.get_by_role("button", name="Accept").click()
    expect(answering.locator(".notice--success")).to_contain_text("You have accepted.")

    deciding = visit(manager)
    deciding.goto("/plan/requests/")
    assert violations(deciding) == []
    deciding.get_by_role("button", name="Approve").click()
    expect(deciding.locator(".notice--success")).to_contain_text("Approved.")

    assert Swap.objects.get().state == "approved"
    asking.reload()
    expect(asking.locator("main")).to_contain_text("Late")
    assert (counted(cleo, monday), counted(berta, monday)) == (["Late"], ["Early"])


@pytest.mark.parametrize(("language", "width"), [("en-GB", 1400), ("es-BO", 360)])
def test_the_pages_are_accessible_and_fit(
    visit: Visit, board: str, manager: User, people: list[Employee], monday: date, language: str, width: int
) -> None:
    page = visit(manager, language=language, width=width)
    query = board.removeprefix("/plan/")
    day = f"/plan/cell/{query}&person=P0&day={monday}"
    for address in (board, day, f"/plan/publish/{query}", f"/plan/rotation/{query}", f"/plan/open/{query}"):
        page.goto(address)
        expect(page.locator("h1")).to_be_visible()
        assert violations(page) == [], address
        assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth"), address
