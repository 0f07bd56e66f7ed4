"""A person's own password: changed by themselves, or by a link that is mailed to them."""

from __future__ import annotations

import hashlib
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import views
from django.contrib.auth.forms import PasswordResetForm
from django.contrib.auth.tokens import default_token_generator
from django.http import HttpResponse
from django.urls import reverse, reverse_lazy
from django.utils import translation
from django.utils.encoding import force_bytes
from django.utils.http import urlsafe_base64_encode
from django.utils.translation import gettext as _

from common.jobs import enqueue
from common.limits import counted_address, may_try
from common.unsent_mail import mail_server_set
from employees.access import may_act
from employees.mail import language_of, link, mail_send
from employees.models import User

NAMED = "login_name"
"""Where a session keeps, until the login page is shown, the user name whose password was set."""
ADDRESS_TRIES, MAIL_TRIES, TRY_SECONDS = 20, 3, 3600


class PasswordChange(views.PasswordChangeView):
    """One's own password, with the old one. Every other session of the person ends."""

    template_name = "presente/password_change.html"
    success_url = reverse_lazy("home")

    def form_valid(self, form: Any) -> HttpResponse:
        form.user.password_temporary = False
        answer: HttpResponse = super().form_valid(form)
        messages.success(self.request, _("Your password is changed. Your other sessions have ended."))
        return answer


class AskForm(PasswordResetForm):
    """Finds the accounts of an address; what it answers is the same whether there are any."""

    def save(self, *_arguments: Any, **_options: Any) -> None:
        """Have a worker write: an answer that took longer would tell that the address is known."""
        address = self.cleaned_data["email"]
        if not may_try(
            f"reset:{hashlib.sha256(address.lower().encode()).hexdigest()}", most=MAIL_TRIES, seconds=TRY_SECONDS
        ):
            return
        for user in self.get_users(address):
            if isinstance(user, User) and may_act(user):
                enqueue("presente.password_mail", user.pk)


class PasswordAsk(views.PasswordResetView):
    """Ask for a link by mail."""

    template_name = "presente/password_ask.html"
    form_class = AskForm
    success_url = reverse_lazy("password_asked")

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(**kwargs) | {"mail_server_set": mail_server_set()}

    def form_valid(self, form: Any) -> HttpResponse:
        if not may_try(f"reset-from:{counted_address(self.request)}", most=ADDRESS_TRIES, seconds=TRY_SECONDS):
            form.add_error(None, _("Too many links were asked for. Try again in an hour."))
            return self.render_to_response(self.get_context_data(form=form), status=429)
        answer: HttpResponse = super().form_valid(form)
        return answer


class PasswordAsked(views.PasswordResetDoneView):
    """What happens next."""

    template_name = "presente/password_asked.html"


class PasswordSet(views.PasswordResetConfirmView):
    """The page that the mailed link opens."""

    template_name = "presente/password_set.html"
    success_url = reverse_lazy("login")

    def form_valid(self, form: Any) -> HttpResponse:
        form.user.password_temporary = False
        answer: HttpResponse = super().form_valid(form)
        messages.success(self.request, _("Your password is set. Log in with it."))
        # The link told who they are; the login page need not ask again.
        self.request.session[NAMED] = form.user.get_username()
        return answer


def password_link_send(*, user: User) -> None:
    """Mail the link, which works once and for an hour; nothing for who has no address or no access.

    Raises OSError or SMTPException.
    """
    if not user.email or not may_act(user):
        return
    parts = [urlsafe_base64_encode(force_bytes(user.pk)), default_token_generator.make_token(user)]
    minutes = settings.PASSWORD_RESET_TIMEOUT // 60
    with translation.override(language_of(user)):
        mail_send(
            to=user.email,
            subject=_("Presente: set your password"),
            key=f"password-{parts[1]}",
            lines=[
                _("Hello %(name)s,") % {"name": user.get_full_name() or user.username},
                "",
                _("by this link you set a new password. It works once, for %(minutes)d minutes:")
                % {"minutes": minutes},
                link(reverse("password_set", args=parts)),
                "",
                _("Your user name is %(name)s.") % {"name": user.username},
                _("You did not ask for it? Then nothing has changed, and you need do nothing."),
            ],
        )
