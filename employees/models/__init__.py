"""WHO: users, departments, employees, when and where they work, their consent and their enrolment photos."""

from employees.models.bulk import BulkAct
from employees.models.consent import Consent, ConsentText
from employees.models.delegation import Delegation
from employees.models.employment import Contract, EmploymentPeriod, Posting, Site
from employees.models.imports import Import
from employees.models.logins import LoginSession, ProviderLogin, RecoveryCode, SecondFactor
from employees.models.people import (
    ApiKey,
    Department,
    Employee,
    EmployeeQuerySet,
    EnrolmentPhoto,
    GalleryChange,
    GalleryRevision,
    PinTries,
    User,
    check_time_zone,
)
from employees.models.portraits import Portrait

__all__ = [
    "ApiKey",
    "BulkAct",
    "Consent",
    "ConsentText",
    "Contract",
    "Delegation",
    "Department",
    "Employee",
    "EmployeeQuerySet",
    "EmploymentPeriod",
    "EnrolmentPhoto",
    "GalleryChange",
    "GalleryRevision",
    "Import",
    "LoginSession",
    "PinTries",
    "Portrait",
    "Posting",
    "ProviderLogin",
    "RecoveryCode",
    "SecondFactor",
    "Site",
    "User",
    "check_time_zone",
]
