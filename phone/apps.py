from django.apps import AppConfig


class PhoneConfig(AppConfig):
    name = "phone"

    def ready(self) -> None:
        """Tell attendance's pages how punches by phone were made."""
        from phone import receivers

        receivers.connect()
