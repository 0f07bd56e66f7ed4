"""How HR's admin looks and what its menu holds (django-unfold reads ``UNFOLD`` from the settings)."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.templatetags.static import static
from django.urls import reverse_lazy
from django.utils.translation import gettext_lazy as _


def _page(title: Any, icon: str, name: str) -> dict[str, Any]:
    """One entry of the admin's menu."""
    entry = {"title": title, "icon": icon, "link": reverse_lazy(name)}
    if name.endswith("_changelist"):
        app, model = name.removeprefix("admin:").removesuffix("_changelist").split("_", 1)
        entry["permission"] = lambda request: request.user.has_perm(f"{app}.view_{model}") and _shown(name, request)
    elif not name.startswith("admin:"):
        # The theme's own test of what is open would find these addresses in every /admin/attendance/ page.
        entry |= {"permission": lambda request: _shown(name, request), "active": False}
    return entry


def _shown(name: str, request: HttpRequest) -> bool:
    """Whether who asks needs the entry; the settings are read before there are models."""
    from presente import menu

    return menu.shown(name, request)


def _first_page(request: HttpRequest) -> str:
    """The first page beside the admin that who asks may open; none for IT."""
    from presente import menu

    return next((one.url for one in menu.pages_for(request.user)), "")


UNFOLD: dict[str, Any] = {
    "SITE_TITLE": "Presente",
    "SITE_HEADER": "Presente",
    "SITE_SUBHEADER": _("Attendance by face"),
    "SITE_ICON": lambda request: static("img/favicon.svg"),
    "SHOW_HISTORY": True,
    "SHOW_VIEW_ON_SITE": False,
    "DASHBOARD_CALLBACK": "presente.dashboard.dashboard",
    "SITE_URL": lambda request: _first_page(request),
    "SITE_FAVICONS": [
        {"rel": "icon", "type": "image/svg+xml", "href": lambda request: static("img/favicon.svg")},
    ],
    "STYLES": [
        lambda request: static("css/palette.css"),
        lambda request: static("css/admin.css"),
        lambda request: static("css/frame.css"),
    ],
    "SCRIPTS": [lambda request: static("js/admin.js")],
    "SHOW_LANGUAGES": True,
    "SIDEBAR": {
        "show_search": False,
        "show_all_applications": False,
        "navigation": [
            {
                "items": [
                    _page(_("Dashboard"), "dashboard", "admin:index"),
                    _page(_("To do"), "checklist", "attendance_exceptions"),
                    _page(_("Who is in"), "groups", "presence"),
                    _page(_("Team"), "calendar_month", "attendance_team_now"),
                    _page(_("Leave calendar"), "date_range", "leave_calendar_now"),
                    _page(_("Plan"), "calendar_view_week", "plan"),
                    _page(_("Periods"), "event_available", "attendance_periods"),
                    _page(_("Reports & exports"), "download", "attendance_files"),
                    _page(_("Settings"), "settings", "company_settings"),
                    _page(_("Documentation"), "help", "help_first"),
                ],
            },
            {
                "title": _("People"),
                "items": [
                    _page(_("Employees"), "badge", "admin:employees_employee_changelist"),
                    _page(_("Departments"), "apartment", "admin:employees_department_changelist"),
                    _page(_("Face library"), "face", "face_library"),
                    _page(_("Consents"), "handshake", "admin:employees_consent_changelist"),
                    _page(_("Consent texts"), "policy", "admin:employees_consenttext_changelist"),
                    _page(_("Enrolment photos"), "photo_camera", "admin:employees_enrolmentphoto_changelist"),
                    _page(_("Shifts"), "schedule", "admin:attendance_shift_changelist"),
                    _page(_("Shift assignments"), "event_repeat", "admin:attendance_shiftassignment_changelist"),
                    _page(_("Work policies"), "rule", "admin:attendance_workpolicy_changelist"),
                    _page(_("Company holidays"), "celebration", "admin:attendance_companyholiday_changelist"),
                    _page(_("Types of absence"), "beach_access", "admin:attendance_absencetype_changelist"),
                    _page(_("Approval rules"), "approval", "admin:approvals_approvalrule_changelist"),
                    _page(_("Leave rules"), "luggage", "admin:leave_leaverule_changelist"),
                    _page(_("Leave entries"), "receipt_long", "admin:leave_ledgerentry_changelist"),
                ],
            },
            {
                "title": _("Attendance"),
                "items": [
                    _page(_("Punches"), "punch_clock", "admin:attendance_clockevent_changelist"),
                    _page(_("Offline punches to review"), "cloud_sync", "admin:kiosk_queuedpunch_changelist"),
                    _page(_("Adjustments"), "published_with_changes", "admin:attendance_adjustment_changelist"),
                    _page(_("Requests in approval"), "order_approve", "admin:approvals_case_changelist"),
                    _page(_("Payroll layouts"), "payments", "admin:reporting_payrolllayout_changelist"),
                    _page(_("Kiosks"), "tablet_mac", "admin:attendance_kiosk_changelist"),
                    _page(_("Phone rules"), "smartphone", "admin:phone_phonerule_changelist"),
                    _page(_("Punches by phone"), "share_location", "admin:phone_phoneevidence_changelist"),
                    _page(_("Kiosk tests"), "fact_check", "admin:kiosk_kiosktest_changelist"),
                    _page(_("Doors"), "door_front", "admin:doors_door_changelist"),
                    _page(_("Access events"), "meeting_room", "admin:doors_accessevent_changelist"),
                ],
            },
            {
                "title": _("Recognition"),
                "items": [
                    _page(_("Recognition log"), "fact_check", "admin:recognition_decision_changelist"),
                    _page(_("Recognition strictness"), "tune", "admin:recognition_operatingpoint_changelist"),
                    _page(_("Automatic photo updates"), "autorenew", "admin:recognition_refreshment_changelist"),
                    _page(_("Model versions"), "deployed_code", "admin:recognition_modelversion_changelist"),
                    _page(_("Model training"), "model_training", "admin:recognition_trainingrun_changelist"),
                ],
            },
            {
                "title": _("Access"),
                "items": [
                    _page(_("Users"), "manage_accounts", "admin:employees_user_changelist"),
                    _page(_("Delegates"), "supervisor_account", "admin:employees_delegation_changelist"),
                    _page(_("Groups"), "groups_2", "admin:auth_group_changelist"),
                    _page(_("API keys"), "key", "admin:employees_apikey_changelist"),
                    _page(_("Audit trail"), "history", "audit_trail"),
                    _page(_("Privacy"), "shield_person", "privacy_overview"),
                    _page(_("Erasures"), "delete_forever", "admin:privacy_erasure_changelist"),
                    _page(_("Webhooks"), "webhook", "admin:webhooks_webhook_changelist"),
                    _page(_("Webhook deliveries"), "outbox", "admin:webhooks_webhookdelivery_changelist"),
                ],
            },
        ],
    },
}
