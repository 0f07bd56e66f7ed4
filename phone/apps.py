from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class PhoneConfig(AppConfig):
    name = "phone"
    verbose_name = _("Attendance")

    def ready(self) -> None:
        """Tell attendance's pages how punches by phone were made."""
        from phone import receivers

        receivers.connect()
