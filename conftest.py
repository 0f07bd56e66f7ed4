"""Named roles and people that every suite shares: an HR user, a manager, a colleague and an outsider."""

from __future__ import annotations

import math
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import hypothesis
import pytest
from django.apps import AppConfig
from django.conf import settings
from django.db import connection
from django.db.models.signals import post_migrate
from django.dispatch import receiver
from django.test import Client
from django.utils import translation
from rest_framework.test import APIClient

from common import company
from common.models import Company
from common.testing import clear_cache, make_flushable
from employees.models import ApiKey, Consent, Department, Employee, EnrolmentPhoto, User
from employees.services import consent_give, employee_create
from presente.testing import embedded_broker
from recognition import engine_holder, gallery, liveness_network
from recognition.models import ModelVersion, VersionSwitch
from recognition.services.versions import version_record
from recognition.tests.fake_engine import VERSION

pytest_plugins = ["attendance.tests.fixtures", "kiosk.tests.fixtures", "tests.approval_kit"]

PASSWORD = "correct-horse-battery"

# A property holds or not, however busy the machine is that tries it.
hypothesis.settings.register_profile("untimed", deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow])
hypothesis.settings.load_profile("untimed")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Files with slow tests or pages begin first, or all others would wait for the last of them; but what computes only
    while nobody else does comes last.

    With PRESENTE_ONLY_DATABASE=1 only what asks the test's database runs: the rest passed on the other one.
    """
    slow = {one.path for one in items if one.get_closest_marker("slow") or one.get_closest_marker("browser")}
    items.sort(key=lambda item: 2 if item.get_closest_marker("last") else int(item.path not in slow))
    if os.environ.get("PRESENTE_ONLY_DATABASE") != "1":
        return
    asking = {"db", "transactional_db", "live_server"}
    apart = [
        item
        for item in items
        if isinstance(item, pytest.Function)
        and not asking & set(item.fixturenames)
        and item.get_closest_marker("django_db") is None
    ]
    config.hook.pytest_deselected(items=apart)
    items[:] = [item for item in items if item not in set(apart)]


@pytest.fixture(autouse=True, scope="session")
def _clock_events_can_be_flushed() -> None:
    """The database refuses to delete a punch; only the flush after a transactional test may."""
    make_flushable(connection)


@pytest.fixture(autouse=True, scope="session")
def _broker() -> Iterator[None]:
    """Broker and cache of the test run: the embedded ones, in its data folder, unless REDIS_URL names others."""
    if settings.REDIS_URL:
        yield
    else:
        with embedded_broker(Path(settings.DATA_DIR)):
            yield


@receiver(post_migrate)
def _fake_version_serves(sender: AppConfig, **_kwargs: Any) -> None:
    """A test's database begins as an installation's does, with a version that serves; a flush brings it back."""
    if sender.name == "recognition":
        version_record(name=VERSION, manifest={})


@pytest.fixture
def no_version(db: None) -> None:
    """No model version at all, as before `manage.py build_models`."""
    VersionSwitch.objects.all().delete()
    ModelVersion.objects.all().delete()


@pytest.fixture(autouse=True)
def _fresh_memory(_broker: None) -> Iterator[None]:
    """Each test starts as a new process would: no engine, no gallery, no throttle and no language remembered."""
    translation.deactivate()
    company.remember(Company(), seconds=math.inf)
    clear_cache()
    engine_holder.reset()
    gallery.reset()
    liveness_network.reset()
    yield
    engine_holder.reset()
    gallery.reset()
    liveness_network.reset()


def _user(username: str, role: str, *, staff: bool = False) -> User:
    return User.objects.create_user(username, f"{username}@example.com", PASSWORD, role=role, is_staff=staff)


def _client(user: User) -> Client:
    client = Client()
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client


@pytest.fixture
def hr(db: None) -> User:
    return _user("hr", User.Role.HR, staff=True)


@pytest.fixture
def branch_hr(department: Department) -> User:
    """Looks after the workshop's people."""
    user = _user("branch", User.Role.BRANCH)
    user.branch_departments.add(department)
    return user


@pytest.fixture
def payroll(db: None) -> User:
    return _user("payroll", User.Role.PAYROLL)


@pytest.fixture
def auditor(db: None) -> User:
    return _user("auditor", User.Role.AUDITOR)


@pytest.fixture
def technician(db: None) -> User:
    return _user("technician", User.Role.IT)


@pytest.fixture
def client_of() -> Callable[[User], Client]:
    """A browser in which this user is logged in."""
    return _client


@pytest.fixture
def department(db: None) -> Department:
    return Department.objects.create(name="Workshop")


@pytest.fixture
def other_department(db: None) -> Department:
    return Department.objects.create(name="Office")


@pytest.fixture
def manager(department: Department) -> User:
    """Manages the workshop."""
    user = _user("manager", User.Role.MANAGER)
    employee = employee_create(number="2001", first_name="Mara", last_name="Demo", department=department, user=user)
    department.managers.add(employee)
    return user


@pytest.fixture
def outsider_manager(other_department: Department) -> User:
    """Manages the office, and has no say in the workshop."""
    user = _user("outsider", User.Role.MANAGER)
    employee = employee_create(
        number="2002", first_name="Otto", last_name="Demo", department=other_department, user=user
    )
    other_department.managers.add(employee)
    return user


@pytest.fixture
def colleague(department: Department) -> User:
    """A plain employee of the workshop."""
    user = _user("colleague", User.Role.EMPLOYEE)
    employee_create(number="2003", first_name="Cleo", last_name="Demo", department=department, user=user)
    return user


@pytest.fixture
def ana(department: Department) -> Employee:
    employee = employee_create(number="1001", first_name="Ana", last_name="Demo", department=department, pin="246813")
    consent_give(employee=employee, method=Consent.Method.PAPER)
    return employee


@pytest.fixture
def ben(other_department: Department) -> Employee:
    employee = employee_create(
        number="1002", first_name="Ben", last_name="Demo", department=other_department, pin="135792"
    )
    consent_give(employee=employee, method=Consent.Method.PAPER)
    return employee


@pytest.fixture
def enrolled_ana(ana: Employee) -> Employee:
    """Ana, enrolled with three photos of the fake engine's person 1."""
    from recognition.services import photo_add, photo_process
    from recognition.tests.fake_engine import fake_photo

    for variation in range(3):
        photo = photo_add(
            employee=ana, content=fake_photo(1, variation=variation), source=EnrolmentPhoto.Source.UPLOAD, queue=False
        )
        photo_process(photo.pk)
    return ana


@pytest.fixture
def hr_client(hr: User) -> Client:
    return _client(hr)


@pytest.fixture
def manager_client(manager: User) -> Client:
    return _client(manager)


@pytest.fixture
def outsider_client(outsider_manager: User) -> Client:
    return _client(outsider_manager)


@pytest.fixture
def colleague_client(colleague: User) -> Client:
    return _client(colleague)


@pytest.fixture
def api_client_factory(db: None) -> Callable[..., APIClient]:
    """Makes a client whose key has the given scopes."""

    def make(*scopes: str) -> APIClient:
        _row, key = ApiKey.objects.create_key(name="test", scopes=list(scopes))
        client = APIClient()
        client.credentials(HTTP_AUTHORIZATION=f"Api-Key {key}")
        return client

    return make
