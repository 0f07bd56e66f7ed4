"""WHO: users, departments, employees, when and where they work, their consent and their enrolment photos."""

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

__all__ = [
    "ApiKey",
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
    "Posting",
    "ProviderLogin",
    "RecoveryCode",
    "SecondFactor",
    "Site",
    "User",
    "check_time_zone",
]
