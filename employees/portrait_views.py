"""A person's portrait, decrypted for one answer, to whoever may see the person."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

from employees.access import login_needed, visible_employees
from employees.models import Portrait, User
from employees.portraits import portrait_look
from employees.services import portrait_read
from employees.vault import VaultError


@require_safe
@login_needed
@cache_control(private=True, no_store=True)
def portrait(request: HttpRequest, number: str, size: int) -> HttpResponse:
    """The picture of that size; for who may not see the person there is none."""
    found = Portrait.objects.select_related("employee", "photo__employee").filter(
        employee__in=visible_employees(request.user).filter(number=number).order_by().values("pk")
    )
    row = found.first()
    if row is None or size not in Portrait.SIZES or not isinstance(request.user, User):
        raise Http404
    try:
        content = portrait_read(row, size)
    except (OSError, VaultError) as error:
        raise Http404 from error
    portrait_look(request.user, row.employee)
    return HttpResponse(content, content_type="image/jpeg")
