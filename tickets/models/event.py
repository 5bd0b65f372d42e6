"""The append-only log of everything that happened to a ticket; also the outbox of reactions."""

from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from departments.models import Person
from tickets.models.message import Message
from tickets.models.ticket import Ticket


class ActorKind(models.TextChoices):
    PERSON = "person", "person"
    MAIL = "mail", "mail"
    CLOCK = "clock", "clock"
    RULE = "rule", "rule"


class TicketEventQuerySet(models.QuerySet["TicketEvent"]):
    def visible_to(self, person: Person) -> "TicketEventQuerySet":
        """Events of visible tickets; those that only the desk should know only to the desk."""
        seen = Exists(Ticket.objects.visible_to(person).filter(pk=OuterRef("ticket")))
        worked = Exists(Ticket.objects.worked_by(person).filter(pk=OuterRef("ticket")))
        return self.filter(seen).filter(Q(is_public=True) | Q(worked))

    def pending(self) -> "TicketEventQuerySet":
        """Those whose reactions have not all been tried yet, oldest first."""
        return self.filter(reacted_at=None).order_by("pk")


class TicketEvent(models.Model):
    """One thing that happened. Rows are never edited, but for the marks of the reactions."""

    ticket = models.ForeignKey(Ticket, models.CASCADE, related_name="events")
    kind = models.CharField(max_length=40)
    actor = models.ForeignKey(Person, models.PROTECT, null=True, related_name="+")
    actor_kind = models.CharField(max_length=6, choices=ActorKind, default=ActorKind.PERSON)
    at = models.DateTimeField()
    is_public = models.BooleanField(default=True)
    # What it says depends on the kind: see the sentences in tickets/events.py.
    facts = models.JSONField(default=dict)
    message = models.ForeignKey(Message, models.CASCADE, null=True, related_name="events")
    caused_by = models.ForeignKey("self", models.CASCADE, null=True, related_name="effects")
    recorded_at = models.DateTimeField(default=timezone.now)
    claimed_at = models.DateTimeField(null=True)
    reacted_at = models.DateTimeField(null=True)

    objects = TicketEventQuerySet.as_manager()

    class Meta:
        ordering = ("pk",)
        indexes = [
            models.Index(fields=["ticket", "id"], name="event_log"),
            models.Index(fields=["id"], condition=Q(reacted_at=None), name="event_pending"),
        ]

    def __str__(self) -> str:
        return f"{self.ticket_id} {self.kind}"


class FailedReaction(models.Model):
    """A reaction that raised: tried again later, and visible until it worked."""

    event = models.ForeignKey(
        TicketEvent, models.CASCADE, related_name="failures", verbose_name=_("event")
    )
    name = models.CharField(_("name"), max_length=40)
    attempts = models.PositiveSmallIntegerField(_("tries"), default=1)
    error = models.TextField(blank=True)
    next_at = models.DateTimeField(
        _("next try"), null=True, help_text=_("Empty: given up, a person must look.")
    )
    failed_at = models.DateTimeField(_("failed"), default=timezone.now)

    class Meta:
        verbose_name = _("failed reaction")
        verbose_name_plural = _("failed reactions")
        constraints = [
            models.UniqueConstraint(fields=["event", "name"], name="one_failure_per_reaction")
        ]
        indexes = [
            models.Index(fields=["next_at"], condition=Q(next_at__isnull=False), name="failure_due")
        ]

    def __str__(self) -> str:
        return f"{self.event_id} {self.name}"
