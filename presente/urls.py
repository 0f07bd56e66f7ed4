"""Every address, room by room."""

from __future__ import annotations

from django.contrib import admin
from django.contrib.auth.views import LogoutView
from django.urls import URLPattern, URLResolver, include, path
from drf_spectacular.views import SpectacularAPIView

from attendance import api
from common.api_schema import DocsView
from presente import first_run, health, site_views
from presente.passwords import PasswordAsk, PasswordAsked, PasswordChange, PasswordSet
from presente.sign_in import SignIn
from recognition.api import IdentifyView

urlpatterns: list[URLPattern | URLResolver] = [
    path("healthz", health.healthz, name="healthz"),
    path("readyz", health.readyz, name="readyz"),
    path("api/v1/identify", IdentifyView.as_view(), name="api_identify"),
    path("api/v1/people", api.PeopleView.as_view(), name="api_people"),
    path("api/v1/attendance/events", api.EventsView.as_view(), name="api_events"),
    path("api/v1/attendance/days", api.DaysView.as_view(), name="api_days"),
    path("api/v1/attendance/timesheets", api.TimesheetsView.as_view(), name="api_timesheets"),
    path("api/v1/attendance/absences", api.AbsencesView.as_view(), name="api_absences"),
    path("api/v1/attendance/absences/<int:key>/decision", api.AbsenceDecisionView.as_view(), name="api_absence"),
    path("api/v1/attendance/corrections", api.CorrectionsView.as_view(), name="api_corrections"),
    path("api/v1/attendance/corrections/entered", api.EnteredCorrectionsView.as_view(), name="api_entered"),
    path(
        "api/v1/attendance/corrections/<uuid:key>/decision", api.CorrectionDecisionView.as_view(), name="api_decision"
    ),
    path("api/v1/attendance/overtime", api.OvertimeView.as_view(), name="api_overtime"),
    path("api/schema/", SpectacularAPIView.as_view(), name="schema"),
    path("api/docs/", DocsView.as_view(url_name="schema"), name="api_docs"),
    path("", include("recognition.urls")),
    path("", include("attendance.urls")),
    path("", include("reporting.urls")),
    path("", include("doors.urls")),
    path("", include("kiosk.urls")),
    path("", site_views.home, name="home"),
    path("welcome/", first_run.welcome, name="welcome"),
    path("login/", SignIn.as_view(), name="login"),
    path("password/", PasswordChange.as_view(), name="password_change"),
    path("password/forgotten/", PasswordAsk.as_view(), name="password_ask"),
    path("password/sent/", PasswordAsked.as_view(), name="password_asked"),
    path("password/set/<uidb64>/<token>/", PasswordSet.as_view(), name="password_set"),
    path("logout/", LogoutView.as_view(), name="logout"),
    path("i18n/", include("django.conf.urls.i18n")),
    path("admin/", admin.site.urls),
]

handler400 = "common.problems.bad_request"
handler403 = "common.problems.permission_denied"
handler404 = "common.problems.page_not_found"
handler500 = "common.problems.server_error"
