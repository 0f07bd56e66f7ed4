"""Joiners and leavers by SCIM 2.0: what a directory asks and says, and what it may not."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from common.models import AuditEntry
from conftest import PASSWORD
from employees.models import ApiKey, Department, Employee, EmploymentPeriod, Site, User
from employees.scim import ENTERPRISE

pytestmark = pytest.mark.django_db
KIND = "application/scim+json"
JOINER = {
    "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User", ENTERPRISE],
    "userName": "zoe",
    "name": {"givenName": "Zoe", "familyName": "Demo"},
    "emails": [{"value": "other@example.com"}, {"value": "zoe@example.com", "primary": True}],
    "displayName": "not kept",
    "active": True,
    ENTERPRISE: {"employeeNumber": "3001", "department": "Workshop"},
}


class Directory:
    """A company's directory, with a key of its own."""

    def __init__(self, *scopes: str) -> None:
        made, key = ApiKey.objects.create_key(name="directory", scopes=list(scopes))
        self.row = ApiKey.objects.get(pk=made.pk)
        self.headers = {"authorization": f"Bearer {key}"}
        self.client = Client()
        self.client.raise_request_exception = False

    def ask(self, method: str, address: str = "/scim/v2/Users", body: Any = None, **query: str) -> Any:
        if method == "get":
            return self.client.get(address, query, headers=self.headers)
        return getattr(self.client, method)(address, body, content_type=KIND, headers=self.headers)

    def replace(self, key: Any, **values: Any) -> Any:
        operations = [{"op": "Replace", "path": path, "value": value} for path, value in values.items()]
        return self.ask("patch", f"/scim/v2/Users/{key}", {"Operations": operations})


@pytest.fixture
def directory() -> Directory:
    return Directory(ApiKey.Scope.PROVISION)


@pytest.fixture
def zoe(directory: Directory, department: Department) -> User:
    assert directory.ask("post", body=JOINER).status_code == 201
    return User.objects.get(username="zoe")


def test_a_joiner_gets_an_account_without_password_and_no_rights(directory: Directory, department: Department) -> None:
    answer = directory.ask("post", body=JOINER)
    user = User.objects.get(username="zoe")
    assert (answer.status_code, answer["Location"]) == (201, f"/scim/v2/Users/{user.pk}")
    assert answer["Content-Type"] == KIND
    assert (user.email, user.role, user.has_usable_password(), user.is_staff) == (
        "zoe@example.com",
        "employee",
        False,
        False,
    )
    employee = Employee.objects.get(user=user)
    assert (employee.number, employee.name, employee.department) == ("3001", "Zoe Demo", department)
    assert employee.period is not None
    assert employee.period.hired_on == timezone.localdate(timezone=employee.zone)
    content = answer.json()
    assert (content["id"], content["active"], content[ENTERPRISE]["employeeNumber"]) == (str(user.pk), True, "3001")


@pytest.mark.parametrize("value", [False, "False"])
def test_a_leaver_loses_everything_at_once(directory: Directory, zoe: User, value: Any) -> None:
    zoe.set_password(PASSWORD)
    zoe.save()
    browser = Client()
    browser.force_login(zoe, backend="django.contrib.auth.backends.ModelBackend")
    assert browser.get("/attendance/me/").status_code == 200
    Employee.objects.filter(user=zoe).update(pin_hash="x", badge_hash="y")

    answer = directory.replace(zoe.pk, active=value)

    assert (answer.status_code, answer.json()["active"]) == (200, False)
    assert browser.get("/attendance/me/").status_code == 302
    assert Client().post("/login/", {"username": "zoe", "password": PASSWORD}).status_code == 200
    employee = Employee.objects.get(user=zoe)
    assert (employee.pin_hash, employee.badge_hash) == ("", "")
    assert employee.period is not None
    assert employee.period.left_on == timezone.localdate(timezone=employee.zone)
    assert AuditEntry.objects.filter(act="person.left", actor="key directory", subject="3001").exists()


def test_said_twice_nothing_changes(directory: Directory, zoe: User) -> None:
    for _time in range(2):
        assert directory.replace(zoe.pk, active=False).status_code == 200
    assert EmploymentPeriod.objects.filter(employee__user=zoe).count() == 1


