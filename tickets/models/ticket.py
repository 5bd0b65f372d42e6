"""The ticket: one request, its state, and who is part of it."""

from django.db import models
from django.db.models import Exists, F, OuterRef, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from departments.models import Category, Department, Membership, Person, Priority, Service
from helpdesk.lib.errors import Refused


class State(models.TextChoices):
    NEW = "new", pgettext_lazy("state", "New")
    OPEN = "open", pgettext_lazy("state", "In progress")
    WAITING_REQUESTER = "waiting_requester", pgettext_lazy("state", "Waiting for the requester")
    WAITING_APPROVAL = "waiting_approval", pgettext_lazy("state", "Waiting for approval")
    WAITING_THIRD_PARTY = "waiting_third_party", pgettext_lazy("state", "Waiting for a supplier")
    SCHEDULED = "scheduled", pgettext_lazy("state", "Scheduled")
    RESOLVED = "resolved", pgettext_lazy("state", "Solved")
    CLOSED = "closed", pgettext_lazy("state", "Closed")


class Outcome(models.TextChoices):
    SOLVED = "solved", pgettext_lazy("outcome", "Solved")
    WORKAROUND = "workaround", pgettext_lazy("outcome", "Workaround")
    WITHDRAWN = "withdrawn", pgettext_lazy("outcome", "Withdrawn")
    DUPLICATE = "duplicate", pgettext_lazy("outcome", "Duplicate")
    DECLINED = "declined", pgettext_lazy("outcome", "Declined")
    SPAM = "spam", pgettext_lazy("outcome", "Spam")


WORKING = frozenset({State.NEW, State.OPEN})
WAITING = frozenset(
    {
        State.WAITING_REQUESTER,
        State.WAITING_APPROVAL,
        State.WAITING_THIRD_PARTY,
        State.SCHEDULED,
    }
)
UNFINISHED = WORKING | WAITING
# What comes due by itself belongs to one state; leaving it, nothing comes due any more.
COMES_DUE = {
    "closes_at": State.RESOLVED,
    "returns_at": State.SCHEDULED,
    "remind_at": State.WAITING_REQUESTER,
    "lapses_at": State.WAITING_REQUESTER,
}
# The columns that a move to another state may change.
MOVED = ("state", "is_open", "outcome", *COMES_DUE)
# The whole state machine. What does not stand here is refused.
MOVES: dict[State, frozenset[State]] = {
    State.NEW: WAITING | {State.OPEN, State.RESOLVED, State.CLOSED},
    State.OPEN: WAITING | {State.RESOLVED, State.CLOSED},
    **{
        state: (UNFINISHED - {State.NEW, state}) | {State.RESOLVED, State.CLOSED}
        for state in WAITING
    },
    State.RESOLVED: frozenset({State.OPEN, State.CLOSED}),
    State.CLOSED: frozenset(),
}


class TicketQuerySet(models.QuerySet["Ticket"]):
    def visible_to(self, person: Person) -> "TicketQuerySet":
        """The one rule of who may see a ticket (docs: PRODUCT, "Who may see a ticket")."""
        mine = Q(requester=person) | Q(filed_by=person)
        following = Exists(Participant.objects.filter(ticket=OuterRef("pk"), person=person))
        return self.filter(mine | Q(following) | self._worked_by(person)).exclude(
            subject_person=person, is_confidential=True
        )

    def worked_by(self, person: Person) -> "TicketQuerySet":
        """The tickets that this person reads as a member of their desk, notes included."""
        return self.filter(self._worked_by(person))

    @staticmethod
    def _worked_by(person: Person) -> Q:
        desk = Exists(Membership.objects.filter(person=person, department=OuterRef("desk")))
        group = Exists(
            Service.group.through.objects.filter(person=person, service=OuterRef("service"))
        )
        involved = Q(requester=person) | Q(subject_person=person)
        return Q(desk) & (Q(is_confidential=False) | (Q(group) & ~involved))

    def numbered(self, number: str) -> "TicketQuerySet":
        """The ticket that has this number, or had it before it moved."""
        if "\0" in number:  # PostgreSQL refuses to be asked, SQLite stops reading there.
            return self.none()
        number = number.upper()
        once = TicketAlias.objects.filter(number=number).values("ticket")
        return self.filter(Q(number=number) | Q(pk__in=once))

    def of(self, person: Person) -> "TicketQuerySet":
        return self.filter(requester=person)

    def unfinished(self) -> "TicketQuerySet":
        return self.filter(is_open=True)

    def unassigned(self) -> "TicketQuerySet":
        return self.filter(assignee=None)

    def for_row(self) -> "TicketQuerySet":
        """With what a row in a list shows."""
        return self.select_related("requester", "assignee", "service", "desk")


