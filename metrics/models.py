"""Rolled-up figures: one row a ticket, recomputed from its event log at any time."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from departments.models import Department, Person, Priority, Service
from tickets.models import ClockState, Outcome, Ticket


class TicketFact(models.Model):
    """What the log of one ticket says in numbers. Times are seconds; instants are UTC.

    *business* counts open time without pauses, *calendar* counts every second. A promise's
    `…_decided_at` is when it was kept or missed; empty while it runs or when it was cancelled.
    """

    ticket = models.OneToOneField(Ticket, models.CASCADE, primary_key=True, related_name="fact")
    desk = models.ForeignKey(Department, models.CASCADE, related_name="+")
    service = models.ForeignKey(Service, models.SET_NULL, null=True, related_name="+")
    assignee = models.ForeignKey(Person, models.SET_NULL, null=True, related_name="+")
    priority = models.PositiveSmallIntegerField(choices=Priority)
    is_confidential = models.BooleanField(default=False)
    is_open = models.BooleanField(default=True)
    outcome = models.CharField(max_length=10, choices=Outcome, blank=True)
    opened_at = models.DateTimeField()
    answered_at = models.DateTimeField(null=True)
    answer_business = models.PositiveBigIntegerField(null=True)
    answer_calendar = models.PositiveBigIntegerField(null=True)
    answer_state = models.CharField(max_length=9, choices=ClockState, blank=True)
    answer_decided_at = models.DateTimeField(null=True)
    solved_at = models.DateTimeField(null=True)
    solution_business = models.PositiveBigIntegerField(null=True)
    solution_calendar = models.PositiveBigIntegerField(null=True)
    solution_state = models.CharField(max_length=9, choices=ClockState, blank=True)
    solution_decided_at = models.DateTimeField(null=True)
    changed_at = models.DateTimeField(db_index=True, help_text="The ticket's, when measured.")
    measured_at = models.DateTimeField()

    class Meta:
        verbose_name = _("ticket in numbers")
        verbose_name_plural = _("tickets in numbers")
        indexes = [
            models.Index(fields=["desk", "opened_at"], name="fact_by_opening"),
            models.Index(
                fields=["desk", "answered_at"],
                condition=Q(answered_at__isnull=False),
                name="fact_by_answer",
            ),
            models.Index(
                fields=["desk", "solved_at"],
                condition=Q(solved_at__isnull=False),
                name="fact_by_solution",
            ),
            models.Index(
                fields=["desk", "answer_decided_at"],
                condition=Q(answer_decided_at__isnull=False),
                name="fact_by_answer_promise",
            ),
            models.Index(
                fields=["desk", "solution_decided_at"],
                condition=Q(solution_decided_at__isnull=False),
                name="fact_by_solution_promise",
            ),
            models.Index(fields=["desk", "opened_at"], condition=Q(is_open=True), name="fact_open"),
        ]

    def __str__(self) -> str:
        return f"{self.ticket_id}"
