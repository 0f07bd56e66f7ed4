"""What a check finds (``Finding``), and the checks of what is around the program: addresses, clock, owner, kiosks."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import timedelta
from typing import Literal

from django.conf import settings
from django.core.files.base import ContentFile
from django.core.files.storage import storages
from django.db import DatabaseError
from django.utils import timezone

from common import shared_folders
from common.own_address import is_loopback
from common.unsent_mail import mail_server_set
from recognition.engines import factory

Status = Literal["ok", "warn", "fail"]
OLD_BACKUP = timedelta(hours=36)
FORGOTTEN = timedelta(days=7)
SOON = timedelta(days=60)
LOCAL_HOSTS = {"localhost", "127.0.0.1", "[::1]"}


@dataclass(frozen=True, slots=True)
class Finding:
    """What one check found; ``remedy`` says what to do, and is empty when all is well."""

    id: str
    status: Status
    name: str
    detail: str
    remedy: str = ""

    def as_dict(self) -> dict[str, str]:
        return asdict(self)


def file_storage() -> Finding:
    """E011: photos can be stored and read, where they lie in an object storage."""
    if shared_folders.storage() is None:
        return Finding("presente.E011", "ok", "file storage", "the data folder")
    try:
        place = storages["faces"]
        place.delete(place.save("doctor", ContentFile(b"asked by the doctor")))
    except OSError as error:
        return Finding(
            "presente.E011",
            "fail",
            "file storage",
            str(error),
            "Check PRESENTE_STORAGE, and that its key may read and write the bucket.",
        )
    return Finding("presente.E011", "ok", "file storage", "the object storage answers")


def server_clock() -> Finding:
    """E010: the clock does not contradict what is stored; W010: nor the calendar of the last punch."""
    from attendance.server_clock import ntp_holds
    from attendance.server_clock import server_clock as look

    try:
        trouble = look()
    except DatabaseError:
        trouble = None
    if trouble is None:
        return Finding("presente.E010", "ok", "clock", "held by NTP" if ntp_holds() else "agrees with what is stored")
    return Finding(
        "presente.E010" if trouble.stops else "presente.W010",
        "fail" if trouble.stops else "warn",
        "clock",
        trouble.text,
        "Let NTP set it (`timedatectl set-ntp true`).",
    )


def time_zone() -> Finding:
    """W013: somebody has said on which clock the company works, and no kiosk is left on another by default."""
    from attendance.models import Kiosk
    from common import company

    remedy = "Choose the company's country and city in Settings (/settings/), or set PRESENTE_TIME_ZONE."
    if not company.zone_chosen():
        return Finding("presente.W013", "warn", "time zone", "never chosen: kiosks and people get UTC", remedy)
    zone = company.zone_name()
    try:
        left = Kiosk.objects.filter(time_zone="UTC", revoked_at=None).count() if zone != "UTC" else 0
    except DatabaseError:
        return Finding("presente.W013", "warn", "time zone", "unknown: the database does not answer")
    if left:
        detail = f"{zone}, but {left} kiosks have UTC"
        return Finding("presente.W013", "warn", "time zone", detail, "Save Settings (/settings/) once.")
    return Finding("presente.W013", "ok", "time zone", zone)


def public_holidays() -> Finding:
    """W019: the public holidays of the coming weeks are known, in every country whose holidays count here."""
    from attendance.models import WorkPolicy
    from attendance.rules.holiday_calendar import has_holidays, known_until
    from employees.models import Site

    try:
        rows = (model.objects.exclude(holiday_country="") for model in (WorkPolicy, Site))
        countries = {one for found in rows for one in found.values_list("holiday_country", flat=True)}
    except DatabaseError:
        return Finding("presente.W019", "warn", "holidays", "unknown: the database does not answer")
    year = (timezone.localdate() + SOON).year
    ends = {one: known_until(one) for one in sorted(countries) if has_holidays(one)}
    lacking = [f"{one} only until {last}" for one, last in ends.items() if last < year]
    if not lacking:
        return Finding("presente.W019", "ok", "holidays", f"those of {', '.join(ends) or 'no country'} are known")
    remedy = f"Update Presente, or enter those of {year} as company holidays in the admin."
    return Finding("presente.W019", "warn", "holidays", f"known of {', '.join(lacking)}", remedy)


def first_account() -> Finding:
    """W009: somebody has an account, or the link to make the first one."""
    from presente import first_run

    try:
        needed = first_run.needed()
    except DatabaseError:
        return Finding("presente.W009", "warn", "first account", "unknown: the database does not answer")
    if needed:
        remedy = f"Open {first_run.setup_link()}"
        return Finding("presente.W009", "warn", "first account", "nobody has an account yet", remedy)
    return Finding("presente.W009", "ok", "first account", "exists")


def backups() -> Finding:
    """W014: there is a backup, and it is not old."""
    from employees.models import Employee
    from presente.backup.making import last_backup

    last = last_backup()
    if last is not None and last["age"] < OLD_BACKUP.total_seconds():
        return Finding("presente.W014", "ok", "backup", f"{last['age'] / 3600:.0f} h old, in {last['folder']}")
    try:
        needed = Employee.objects.exists()
    except DatabaseError:
        return Finding("presente.W014", "warn", "backup", "unknown: the database does not answer")
    if last is None and not needed:
        return Finding("presente.W014", "ok", "backup", "nobody is here yet who could be lost")
    detail = "there is none" if last is None else f"the last one is {last['age'] / 86400:.1f} days old"
    remedy = "Run `manage.py backup DIR --keys DIR2` every night (docs/backup.md)."
    return Finding("presente.W014", "warn", "backup", detail, remedy)


def messages() -> Finding:
    """W015: no message about something was given up lately."""
    from notifications.models import Delivery
    from notifications.services.delivering import dead_since

    try:
        dead = dead_since(timezone.now() - FORGOTTEN)
        last = Delivery.objects.filter(state=Delivery.State.FAILED).order_by("-finished_at").first() if dead else None
    except DatabaseError:
        return Finding("presente.W015", "warn", "messages", "unknown: the database does not answer")
    if last is None:
        return Finding("presente.W015", "ok", "messages", "none was given up in a week")
    detail = f"{dead} were given up in a week; the last by {last.channel}: {last.error}"
    remedy = "Check EMAIL_URL and whether this machine reaches the chat and push services (docs/notifications.md)."
    return Finding("presente.W015", "warn", "messages", detail, remedy)


def mail_server() -> Finding:
    """W017: messages can leave this machine."""
    if mail_server_set():
        return Finding("presente.W017", "ok", "mail", "EMAIL_URL is set")
    detail = "no mail server is set: invitations, links for a new password and reports are not sent"
    remedy = "Set EMAIL_URL=smtp://user:password@host:587 (docs/environment.md), or hand out printed slips."
    return Finding("presente.W017", "warn", "mail", detail, remedy)


def links() -> Finding:
    """W018: phones and tablets can open the addresses that messages name."""
    if not is_loopback(settings.SITE_URL):
        return Finding("presente.W018", "ok", "links", settings.SITE_URL)
    detail = f"messages name {settings.SITE_URL}, which no phone or tablet can open"
    remedy = "Set PRESENTE_URL to the address by which others reach this machine, such as https://presente.example.com."
    return Finding("presente.W018", "warn", "links", detail, remedy)


def exposure() -> Finding:
    """W005: a server that others reach speaks HTTPS and shows no debug pages."""
    others = [host for host in settings.ALLOWED_HOSTS if host not in LOCAL_HOSTS]
    if "*" in others:
        return Finding(
            "presente.W005",
            "warn",
            "addresses",
            "PRESENTE_HOSTS=* answers to any name",
            "Name the hosts: PRESENTE_HOSTS=presente.example.com.",
        )
    if others and settings.DEBUG:
        return Finding(
            "presente.W005", "warn", "addresses", f"debug pages are on for {', '.join(others)}", "Unset PRESENTE_DEBUG."
        )
    if others and not settings.HTTPS:
        return Finding(
            "presente.W005",
            "warn",
            "addresses",
            f"{', '.join(others)} without HTTPS: browsers refuse the camera there, and logins travel in the clear",
            "Put a TLS proxy in front (docker-compose.yml has one) and set PRESENTE_HTTPS=1.",
        )
    return Finding(
        "presente.W005", "ok", "addresses", f"{', '.join(settings.ALLOWED_HOSTS)}{', HTTPS' if settings.HTTPS else ''}"
    )


def kiosk_page() -> Finding:
    """W006: the kiosk's page has what it needs to find faces and read codes by itself."""
    from kiosk import browser_files

    if not factory().browser_finds_faces:
        return Finding("presente.W006", "ok", "kiosk page", "the server finds the faces, as this engine asks")
    if not browser_files.stand():
        return Finding(
            "presente.W006",
            "warn",
            "kiosk page",
            "its face detector is missing: every kiosk sends preview pictures to the server, and reads no badges",
            "Run `manage.py fetch_browser_files`, then restart the web server.",
        )
    return Finding("presente.W006", "ok", "kiosk page", "finds faces by itself")