def test_who_comes_back_is_hired_again(directory: Directory, zoe: User) -> None:
    directory.replace(zoe.pk, active=False)
    assert directory.replace(zoe.pk, active=True).json()["active"] is True
    assert EmploymentPeriod.objects.get(employee__user=zoe).left_on is None
    long_ago = timezone.localdate() - timedelta(days=90)
    EmploymentPeriod.objects.update(hired_on=long_ago, left_on=long_ago + timedelta(days=9))
    assert directory.replace(zoe.pk, active=True).json()["active"] is True
    assert EmploymentPeriod.objects.filter(employee__user=zoe).count() == 2


def test_names_and_address_are_replaced(directory: Directory, zoe: User) -> None:
    body = JOINER | {"userName": "zoe.new", "name": {"givenName": "Zoé"}, "emails": [{"value": "new@example.com"}]}
    assert directory.ask("put", f"/scim/v2/Users/{zoe.pk}", body).json()["userName"] == "zoe.new"
    assert directory.replace(zoe.pk, **{'emails[type eq "work"].value': "third@example.com"}).status_code == 200
    patch = {"Operations": [{"op": "replace", "value": {"name": {"familyName": "Other"}}}]}
    assert directory.ask("patch", f"/scim/v2/Users/{zoe.pk}", patch).status_code == 200
    zoe.refresh_from_db()
    assert (zoe.username, zoe.email, zoe.get_full_name()) == ("zoe.new", "third@example.com", "Zoé Other")
    assert Employee.objects.get(user=zoe).name == "Zoé Other"


def test_people_are_found_by_user_name_and_in_pages(directory: Directory, zoe: User, colleague: User) -> None:
    found = directory.ask("get", filter='userName eq "ZOE"').json()
    assert (found["totalResults"], found["Resources"][0]["id"]) == (1, str(zoe.pk))
    assert directory.ask("get", filter='userName eq "nobody"').json()["totalResults"] == 0
    assert directory.ask("get", filter='externalId eq "3001"').json()["totalResults"] == 1
    page = directory.ask("get", startIndex="2", count="1").json()
    assert (page["totalResults"], page["itemsPerPage"], page["startIndex"]) == (2, 1, 2)
    for text in ('emails co "x"', "userName eq x", 'userName eq "a" or active eq true'):
        answer = directory.ask("get", filter=text)
        assert (answer.status_code, answer.json()["scimType"]) == (400, "invalidFilter")


@pytest.mark.parametrize("change", [{"userName": "ZOE"}, {"userName": "new", ENTERPRISE: {"employeeNumber": "3001"}}])
def test_a_name_or_number_that_somebody_has_is_refused(directory: Directory, zoe: User, change: dict[str, Any]) -> None:
    answer = directory.ask("post", body=JOINER | change)
    assert (answer.status_code, answer.json()["scimType"]) == (409, "uniqueness")
    assert User.objects.count() == 1


@pytest.mark.parametrize(
    "change",
    [
        {"userName": ""},
        {"userName": "a b/c"},
        {"userName": 7},
        {"name": {}},
        {"emails": [{"value": "no address"}]},
        {"active": "perhaps"},
        {ENTERPRISE: {"employeeNumber": "3001", "department": "nowhere"}},
        {ENTERPRISE: {}},
        {ENTERPRISE: {"employeeNumber": "30/01"}},
        {ENTERPRISE: {"employeeNumber": "3" * 41}},
        {"name": {"givenName": "Z" * 81}},
        {"name": {"givenName": "Zoe", "familyName": "D" * 81}},
        {"emails": [{"value": f"{'z' * 250}@example.com"}]},
    ],
)
def test_what_cannot_be_is_refused_whole(directory: Directory, department: Department, change: dict[str, Any]) -> None:
    answer = directory.ask("post", body=JOINER | change)
    assert answer.status_code == 400, answer.content
    assert answer.json()["schemas"] == ["urn:ietf:params:scim:api:messages:2.0:Error"]
    assert (User.objects.count(), Employee.objects.count()) == (0, 0)


@pytest.mark.parametrize(
    "change", [{"name.givenName": "Z" * 81}, {"name.familyName": "D" * 81}, {"name.givenName": ""}]
)
def test_a_name_that_an_employee_cannot_have_is_refused_whole(
    directory: Directory, zoe: User, change: dict[str, Any]
) -> None:
    answer = directory.replace(zoe.pk, **change)
    assert (answer.status_code, answer.json()["scimType"]) == (400, "invalidValue")
    zoe.refresh_from_db()
    assert (zoe.get_full_name(), Employee.objects.get(user=zoe).name) == ("Zoe Demo", "Zoe Demo")