class Ticket(models.Model):
    """One request for help, from the first word to the end."""

    number = models.CharField(_("number"), max_length=20, unique=True)
    desk = models.ForeignKey(Department, models.PROTECT, related_name="tickets")
    service = models.ForeignKey(
        Service, models.PROTECT, null=True, blank=True, related_name="tickets"
    )
    category = models.ForeignKey(
        Category, models.SET_NULL, null=True, blank=True, related_name="tickets"
    )
    requester = models.ForeignKey(Person, models.PROTECT, related_name="requests")
    filed_by = models.ForeignKey(
        Person, models.PROTECT, null=True, blank=True, related_name="filed_requests"
    )
    subject_person = models.ForeignKey(
        Person, models.PROTECT, null=True, blank=True, related_name="cases_about"
    )
    assignee = models.ForeignKey(
        Person, models.PROTECT, null=True, blank=True, related_name="assigned_tickets"
    )
    merged_into = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="merged", db_index=False
    )
    summary = models.CharField(_("summary"), max_length=200)
    state = models.CharField(_("state"), max_length=20, choices=State, default=State.NEW)
    outcome = models.CharField(_("outcome"), max_length=10, choices=Outcome, blank=True)
    priority = models.PositiveSmallIntegerField(
        _("priority"), choices=Priority, default=Priority.NORMAL
    )
    channel = models.CharField(max_length=5, default="web")
    is_confidential = models.BooleanField(default=False)
    is_open = models.BooleanField(default=True, help_text="New, open or waiting.")
    cannot_wait = models.BooleanField(default=False)
    cannot_wait_reason = models.CharField(max_length=300, blank=True)
    opened_at = models.DateTimeField(default=timezone.now)
    changed_at = models.DateTimeField(default=timezone.now)
    resolved_at = models.DateTimeField(null=True, blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)
    # What the passing of time does by itself: see COMES_DUE and tickets/windows.py.
    closes_at = models.DateTimeField(null=True, blank=True)
    returns_at = models.DateTimeField(null=True, blank=True, help_text="Until when it is put off.")
    remind_at = models.DateTimeField(null=True, blank=True)
    lapses_at = models.DateTimeField(
        null=True, blank=True, help_text="When a question without an answer is over."
    )
    next_due_at = models.DateTimeField(null=True, blank=True)
    promised_at = models.DateTimeField(
        null=True, blank=True, help_text="What the requester was told at the start."
    )

    objects = TicketQuerySet.as_manager()

    class Meta:
        verbose_name = _("ticket")
        verbose_name_plural = _("tickets")
        indexes = [
            models.Index(
                fields=["desk", "next_due_at", "id"],
                condition=Q(is_open=True),
                name="ticket_open_by_due",
            ),
            models.Index(
                fields=["desk", "-opened_at", "-id"],
                condition=Q(is_open=True),
                name="ticket_open_by_age",
            ),
            models.Index(fields=["desk", "-opened_at", "-id"], name="ticket_all_by_age"),
            models.Index(fields=["desk", "-changed_at", "-id"], name="ticket_all_by_change"),
            models.Index(
                fields=["assignee", "next_due_at", "id"],
                condition=Q(is_open=True),
                name="ticket_mine_by_due",
            ),
            models.Index(
                fields=["desk", "next_due_at", "id"],
                condition=Q(is_open=True, assignee=None),
                name="ticket_free_by_due",
            ),
            models.Index(
                fields=["desk", "next_due_at", "id"],
                condition=Q(is_open=True, state__in=sorted(WAITING)),
                name="ticket_waiting_by_due",
            ),
            models.Index(
                fields=["desk", "priority", "id"],
                condition=Q(is_open=True),
                name="ticket_open_by_need",
            ),
            models.Index(fields=["requester", "-opened_at", "-id"], name="ticket_of_requester"),
            models.Index(fields=["changed_at"], name="ticket_by_change"),
            models.Index(
                fields=["closes_at"],
                condition=Q(closes_at__isnull=False),
                name="ticket_closing",
            ),
            models.Index(
                fields=["returns_at"],
                condition=Q(returns_at__isnull=False),
                name="ticket_returning",
            ),
            models.Index(
                fields=["remind_at"],
                condition=Q(remind_at__isnull=False),
                name="ticket_reminding",
            ),
            models.Index(
                fields=["lapses_at"],
                condition=Q(lapses_at__isnull=False),
                name="ticket_lapsing",
            ),
            models.Index(
                fields=["merged_into"],
                condition=Q(merged_into__isnull=False),
                name="ticket_merged",
            ),
        ]
        constraints = [
            models.CheckConstraint(
                condition=~Q(is_confidential=True, service=None),
                name="a_confidential_ticket_has_a_service",
            ),
            models.CheckConstraint(
                condition=Q(state__in=["resolved", "closed"]) | Q(is_open=True),
                name="an_unfinished_ticket_is_open",
            ),
            models.CheckConstraint(
                condition=Q(closes_at=None) | Q(state="resolved"),
                name="only_what_is_solved_closes_by_itself",
            ),
            models.CheckConstraint(
                condition=Q(returns_at=None) | Q(state="scheduled"),
                name="only_what_is_put_off_returns_by_itself",
            ),
            models.CheckConstraint(
                condition=Q(remind_at=None, lapses_at=None) | Q(state="waiting_requester"),
                name="only_who_is_asked_is_reminded",
            ),
            models.CheckConstraint(
                condition=Q(merged_into=None) | ~Q(pk=F("merged_into")),
                name="no_ticket_is_merged_into_itself",
            ),
            models.CheckConstraint(
                condition=Q(merged_into=None) | Q(state="closed", outcome="duplicate"),
                name="a_merged_ticket_is_a_closed_duplicate",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.number} {self.summary}"

    def get_absolute_url(self) -> str:
        return reverse("ticket", args=[self.number])

    def get_desk_url(self) -> str:
        return reverse("desk_ticket", args=[self.number])

    @property
    def is_waiting(self) -> bool:
        return self.state in WAITING

    def moves(self) -> frozenset[State]:
        """The states this ticket may go to from here."""
        return MOVES[State(self.state)]

    def move_to(self, state: State, *, outcome: Outcome | None = None) -> None:
        """Change the state in memory; Refused when the state machine has no such move.

        Whatever would have come due by itself is forgotten: tickets/windows.py says what does now.
        """
        if state not in self.moves():
            raise Refused(
                _("This request is “%(now)s”; it cannot become “%(then)s” from there.")
                % {"now": self.get_state_display(), "then": state.label}
            )
        self.state = state
        self.is_open = state in UNFINISHED
        self.outcome = outcome or ""
        for column in COMES_DUE:
            setattr(self, column, None)


class TicketAlias(models.Model):
    """A number this ticket had at another desk; it finds the ticket for ever."""

    ticket = models.ForeignKey(Ticket, models.CASCADE, related_name="aliases")
    number = models.CharField(max_length=20, unique=True)

    def __str__(self) -> str:
        return self.number


class Participant(models.Model):
    """Somebody else who follows a ticket: reads its public messages and may reply."""

    ticket = models.ForeignKey(Ticket, models.CASCADE, related_name="participants")
    person = models.ForeignKey(Person, models.CASCADE, related_name="follows")
    added_by = models.ForeignKey(Person, models.SET_NULL, null=True, related_name="+")
    added_at = models.DateTimeField(default=timezone.now)
    came_with = models.ForeignKey(
        Ticket,
        models.SET_NULL,
        null=True,
        related_name="+",
        db_index=False,
        help_text="The merged ticket that brought them; undoing the merge takes them along.",
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["ticket", "person"], name="one_follows_a_ticket_once")
        ]

    def __str__(self) -> str:
        return f"{self.person}, {self.ticket}"


class RequestKey(models.Model):
    """An idempotency key: the same submission again finds what the first one made."""

    person = models.ForeignKey(Person, models.CASCADE, related_name="+")
    key = models.CharField(max_length=80)
    digest = models.CharField(max_length=64)
    ticket = models.ForeignKey(Ticket, models.CASCADE, related_name="+")
    message = models.ForeignKey("tickets.Message", models.CASCADE, null=True, related_name="+")
    made_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["person", "key"], name="one_request_per_key")
        ]

    def __str__(self) -> str:
        return self.key
