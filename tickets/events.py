"""The event log: recording, and what each kind says in words."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import datetime
from functools import partial

from django.db import models, transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from departments.models import Person, Priority
from departments.when import moment_words
from helpdesk.lib.background import later
from tickets import reasons
from tickets.models import ActorKind, Message, Outcome, State, Ticket, TicketEvent


class Kind(models.TextChoices):
    """Past participles of everything that can happen to a ticket."""

    OPENED = "ticket.opened", gettext_lazy("opened")
    REPLIED = "ticket.replied", gettext_lazy("replied")
    NOTED = "ticket.noted", gettext_lazy("noted")
    ASSIGNED = "ticket.assigned", gettext_lazy("assigned")
    WAITING = "ticket.waiting", gettext_lazy("waiting")
    RESUMED = "ticket.resumed", gettext_lazy("resumed")
    RESOLVED = "ticket.resolved", gettext_lazy("solved")
    REOPENED = "ticket.reopened", gettext_lazy("reopened")
    CLOSED = "ticket.closed", gettext_lazy("closed")
    PRIORITY_CHANGED = "ticket.priority_changed", gettext_lazy("priority changed")
    CATEGORY_CHANGED = "ticket.category_changed", gettext_lazy("category changed")
    MOVED = "ticket.moved", gettext_lazy("moved")
    ANSWER_WAIVED = "ticket.answer_waived", gettext_lazy("no answer needed")
    WORKAROUND_MARKED = "message.workaround_marked", gettext_lazy("workaround")
    REMINDED = "ticket.reminded", gettext_lazy("reminded")
    MERGED = "ticket.merged", gettext_lazy("merged")
    UNMERGED = "ticket.unmerged", gettext_lazy("merge undone")
    MERGE_RECEIVED = "ticket.merge_received", gettext_lazy("another request merged in")
    MERGE_UNDONE = "ticket.merge_undone", gettext_lazy("merged request taken out")
    MESSAGE_MOVED_OUT = "message.moved_out", gettext_lazy("message moved away")
    MESSAGE_MOVED_IN = "message.moved_in", gettext_lazy("message moved here")
    MESSAGE_SPLIT = "message.split_off", gettext_lazy("split")
    SPLIT_FROM = "ticket.split_from", gettext_lazy("split off")
    MARKED_SPAM = "ticket.marked_spam", gettext_lazy("marked as spam")
    NOT_SPAM = "ticket.not_spam", gettext_lazy("no spam")
    REQUESTER_CHANGED = "ticket.requester_changed", gettext_lazy("requester changed")
    FORWARD_KEPT = "ticket.forward_kept", gettext_lazy("forwarded request kept")
    PARTICIPANT_ADDED = "participant.added", gettext_lazy("participant added")
    PARTICIPANT_REMOVED = "participant.removed", gettext_lazy("participant removed")
    ACKNOWLEDGED = "ticket.acknowledged", gettext_lazy("acknowledged")
    CLOCK_WARNED = "clock.warned", gettext_lazy("promise close")
    CLOCK_BREACHED = "clock.breached", gettext_lazy("promise missed")
    CLOCK_ESCALATED = "clock.escalated", gettext_lazy("escalated")
    PROMISE_ASKED = "promise.asked", gettext_lazy("new promise asked for")
    PROMISE_SLIPPED = "promise.slipped", gettext_lazy("told that we are late")
    PROMISE_RENEWED = "promise.renewed", gettext_lazy("new promise")
    PAGED = "page.sent", gettext_lazy("person on call paged")
    PAGE_ACKNOWLEDGED = "page.acknowledged", gettext_lazy("page acknowledged")
    PAGE_UNANSWERED = "page.unanswered", gettext_lazy("page not answered")
    MAIL_FOLDED = "mail.folded", gettext_lazy("automatic mail folded")
    MAIL_QUARANTINED = "mail.quarantined", gettext_lazy("mail held back")
    MAIL_FAILED = "mail.failed", gettext_lazy("mail failed")
    MAIL_REREAD = "mail.reread", gettext_lazy("mail read again")


# Only those who work the ticket read these.
DESK_ONLY = frozenset(
    {
        Kind.NOTED,
        Kind.CLOCK_WARNED,
        Kind.CLOCK_BREACHED,
        Kind.CLOCK_ESCALATED,
        Kind.PROMISE_ASKED,
        Kind.ANSWER_WAIVED,
        Kind.WORKAROUND_MARKED,
        Kind.PAGE_UNANSWERED,
        Kind.MERGE_RECEIVED,
        Kind.MERGE_UNDONE,
        Kind.MESSAGE_MOVED_IN,
        Kind.MARKED_SPAM,
        Kind.NOT_SPAM,
        Kind.FORWARD_KEPT,
        Kind.MAIL_FOLDED,
        Kind.MAIL_QUARANTINED,
        Kind.MAIL_FAILED,
        Kind.MAIL_REREAD,
    }
)

# What the product did because of another event, which has told everybody: nothing follows.
ECHOES = frozenset({Kind.ACKNOWLEDGED})
_claimed: ContextVar[list[TicketEvent] | None] = ContextVar("claimed", default=None)


@contextmanager
def claimed() -> Iterator[list[TicketEvent]]:
    """Events recorded in here belong to this worker, who reacts to those that were committed.

    They bear its claim from the start, so that the sweep finds them should it die before.
    """
    mine: list[TicketEvent] = []
    before = _claimed.set(mine)
    try:
        yield mine
    finally:
        _claimed.reset(before)


def record(
    ticket: Ticket,
    kind: Kind,
    *,
    at: datetime,
    by: Person | None = None,
    actor_kind: ActorKind = ActorKind.PERSON,
    message: Message | None = None,
    caused_by: TicketEvent | None = None,
    **facts: object,
) -> TicketEvent:
    """Append one event in the running transaction, and nudge a worker after commit.

    `facts` must be JSON: names and values as they were then, so that a line of the timeline
    never needs a look-up.
    """
    event = unrecorded(ticket, kind, at=at, by=by, **facts)
    event.actor_kind, event.message, event.caused_by = actor_kind, message, caused_by
    return append(event)


def unrecorded(
    ticket: Ticket, kind: Kind, *, at: datetime, by: Person | None = None, **facts: object
) -> TicketEvent:
    """An event that is not in the log yet, so that others can reckon with it."""
    return TicketEvent(
        ticket=ticket, kind=kind, actor=by, at=at, is_public=kind not in DESK_ONLY, facts=facts
    )


def append(event: TicketEvent) -> TicketEvent:
    """Put it into the log, and see that somebody reacts to it."""
    ticket, mine = event.ticket, _claimed.get()
    if event.kind in ECHOES:
        event.reacted_at = timezone.now()
    elif mine is not None:
        event.claimed_at = timezone.now()
        transaction.on_commit(partial(mine.append, event))
    event.save(force_insert=True)
    if ticket.changed_at < event.at:
        Ticket.objects.filter(pk=ticket.pk).update(changed_at=event.at)
        ticket.changed_at = event.at
    if event.reacted_at is None and mine is None:
        later("tickets.react", event.pk)
    return event


def actor_name(event: TicketEvent) -> str:
    if event.actor is not None:
        return event.actor.name
    return {"mail": _("A mail"), "clock": _("The clock"), "rule": _("A rule")}.get(
        event.actor_kind, _("The help desk")
    )


def _state(event: TicketEvent) -> str:
    return str(State(event.facts["state"]).label)


def _closed(event: TicketEvent) -> str:
    outcome = str(event.facts.get("outcome", ""))
    if outcome == Outcome.WITHDRAWN:
        return _("%(who)s took the request back.")
    if event.actor is None:
        return _("Closed, since nobody reopened it.")
    return _("%(who)s closed it.")


def _assigned(event: TicketEvent) -> str:
    if not event.facts.get("to"):
        return _("%(who)s put it back for anybody at the desk.")
    if event.facts.get("to_id") == event.actor_id:
        return _("%(who)s took it.")
    return _("%(who)s gave it to %(to)s.")


def _paged(event: TicketEvent) -> str:
    return _("%(to)s was paged.") if event.actor is None else _("%(who)s paged %(to)s.")


def _waiting(event: TicketEvent) -> str:
    if not event.facts.get("until"):
        return _("%(who)s set it to “%(state_label)s”; the clock may be held.")
    if event.facts.get("requester_asked"):
        return _("%(who)s put it off until %(until_words)s, as wished.")
    return _("%(who)s put it off until %(until_words)s; the clock runs on.")


def _resumed(event: TicketEvent) -> str:
    if event.actor_kind == ActorKind.CLOCK:
        return _("The moment has come: it goes on now.")
    return _("%(who)s took it up again.")


def _resolved(event: TicketEvent) -> str:
    if event.facts.get("silent"):
        return _("Nobody answered our question, so we take it for solved.")
    return _("%(who)s says that it is solved.")


def _escalated(event: TicketEvent) -> str:
    if event.facts.get("instead_of") and event.facts.get("to"):
        return _("Escalated (%(clock_label)s): %(to)s cannot take it, so the leads were told.")
    if event.facts.get("instead_of"):
        return _("Escalated (%(clock_label)s): nobody has it, so the leads were told.")
    return {
        "notify_owner": _("Escalated (%(clock_label)s): the owner was told."),
        "notify_lead": _("Escalated (%(clock_label)s): the leads were told."),
        "notify_person": _("Escalated (%(clock_label)s): %(to)s was told."),
        "reassign": _("Escalated (%(clock_label)s): given to %(to)s."),
        "raise_priority": _("Escalated (%(clock_label)s): the priority was raised."),
        "page": _("Escalated (%(clock_label)s): the person on call is paged."),
        "note": _("Escalated (%(clock_label)s): a note was written."),
    }[str(event.facts["does"])]


def _asked(event: TicketEvent) -> str:
    if event.facts.get("to"):
        return _("%(to)s, when will it be? %(name)s waits for a new promise: %(clock_label)s.")
    return _("When will it be? %(name)s waits for a new promise: %(clock_label)s.")


def _moment(iso: str) -> str:
    zone = timezone.get_current_timezone()
    return moment_words(datetime.fromisoformat(iso), timezone.now(), zone)


Template = Callable[[TicketEvent], str]
# One sentence a kind, with the names of its facts as placeholders.
SENTENCES: dict[str, Template] = {
    Kind.OPENED: lambda e: _("%(who)s asked for help."),
    Kind.REPLIED: lambda e: _("%(who)s replied."),
    Kind.NOTED: lambda e: _("%(who)s wrote an internal note."),
    Kind.ASSIGNED: _assigned,
    Kind.WAITING: _waiting,
    Kind.RESUMED: _resumed,
    Kind.RESOLVED: _resolved,
    Kind.REOPENED: lambda e: _("%(who)s reopened it: not solved yet."),
    Kind.CLOSED: _closed,
    Kind.PRIORITY_CHANGED: lambda e: _("%(who)s changed the priority to %(priority_label)s."),
    Kind.CATEGORY_CHANGED: lambda e: _("%(who)s changed the kind of problem to %(to)s."),
    Kind.MOVED: lambda e: _("%(who)s moved it from %(from)s to %(to)s."),
    Kind.ANSWER_WAIVED: lambda e: _("%(who)s says that no answer is needed."),
    Kind.WORKAROUND_MARKED: lambda e: _("%(who)s marked a message as workaround."),
    Kind.REMINDED: lambda e: _("We asked %(name)s again."),
    Kind.MERGED: lambda e: _("%(who)s merged it into %(into)s."),
    Kind.UNMERGED: lambda e: _("%(who)s took it out of %(into)s again."),
    Kind.MERGE_RECEIVED: lambda e: _("%(who)s merged %(source)s into this request."),
    Kind.MERGE_UNDONE: lambda e: _("%(who)s took %(source)s out again."),
    Kind.MESSAGE_MOVED_OUT: lambda e: _("%(who)s moved a message of %(author)s to %(other)s."),
    Kind.MESSAGE_MOVED_IN: lambda e: _(
        "%(who)s moved a message of %(author)s here from %(other)s."
    ),
    Kind.MESSAGE_SPLIT: lambda e: _("%(who)s made a request of its own of a message: %(other)s."),
    Kind.SPLIT_FROM: lambda e: _("%(who)s split it off from %(other)s."),
    Kind.MARKED_SPAM: lambda e: _("%(who)s marked it as spam."),
    Kind.NOT_SPAM: lambda e: _("%(who)s says that it is no spam."),
    Kind.REQUESTER_CHANGED: lambda e: _("%(who)s opened it for %(to)s, who wrote the mail."),
    Kind.FORWARD_KEPT: lambda e: _("%(who)s says that it is the request of %(name)s."),
    Kind.CLOCK_ESCALATED: _escalated,
    Kind.PROMISE_ASKED: _asked,
    Kind.PROMISE_SLIPPED: lambda e: _("We told %(name)s that we are late."),
    Kind.PROMISE_RENEWED: lambda e: _("%(who)s made a new promise, %(moment_words)s: %(reason)s"),
    Kind.PAGED: _paged,
    Kind.PAGE_ACKNOWLEDGED: lambda e: _("%(who)s answered the page."),
    Kind.PAGE_UNANSWERED: lambda e: _("Nobody on call answered the page."),
    Kind.PARTICIPANT_ADDED: lambda e: _("%(who)s added %(person)s."),
    Kind.PARTICIPANT_REMOVED: lambda e: _("%(who)s removed %(person)s."),
    Kind.ACKNOWLEDGED: lambda e: _("We confirmed by e-mail."),
    Kind.CLOCK_WARNED: lambda e: _("The promise is close: %(clock_label)s."),
    Kind.CLOCK_BREACHED: lambda e: _("The promise was missed: %(clock_label)s."),
    Kind.MAIL_FOLDED: lambda e: _("An automatic mail came and was folded away: %(reason)s"),
    Kind.MAIL_QUARANTINED: lambda e: _("A mail for this ticket was held back: %(reason)s"),
    Kind.MAIL_REREAD: lambda e: _("A mail was read again, and its words mended."),
    Kind.MAIL_FAILED: lambda e: _("Our mail to %(to)s did not arrive: %(reason)s"),
}


def sentence(event: TicketEvent) -> str:
    """What happened, in one sentence in the active language."""
    words: dict[str, object] = {"who": actor_name(event), **event.facts}
    if "because" in event.facts:
        words["reason"] = reasons.words(event.facts["because"])
    if "state" in event.facts:
        words["state_label"] = _state(event)
    if "priority" in event.facts:
        words["priority_label"] = Priority(event.facts["priority"]).label
    if "until" in event.facts:
        words["until_words"] = _moment(str(event.facts["until"]))
    if "moment" in event.facts:
        words["moment_words"] = _moment(str(event.facts["moment"]))
    if "clock" in event.facts:
        words["clock_label"] = clock_label(str(event.facts["clock"]))
    return SENTENCES[event.kind](event) % words


def clock_label(kind: str) -> str:
    return {
        "first_response": _("first answer"),
        "next_response": _("next answer"),
        "workaround": _("workaround"),
        "resolution": _("solution"),
    }[kind]
