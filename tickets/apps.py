"""The app's name and label."""

from typing import Any

from django.apps import AppConfig
from django.conf import settings
from django.core import checks
from django.utils.translation import gettext_lazy as _

from tickets.mail.provider_secrets import faults


class TicketsConfig(AppConfig):
    name = "tickets"
    verbose_name = _("Tickets")

    def ready(self) -> None:
        checks.register(providers_have_their_secrets)


def providers_have_their_secrets(**_facts: Any) -> list[checks.CheckMessage]:
    """Whether the variables of mail providers are complete; a start with half of them stops."""
    return [checks.Error(fault, id="tickets.E001") for fault in faults(settings.MAIL_HOOKS)]
