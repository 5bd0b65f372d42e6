"""Where a request stands, in plain words: we have it, somebody is on it, solved?, done."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo

from django.utils.translation import gettext as _

from departments.models import Person
from departments.when import day_words
from tickets.clock_words import waiting_words
from tickets.events import Kind
from tickets.models import Outcome, State, Ticket
from tickets.timeline import Entry, Fold, Line, Said

DONE, CURRENT = "done", "current"
ENDED_OTHERWISE = {
    Outcome.WITHDRAWN: lambda: _("Taken back"),
    Outcome.DUPLICATE: lambda: _("Asked twice"),
    Outcome.DECLINED: lambda: _("Declined"),
    Outcome.SPAM: lambda: _("Not a request"),
}


@dataclass(frozen=True)
class Step:
    """One step, as parts/steps.html draws it: a moment or a line stands below the words."""

    words: str
    state: str = ""
    at: datetime | None = None
    line: str = ""


def steps(
    ticket: Ticket, reader: Person, story: Sequence[Entry], now: datetime, tz: tzinfo
) -> list[Step]:
    """The steps of this ticket for this reader; `story` tells when somebody took it up."""
    received = Step(_("We have it"), DONE, ticket.opened_at)
    if ticket.outcome in ENDED_OTHERWISE and ticket.state == State.CLOSED:
        ending = ENDED_OTHERWISE[Outcome(ticket.outcome)]()
        if ticket.merged_into_id is not None:
            ending = _("Joined with another request")
        return [received, Step(ending, DONE, ticket.closed_at)]
    solved = _("Is it solved?") if ticket.state != State.CLOSED else _("Solved")
    return [
        received,
        _taken(ticket, reader, taken_at(ticket, story), paged_at(story)),
        Step(solved, *_solved(ticket, reader)),
        _last(ticket, now, tz),
    ]


def taken_at(ticket: Ticket, story: Sequence[Entry]) -> datetime | None:
    """When the desk took it up: the first time it was given to somebody, or a first answer."""
    for entry in story:
        if not isinstance(entry, Fold) and entry.source is not None:
            continue  # That was somewhere else.
        if isinstance(entry, Line) and entry.event.kind == Kind.ASSIGNED:
            return entry.at
        if isinstance(entry, Said) and not (entry.is_requester or entry.message.author is None):
            return entry.at
    return None


def paged_at(story: Sequence[Entry]) -> datetime | None:
    """When the person on call was paged last."""
    return next(
        (
            entry.at
            for entry in reversed(story)
            if isinstance(entry, Line) and entry.event.kind == Kind.PAGED and not entry.source
        ),
        None,
    )


def _taken(ticket: Ticket, reader: Person, at: datetime | None, paged: datetime | None) -> Step:
    if ticket.assignee is not None:
        words = _("%(name)s is on it") % {"name": ticket.assignee.first_name}
    else:
        words = _("%(desk)s is on it") % {"desk": ticket.desk.name}
    if ticket.state in {State.RESOLVED, State.CLOSED}:
        return Step(words, DONE, at)
    if ticket.state == State.WAITING_REQUESTER and is_their_turn(reader, ticket):
        return Step(words, CURRENT, line=_("Your turn"))
    if ticket.is_waiting:
        return Step(words, CURRENT, line=waiting_words(ticket))
    if ticket.assignee is None and at is None:
        if paged is not None:
            return Step(_("We paged the person on call"), CURRENT, paged)
        return Step(_("Somebody takes it"), CURRENT, line=_("Next"))
    return Step(words, CURRENT, at)


def _solved(ticket: Ticket, reader: Person) -> tuple[str, datetime | None, str]:
    if ticket.state == State.CLOSED:
        return DONE, ticket.resolved_at, ""
    if ticket.state != State.RESOLVED:
        return "", None, ""
    if is_their_turn(reader, ticket):
        return CURRENT, None, _("Your turn")
    return CURRENT, None, _("%(name)s says whether it is") % {"name": ticket.requester.first_name}


def is_their_turn(reader: Person, ticket: Ticket) -> bool:
    """Whether a question to the requester is a question to this reader."""
    return reader.pk in {ticket.requester_id, ticket.filed_by_id}


def _last(ticket: Ticket, now: datetime, tz: tzinfo) -> Step:
    if ticket.state == State.CLOSED:
        return Step(_("Done"), DONE, ticket.closed_at)
    if ticket.state == State.RESOLVED and ticket.closes_at is not None:
        on = ticket.closes_at.astimezone(tz).date()
        day = day_words(on, now.astimezone(tz).date())
        return Step(_("Done"), line=_("Closes %(day)s") % {"day": day})
    return Step(_("Done"))
