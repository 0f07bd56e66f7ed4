from django.apps import AppConfig
from django.db.models.signals import post_migrate
from django.utils.translation import gettext_lazy as _


class AttendanceConfig(AppConfig):
    name = "attendance"
    verbose_name = _("Attendance")

    def ready(self) -> None:
        from attendance import signals
        from attendance.append_only import protect_after_migrate

        signals.connect()

        post_migrate.connect(protect_after_migrate, sender=self, dispatch_uid="attendance.append_only")
