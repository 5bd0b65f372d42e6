"""A message goes to the ticket where it belongs; and back, exactly as it was.

Nothing is copied: the message, its files and its letter point to the other ticket from then on.
For the clocks of both it is as if it had always been there (tickets/standing.py).
"""

from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from departments.models import Person
from helpdesk.lib.errors import Refused
from tickets import events, permissions, sla, windows
from tickets.actions.as_it_was import CHANGED, as_it_is, put_back
from tickets.actions.locking import lock_both
from tickets.actions.merging import audiences_differ, is_about_a_follower
from tickets.actions.rounds import fit_clocks
from tickets.models import (
    InboundMail,
    Message,
    Outcome,
    Participant,
    State,
    Ticket,
    TicketEvent,
)
from tickets.reasons import reason
from tickets.regrouped import is_arrival, is_theirs
from tickets.segments import BROUGHT_BACK
from tickets.standing import MOVES, standing

Kind = events.Kind


@transaction.atomic
def move_message(
    message: Message,
    *,
    to: Ticket,
    by: Person,
    adds_author: bool = False,
    at: datetime | None = None,
) -> Message:
    """Move what a requester or participant wrote to another ticket of the agent's desks.

    Refused where somebody would read what is not theirs. Who wrote it must be on the other
    ticket: `adds_author` lets them follow it, else Refused asks (code `author`).
    """
    at = at or timezone.now()
    message, source, to = _hold(message, to)
    check(message, to, by=by)
    home = _left(to, message) is not None
    joined = not home and _join(message, to, by=by, at=at, adds_author=adds_author)
    _leave(message, source, to, by=by, at=at)
    _arrive(message, source, to, by=by, at=at, joined=joined)
    because = reason("moved", name=by.name, number=source.number)
    _put(message, to, [*message.because, because])
    sla.settle(source, at=at)
    sla.settle(to, at=at)
    return message


@transaction.atomic
def move_back(message: Message, *, by: Person, at: datetime | None = None) -> Message:
    """Take a move back: both tickets, their people and their clocks are as if it had never been."""
    at = at or timezone.now()
    came = last_arrival(message)
    permissions.require(by, "work", message.ticket)
    home = Ticket.objects.filter(pk=came.facts["other_id"]).first() if came else None
    if came is None or home is None:
        raise Refused(_("This message was not moved here. There is nothing to take back."))
    message, source, home = _hold(message, home)
    _check_place(message, source, home, by)
    if words := audiences_differ(source, home):  # One of them has moved on since.
        raise Refused(words)
    _leave(message, source, home, by=by, at=at)
    if came.facts["joined"]:
        brought = Participant.objects.filter(ticket=source, person=message.author)
        brought.filter(added_at=came.at).delete()
    _arrive(message, source, home, by=by, at=at, joined=False)
    _put(message, home, message.because[:-1])
    sla.settle(source, at=at)
    sla.settle(home, at=at)
    return message


def last_arrival(message: Message) -> TicketEvent | None:
    """How a message came to the ticket where it is, if it began on another one."""
    moves = TicketEvent.objects.filter(ticket=message.ticket_id, message=message, kind__in=MOVES)
    last = moves.order_by("pk").last()
    return last if last is not None and is_arrival(last) else None


def check(message: Message, to: Ticket, *, by: Person) -> None:
    """Refused when this person may not move this message there, or nobody may."""
    source = message.ticket
    _check_place(message, source, to, by)
    if to.state == State.CLOSED:
        words = _("%(number)s is closed. Move it to a request that is open.")
        raise Refused(words % {"number": to.number})
    if _spoken(source, message) is None:
        raise Refused(_immovable(source, message))
    for problem in (audiences_differ, is_about_a_follower):
        if words := problem(source, to):
            raise Refused(words)
    if message.author_id == to.subject_person_id:
        raise Refused(_("%(number)s is about who wrote this.") % {"number": to.number})