@pytest.mark.parametrize("body", [[], {}, {"Operations": "x"}, {"Operations": [7]}, {"Operations": [{"op": "remove"}]}])
def test_a_patch_that_is_none_is_refused(directory: Directory, zoe: User, body: Any) -> None:
    assert directory.ask("patch", f"/scim/v2/Users/{zoe.pk}", body).status_code == 400


def test_the_directory_gives_no_role_and_takes_over_no_account(directory: Directory, manager: User) -> None:
    body = {"roles": [{"value": "hr"}], "groups": ["hr"], "emails": [{"value": "mine@example.com"}]}
    answer = directory.ask("put", f"/scim/v2/Users/{manager.pk}", body)
    assert (answer.status_code, answer.json()["scimType"]) == (403, "mutability")
    assert directory.ask("put", f"/scim/v2/Users/{manager.pk}", {"roles": [{"value": "hr"}]}).status_code == 200
    manager.refresh_from_db()
    assert (manager.role, manager.email) == ("manager", "manager@example.com")
    # The account has no names of its own: those of the person stay.
    assert manager.employee.name == "Mara Demo"
    assert directory.replace(manager.pk, active=False).json()["active"] is False


def test_a_superuser_is_not_ended(directory: Directory, manager: User) -> None:
    User.objects.filter(pk=manager.pk).update(is_superuser=True)
    assert directory.replace(manager.pk, active=False).status_code == 403


def test_accounts_that_are_nobody_s_are_not_there(directory: Directory, hr: User) -> None:
    assert directory.ask("get", f"/scim/v2/Users/{hr.pk}").status_code == 404
    assert directory.ask("get").json()["totalResults"] == 0


def test_a_key_for_some_departments_knows_theirs_alone(
    zoe: User, department: Department, other_department: Department
) -> None:
    other = Directory(ApiKey.Scope.PROVISION)
    other.row.departments.add(other_department)
    assert other.ask("get", f"/scim/v2/Users/{zoe.pk}").status_code == 404
    new = JOINER | {"userName": "new"}
    for enterprise in ({"employeeNumber": "9"}, {"employeeNumber": "9", "department": "Workshop"}):
        assert other.ask("post", body=new | {ENTERPRISE: enterprise}).status_code == 400
    mine = {"employeeNumber": "9", "department": "Office"}
    assert other.ask("post", body=new | {ENTERPRISE: mine}).status_code == 201


def test_a_key_for_one_site_hires_there_and_one_for_several_nowhere(zoe: User, department: Department) -> None:
    other, here = Directory(ApiKey.Scope.PROVISION), Site.objects.create(name="La Paz")
    other.row.sites.add(here)
    new = JOINER | {"userName": "new", ENTERPRISE: {"employeeNumber": "9", "department": "Workshop"}}
    assert other.ask("get", f"/scim/v2/Users/{zoe.pk}").status_code == 404
    assert other.ask("post", body=new).status_code == 201
    assert Employee.objects.get(number="9").site == here
    other.row.sites.add(Site.objects.create(name="El Alto"))
    assert other.ask("post", body=new | {"userName": "newer"}).status_code == 400


@pytest.mark.parametrize("scope", [ApiKey.Scope.READ, ApiKey.Scope.WRITE, ApiKey.Scope.IDENTIFY])
def test_another_scope_opens_nothing(scope: str, department: Department) -> None:
    other = Directory(scope)
    assert {other.ask("get").status_code, other.ask("post", body=JOINER).status_code} == {403}
    assert not User.objects.exists()


def test_no_key_and_no_session_opens_it(hr_client: Client) -> None:
    for client in (Client(), hr_client):
        answer = client.get("/scim/v2/Users")
        assert (answer.status_code, answer["WWW-Authenticate"]) == (401, 'Bearer realm="presente"')


def test_its_scope_opens_nothing_else(directory: Directory) -> None:
    key = directory.headers["authorization"].removeprefix("Bearer ")
    answer = Client().get("/api/v1/people", headers={"authorization": f"Api-Key {key}"})
    assert answer.status_code == 403


def test_it_says_what_it_speaks(directory: Directory) -> None:
    content = directory.ask("get", "/scim/v2/ServiceProviderConfig").json()
    assert (content["patch"]["supported"], content["bulk"]["supported"]) == (True, False)
