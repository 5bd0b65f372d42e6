"""Senders whose mail was marked as spam: what they write next waits for a lead."""

from django.db import models
from django.db.models import Exists, Expression, OuterRef, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from departments.models import Membership, Person, Role, Service
from tickets.models.ticket import Ticket


class SpamSenderQuerySet(models.QuerySet["SpamSender"]):
    def visible_to(self, person: Person) -> "SpamSenderQuerySet":
        """Leads see those of their desk, administrators all others; of a confidential request
        only the leads in its group do.
        """
        leads = Membership.objects.filter(person=person, role=Role.LEAD)
        led = Q(Exists(leads.filter(department=OuterRef("ticket__desk"))))
        group = Service.group.through.objects.filter(person=person)
        confided = led & Q(Exists(group.filter(service=OuterRef("ticket__service"))))
        readable = led | Q(pk__isnull=not person.is_administrator)
        return self.filter((readable & Q(ticket__is_confidential=False)) | confided)

    def of(self, address: str | Expression) -> "SpamSenderQuerySet":
        """Those with this address, given in small letters."""
        return self.filter(address=address)


class SpamSender(models.Model):
    """One address, and the ticket by which it got here; the whole installation holds it back."""

    address = models.CharField(_("address"), max_length=320, help_text="In small letters.")
    ticket = models.ForeignKey(Ticket, models.CASCADE, related_name="spam_senders")
    marked_by = models.ForeignKey(Person, models.SET_NULL, null=True, related_name="+")
    marked_at = models.DateTimeField(default=timezone.now)

    objects = SpamSenderQuerySet.as_manager()

    class Meta:
        verbose_name = _("sender marked as spam")
        verbose_name_plural = _("senders marked as spam")
        constraints = [
            models.UniqueConstraint(
                fields=["address", "ticket"], name="one_spam_sender_per_address_and_ticket"
            )
        ]

    def __str__(self) -> str:
        return self.address
