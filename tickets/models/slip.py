"""Slips: a promise that passed, and what the requester was told instead."""

from datetime import datetime
from typing import Any, cast

from django.db import models
from django.db.models import FilteredRelation, Q, QuerySet, Value
from django.utils.translation import gettext_lazy as _

from departments.models import Person
from tickets.models.clock import Clock
from tickets.models.ticket import State, Ticket, TicketQuerySet

# The requester was asked something, or wished for a later date, so that no clock runs.
THEIR_TURN = Q(state=State.WAITING_REQUESTER) | Q(state=State.SCHEDULED, next_due_at=None)


class SlipQuerySet(models.QuerySet["Slip"]):
    def open(self) -> "SlipQuerySet":
        """Those that still stand; a ticket has one at most."""
        return self.filter(ended_at=None)

    def owed(self) -> "SlipQuerySet":
        """Those for which the desk owes a new moment: it is not the requester's turn."""
        return self.open().filter(promised_at=None, ticket__in=Ticket.objects.exclude(THEIR_TURN))


class Slip(models.Model):
    """One promise that passed, or was taken back before it did, and the new one in its place.

    It stands until the clock stops, the ticket ends, or its own new promise passes: then the next
    slip begins. Two clocks that are late together have one slip, so the requester hears of it
    once. The clock's breach is recorded on the clock and stays, whatever is promised here.
    """

    ticket = models.ForeignKey(Ticket, models.CASCADE, related_name="slips")
    clock = models.ForeignKey(Clock, models.CASCADE, related_name="slips")
    slipped_at = models.DateTimeField(help_text="When the promise passed or was taken back.")
    asked = models.ForeignKey(
        Person,
        models.SET_NULL,
        null=True,
        related_name="+",
        help_text="Who was asked for a new moment; empty: the leads of the desk, or nobody yet.",
    )
    promised_at = models.DateTimeField(_("new promise"), null=True)
    reason = models.CharField(_("reason"), max_length=200, blank=True)
    given_by = models.ForeignKey(Person, models.SET_NULL, null=True, related_name="+")
    given_at = models.DateTimeField(null=True)
    tell_at = models.DateTimeField(
        null=True, help_text="When the requester is told that we are late, without a new moment."
    )
    told_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)

    objects = SlipQuerySet.as_manager()

    class Meta:
        verbose_name = _("late promise")
        verbose_name_plural = _("late promises")
        constraints = [
            models.UniqueConstraint(
                fields=["clock", "slipped_at"], name="one_slip_per_passed_promise"
            ),
            models.UniqueConstraint(
                fields=["ticket"], condition=Q(ended_at=None), name="one_open_slip_per_ticket"
            ),
            models.CheckConstraint(
                condition=Q(promised_at=None) | ~Q(reason=""),
                name="a_new_promise_has_a_reason",
            ),
        ]
        indexes = [
            models.Index(
                fields=["ticket"],
                condition=Q(ended_at=None, promised_at=None),
                name="slip_owed",
            ),
            models.Index(
                fields=["promised_at"],
                condition=Q(ended_at=None, promised_at__isnull=False),
                name="slip_next",
            ),
            models.Index(
                fields=["tell_at"],
                condition=Q(ended_at=None, told_at=None, tell_at__isnull=False),
                name="slip_to_tell",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.ticket_id} {self.slipped_at:%Y-%m-%d %H:%M}"

    @property
    def is_late(self) -> bool:
        """Whether the promise had passed, not only been taken back before it did."""
        return self.given_at is None or self.given_at > self.slipped_at

    def stands_at(self, now: datetime) -> bool:
        """Whether a new promise is given, and still ahead."""
        return self.promised_at is not None and self.promised_at > now


def waits_for_requester(ticket: Ticket) -> bool:
    """Whether everything waits for the requester, who then hears nothing about being late."""
    is_put_off = ticket.state == State.SCHEDULED and ticket.next_due_at is None
    return is_put_off or ticket.state == State.WAITING_REQUESTER


def with_open_slip(tickets: TicketQuerySet, *along: str) -> TicketQuerySet:
    """With the slip that stands and what it points to, in the same query: there is one at most."""
    standing = FilteredRelation("slips", condition=Q(slips__ended_at=None))
    known: QuerySet[Any] = tickets.annotate(open_slip=standing, is_slip_known=Value(True))
    found = known.select_related("open_slip", *(f"open_slip__{name}" for name in along))
    return cast(TicketQuerySet, found)


def open_slip_of(ticket: Ticket) -> Slip | None:
    """The slip of this ticket that stands, if there is one; asks where it did not come along."""
    if hasattr(ticket, "is_slip_known"):
        return getattr(ticket, "open_slip", None)
    return Slip.objects.open().filter(ticket=ticket).first()
