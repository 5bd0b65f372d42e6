"""Saying something: replies, internal notes, drafts."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from departments.models import Person
from helpdesk.lib import markdown
from helpdesk.lib.errors import Refused
from tickets import events, permissions, sla, windows
from tickets.actions.files import attach
from tickets.actions.locking import WasMerged, lock, where_it_goes_on
from tickets.merged import end_of_chain
from tickets.models import (
    Attachment,
    Channel,
    Draft,
    Message,
    Outcome,
    RequestKey,
    State,
    Ticket,
    TicketEvent,
)
from tickets.models.ticket import MOVED
from tickets.reasons import Reasons


class NewsArrived(Refused):
    """Somebody wrote after what the sender saw; the same send again goes through."""

    def __init__(self, last_seen: int, words: str = "") -> None:
        super().__init__(
            words or _("Something new came in while you were writing. Read it, then send again."),
            code="news",
        )
        self.last_seen = last_seen


def last_message_event(ticket: Ticket) -> int:
    """The id of the newest event that carries a message; what a page has seen."""
    newest = ticket.events.filter(message__isnull=False).order_by("-pk")
    return newest.values_list("pk", flat=True).first() or 0


def check_news(ticket: Ticket, *, by: Person, seen: int | None, with_notes: bool) -> None:
    """NewsArrived when another person's message came after event `seen`; None skips the check."""
    if seen is None:
        return
    news = TicketEvent.objects.filter(ticket=ticket, pk__gt=seen, message__isnull=False)
    news = news.exclude(actor=by)
    if not with_notes:
        news = news.filter(is_public=True)
    if news.exists():
        raise NewsArrived(last_message_event(ticket))


def check_merge_was_seen(ticket: Ticket, seen: int | None) -> None:
    """NewsArrived when a reply would reach another requester than its writer knew of."""
    merged = ticket.events.filter(kind=events.Kind.MERGED).order_by("-pk").first()
    if merged is None or seen is None or merged.pk <= seen:
        return
    if end_of_chain(ticket).requester_id != ticket.requester_id:
        words = _(
            "%(number)s was merged into %(into)s while you were writing, and more people read "
            "there. Send again to write there."
        )
        raise NewsArrived(merged.pk, words % {"number": ticket.number, **merged.facts})


@where_it_goes_on
@transaction.atomic
def reply(
    ticket: Ticket,
    *,
    by: Person,
    body: str,
    at: datetime | None = None,
    channel: str = Channel.WEB,
    then: State | None = None,
    workaround: bool = False,
    seen: int | None = None,
    files: Sequence[Attachment] = (),
    key: str = "",
    html: str = "",
    rest: str = "",
    seal: str = "",
    because: Reasons = (),
) -> Message:
    """Write to everybody on the ticket, and move it as the reply implies.

    A requester's reply reopens what waits for them or is resolved; an agent's first reply takes
    a new ticket up; `then` lets the agent say what comes next (waiting for the requester, or
    solved). Refused on a closed ticket: a new one follows it. What is written to a merged ticket
    is said where that one goes on.
    """
    at = at or timezone.now()
    ticket = lock(ticket)
    if key and (sent := _sent_before(by, key)):
        return sent
    if ticket.merged_into_id is not None:
        check_merge_was_seen(ticket, seen)
        raise WasMerged(ticket)
    is_desk = _speaks_for_desk(ticket, by, then)
    check_news(ticket, by=by, seen=seen, with_notes=is_desk)
    words = Message(body=body, html=html, rest=rest, seal=seal, because=list(because))
    message = _say(ticket, by, words, at, channel, files)
    eases = is_desk and workaround
    moved = _moved_by_reply(ticket, by, is_desk=is_desk, then=then, eases=eases, at=at)
    events.record(
        ticket,
        events.Kind.REPLIED,
        by=by,
        at=at,
        message=message,
        by_desk=is_desk,
        channel=channel,
        **moved,
    )
    _remember(message, by, key)
    sla.settle(ticket, at=at)
    return message


