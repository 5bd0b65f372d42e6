"""When a promise was missed: its owner is asked for a new moment, the requester is told once."""

from datetime import datetime

from departments.models import Person
from tickets.actions.slipping import ask_again, notice_slip
from tickets.events import Kind
from tickets.mail import outbound, slips
from tickets.mail.automatic import is_unattended
from tickets.models import Clock, Notification, Slip, TicketEvent
from tickets.permissions import may
from tickets.reachable import leads_of

# After any of these a ticket may be late without a slip.
BEGINNINGS = frozenset(
    {
        Kind.CLOCK_BREACHED,
        Kind.REPLIED,
        Kind.ANSWER_WAIVED,
        Kind.WORKAROUND_MARKED,
        Kind.WAITING,
        Kind.RESUMED,
        Kind.REOPENED,
        Kind.UNMERGED,
        Kind.MESSAGE_MOVED_OUT,
        Kind.MESSAGE_MOVED_IN,
        Kind.SPLIT_FROM,
        Kind.NOT_SPAM,
    }
)
NEWS = frozenset({Kind.PROMISE_ASKED, Kind.PROMISE_SLIPPED, Kind.PROMISE_RENEWED})


def notice_slips(event: TicketEvent) -> None:
    """Begin a slip where a ticket is late without one: a clock passed its due time, a held one
    runs again, a request is reopened, an answer came and another promise is broken still.
    """
    if event.kind == Kind.MOVED:
        ask_again(event.ticket, cause=event)
    if event.kind in BEGINNINGS:
        late = Clock.objects.filter(breached_at__isnull=False, stopped_at=None)
        if late.filter(ticket=event.ticket_id).exists():
            notice_slip(event.ticket, at=event.at, cause=event)


def tell_of_slip(event: TicketEvent) -> None:
    """Ask the owner and tell the requester, by mail and in the product.

    The requester gets one mail per slip, by its key; none about what ended meanwhile.
    """
    is_question = event.kind == Kind.PROMISE_ASKED
    people = asked(event) if is_question else waiting(event)
    slip = Slip.objects.open().filter(pk=event.facts["slip"]).first()
    if slip is not None and is_question and slip.promised_at is None:
        for person in people:
            key = f"{event.pk}:{slips.ASKED}:{person.pk}"
            outbound.tell(slips.ASKED, key=key, to=person, event=event)
    elif not is_question and is_still_so(event, slip):
        tell_requester(event)
    Notification.objects.bulk_create(
        [
            Notification(person=person, event=event, ticket=event.ticket, made_at=event.at)
            for person in people
        ],
        ignore_conflicts=True,
    )


def is_still_so(event: TicketEvent, slip: Slip | None) -> bool:
    """Whether the slip stands, or its promise does for what is late besides."""
    if slip is not None or event.kind == Kind.PROMISE_SLIPPED:
        return slip is not None
    moment = datetime.fromisoformat(event.facts["moment"])
    return Slip.objects.open().filter(ticket=event.ticket, promised_at=moment).exists()


def tell_requester(event: TicketEvent) -> None:
    """The one mail of this slip, unless nobody would read it."""
    requester = event.ticket.requester
    tells = event.kind == Kind.PROMISE_SLIPPED or event.facts["tells"]
    if tells and requester.may_write and not is_unattended(requester.email):
        kind = slips.LATE if event.kind == Kind.PROMISE_SLIPPED else slips.RENEWED
        if kind == slips.LATE and not outbound.may_tell_by_itself(requester, event.at):
            return
        outbound.tell(kind, key=f"slip:{event.facts['slip']}", to=requester, event=event)


def asked(event: TicketEvent) -> list[Person]:
    """The owner whom this event names, while they may still work on it; else the leads."""
    owner = Person.objects.active().filter(pk=event.facts["to_id"]).first()
    if owner is not None and may(owner, "work", event.ticket):
        return [owner]
    return leads_of(event.ticket)


def waiting(event: TicketEvent) -> list[Person]:
    """Who waits for it: the requester and who follows, but for who gave the new moment."""
    followers = [row.person for row in event.ticket.participants.select_related("person")]
    return [person for person in {event.ticket.requester, *followers} if person != event.actor]
