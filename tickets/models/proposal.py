"""What a letter suggests and a person decides: who shall follow a ticket, and whose it is."""

from django.db import models
from django.db.models import Exists, F, OuterRef
from django.utils import timezone

from departments.models import Person
from tickets.models.message import Message
from tickets.models.ticket import Participant, Ticket


class ProposedParticipantQuerySet(models.QuerySet["ProposedParticipant"]):
    def waiting(self) -> "ProposedParticipantQuerySet":
        """Those about whom nobody decided, and who do not follow the ticket by another way; of
        messages that were moved away none.
        """
        follows = Participant.objects.filter(ticket=OuterRef("ticket"), person=OuterRef("person"))
        here = self.filter(message__ticket=F("ticket"))
        return here.filter(~Exists(follows), decided_at=None, person__is_active=True)


class ProposedParticipant(models.Model):
    """A colleague in the copy of a letter; they follow the ticket when somebody says so."""

    ticket = models.ForeignKey(Ticket, models.CASCADE, related_name="proposed_participants")
    person = models.ForeignKey(Person, models.CASCADE, related_name="+")
    message = models.ForeignKey(Message, models.CASCADE, related_name="+")
    proposed_at = models.DateTimeField(default=timezone.now)
    decided_at = models.DateTimeField(null=True)
    decided_by = models.ForeignKey(Person, models.SET_NULL, null=True, related_name="+")
    is_accepted = models.BooleanField(default=False)

    objects = ProposedParticipantQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["ticket", "person"], name="one_is_proposed_to_a_ticket_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.person}, {self.ticket}"


class ProposedRequester(models.Model):
    """Who wrote the letter that an agent forwarded: the ticket may be theirs."""

    ticket = models.OneToOneField(Ticket, models.CASCADE, related_name="proposed_requester")
    person = models.ForeignKey(Person, models.SET_NULL, null=True, related_name="+")
    address = models.CharField(max_length=320)
    name = models.CharField(max_length=120, blank=True)
    proposed_at = models.DateTimeField(default=timezone.now)
    decided_at = models.DateTimeField(null=True)
    decided_by = models.ForeignKey(Person, models.SET_NULL, null=True, related_name="+")
    is_accepted = models.BooleanField(default=False)

    def __str__(self) -> str:
        return f"{self.name or self.address}, {self.ticket}"