def _speaks_for_desk(ticket: Ticket, by: Person, then: State | None) -> bool:
    """Whether this reply is the desk's; Refused when nobody may write so here."""
    is_desk = by.pk != ticket.requester_id and permissions.may(by, "work", ticket)
    if not is_desk:
        permissions.require(by, "reply", ticket)
    if ticket.state == State.CLOSED:
        raise Refused(_("This request is closed. Ask again, and we will link the two."))
    if then is not None and not is_desk:
        raise Refused(_("Only the desk decides what happens next."), code="forbidden")
    return is_desk


def _remember(message: Message, by: Person, key: str) -> None:
    """So that the same click again finds what it sent."""
    if key:
        RequestKey.objects.create(
            person=by, key=key, digest="", ticket=message.ticket, message=message
        )


def _sent_before(by: Person, key: str) -> Message | None:
    known = RequestKey.objects.select_related("message").filter(person=by, key=key).first()
    return known.message if known else None


def _moved_by_reply(
    ticket: Ticket, by: Person, *, is_desk: bool, then: State | None, eases: bool, at: datetime
) -> dict[str, Any]:
    """Change the state as the reply implies; returns the facts for the event."""
    if is_desk:
        target = then or (State.OPEN if ticket.state == State.NEW else None)
        if ticket.assignee_id is None:
            ticket.assignee = by
    else:
        reopens = {State.WAITING_REQUESTER, State.SCHEDULED, State.RESOLVED}
        target = State.OPEN if ticket.state in reopens else None
    facts: dict[str, Any] = {"was": ticket.state} | ({"workaround": True} if eases else {})
    if target is not None and target != ticket.state:
        outcome = None
        if target == State.RESOLVED:
            outcome, ticket.resolved_at = (Outcome.WORKAROUND if eases else Outcome.SOLVED), at
        windows.enter(ticket, target, at=at, outcome=outcome)
        facts["state"] = ticket.state
    elif is_desk and ticket.state == State.WAITING_REQUESTER:
        windows.set_windows(ticket, at)  # Who was just written to again is not reminded as well.
    ticket.changed_at = max(ticket.changed_at, at)
    ticket.save(update_fields=[*MOVED, "assignee", "resolved_at", "changed_at"])
    return facts


@transaction.atomic
def note(
    ticket: Ticket,
    *,
    by: Person,
    body: str,
    at: datetime | None = None,
    seen: int | None = None,
    files: Sequence[Attachment] = (),
    key: str = "",
) -> Message:
    """Write to the desk only; the requester never sees it."""
    at = at or timezone.now()
    ticket = lock(ticket)
    if key and (sent := _sent_before(by, key)):
        return sent
    permissions.require(by, "note", ticket)
    check_news(ticket, by=by, seen=seen, with_notes=True)
    message = _say(ticket, by, Message(body=body, kind=Message.Kind.NOTE), at, Channel.WEB, files)
    events.record(ticket, events.Kind.NOTED, by=by, at=at, message=message)
    _remember(message, by, key)
    return message


def _say(
    ticket: Ticket,
    by: Person,
    words: Message,
    at: datetime,
    channel: str,
    files: Sequence[Attachment],
) -> Message:
    """Store these words; a draft on the page is sent by them, unless they came by mail."""
    if not words.body.strip() and not files:
        raise Refused(_("Write something before you send."), code="empty")
    words.ticket, words.author, words.channel, words.sent_at = ticket, by, channel, at
    words.html = words.html or markdown.render(words.body)
    words.save(force_insert=True)
    attach(words, files)
    if channel != Channel.MAIL:
        Draft.objects.filter(ticket=ticket, person=by, kind=words.kind).delete()
    return words


def save_draft(
    ticket: Ticket, *, by: Person, kind: str, body: str, at: datetime | None = None
) -> None:
    """Keep what is being written; an empty text forgets it.

    Who goes on writing the same words as a note (or as a reply) has one draft, not two.
    """
    permissions.require(by, "note" if kind == Message.Kind.NOTE else "reply", ticket)
    for other in Draft.objects.filter(ticket=ticket, person=by).exclude(kind=kind):
        if body.startswith(other.body):
            other.delete()
    if not body.strip():
        Draft.objects.filter(ticket=ticket, person=by, kind=kind).delete()
        return
    Draft.objects.update_or_create(
        ticket=ticket,
        person=by,
        kind=kind,
        defaults={"body": body[:200_000], "saved_at": at or timezone.now()},
    )
