"""Every address, room by room."""

from __future__ import annotations

from django.contrib import admin
from django.urls import URLPattern, URLResolver, include, path
from drf_spectacular.views import SpectacularAPIView

from attendance import api
from common.api_docs import api_docs
from common.api_schema import TryView
from leave import api as leave_api
from presente import (
    company_page,
    find,
    first_run,
    health,
    help,
    invitations,
    people_change,
    person_pages,
    pin_slips,
    second_step,
    single_sign_on,
    site_views,
)
from presente.metrics.views import metrics
from presente.passwords import PasswordAsk, PasswordAsked, PasswordChange, PasswordSet
from presente.sign_in import SignIn
from recognition.api import IdentifyView

urlpatterns: list[URLPattern | URLResolver] = [
    path("healthz", health.healthz, name="healthz"),
    path("readyz", health.readyz, name="readyz"),
    path("metrics", metrics, name="metrics"),
    path("api/v1/identify", IdentifyView.as_view(), name="api_identify"),
    path("api/v1/people", api.PeopleView.as_view(), name="api_people"),
    path("api/v1/attendance/events", api.EventsView.as_view(), name="api_events"),
    path("api/v1/attendance/days", api.DaysView.as_view(), name="api_days"),
    path("api/v1/attendance/timesheets", api.TimesheetsView.as_view(), name="api_timesheets"),
    path("api/v1/attendance/adjustments", api.AdjustmentsView.as_view(), name="api_adjustments"),
    path("api/v1/attendance/absences", api.AbsencesView.as_view(), name="api_absences"),
    path("api/v1/attendance/absences/<int:key>/decision", api.AbsenceDecisionView.as_view(), name="api_absence"),
    path("api/v1/attendance/corrections", api.CorrectionsView.as_view(), name="api_corrections"),
    path("api/v1/attendance/corrections/entered", api.EnteredCorrectionsView.as_view(), name="api_entered"),
    path(
        "api/v1/attendance/corrections/<uuid:key>/decision", api.CorrectionDecisionView.as_view(), name="api_decision"
    ),
    path("api/v1/leave/balances", leave_api.BalancesView.as_view(), name="api_leave_balances"),
    path("api/v1/leave/ledger", leave_api.LedgerView.as_view(), name="api_leave_ledger"),
    path("api/v1/attendance/overtime", api.OvertimeView.as_view(), name="api_overtime"),
    path("api/schema/", SpectacularAPIView.as_view(), name="schema"),
    path("api/docs/", api_docs, name="api_docs"),
    path("api/docs/try/", TryView.as_view(url_name="schema"), name="api_try"),
    # Before the page of a person, whose number might be any word.
    path("people/invite/", invitations.invite, name="invite"),
    path("people/pins/", pin_slips.pins_give, name="pins_give"),
    path("people/change/", people_change.people_change, name="people_change"),
    path("", include("employees.urls")),
    path("", include("recognition.urls")),
    path("", include("attendance.urls")),
    path("", include("leave.urls")),
    path("", include("planning.urls")),
    path("", include("reporting.urls")),
    path("", include("doors.urls")),
    path("", include("notifications.urls")),
    path("", include("kiosk.urls")),
    path("", include("phone.urls")),
    path("", include("privacy.urls")),
    path("", site_views.home, name="home"),
    path("welcome/", first_run.welcome, name="welcome"),
    path("people/<str:number>/leave/", person_pages.person_leave, name="person_leave"),
    path("people/<str:number>/shifts/", person_pages.person_shifts, name="person_shifts"),
    path("people/<str:number>/account/", person_pages.person_account, name="person_account"),
    path("invitation/<uidb64>/<token>/", invitations.InvitationAccept.as_view(), name="invitation"),
    path("help/", help.help_page, name="help_first"),
    path("help/images/<path:name>", help.help_picture, name="help_picture"),
    path("help/<path:name>/", help.help_page, name="help"),
    path("find/", find.find, name="find"),
    path("find/badges/", find.badges, name="badges"),
    path("settings/", company_page.company_settings, name="company_settings"),
    path("login/", SignIn.as_view(), name="login"),
    path("login/second/", second_step.login_second, name="login_second"),
    path("login/passkey/", second_step.passkey_login, name="passkey_login"),
    path("login/oidc/", single_sign_on.oidc_login, name="oidc_login"),
    path("login/oidc/back/", single_sign_on.oidc_back, name="oidc_back"),
    path("account/confirm/oidc/", single_sign_on.oidc_confirm, name="oidc_confirm"),
    path("account/", second_step.security, name="security"),
    path("account/change/", second_step.security_change, name="security_change"),
    path("account/app/", second_step.app_set_up, name="app_set_up"),
    path("account/passkey/", second_step.passkey_new, name="passkey_add"),
    path("account/confirm/", second_step.confirm_login, name="confirm_login"),
    path("account/confirm/passkey/", second_step.passkey_confirm, name="passkey_confirm"),
    path("password/", PasswordChange.as_view(), name="password_change"),
    path("password/forgotten/", PasswordAsk.as_view(), name="password_ask"),
    path("password/sent/", PasswordAsked.as_view(), name="password_asked"),
    path("password/set/<uidb64>/<token>/", PasswordSet.as_view(), name="password_set"),
    path("logout/", single_sign_on.SignOut.as_view(), name="logout"),
    path("i18n/", include("django.conf.urls.i18n")),
    path("admin/", admin.site.urls),
]

handler400 = "common.problems.bad_request"
handler403 = "common.problems.permission_denied"
handler404 = "common.problems.page_not_found"
handler500 = "common.problems.server_error"
