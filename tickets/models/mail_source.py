"""Where a mailbox is emptied: an account on an IMAP server, and how far we have read it."""

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from tickets.models.mailbox import Mailbox


class MailSource(models.Model):
    """One account. Secrets are sealed (helpdesk/lib/secrets.py), never shown again."""

    class Security(models.TextChoices):
        TLS = "tls", _("TLS from the start (port 993)")
        STARTTLS = "starttls", _("STARTTLS (port 143)")
        PLAIN = "plain", _("without encryption, inside one machine only")

    class Sign(models.TextChoices):
        PASSWORD = "password", pgettext_lazy("mail source", "password")
        MICROSOFT = "microsoft", _("Microsoft 365, OAuth 2.0 client credentials")
        GOOGLE = "google", _("Google, OAuth 2.0 refresh token")

    class After(models.TextChoices):
        SEEN = "seen", _("mark it as read")
        MOVE = "move", _("move it to another folder")

    mailbox = models.OneToOneField(Mailbox, models.CASCADE, related_name="source")
    host = models.CharField(_("server"), max_length=253)
    port = models.PositiveIntegerField(_("port"), default=993)
    security = models.CharField(
        _("encryption"), max_length=8, choices=Security, default=Security.TLS
    )
    sign = models.CharField(_("sign-in"), max_length=9, choices=Sign, default=Sign.PASSWORD)
    username = models.CharField(_("user name"), max_length=320)
    # The password, the client secret or the refresh token.
    secret = models.TextField(_("secret"))
    tenant = models.CharField(_("tenant"), max_length=100, blank=True)
    client_id = models.CharField(_("client id"), max_length=200, blank=True)
    client_secret = models.TextField(_("client secret"), blank=True)
    folder = models.CharField(_("folder"), max_length=200, default="INBOX")
    after = models.CharField(_("when stored"), max_length=4, choices=After, default=After.SEEN)
    done_folder = models.CharField(_("folder for stored letters"), max_length=200, blank=True)
    is_paused = models.BooleanField(_("paused"), default=False)

    # How far we are. UIDs mean something only together with their validity (RFC 9051, 2.3.1.1).
    uid_validity = models.PositiveBigIntegerField(default=0)
    last_uid = models.PositiveBigIntegerField(default=0)
    fetched_at = models.DateTimeField(null=True)
    next_at = models.DateTimeField(default=timezone.now)
    claimed_until = models.DateTimeField(null=True)
    failures = models.PositiveSmallIntegerField(default=0)
    error = models.CharField(max_length=300, blank=True)

    class Meta:
        verbose_name = _("mail source")
        verbose_name_plural = _("mail sources")
        indexes = [
            models.Index(fields=["next_at"], condition=Q(is_paused=False), name="mail_source_due")
        ]

    def __str__(self) -> str:
        return f"{self.username}@{self.host}"
