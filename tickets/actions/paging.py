"""Paging the person on call: layer by layer, round by round, until somebody answers.

A page calls the first layer at once. Each further layer is called when the one before let the
rota's minutes pass; after the last round the leads are told, and the page waits on. It ends when
somebody answers it, or when the request needs nobody any more.
"""

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from departments.models import Person, Rota
from departments.on_call import rounds, wait_minutes
from helpdesk.lib.errors import Refused
from tickets import events, permissions
from tickets.actions import webhooks
from tickets.actions.conversation import note
from tickets.actions.locking import lock
from tickets.actions.routing import assign
from tickets.models import ActorKind, Page, PageCall, State, Ticket, TicketEvent
from tickets.reachable import next_call, reachable_for

Kind = events.Kind
Ending = Page.Ending


@transaction.atomic
def page(
    ticket: Ticket, *, why: str, at: datetime, event: TicketEvent | None = None
) -> Page | None:
    """Page the person on call because of an event; the same event pages once.

    `at` is when the first person is called. None when nobody is needed any more: the request is
    done, or the desk has answered since the event. While a page runs there is no second one;
    where everybody was called in vain, all are called again.
    """
    ticket = lock(ticket)
    if event is not None and (known := Page.objects.filter(event=event).first()):
        return known
    since = event.at if event is not None else at
    if not ticket.is_open or _answered_since(ticket, since):
        return None
    return _opened(Page(ticket=ticket, why=why, event=event, opened_at=since), ticket, at)


@transaction.atomic
def page_by_hand(ticket: Ticket, *, by: Person, reason: str, at: datetime | None = None) -> Page:
    """An agent needs somebody now; the reason stays on the ticket as a note."""
    at = at or timezone.now()
    ticket = lock(ticket)
    permissions.require(by, "work", ticket)
    if not ticket.is_open:
        raise Refused(_("This request is solved or closed. Reopen it before you page somebody."))
    if not Rota.objects.filter(department=ticket.desk_id).exists():
        raise Refused(_("%(desk)s has no on-call rota.") % {"desk": ticket.desk.name})
    if not reason.strip():
        raise Refused(_("Say in one sentence what is so urgent."), code="empty")
    running = ticket.pages.running().filter(unanswered_at=None).first()
    if running is not None:
        return running
    note(ticket, by=by, body=reason, at=at)
    asked = Page(ticket=ticket, why=Page.Why.ESCALATION, opened_by=by, opened_at=at)
    asked.reason = " ".join(reason.split())[:300]
    return _opened(asked, ticket, at)


def due_pages(now: datetime) -> "QuerySet[Page, int]":
    """The tickets with a page whose next layer is to be called, soonest first."""
    return Page.objects.due(now).values_list("ticket_id", flat=True)


def call_next(ticket: Ticket, now: datetime) -> None:
    """Call the next layer about a ticket that is held, unless somebody answered meanwhile.

    Exactly one worker wins the claim, however many try; however late it runs, one layer is
    called, and has its full time to answer.
    """
    due = ticket.pages.due(now).first()
    if due is None or not Page.objects.claim(due.pk, now):
        return
    claimed = _fresh(due.pk)
    if because := _over(claimed, ticket):
        _end(claimed, because, at=now)
    else:
        _call(claimed, ticket, now)


@transaction.atomic
def acknowledge(asked: Page, *, by: Person, at: datetime | None = None) -> Page:
    """“I have it”, by who was called or anybody who works on the request; once.

    Nobody's ticket becomes theirs. Refused with the name when somebody else was faster.
    """
    at = at or timezone.now()
    ticket = lock(Ticket(pk=asked.ticket_id))
    found = _fresh(asked.pk)
    permissions.require(by, "work", ticket)
    if found.acknowledged_by is not None:
        if found.acknowledged_by == by:
            return found
        words = _("%(name)s was faster and has it.") % {"name": found.acknowledged_by.name}
        raise Refused(words, code="taken")
    if not found.is_running:
        raise Refused(
            _("Nobody is needed any more: %(why)s.") % {"why": found.get_ended_because_display()}
        )
    found.acknowledged_at, found.acknowledged_by = at, by
    _end(found, Ending.ACKNOWLEDGED, at=at)
    events.record(ticket, Kind.PAGE_ACKNOWLEDGED, by=by, at=at, page=found.pk)
    if ticket.assignee_id is None:
        assign(ticket, to=by, by=by, at=at)
    return found