def state_before(message: Message) -> str:
    """The state that its ticket has again without this message, where its coming changed that."""
    spoken = _spoken(message.ticket, message)
    if spoken is None or not spoken.facts.get("state"):
        return ""
    was = spoken.facts.get("before", {}).get("state") or spoken.facts.get("was")
    is_undone = was != spoken.facts["state"] and _is_last_word(message.ticket, spoken)
    return str(State(was).label) if is_undone else ""


def _check_place(message: Message, source: Ticket, to: Ticket, by: Person) -> None:
    permissions.require(by, "work", source)
    permissions.require(by, "work", to)
    if source.pk == to.pk:
        raise Refused(_("The message is there already. Give the number of another request."))
    for ticket in (source, to):
        if ticket.merged_into_id is not None:
            words = _("%(number)s was merged into another request. Undo that first.")
            raise Refused(words % {"number": ticket.number})


def _immovable(ticket: Ticket, message: Message) -> str:
    """Why a message stays where it is."""
    if ticket.events.filter(message=message, kind=Kind.OPENED).exists():
        return _("%(number)s began with this message. Merge the two requests instead.") % {
            "number": ticket.number
        }
    if message.kind != Message.Kind.PUBLIC:
        return _("Only what somebody wrote to the desk can be moved; this stays here.")
    return _("This is an answer of the desk, and it was sent from here. It stays here.")


def lacks_author(message: Message, to: Ticket) -> bool:
    """Whether who wrote the message could not read it on that ticket."""
    author = message.author
    return author is None or not permissions.may_follow(author, to)


def _join(message: Message, to: Ticket, *, by: Person, at: datetime, adds_author: bool) -> bool:
    """Let the author follow the other ticket, where the agent wants it; whether that was news."""
    if not lacks_author(message, to):
        return False
    author = message.author
    name = {"name": author.name if author else "", "number": to.number}
    if author is None or not permissions.may_participate(author, to):
        raise Refused(_("%(name)s is not on %(number)s, and cannot follow it.") % name)
    if not adds_author:
        words = _("%(name)s is not on %(number)s. Tick that they may follow it, then move it.")
        raise Refused(words % name, code="author")
    Participant.objects.create(ticket=to, person=author, added_by=by, added_at=at)
    return True


def _hold(message: Message, to: Ticket) -> tuple[Message, Ticket, Ticket]:
    """The message and both tickets as they are now, held; Refused when it is gone from there."""
    source = message.ticket
    if source.pk != to.pk:
        source, to = lock_both(source, to)
    held = Message.objects.select_related("author").get(pk=message.pk)
    if held.ticket_id != source.pk:
        raise Refused(_("Somebody else has just moved this message."), code="moved")
    held.ticket = source
    return held, source, to


def _put(message: Message, ticket: Ticket, because: list[Any]) -> None:
    """The message and its letter, so that what answers the letter finds it there."""
    message.ticket, message.because = ticket, because
    message.save(update_fields=["ticket", "because"])
    InboundMail.objects.filter(message=message).update(ticket=ticket)


def _spoken(ticket: Ticket, message: Message) -> TicketEvent | None:
    """The event by which a message of theirs is part of the ticket: a reply, or its arrival."""
    here = (e for e in standing(sla.log_of(ticket)) if e.message_id == message.pk)
    return next((event for event in here if is_arrival(event) or is_theirs(event)), None)


def _left(ticket: Ticket, message: Message) -> TicketEvent | None:
    """How a message that was first said on this ticket left it."""
    log = sla.log_of(ticket)
    began = any(e.kind == Kind.REPLIED and e.message_id == message.pk for e in log)
    return next((e for e in reversed(log) if began and _is_move_of(message, e)), None)


def _is_move_of(message: Message, event: TicketEvent) -> bool:
    return event.kind in MOVES and event.message_id == message.pk


