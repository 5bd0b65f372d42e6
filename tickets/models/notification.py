"""What we tell people: notices in the product, and mail on its way out."""

from datetime import datetime

from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from departments.models import Membership, Person, Role
from tickets.models.event import TicketEvent
from tickets.models.mail_choices import Topic
from tickets.models.message import Message
from tickets.models.page import GapWarning, Page
from tickets.models.ticket import Ticket

UNREAD_COUNTED = 100


class NotificationQuerySet(models.QuerySet["Notification"]):
    def visible_to(self, person: Person) -> "NotificationQuerySet":
        """One's own, and only while one may still see the ticket, and what happened there.

        Of a gap in a rota: while one leads its desk.
        """
        worked = Exists(Ticket.objects.worked_by(person).filter(pk=OuterRef("ticket")))
        seen = Exists(Ticket.objects.visible_to(person).filter(pk=OuterRef("ticket")))
        leads = Membership.objects.filter(person=person, role=Role.LEAD)
        led = Exists(leads.filter(department=OuterRef("gap__desk")))
        told = Q(seen) & (Q(event__is_public=True) | Q(worked))
        return self.filter(told | Q(led), person=person)

    def unread(self) -> "NotificationQuerySet":
        return self.filter(read_at=None)

    def older_than(self, made_at: datetime, pk: int) -> "NotificationQuerySet":
        """The rest of the list after the notice made then."""
        return self.filter(Q(made_at__lt=made_at) | Q(pk__lt=pk), made_at__lte=made_at)


class Notification(models.Model):
    """A notice to one person about one event, whose sentence it is, or about a gap in a rota."""

    person = models.ForeignKey(Person, models.CASCADE, related_name="notifications")
    event = models.ForeignKey(TicketEvent, models.CASCADE, null=True, related_name="notifications")
    ticket = models.ForeignKey(Ticket, models.CASCADE, null=True, related_name="notifications")
    gap = models.ForeignKey(GapWarning, models.CASCADE, null=True, related_name="notifications")
    made_at = models.DateTimeField(default=timezone.now)
    read_at = models.DateTimeField(null=True)

    objects = NotificationQuerySet.as_manager()

    class Meta:
        verbose_name = _("notification")
        verbose_name_plural = _("notifications")
        ordering = ("-made_at", "-pk")
        constraints = [
            models.UniqueConstraint(fields=["person", "event"], name="one_notice_per_event"),
            models.UniqueConstraint(fields=["person", "gap"], name="one_notice_per_gap"),
            models.CheckConstraint(
                condition=Q(event__isnull=False, ticket__isnull=False, gap=None)
                | Q(event=None, ticket=None, gap__isnull=False),
                name="a_notice_is_about_an_event_or_a_gap",
            ),
        ]
        indexes = [
            models.Index(fields=["person", "-made_at", "-id"], name="notice_list"),
            models.Index(fields=["person"], condition=Q(read_at=None), name="notice_unread"),
        ]

    def __str__(self) -> str:
        return f"{self.person_id} {self.event_id}"


def unread_count(person: Person) -> int:
    """How many notices wait to be read; beyond a hundred nobody wants to know."""
    return Notification.objects.visible_to(person).unread()[:UNREAD_COUNTED].count()


class OutboundMail(models.Model):
    """One mail to one person. A crash after sending leaves *unknown*: sent again, same id."""

    class State(models.TextChoices):
        QUEUED = "queued", pgettext_lazy("mail", "queued")
        SENDING = "sending", pgettext_lazy("mail", "sending")
        SENT = "sent", pgettext_lazy("mail", "sent")
        FAILED = "failed", pgettext_lazy("mail", "failed")
        UNKNOWN = "unknown", pgettext_lazy("mail", "unknown")
        SKIPPED = "skipped", pgettext_lazy("mail", "not wanted any more")

    # What this mail is: it exists once per key (event, kind, recipient), whoever tries twice.
    key = models.CharField(max_length=120, unique=True)
    kind = models.CharField(max_length=20)
    topic = models.CharField(max_length=8, choices=Topic, blank=True)
    person = models.ForeignKey(
        Person, models.CASCADE, null=True, related_name="mails", db_index=False
    )
    ticket = models.ForeignKey(Ticket, models.CASCADE, null=True, related_name="mails")
    message = models.ForeignKey(Message, models.SET_NULL, null=True, related_name="mails")
    event = models.ForeignKey(TicketEvent, models.SET_NULL, null=True, related_name="mails")
    from_address = models.CharField(max_length=320)
    to_address = models.EmailField()
    subject = models.CharField(max_length=300)
    text = models.TextField()
    html = models.TextField(blank=True)
    headers = models.JSONField(default=dict)
    mail_id = models.CharField(_("Message-ID"), max_length=255, db_index=True)
    state = models.CharField(max_length=7, choices=State, default=State.QUEUED)
    attempts = models.PositiveSmallIntegerField(default=0)
    next_at = models.DateTimeField(default=timezone.now)
    held_until = models.DateTimeField(null=True, help_text="The end of its reader's quiet hours.")
    claimed_at = models.DateTimeField(null=True)
    sent_at = models.DateTimeField(null=True)
    error = models.CharField(max_length=300, blank=True)
    made_at = models.DateTimeField(default=timezone.now)

    class Meta:
        verbose_name = _("outbound mail")
        verbose_name_plural = _("outbound mails")
        indexes = [
            models.Index(
                fields=["next_at"],
                condition=Q(state__in=["queued", "sending", "unknown"]),
                name="mail_to_send",
            ),
            models.Index(fields=["-made_at", "-id"], name="mail_list"),
            models.Index(fields=["person", "-made_at"], name="mail_by_person"),
        ]

    def __str__(self) -> str:
        return f"{self.to_address}: {self.subject}"


class WebhookDelivery(models.Model):
    """One message to the paging system of a desk; tried until it is taken, or given up.

    The receiver may get one twice (its worker died after sending) and knows it by its key.
    """

    class State(models.TextChoices):
        QUEUED = "queued", pgettext_lazy("webhook", "queued")
        SENDING = "sending", pgettext_lazy("webhook", "sending")
        SENT = "sent", pgettext_lazy("webhook", "sent")
        FAILED = "failed", pgettext_lazy("webhook", "failed")
        SKIPPED = "skipped", pgettext_lazy("webhook", "not needed any more")

    key = models.CharField(max_length=80, unique=True)
    page = models.ForeignKey(Page, models.CASCADE, related_name="deliveries")
    event = models.CharField(_("message"), max_length=20)
    url = models.URLField(max_length=500)
    body = models.TextField()
    state = models.CharField(_("state"), max_length=7, choices=State, default=State.QUEUED)
    attempts = models.PositiveSmallIntegerField(_("tries"), default=0)
    next_at = models.DateTimeField(_("next try"), default=timezone.now)
    claimed_at = models.DateTimeField(null=True)
    sent_at = models.DateTimeField(_("sent"), null=True)
    last_status = models.PositiveSmallIntegerField(_("last answer"), null=True)
    error = models.CharField(_("error"), max_length=300, blank=True)
    made_at = models.DateTimeField(_("made"), default=timezone.now)

    class Meta:
        verbose_name = _("message to a paging system")
        verbose_name_plural = _("messages to paging systems")
        ordering = ("-made_at", "-pk")
        indexes = [
            models.Index(
                fields=["next_at"],
                condition=Q(state__in=["queued", "sending"]),
                name="webhook_to_send",
            ),
            models.Index(fields=["-made_at", "-id"], name="webhook_list"),
        ]

    def __str__(self) -> str:
        return self.key
