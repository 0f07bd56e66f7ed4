from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class AttendanceConfig(AppConfig):
    name = "attendance"
    verbose_name = _("Attendance")

    def ready(self) -> None:
        from attendance import receivers, subjects
        from attendance.importing.punches import PunchImporter
        from attendance.importing.shifts import AssignmentImporter, ShiftImporter
        from employees.importing.registry import KINDS

        receivers.connect()
        subjects.register()
        KINDS.update({one.name: one for one in (ShiftImporter(), AssignmentImporter(), PunchImporter())})