def _leave(message: Message, ticket: Ticket, to: Ticket, *, by: Person, at: datetime) -> None:
    """Take the message off this ticket; what only its arrival had changed is as before."""
    spoken = _spoken(ticket, message)
    assert spoken is not None
    facts: dict[str, Any] = {"other": to.number, "other_id": to.pk, **_author(message)}
    before = as_it_is(ticket)
    if _is_last_word(ticket, spoken) and _unreopen(ticket, spoken, at):
        ticket.save(update_fields=CHANGED)
        facts["before"] = before
    _tell(ticket, Kind.MESSAGE_MOVED_OUT, message, by, at, facts)


def _arrive(
    message: Message, source: Ticket, ticket: Ticket, *, by: Person, at: datetime, joined: bool
) -> None:
    """Put the message on this ticket; it brings back what waits for the requester or is solved."""
    facts: dict[str, Any] = {"other": source.number, "other_id": source.pk, **_author(message)}
    left = _left(ticket, message)
    before = as_it_is(ticket)
    if left is not None:
        if "before" in left.facts and _is_last_word(ticket, left):
            put_back(ticket, left.facts["before"])
    else:
        said_at = max(message.sent_at, ticket.opened_at)
        facts |= {"said_at": said_at.isoformat(), "joined": joined}
        if ticket.state in BROUGHT_BACK and _stood_at(ticket, said_at):
            windows.enter(ticket, State.OPEN, at=at)
            ticket.save(update_fields=CHANGED)
            facts |= {"before": before, "state": ticket.state}
    _tell(ticket, Kind.MESSAGE_MOVED_IN, message, by, at, facts)


def _author(message: Message) -> dict[str, Any]:
    assert message.author is not None
    return {"author": message.author.name, "author_id": message.author.pk}


def _tell(
    ticket: Ticket, kind: Kind, message: Message, by: Person, at: datetime, facts: dict[str, Any]
) -> None:
    """Record the move, with what its undoing needs; the log and the ticket say the same state."""
    log = sla.log_of(ticket)
    event = TicketEvent(ticket=ticket, kind=kind, message=message, actor=by, at=at, facts=facts)
    history = sla.moments([*log, event], ticket.requester_id)
    if sla.state_in(history) != ticket.state:
        facts["state"] = ticket.state
        history = sla.moments([*log, event], ticket.requester_id)
    aside = fit_clocks(ticket, history, log)
    events.record(ticket, kind, by=by, at=at, message=message, **facts, aside=aside)


def _is_last_word(ticket: Ticket, event: TicketEvent) -> bool:
    """Whether nobody wrote or changed the state since this event."""
    log = standing(sla.log_of(ticket))
    later = log[[each.pk for each in log].index(event.pk) + 1 :]
    return not any(each.kind == Kind.REPLIED or each.facts.get("state") for each in later)


def _stood_at(ticket: Ticket, moment: datetime) -> bool:
    """Whether the ticket was in its present state at this moment already."""
    changes = [event for event in standing(sla.log_of(ticket)) if event.facts.get("state")]
    return all(event.at <= moment for event in changes)


def _unreopen(ticket: Ticket, spoken: TicketEvent, at: datetime) -> bool:
    """Undo in memory what this message changed by arriving; whether it changed anything.

    What comes due by itself begins anew now: nobody is closed or reminded at once.
    """
    if before := spoken.facts.get("before"):
        put_back(ticket, before)
        return True
    was = spoken.facts.get("was", "")
    if not spoken.facts.get("state") or was == spoken.facts["state"]:
        return False
    since = ticket.events.filter(pk__lt=spoken.pk, facts__state=was).order_by("pk").last()
    facts = since.facts if since is not None else {}
    if was == State.RESOLVED:
        eased = Outcome.WORKAROUND if facts.get("workaround") else Outcome.SOLVED
        outcome = Outcome(facts.get("outcome") or eased)
        windows.enter(ticket, State.RESOLVED, at=at, outcome=outcome)
        ticket.resolved_at = since.at if since is not None else at
        return True
    until = datetime.fromisoformat(facts["until"]) if "until" in facts else None
    if was == State.SCHEDULED and (until is None or until <= at):
        return False
    windows.enter(ticket, State(was), at=at, until=until)
    return True
