"""What a desk's page says and offers beside each message: why it is here, and where it could go."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.db.models import Exists, OuterRef, Q

from departments.models import Person
from tickets.events import Kind
from tickets.models import Channel, InboundMail, Message, Participant, Ticket, TicketEvent
from tickets.models.ticket import TicketQuerySet
from tickets.standing import standing

OFFERED = 10


@dataclass(frozen=True)
class Beside:
    """One message: its letter, if the reader may see that; what may be done with it."""

    letter: int | None = None
    may_move: bool = False
    may_split: bool = False
    came_from: str = ""

    @property
    def has_menu(self) -> bool:
        return self.may_move or self.may_split or bool(self.came_from)


NOTHING_BESIDE = Beside()


def beside(
    messages: Iterable[Message],
    ticket: Ticket,
    log: Sequence[TicketEvent],
    reader: Person,
    *,
    may_work: bool,
) -> dict[int, Beside]:
    """By message; one query, only where a message came by mail.

    What stands here by a merge is worked on its own page.
    """
    messages = list(messages)
    letters = letters_of(messages, reader)
    movable, came = (movable_in(log), arrivals_in(log)) if may_work else (frozenset(), {})
    return {
        message.pk: Beside(
            letter=letters.get(message.pk),
            may_move=message.pk in movable,
            may_split=may_work and message.ticket_id == ticket.pk and is_public(message),
            came_from=came.get(message.pk, ""),
        )
        for message in messages
    }


def letters_of(messages: Iterable[Message], reader: Person) -> dict[int, int]:
    """The letters that these messages were, as far as this reader may look at them."""
    mailed = [message.pk for message in messages if message.channel == Channel.MAIL]
    if not mailed:
        return {}
    seen = InboundMail.objects.visible_to(reader).filter(message__in=mailed)
    return {message: letter for message, letter in seen.values_list("message_id", "pk") if message}


def is_public(message: Message) -> bool:
    return message.kind == Message.Kind.PUBLIC


def movable_in(log: Sequence[TicketEvent]) -> frozenset[int]:
    """What somebody wrote to the desk after the request began, and is here still."""
    return frozenset(
        event.message_id
        for event in standing(log)
        if event.message_id is not None and (is_arrival(event) or is_theirs(event))
    )


def arrivals_in(log: Sequence[TicketEvent]) -> dict[int, str]:
    """The messages that were moved here, each with the number of where it was."""
    return {
        event.message_id: str(event.facts["other"])
        for event in standing(log)
        if event.message_id is not None and is_arrival(event)
    }


def is_arrival(event: TicketEvent) -> bool:
    return event.kind == Kind.MESSAGE_MOVED_IN and "said_at" in event.facts


def is_theirs(event: TicketEvent) -> bool:
    return event.kind == Kind.REPLIED and not event.facts.get("by_desk")


def candidates(message: Message, agent: Person) -> TicketQuerySet:
    """Where it may well belong: open requests of this agent's desks that its author is on."""
    joined = Participant.objects.filter(ticket=OuterRef("pk"), person=message.author_id)
    theirs = Q(requester=message.author_id) | Q(Exists(joined))
    open_ones = Ticket.objects.worked_by(agent).unfinished().filter(theirs)
    return open_ones.exclude(pk=message.ticket_id).for_row().order_by("-opened_at", "-pk")[:OFFERED]


def readers_of(ticket: Ticket) -> list[Person]:
    """Who reads what is public on this ticket, beside its desk."""
    followers = Person.objects.filter(pk__in=ticket.participants.values("person"))
    return list((followers | Person.objects.filter(pk=ticket.requester_id)).order_by("name", "pk"))