def printable_names() -> Finding:
    """W011: the timesheets to sign can print everybody's name."""
    from employees.models import Employee
    from reporting.files.fonts import unprintable

    try:
        people = Employee.objects.values_list("number", "first_name", "last_name")
        lacking = [number for number, first, last in people.iterator() if unprintable(first + last)]
    except DatabaseError:
        return Finding("presente.W011", "warn", "names in PDFs", "unknown: the database does not answer")
    if not lacking:
        return Finding("presente.W011", "ok", "names in PDFs", "every letter has a font")
    detail = f"no font for the names of {', '.join(lacking[:3])}{' …' if lacking[3:] else ''}"
    remedy = "Install fonts-noto-cjk or fonts-droid-fallback, or name a font's file in PRESENTE_PDF_FONT."
    return Finding("presente.W011", "warn", "names in PDFs", detail, remedy)


def strangers() -> Finding:
    """W012: the unknown faces at the kiosks are what the threshold was measured for."""
    from recognition.selectors.operating_point import drift_now

    try:
        found = drift_now()
    except DatabaseError:
        return Finding(
            "presente.W012", "warn", "strangers", "unknown: the database does not answer", "Mend the database first."
        )
    if found is None:
        return Finding("presente.W012", "ok", "strangers", "as near to employees as was measured, or too few to tell")
    detail = f"{found.near} of {found.unknown} unknown faces came near the threshold, {found.expected:.1f} expected"
    return Finding("presente.W012", "warn", "strangers", detail, "Open Recognition strictness in the admin.")
