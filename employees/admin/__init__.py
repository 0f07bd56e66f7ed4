"""HR's pages about people: users, departments, employees, consents, photos and API keys."""

from employees.admin import access, consents, delegations, departments, people
from employees.admin.base import KeptAdmin, ReadOnlyAdmin, confirm

__all__ = ["KeptAdmin", "ReadOnlyAdmin", "access", "confirm", "consents", "delegations", "departments", "people"]
