"""Addresses of the attendance pages."""

from __future__ import annotations

from django.urls import URLPattern, path

from attendance.views import (
    adjustments,
    calendar_feed,
    exceptions,
    links,
    overtime,
    own,
    periods,
    punches,
    reports,
    team,
    timesheets,
)
from common import converters  # noqa: F401  registers <month:…>

urlpatterns: list[URLPattern] = [
    path("attendance/", reports.presence, name="presence"),
    path("attendance/live/", reports.presence_live, name="presence_live"),
    path("attendance/day/", reports.day, name="attendance_day"),
    path("attendance/people/<str:number>/<month:month>/", timesheets.month, name="attendance_month"),
    path("attendance/people/<str:number>/year/<int:year>/", timesheets.year, name="attendance_year"),
    path("attendance/people/<str:number>/correct/", own.correction_new, name="correction_new"),
    path("attendance/people/<str:number>/mend/", exceptions.add_punch, name="attendance_mend"),
    path("attendance/people/<str:number>/punches/add/", punches.add, name="punch_add"),
    path("attendance/people/<str:number>/punches/<uuid:key>/change/", punches.change, name="punch_change"),
    path("attendance/people/<str:number>/punches/<uuid:key>/remove/", punches.remove, name="punch_remove"),
    path("attendance/people/<str:number>/punches/<uuid:key>/undo/", punches.undo, name="punch_undo"),
    path("attendance/people/<str:number>/excuse/", exceptions.add_absence, name="attendance_excuse"),
    path("attendance/people/<str:number>/seen/", exceptions.mark_seen, name="attendance_seen"),
    path("attendance/people/<str:number>/overtime/", overtime.decide, name="overtime_decide"),
    path("attendance/people/<str:number>/adjust/", adjustments.adjust, name="attendance_adjust"),
    path("attendance/me/", own.me, name="my_month"),
    path("attendance/me/away/", own.absence_new, name="absence_new"),
    path("attendance/me/away/<int:key>/withdraw/", own.withdraw_absence, name="absence_withdraw"),
    path("attendance/me/corrections/<uuid:key>/withdraw/", own.withdraw_correction, name="correction_withdraw"),
    path("attendance/me/periods/<int:key>/approve/", own.approve_period, name="own_period_approve"),
    path("attendance/me/periods/<int:key>/withdraw/", own.withdraw_approval, name="own_approval_withdraw"),
    path("attendance/me/data.json", own.data, name="own_data"),
    path("attendance/me/calendar/", own.calendar_link, name="calendar_link"),
    path("calendar/<str:token>.ics", calendar_feed.feed, name="shift_calendar"),
    path("attendance/exceptions/", exceptions.exceptions, name="attendance_exceptions"),
    path("attendance/corrections/<uuid:key>/decide/", exceptions.decide_correction, name="correction_decide"),
    path("attendance/away/<int:key>/decide/", exceptions.decide_absence, name="absence_decide"),
    path("attendance/team/", team.this_month, name="attendance_team_now"),
    path("attendance/team/<month:month>/", team.grid, name="attendance_team"),
    path("attendance/trends/", team.trends, name="attendance_trends"),
    path("attendance/periods/", periods.periods, name="attendance_periods"),
    path("attendance/periods/new/", periods.create, name="period_create"),
    path("attendance/periods/<int:key>/", periods.period, name="attendance_period"),
    path("attendance/periods/<int:key>/lock/", periods.lock, name="period_lock"),
    path("attendance/periods/<int:key>/reopen/", periods.reopen, name="period_reopen"),
    path("attendance/periods/<int:key>/approve/<str:number>/", periods.approve, name="period_approve"),
    path("attendance/periods/<int:key>/approve-clean/", periods.approve_clean, name="period_approve_clean"),
    path("attendance/periods/<int:key>/withdraw/<str:number>/", periods.withdraw, name="approval_withdraw"),
    path("attendance/periods/<int:key>/settle/<str:number>/", adjustments.settle, name="period_settle"),
    path("c/<str:token>/", links.correction_link, name="correction_link"),
]
