from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class PrivacyConfig(AppConfig):
    name = "privacy"
    verbose_name = _("Privacy")

    def ready(self) -> None:
        """Listen to what asks for an erasure, and to what the audit trail records."""
        from privacy import auditing, receivers  # noqa: F401

        auditing.connect()