def end_if_over(ticket: Ticket, *, at: datetime) -> None:
    """Stop calling people about a request that was answered, finished or moved."""
    if ticket.pages.running().exists():
        _end_if_over(ticket, at)


@transaction.atomic
def _end_if_over(ticket: Ticket, at: datetime) -> None:
    ticket = lock(ticket)
    running = ticket.pages.running().first()
    if running is not None and (because := _over(running, ticket)):
        _end(_fresh(running.pk), because, at=at)


# --- Inside the lock of the ticket ------------------------------------------------------------


def _opened(asked: Page, ticket: Ticket, at: datetime) -> Page:
    running = ticket.pages.running().first()
    if running is not None:
        was_in_vain = Ending.REPEATED if running.unanswered_at else None
        because = _over(running, ticket) or was_in_vain
        if because is None:
            return running
        _end(_fresh(running.pk), because, at=at)
    asked.desk = ticket.desk
    asked.save(force_insert=True)
    _call(asked, ticket, at)
    return asked


def _call(asked: Page, ticket: Ticket, at: datetime) -> None:
    """Call whoever comes next; when nobody does, the leads are told."""
    ahead = next_call(asked, reachable_for(ticket, at), rounds(ticket.desk))
    if ahead is None:
        asked.next_at, asked.unanswered_at = None, at
        asked.save(update_fields=["next_at", "unanswered_at"])
        called = asked.calls.count()
        events.record(
            ticket,
            Kind.PAGE_UNANSWERED,
            at=at,
            actor_kind=ActorKind.CLOCK,
            page=asked.pk,
            called=called,
        )
        webhooks.tell(asked, ticket, "page.unanswered", at=at)
        return
    turn, one = ahead
    call = PageCall.objects.create(
        page=asked,
        person=one.person,
        round=turn,
        layer=one.layer.position,
        layer_name=one.layer.name,
        called_at=at,
    )
    asked.round, asked.layer = turn, one.layer.position
    asked.next_at = at + timedelta(minutes=wait_minutes(ticket.desk))
    asked.save(update_fields=["round", "layer", "next_at"])
    _record_call(call, ticket)


def _record_call(call: PageCall, ticket: Ticket) -> None:
    by = call.page.opened_by if call.page.calls.count() == 1 else None
    events.record(
        ticket,
        Kind.PAGED,
        at=call.called_at,
        by=by,
        actor_kind=ActorKind.PERSON if by else ActorKind.CLOCK,
        to=call.person.name,
        to_id=call.person_id,
        page=call.page_id,
        call=call.pk,
    )
    webhooks.tell(call.page, ticket, "page.called", at=call.called_at, call=call)


def _over(asked: Page, ticket: Ticket) -> Ending | None:
    """Why nobody is needed any more, if so."""
    if not ticket.is_open:
        return Ending.SOLVED if ticket.state == State.RESOLVED else Ending.CLOSED
    if ticket.desk_id != asked.desk_id:
        return Ending.MOVED
    return Ending.ANSWERED if _answered_since(ticket, asked.opened_at) else None


def _answered_since(ticket: Ticket, since: datetime) -> bool:
    answers = ticket.events.filter(kind=Kind.REPLIED, at__gte=since, facts__by_desk=True)
    return answers.exists()


def _end(asked: Page, because: Ending, *, at: datetime) -> None:
    asked.ended_at, asked.ended_because, asked.next_at = at, because, None
    asked.save(
        update_fields=[
            "ended_at", "ended_because", "next_at", "acknowledged_at", "acknowledged_by",
        ]
    )  # fmt: skip
    what = "page.acknowledged" if because == Ending.ACKNOWLEDGED else "page.ended"
    webhooks.tell(asked, asked.ticket, what, at=at)


def _fresh(pk: int) -> Page:
    """The page as it is now, under the lock of its ticket."""
    return Page.objects.select_related(
        "ticket__requester", "desk", "opened_by", "acknowledged_by"
    ).get(pk=pk)
